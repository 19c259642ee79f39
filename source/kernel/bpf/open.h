/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_OPEN_H
#define GYR_OPEN_H

/*
 * open, openat, openat2, creat at their return. What was opened is taken from
 * the descriptor the call made, so it does not matter what the program's string
 * says by now; that string is carried beside it.
 */

#define ONUM(s, name) NUM(s, GYR_OPEN_NUM_##name)
#define OSTR(name) GYR_OPEN_NUMS, GYR_OPEN_STR_##name

/* fflags: what only the open file knows. */
enum { OPEN_UPPER = 1 << 0, OPEN_LOWER = 1 << 1, OPEN_CREATED = 1 << 2 };

#define FMODE_CREATED 0x100000
#define O_ACCMODE 3ull

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
	string_path(s, nums, index, &path);
}

/* Facts about an open file that only the kernel knows. */
static __always_inline __u64 file_flags(struct file *file, struct inode *inode, struct super_block *sb)
{
	enum layer layer = layer_of(inode, sb);
	__u64 flags = 0;

	if (layer == LAYER_UPPER)
		flags |= OPEN_UPPER;
	if (layer == LAYER_LOWER)
		flags |= OPEN_LOWER;
	if (READ(struct file, file, f_mode) & FMODE_CREATED)
		flags |= OPEN_CREATED;
	return flags;
}

/*
 * Does anyone but the descriptor hold the file? A call returns a file that is
 * its own. Another thread may have put another one in its place by then, to
 * which it needs a second descriptor, or have taken it away.
 */
static __always_inline bool is_shared(struct file *file)
{
	struct file___ref *counted = (void *)file;

	if (bpf_core_field_exists(counted->f_ref))
		return READ(struct file___ref, file, f_ref.refcnt.counter) > 0; /* 0: one */
	return READ(struct file___count, file, f_count.counter) > 1;
}

/*
 * The file of a layer that an open file of an overlay stands for: the overlay
 * keeps it open as the file's private data, since 6.13 with others.
 */
static __always_inline void underlying(struct scratch *s, struct file *file)
{
	struct file *under = READ(struct file, file, private_data);
	struct super_block *sb;
	struct inode *inode;

	if (LINUX_KERNEL_VERSION >= KERNEL_VERSION(6, 13, 0))
		bpf_probe_read_kernel(&under, sizeof(under), under);
	if (!under)
		return;
	inode = READ(struct file, under, f_inode);
	sb = READ(struct inode, inode, i_sb);
	ONUM(s, UNDER_DEV) = READ(struct super_block, sb, s_dev);
	ONUM(s, UNDER_INO) = READ(struct inode, inode, i_ino);
}

/* What was opened, from the object itself. */
static __always_inline void opened(struct scratch *s, struct task_struct *task, struct file *file)
{
	struct inode *inode = READ(struct file, file, f_inode);
	struct super_block *sb = READ(struct inode, inode, i_sb);
	struct path path;

	path_of_file(&path, file);
	ONUM(s, DEV) = READ(struct super_block, sb, s_dev);
	ONUM(s, INO) = READ(struct inode, inode, i_ino);
	ONUM(s, IMODE) = READ(struct inode, inode, i_mode);
	ONUM(s, FFLAGS) = file_flags(file, inode, sb);
	/* What the program passed may be another by now (openat2's are in memory). */
	ONUM(s, FLAGS) = (ONUM(s, FLAGS) & ~O_ACCMODE) | (READ(struct file, file, f_flags) & O_ACCMODE);
	if (ONUM(s, FFLAGS) & (OPEN_UPPER | OPEN_LOWER))
		underlying(s, file);
	if (path_deleted(&path))
		((struct header *)s->record)->flags |= RECORD_DELETED;
	string_path(s, OSTR(REALPATH), &path);
}

/* What each variant of the call passes, and where; returns the name. */
static __always_inline const void *open_arguments(struct scratch *s, __u16 type, int *dirfd)
{
	struct open_how how = {};
	__u64 *a = s->args;

	*dirfd = AT_FDCWD;
	switch (type) {
	case GYR_TYPE_OPENAT:
		*dirfd = a[0];
		ONUM(s, FLAGS) = a[2];
		ONUM(s, MODE) = a[3];
		return (void *)a[1];
	case GYR_TYPE_OPENAT2:
		*dirfd = a[0];
		bpf_probe_read_user(&how, sizeof(how), (void *)a[2]);
		ONUM(s, FLAGS) = how.flags;
		ONUM(s, MODE) = how.mode;
		ONUM(s, RESOLVE) = how.resolve;
		return (void *)a[1];
	case GYR_TYPE_CREAT:
		ONUM(s, FLAGS) = 0;
		ONUM(s, MODE) = a[1];
		return (void *)a[0];
	default:
		ONUM(s, FLAGS) = a[1];
		ONUM(s, MODE) = a[2];
		return (void *)a[0];
	}
}

/* The record up to its strings; what is not known of the object stays 0. */
static __always_inline struct header *open_begin(struct scratch *s, struct task_struct *task, __u16 type, long ret)
{
	struct header *h = record_begin(s, type, FIXED(GYR_OPEN_NUMS, GYR_OPEN_STRS));

	record_by(h, task);
	h->res = ret;
	ONUM(s, FD) = ret;
	ONUM(s, DEV) = 0;
	ONUM(s, INO) = 0;
	ONUM(s, IMODE) = 0;
	ONUM(s, FFLAGS) = 0;
	ONUM(s, RESOLVE) = 0;
	ONUM(s, CREAT_FLAGS) = 0;
	ONUM(s, UNDER_DEV) = 0;
	ONUM(s, UNDER_INO) = 0;
	return h;
}

/* Where the program's string goes, the first of the record. */
static __always_inline char *open_name(struct scratch *s)
{
	return s->record + FIXED(GYR_OPEN_NUMS, GYR_OPEN_STRS);
}

/* The strings behind the program's: what was opened, and from where. */
static __always_inline void open_end(struct scratch *s, struct task_struct *task, struct file *file, int dirfd)
{
	ONUM(s, DIRFD) = (__s64)dirfd;
	if (file)
		opened(s, task, file);
	else
		string_end(s, OSTR(REALPATH), 0);
	if (open_name(s)[0] != '/')
		string_directory(s, OSTR(DIRPATH), task, dirfd);
	else
		string_end(s, OSTR(DIRPATH), 0);
}

AT_RETURN(exit_open)
{
	struct scratch *s = scratch_of(SCRATCH_SYSCALL);
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 slot = slot_of(task, regs);
	struct plan *plan = bpf_map_lookup_elem(&plans, &slot);
	const void *name;
	struct file *file;
	int dirfd;

	if (!s || !plan || !reported(task, GYR_FAMILY_OPEN))
		return 0;
	open_begin(s, task, plan->type, ret);
	arguments(s, task, regs, slot, ret);
	name = open_arguments(s, plan->type, &dirfd);
	open_name(s)[0] = 0;
	string_user_str(s, OSTR(NAME), name);
	file = file_of(task, ret);
	if (ret >= 0 && (!file || is_shared(file)))
		((struct header *)s->record)->flags |= RECORD_SHARED;
	open_end(s, task, file, dirfd);
	if (memory_shared(task))
		((struct header *)s->record)->flags |= RECORD_THREADS;
	emit(s, GYR_FAMILY_OPEN);
	return 0;
}

#endif
