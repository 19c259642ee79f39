/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_TASK_H
#define GYR_TASK_H

/*
 * The description of a process that an exec or a fork record holds, read from
 * the kernel's own structures.
 */

#define PNUM(s, name) NUM(s, GYR_PROCESS_NUM_##name)
#define PSTR(name) GYR_PROCESS_NUMS, GYR_PROCESS_STR_##name

/* The id of a process or group in the given PID namespace level; 0: not there. */
static __always_inline __u32 pid_at_level(struct pid *pid, unsigned int level)
{
	struct upid upid = {};

	if (!pid || level > READ(struct pid, pid, level))
		return 0;
	bpf_probe_read_kernel(&upid.nr, sizeof(upid.nr),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      (level & 31) * bpf_core_type_size(struct upid) +
				      bpf_core_field_offset(struct upid, nr));
	return upid.nr;
}

static __always_inline struct task_struct *child_reaper(struct task_struct *task)
{
	struct pid *pid = READ(struct task_struct, task, thread_pid);
	unsigned int level = READ(struct pid, pid, level);
	struct pid_namespace *ns = NULL;

	bpf_probe_read_kernel(&ns, sizeof(ns),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      (level & 31) * bpf_core_type_size(struct upid) +
				      bpf_core_field_offset(struct upid, ns));
	return READ(struct pid_namespace, ns, child_reaper);
}

static __always_inline void ids(struct scratch *s, struct task_struct *task)
{
	struct task_struct *leader = READ(struct task_struct, task, group_leader);
	struct task_struct *parent = READ(struct task_struct, leader, real_parent);
	struct signal_struct *signal = READ(struct task_struct, task, signal);
	struct pid *pid = READ(struct task_struct, leader, thread_pid);
	struct pid *group = READ(struct signal_struct, signal, pids[PIDTYPE_PGID]);
	struct pid *session = READ(struct signal_struct, signal, pids[PIDTYPE_SID]);
	unsigned int level = READ(struct pid, pid, level);

	parent = READ(struct task_struct, parent, group_leader);
	PNUM(s, PPID) = READ(struct task_struct, parent, tgid);
	PNUM(s, PSTART) = start_time(parent);
	PNUM(s, PGID) = pid_at_level(group, 0);
	PNUM(s, SID) = pid_at_level(session, 0);
	PNUM(s, VPID) = pid_at_level(pid, level);
	PNUM(s, PVPID) = pid_at_level(READ(struct task_struct, parent, thread_pid), level);
	PNUM(s, VPGID) = pid_at_level(group, level);
	PNUM(s, VSID) = pid_at_level(session, level);
}

/* The controlling terminal as a device number, the way /proc/PID/stat has it. */
static __always_inline __u64 terminal(struct task_struct *task)
{
	struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
	__u32 major, minor;

	if (!tty)
		return 0;
	major = BPF_CORE_READ(tty, driver, major);
	minor = BPF_CORE_READ(tty, driver, minor_start) + READ(struct tty_struct, tty, index);
	return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
}

static __always_inline __u64 capabilities(const kernel_cap_t *set)
{
	__u64 mask = 0;

	bpf_probe_read_kernel(&mask, sizeof(mask), set);
	return mask;
}

#include "writable.h"

static __always_inline void credentials(struct scratch *s, struct task_struct *task)
{
	const struct cred *cred = READ(struct task_struct, task, cred);

	PNUM(s, CAP_INHERITABLE) = capabilities(&cred->cap_inheritable);
	PNUM(s, CAP_PERMITTED) = capabilities(&cred->cap_permitted);
	PNUM(s, CAP_EFFECTIVE) = capabilities(&cred->cap_effective);
	PNUM(s, LOGINUID) = bpf_core_field_exists(task->loginuid) ?
				    READ(struct task_struct, task, loginuid.val) : (__u32)-1;
}

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *node)
{
	struct kernfs_node___parent *old = (void *)node;
	struct kernfs_node___rcu_parent *new = (void *)node;

	if (bpf_core_field_exists(new->__parent))
		return BPF_CORE_READ(new, __parent);
	return BPF_CORE_READ(old, parent);
}

#define CGROUP_STEPS 24

/* The path of a cgroup in its hierarchy, as string `index`; empty at the root. */
static __always_inline void string_cgroup(struct scratch *s, __u32 nums, __u32 index,
					  struct cgroup *cgroup)
{
	struct kernfs_node *node = READ(struct cgroup, cgroup, kn), *parent;
	__u32 pos = STRING_MAX, len;
	char *to;
	int i;

	for (i = 0; i < CGROUP_STEPS && node; i++) {
		parent = kernfs_parent(node);
		if (!parent)
			break;
		/* Names have no stored length: copied first, then put in place. */
		to = string_at(s);
		if (!to)
			break;
		long n = bpf_probe_read_kernel_str(to, NAME_MAX + 1, READ(struct kernfs_node, node, name));
		if (n <= 1 || n > pos)
			break;
		len = (n - 1) & NAME_MAX;
		pos = (pos - len - 1) & (STRING_MAX - 1);
		s->path[pos] = '/';
		bpf_probe_read_kernel(&s->path[pos + 1], len, to);
		node = parent;
	}
	len = STRING_MAX - pos;
	to = string_at(s);
	if (!to || !len || len > STRING_MAX || bpf_probe_read_kernel(to, len, &s->path[pos & (STRING_MAX - 1)]))
		len = 0;
	string_end(s, nums, index, len);
}

static __always_inline bool cgroup_is_root(struct cgroup *cgroup)
{
	return !cgroup || !kernfs_parent(READ(struct cgroup, cgroup, kn));
}

/*
 * Both the v2 path and that of a v1 controller are told: which of them names
 * the container depends on the runtime and on how the host mounts them.
 */
static __always_inline void cgroups(struct scratch *s, struct task_struct *task)
{
	struct css_set *set = READ(struct task_struct, task, cgroups);
	struct cgroup *v2 = READ(struct css_set, set, dfl_cgrp);
	struct cgroup *v1 = NULL;

	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id))
		v1 = cgroup_v1(set, bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id));
	if (cgroup_is_root(v1) && bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		v1 = cgroup_v1(set, bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
	if (cgroup_is_root(v1) && bpf_core_enum_value_exists(enum cgroup_subsys_id, cpuset_cgrp_id))
		v1 = cgroup_v1(set, bpf_core_enum_value(enum cgroup_subsys_id, cpuset_cgrp_id));
	string_cgroup(s, PSTR(CGROUP), v2);
	string_cgroup(s, PSTR(CGROUP_V1), v1);
}

static __always_inline __u64 nanoseconds(__s64 sec, __u64 nsec)
{
	return (__u64)sec * 1000000000 + nsec;
}

/* Since 6.13 the top bit of a nanosecond word says that the time was asked for. */
#define NSEC_MASK 0x7fffffff

static __always_inline void inode_times(struct scratch *s, struct inode *inode)
{
	struct inode___split_times *split = (void *)inode;
	struct inode___hidden_ctime *hidden_c = (void *)inode;
	struct inode___hidden_mtime *hidden_m = (void *)inode;
	struct inode___ctime *plain = (void *)inode;

	if (bpf_core_field_exists(split->i_ctime_sec))
		PNUM(s, EXE_CTIME) = nanoseconds(BPF_CORE_READ(split, i_ctime_sec),
						 BPF_CORE_READ(split, i_ctime_nsec) & NSEC_MASK);
	else if (bpf_core_field_exists(hidden_c->__i_ctime))
		PNUM(s, EXE_CTIME) = nanoseconds(BPF_CORE_READ(hidden_c, __i_ctime.tv_sec),
						 BPF_CORE_READ(hidden_c, __i_ctime.tv_nsec));
	else
		PNUM(s, EXE_CTIME) = nanoseconds(BPF_CORE_READ(plain, i_ctime.tv_sec),
						 BPF_CORE_READ(plain, i_ctime.tv_nsec));
	if (bpf_core_field_exists(split->i_mtime_sec))
		PNUM(s, EXE_MTIME) = nanoseconds(BPF_CORE_READ(split, i_mtime_sec),
						 BPF_CORE_READ(split, i_mtime_nsec));
	else if (bpf_core_field_exists(hidden_m->__i_mtime))
		PNUM(s, EXE_MTIME) = nanoseconds(BPF_CORE_READ(hidden_m, __i_mtime.tv_sec),
						 BPF_CORE_READ(hidden_m, __i_mtime.tv_nsec));
	else
		PNUM(s, EXE_MTIME) = nanoseconds(BPF_CORE_READ(plain, i_mtime.tv_sec),
						 BPF_CORE_READ(plain, i_mtime.tv_nsec));
}

enum exe_flag { /* event.ExeFlags */
	EXE_WRITABLE = 1 << 0,
	EXE_UPPER_LAYER = 1 << 1,
	EXE_LOWER_LAYER = 1 << 2,
	EXE_MEMFD = 1 << 3,
	EXE_DELETED = 1 << 4,
};

static __always_inline void executable(struct scratch *s, struct task_struct *task, struct file *exe)
{
	struct inode *inode = READ(struct file, exe, f_inode);
	struct super_block *sb = READ(struct inode, inode, i_sb);
	enum layer layer = layer_of(inode, sb);
	struct path path;
	__u64 flags = 0;

	path_of_file(&path, exe);
	PNUM(s, EXE_DEV) = READ(struct super_block, sb, s_dev);
	PNUM(s, EXE_INO) = READ(struct inode, inode, i_ino);
	inode_times(s, inode);
	if (writable(READ(struct task_struct, task, cred), inode, sb, &path))
		flags |= EXE_WRITABLE;
	if (layer == LAYER_UPPER)
		flags |= EXE_UPPER_LAYER;
	if (layer == LAYER_LOWER)
		flags |= EXE_LOWER_LAYER;
	if (path_anonymous(&path)) /* nothing else without a directory can be executed */
		flags |= EXE_MEMFD;
	if (path_deleted(&path))
		flags |= EXE_DELETED;
	PNUM(s, EXE_FLAGS) = flags;
	string_path(s, PSTR(EXEPATH), &path);
}

static __always_inline void cwd(struct scratch *s, struct task_struct *task)
{
	struct fs_struct *fs = READ(struct task_struct, task, fs);
	struct path path;

	path.mnt = READ(struct fs_struct, fs, pwd.mnt);
	path.dentry = READ(struct fs_struct, fs, pwd.dentry);
	string_path(s, PSTR(CWD), &path);
}

/*
 * A block of NUL-separated strings of the new program: argv or its environment,
 * at most STRING_MAX - 1 bytes. The pages were written a moment ago by this very
 * exec, so they are there; if the end is not, the first page is tried alone.
 */
static __always_inline __u64 string_block(struct scratch *s, __u32 index, unsigned long start,
					  unsigned long end)
{
	struct header *h = (struct header *)s->record;
	__u64 full = end > start ? end - start : 0;
	__u32 len = full;
	char *to = string_at(s);

	if (full > STRING_MAX - 1) {
		len = STRING_MAX - 1;
		h->flags |= RECORD_ARGS_CUT;
	}
	len &= STRING_MAX - 1;
	if (to && len && bpf_probe_read_user(to, len, (void *)start)) {
		__u32 page = STRING_MAX - (start & (STRING_MAX - 1));

		if (len > page)
			len = page;
		len &= STRING_MAX - 1;
		h->flags |= RECORD_ARGS_CUT;
		if (bpf_probe_read_user(to, len, (void *)start)) {
			h->flags |= RECORD_UNREADABLE;
			len = 0;
		}
	}
	if (!to)
		len = 0;
	string_end(s, GYR_PROCESS_NUMS, index, len);
	return full;
}

/*
 * The end of a block of which string_block had no room for all: whoever pads
 * argv to hide something does it in front or behind.
 */
static __always_inline void string_tail(struct scratch *s, __u32 index, unsigned long end, __u64 full)
{
	char *to = string_at(s);
	__u64 rest = full > STRING_MAX - 1 ? full - (STRING_MAX - 1) : 0;
	__u32 len = rest > STRING_MAX - 1 ? STRING_MAX - 1 : rest;

	len &= STRING_MAX - 1;
	if (!to || !len || bpf_probe_read_user(to, len, (void *)(end - len)))
		len = 0;
	string_end(s, GYR_PROCESS_NUMS, index, len);
}

#endif
