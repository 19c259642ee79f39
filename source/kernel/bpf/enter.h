/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_ENTER_H
#define GYR_ENTER_H

/*
 * What a call's names and address were when it began, to tell where they are
 * others when it returns: the program, or one that shares its memory, exchanged
 * them while the kernel was at work. Opens are not among them: what was opened
 * says whether it was by this name.
 */

/* How much of a text is kept to be shown; compared is all of it. */
#define ENTRY_MAX 256

struct entry {
	__u32 slot; /* of the call */
	__u32 len[2];
	__u32 pad;
	__u64 hash[2];
	char text[2][ENTRY_MAX]; /* names, or in the first the address */
	char now[ENTRY_MAX];
};

/* By thread, while its call is under way. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
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

/*
 * What a program at the beginning of a call is given. The number had 8 bytes
 * until Linux 6.4 and has 4 since, with 4 behind it that nobody fills in.
 */
struct enter_context {
	__u64 common;
	__s32 nr;
	__u32 unfilled;
	unsigned long args[6];
};

/* Set by the loader to a number nobody can guess, so that none can be made to fit. */
const volatile __u64 hash_key = 0x9e3779b97f4a7c15ull;

/* A number that stands for a text of at most `most` bytes, which is a constant. */
static __always_inline __u64 text_hash(__u64 *word, __u32 len, __u32 most)
{
	__u64 hash = len, key = hash_key;
	__u32 w, words = len / 8;
	__u64 mask = (1ull << (8 * (len % 8))) - 1;

	/* The compiler must not know it: it would leave the loop's bound to the verifier. */
	asm volatile("" : "+r"(words));
	for (w = 0; w < most / 8; w++) {
		if (w == words)
			return (hash ^ (word[w] & mask)) * key;
		hash = (hash ^ word[w]) * key;
	}
	return hash;
}

/* The same of the name in scratch memory: a function of its own, verified once. */
__noinline __u64 name_hash(__u32 user, __u32 len)
{
	struct scratch *s = scratch_of(user);

	return s ? text_hash((__u64 *)s->record, len, STRING_MAX) : 0;
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
	e->hash[i] = name_hash(s->user, n);
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
	e->hash[0] = text_hash((__u64 *)s->record, len, SOCKADDR_MAX + 8);
	bpf_probe_read_kernel(e->text[0], SOCKADDR_MAX, s->record);
}

/* Notes the arguments of a call that begins; they are in scratch memory. */
static __always_inline int enter(struct scratch *s, __u32 slot)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct plan *plan = bpf_map_lookup_elem(&plans, &slot);
	struct entry *e;

	if (!plan || !plan->type || READ(struct task_struct, task, tgid) == self_tgid)
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
	if (!n || (n == e->len[i] && name_hash(s->user, n) == e->hash[i]))
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
	if (text_hash((__u64 *)s->record, len, SOCKADDR_MAX + 8) == e->hash[0])
		return false;
	bpf_probe_read_kernel(e->now, SOCKADDR_MAX, s->record);
	return true;
}

/* The record that tells of an argument that changed, without its strings. */
static __always_inline void changed_begin(struct scratch *s, __u16 type, long ret)
{
	struct header *h = record_begin(s, type, FIXED(GYR_CALL_NUMS, GYR_CALL_STRS));
	__u32 n;

	record_by(h, (void *)bpf_get_current_task());
	h->res = ret;
	h->flags = RECORD_CHANGED;
	for (n = 0; n < GYR_CALL_NUMS; n++)
		NUM(s, n) = 0;
	for (n = 0; n < GYR_CALL_STRS; n++)
		LEN(s, GYR_CALL_NUMS, n) = 0;
}

/* What the argument was, and what it is. */
static __always_inline void emit_changed(struct scratch *s, struct plan *plan, struct entry *e, int i, bool address,
					 long ret)
{
	changed_begin(s, plan->type, ret);
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
	__u64 thread = bpf_get_current_pid_tgid();
	struct entry *e;
	struct plan *plan;
	bool changed;
	int i = 0;

	if (!s)
		return 0;
	e = bpf_map_lookup_elem(&entries, &thread);
	if (!e)
		return 0;
	plan = bpf_map_lookup_elem(&plans, &slot);
	if (!plan || e->slot != slot)
		goto done;
	if (address)
		changed = address_changed(e, s, address);
	else
		changed = name_changed(e, s, 0, first);
	if (!changed && !address && second) {
		i = 1;
		changed = name_changed(e, s, 1, second);
	}
	/* Once only: every copy of it would need more of the stack. */
	if (changed)
		emit_changed(s, plan, e, i, address, ret);
done:
	bpf_map_delete_elem(&entries, &thread);
	return 0;
}

#endif
