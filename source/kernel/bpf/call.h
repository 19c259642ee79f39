/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_CALL_H
#define GYR_CALL_H

/*
 * All system calls but those with programs of their own: one program reports
 * them, by a plan the loader derives from the schema. The plan says which
 * arguments are names, descriptors, addresses and data; the objects behind them
 * are read from the kernel's own structures.
 */

/* A message as sendmsg and recvmsg take it, from programs of 64 and 32 bits. */
struct user_msghdr {
	__u64 name;
	__u32 namelen, pad;
	__u64 iov, iovlen, control, controllen;
};
struct user_msghdr32 {
	__u32 name, namelen, iov, iovlen, control, controllen;
};
struct user_iovec {
	__u64 base, len;
};
struct user_iovec32 {
	__u32 base, len;
};

/* A name the program passed, and the directory it is relative to. */
static __always_inline void string_name(struct scratch *s, struct task_struct *task, __u32 index, __s8 name,
					__s8 dir)
{
	char *raw = string_at(s);

	if (name < 0 || !raw) {
		string_end(s, GYR_CALL_NUMS, index, 0);
		string_end(s, GYR_CALL_NUMS, index + 1, 0);
		return;
	}
	raw[0] = 0;
	string_user_str(s, GYR_CALL_NUMS, index, (void *)argument(s, name));
	if (dir >= 0 && raw[0] != '/')
		string_directory(s, GYR_CALL_NUMS, index + 1, task, argument(s, dir));
	else
		string_end(s, GYR_CALL_NUMS, index + 1, 0);
}

/* The address a unix socket is bound to, as the kernel keeps it. */
static __always_inline void string_unix_address(struct scratch *s, __u32 index, struct sock *sk)
{
	struct unix_address *address = NULL;
	__u32 len = 0;

	if (sk)
		address = READ(struct unix_sock, sk, addr);
	if (address)
		len = READ(struct unix_address, address, len);
	if (len > SOCKADDR_MAX)
		len = SOCKADDR_MAX;
	string_kernel(s, GYR_CALL_NUMS, index, (void *)address + bpf_core_field_offset(struct unix_address, name), len);
}

/*
 * A unix socket's path is its own or, on the side that connected, the
 * listener's: so that a symlink to it does not hide it.
 */
static __always_inline void describe_unix(struct scratch *s, struct task_struct *task, struct sock *sk)
{
	struct sock *peer = READ(struct unix_sock, sk, peer);
	struct path path = {};

	if (peer) {
		path.mnt = READ(struct unix_sock, peer, path.mnt);
		path.dentry = READ(struct unix_sock, peer, path.dentry);
	}
	if (!path.dentry) {
		path.mnt = READ(struct unix_sock, sk, path.mnt);
		path.dentry = READ(struct unix_sock, sk, path.dentry);
	}
	string_path(s, CSTR(PATH), &path);
	string_unix_address(s, GYR_CALL_STR_LADDR, sk);
	string_unix_address(s, GYR_CALL_STR_RADDR, peer);
}

static __always_inline void describe_inet(struct scratch *s, struct sock *sk)
{
	string_end(s, CSTR(PATH), 0);
	CNUM(s, LPORT) = READ(struct sock, sk, __sk_common.skc_num);
	CNUM(s, RPORT) = __builtin_bswap16(READ(struct sock, sk, __sk_common.skc_dport));
	if (CNUM(s, SFAMILY) == AF_INET) {
		string_kernel(s, CSTR(LADDR), &sk->__sk_common.skc_rcv_saddr, 4);
		string_kernel(s, CSTR(RADDR), &sk->__sk_common.skc_daddr, 4);
	} else {
		string_kernel(s, CSTR(LADDR), &sk->__sk_common.skc_v6_rcv_saddr, 16);
		string_kernel(s, CSTR(RADDR), &sk->__sk_common.skc_v6_daddr, 16);
	}
}

static __always_inline void describe_socket(struct scratch *s, struct task_struct *task, struct file *file)
{
	struct socket *socket = READ(struct file, file, private_data);
	struct sock *sk = READ(struct socket, socket, sk);

	CNUM(s, STYPE) = READ(struct socket, socket, type);
	if (sk) {
		CNUM(s, SFAMILY) = READ(struct sock, sk, __sk_common.skc_family);
		CNUM(s, SPROTO) = READ(struct sock, sk, sk_protocol);
		CNUM(s, SSTATE) = READ(struct sock, sk, __sk_common.skc_state);
	}
	if (CNUM(s, SFAMILY) == AF_INET || CNUM(s, SFAMILY) == AF_INET6) {
		describe_inet(s, sk);
	} else if (CNUM(s, SFAMILY) == AF_UNIX) {
		describe_unix(s, task, sk);
	} else {
		string_end(s, CSTR(PATH), 0);
		string_end(s, CSTR(LADDR), 0);
		string_end(s, CSTR(RADDR), 0);
	}
}

/* A descriptor and the object behind it; NULL: there is none. */
static __always_inline void describe(struct scratch *s, struct task_struct *task, int fd, struct file *file)
{
	struct header *h = (struct header *)s->record;
	struct super_block *sb;
	struct inode *inode;
	struct path path;

	CNUM(s, FD) = (__s64)fd;
	if (!file) {
		string_end(s, CSTR(PATH), 0);
		string_end(s, CSTR(LADDR), 0);
		string_end(s, CSTR(RADDR), 0);
		return;
	}
	inode = READ(struct file, file, f_inode);
	sb = READ(struct inode, inode, i_sb);
	CNUM(s, DEV) = READ(struct super_block, sb, s_dev);
	CNUM(s, INO) = READ(struct inode, inode, i_ino);
	CNUM(s, IMODE) = READ(struct inode, inode, i_mode);
	CNUM(s, FFLAGS) = file_flags(file, inode, sb);
	if (S_ISSOCK(CNUM(s, IMODE)) && READ(struct super_block, sb, s_magic) == SOCKFS_MAGIC) {
		describe_socket(s, task, file);
		return;
	}
	path_of_file(&path, file);
	if (path_deleted(&path))
		h->flags |= RECORD_DELETED;
	string_path(s, CSTR(PATH), &path);
	string_end(s, CSTR(LADDR), 0);
	string_end(s, CSTR(RADDR), 0);
}

/* Bytes of the program's memory, at most the given room; more than that is cut. */
static __always_inline void string_user(struct scratch *s, __u32 index, __u64 from, __u64 len, __u32 room)
{
	char *to = string_at(s);
	__u64 n = len > room ? room : len;

	if (!from)
		n = 0;
	/* Said last, or the compiler forgets that it is bounded. */
	asm volatile("" : "+r"(n));
	if (n > STRING_MAX)
		n = STRING_MAX;
	if (to && n && bpf_probe_read_user(to, n, (void *)from)) {
		((struct header *)s->record)->flags |= RECORD_UNREADABLE;
		n = 0;
	}
	string_end(s, GYR_CALL_NUMS, index, to ? n : 0);
}

/* Where the data of a call lies: a buffer, or the first of several. */
struct payload {
	__u64 at, len;
	__u64 name, namelen; /* a message's address */
};

static __always_inline void payload_iovec(struct payload *p, __u64 at, bool compat)
{
	struct user_iovec32 narrow = {};
	struct user_iovec wide = {};

	if (compat) {
		bpf_probe_read_user(&narrow, sizeof(narrow), (void *)at);
		wide.base = narrow.base;
		wide.len = narrow.len;
	} else {
		bpf_probe_read_user(&wide, sizeof(wide), (void *)at);
	}
	p->at = wide.base;
	p->len = wide.len;
}

static __always_inline void payload_message(struct payload *p, __u64 at, bool compat)
{
	struct user_msghdr32 narrow = {};
	struct user_msghdr wide = {};

	if (compat) {
		bpf_probe_read_user(&narrow, sizeof(narrow), (void *)at);
		wide.name = narrow.name;
		wide.namelen = narrow.namelen;
		wide.iov = narrow.iov;
	} else {
		bpf_probe_read_user(&wide, sizeof(wide), (void *)at);
	}
	p->name = wide.name;
	p->namelen = wide.namelen;
	payload_iovec(p, wide.iov, compat);
}

/* The address the program passed, and the data. */
static __always_inline void string_data(struct scratch *s, struct plan *plan, struct payload *p, __s64 ret)
{
	__u64 room = plan->data_size, len = p->len;

	if (plan->addr >= 0) {
		p->name = argument(s, plan->addr);
		p->namelen = (__u32)argument(s, plan->addr_len);
		/* accept and its like are told where the length is, not what it is. */
		if (plan->flags & PLAN_LENGTH_AT) {
			__u64 at = argument(s, plan->addr_len);
			__u32 n = 0;

			bpf_probe_read_user(&n, sizeof(n), (void *)at);
			p->namelen = n;
		}
	}
	string_user(s, GYR_CALL_STR_SOCKADDR, p->name, p->namelen, SOCKADDR_MAX);
	/* What a reading call did not fill is not data. */
	if ((plan->flags & PLAN_RESULT_BYTES) && ret >= 0 && len > (__u64)ret)
		len = ret;
	if ((plan->flags & PLAN_RESULT_BYTES) && ret < 0 && (plan->flags & PLAN_READS))
		len = 0;
	string_user(s, GYR_CALL_STR_DATA, p->at, len, room > STRING_MAX ? STRING_MAX : room);
}

/* The record up to its strings, with the arguments in scratch memory. */
static __always_inline void call_begin(struct scratch *s, struct task_struct *task, struct plan *plan, long ret)
{
	struct header *h = record_begin(s, plan->type, FIXED(GYR_CALL_NUMS, GYR_CALL_STRS));

	record_by(h, task);
	h->res = ret;
}

static __always_inline void call_numbers(struct scratch *s)
{
	int i;

	for (i = 0; i < 6; i++)
		NUM(s, i) = s->args[i];
	for (; i < GYR_CALL_NUMS; i++)
		NUM(s, i) = 0;
}

/* The strings of a call that was given no names. */
static __always_inline void call_nameless(struct scratch *s)
{
	string_end(s, CSTR(NAME0), 0);
	string_end(s, CSTR(DIR0), 0);
	string_end(s, CSTR(NAME1), 0);
	string_end(s, CSTR(DIR1), 0);
	string_end(s, CSTR(TEXT), 0);
}

AT_RETURN(exit_call)
{
	struct scratch *s = scratch_of(SCRATCH_SYSCALL);
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 slot = slot_of(task, regs);
	struct plan *plan = bpf_map_lookup_elem(&plans, &slot);
	bool narrow = is_narrow(slot), texts;
	struct file *file = NULL;
	struct payload p = {};
	int fd = -1;

	if (!s || !plan || !reported(task, plan->family))
		return 0;
	call_begin(s, task, plan, ret);
	arguments(s, task, regs, slot, ret);
	call_numbers(s);
	texts = allows(s, &plan->text_when);
	string_name(s, task, GYR_CALL_STR_NAME0, texts || plan->name[1] >= 0 ? plan->name[0] : -1, plan->dir[0]);
	string_name(s, task, GYR_CALL_STR_NAME1, texts || plan->text >= 0 ? plan->name[1] : -1, plan->dir[1]);
	if (plan->text >= 0 && texts)
		string_user_str(s, CSTR(TEXT), (void *)argument(s, plan->text));
	else
		string_end(s, CSTR(TEXT), 0);
	if (plan->fd >= 0) {
		fd = argument(s, plan->fd);
		file = file_of(task, fd);
	}
	describe(s, task, fd, file);
	check_arguments(slot, plan->dir[0] >= 0 ? argument(s, plan->name[0]) : 0,
			plan->dir[1] >= 0 ? argument(s, plan->name[1]) : 0,
			plan->addr >= 0 && !(plan->flags & PLAN_LENGTH_AT) ? argument(s, plan->addr) : 0, ret);
	switch (allows(s, &plan->data_when) ? plan->data : PLAN_NOTHING) {
	case PLAN_BYTES:
		p.at = argument(s, plan->data_at);
		p.len = plan->data_len >= 0 ? argument(s, plan->data_len) : plan->data_size;
		break;
	case PLAN_IOVEC:
		payload_iovec(&p, argument(s, plan->data_at), narrow);
		break;
	case PLAN_MESSAGE:
		payload_message(&p, argument(s, plan->data_at), narrow);
		break;
	}
	string_data(s, plan, &p, ret);
	emit(s, plan->family);
	return 0;
}

#endif
