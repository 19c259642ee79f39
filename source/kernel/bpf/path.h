/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_PATH_H
#define GYR_PATH_H

/*
 * A path is followed PATH_STEPS components and mount crossings at a time, at
 * most PATH_ROUNDS times: enough for the shortest names in a path of
 * STRING_MAX bytes. A longer one is cut at its root end and begins with "...".
 */
#define PATH_STEPS 96
#define PATH_ROUNDS 24

/*
 * What stands before a path that was cut: the rest must not be taken for an
 * absolute path.
 */
#define CUT_MARK 3

static __always_inline void path_cut(struct scratch *s)
{
	__u32 pos = (s->pos - CUT_MARK) & (STRING_MAX - 1);

	((struct header *)s->record)->flags |= RECORD_PATH_CUT;
	s->path[pos] = s->path[pos + 1] = s->path[pos + 2] = '.';
	s->pos = pos;
}

/*
 * Is the mount in no namespace that has a place for it? Those are the copies
 * open_tree makes, new file systems that are not mounted yet, and what was
 * unmounted while in use. Files in them have the name they have in their file
 * system.
 */
static __always_inline bool is_detached(struct mount *mnt)
{
	struct mnt_namespace *ns = READ(struct mount, mnt, mnt_ns);
	__u32 inum;

	if (!ns || (unsigned long)ns >= (unsigned long)-4095)
		return true; /* or one of the kernel's own: an error stands for it */
	inum = READ(struct mnt_namespace, ns, ns.inum);
	return !inum || inum == MNT_NS_ANON_INO;
}

/*
 * path_climb follows the path set up in scratch memory (struct walk) towards the
 * root, writing it backwards from STRING_MAX, and returns 0 where there is more
 * to follow. This is what the kernel's own d_path does, without its locks: a
 * rename under way may show a mixture of old and new name.
 *
 * It is a function of its own, not inlined, so that the verifier follows it once
 * and not at every call; only numbers may be passed to such a function before
 * Linux 5.12. Where the walk stands is kept in memory, of which the verifier
 * remembers nothing: in registers it would tell apart as many states as there
 * are ways to get to a step, and follow each.
 */
__noinline int path_climb(__u32 user)
{
	struct scratch *s = scratch_of(user);
	struct walk *w;
	__u32 pos, len;
	int i;

	if (!s)
		return 1;
	w = &s->walk;
	for (i = 0; i < PATH_STEPS; i++) {
		struct dentry *dentry = w->dentry, *parent;

		if (dentry == w->mnt_root) {
			struct mount *above = READ(struct mount, w->mnt, mnt_parent);

			if (above == w->mnt) {
				if (!is_detached(w->mnt))
					return 1; /* the root of all */
				w->mnt_root = NULL; /* on to the file system's */
				continue;
			}
			w->dentry = READ(struct mount, w->mnt, mnt_mountpoint);
			w->mnt = above;
			w->mnt_root = READ(struct mount, above, mnt.mnt_root);
			continue;
		}
		parent = READ(struct dentry, dentry, d_parent);
		len = READ(struct dentry, dentry, d_name.len) & NAME_MAX;
		if (dentry == parent && len == 1)
			return 1; /* the root of something not mounted here */
		pos = s->pos;
		if (len + 1 + CUT_MARK > pos) {
			path_cut(s);
			return 1;
		}
		pos = (pos - len - 1) & (STRING_MAX - 1);
		s->pos = pos;
		s->path[pos] = '/';
		bpf_probe_read_kernel(&s->path[pos + 1], len, READ(struct dentry, dentry, d_name.name));
		if (dentry == parent)
			return 1;
		w->dentry = parent;
	}
	return 0;
}

/*
 * path_append follows the path set up in scratch memory to its end and adds it
 * to the record; it returns the path's length. A function of its own for the
 * same reason as path_climb.
 */
__noinline int path_append(__u32 user)
{
	struct scratch *s = scratch_of(user);
	__u32 pos, len;
	char *to;
	int i;

	if (!s)
		return 0;
	s->pos = STRING_MAX;
	for (i = 0; i < PATH_ROUNDS; i++)
		if (path_climb(user))
			break;
	if (i == PATH_ROUNDS)
		path_cut(s);
	if (s->pos == STRING_MAX) {
		s->pos = STRING_MAX - 1;
		s->path[STRING_MAX - 1] = '/';
	}
	pos = s->pos & (STRING_MAX - 1);
	len = STRING_MAX - pos;
	to = string_at(s);
	if (!to || bpf_probe_read_kernel(to, len, &s->path[pos]))
		len = 0;
	return len;
}

/*
 * The path of an object, as string `index`: from the root of the mount namespace
 * it lies in, not from the task's own, which any process may change (chroot)
 * and so give every file another name.
 */
static __always_inline void string_path(struct scratch *s, __u32 nums, __u32 index, struct path *path)
{
	struct walk *w = &s->walk;

	if (!path->dentry || !path->mnt) {
		string_end(s, nums, index, 0);
		return;
	}
	w->dentry = path->dentry;
	w->mnt = (void *)path->mnt - bpf_core_field_offset(struct mount, mnt);
	w->mnt_root = READ(struct vfsmount, path->mnt, mnt_root);
	string_end(s, nums, index, path_append(s->user));
}

static __always_inline void path_of_file(struct path *path, struct file *file)
{
	path->mnt = READ(struct file, file, f_path.mnt);
	path->dentry = READ(struct file, file, f_path.dentry);
}

static __always_inline bool path_deleted(struct path *path)
{
	return path->dentry && !READ(struct dentry, path->dentry, d_hash.pprev) &&
	       READ(struct dentry, path->dentry, d_parent) != path->dentry;
}

/*
 * Is the object in no directory at all? Anonymous files (memfd, pipes) are; the
 * root of a file system is its own parent as well, but is called "/".
 */
static __always_inline bool path_anonymous(struct path *path)
{
	return path->dentry && READ(struct dentry, path->dentry, d_parent) == path->dentry &&
	       READ(struct dentry, path->dentry, d_name.len) > 1;
}

/* The file behind a descriptor of the task, NULL when there is none. */
static __always_inline struct file *file_of(struct task_struct *task, long fd)
{
	struct files_struct *files = READ(struct task_struct, task, files);
	struct fdtable *table = READ(struct files_struct, files, fdt);
	struct file **fds, *file = NULL;

	if (fd < 0 || fd >= READ(struct fdtable, table, max_fds))
		return NULL;
	fds = READ(struct fdtable, table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), &fds[fd]);
	return file;
}

enum layer { LAYER_NONE, LAYER_UPPER, LAYER_LOWER };

/*
 * Which layer of an overlay the inode lives in. struct ovl_inode, which is not
 * in the BTF of kernels with overlayfs as a module, keeps the dentry of the
 * upper layer right behind the inode it embeds.
 */
static __always_inline enum layer layer_of(struct inode *inode, struct super_block *sb)
{
	void *upper = NULL;

	if (READ(struct super_block, sb, s_magic) != OVERLAYFS_SUPER_MAGIC)
		return LAYER_NONE;
	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	return upper ? LAYER_UPPER : LAYER_LOWER;
}

#endif
