/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_ANSWER_H
#define GYR_ANSWER_H

/*
 * Answers of name servers, by whatever call a program receives them: they tell
 * by what names programs know the addresses they connect to. Reading files
 * does not come by here.
 */

#define DNS_PORT 53
#define DNS_ANSWER 0x80 /* in the third byte of a message */
#define ANSWER_MIN 12
#define ANSWER_MAX 1232
#define MSG_PEEK 2

#if defined(__TARGET_ARCH_x86)
enum { NR_READ = 0, NR_READV = 19, NR_RECVFROM = 45, NR_RECVMSG = 47, NR_RECVMMSG = 299 };
#else
enum { NR_READ = 63, NR_READV = 65, NR_RECVFROM = 207, NR_RECVMSG = 212, NR_RECVMMSG = 243 };
#endif

/* Where the call under way put what it received. */
static __always_inline __u64 received_at(struct pt_regs *regs)
{
	struct payload p = {};

	switch (SYSCALL_NR(regs)) {
	case NR_READ:
	case NR_RECVFROM:
		return SYSCALL_ARG1(regs);
	case NR_READV:
		payload_iovec(&p, SYSCALL_ARG1(regs), false);
		return p.at;
	case NR_RECVMSG:
	case NR_RECVMMSG:
		payload_message(&p, SYSCALL_ARG1(regs), false);
		return p.at;
	}
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_receive, struct sock *sk, int ret, int flags)
{
	struct scratch *s = scratch_of(SCRATCH_ANSWER);
	struct task_struct *task = bpf_get_current_task_btf();
	__u16 family = READ(struct sock, sk, __sk_common.skc_family);
	__u16 port = READ(struct sock, sk, __sk_common.skc_dport);
	__u8 begin[ANSWER_MIN] = {};
	struct header *h;
	__u64 at;

	if (ret < ANSWER_MIN || (flags & MSG_PEEK) || (family != AF_INET && family != AF_INET6))
		return 0;
	/* A socket that is not connected may hear from a name server as well. */
	if (port != __builtin_bswap16(DNS_PORT) && (port || READ(struct sock, sk, sk_protocol) != IPPROTO_UDP))
		return 0;
	if (!s || READ(struct task_struct, task, tgid) == self_tgid || compat((void *)task))
		return 0;
	at = received_at((struct pt_regs *)bpf_task_pt_regs(task));
	if (!at || bpf_probe_read_user(begin, sizeof(begin), (void *)at))
		return 0;
	if (!port && !(begin[2] & DNS_ANSWER))
		return 0;
	h = record_begin(s, GYR_TYPE_RECVFROM, FIXED(GYR_CALL_NUMS, GYR_CALL_STRS));
	record_by(h, (void *)task);
	h->res = ret;
	h->flags |= RECORD_ANSWER;
	__builtin_memset(s->args, 0, sizeof(s->args));
	call_numbers(s);
	CNUM(s, SFAMILY) = family;
	CNUM(s, SPROTO) = READ(struct sock, sk, sk_protocol);
	call_nameless(s);
	describe_inet(s, sk);
	string_end(s, CSTR(SOCKADDR), 0);
	string_user(s, GYR_CALL_STR_DATA, at, ret, ANSWER_MAX);
	emit(s, GYR_FAMILY_NETWORK);
	return 0;
}

#endif
