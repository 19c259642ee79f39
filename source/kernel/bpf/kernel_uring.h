/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_KERNEL_URING_H
#define GYR_KERNEL_URING_H

/* The kernel's types about io_uring, as kernel.h has all others. */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Operations of io_uring; each stands at the beginning of its request. */
struct io_cqe {
	__s32 res;
	int fd;
};

/* The files of a ring that have no descriptor: until 6.12, and since 6.13. */
struct io_fixed_file {
	unsigned long file_ptr;
};
struct io_rsrc_node {
	unsigned long file_ptr;
};
struct io_rsrc_data {
	struct io_rsrc_node **nodes;
};
struct io_file_table {
	struct io_rsrc_data data;
};
struct io_file_table___array {
	struct io_fixed_file *files;
};

struct io_ring_ctx {
	struct io_file_table file_table;
};

struct io_kiocb {
	struct file *file;
	__u8 opcode;
	__u64 flags;
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
};

struct io_open {
	int dfd;
	__u32 file_slot;
	struct filename *filename;
	struct open_how how;
};

struct io_rename {
	int old_dfd, new_dfd;
	struct filename *oldpath, *newpath;
	int flags;
};

struct io_unlink {
	int dfd, flags;
	struct filename *filename;
};

struct io_mkdir {
	int dfd;
	__u16 mode;
	struct filename *filename;
};

struct io_link {
	int old_dfd, new_dfd;
	struct filename *oldpath, *newpath;
	int flags;
};

/* Since 7.0 the names are wrapped, not to be used before they are complete. */
struct delayed_filename {
	struct filename *__incomplete_filename;
};
struct io_open___delayed {
	struct delayed_filename filename;
};
struct io_rename___delayed {
	struct delayed_filename oldpath, newpath;
};
struct io_unlink___delayed {
	struct delayed_filename filename;
};
struct io_mkdir___delayed {
	struct delayed_filename filename;
};
struct io_link___delayed {
	struct delayed_filename oldpath, newpath;
};

struct io_connect {
	void *addr;
	int addr_len;
};

struct io_sr_msg {
	void *umsg;
};

struct io_socket {
	int domain, type, protocol;
};

#pragma clang attribute pop

#endif
