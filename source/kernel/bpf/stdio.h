/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_STDIO_H
#define GYR_STDIO_H

/*
 * What standard input, output and error of a new program are. A shell whose
 * input is a connection says more than anything it will ever do.
 *
 * The number of a stream is the mode of its inode, the family and protocol of a
 * socket, and the inode's number; 0 when it is closed. Its string is the path,
 * or of a socket the addresses.
 */

#define STREAM_FAMILY 16
#define STREAM_PROTOCOL 24
#define STREAM_INO 32
/* The same file as that of the stream before: a terminal is all three. */
#define STREAM_SAME 0170000

static __always_inline void stream_inet(struct scratch *s, __u32 index, struct sock *sk, __u16 family)
{
	__u32 size = family == AF_INET ? 4 : 16, len = 0;
	__u16 port = READ(struct sock, sk, __sk_common.skc_num);
	char *to = string_at(s);

	if (to) {
		/* local port, remote port, local address, remote address */
		to[0] = port >> 8;
		to[1] = port;
		port = READ(struct sock, sk, __sk_common.skc_dport);
		__builtin_memcpy(to + 2, &port, 2);
		len = 4 + 2 * size;
		if (family == AF_INET) {
			bpf_probe_read_kernel(to + 4, 4, &sk->__sk_common.skc_rcv_saddr);
			bpf_probe_read_kernel(to + 8, 4, &sk->__sk_common.skc_daddr);
		} else {
			bpf_probe_read_kernel(to + 4, 16, &sk->__sk_common.skc_v6_rcv_saddr);
			bpf_probe_read_kernel(to + 20, 16, &sk->__sk_common.skc_v6_daddr);
		}
	}
	string_end(s, GYR_PROCESS_NUMS, index, len);
}

/* The address a unix socket is bound to, or on the side that connected its peer. */
static __always_inline void stream_unix(struct scratch *s, __u32 index, struct sock *sk)
{
	struct unix_address *address = READ(struct unix_sock, sk, addr);
	struct sock *peer = READ(struct unix_sock, sk, peer);
	__u32 len = 0;

	if (!address && peer)
		address = READ(struct unix_sock, peer, addr);
	if (address)
		len = READ(struct unix_address, address, len);
	if (len > 110)
		len = 110;
	string_kernel(s, GYR_PROCESS_NUMS, index,
		      (void *)address + bpf_core_field_offset(struct unix_address, name), len);
}

static __always_inline __u64 stream_socket(struct scratch *s, __u32 index, struct file *file)
{
	struct socket *socket = READ(struct file, file, private_data);
	struct sock *sk = READ(struct socket, socket, sk);
	__u16 family = 0;
	__u64 protocol = 0;

	if (sk) {
		family = READ(struct sock, sk, __sk_common.skc_family);
		protocol = READ(struct sock, sk, sk_protocol);
	}
	if (family == AF_INET || family == AF_INET6)
		stream_inet(s, index, sk, family);
	else if (family == AF_UNIX)
		stream_unix(s, index, sk);
	else
		string_end(s, GYR_PROCESS_NUMS, index, 0);
	return (__u64)family << STREAM_FAMILY | (protocol & 0xff) << STREAM_PROTOCOL;
}

static __always_inline __u64 stream(struct scratch *s, __u32 index, struct task_struct *task,
				    struct file *file)
{
	struct inode *inode = READ(struct file, file, f_inode);
	__u16 mode = READ(struct inode, inode, i_mode);
	__u64 ino = READ(struct inode, inode, i_ino);
	__u64 kind = (ino << STREAM_INO) | mode;
	struct path path;

	if (S_ISSOCK(mode))
		return kind | stream_socket(s, index, file);
	path_of_file(&path, file);
	string_path(s, GYR_PROCESS_NUMS, index, &path);
	return kind;
}

static __always_inline void streams(struct scratch *s, struct task_struct *task)
{
	struct file *file, *before = NULL;
	int i;

#pragma unroll
	for (i = 0; i < 3; i++) {
		__u64 kind = 0;

		file = file_of(task, i);
		if (file && file != before) {
			kind = stream(s, GYR_PROCESS_STR_STDIN + i, task, file);
		} else {
			string_end(s, GYR_PROCESS_NUMS, GYR_PROCESS_STR_STDIN + i, 0);
			if (file)
				kind = STREAM_SAME;
		}
		NUM(s, GYR_PROCESS_NUM_STDIN + i) = kind;
		before = file;
	}
}

#endif
