package identity

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
)

const ordinaryProc procfs = "/proc"

// The first thread stands for the process in /proc: it must not be one that a
// test sends into another root directory. Locked here, it never runs a test.
func init() { runtime.LockOSThread() }

// elsewhere runs do in a mount namespace of its own, on a thread that stays
// there, with its id, until the test ends.
func elsewhere(t *testing.T, do func() error) (tid int32) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: mounts file systems")
	}
	made, end, ended := make(chan error), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		tid = int32(unix.Gettid())
		err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_FS)
		if err == nil {
			err = unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, "")
		}
		if err == nil {
			err = do()
		}
		made <- err
		<-end
	}()
	if err := <-made; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { close(end); <-ended })
	return tid
}

// The files of a container count for its own processes, from its first program
// on; the host's count for all.
func TestContainerFiles(t *testing.T) {
	dir := tmpfs(t)
	name, hard := filepath.Join(dir, "secret"), filepath.Join(dir, "hard")
	write(t, name)
	must(t, os.Link(name, hard))
	w := follow(t, Paths{Files: []string{name}}, nil)
	hosts := opening(t, hard)

	var inside *event.Event
	tid := elsewhere(t, func() error {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
			return err
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			return err
		}
		if err := os.Link(name, hard); err != nil {
			return err
		}
		inside = opening(t, hard)
		return nil
	})
	if inside.FD.Dev == hosts.FD.Dev {
		t.Fatal("both files are on one device: the test says nothing")
	}
	container, other := &event.Container{FullID: "c1"}, &event.Container{FullID: "c2"}
	by := func(e *event.Event, c *event.Container) string {
		e.Process = &event.Process{PID: tid, Container: c}
		return watched(w, e)
	}
	if got := by(inside, container); got != "" {
		t.Errorf("before the container's first program, its file is known as %s", got)
	}
	w.Entered(&event.Process{PID: tid, Container: container})
	for _, tt := range []struct {
		what string
		e    *event.Event
		c    *event.Container
		want string
	}{
		{"its own file in the container", inside, container, name},
		{"its file in another", inside, other, ""},
		{"its file on the host", inside, nil, ""},
		{"the host's in the container", hosts, container, name},
		{"the host's on the host", hosts, nil, name},
	} {
		if got := by(tt.e, tt.c); got != tt.want {
			t.Errorf("%s is known as %q, want %q", tt.what, got, tt.want)
		}
	}
}

// A new root directory outside of containers is found by its programs, too.
func TestStartedElsewhere(t *testing.T) {
	dir := tmpfs(t)
	name, hard := filepath.Join(dir, "secret"), filepath.Join(dir, "hard")
	w := follow(t, Paths{Files: []string{name}}, nil)
	var inside *event.Event
	tid := elsewhere(t, func() error {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
			return err
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			return err
		}
		if err := os.Link(name, hard); err != nil {
			return err
		}
		inside = opening(t, hard)
		return nil
	})
	if got := watched(w, inside); got != "" {
		t.Errorf("before any program, its file is known as %s", got)
	}
	w.Entered(&event.Process{PID: tid})
	for deadline := time.Now().Add(10 * time.Second); watched(w, inside) != name; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("its file is not known")
		}
	}
}

// Root directories of processes that are there already are found, too.
func TestScan(t *testing.T) {
	dir := tmpfs(t)
	name, hard := filepath.Join(dir, "secret"), filepath.Join(dir, "hard")
	var inside *event.Event
	// A thread is not listed in /proc; a process of its own is.
	elsewhere(t, func() error {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
			return err
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			return err
		}
		if err := os.Link(name, hard); err != nil {
			return err
		}
		inside = opening(t, hard)
		child, err := os.StartProcess("/bin/sleep", []string{"sleep", "60"}, &os.ProcAttr{})
		if err == nil {
			t.Cleanup(func() { child.Kill(); child.Wait() })
		}
		return err
	})
	w := follow(t, Paths{Files: []string{name}}, func(pid int32) string {
		if pid == int32(os.Getpid()) {
			return ""
		}
		return fmt.Sprint("of ", pid != 0)
	})
	inside.Process = &event.Process{PID: 1, Container: &event.Container{FullID: "of true"}}
	if got := watched(w, inside); got != name {
		t.Errorf("known as %q, want %q", got, name)
	}
}

// overlayFile makes an overlay with a file of the lower layer, and says which
// device and inode the kernel half would report: those of the descriptor.
func TestSurveyOverlay(t *testing.T) {
	dir := tmpfs(t)
	lower := t.TempDir() // on another file system than the upper layer
	for _, d := range []string{"upper", "work", "merged"} {
		must(t, os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	write(t, filepath.Join(lower, "file"))
	merged := filepath.Join(dir, "merged")
	var wantDev uint32
	tid := elsewhere(t, func() error {
		if err := unix.Mount("overlay", merged, "overlay", 0, fmt.Sprintf("lowerdir=%s,upperdir=%[2]s/upper,workdir=%[2]s/work", lower, dir)); err != nil {
			return err
		}
		// A directory of an overlay is on the overlay's own device.
		var st unix.Stat_t
		err := unix.Stat(merged, &st)
		wantDev = uint32(st.Dev)
		return err
	})
	id, err := ordinaryProc.rootOf(tid)
	must(t, err)
	file := filepath.Join(merged, "file")
	found, err := ordinaryProc.take(tid, id, Paths{Files: []string{file}}.directories(), nil)
	must(t, err)
	if key := found[file].key; key.Dev != wantDev || key.Ino == 0 {
		t.Errorf("device and inode %v, want device %d (its status says %d)", key, wantDev, found[file].dev)
	}
}

// A file system that never answers holds nothing else up, and what it answers at
// last counts.
func TestHangingRoot(t *testing.T) {
	id, err := ordinaryProc.rootOf(int32(os.Getpid()))
	must(t, err)
	k := newKeeper(NewWatcher("/proc", nil))
	r := &root{id: id, pids: [4]int32{int32(os.Getpid())}, hung: &look{whole: true, done: make(chan taken, 1)}}
	k.roots[id] = r
	if k.refresh(r, true) || r.hung == nil {
		t.Error("a root whose look hangs is looked at again")
	}
	r.hung.done <- taken{survey: survey{"/x": {ino: 1}}}
	k.finish(r)
	if r.hung != nil || r.now["/x"].ino != 1 || !k.changed {
		t.Errorf("what was found at last is %v", r.now)
	}
	if !k.refresh(r, true) || len(r.now) != 0 {
		t.Error("a root that answered at last is not looked at")
	}
	r.hung = &look{done: make(chan taken, 1)}
	r.hung.done <- taken{survey: survey{"/x": {ino: 1}}}
	if k.finish(r); r.hung != nil || len(r.now) != 0 {
		t.Errorf("a look at some files was taken for one at all: %v", r.now)
	}
	k.takes.Store(maxHung)
	if !k.refresh(r, true) {
		t.Error("a root that is known is not looked at because others hang")
	}
	if r.now = nil; k.refresh(r, true) {
		t.Error("one more new root is looked at though many hang")
	}
}

// Events that have to be confirmed too often are believed.
func TestConfirmsAreBounded(t *testing.T) {
	var b budget
	for i := range 6 {
		if got, want := b.allows(7, 5), i < 5; got != want {
			t.Fatalf("number %d of a second: %v", i+1, got)
		}
	}
	if !b.allows(8, 5) {
		t.Error("the next second begins with none")
	}
	w := NewWatcher("/proc", nil)
	// Nobody answers: the event is believed, and does not wait for long.
	begin := time.Now()
	if !w.confirm(claim{}, Key{}, &event.Event{Process: &event.Process{PID: 1}}) {
		t.Error("not believed")
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("waited %v", took)
	}
}

// A file that was replaced is believed to live on, but for one made later that
// got its number.
func TestConfirmReplaced(t *testing.T) {
	dir := tmpfs(t)
	opened := filepath.Join(dir, "opened")
	pid := int32(os.Getpid())
	id, err := ordinaryProc.rootOf(pid)
	must(t, err)
	write(t, opened)
	e := opening(t, opened)
	key := Key{e.FD.Dev, e.FD.Ino}
	all, err := ordinaryProc.take(pid, id, Paths{Files: []string{opened}}.directories(), nil)
	must(t, err)
	born := all[opened].born
	if born == 0 {
		t.Fatal("the file system does not say when a file was made: the test says nothing")
	}
	tests := []struct {
		what   string
		born   int64
		opened string
		want   bool
	}{
		{"the same file", born, opened, true},
		{"another file with its number", born - 1, opened, false},
		{"no file", born - 1, dir + "/none", true}, // it had other names, see below
		{"a file that is not known by its name", born - 1, "", true},
		{"a file whose name was cut", born - 1, ".../opened", true},
	}
	for _, tt := range tests {
		k := newKeeper(NewWatcher("/proc", nil))
		r := &root{id: id, pids: [4]int32{pid}, now: survey{}, old: survey{"/x": {key: key, born: tt.born, others: true}}}
		k.roots[id] = r
		if got := k.confirm(claim{path: "/x"}, key, tt.opened); got != tt.want {
			t.Errorf("%s: believed: %v, want %v", tt.what, got, tt.want)
		}
		if _, kept := r.old["/x"]; kept != tt.want || k.changed == tt.want {
			t.Errorf("%s: remembered: %v, want %v", tt.what, kept, tt.want)
		}
	}
}

// Where the process through which a root's files were seen has ended, another
// serves.
func TestRevive(t *testing.T) {
	dir := tmpfs(t)
	file := filepath.Join(dir, "file")
	write(t, file)
	ended, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{})
	must(t, err)
	_, err = ended.Wait()
	must(t, err)
	id, err := ordinaryProc.rootOf(int32(os.Getpid()))
	must(t, err)
	k := newKeeper(NewWatcher("/proc", func(int32) string { return "" }))
	e := opening(t, file)
	key := Key{e.FD.Dev, e.FD.Ino}
	r := &root{id: id, pids: [4]int32{int32(ended.Pid)}, now: survey{file: {key: key}}}
	k.roots[id] = r
	if !k.confirm(claim{path: file}, key, "/x") {
		t.Error("what is so is not believed")
	}
	if r.pids[0] == int32(ended.Pid) {
		t.Error("no other process was found")
	}
	// So soon after the last search there is no other. That found one, so it cannot
	// be told whether the file still is what it was, and it is believed; not so
	// where it found none.
	for _, seen := range []bool{true, false} {
		r.pids, r.now, r.old, r.seen, k.scanned = [4]int32{int32(ended.Pid)}, survey{file: {key: key}}, nil, seen, time.Now()
		if k.confirm(claim{path: file}, key, "/x") != seen {
			t.Errorf("a process seen: %v, and it is not so", seen)
		}
		// A file that was moved away, and may have come back, likewise.
		r.now, r.old = survey{}, survey{file: {key: key}}
		if k.confirm(claim{path: file}, key, "/x") != seen {
			t.Errorf("moved away, a process seen: %v, and it is not so", seen)
		}
	}
}

func TestKeep(t *testing.T) {
	r := &root{pids: [4]int32{30, 10, 20}}
	// 5 is newer, though its number is lower: 30 has been there the longest.
	if r.keep([]int32{5, 20, 30}); r.pids != [4]int32{30, 20, 5} {
		t.Errorf("%v", r.pids)
	}
	if r.keep([]int32{1, 2, 3, 4, 5, 6}); r.pids != [4]int32{5, 1, 2, 3} {
		t.Errorf("%v", r.pids)
	}
	if r.keep(nil); r.pids != [4]int32{} {
		t.Errorf("%v", r.pids)
	}
}

func TestMeet(t *testing.T) {
	r := &root{pids: [4]int32{1}}
	for _, pid := range []int32{2, 3, 1, 3, 4, 5} {
		r.meet(pid)
	}
	if want := [4]int32{1, 5, 4, 3}; r.pids != want {
		t.Errorf("%v, want %v", r.pids, want)
	}
}

// A process that changed its root directory names files from there, but rules
// and the kernel half do not.
func TestChroot(t *testing.T) {
	dir := tmpfs(t)
	must(t, os.Mkdir(filepath.Join(dir, "etc"), 0o755))
	write(t, filepath.Join(dir, "etc/secret"))
	tid := elsewhere(t, func() error { return unix.Chroot(dir) })
	if id, err := ordinaryProc.rootOf(tid); err != errChroot {
		t.Errorf("%v, %v; want %v", id, err, errChroot)
	}
}

// A file of which it cannot be told whether it is the one that was replaced, is
// if that had other names.
func BenchmarkSurvey(b *testing.B) {
	pid := int32(os.Getpid())
	id, err := ordinaryProc.rootOf(pid)
	if err != nil {
		b.Fatal(err)
	}
	dirs := Paths{Files: []string{"/etc/shadow", "/etc/passwd", "/etc/sudoers", "/etc/none"}, Dirs: []string{"/etc/pam.d", "/etc/cron.d"}}.directories()
	first, err := ordinaryProc.take(pid, id, dirs, nil)
	if err != nil {
		b.Fatal(err)
	}
	for name, before := range map[string]survey{"full": nil, "again": first} {
		b.Run(fmt.Sprintf("%s_%d_files", name, len(first)), func(b *testing.B) {
			for b.Loop() {
				if _, err := ordinaryProc.take(pid, id, dirs, before); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
