package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
)

// newRoot makes a root directory with the files given.
func newRoot(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestReadUserDB(t *testing.T) {
	root := newRoot(t, map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/bash\n" +
			"toor:x:0:0::/toor:/bin/sh\n" + // the first name of an id counts
			"# comment\n\nshort:x:7\n:::::::\nbad:x:minus:0::/:/\nbig:x:4294967296:0::/:/\n" +
			"last:x:4294967294:0::/last:/bin/last", // no line break
		"etc/group": "root:x:0:\nstaff:x:50:alice,bob\nbad:x::\n",
	})
	db := readUserDB(root)
	users := map[uint32]event.User{
		0:          {Name: "root", Home: "/root", Shell: "/bin/bash"},
		4294967294: {Name: "last", Home: "/last", Shell: "/bin/last"},
	}
	if diff := cmp.Diff(users, db.users); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[uint32]string{0: "root", 50: "staff"}, db.groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

// What a container puts in the place of its user database must do no harm.
func TestReadUserDBHostile(t *testing.T) {
	const secret = "secret:x:4242:0::/:/\n"
	outside := filepath.Join(t.TempDir(), "passwd")
	if err := os.WriteFile(outside, []byte(secret), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		make  func(passwd string) error
		users int
	}{
		"nothing":            {func(string) error { return nil }, 0},
		"a directory":        {func(p string) error { return os.Mkdir(p, 0o755) }, 0},
		"a pipe":             {func(p string) error { return unix.Mkfifo(p, 0o644) }, 0},
		"a link to a pipe":   {func(p string) error { return linkTo(p, unix.Mkfifo(p+".pipe", 0o644), "passwd.pipe") }, 0},
		"a link out":         {func(p string) error { return os.Symlink(outside, p) }, 0},
		"a relative way out": {func(p string) error { return os.Symlink(strings.Repeat("../", 40)+outside, p) }, 0},
		"a link to a device": {func(p string) error { return os.Symlink("/dev/zero", p) }, 0},
		"a loop":             {func(p string) error { return os.Symlink("passwd", p) }, 0},
		"a link within": {func(p string) error {
			return linkTo(p, os.WriteFile(p+".real", []byte(secret), 0o644), "/etc/passwd.real")
		}, 1},
		"too much": {func(p string) error {
			return os.WriteFile(p, []byte(secret+strings.Repeat("x", 2*maxUserFile)), 0o644)
		}, 1},
		"no text": {func(p string) error { return os.WriteFile(p, []byte("\x00:\xff:\x00:::::\n"), 0o644) }, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := newRoot(t, map[string]string{"etc/group": "root:x:0:\n"})
			if err := test.make(filepath.Join(root, "etc/passwd")); err != nil {
				t.Fatal(err)
			}
			db := readUserDB(root)
			if len(db.users) != test.users {
				t.Errorf("%d users, want %d: %v", len(db.users), test.users, db.users)
			}
			if len(db.groups) != 1 {
				t.Errorf("groups %v, want the one there is", db.groups)
			}
		})
	}
}

func linkTo(name string, err error, target string) error {
	if err != nil {
		return err
	}
	return os.Symlink(target, name)
}

func TestUsersAllocateNothingWhenKnown(t *testing.T) {
	u := NewUsers(HostFS{})
	p := &event.Process{PID: 1}
	if _, ok := u.User(0, p); !ok {
		t.Skip("this machine has no user 0")
	}
	if n := testing.AllocsPerRun(100, func() {
		u.User(0, p)
		u.Group(0, p)
		u.User(4_000_000_000, p)
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// The names of a container's users come from its own files as long as any of its
// processes lives, and from what was read before once none does.
func TestUsersOfContainer(t *testing.T) {
	container := &event.Container{FullID: "c1"}
	one := newRoot(t, map[string]string{"etc/passwd": "one:x:1000:0::/:/\n", "etc/group": "crew:x:5:\n"})
	two := newRoot(t, map[string]string{"etc/passwd": "two:x:1000:0::/:/\n"})
	roots := map[int32]string{10: one, 20: one, 30: two}
	living := map[int32]bool{20: true, 30: true}
	var mu sync.Mutex
	u := NewUsers(HostFS{})
	u.root = func(p *event.Process) string { return roots[p.PID] }
	u.alive = func(p *event.Process) bool { mu.Lock(); defer mu.Unlock(); return living[p.PID] }
	table := process.NewTable()
	for pid, c := range map[int32]*event.Container{10: container, 20: container, 30: {FullID: "c2"}} {
		table.Start(process.KeyOf(pid, 1), &event.Process{PID: pid, Container: c}, 1, 0, true)
	}
	u.follow(table)
	end := func(pid int32) {
		mu.Lock()
		defer mu.Unlock()
		living[pid] = false
		table.Exit(process.KeyOf(pid, 1), 5, 0)
		for _, r := range u.roots {
			r.since = time.Time{} // what is known is old
		}
	}
	name := func(p *event.Process) string {
		u.User(1000, p) // reads, if it is slow for the next
		<-u.roots[p.Container.Key()].loaded
		user, _ := u.User(1000, p)
		group, _ := u.Group(5, p)
		return user.Name + " " + group
	}
	asked := &event.Process{PID: 10, Container: container}
	// 10 has ended; whatever has its PID now has another root.
	roots[10] = two
	if got := name(asked); got != "one crew" {
		t.Errorf("by another process of the container: %q, want one crew", got)
	}
	end(20)
	if got := name(asked); got != "one crew" {
		t.Errorf("when all have ended: %q, want what was known", got)
	}
	if got := name(&event.Process{PID: 30, Container: &event.Container{FullID: "c2"}}); got != "two " {
		t.Errorf("of another container: %q, want two", got)
	}
	if got := name(&event.Process{PID: 30, Container: &event.Container{FullID: "c1", User: 1000}}); got != "two " {
		t.Errorf("of a user's container that is called alike: %q, want two", got)
	}
	// Of a container nobody ever saw a file of nothing is known, for a moment.
	unseen := &event.Process{PID: 40, Container: &event.Container{FullID: "c3"}}
	if got := name(unseen); got != " " {
		t.Errorf("of a container without processes: %q", got)
	}
	if r := u.roots[event.ContainerKey{FullID: "c3"}]; time.Since(r.since) < usersRefresh-2*usersRetry {
		t.Errorf("it is asked for again in %v", usersRefresh-time.Since(r.since))
	}
}

// askUntilRead is the name of user 0, asked for until the files are read.
func askUntilRead(t *testing.T, u *Users, p *event.Process) string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if user, ok := u.User(0, p); ok {
			return user.Name
		}
	}
	t.Fatal("nobody is known")
	return ""
}

// A runtime's process is in the container's group before it is in its root: what
// it sees until then are not the container's users.
func TestUsersBeforeTheContainersRoot(t *testing.T) {
	host := newRoot(t, map[string]string{"etc/passwd": "hosts:x:0:0::/:/\n"})
	own := newRoot(t, map[string]string{"etc/passwd": "own:x:0:0::/:/\n"})
	p := &event.Process{PID: 10, Container: &event.Container{FullID: "c1"}}
	var root atomic.Value
	u := NewUsers(HostFS{})
	u.host = host
	u.root = func(*event.Process) string { return root.Load().(string) }
	u.alive = func(*event.Process) bool { return true }
	for _, step := range []struct {
		name, root, want string
		old              bool // what is known is due to be read again
	}{
		{name: "before", root: host, want: "hosts"},
		{name: "in its root", root: own, want: "own"},
		{name: "another runtime process", root: host, want: "own"},
		{name: "another, later", root: host, want: "hosts", old: true},
		{name: "in its root, later", root: own, want: "own"},
	} {
		root.Store(step.root)
		if step.old {
			u.roots[event.ContainerKey{FullID: "c1"}].since = time.Time{}
		}
		if got := askUntilRead(t, u, p); got != step.want {
			t.Errorf("%s: user 0 is %q, want %q", step.name, got, step.want)
		}
	}
}

// The first event of a container may be of a runtime's process that has ended
// and is not waited for yet, while another has not entered the container.
func TestUsersBeforeTheContainersRootByAnother(t *testing.T) {
	host := newRoot(t, map[string]string{"etc/passwd": "hosts:x:0:0::/:/\n"})
	own := newRoot(t, map[string]string{"etc/passwd": "own:x:0:0::/:/\n"})
	c := &event.Container{FullID: "c1"}
	ended, other := &event.Process{PID: 10, Container: c}, &event.Process{PID: 20, Container: c}
	var root atomic.Value
	root.Store(host)
	u := NewUsers(HostFS{})
	u.host = host
	u.others = func(event.ContainerKey) []*event.Process { return []*event.Process{ended, other} }
	u.root = func(p *event.Process) string {
		if p == ended {
			return "/nowhere"
		}
		return root.Load().(string)
	}
	u.alive = func(*event.Process) bool { return true }
	for _, step := range []struct{ root, want string }{{host, "hosts"}, {own, "own"}} {
		root.Store(step.root)
		if got := askUntilRead(t, u, ended); got != step.want {
			t.Errorf("user 0 is %q, want %q", got, step.want)
		}
	}
}

// User and group 0 have a name where no file gives them one.
func TestUsersRoot(t *testing.T) {
	u := NewUsers(HostFS{})
	u.root = func(*event.Process) string { return t.TempDir() }
	u.alive = func(*event.Process) bool { return true }
	p := &event.Process{PID: 10, Container: &event.Container{ID: "c1", FullID: "c1"}}
	if got, ok := u.User(0, p); !ok || got != (event.User{Name: "root", Home: "/root"}) {
		t.Errorf("user 0 is %+v, %v", got, ok)
	}
	if got, ok := u.Group(0, p); !ok || got != "root" {
		t.Errorf("group 0 is %q, %v", got, ok)
	}
	if got, ok := u.User(1000, p); ok {
		t.Errorf("user 1000 is %+v", got)
	}
}
