/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GYR_PATH_H
#define GYR_PATH_H

/*
 * A path is followed PATH_STEPS components and mount crossings at a time, at
 * most PATH_ROUNDS times; where that does not reach the root, it begins with
 * "...".
 */
#define PATH_STEPS 24
#define PATH_ROUNDS 384

/*
 * A path is written backwards into scratch memory, behind PATH_TAIL. Where it
 * does not fit, what lies nearer to the root goes by turns into two areas
 * before that, each over what it held: in the end they have the beginning. So of
 * a path that is too long its middle is left out, and "/..." stands for it.
 */
#define PATH_HALF 512
#define PATH_TAIL (2 * PATH_HALF + 8)

static const char path_gap[4] = "/...";

/* Goes on in another area, as the one in use is full. */
static __always_inline void path_turn(struct scratch *s)
{
	struct walk *w = &s->walk;

	if (w->floor == PATH_TAIL) {
		((struct header *)s->record)->flags |= RECORD_PATH_CUT;
		w->tail = s->pos;
		w->older = 2 * PATH_HALF; /* nothing in it */
		w->floor = 0;
		s->pos = PATH_HALF;
		return;
	}
	w->older = s->pos;
	w->floor = w->floor ? 0 : PATH_HALF;
	s->pos = w->floor + PATH_HALF;
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
		if (len + 1 + w->floor > s->pos)
			path_turn(s);
		pos = (s->pos - len - 1) & (STRING_MAX - 1);
		s->pos = pos;
		s->path[pos] = '/';
		bpf_probe_read_kernel(&s->path[pos + 1], len, READ(struct dentry, dentry, d_name.name));
		if (dentry == parent)
			return 1;
		w->dentry = parent;
	}
	return 0;
}

/* Adds a piece of scratch memory behind what the path in the record has so far. */
static __always_inline __u32 path_piece(struct scratch *s, __u32 len, __u32 from, __u32 to)
{
	__u64 at = s->len + len, n = to - from;

	asm volatile("" : "+r"(at));
	asm volatile("" : "+r"(n));
	if (at > RECORD_MAX || n > STRING_MAX || !n)
		return len;
	bpf_probe_read_kernel(s->record + at, n, &s->path[from & (STRING_MAX - 1)]);
	return len + n;
}

/* A path whose middle was left out. */
static __always_inline int path_pieces(struct scratch *s, bool whole)
{
	struct walk *w = &s->walk;
	__u32 other = w->floor ? PATH_HALF : 2 * PATH_HALF; /* where the other area ends */
	__u32 len = 0;

	if (!whole) {
		__builtin_memcpy(&s->path[2 * PATH_HALF], path_gap + 1, 3);
		len = path_piece(s, len, 2 * PATH_HALF, 2 * PATH_HALF + 3);
	}
	len = path_piece(s, len, s->pos, w->floor + PATH_HALF);
	len = path_piece(s, len, w->older, other);
	__builtin_memcpy(&s->path[2 * PATH_HALF], path_gap, 4);
	len = path_piece(s, len, 2 * PATH_HALF, 2 * PATH_HALF + 4);
	return path_piece(s, len, w->tail, STRING_MAX);
}

/*
 * path_append follows the path set up in scratch memory to its end and adds it
 * to the record; it returns the path's length. A function of its own for the
 * same reason as path_climb.
 */
__noinline int path_append(__u32 user)
{
	struct scratch *s = scratch_of(user);
	int i;

	if (!s)
		return 0;
	s->pos = STRING_MAX;
	s->walk.floor = PATH_TAIL;
	for (i = 0; i < PATH_ROUNDS; i++)
		if (path_climb(user))
			break;
	if (s->walk.floor != PATH_TAIL)
		return path_pieces(s, i < PATH_ROUNDS);
	if (s->pos == STRING_MAX) {
		s->pos = STRING_MAX - 1;
		s->path[STRING_MAX - 1] = '/';
	}
	return path_piece(s, 0, s->pos, STRING_MAX);
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
	if (ksym_exists(bpf_rdonly_cast))
		return (void *)READ(struct hlist_head, &fds[fd], first);
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
