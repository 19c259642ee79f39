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
static __always_inline void string_argv(struct scratch *s, __u32 nums, __u32 index, char **argv)
{
	struct header *h = (struct header *)s->record;
	__u32 used = 0;
	char *arg, *to;
	int i;

	to = string_at(s);
	for (i = 0; i < ARGS_MAX && to; i++) {
		long n;

		arg = NULL;
		if (bpf_probe_read_user(&arg, sizeof(arg), &argv[i]) || !arg)
			break;
		used &= STRING_MAX - 1;
		if (used > STRING_MAX - 512)
			break;
		n = bpf_probe_read_user_str(to + used, 512, arg);
		if (n <= 0)
			break;
		used += n;
	}
	if (i == ARGS_MAX)
		h->flags |= RECORD_ARGS_CUT;
	string_end(s, nums, index, used & (STRING_MAX - 1));
}

SEC("tp_btf/sys_exit")
int BPF_PROG(exit_exec, struct pt_regs *regs, long ret)
{
	struct scratch *s = scratch_of(SCRATCH_SYSCALL);
	bool at = SYSCALL_NR(regs) == GYR_CALL_EXECVEAT;
	struct task_struct *task = (void *)bpf_get_current_task();
	struct header *h;

	if (!s || ret == 0 || !reported(task, GYR_FAMILY_EXEC))
		return 0;
	h = record_begin(s, at ? GYR_TYPE_EXECVEAT : GYR_TYPE_EXECVE,
			 FIXED(GYR_EXEC_NUMS, GYR_EXEC_STRS));
	record_by(h, task);
	h->res = ret;
	string_user_str(s, GYR_EXEC_NUMS, GYR_EXEC_STR_FILENAME,
			(void *)(at ? SYSCALL_ARG1(regs) : SYSCALL_ARG0(regs)));
	string_argv(s, GYR_EXEC_NUMS, GYR_EXEC_STR_ARGV,
		    (void *)(at ? SYSCALL_ARG2(regs) : SYSCALL_ARG1(regs)));
	emit(s, GYR_FAMILY_EXEC);
	return 0;
}

#endif
