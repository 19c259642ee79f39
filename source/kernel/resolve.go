package kernel

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// resolver follows the symlinks of names that calls were given, where the kernel
// keeps no object that would tell: the file was removed, or could not be opened.
// It looks a little after the call, so what is moved at once is found elsewhere;
// the program's own name is judged in any case.
type resolver struct {
	// noFollow are the types whose names stand for themselves, symlink or not.
	noFollow event.TypeSet
	proc     procfs
	host     string // the host's root directory
	// second is that of the last refused open, followed how many of it were.
	second   int64
	followed int
}

// refusedPerSecond bounds how many names of refused opens are followed: that
// takes calls which may be refused themselves, and another sensor on the machine
// would follow those.
const refusedPerSecond = 100

func newResolver(host HostFS) *resolver {
	r := &resolver{proc: host.proc(), host: host.root()}
	for t := range event.Types {
		switch event.Describe(t).Family {
		case event.FamilyRename, event.FamilyUnlink, event.FamilyMkdir, event.FamilyLink:
			r.noFollow.Add(t)
		}
	}
	for _, name := range []string{"lchown", "lsetxattr", "lgetxattr", "llistxattr", "lremovexattr", "lstat", "readlink", "readlinkat"} {
		if t, ok := event.ByName(name); ok {
			r.noFollow.Add(t)
		}
	}
	return r
}

// paths finds the real names of an event's paths. Most calls on many files name
// them within a directory they have open, whose own name the kernel told: then
// there is nothing to follow.
func (r *resolver) paths(e *event.Event) {
	stays := r.noFollow.Has(e.Type)
	for i := range e.Paths {
		p := &e.Paths[i]
		if p.Raw == "" || !strings.HasPrefix(p.Name, "/") || stays && !strings.Contains(p.Raw, "/") {
			continue
		}
		if real := r.real(e.Process, p.Name, !stays); real != p.Name {
			p.Real = real
		}
	}
}

// file finds the real name of a file of which the kernel told none: opening it
// was refused, it was opened without a descriptor, or the descriptor was taken
// away before the call returned.
func (r *resolver) file(e *event.Event, rec *record.Record) {
	refused := e.Res == -int64(unix.EACCES) || e.Res == -int64(unix.EPERM)
	shared := rec.Flags&record.Shared != 0
	if !strings.HasPrefix(e.FD.Name, "/") || e.Res < 0 && !refused || e.FD.RealName != "" && !shared {
		return
	}
	if refused && !r.mayFollow(rec.Time) {
		return
	}
	real := r.real(e.Process, e.FD.Name, true)
	switch {
	case e.FD.RealName == "":
		e.FD.RealName = real
	case real != e.FD.RealName && real != e.FD.Name:
		e.FD.Watched = real
	}
}

// mayFollow reports whether the name of one more refused open is to be followed.
func (r *resolver) mayFollow(now int64) bool {
	if second := now / int64(time.Second); second != r.second {
		r.second, r.followed = second, 0
	}
	r.followed++
	return r.followed <= refusedPerSecond
}

// contradicts reports whether the name that an open was given, as it stands in
// the program's memory by now, is that of another file than was opened: someone
// has exchanged it. Only a name without symlinks says so; one that leads through
// them may lead elsewhere a moment later, and no harm in that.
func (r *resolver) contradicts(e *event.Event, rec *record.Record) bool {
	const unclear = record.Deleted | record.PathCut | record.Unreadable
	name := e.FD.Name
	if rec.Flags&record.Threads == 0 || rec.Flags&unclear != 0 || e.Res < 0 || !e.NamesDiffer() ||
		!strings.HasPrefix(name, "/") || strings.HasPrefix(name, "/proc/") || strings.HasPrefix(name, "/dev/") {
		return false
	}
	root, err := r.openRoot(e.Process)
	if err != nil {
		return false
	}
	defer unix.Close(root)
	if !isFile(root, &e.FD) {
		// It had another root then: it has ended, or it is a runtime's program that has
		// entered its container since.
		return false
	}
	const direct = unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_SYMLINKS
	fd, err := unix.Openat2(root, name, &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: direct})
	if err == nil {
		defer unix.Close(fd)
		return linkOf(fd) != e.FD.RealName
	}
	if err != unix.ENOENT {
		return false
	}
	return true // it leads nowhere, and never did: the file is still where it was
}

// real is an absolute name with its symlinks followed, the last one only where
// follow is set; "" where that cannot be found out.
func (r *resolver) real(p *event.Process, name string, follow bool) string {
	root, err := r.openRoot(p)
	if err != nil {
		return ""
	}
	defer unix.Close(root)
	dir, base := name, ""
	if !follow {
		i := strings.LastIndexByte(name, '/')
		dir, base = name[:i+1], name[i+1:]
	}
	dir = ownProc(dir, p)
	fd, err := unix.Openat2(root, dir, &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT})
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	real := linkOf(fd)
	if base == "" || real == "" {
		return real
	}
	return strings.TrimSuffix(real, "/") + "/" + base
}

// ownProc makes the names that mean another file to each process mean p's.
func ownProc(name string, p *event.Process) string {
	for _, prefix := range []string{"/proc/self/", "/proc/thread-self/"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return "/proc/" + strconv.Itoa(int(p.VPID)) + "/" + rest
		}
	}
	return name
}

// linkOf is the path of an open file, from the root of the mount namespace it
// lies in.
func linkOf(fd int) string {
	var b [unix.PathMax]byte
	n, err := unix.Readlink("/proc/self/fd/"+strconv.Itoa(fd), b[:])
	if err != nil || n == len(b) {
		return ""
	}
	real, _ := strings.CutSuffix(string(b[:n]), " (deleted)")
	return real
}

// openRoot opens the root directory of a process. One that has ended is looked at
// through the host's root if it was in no container.
func (r *resolver) openRoot(p *event.Process) (int, error) {
	const flags = unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC
	root, err := unix.Open(r.proc.path(p.PID, "root"), flags, 0)
	if err != nil && p.Container == nil {
		root, err = unix.Open(r.host, flags, 0)
	}
	return root, err
}

// isFile reports whether the real name of a file leads to it within a root
// directory.
func isFile(root int, file *event.FD) bool {
	fd, err := unix.Openat2(root, file.RealName, &unix.OpenHow{
		Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_SYMLINKS,
	})
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	// The status of a file in an overlay may have the number of the layer's.
	return unix.Fstat(fd, &st) == nil && (st.Ino == file.Ino || st.Ino == file.UnderIno)
}
