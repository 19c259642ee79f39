/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_READ_H
#define GYR_READ_H

/*
 * Reading the kernel's structures. Where the kernel has bpf_rdonly_cast (6.2) a
 * member is one load instruction, with faults caught by the exception table;
 * before, it is a call of a helper, which costs tens of nanoseconds on a machine
 * with return thunks. The verifier removes the branch that is not taken.
 */

extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

extern int LINUX_KERNEL_VERSION __kconfig;

/* Resolved at load time: 0 where the kernel has no such function. */
#define ksym_exists(symbol) (!!(symbol))

/*
 * The pointer is taken into a variable of its own: where it is a member of one of
 * our structs, BPF_CORE_READ would try to relocate that, too.
 */
#define READ(T, ptr, member)                                                                  \
	({                                                                                    \
		typeof(((T *)0)->member) value__;                                             \
		T *object__ = (T *)(ptr);                                                     \
		if (ksym_exists(bpf_rdonly_cast))                                             \
			value__ = ((T *)bpf_rdonly_cast((void *)object__,                     \
							bpf_core_type_id_kernel(T)))->member; \
		else                                                                          \
			value__ = BPF_CORE_READ(object__, member);                            \
		value__;                                                                      \
	})

#endif
