package identity

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Key is the identity of a file, as the kernel half reports it: the device of
// its file system (in user space's encoding) and the inode's number there.
//
// Calls that ask for a file's status may say something else: the device of a
// layer for a file of an overlay, that of a subvolume for one of btrfs.
type Key struct {
	Dev uint32
	Ino uint64
}

// found is a file as it was found behind a path.
type found struct {
	key   Key
	links uint32
	// born is when it was made, 0 where the file system does not say.
	born int64
	// dev and ino are what its status says.
	dev, ino uint64
	// listed is set where not rules name the file, but its directory.
	listed bool
	// others is set on one that was replaced where it is known to have had other
	// names.
	others bool
}

// survey is what was found in a root directory, by path.
type survey map[string]found

// rootID tells root directories apart: by what mounts there are and what
// directory is their root. Both may change while a container is set up.
type rootID struct {
	mounts   uint64 // inode of the mount namespace
	dev, ino uint64
}

var (
	errGone   = errors.New("no process has this root directory any more")
	errChroot = errors.New("the process has changed its root directory")
)

// rootOf says what root directory a process has. The directory's file system is
// not asked: it may be one that never answers. A process that changed its root
// (chroot) has none of its own: its files are named from the root of its mounts,
// as the kernel half names them.
func (proc procfs) rootOf(pid int32) (rootID, error) {
	var buf [2]byte
	n, err := unix.Readlink(proc.path(pid, "root"), buf[:])
	if err != nil {
		return rootID{}, err
	}
	if string(buf[:n]) != "/" {
		return rootID{}, errChroot
	}
	id, err := directoryID(unix.AT_FDCWD, proc.path(pid, "root"), 0)
	if err != nil {
		return id, err
	}
	id.mounts, err = proc.mountsOf(pid)
	return id, err
}

func directoryID(dir int, path string, flags int) (rootID, error) {
	var st unix.Statx_t
	err := unix.Statx(dir, path, flags|unix.AT_STATX_DONT_SYNC|unix.AT_NO_AUTOMOUNT, unix.STATX_INO, &st)
	return rootID{dev: unix.Mkdev(st.Dev_major, st.Dev_minor), ino: st.Ino}, err
}

// mountsOf is the mount namespace of a process.
func (proc procfs) mountsOf(pid int32) (uint64, error) {
	var buf [64]byte
	n, err := unix.Readlink(proc.path(pid, "ns/mnt"), buf[:])
	if err != nil {
		return 0, err
	}
	_, text, _ := strings.Cut(string(buf[:n]), "[")
	return strconv.ParseUint(strings.TrimSuffix(text, "]"), 10, 64)
}

// procfs is the directory where proc is mounted that shows the host's processes.
type procfs string

func (proc procfs) path(pid int32, file string) string {
	return string(proc) + "/" + strconv.Itoa(int(pid)) + "/" + file
}

// surveyor looks for files in one root directory.
type surveyor struct {
	proc procfs
	pid  int32
	root int
	// before is what was found the last time: a file whose status says that it is
	// still the same need not be looked at closer.
	before survey
	now    survey
	// devices are those of the mounts, nil until needed.
	devices map[int]uint32
}

// take looks where paths lead in the root directory of a process, which has to
// be id. Symbolic links among the directories are followed as that process
// would; one in the place of the file is not, for what it leads to is another
// file. Nothing is opened but directories, so that no device or pipe is touched,
// but a file system that never answers does hold take up.
func (proc procfs) take(pid int32, id rootID, dirs []directory, before survey) (survey, error) {
	root, err := unix.Open(proc.path(pid, "root"), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, errGone
	}
	defer unix.Close(root)
	is, err := directoryID(root, "", unix.AT_EMPTY_PATH)
	if err == nil {
		is.mounts, err = proc.mountsOf(pid)
	}
	if err != nil || is != id {
		return nil, errGone
	}
	s := surveyor{proc: proc, pid: pid, root: root, before: before, now: survey{}}
	for _, d := range dirs {
		s.directory(d)
	}
	return s.now, nil
}

func (s *surveyor) directory(d directory) {
	flags := unix.O_PATH
	if d.all {
		flags = unix.O_RDONLY
	}
	dir, err := unix.Openat2(s.root, d.path, &unix.OpenHow{
		Flags:   uint64(flags | unix.O_DIRECTORY | unix.O_CLOEXEC),
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	})
	if err != nil {
		return // nothing is there
	}
	defer unix.Close(dir)
	for _, name := range d.names {
		s.file(dir, d.path, name, false)
	}
	if !d.all || anyones(dir) {
		return
	}
	names, ok := fileNames(dir)
	for _, name := range names {
		if ok && !slices.Contains(d.names, name) {
			s.file(dir, d.path, name, true)
		}
	}
}

// anyones reports whether anyone may make files in a directory, as in /tmp: those
// there are nobody's in particular, and many.
func anyones(dir int) bool {
	var st unix.Stat_t
	return unix.Fstat(dir, &st) != nil || st.Mode&unix.S_IWOTH != 0
}

// fileNames lists a directory, as far as a small one goes.
func fileNames(dir int) (names []string, ok bool) {
	var buf [16 << 10]byte
	for {
		n, err := unix.ReadDirent(dir, buf[:])
		if err != nil || n <= 0 {
			return names, err == nil
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
		if len(names) > dirFiles {
			return nil, false
		}
	}
}

func (s *surveyor) file(dir int, under, name string, listed bool) {
	var st unix.Statx_t
	err := unix.Statx(dir, name, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &st)
	if err != nil || !watchable(st.Mode) {
		return
	}
	full := path.Join(under, name)
	f := found{links: st.Nlink, dev: unix.Mkdev(st.Dev_major, st.Dev_minor), ino: st.Ino, listed: listed}
	if st.Mask&unix.STATX_BTIME != 0 {
		f.born = time.Unix(st.Btime.Sec, int64(st.Btime.Nsec)).UnixNano()
	}
	if b, ok := s.before[full]; ok && b.dev == f.dev && b.ino == f.ino {
		f.key = b.key
		s.now[full] = f
		return
	}
	if key, err := s.key(dir, name); err == nil {
		f.key = key
		s.now[full] = f
	}
}

// watchable files are all but directories and symbolic links.
func watchable(mode uint16) bool {
	return mode&unix.S_IFMT != unix.S_IFDIR && mode&unix.S_IFMT != unix.S_IFLNK
}

// key is a file's identity, which is read off a descriptor that stands for the
// file without opening it.
func (s *surveyor) key(dir int, name string) (Key, error) {
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return Key{}, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return Key{}, err
	}
	info, err := readSmall("/proc/self/fdinfo/" + strconv.Itoa(fd))
	if err != nil {
		return Key{}, err
	}
	mount, ino, ok := parseFDInfo(info)
	if !ok {
		return Key{}, fmt.Errorf("fdinfo without a mount: %q", info)
	}
	if ino == 0 {
		ino = st.Ino // before Linux 5.14
	}
	dev, ok := s.device(mount)
	if !ok {
		dev = encode(unix.Major(st.Dev), unix.Minor(st.Dev))
	}
	return Key{Dev: dev, Ino: ino}, nil
}

// device is that of a mount in the namespace of the process.
func (s *surveyor) device(mount int) (uint32, bool) {
	if s.devices == nil {
		text, _ := os.ReadFile(s.proc.path(s.pid, "mountinfo")) // without it there are none
		s.devices = parseMounts(string(text))
	}
	dev, ok := s.devices[mount]
	return dev, ok
}

// encode is user space's form of a device number.
func encode(major, minor uint32) uint32 { return minor&0xff | major<<8 | (minor&^0xff)<<12 }
