/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_FASTOPEN_H
#define GYR_FASTOPEN_H

/*
 * TCP Fast Open: sending with MSG_FASTOPEN connects, without a call of connect.
 * It is told as a connect that is under way.
 */

#define TCP_SYN_SENT 2
#define TCP_CLOSE 7

#if defined(__TARGET_ARCH_x86)
enum { NR_SENDTO = 44, NR_SENDMSG = 46, NR_SENDMMSG = 307, NR_CONNECT = 42, NR_URING_ENTER = 426 };
enum { NR32_SENDMMSG = 345, NR32_SENDTO = 369, NR32_SENDMSG = 370 };
#else
enum { NR_SENDTO = 206, NR_SENDMSG = 211, NR_SENDMMSG = 269, NR_CONNECT = 203, NR_URING_ENTER = 426 };
enum { NR32_SENDMMSG = 374, NR32_SENDTO = 290, NR32_SENDMSG = 296 };
#endif

/* The calls behind socketcall that send. */
enum { SOCKETCALL_SENDTO = 11, SOCKETCALL_SENDMSG = 16, SOCKETCALL_SENDMMSG = 20 };

static __always_inline bool is_sending(__u32 slot)
{
	switch (slot) {
	case NR_SENDTO:
	case NR_SENDMSG:
	case NR_SENDMMSG:
	case NR_URING_ENTER: /* which tells of connects itself, but not of this */
	case SLOT_COMPAT + NR32_SENDTO:
	case SLOT_COMPAT + NR32_SENDMSG:
	case SLOT_COMPAT + NR32_SENDMMSG:
	case SLOT_SOCKETCALL + SOCKETCALL_SENDTO:
	case SLOT_SOCKETCALL + SOCKETCALL_SENDMSG:
	case SLOT_SOCKETCALL + SOCKETCALL_SENDMMSG:
	case SLOT_X32 + 6: /* sendmsg */
	case SLOT_X32 + 26: /* sendmmsg */
		return true;
	}
	return false;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_tcp_state, struct sock *sk, int before, int now)
{
	struct scratch *s = scratch_of(SCRATCH_FASTOPEN);
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 slot = NR_CONNECT;
	struct pt_regs *regs;
	struct plan *plan;
	int fd = -1;

	if (!s || before != TCP_CLOSE || now != TCP_SYN_SENT)
		return 0;
	plan = bpf_map_lookup_elem(&plans, &slot);
	if (!plan || !plan->type)
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	slot = slot_of((void *)task, regs);
	if (!is_sending(slot) || !reported((void *)task, plan->family))
		return 0;
	call_begin(s, (void *)task, plan, -EINPROGRESS);
	if (slot == NR_URING_ENTER) {
		__builtin_memset(s->args, 0, sizeof(s->args));
	} else {
		arguments(s, (void *)task, regs, slot, 0);
		fd = s->args[0];
		s->args[1] = s->args[2] = 0;
	}
	call_numbers(s);
	CNUM(s, FD) = (__s64)fd;
	CNUM(s, SFAMILY) = READ(struct sock, sk, __sk_common.skc_family);
	CNUM(s, SPROTO) = READ(struct sock, sk, sk_protocol);
	CNUM(s, SSTATE) = now;
	call_nameless(s);
	describe_inet(s, sk);
	string_end(s, CSTR(SOCKADDR), 0);
	string_end(s, CSTR(DATA), 0);
	emit(s, plan->family);
	return 0;
}

#endif
