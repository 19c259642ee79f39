/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_URING_H
#define GYR_URING_H

#include "kernel_uring.h"

/*
 * What io_uring does without a system call. A request is noted when it is
 * submitted, after the kernel has copied the program's memory, and told when it
 * completes, when its result is known; by then the names are freed. Both happen
 * in a thread of the program's process, if not always in one of its own making.
 */

/* How much of a name is kept from submission to completion. */
#define REQUEST_NAME 1024

struct request {
	__u64 args[6]; /* those the system call would have had */
	__s32 fd;
	__u32 addr_len;
	__u32 name_len[2];
	char addr[SOCKADDR_MAX];
	char name[2][REQUEST_NAME];
};

/*
 * Requests under way, by address. Where there are more than fit, the names of
 * the oldest are forgotten.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct request);
} requests SEC(".maps");

enum {
	URING_SENDMSG = 9,
	URING_ACCEPT = 13,
	URING_CONNECT = 16,
	URING_OPENAT = 18,
	URING_OPENAT2 = 28,
	URING_RENAMEAT = 35,
	URING_UNLINKAT = 36,
	URING_MKDIRAT = 37,
	URING_SYMLINKAT = 38,
	URING_LINKAT = 39,
	URING_SOCKET = 45,
	URING_SENDMSG_ZC = 48,
};

/* The flag of a request that completes in silence if it succeeds. */
#define URING_SKIP_SUCCESS (1 << 6)

static __always_inline struct plan *uring_plan(struct io_kiocb *req)
{
	__u32 slot = SLOT_URING + (READ(struct io_kiocb, req, opcode) & 63);
	struct plan *plan = bpf_map_lookup_elem(&plans, &slot);

	return plan && plan->type ? plan : NULL;
}

/* The name a request has in the given member, whichever way the kernel keeps it. */
#define FILENAME(T, req, member)                                              \
	(bpf_core_field_exists(((struct T##___delayed *)0)->member) ?         \
		 READ(struct T##___delayed, req, member.__incomplete_filename) : \
		 READ(struct T, req, member))

static __always_inline void request_name(struct request *r, int i, struct filename *filename)
{
	long n = 0;

	if (filename)
		n = bpf_probe_read_kernel_str(r->name[i], REQUEST_NAME, READ(struct filename, filename, name));
	r->name_len[i] = n > 0 ? n - 1 : 0;
}

static __always_inline void request_address(struct request *r, __u64 at, __u64 len)
{
	if (len > SOCKADDR_MAX)
		len = SOCKADDR_MAX;
	asm volatile("" : "+r"(len));
	if (!len || len > SOCKADDR_MAX || bpf_probe_read_user(r->addr, len, (void *)at))
		len = 0;
	r->addr_len = len;
}

/* The operation's own arguments, in the places the system call has them. */
static __always_inline void request_arguments(struct request *r, void *req, __u8 opcode)
{
	struct payload p = {};
	__u64 *a = r->args;

	switch (opcode) {
	case URING_OPENAT:
	case URING_OPENAT2:
		a[0] = READ(struct io_open, req, dfd);
		a[2] = READ(struct io_open, req, how.flags);
		a[3] = READ(struct io_open, req, how.mode);
		a[4] = READ(struct io_open, req, how.resolve);
		a[5] = READ(struct io_open, req, file_slot);
		request_name(r, 0, FILENAME(io_open, req, filename));
		break;
	case URING_RENAMEAT:
		a[0] = READ(struct io_rename, req, old_dfd);
		a[2] = READ(struct io_rename, req, new_dfd);
		a[4] = READ(struct io_rename, req, flags);
		request_name(r, 0, FILENAME(io_rename, req, oldpath));
		request_name(r, 1, FILENAME(io_rename, req, newpath));
		break;
	case URING_UNLINKAT:
		a[0] = READ(struct io_unlink, req, dfd);
		a[2] = READ(struct io_unlink, req, flags);
		request_name(r, 0, FILENAME(io_unlink, req, filename));
		break;
	case URING_MKDIRAT:
		a[0] = READ(struct io_mkdir, req, dfd);
		a[2] = READ(struct io_mkdir, req, mode);
		request_name(r, 0, FILENAME(io_mkdir, req, filename));
		break;
	case URING_SYMLINKAT:
		a[1] = READ(struct io_link, req, new_dfd);
		request_name(r, 0, FILENAME(io_link, req, oldpath));
		request_name(r, 1, FILENAME(io_link, req, newpath));
		break;
	case URING_LINKAT:
		a[0] = READ(struct io_link, req, old_dfd);
		a[2] = READ(struct io_link, req, new_dfd);
		a[4] = READ(struct io_link, req, flags);
		request_name(r, 0, FILENAME(io_link, req, oldpath));
		request_name(r, 1, FILENAME(io_link, req, newpath));
		break;
	case URING_SOCKET:
		a[0] = READ(struct io_socket, req, domain);
		a[1] = READ(struct io_socket, req, type);
		a[2] = READ(struct io_socket, req, protocol);
		break;
	case URING_SENDMSG:
	case URING_SENDMSG_ZC:
		payload_message(&p, (__u64)READ(struct io_sr_msg, req, umsg), false);
		request_address(r, p.name, p.namelen);
		break;
	case URING_CONNECT:
		a[2] = READ(struct io_connect, req, addr_len);
		request_address(r, (__u64)READ(struct io_connect, req, addr), a[2]);
		break;
	}
}

static __always_inline void string_request_name(struct scratch *s, __u32 nums, __u32 index, struct request *r, int i)
{
	string_kernel(s, nums, index, r->name[i], r->name_len[i] & (REQUEST_NAME - 1));
}

/* The bits of a fixed file's pointer that are none of its address. */
#define FIXED_FILE_FLAGS 7ul

/* A file of the ring that has no descriptor of the process's. */
static __always_inline struct file *fixed_file(struct io_kiocb *req, __u32 index)
{
	struct io_ring_ctx *ring = READ(struct io_kiocb, req, ctx);
	struct io_file_table___array *table = (void *)ring + bpf_core_field_offset(struct io_ring_ctx, file_table);
	unsigned long file = 0;

	if (bpf_core_field_exists(table->files)) {
		struct io_fixed_file *files = BPF_CORE_READ(table, files);

		bpf_probe_read_kernel(&file, sizeof(file),
				      (void *)files + (__u64)index * bpf_core_type_size(struct io_fixed_file));
	} else {
		struct io_rsrc_node **nodes = BPF_CORE_READ(ring, file_table.data.nodes);
		struct io_rsrc_node *node = NULL;

		bpf_probe_read_kernel(&node, sizeof(node), &nodes[index]);
		if (node)
			file = READ(struct io_rsrc_node, node, file_ptr);
	}
	return (struct file *)(file & ~FIXED_FILE_FLAGS);
}

/* A slot that says: any that is free. */
#define ANY_SLOT (~0u)
/* Stands for the slot of a file that is not opened yet: no ring has so many. */
#define NOTHING_YET (~0u - 1)

/* What an open made: a descriptor, or a file in a slot of the ring. */
static __always_inline struct file *uring_opened(struct task_struct *task, struct request *r, struct io_kiocb *req,
						 long res)
{
	__u32 slot = r->args[5];

	if (res < 0 || slot == NOTHING_YET)
		return NULL;
	if (!slot)
		return file_of(task, res);
	return fixed_file(req, slot == ANY_SLOT ? res : slot - 1);
}

static __always_inline void uring_open(struct scratch *s, struct task_struct *task, struct plan *plan,
				       struct request *r, struct io_kiocb *req, long res)
{
	open_begin(s, task, plan->type, res);
	ONUM(s, FLAGS) = r->args[2];
	ONUM(s, MODE) = r->args[3];
	ONUM(s, RESOLVE) = r->args[4];
	open_name(s)[0] = 0;
	string_request_name(s, OSTR(NAME), r, 0);
	open_end(s, task, uring_opened(task, r, req, res), r->args[0]);
	emit(s, GYR_FAMILY_OPEN);
}

/* A name of the request and its directory, as string_name has them of a call. */
static __always_inline void uring_name(struct scratch *s, struct task_struct *task, __u32 index, struct request *r,
				       int i, __s8 dir)
{
	string_request_name(s, GYR_CALL_NUMS, index, r, i);
	if (dir >= 0 && r->name_len[i] && r->name[i][0] != '/')
		string_directory(s, GYR_CALL_NUMS, index + 1, task, argument(s, dir));
	else
		string_end(s, GYR_CALL_NUMS, index + 1, 0);
}

static __always_inline void uring_call(struct scratch *s, struct task_struct *task, struct plan *plan,
				       struct request *r, struct io_kiocb *req, long res)
{
	__u8 opcode = READ(struct io_kiocb, req, opcode);
	struct file *file = NULL;
	int i, fd = r->fd;

	call_begin(s, task, plan, res);
	for (i = 0; i < 6; i++)
		s->args[i] = r->args[i];
	s->args[ARGUMENT_RESULT] = res;
	s->args[ARGUMENT_CWD] = AT_FDCWD;
	call_numbers(s);
	uring_name(s, task, GYR_CALL_STR_NAME0, r, 0, plan->dir[0]);
	uring_name(s, task, GYR_CALL_STR_NAME1, r, 1, plan->dir[1]);
	string_end(s, CSTR(TEXT), 0);
	if (opcode == URING_ACCEPT || opcode == URING_SOCKET) {
		fd = res;
		file = file_of(task, fd);
	} else if (plan->fd >= 0) {
		file = READ(struct io_kiocb, req, file);
	}
	describe(s, task, fd, file);
	string_kernel(s, CSTR(SOCKADDR), r->addr, r->addr_len);
	string_end(s, CSTR(DATA), 0);
	emit(s, plan->family);
}

static __always_inline void uring_tell(struct scratch *s, struct plan *plan, struct request *r, struct io_kiocb *req,
				       long res)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (!reported(task, plan->family))
		return;
	if (plan->family == GYR_FAMILY_OPEN)
		uring_open(s, task, plan, r, req, res);
	else
		uring_call(s, task, plan, r, req, res);
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(uring_submit, struct io_kiocb *req)
{
	struct scratch *s = scratch_of(SCRATCH_URING_SUBMIT);
	struct plan *plan = uring_plan(req);
	__u64 key = (__u64)req;
	struct request *r;

	if (!s || !plan)
		return 0;
	r = (struct request *)s->record;
	__builtin_memset(r, 0, offsetof(struct request, addr));
	r->fd = READ(struct io_kiocb, req, cqe.fd);
	r->args[0] = (__s64)r->fd;
	request_arguments(r, req, READ(struct io_kiocb, req, opcode));
	bpf_map_update_elem(&requests, &key, r, 0);
	if (!(READ(struct io_kiocb, req, flags) & URING_SKIP_SUCCESS))
		return 0;
	/* Nothing will be heard of it again unless it fails. */
	r = bpf_map_lookup_elem(&requests, &key);
	if (r) {
		r->args[5] = NOTHING_YET;
		uring_tell(s, plan, r, req, 0);
	}
	return 0;
}

SEC("tp_btf/io_uring_complete")
int BPF_PROG(uring_complete, void *ring, void *request)
{
	struct scratch *s = scratch_of(SCRATCH_URING_COMPLETE);
	struct io_kiocb *req = request;
	__u64 key = (__u64)req;
	struct request *r;
	struct plan *plan;

	if (!s || !req)
		return 0; /* one more of a request that goes on */
	plan = uring_plan(req);
	r = plan ? bpf_map_lookup_elem(&requests, &key) : NULL;
	if (!r)
		return 0;
	uring_tell(s, plan, r, req, READ(struct io_kiocb, req, cqe.res));
	bpf_map_delete_elem(&requests, &key);
	return 0;
}

#endif
