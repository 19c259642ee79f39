/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_WRITABLE_H
#define GYR_WRITABLE_H

/*
 * May the process write a file, as the kernel would decide it: by the mount, the
 * mode bits, and the capability that overrides them. Access control lists and
 * mounts that shift ids are left out.
 */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct super_block___flags {
	unsigned long s_flags;
};
struct vfsmount___flags {
	int mnt_flags;
};
struct inode___flags {
	unsigned int i_flags;
};

struct group_info {
	int ngroups;
	kgid_t gid[1];
};

struct uid_gid_extent {
	__u32 first, lower_first, count;
};
struct uid_gid_map {
	__u32 nr_extents;
	struct uid_gid_extent extent[5];
};
struct user_namespace {
	struct uid_gid_map uid_map, gid_map;
	int level;
};

struct cred___more {
	struct user_namespace *user_ns;
	struct group_info *group_info;
};

#pragma clang attribute pop

#define SB_RDONLY 1
#define MNT_READONLY 0x40
#define S_IMMUTABLE 8
#define CAP_DAC_OVERRIDE ((__u64)1 << 1)

#define MAP_EXTENTS 5
#define GROUPS_MAX 32

/* Is the id one of those the namespace has a number for? */
static __always_inline bool id_mapped(struct uid_gid_map *map, __u32 id)
{
	__u32 n = READ(struct uid_gid_map, map, nr_extents);
	int i;

	/* More than fit are kept elsewhere: who has so many has them all. */
	if (n > MAP_EXTENTS)
		return true;
	for (i = 0; i < MAP_EXTENTS && i < n; i++) {
		struct uid_gid_extent extent = {};

		bpf_probe_read_kernel(&extent, sizeof(extent),
				      (void *)map + bpf_core_field_offset(struct uid_gid_map, extent) +
					      i * sizeof(extent));
		if (id - extent.lower_first < extent.count)
			return true;
	}
	return false;
}

static __always_inline bool in_group(const struct cred *cred, __u32 gid)
{
	struct group_info *groups = READ(struct cred___more, cred, group_info);
	int i, n;

	if (READ(struct cred, cred, egid.val) == gid)
		return true;
	n = READ(struct group_info, groups, ngroups);
	for (i = 0; i < GROUPS_MAX && i < n; i++) {
		__u32 id = -1;

		bpf_probe_read_kernel(&id, sizeof(id),
				      (void *)groups + bpf_core_field_offset(struct group_info, gid) + i * sizeof(id));
		if (id == gid)
			return true;
	}
	return false;
}

static __always_inline bool writable(const struct cred *cred, struct inode *inode,
				     struct super_block *sb, struct path *path)
{
	__u16 mode = READ(struct inode, inode, i_mode);
	__u32 uid = READ(struct inode, inode, i_uid.val), gid = READ(struct inode, inode, i_gid.val);
	struct user_namespace *ns;

	if (READ(struct super_block___flags, sb, s_flags) & SB_RDONLY ||
	    READ(struct vfsmount___flags, path->mnt, mnt_flags) & MNT_READONLY ||
	    READ(struct inode___flags, inode, i_flags) & S_IMMUTABLE)
		return false;
	if (capabilities(&cred->cap_effective) & CAP_DAC_OVERRIDE) {
		ns = READ(struct cred___more, cred, user_ns);
		if (READ(struct user_namespace, ns, level) == 0)
			return true;
		if (id_mapped(&ns->uid_map, uid) && id_mapped(&ns->gid_map, gid))
			return true;
	}
	if (READ(struct cred, cred, euid.val) == uid)
		return mode & 0200;
	if (in_group(cred, gid))
		return mode & 0020;
	return mode & 0002;
}

#endif
