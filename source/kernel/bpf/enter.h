/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_ENTER_H
#define GYR_ENTER_H

/*
 * What a call's names and address were when it began, to tell where they are
 * others when it returns: the program, or one that shares its memory, exchanged
 * them while the kernel was at work. Of an open, what was opened is known from
 * the object; so those are noted only where the memory is that of several
 * threads, or of a process that is traced.
 */

/* How much of a text is kept to be shown; compared is all of it. */
#define ENTRY_MAX 256

struct entry {
	__u32 slot; /* of the call; SLOTS: none is under way */
	__u32 len[2];
	__u32 pad;
	__u64 hash[2];
	char text[2][ENTRY_MAX]; /* names, or in the first the address */
	char now[ENTRY_MAX];
};

/* By thread. Those that made no call for the longest time are forgotten. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct entry);
} entries SEC(".maps");

/* What a new entry is made of: too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct entry);
} blank_entry SEC(".maps");

static __always_inline bool memory_shared(struct task_struct *task)
{
	struct mm_struct *mm = READ(struct task_struct, task, mm);

	return READ(struct mm_struct, mm, mm_users.counter) > 1 || READ(struct task_struct, task, ptrace);
}

static __always_inline struct entry *entry_of(__u64 thread)
{
	__u32 zero = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &thread);

	if (e)
		return e;
	e = bpf_map_lookup_elem(&blank_entry, &zero);
	if (!e)
		return NULL;
	bpf_map_update_elem(&entries, &thread, e, 0 /* BPF_ANY */);
	return bpf_map_lookup_elem(&entries, &thread);
}

/* struct trace_event_raw_sys_enter; it never changed. */
struct enter_context {
	__u64 common;
	long nr;
	unsigned long args[6];
};

/* A number that stands for a text of up to STRING_MAX bytes at the start of scratch. */
static __always_inline __u64 text_hash(struct scratch *s, __u32 len)
{
	__u64 *word = (__u64 *)s->record, hash = len;
	__u32 w, words = len / 8;
	__u64 mask = (1ull << (8 * (len % 8))) - 1;

	for (w = 0; w < STRING_MAX / 8; w++) {
		if (w == words)
			return (hash ^ (word[w] & mask)) * 0x9e3779b97f4a7c15ull;
		hash = (hash ^ word[w]) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 29;
	}
	return hash;
}

/* Reads a name into scratch memory; 0 where there is none to be read. */
static __always_inline __u32 read_name(struct scratch *s, __u64 at)
{
	long n = bpf_probe_read_user_str(s->record, STRING_MAX, (void *)at);

	return n > 0 ? n : 0;
}

static __always_inline void note_name(struct entry *e, struct scratch *s, int i, __s8 at)
{
	__u32 n = at >= 0 ? read_name(s, argument(s, at)) : 0;

	e->len[i] = n;
	if (!n)
		return;
	e->hash[i] = text_hash(s, n);
	bpf_probe_read_kernel_str(e->text[i], ENTRY_MAX, s->record);
}

static __always_inline void note_address(struct entry *e, struct scratch *s, struct plan *plan)
{
	__u64 len = (__u32)argument(s, plan->addr_len);

	if (len > SOCKADDR_MAX)
		len = SOCKADDR_MAX;
	if (!len || bpf_probe_read_user(s->record, len, (void *)argument(s, plan->addr)))
		len = 0;
	e->len[0] = len;
	e->len[1] = 0;
	e->hash[0] = text_hash(s, len);
	bpf_probe_read_kernel(e->text[0], SOCKADDR_MAX, s->record);
}

/* Notes the arguments of a call that begins; they are in scratch memory. */
static __always_inline int enter(struct scratch *s, __u32 slot)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct plan *plan = bpf_map_lookup_elem(&plans, &slot);
	struct entry *e;

	if (!plan || !plan->type || (plan->family == GYR_FAMILY_OPEN && !memory_shared(task)) || READ(struct task_struct, task, tgid) == self_tgid)
		return 0;
	e = entry_of(bpf_get_current_pid_tgid());
	if (!e)
		return 0;
	e->slot = slot;
	if (plan->addr >= 0) {
		note_address(e, s, plan);
		return 0;
	}
	note_name(e, s, 0, plan->dir[0] >= 0 ? plan->name[0] : -1);
	note_name(e, s, 1, plan->dir[1] >= 0 ? plan->name[1] : -1);
	return 0;
}

/*
 * Attached to the beginning of each call that has names or an address; which of
 * them depends on how many arguments have to be looked at, since the kernel
 * refuses a program that could look at more than the call has. A context cannot
 * be indexed, so each takes its arguments one by one.
 */
#define ENTER(count, take)                                                       \
	SEC("tracepoint/syscalls/sys_enter_openat")                              \
	int enter_##count(struct enter_context *ctx)                             \
	{                                                                        \
		struct scratch *s = scratch_of(SCRATCH_ENTER);                   \
                                                                                 \
		if (!s || ctx->nr < 0 || ctx->nr >= 512)                         \
			return 0;                                                \
		take;                                                            \
		return enter(s, ctx->nr);                                        \
	}

#define TAKE(i) s->args[i] = ctx->args[i]

ENTER(1, TAKE(0))
ENTER(2, TAKE(0); TAKE(1))
ENTER(3, TAKE(0); TAKE(1); TAKE(2))
ENTER(4, TAKE(0); TAKE(1); TAKE(2); TAKE(3))
ENTER(6, TAKE(0); TAKE(1); TAKE(2); TAKE(3); TAKE(4); TAKE(5))

static __always_inline bool name_changed(struct entry *e, struct scratch *s, int i, __u64 at)
{
	__u32 n;

	/* What could not be read at the beginning cannot be compared. */
	if (!e->len[i])
		return false;
	n = read_name(s, at);
	if (!n || (n == e->len[i] && text_hash(s, n) == e->hash[i]))
		return false;
	bpf_probe_read_kernel_str(e->now, ENTRY_MAX, s->record);
	return true;
}

static __always_inline bool address_changed(struct entry *e, struct scratch *s, __u64 at)
{
	__u64 len = e->len[0];

	asm volatile("" : "+r"(len));
	if (!len || len > SOCKADDR_MAX || bpf_probe_read_user(s->record, len, (void *)at))
		return false;
	if (text_hash(s, len) == e->hash[0])
		return false;
	bpf_probe_read_kernel(e->now, SOCKADDR_MAX, s->record);
	return true;
}

/* Tells of an argument that changed: what it was, and what it is. */
static __always_inline void emit_changed(struct scratch *s, struct task_struct *task, struct plan *plan,
					 struct entry *e, int i, bool address, long ret)
{
	struct header *h = record_begin(s, plan->type, FIXED(GYR_CALL_NUMS, GYR_CALL_STRS));
	__u32 n;

	record_by(h, task);
	h->res = ret;
	h->flags = RECORD_CHANGED;
	for (n = 0; n < GYR_CALL_NUMS; n++)
		NUM(s, n) = 0;
	for (n = 0; n < GYR_CALL_STRS; n++)
		LEN(s, GYR_CALL_NUMS, n) = 0;
	if (address) {
		string_kernel(s, CSTR(SOCKADDR), e->text[0], e->len[0]);
		string_kernel(s, CSTR(DATA), e->now, e->len[0]);
	} else {
		string_kernel_str(s, CSTR(NAME0), e->text[i & 1]);
		string_kernel_str(s, CSTR(NAME1), e->now);
	}
	emit(s, plan->family);
}

/*
 * check_arguments compares a call's names and address with what they were when
 * it began. A function of its own, verified once, with scratch memory of its
 * own: the record of the call itself is under way.
 */
__noinline int check_arguments(__u32 slot, __u64 first, __u64 second, __u64 address, long ret)
{
	struct scratch *s = scratch_of(SCRATCH_CHANGED);
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 thread = bpf_get_current_pid_tgid();
	struct entry *e;
	struct plan *plan;

	if (!s)
		return 0;
	e = bpf_map_lookup_elem(&entries, &thread);
	if (!e || e->slot != slot)
		return 0;
	e->slot = SLOTS;
	plan = bpf_map_lookup_elem(&plans, &slot);
	if (!plan)
		return 0;
	if (address) {
		if (address_changed(e, s, address))
			emit_changed(s, task, plan, e, 0, true, ret);
		return 0;
	}
	if (name_changed(e, s, 0, first))
		emit_changed(s, task, plan, e, 0, false, ret);
	else if (second && name_changed(e, s, 1, second))
		emit_changed(s, task, plan, e, 1, false, ret);
	return 0;
}

#endif
