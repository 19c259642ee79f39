/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_CONNECT_H
#define GYR_CONNECT_H

/*
 * connect at its return: the addresses are those of the socket the kernel
 * connected; what the program passed is carried beside them, and all there is
 * where the call failed.
 */

#define CNUM(s, name) NUM(s, GYR_CONNECT_NUM_##name)
#define CSTR(name) GYR_CONNECT_NUMS, GYR_CONNECT_STR_##name
#define SOCKADDR_MAX 128

static __always_inline void string_inet(struct scratch *s, struct sock *sk)
{
	CNUM(s, LPORT) = READ(struct sock, sk, __sk_common.skc_num);
	CNUM(s, RPORT) = __builtin_bswap16(READ(struct sock, sk, __sk_common.skc_dport));
	if (CNUM(s, FAMILY) == AF_INET) {
		string_kernel(s, CSTR(LADDR), &sk->__sk_common.skc_rcv_saddr, 4);
		string_kernel(s, CSTR(RADDR), &sk->__sk_common.skc_daddr, 4);
	} else {
		string_kernel(s, CSTR(LADDR), &sk->__sk_common.skc_v6_rcv_saddr, 16);
		string_kernel(s, CSTR(RADDR), &sk->__sk_common.skc_v6_daddr, 16);
	}
}

/* The listener's own path, so that a symlink to it does not hide it. */
static __always_inline void string_unix(struct scratch *s, struct task_struct *task, struct sock *sk)
{
	struct unix_sock *peer = (void *)READ(struct unix_sock, sk, peer);
	struct path path = {};

	string_end(s, CSTR(LADDR), 0);
	if (peer) {
		path.mnt = READ(struct unix_sock, peer, path.mnt);
		path.dentry = READ(struct unix_sock, peer, path.dentry);
	}
	string_path(s, CSTR(RADDR), task, &path);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(exit_connect, struct pt_regs *regs, long ret)
{
	struct scratch *s = scratch_of(SCRATCH_SYSCALL);
	struct task_struct *task = (void *)bpf_get_current_task();
	struct socket *socket;
	struct inode *inode;
	struct header *h;
	struct file *file;
	struct sock *sk;
	__u32 len;
	char *to;
	int fd;

	if (!s || !reported(task, GYR_FAMILY_CONNECT))
		return 0;
	fd = SYSCALL_ARG0(regs);
	file = file_of(task, fd);
	inode = READ(struct file, file, f_inode);
	if (!file || !S_ISSOCK(READ(struct inode, inode, i_mode)))
		return 0; /* ENOTSOCK or EBADF: no connection was tried */
	socket = READ(struct file, file, private_data);
	sk = READ(struct socket, socket, sk);
	h = record_begin(s, GYR_TYPE_CONNECT, FIXED(GYR_CONNECT_NUMS, GYR_CONNECT_STRS));
	record_by(h, task);
	h->res = ret;
	CNUM(s, FD) = (__s64)fd;
	CNUM(s, INO) = READ(struct inode, inode, i_ino);
	CNUM(s, FAMILY) = READ(struct sock, sk, __sk_common.skc_family);
	CNUM(s, PROTO) = READ(struct sock, sk, sk_protocol);
	CNUM(s, LPORT) = 0;
	CNUM(s, RPORT) = 0;
	if (CNUM(s, FAMILY) == AF_INET || CNUM(s, FAMILY) == AF_INET6) {
		string_inet(s, sk);
	} else if (CNUM(s, FAMILY) == AF_UNIX) {
		string_unix(s, task, sk);
	} else {
		return 0;
	}
	len = SYSCALL_ARG2(regs);
	if (len > SOCKADDR_MAX)
		len = SOCKADDR_MAX;
	to = string_at(s);
	if (!to || !len || bpf_probe_read_user(to, len, (void *)SYSCALL_ARG1(regs)))
		len = 0;
	string_end(s, CSTR(SOCKADDR), len);
	emit(s, GYR_FAMILY_CONNECT);
	return 0;
}

#endif
