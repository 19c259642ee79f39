/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_OPEN_H
#define GYR_OPEN_H

/*
 * open, openat, openat2, creat at their return. What was opened is taken from
 * the descriptor the call made, so it does not matter what the program's string
 * says by now; that string is carried beside it.
 */

#define AT_FDCWD -100

struct open_how {
	__u64 flags;
	__u64 mode;
	__u64 resolve;
};

#define ONUM(s, name) NUM(s, GYR_OPEN_NUM_##name)
#define OSTR(name) GYR_OPEN_NUMS, GYR_OPEN_STR_##name

/* fflags: what only the open file knows. */
enum { OPEN_UPPER = 1 << 0, OPEN_LOWER = 1 << 1, OPEN_CREATED = 1 << 2 };

#define FMODE_CREATED 0x100000

/* The directory a relative name starts from: the cwd, or a descriptor's. */
static __always_inline void string_directory(struct scratch *s, __u32 nums, __u32 index,
					     struct task_struct *task, int dirfd)
{
	struct path path = {};

	if (dirfd == AT_FDCWD) {
		struct fs_struct *fs = READ(struct task_struct, task, fs);

		path.mnt = READ(struct fs_struct, fs, pwd.mnt);
		path.dentry = READ(struct fs_struct, fs, pwd.dentry);
	} else {
		struct file *file = file_of(task, dirfd);

		if (file)
			path_of_file(&path, file);
	}
	string_path(s, nums, index, task, &path);
}

/* What was opened, from the object itself. */
static __always_inline void opened(struct scratch *s, struct task_struct *task, struct file *file)
{
	struct inode *inode = READ(struct file, file, f_inode);
	struct super_block *sb = READ(struct inode, inode, i_sb);
	enum layer layer = layer_of(inode, sb);
	struct path path;
	__u64 flags = 0;

	path_of_file(&path, file);
	ONUM(s, DEV) = READ(struct super_block, sb, s_dev);
	ONUM(s, INO) = READ(struct inode, inode, i_ino);
	ONUM(s, IMODE) = READ(struct inode, inode, i_mode);
	if (layer == LAYER_UPPER)
		flags |= OPEN_UPPER;
	if (layer == LAYER_LOWER)
		flags |= OPEN_LOWER;
	if (READ(struct file, file, f_mode) & FMODE_CREATED)
		flags |= OPEN_CREATED;
	ONUM(s, FFLAGS) = flags;
	if (path_deleted(&path))
		((struct header *)s->record)->flags |= RECORD_DELETED;
	string_path(s, OSTR(REALPATH), task, &path);
}

/* What each variant of the call passes, and where. */
static __always_inline const void *open_arguments(struct scratch *s, struct pt_regs *regs, int *dirfd)
{
	struct header *h = (struct header *)s->record;
	struct open_how how = {};

	*dirfd = AT_FDCWD;
	ONUM(s, RESOLVE) = 0;
	ONUM(s, CREAT_FLAGS) = 0;
	switch (SYSCALL_NR(regs)) {
	case GYR_CALL_OPENAT:
		h->type = GYR_TYPE_OPENAT;
		*dirfd = SYSCALL_ARG0(regs);
		ONUM(s, FLAGS) = SYSCALL_ARG2(regs);
		ONUM(s, MODE) = SYSCALL_ARG3(regs);
		return (void *)SYSCALL_ARG1(regs);
	case GYR_CALL_OPENAT2:
		h->type = GYR_TYPE_OPENAT2;
		*dirfd = SYSCALL_ARG0(regs);
		bpf_probe_read_user(&how, sizeof(how), (void *)SYSCALL_ARG2(regs));
		ONUM(s, FLAGS) = how.flags;
		ONUM(s, MODE) = how.mode;
		ONUM(s, RESOLVE) = how.resolve;
		return (void *)SYSCALL_ARG1(regs);
#if defined(__TARGET_ARCH_x86)
	case GYR_CALL_CREAT:
		h->type = GYR_TYPE_CREAT;
		ONUM(s, FLAGS) = 0;
		ONUM(s, MODE) = SYSCALL_ARG1(regs);
		return (void *)SYSCALL_ARG0(regs);
#endif
	default:
		h->type = GYR_TYPE_OPEN;
		ONUM(s, FLAGS) = SYSCALL_ARG1(regs);
		ONUM(s, MODE) = SYSCALL_ARG2(regs);
		return (void *)SYSCALL_ARG0(regs);
	}
}

SEC("tp_btf/sys_exit")
int BPF_PROG(exit_open, struct pt_regs *regs, long ret)
{
	struct scratch *s = scratch_of(SCRATCH_SYSCALL);
	struct task_struct *task = (void *)bpf_get_current_task();
	const void *name;
	struct header *h;
	struct file *file;
	int dirfd;
	char *raw;

	if (!s || !reported(task, GYR_FAMILY_OPEN))
		return 0;
	h = record_begin(s, 0, FIXED(GYR_OPEN_NUMS, GYR_OPEN_STRS));
	record_by(h, task);
	h->res = ret;
	name = open_arguments(s, regs, &dirfd);
	ONUM(s, FD) = ret;
	ONUM(s, DIRFD) = (__s64)dirfd;
	ONUM(s, DEV) = 0;
	ONUM(s, INO) = 0;
	ONUM(s, IMODE) = 0;
	ONUM(s, FFLAGS) = 0;
	raw = s->record + FIXED(GYR_OPEN_NUMS, GYR_OPEN_STRS);
	raw[0] = 0;
	string_user_str(s, OSTR(NAME), name);
	file = file_of(task, ret);
	if (file)
		opened(s, task, file);
	else
		string_end(s, OSTR(REALPATH), 0);
	if (raw[0] != '/')
		string_directory(s, OSTR(DIRPATH), task, dirfd);
	else
		string_end(s, OSTR(DIRPATH), 0);
	emit(s, GYR_FAMILY_OPEN);
	return 0;
}

#endif
