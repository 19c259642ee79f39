/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_STATE_H
#define GYR_STATE_H

/*
 * Calls that make a process another without an exec: they change its directory,
 * session, group, terminal, credentials. They have no trace points, so this
 * program stands before the one that reports the call as such, if a rule asks
 * for it, and calls that.
 */

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, __u32);
} reports SEC(".maps");

/*
 * What a process changes about itself it can change as often as it likes: that
 * must leave room for forks.
 */
#define LEVEL_SELF 8

static __always_inline void report_state(struct task_struct *task)
{
	struct scratch *s = scratch_of(SCRATCH_STATE);
	struct task_struct *leader = READ(struct task_struct, task, group_leader);

	if (!s)
		return;
	/* The main thread stands for the process, unless it has ended. */
	if (READ(struct task_struct, leader, fs))
		task = leader;
	count_seen(GYR_FAMILY_PROCESS);
	process_begin(s, GYR_RECORD_STATE, task);
	string_end(s, PSTR(COMM), 0);
	string_end(s, PSTR(EXEPATH), 0);
	cwd(s, task);
	string_end(s, PSTR(CGROUP), 0);
	string_end(s, PSTR(CGROUP_V1), 0);
	process_same_program(s);
	emit_lifecycle(s, GYR_FAMILY_PROCESS, LEVEL_SELF);
}

AT_RETURN(exit_state)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (ret >= 0 && READ(struct task_struct, task, tgid) != self_tgid)
		report_state(task);
	bpf_tail_call(ctx, &reports, slot_of(task, regs));
	return 0;
}

#endif
