/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_USE_H
#define GYR_USE_H

/* What a process may use, and what it has used when it begins. */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct rlimit {
	unsigned long rlim_cur;
};

struct signal_struct___limits {
	struct rlimit rlim[16];
};

struct task_struct___faults {
	unsigned long maj_flt, min_flt;
};

struct mm_struct___size {
	unsigned long total_vm;
};

/* Pages by kind: counters for each CPU since 6.2, of which the sum is read. */
struct percpu_counter {
	__s64 count;
};
struct mm_struct___percpu {
	struct percpu_counter rss_stat[4];
};
struct mm_rss_stat {
	struct { __s64 counter; } count[4];
};
struct mm_struct___atomic {
	struct mm_rss_stat rss_stat;
};

#pragma clang attribute pop

#define RLIMIT_NOFILE 7
#define PAGES_FILE 0
#define PAGES_ANONYMOUS 1
#define PAGES_SWAPPED 2
#define PAGES_SHARED 3

#define pages_percpu(mm, kind)                                                            \
	({                                                                                \
		__s64 pages__ = READ(struct mm_struct___percpu, mm, rss_stat[kind].count); \
		pages__ > 0 ? pages__ : 0;                                                \
	})

#define pages_atomic(mm, kind)                                                            \
	({                                                                                \
		__s64 pages__ = READ(struct mm_struct___atomic, mm, rss_stat.count[kind].counter); \
		pages__ > 0 ? pages__ : 0;                                                \
	})

#define pages(mm, kind)                                                                   \
	(bpf_core_field_exists(((struct mm_struct___percpu *)0)->rss_stat[0].count) ?     \
		 pages_percpu(mm, kind) :                                                 \
		 pages_atomic(mm, kind))

/* Memory is told in pages. */
static __always_inline void use(struct scratch *s, struct task_struct *task)
{
	struct signal_struct *signal = READ(struct task_struct, task, signal);
	struct mm_struct *mm = READ(struct task_struct, task, mm);

	PNUM(s, FD_LIMIT) = READ(struct signal_struct___limits, signal, rlim[RLIMIT_NOFILE].rlim_cur);
	PNUM(s, MAJOR_FAULTS) = READ(struct task_struct___faults, task, maj_flt);
	PNUM(s, MINOR_FAULTS) = READ(struct task_struct___faults, task, min_flt);
	PNUM(s, VM_SIZE) = mm ? READ(struct mm_struct___size, mm, total_vm) : 0;
	PNUM(s, VM_RESIDENT) = 0;
	PNUM(s, VM_SWAP) = 0;
	if (mm) {
		PNUM(s, VM_RESIDENT) = pages(mm, PAGES_FILE) + pages(mm, PAGES_ANONYMOUS) +
				       pages(mm, PAGES_SHARED);
		PNUM(s, VM_SWAP) = pages(mm, PAGES_SWAPPED);
	}
	PNUM(s, NAMESPACE_START) = start_time(child_reaper(task));
}

#endif
