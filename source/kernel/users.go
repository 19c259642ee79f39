package kernel

import (
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
)

const (
	// usersRefresh is how old what is known of a user database may get.
	usersRefresh = 30 * time.Second
	// maxDatabases bounds how many roots' databases are kept: containers come
	// and go.
	maxDatabases = 512
	// usersRetry is when a database that could not be read is tried again.
	usersRetry = 50 * time.Millisecond
	// maxRootTries bounds the processes through whose root one database is tried
	// to be read.
	maxRootTries = 32
	// usersWait is how long an event waits for a database that is read for the
	// first time.
	usersWait = 50 * time.Millisecond
	// maxUserFile bounds what is read of a passwd or group file, which a
	// container may fill with anything.
	maxUserFile = 1 << 20
)

// Users resolves user and group ids in the files of the root directory a
// process sees: the host's, or those inside its container. It is safe for
// concurrent use.
type Users struct {
	mu    sync.Mutex
	roots map[event.ContainerKey]*rootUsers

	// others are the processes known of a container, for when the one that is
	// asked about has ended; nil where nobody knows.
	others func(event.ContainerKey) []*event.Process
	// root is where a process's root directory is found, alive whether it was
	// that process's until now.
	root  func(*event.Process) string
	host  string // the host's root directory
	alive func(*event.Process) bool
}

// rootUsers is the user database of one root as it was last read, or as it is
// being read.
type rootUsers struct {
	since  time.Time
	loaded chan struct{} // closed when db is set
	db     *userDB
}

// userDB is what /etc/passwd and /etc/group of one root say.
type userDB struct {
	users  map[uint32]event.User
	groups map[uint32]string
}

// NewUsers returns a resolver that knows nothing yet.
func NewUsers(host HostFS) *Users {
	proc := host.proc()
	return &Users{
		roots: map[event.ContainerKey]*rootUsers{},
		host:  host.root(),
		root:  func(p *event.Process) string { return proc.path(p.PID, "root") },
		alive: func(p *event.Process) bool {
			st, ok := proc.readStat(p.PID)
			return ok && process.KeyOf(p.PID, st.start) == process.KeyOf(p.PID, p.Start)
		},
	}
}

// follow lets u find other processes of a container in the table.
func (u *Users) follow(table *process.Table) {
	u.others = func(container event.ContainerKey) (found []*event.Process) {
		for _, key := range table.Living(nil) {
			task := table.Find(key)
			if task == nil {
				continue
			}
			if p := task.Current(); p.Container != nil && p.Container.Key() == container {
				if found = append(found, p); len(found) == maxRootTries {
					break
				}
			}
		}
		return found
	}
}

// User implements event.Users.
func (u *Users) User(uid uint32, p *event.Process) (user event.User, ok bool) {
	if db := u.database(p); db != nil {
		user, ok = db.users[uid]
	}
	if !ok && uid == 0 {
		return event.User{Name: rootName, Home: "/root"}, true
	}
	return user, ok
}

// rootName is what user and group 0 are called where no file says otherwise, as in
// Falco: many images have none, and a container may be gone before it is read.
const rootName = "root"

// Group implements event.Users.
func (u *Users) Group(gid uint32, p *event.Process) (name string, ok bool) {
	if db := u.database(p); db != nil {
		name, ok = db.groups[gid]
	}
	if !ok && gid == 0 {
		return rootName, true
	}
	return name, ok
}

// database returns what the root of the process says, nil if that is not known.
// The files are read aside and waited for a moment only: those of a container
// may lie on a file system that never answers, and events wait behind this one.
func (u *Users) database(p *event.Process) *userDB {
	container := p.Container.Key()
	u.mu.Lock()
	r := u.roots[container]
	if r != nil && time.Since(r.since) < usersRefresh {
		u.mu.Unlock()
		return r.wait(0)
	}
	if len(u.roots) >= maxDatabases {
		clear(u.roots)
	}
	fresh := &rootUsers{since: time.Now(), loaded: make(chan struct{})}
	u.roots[container] = fresh
	u.mu.Unlock()
	go u.load(fresh, p, r)
	return fresh.wait(usersWait)
}

// load reads the files through the root of the process, or where that is gone
// of another of its container. Where all are gone what was known before stays.
func (u *Users) load(r *rootUsers, p *event.Process, before *rootUsers) {
	defer close(r.loaded)
	if p.Container == nil {
		r.db = readUserDB(u.host)
		return
	}
	entering := u.inHostRoot(p)
	if r.db = u.readThrough(p); r.db == nil && !entering && u.others != nil {
		others := u.others(p.Container.Key())
		for _, other := range others {
			if r.db = u.readThrough(other); r.db != nil {
				break
			}
		}
		entering = r.db == nil && slices.ContainsFunc(others, u.inHostRoot)
	}
	if r.db != nil {
		return
	}
	if entering {
		// It is the runtime, about to enter the container: what it sees must not be
		// taken for the container's.
		r.db = u.database(&event.Process{})
		u.forget(p.Container.Key(), r, before)
		return
	}
	if before != nil {
		r.db = before.wait(0)
	}
	if r.db == nil {
		r.db = &userDB{}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	r.since = time.Now().Add(usersRetry - usersRefresh)
}

// inHostRoot reports whether the process sees the host's root directory.
func (u *Users) inHostRoot(p *event.Process) bool {
	var host, own unix.Stat_t
	return unix.Stat(u.host, &host) == nil && unix.Stat(u.root(p), &own) == nil &&
		host.Dev == own.Dev && host.Ino == own.Ino
}

// forget puts what was known of a container before, nil where it was nothing, in
// the place of r, to be read again when it is asked for next.
func (u *Users) forget(container event.ContainerKey, r, before *rootUsers) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.roots[container] != r:
	case before == nil:
		delete(u.roots, container)
	default:
		u.roots[container] = before
	}
}

// readThrough reads the database in the root of a container's process; nil where
// the process has ended, or has not entered the container yet. Another process
// may have its PID by now, and another root; one that nobody has waited for is
// still there, without a root.
func (u *Users) readThrough(p *event.Process) *userDB {
	if unix.Access(u.root(p), unix.F_OK) != nil || u.inHostRoot(p) {
		return nil
	}
	db := readUserDB(u.root(p))
	if !u.alive(p) {
		return nil
	}
	return db
}

// wait returns the database once it is loaded, nil if that takes longer than
// limit.
func (r *rootUsers) wait(limit time.Duration) *userDB {
	select {
	case <-r.loaded:
		return r.db
	default:
	}
	if limit == 0 {
		return nil
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-r.loaded:
		return r.db
	case <-timer.C:
		return nil
	}
}

func readUserDB(root string) *userDB {
	db := &userDB{users: map[uint32]event.User{}, groups: map[uint32]string{}}
	eachEntry(root, "etc/passwd", func(f []string) {
		id, err := strconv.ParseUint(f[2], 10, 32)
		if _, known := db.users[uint32(id)]; err != nil || known || len(f) < 7 {
			return
		}
		db.users[uint32(id)] = event.User{Name: f[0], Home: f[5], Shell: f[6]}
	})
	eachEntry(root, "etc/group", func(f []string) {
		id, err := strconv.ParseUint(f[2], 10, 32)
		if _, known := db.groups[uint32(id)]; err != nil || known {
			return
		}
		db.groups[uint32(id)] = f[0]
	})
	return db
}

// eachEntry calls entry with the fields of each line of a passwd or group file
// in the directory root; a file that cannot be read has none.
func eachEntry(root, file string, entry func([]string)) {
	b, err := readWithin(root, file, maxUserFile)
	if err != nil {
		return
	}
	for line := range strings.Lines(b) {
		f := strings.Split(strings.TrimRight(line, "\n"), ":")
		if len(f) >= 3 {
			entry(f)
		}
	}
}

// readWithin reads a regular file under root, which may be a hostile
// container's: its symlinks are followed as the container sees them, and what
// is no regular file is not even opened, for opening a pipe may take for ever
// and opening a device may do anything.
func readWithin(root, file string, limit int) (string, error) {
	dir, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer unix.Close(dir)
	found, err := unix.Openat2(dir, file, &unix.OpenHow{
		Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	})
	if err != nil {
		return "", err
	}
	defer unix.Close(found)
	var st unix.Stat_t
	if err := unix.Fstat(found, &st); err != nil {
		return "", err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return "", os.ErrInvalid
	}
	f, err := os.Open("/proc/self/fd/" + strconv.Itoa(found))
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(limit)))
	return string(b), err
}
