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
	// maxUserFile bounds what is read of a passwd or group file, which a
	// container may fill with anything.
	maxUserFile = 1 << 20
)

// Users resolves user and group ids in the files of the root directory a
// process sees: the host's, or those inside its container. It is safe for
// concurrent use.
type Users struct {
	mu    sync.RWMutex
	roots map[string]*userDB // by container id, "" is the host
}

// userDB is what /etc/passwd and /etc/group of one root said when last read.
type userDB struct {
	read   time.Time
	users  map[uint32]event.User
	groups map[uint32]string
}

// NewUsers returns a resolver that knows nothing yet.
func NewUsers() *Users { return &Users{roots: map[string]*userDB{}} }

// User implements event.Users.
func (u *Users) User(uid uint32, p *event.Process) (event.User, bool) {
	user, ok := u.database(p).users[uid]
	return user, ok
}

// Group implements event.Users.
func (u *Users) Group(gid uint32, p *event.Process) (string, bool) {
	name, ok := u.database(p).groups[gid]
	return name, ok
}

func (u *Users) database(p *event.Process) *userDB {
	id, root := "", "/"
	if p.Container != nil {
		id = p.Container.FullID
		root = "/proc/" + strconv.Itoa(int(p.PID)) + "/root"
	}
	u.mu.RLock()
	db := u.roots[id]
	u.mu.RUnlock()
	if db != nil && time.Since(db.read) < usersRefresh {
		return db
	}
	fresh := readUserDB(root)
	if db != nil && len(fresh.users) == 0 && len(db.users) > 0 {
		// The process through which the root was looked at is gone.
		fresh.users, fresh.groups = db.users, db.groups
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.roots) >= maxDatabases {
		clear(u.roots)
	}
	u.roots[id] = fresh
	return fresh
}

func readUserDB(root string) *userDB {
	db := &userDB{read: time.Now(), users: map[uint32]event.User{}, groups: map[uint32]string{}}
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
