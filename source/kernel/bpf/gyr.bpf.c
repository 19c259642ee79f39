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

#include "slot.h"
#include "task.h"
#include "process.h"
#include "enter.h"
#include "open.h"
#include "call.h"
#include "uring.h"
#include "answer.h"
#include "fastopen.h"
#include "exec.h"

/*
 * The programs by slot. The loader fills in only the calls some rule asks for;
 * all others cost one failed look-up.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, __u32);
} calls SEC(".maps");

AT_RETURN(dispatch)
{
	bpf_tail_call(ctx, &calls, slot_of((void *)bpf_get_current_task(), regs));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
