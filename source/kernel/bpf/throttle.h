/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_THROTTLE_H
#define GYR_THROTTLE_H

/*
 * Who may use a ring that fills up. docs/loss.md tells it at length.
 *
 * Below a quarter nobody is counted, so nobody pays. From there on every record
 * is paid for from a bucket of its process, and the price doubles with each
 * sixteenth the ring is fuller: whoever writes most runs dry first, at the rate
 * the reader keeps up with, whatever that is. The last quarter is for newcomers,
 * who have written little of late. So a flood leaves room for the few events of
 * all others.
 *
 * Processes that come and go are newcomers each. So what newcomers write in the
 * last quarter is counted for their parent, too, and those of a parent with many
 * get no more than the first sixteenth of it. And their container pays: one in
 * debt gets nothing of the last eighth, and as long as it is in none its processes
 * have the lowest price.
 *
 * A bucket is a time: that at which its debt is paid. Kernels before 5.12 have
 * no compare-and-exchange for programs; with one word and additions, a race
 * costs a record's price at most.
 */

#define RINGS_MAX 4
#define RING_LIFECYCLE RINGS_MAX /* among counters and levels */
#define RING_INDEX 7		 /* mask */

/* Levels are sixteenths of a ring. */
#define LEVEL_PRESSURE 4
#define LEVEL_NEWCOMERS 12 /* from here on only they write */
#define LEVEL_BROOD 13	   /* and not those of a parent with many */
#define LEVEL_GROUP 14     /* and not even they, where their group is in debt */
#define LEVEL_FORK 12      /* what fork, rename and the like may fill of their ring */
#define LEVEL_EXIT 15      /* and exit; the rest is for exec */
#define LEVEL_ALL 17

#define NEWCOMER_BYTES (16 * 1024)
#define BROOD_BYTES (256 * 1024) /* what the newcomers of one parent may write */
#define NEWCOMER_TIME (1ull << 32) /* ns: some seconds */
#define PRICE_UNIT 8		   /* prices are those of 1 << 8 bytes */

/* Set by the loader. */
const volatile __u32 ring_level = 19;      /* log2 of a sixteenth of a ring */
const volatile __u32 lifecycle_level = 18; /* the same of that of process changes */
const volatile __u32 lifecycle_wake = 1 << 19;
const volatile __u32 fill_check = 32 * 1024; /* bytes a CPU writes before it asks how full a ring is */
const volatile __u32 process_price = 0;      /* ns; 0: nobody is throttled */
const volatile __u32 group_price = 0;
const volatile __u32 burst_time = 0; /* ns of debt a bucket may have at the lowest price */

/* The level of each ring when it was last asked for, 0 below LEVEL_PRESSURE. */
volatile __u32 pressure[RING_INDEX + 1];

/*
 * By family: who floods opens is still heard when it connects. A bucket belongs
 * to a program: an exec, known by its new memory, begins with a full one. Behind
 * the families stands what all newcomers of a parent wrote.
 */
struct bucket_key {
	__u32 tgid;
	__u32 family;
};

#define BUCKET_BROOD 0x100

struct bucket {
	__u64 paid;   /* when the debt is paid, ns since boot */
	__u64 since;  /* a time, */
	__u64 recent; /* and the bytes written since */
	__u64 start;  /* of the process */
	__u64 image;  /* its memory */
	__u64 group;
	__u64 throttled; /* records */
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct bucket_key);
	__type(value, struct bucket);
} buckets SEC(".maps");

/* A container, or whatever else has a control group of its own. */
struct group {
	__u64 paid;
	__u64 lost, throttled; /* records */
	__u64 start;	       /* of the process they were last of */
	__u32 tgid;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct group);
} groups SEC(".maps");

/* What a new entry of these is made from: too large for the stack. */
struct throttle_scratch {
	struct bucket bucket;
	struct group group;
};

static __always_inline struct cgroup *cgroup_v1(struct css_set *set, int id)
{
	struct cgroup_subsys_state *css = NULL;

	bpf_probe_read_kernel(&css, sizeof(css),
			      (void *)set + bpf_core_field_offset(struct css_set, subsys) +
				      id * sizeof(void *));
	return READ(struct cgroup_subsys_state, css, cgroup);
}

/* The root of every hierarchy has this id. */
#define CGROUP_ROOT 1

static __always_inline __u64 cgroup_node(struct cgroup *cgroup)
{
	struct kernfs_node *node = READ(struct cgroup, cgroup, kn);
	__u64 id = READ(struct kernfs_node, node, id);

	return id == CGROUP_ROOT ? 0 : id;
}

#define GROUP_V1(set, name, tag)                                                                   \
	if (!id && bpf_core_enum_value_exists(enum cgroup_subsys_id, name##_cgrp_id)) {             \
		id = cgroup_node(cgroup_v1(set, bpf_core_enum_value(enum cgroup_subsys_id, name##_cgrp_id))); \
		if (id)                                                                            \
			id |= (__u64)(tag) << 56;                                                  \
	}

/*
 * The control group the task's container is known by: that of v2 or, where all
 * are in its root, of a v1 controller (as cgroups() in task.h). 0: in none.
 */
static __always_inline __u64 group_of(struct task_struct *task)
{
	struct css_set *set = READ(struct task_struct, task, cgroups);
	__u64 id = cgroup_node(READ(struct css_set, set, dfl_cgrp));

	GROUP_V1(set, pids, 1)
	GROUP_V1(set, memory, 2)
	GROUP_V1(set, cpuset, 3)
	return id;
}

static __always_inline struct group *group_entry(struct throttle_scratch *t, __u64 id)
{
	struct group *g = bpf_map_lookup_elem(&groups, &id);

	if (g)
		return g;
	__builtin_memset(&t->group, 0, sizeof(t->group));
	bpf_map_update_elem(&groups, &id, &t->group, 1 /* BPF_NOEXIST */);
	return bpf_map_lookup_elem(&groups, &id);
}

static __always_inline struct bucket *bucket_entry(struct throttle_scratch *t, struct task_struct *task,
						   struct bucket_key *key, __u64 start, __u64 image)
{
	struct task_struct *leader = READ(struct task_struct, task, group_leader);
	struct bucket *b = bpf_map_lookup_elem(&buckets, key);

	if (b && b->start == start && b->image == image)
		return b;
	t->bucket.paid = t->bucket.since = t->bucket.recent = 0;
	t->bucket.start = start;
	t->bucket.image = image;
	t->bucket.throttled = b && b->start == start ? b->throttled : 0;
	t->bucket.group = group_of(task);
	bpf_probe_read_kernel(t->bucket.comm, sizeof(t->bucket.comm), &leader->comm);
	bpf_map_update_elem(&buckets, key, &t->bucket, 0 /* BPF_ANY */);
	return bpf_map_lookup_elem(&buckets, key);
}

/* The account of what the children of the task's parent write. */
static __always_inline struct bucket *brood_entry(struct throttle_scratch *t, struct task_struct *task, __u32 family)
{
	struct task_struct *parent = READ(struct task_struct, READ(struct task_struct, task, group_leader), real_parent);
	struct bucket_key key = { .tgid = READ(struct task_struct, parent, tgid), .family = BUCKET_BROOD | family };

	return bucket_entry(t, parent, &key, 0, 0);
}

static __always_inline __u64 price(__u32 len, __u32 of_unit, __u32 doublings)
{
	return (((__u64)len * of_unit) >> PRICE_UNIT) << doublings;
}

/*
 * A bucket may be in debt for burst_time, and for what a newcomer may write.
 * Without debt one record is affordable, however long it is.
 */
static __always_inline bool affords(__u64 paid, __u64 now, __u64 cost, __u32 doublings)
{
	__u64 limit = price(NEWCOMER_BYTES, process_price, doublings);

	if (limit < burst_time)
		limit = burst_time;
	return paid <= now || paid + cost <= now + limit;
}

static __always_inline void pay(__u64 *paid, __u64 now, __u64 cost)
{
	if (*paid < now)
		*(volatile __u64 *)paid = now;
	__sync_fetch_and_add(paid, cost);
}

/* The bytes written of late. */
static __always_inline __u64 recent(struct bucket *b, __u64 now)
{
	if (b->since + NEWCOMER_TIME < now) {
		b->since = now;
		b->recent = 0;
	}
	return b->recent;
}

/*
 * Is the task to be cut here, with a ring as full as level? Otherwise it pays
 * for len bytes. image tells its programs apart; 0 for changes of processes: an
 * exec must not make a series of execs free.
 */
static __always_inline bool throttled(struct throttle_scratch *t, struct task_struct *task, __u64 start,
				      __u64 image, __u32 family, __u32 level, __u32 len, __u64 now)
{
	struct bucket_key key = { .tgid = READ(struct task_struct, task, tgid), .family = family };
	__u32 rise = (level < LEVEL_NEWCOMERS ? level : LEVEL_NEWCOMERS) - LEVEL_PRESSURE;
	__u64 cost = price(len, process_price, rise), group_cost = price(len, group_price, rise);
	struct bucket *b, *brood = NULL;
	bool in_credit = false, newcomer;
	struct group *g = NULL;

	b = bucket_entry(t, task, &key, start, image);
	if (!b)
		return level >= LEVEL_NEWCOMERS;
	newcomer = recent(b, now) < NEWCOMER_BYTES;
	if (b->group)
		g = group_entry(t, b->group);
	if (g)
		in_credit = affords(g->paid, now, group_cost, rise);
	if (level >= LEVEL_NEWCOMERS) {
		brood = brood_entry(t, task, family);
		if (!newcomer || (g && !in_credit && level >= LEVEL_GROUP) ||
		    (brood && recent(brood, now) >= BROOD_BYTES && level >= LEVEL_BROOD))
			goto cut;
	} else {
		if (in_credit) {
			cost = price(len, process_price, 0);
			rise = 0;
		}
		if (!affords(b->paid, now, cost, rise))
			goto cut;
	}
	if (brood)
		__sync_fetch_and_add(&brood->recent, len);
	pay(&b->paid, now, cost);
	__sync_fetch_and_add(&b->recent, len);
	if (g)
		pay(&g->paid, now, group_cost);
	return false;
cut:
	__sync_fetch_and_add(&b->throttled, 1);
	return true;
}

#endif
