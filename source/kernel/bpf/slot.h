/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_SLOT_H
#define GYR_SLOT_H

/*
 * Which call a task is returning from, whichever way it was made, and the plan
 * for it. A slot is a place in the table of programs and in that of plans; each
 * way of making calls has slots of its own, since its numbers mean other calls.
 */

enum {
	SLOT_COMPAT = 512,      /* 32-bit programs */
	SLOT_SOCKETCALL = 1024, /* the calls behind socketcall of 32-bit x86 */
	SLOT_X32 = 1056,        /* the calls only x32 has */
	SLOT_URING = 1104,      /* operations of io_uring: plans only */
	SLOTS = 1168,
};

#define X32_BIT 0x40000000ul
#define X32_FIRST 512
#define IA32_SOCKETCALL 102
#define IA32_OLD_MMAP 90
#define IA32_OLD_SELECT 82

/* Only calls with one of these values of an argument; values 0: all calls. */
struct guard {
	__u64 values; /* bit n: the value n */
	__u64 argument;
};

#define CNUM(s, name) NUM(s, GYR_CALL_NUM_##name)
#define CSTR(name) GYR_CALL_NUMS, GYR_CALL_STR_##name

#define SOCKADDR_MAX 128 /* bytes kept of a socket address */

/* How a call's record is made. -1: there is no such argument. */
struct plan {
	struct guard text_when; /* of the last string */
	struct guard data_when;
	__u16 type;
	__u8 family;
	__s8 fd; /* the descriptor the call is about */
	__s8 name[2], dir[2];
	__s8 text;
	__s8 addr, addr_len;
	__u8 data; /* enum plan_data */
	__s8 data_at, data_len;
	__u16 data_size; /* at most so many bytes */
	__u16 flags;     /* enum plan_flag */
};

enum plan_data { PLAN_NOTHING, PLAN_BYTES, PLAN_IOVEC, PLAN_MESSAGE };

enum plan_flag {
	PLAN_LENGTH_AT = 1 << 0,    /* addr_len points to the length */
	PLAN_RESULT_BYTES = 1 << 1, /* the result says how many bytes there are */
	PLAN_READS = 1 << 2,        /* there are none where the call failed */
};

/* Arguments beyond the registers' six. */
enum { ARGUMENT_RESULT = 6, ARGUMENT_CWD = 7 };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, struct plan);
} plans SEC(".maps");

/* Did a 32-bit program make the call? Its numbers mean other calls. */
static __always_inline bool compat(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	return READ(struct task_struct, task, thread_info.status) & TS_COMPAT;
#else
	return READ(struct task_struct, task, thread_info.flags) & (1ul << TIF_32BIT);
#endif
}

/* The slot of the call, SLOTS for one that has none. */
static __always_inline __u32 slot_of(struct task_struct *task, struct pt_regs *regs)
{
	unsigned long nr = SYSCALL_NR(regs);

	if (compat(task)) {
#if defined(__TARGET_ARCH_x86)
		if (nr == IA32_SOCKETCALL)
			return SLOT_SOCKETCALL + (regs->bx & 31);
#endif
		return nr < 512 ? SLOT_COMPAT + nr : SLOTS;
	}
#if defined(__TARGET_ARCH_x86)
	if (nr & X32_BIT) {
		nr &= ~X32_BIT;
		if (nr >= X32_FIRST)
			return nr < X32_FIRST + SLOT_URING - SLOT_X32 ? SLOT_X32 + nr - X32_FIRST : SLOTS;
	}
#endif
	return nr < 512 ? nr : SLOTS;
}

/* struct trace_event_raw_sys_exit; it never changed. */
struct exit_context {
	__u64 common;
	long nr;
	long ret;
};

/*
 * A program at the return of system calls, of which the loader uses one of two
 * forms. Since Linux 7.0 a program at a trace point may be preempted, and while
 * it is, the kernel leaves it out of all that others do on that CPU: a process
 * that makes calls at the lowest priority would hide those of any other. The
 * programs of perf events run to their end, but cost more to begin.
 */
#define AT_RETURN(name)                                                                              \
	static __always_inline int at_return_##name(void *ctx, struct pt_regs *regs, long ret);      \
	SEC("tp_btf/sys_exit")                                                                       \
	int BPF_PROG(name, struct pt_regs *regs, long ret)                                           \
	{                                                                                            \
		return at_return_##name(ctx, regs, ret);                                             \
	}                                                                                            \
	SEC("tracepoint/raw_syscalls/sys_exit")                                                      \
	int whole_##name(struct exit_context *ctx)                                                   \
	{                                                                                            \
		return at_return_##name(ctx, (void *)bpf_task_pt_regs(bpf_get_current_task_btf()), ctx->ret); \
	}                                                                                            \
	static __always_inline int at_return_##name(void *ctx, struct pt_regs *regs, long ret)

/* A 32-bit program's call: words and pointers in its structs have 4 bytes. */
static __always_inline bool is_narrow(__u32 slot)
{
	return slot >= SLOT_COMPAT;
}

/* The arguments of the few calls of 32-bit x86 that have them in memory. */
static __always_inline void arguments_at(__u64 *a, __u64 at)
{
	__u32 words[6] = {};
	int i;

	bpf_probe_read_user(words, sizeof(words), (void *)at);
	for (i = 0; i < 6; i++)
		a[i] = words[i];
}

/*
 * Takes the call's arguments into scratch memory, behind them the other two, and
 * marks the record of a 32-bit program's.
 */
static __always_inline void arguments(struct scratch *s, struct task_struct *task, struct pt_regs *regs,
				      __u32 slot, long ret)
{
	__u64 *a = s->args;

	if (is_narrow(slot))
		((struct header *)s->record)->flags |= RECORD_NARROW;

	a[ARGUMENT_RESULT] = ret;
	a[ARGUMENT_CWD] = AT_FDCWD;
#if defined(__TARGET_ARCH_x86)
	if (compat(task)) {
		a[0] = (__u32)regs->bx;
		a[1] = (__u32)regs->cx;
		a[2] = (__u32)regs->dx;
		a[3] = (__u32)regs->si;
		a[4] = (__u32)regs->di;
		a[5] = (__u32)regs->bp;
		if (regs->orig_ax == IA32_SOCKETCALL)
			arguments_at(a, a[1]);
		else if (regs->orig_ax == IA32_OLD_MMAP || regs->orig_ax == IA32_OLD_SELECT)
			arguments_at(a, a[0]);
		return;
	}
#endif
	a[0] = SYSCALL_ARG0(regs);
	a[1] = SYSCALL_ARG1(regs);
	a[2] = SYSCALL_ARG2(regs);
	a[3] = SYSCALL_ARG3(regs);
	a[4] = SYSCALL_ARG4(regs);
	a[5] = SYSCALL_ARG5(regs);
#if defined(__TARGET_ARCH_arm64)
	if (compat(task)) {
		int i;

		for (i = 0; i < 6; i++)
			a[i] = (__u32)a[i];
	}
#endif
}

static __always_inline __u64 argument(struct scratch *s, __s8 at)
{
	return s->args[at & 7];
}

static __always_inline bool allows(struct scratch *s, struct guard *guard)
{
	__u64 value = s->args[guard->argument & 7];

	return !guard->values || (value < 64 && (guard->values >> value & 1));
}

/* Is the call this task is returning from to be reported? Counts it if so. */
static __always_inline bool reported(struct task_struct *task, __u32 family)
{
	if (READ(struct task_struct, task, tgid) == self_tgid)
		return false;
	count_seen(family);
	return true;
}

#endif
