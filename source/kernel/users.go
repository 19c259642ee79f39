package kernel

import (
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
)

const (
	// usersRefresh is how old what is known of a user database may get.
	usersRefresh = 30 * time.Second
	// maxDatabases bounds how many roots' databases are kept: containers come
	// and go.
	maxDatabases = 512
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
	roots map[string]*rootUsers // by container id, "" is the host
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
func NewUsers() *Users { return &Users{roots: map[string]*rootUsers{}} }

// User implements event.Users.
func (u *Users) User(uid uint32, p *event.Process) (user event.User, ok bool) {
	if db := u.database(p); db != nil {
		user, ok = db.users[uid]
	}
	return user, ok
}

// Group implements event.Users.
func (u *Users) Group(gid uint32, p *event.Process) (name string, ok bool) {
	if db := u.database(p); db != nil {
		name, ok = db.groups[gid]
	}
	return name, ok
}

// database returns what the root of the process says, nil if that is not known.
// The files are read aside and waited for a moment only: those of a container
// may lie on a file system that never answers, and events wait behind this one.
func (u *Users) database(p *event.Process) *userDB {
	id := ""
	if p.Container != nil {
		id = p.Container.FullID
	}
	u.mu.Lock()
	r := u.roots[id]
	if r != nil && time.Since(r.since) < usersRefresh {
		u.mu.Unlock()
		return r.wait(0)
	}
	if len(u.roots) >= maxDatabases {
		clear(u.roots)
	}
	fresh := &rootUsers{since: time.Now(), loaded: make(chan struct{})}
	u.roots[id] = fresh
	u.mu.Unlock()
	go fresh.load(p, r)
	return fresh.wait(usersWait)
}

// load reads the files through the process's root. Where the process is gone by
// then, what was known before stays.
func (r *rootUsers) load(p *event.Process, before *rootUsers) {
	defer close(r.loaded)
	root := "/"
	if p.Container != nil {
		root = procPath(p.PID, "root")
	}
	r.db = readUserDB(root)
	if len(r.db.users) == 0 && before != nil {
		if known := before.wait(0); known != nil {
			r.db = known
		}
	}
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
