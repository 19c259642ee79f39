/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_EXEC_H
#define GYR_EXEC_H

/*
 * execve and execveat that failed: nothing about the process changed, so all
 * there is to tell is what was asked for. Those that succeeded are told by
 * sched_process_exec.
 */

#define ARGS_MAX 24

/* argv as far as it can be read: at most ARGS_MAX strings, STRING_MAX bytes. */
static __always_inline void string_argv(struct scratch *s, __u32 nums, __u32 index, __u64 argv, bool compat)
{
	struct header *h = (struct header *)s->record;
	__u32 width = compat ? 4 : 8, used = 0;
	__u64 arg;
	char *to;
	int i;

	to = string_at(s);
	for (i = 0; i < ARGS_MAX && to; i++) {
		long n;

		arg = 0;
		if (bpf_probe_read_user(&arg, width, (void *)(argv + i * width)) || !arg)
			break;
		used &= STRING_MAX - 1;
		if (used > STRING_MAX - 512)
			break;
		n = bpf_probe_read_user_str(to + used, 512, (void *)arg);
		if (n <= 0)
			break;
		used += n;
	}
	if (i == ARGS_MAX)
		h->flags |= RECORD_ARGS_CUT;
	string_end(s, nums, index, used & (STRING_MAX - 1));
}

AT_RETURN(exit_exec)
{
	struct scratch *s = scratch_of(SCRATCH_SYSCALL);
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 slot = slot_of(task, regs);
	struct plan *plan = bpf_map_lookup_elem(&plans, &slot);
	struct header *h;
	__u32 first;

	if (!s || !plan || ret == 0 || !reported(task, GYR_FAMILY_EXEC))
		return 0;
	h = record_begin(s, plan->type, FIXED(GYR_EXEC_NUMS, GYR_EXEC_STRS));
	record_by(h, task);
	h->res = ret;
	arguments(s, task, regs, slot, ret);
	first = plan->type == GYR_TYPE_EXECVEAT ? 1 : 0;
	string_user_str(s, GYR_EXEC_NUMS, GYR_EXEC_STR_FILENAME, (void *)argument(s, first));
	string_argv(s, GYR_EXEC_NUMS, GYR_EXEC_STR_ARGV, argument(s, first + 1), is_narrow(slot));
	emit(s, GYR_FAMILY_EXEC);
	return 0;
}

#endif
