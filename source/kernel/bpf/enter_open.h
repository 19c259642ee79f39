/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_ENTER_OPEN_H
#define GYR_ENTER_OPEN_H

/*
 * What enter.h does, for opens: by far the most calls with a name, so it has to
 * cost little. The object tells what was opened in any case. So they are noted
 * only where memory is shared among threads or a process is traced; a table will
 * do in which two threads may come to the same place, and the first 255 bytes of
 * the name; and of a thread that opens files in a storm some are left out: a
 * race takes many tries, or one that is long.
 */

#define OPEN_ENTRIES 4096
#define STORM 16      /* so many in a tick of the clock are all noted, */
#define STORM_MASK 15 /* and of more every sixteenth */

struct open_entry {
	__u64 thread; /* 0: none is under way */
	__u64 hash;
	__u64 tick;
	__u32 count; /* in this tick */
	__u32 slot;
	__u32 len;
	char name[ENTRY_MAX];
};

/* Is this open one of too many? */
static __always_inline bool in_storm(struct open_entry *e)
{
	__u64 tick = bpf_jiffies64();

	if (e->tick != tick) {
		e->tick = tick;
		e->count = 0;
	}
	return e->count++ >= STORM && (e->count & STORM_MASK);
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, OPEN_ENTRIES);
	__type(key, __u32);
	__type(value, struct open_entry);
} open_entries SEC(".maps");

static __always_inline struct open_entry *open_entry_of(__u64 thread)
{
	__u32 at = thread & (OPEN_ENTRIES - 1);

	return bpf_map_lookup_elem(&open_entries, &at);
}

static __always_inline int enter_open_name(__u32 slot, unsigned long name)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct open_entry *e;
	__u64 thread;
	long n;

	if (!memory_shared(task) || READ(struct task_struct, task, tgid) == self_tgid)
		return 0;
	thread = bpf_get_current_pid_tgid();
	e = open_entry_of(thread);
	if (!e)
		return 0;
	if (in_storm(e)) {
		e->thread = 0;
		return 0;
	}
	n = bpf_probe_read_user_str(e->name, ENTRY_MAX, (void *)name);
	e->thread = n > 0 ? thread : 0;
	e->slot = slot;
	e->len = n - 1;
	e->hash = text_hash((__u64 *)e->name, n - 1, ENTRY_MAX);
	return 0;
}

/* open and creat */
SEC("tracepoint/syscalls/sys_enter_open")
int enter_open(struct enter_context *ctx)
{
	return enter_open_name(ctx->nr, ctx->args[0]);
}

/* openat and openat2 */
SEC("tracepoint/syscalls/sys_enter_openat")
int enter_openat(struct enter_context *ctx)
{
	return enter_open_name(ctx->nr, ctx->args[1]);
}

/* Is the name of the open whose record is under construction another by now? */
static __always_inline bool open_changed(struct scratch *s, __u32 slot)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct open_entry *e = open_entry_of(thread);
	__u32 len = LEN(s, GYR_OPEN_NUMS, GYR_OPEN_STR_NAME);

	if (!e || e->thread != thread || e->slot != slot)
		return false;
	e->thread = 0;
	if (len > ENTRY_MAX - 1)
		len = ENTRY_MAX - 1;
	return len && (len != e->len || text_hash((__u64 *)open_name(s), len, ENTRY_MAX) != e->hash);
}

/* Tells of it; apart, for it happens next to never. */
__noinline int tell_open_changed(__u32 slot, long ret)
{
	struct open_entry *e = open_entry_of(bpf_get_current_pid_tgid());
	struct plan *plan = bpf_map_lookup_elem(&plans, &slot);
	struct scratch *opened = scratch_of(SCRATCH_SYSCALL);
	struct scratch *s = scratch_of(SCRATCH_CHANGED);

	if (!s || !opened || !e || !plan)
		return 0;
	changed_begin(s, plan->type, ret);
	string_kernel_str(s, CSTR(NAME0), e->name);
	/* The name in the record has no end: the entry lends one. */
	e->name[0] = 0;
	bpf_probe_read_kernel(e->name, ENTRY_MAX - 1, open_name(opened));
	string_kernel(s, CSTR(NAME1), e->name,
		      LEN(opened, GYR_OPEN_NUMS, GYR_OPEN_STR_NAME) > ENTRY_MAX - 1 ?
			      ENTRY_MAX - 1 : LEN(opened, GYR_OPEN_NUMS, GYR_OPEN_STR_NAME));
	emit(s, GYR_FAMILY_OPEN);
	return 0;
}

#endif
