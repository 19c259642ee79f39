/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_PROCESS_H
#define GYR_PROCESS_H

/*
 * The life of processes: exec, fork, exit, rename, move to another cgroup, the
 * life of cgroups, and what a process changes about itself (state.h). The record of exec and fork is a
 * whole description of the process (task.h).
 */

#include "use.h"
#include "stdio.h"

/* What the records of exec and fork have in common but for their strings. */
static __always_inline void process_begin(struct scratch *s, __u16 kind, struct task_struct *task)
{
	struct header *h = record_begin(s, kind, FIXED(GYR_PROCESS_NUMS, GYR_PROCESS_STRS));

	record_by(h, task);
	ids(s, task);
	PNUM(s, TTY) = terminal(task);
	credentials(s, task);
	use(s, task);
}

/* The strings about the program and how it was started, which stay as they were. */
static __always_inline void process_same_program(struct scratch *s)
{
	string_end(s, PSTR(ARGS), 0);
	string_end(s, PSTR(ARGS_TAIL), 0);
	string_end(s, PSTR(ENV), 0);
	string_end(s, PSTR(FILENAME), 0);
	string_end(s, PSTR(STDIN), 0);
	string_end(s, PSTR(STDOUT), 0);
	string_end(s, PSTR(STDERR), 0);
}

#include "state.h"

static __always_inline int executed(struct task_struct *task, const char *filename)
{
	struct scratch *s = scratch_of(SCRATCH_EXEC);
	struct task_struct *leader;
	struct mm_struct *mm;

	if (!s || READ(struct task_struct, task, tgid) == self_tgid)
		return 0;
	count_seen(GYR_FAMILY_EXEC);
	process_begin(s, GYR_RECORD_EXEC, task);
	leader = READ(struct task_struct, task, group_leader);
	mm = READ(struct task_struct, task, mm);
	string_kernel_str(s, PSTR(COMM), &leader->comm);
	executable(s, task, READ(struct mm_struct, mm, exe_file));
	cwd(s, task);
	cgroups(s, task);
	PNUM(s, ARGS_LEN) = string_block(s, GYR_PROCESS_STR_ARGS, READ(struct mm_struct, mm, arg_start),
					 READ(struct mm_struct, mm, arg_end));
	string_tail(s, GYR_PROCESS_STR_ARGS_TAIL, READ(struct mm_struct, mm, arg_end), PNUM(s, ARGS_LEN));
	PNUM(s, ENV_LEN) = string_block(s, GYR_PROCESS_STR_ENV, READ(struct mm_struct, mm, env_start),
					READ(struct mm_struct, mm, env_end));
	string_kernel_str(s, PSTR(FILENAME), filename);
	streams(s, task);
	emit_lifecycle(s, GYR_FAMILY_EXEC, LEVEL_ALL);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	return executed(task, READ(struct linux_binprm, bprm, filename));
}

/* struct trace_event_raw_sched_process_exec, of which the rest is not read. */
struct exec_context {
	__u64 common;
	__u32 filename; /* where it begins, and in the upper half its length */
};

/* The other form of on_exec: see AT_RETURN. */
SEC("tracepoint/sched/sched_process_exec")
int whole_on_exec(struct exec_context *ctx)
{
	return executed((void *)bpf_get_current_task(), (void *)ctx + (ctx->filename & 0xffff));
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct scratch *s = scratch_of(SCRATCH_FORK);

	/* A new thread is no new process. */
	if (!s || READ(struct task_struct, child, pid) != READ(struct task_struct, child, tgid) ||
	    READ(struct task_struct, parent, tgid) == self_tgid)
		return 0;
	count_seen(GYR_FAMILY_PROCESS);
	process_begin(s, GYR_RECORD_FORK, child);
	string_kernel_str(s, PSTR(COMM), &child->comm);
	string_end(s, PSTR(EXEPATH), 0);
	cwd(s, child);
	cgroups(s, child);
	process_same_program(s);
	emit_lifecycle(s, GYR_FAMILY_PROCESS, LEVEL_FORK);
	return 0;
}

#define REAPER_STEPS 16

/* Who takes over the children of an ending process: see find_new_reaper(). */
static __always_inline struct task_struct *reaper_of(struct task_struct *task)
{
	struct task_struct *init = child_reaper(task);
	struct signal_struct *signal = READ(struct task_struct, task, signal);
	struct task_struct *up = task;
	int i;

	if (BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper)) {
		for (i = 0; i < REAPER_STEPS; i++) {
			up = READ(struct task_struct, up, real_parent);
			if (!up || up == init)
				break;
			signal = READ(struct task_struct, up, signal);
			if (BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper))
				return READ(struct task_struct, up, group_leader);
		}
	}
	return init;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct scratch *s = scratch_of(SCRATCH_EXIT);
	struct task_struct *reaper;
	struct header *h;

	/* Only the last thread ends the process. */
	if (!s || BPF_CORE_READ(task, signal, live.counter) != 0 ||
	    READ(struct task_struct, task, tgid) == self_tgid)
		return 0;
	count_seen(GYR_FAMILY_PROCESS);
	h = record_begin(s, GYR_RECORD_EXIT, FIXED(GYR_EXIT_NUMS, 0));
	record_by(h, task);
	h->res = READ(struct task_struct, task, exit_code);
	reaper = reaper_of(task);
	NUM(s, GYR_EXIT_NUM_REAPER) = READ(struct task_struct, reaper, tgid);
	NUM(s, GYR_EXIT_NUM_REAPER_START) = start_time(reaper);
	emit_lifecycle(s, GYR_FAMILY_PROCESS, LEVEL_EXIT);
	return 0;
}

SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct *task, const char *comm)
{
	struct scratch *s = scratch_of(SCRATCH_RENAME);
	struct header *h;

	/*
	 * A thread's name is not the process's. An exec renames as well, and
	 * reports the new name itself.
	 */
	if (!s || READ(struct task_struct, task, pid) != READ(struct task_struct, task, tgid) ||
	    READ(struct task_struct, task, tgid) == self_tgid ||
	    (bpf_core_field_exists(task->in_execve) &&
	     BPF_CORE_READ_BITFIELD_PROBED(task, in_execve)))
		return 0;
	count_seen(GYR_FAMILY_PROCESS);
	h = record_begin(s, GYR_RECORD_RENAME, FIXED(0, 1));
	record_by(h, task);
	string_kernel_str(s, 0, 0, comm);
	emit_lifecycle(s, GYR_FAMILY_PROCESS, LEVEL_SELF);
	return 0;
}

/*
 * What happens to a cgroup, by its path in its hierarchy (0 is the v2 one). Of
 * containers in containers the path is longer than a name.
 */
static __always_inline void cgroup_record(struct scratch *s, __u16 kind, struct task_struct *task,
					  struct cgroup *cgroup, const char *path)
{
	struct header *h = record_begin(s, kind, FIXED(GYR_CGROUP_NUMS, GYR_CGROUP_STRS));

	count_seen(GYR_FAMILY_PROCESS);
	record_by(h, task);
	NUM(s, GYR_CGROUP_NUM_HIERARCHY) = BPF_CORE_READ(cgroup, root, hierarchy_id);
	NUM(s, GYR_CGROUP_NUM_ID) = BPF_CORE_READ(cgroup, kn, id);
	string_kernel_upto(s, GYR_CGROUP_NUMS, GYR_CGROUP_STR_PATH, path, STRING_MAX);
	emit_lifecycle(s, GYR_FAMILY_PROCESS, LEVEL_FORK);
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(on_cgroup_attach, struct cgroup *to, const char *path, struct task_struct *task,
	     bool threadgroup)
{
	struct scratch *s = scratch_of(SCRATCH_CGROUP);

	if (s && READ(struct task_struct, task, pid) == READ(struct task_struct, task, tgid))
		cgroup_record(s, GYR_RECORD_CGROUP, task, to, path);
	return 0;
}

/* A container is announced by its cgroup, before the first process is in it. */
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup *cgroup, const char *path)
{
	struct scratch *s = scratch_of(SCRATCH_CGROUP);

	if (s)
		cgroup_record(s, GYR_RECORD_CGROUP_MADE, (void *)bpf_get_current_task(), cgroup, path);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(on_cgroup_rmdir, struct cgroup *cgroup, const char *path)
{
	struct scratch *s = scratch_of(SCRATCH_CGROUP);

	if (s)
		cgroup_record(s, GYR_RECORD_CGROUP_REMOVED, (void *)bpf_get_current_task(), cgroup, path);
	return 0;
}

#endif
