/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_RECORD_H
#define GYR_RECORD_H

#include "throttle.h"

/*
 * A record is a header, the type's numbers, the lengths of its strings, and the
 * strings without terminators, in the order of the schema (schema.h). It is
 * built in per-CPU scratch memory and copied to a ring in one go, since its
 * length is known only at the end.
 */

struct header {
	__u32 len;
	__u16 type;
	__u16 cpu;
	__u64 time;   /* ns since boot, suspended time included */
	__u64 start;  /* the same clock: when the process was forked */
	__u64 cgroup; /* id of the cgroup v2 */
	__u32 tgid;
	__u32 tid;
	__u32 uid; /* effective */
	__u32 gid;
	__s64 res;
	__u64 flags; /* enum record_flag */
};

enum record_flag {
	RECORD_ARGS_CUT = 1 << 0,   /* argv or the environment was longer */
	RECORD_PATH_CUT = 1 << 1,   /* a path was deeper or longer */
	RECORD_UNREADABLE = 1 << 2, /* user memory could not be read */
	RECORD_DELETED = 1 << 3,    /* the file had no name any more */
	RECORD_NARROW = 1 << 4,     /* a 32-bit program made the call */
	RECORD_ANSWER = 1 << 5,     /* the data is a name server's answer: no event */
	RECORD_SHARED = 1 << 6,     /* the descriptor had changed hands before the call returned */
	RECORD_CHANGED = 1 << 7,    /* not an event, but what an argument was and what it became */
	RECORD_THREADS = 1 << 8,    /* others may write the memory the name is in */
};

#define STRING_MAX 4096
#define NAME_MAX 255
#define RECORD_MAX (20 * 1024)

/*
 * RECORD_MAX bounds where a string may begin; one string more fits behind it.
 * Each program has scratch memory of its own: where trace points can be
 * preempted (Linux 7.0) two programs may be under way on one CPU.
 */
struct walk {
	struct dentry *dentry, *mnt_root;
	struct mount *mnt;
	__u32 floor; /* where the area of s->path in use begins: path.h */
	__u32 tail;  /* where the end of a path that is too long begins */
	__u32 older; /* where the area used before begins to be filled */
};

struct scratch {
	struct walk walk; /* of the path under construction */
	char record[RECORD_MAX + STRING_MAX];
	char path[STRING_MAX + NAME_MAX + 1];
	struct throttle_scratch throttle;
	__u32 unchecked[RING_INDEX + 1]; /* bytes written since the ring's fill was last asked for */
	__u32 len; /* of the record so far */
	__u32 pos; /* where the path under construction begins */
	__u32 user; /* whose it is: enum scratch_user */
	__u64 args[8]; /* of the call, and what stands for arguments: slot.h */
};

enum scratch_user {
	SCRATCH_SYSCALL,
	SCRATCH_EXEC,
	SCRATCH_FORK,
	SCRATCH_EXIT,
	SCRATCH_RENAME,
	SCRATCH_CGROUP,
	SCRATCH_URING_SUBMIT,
	SCRATCH_URING_COMPLETE,
	SCRATCH_ANSWER,
	SCRATCH_CHANGED,
	SCRATCH_ENTER,
	SCRATCH_FASTOPEN,
	SCRATCH_STATE,
	SCRATCH_USERS,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_USERS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* What happened to the events of a family; summed over CPUs by the reader. */
struct counters {
	__u64 seen;
	__u64 lost;	 /* there was no room */
	__u64 throttled; /* the process, or its container, floods */
};

/* Behind the families stand the rings, without what was seen. */
#define COUNTS (GYR_FAMILIES + RINGS_MAX + 1)

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTS);
	__type(key, __u32);
	__type(value, struct counters);
} counts SEC(".maps");

/*
 * Changes of processes go through a ring of their own: no flood of other events
 * can push them out, and the reader drains it first, so that an event never
 * meets a process table older than itself.
 */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} lifecycle SEC(".maps");

/* All other events, by hash of the process, so that their order holds. */
struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 * 1024 * 1024);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps");

/* Set by the loader. */
const volatile __u32 ring_mask = 0;     /* number of rings - 1: a power of two */
const volatile __u32 ring_wake = 1 << 20; /* wake the reader at this fill level, bytes */
const volatile __u32 self_tgid = 0;     /* the sensor itself is not watched */

/*
 * Set by the reader before it goes to sleep for want of events: the next record
 * wakes it. While it is awake it looks at the rings by itself, so that no record
 * pays for a wake-up. One that comes between the two is found a little later.
 */
volatile __u32 reader_sleeps = 0;

static __always_inline struct scratch *scratch_of(__u32 user)
{
	struct scratch *s = bpf_map_lookup_elem(&scratches, &user);

	if (s)
		s->user = user;
	return s;
}

/* number i of the record under construction */
#define NUM(s, i) (((__u64 *)((s)->record + sizeof(struct header)))[i])

/* where the lengths of strings stand, given the count of numbers */
#define LEN(s, nums, i) \
	(((__u16 *)((s)->record + sizeof(struct header) + 8 * (nums)))[i])

/* length of the part that comes before the strings */
#define FIXED(nums, strs) \
	((sizeof(struct header) + 8 * (nums) + 2 * (strs) + 7) & ~7)

static __always_inline struct header *record_begin(struct scratch *s, __u16 type, __u32 fixed)
{
	struct header *h = (struct header *)s->record;

	h->type = type;
	h->cpu = bpf_get_smp_processor_id();
	h->time = bpf_ktime_get_boot_ns();
	h->res = 0;
	h->flags = 0;
	s->len = fixed;
	return h;
}

static __always_inline __u64 start_time(struct task_struct *leader)
{
	if (bpf_core_field_exists(leader->start_boottime))
		return READ(struct task_struct, leader, start_boottime);
	return BPF_CORE_READ((struct task_struct___real_start *)leader, real_start_time);
}

/* The id of the task's cgroup in the v2 hierarchy. */
static __always_inline __u64 cgroup_id(struct task_struct *task)
{
	struct css_set *set = READ(struct task_struct, task, cgroups);
	struct cgroup *cgroup = READ(struct css_set, set, dfl_cgrp);
	struct kernfs_node *node = READ(struct cgroup, cgroup, kn);

	return READ(struct kernfs_node, node, id);
}

/* record_by says whose record it is: ids, credentials, start, cgroup. */
static __always_inline void record_by(struct header *h, struct task_struct *task)
{
	const struct cred *cred = READ(struct task_struct, task, cred);

	h->tgid = READ(struct task_struct, task, tgid);
	h->tid = READ(struct task_struct, task, pid);
	h->start = start_time(READ(struct task_struct, task, group_leader));
	h->uid = READ(struct cred, cred, euid.val);
	h->gid = READ(struct cred, cred, egid.val);
	h->cgroup = cgroup_id(task);
}

/*
 * string_at is where the next string goes, NULL when the record is full; the
 * caller writes at most STRING_MAX bytes and calls string_end with the length.
 */
static __always_inline char *string_at(struct scratch *s)
{
	__u64 len = s->len;

	/* One register from here on: what the verifier saw checked is what is added. */
	asm volatile("" : "+r"(len));
	if (len > RECORD_MAX)
		return NULL;
	return s->record + len;
}

static __always_inline void string_end(struct scratch *s, __u32 nums, __u32 index, __u32 len)
{
	LEN(s, nums, index) = len;
	s->len += len;
}

/* Copies a string of the kernel's, of known length. */
static __always_inline void string_kernel(struct scratch *s, __u32 nums, __u32 index,
					  const void *from, __u32 len)
{
	char *to = string_at(s);

	if (len > STRING_MAX)
		len = STRING_MAX;
	if (!to || !len || bpf_probe_read_kernel(to, len, from))
		len = 0;
	string_end(s, nums, index, len);
}

/* Copies a NUL-terminated string of the kernel's, at most max bytes with its end. */
static __always_inline void string_kernel_upto(struct scratch *s, __u32 nums, __u32 index,
					       const void *from, __u32 max)
{
	char *to = string_at(s);
	long n = 0;

	if (to && from)
		n = bpf_probe_read_kernel_str(to, max, from);
	string_end(s, nums, index, n > 0 ? n - 1 : 0);
}

static __always_inline void string_kernel_str(struct scratch *s, __u32 nums, __u32 index,
					      const void *from)
{
	string_kernel_upto(s, nums, index, from, NAME_MAX + 1);
}

/* Copies a NUL-terminated string of the program's; marks it when unreadable. */
static __always_inline void string_user_str(struct scratch *s, __u32 nums, __u32 index,
					    const void *from)
{
	char *to = string_at(s);
	long n = 0;

	if (to) {
		n = bpf_probe_read_user_str(to, STRING_MAX, from);
		if (n <= 0)
			((struct header *)s->record)->flags |= RECORD_UNREADABLE;
	}
	string_end(s, nums, index, n > 0 ? n - 1 : 0);
}

static __always_inline void count_seen(__u32 family)
{
	struct counters *c = bpf_map_lookup_elem(&counts, &family);

	if (c)
		c->seen++;
}

static __always_inline void count_missing_in(__u32 row, bool lost)
{
	struct counters *c = bpf_map_lookup_elem(&counts, &row);

	if (c && lost)
		c->lost++;
	else if (c)
		c->throttled++;
}

/* Counts a record that was lost or throttled: by family, ring and container. */
static __noinline void count_missing(struct scratch *s, __u32 index, __u32 family, bool lost)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct group *g = group_entry(&s->throttle, group_of(task));

	count_missing_in(family, lost);
	count_missing_in(GYR_FAMILIES + index, lost);
	if (!g)
		return;
	g->tgid = READ(struct task_struct, task, tgid);
	g->start = start_time(READ(struct task_struct, task, group_leader));
	if (lost)
		__sync_fetch_and_add(&g->lost, 1);
	else
		__sync_fetch_and_add(&g->throttled, 1);
}

/* A ring, and what may be written to it. */
struct target {
	void *ring;
	__u32 index;
	__u32 level; /* log2 of a sixteenth of it */
	__u32 wake;  /* wake the reader at this fill level, bytes */
	__u32 limit; /* nothing is written from this level on */
};

/*
 * Is the record to be left out, since the ring fills up and the task floods it?
 * Otherwise flags say whether to wake the reader. A ring is asked how full it is
 * only now and then, for that costs a call, but every time while it fills up.
 *
 * Neither this nor count_missing is inlined: a program and the functions under
 * way have 512 bytes of stack together, and these need many.
 */
static __noinline bool crowded_out(struct target *to, struct scratch *s, __u32 family, __u64 *flags)
{
	struct header *h = (struct header *)s->record;
	__u32 index = to->index & RING_INDEX, level;
	bool due = s->unchecked[index] >= fill_check;
	struct task_struct *task;
	__u64 image = 0, fill;

	fill = bpf_ringbuf_query(to->ring, BPF_RB_AVAIL_DATA);
	level = fill >> to->level;
	if (level < LEVEL_PRESSURE)
		level = 0;
	if (pressure[index] != level)
		pressure[index] = level;
	if (process_price && level) {
		task = (void *)bpf_get_current_task();
		if (index != RING_LIFECYCLE)
			image = (__u64)READ(struct task_struct, task, mm);
		if (level >= to->limit ||
		    throttled(&s->throttle, task, start_time(READ(struct task_struct, task, group_leader)), image,
			      family, level, h->len, h->time))
			return true;
	}
	/* Waking takes longer than all else here: never for every record. */
	if (due) {
		s->unchecked[index] = 0;
		if (fill >= to->wake)
			*flags = BPF_RB_FORCE_WAKEUP;
	}
	return false;
}

/* Hands the record to a ring; wakes its reader only when the ring fills up. */
static __always_inline void ring_write(struct target *to, struct scratch *s, __u32 family)
{
	struct header *h = (struct header *)s->record;
	__u64 flags = BPF_RB_NO_WAKEUP;
	__u32 index = to->index & RING_INDEX, len = s->len;

	h->len = len;
	s->unchecked[index] += len;
	if ((s->unchecked[index] >= fill_check || pressure[index]) && crowded_out(to, s, family, &flags)) {
		count_missing(s, index, family, false);
		return;
	}
	if (reader_sleeps) {
		reader_sleeps = 0;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	/* Said last, or the compiler spreads it over copies the verifier tells apart. */
	asm volatile("" : "+r"(len));
	if (len > RECORD_MAX + STRING_MAX)
		return;
	if (bpf_ringbuf_output(to->ring, s->record, len, flags))
		count_missing(s, index, family, true);
}

/* limit: how full the ring may be for this kind of change. */
static __always_inline void emit_lifecycle(struct scratch *s, __u32 family, __u32 limit)
{
	struct target to = {
		.ring = &lifecycle, .index = RING_LIFECYCLE, .level = lifecycle_level,
		.wake = lifecycle_wake, .limit = limit,
	};

	ring_write(&to, s, family);
}

static __always_inline void emit(struct scratch *s, __u32 family)
{
	struct header *h = (struct header *)s->record;
	__u32 index = (h->tgid * 0x9e3779b1u >> 16) & ring_mask;
	struct target to = {
		.ring = bpf_map_lookup_elem(&rings, &index), .index = index, .level = ring_level,
		.wake = ring_wake, .limit = LEVEL_ALL,
	};

	if (to.ring)
		ring_write(&to, s, family);
}

#endif
