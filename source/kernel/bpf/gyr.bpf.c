// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//go:build ignore

/*
 * The kernel half of Gyr: one dispatcher at the return of system calls, one
 * program per watched call behind it, and trace points for the life of
 * processes. See docs/architecture.md.
 */

#include "kernel.h"
#include "schema.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "read.h"
#include "record.h"
#include "path.h"

/* Did a 32-bit program make the call? Its numbers mean other calls. */
static __always_inline bool compat(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	return READ(struct task_struct, task, thread_info.status) & TS_COMPAT;
#else
	return READ(struct task_struct, task, thread_info.flags) & (1ul << TIF_32BIT);
#endif
}

/* Is the call this task is returning from to be reported? Counts it if so. */
static __always_inline bool reported(struct task_struct *task, __u32 family)
{
	if (READ(struct task_struct, task, tgid) == self_tgid || compat(task))
		return false;
	count_seen(family);
	return true;
}

#include "task.h"
#include "process.h"
#include "open.h"
#include "connect.h"
#include "exec.h"

/*
 * The programs by system-call number. The loader fills in only the calls some
 * rule asks for; all others cost one failed look-up.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 512);
	__type(key, __u32);
	__type(value, __u32);
} calls SEC(".maps");

SEC("tp_btf/sys_exit")
int BPF_PROG(dispatch, struct pt_regs *regs, long ret)
{
	bpf_tail_call(ctx, &calls, SYSCALL_NR(regs));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
