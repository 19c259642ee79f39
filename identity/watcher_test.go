package identity

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// follow runs a watcher of files for the test.
func follow(t *testing.T, p Paths, containerOf func(int32) string) *Watcher {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: looks at the root directories of all processes")
	}
	if containerOf == nil {
		containerOf = func(int32) string { return "" }
	}
	w := NewWatcher("/proc", containerOf)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { w.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	w.Watch(p, 10*time.Second)
	if w.set.Load() == nil {
		t.Fatal("nothing is watched")
	}
	return w
}

func write(t *testing.T, name string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(name), 0o600); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// opening is an event of this process about a file as the kernel half reports it.
func opening(t *testing.T, name string) *event.Event {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(name, &st); err != nil {
		t.Fatal(err)
	}
	return &event.Event{
		Type: event.Openat, Process: &event.Process{PID: int32(os.Getpid())}, HasFD: true,
		FD: event.FD{Type: event.FDFile, Name: name, RealName: name, Dev: uint32(st.Dev), Ino: st.Ino},
	}
}

// watched is what the watcher says of an event.
func watched(w *Watcher, e *event.Event) string {
	e.FD.Watched = ""
	w.Identify(e)
	return e.FD.Watched
}

// tmpfs makes a file system whose inode numbers a file's status tells as the
// kernel half does, and is the same for all files in it.
func tmpfs(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "gyr")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestIdentify(t *testing.T) {
	dir := tmpfs(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.Mkdir(at("d"), 0o700))
	must(t, os.Mkdir(at("big"), 0o700))
	must(t, os.Mkdir(at("open"), 0o700))
	must(t, os.Chmod(at("open"), 0o777))
	for _, name := range []string{"secret", "other", "d/a", "d/b", "open/x"} {
		write(t, at(name))
	}
	for i := range dirFiles + 1 {
		write(t, at("big/x"+strings.Repeat("x", i)))
	}
	must(t, os.Symlink(at("other"), at("symbolic")))
	must(t, os.Symlink(at("d"), at("dlink")))
	must(t, os.Link(at("secret"), at("hard")))
	must(t, os.Link(at("other"), at("otherhard")))
	must(t, os.Link(at("d/a"), at("harda")))
	must(t, os.Link(at("big/x"), at("hardx")))
	must(t, os.Link(at("open/x"), at("hardo")))
	must(t, os.Link(at("secret"), at("d/s")))
	must(t, os.Link(at("d/a"), at("d/a2")))
	w := follow(t, Paths{
		Files: []string{at("secret"), at("symbolic"), at("none"), at("dlink/b"), at("d"), "/dev/null"},
		Dirs:  []string{at("d"), at("big"), at("nodir"), at("open")},
	}, nil)
	tests := []struct{ opened, want string }{
		{"hard", "secret"},
		{"harda", "d/a"},
		{"secret", ""},    // by its own name
		{"otherhard", ""}, // another file
		{"other", ""},     // what a symbolic link that rules name leads to has a name of its own
		{"d/a", ""},
		{"d/b", "dlink/b"}, // both are names that rules know
		{"d/s", "secret"},  // rules mean its directory and name another name of it
		{"d/a2", ""},       // rules mean its directory, as that of the other name
		{"hardx", ""},      // too many files
		{"hardo", ""},      // from a directory that is anyone's
	}
	for _, tt := range tests {
		want := tt.want
		if want != "" {
			want = at(want)
		}
		if got := watched(w, opening(t, at(tt.opened))); got != want {
			t.Errorf("%s is known as %q, want %q", tt.opened, got, want)
		}
	}
	// The name the program gave counts, too: here a symbolic link.
	e := opening(t, at("hard"))
	e.FD.Name = at("secret")
	if got := watched(w, e); got != "" {
		t.Errorf("what the program calls by a name rules know is known as %q", got)
	}
	for name, change := range map[string]func(*event.Event){
		"no descriptor":  func(e *event.Event) { e.HasFD = false },
		"no inode":       func(e *event.Event) { e.FD.Ino = 0 },
		"another device": func(e *event.Event) { e.FD.Dev++ },
		"a directory":    func(e *event.Event) { e.FD.Type = event.FDDirectory },
	} {
		e := opening(t, at("hard"))
		if change(e); watched(w, e) != "" {
			t.Errorf("%s: known as %s", name, e.FD.Watched)
		}
	}
	w.Watch(Paths{}, 10*time.Second)
	if got := watched(w, opening(t, at("hard"))); got != "" {
		t.Errorf("nothing is watched, but %s is known", got)
	}
}

// A file that is replaced is another; the one it was is remembered if it had
// other links, and its number is not taken for it if another file gets it.
func TestReplaced(t *testing.T) {
	dir := tmpfs(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	replace := func(name string) {
		t.Helper()
		write(t, at("new"))
		must(t, os.Rename(at("new"), at(name)))
	}
	write(t, at("linked"))
	write(t, at("single"))
	write(t, at("gone"))
	must(t, os.Link(at("linked"), at("hard")))
	w := follow(t, Paths{Files: []string{at("linked"), at("single"), at("gone"), at("later")}}, nil)

	single := opening(t, at("single"))
	single.FD.Name, single.FD.RealName = at("x"), at("x")
	gone := opening(t, at("gone"))
	gone.FD.Name, gone.FD.RealName = at("x"), at("x")
	for _, e := range []*event.Event{single, gone} {
		// Not asked by another name: that would be remembered.
		if w.set.Load().of(Key{e.FD.Dev, e.FD.Ino}) == nil {
			t.Fatal("before anything was replaced, it is not known")
		}
	}
	replace("single")
	replace("linked")
	must(t, os.Remove(at("gone")))
	write(t, at("later"))
	for _, e := range []*event.Event{single, gone} {
		if got := watched(w, e); got != "" {
			t.Errorf("a number that is free for other files is known as %s", got)
		}
	}
	if got := watched(w, opening(t, at("hard"))); got != at("linked") {
		t.Errorf("the other link of what was replaced is known as %q, want %q", got, at("linked"))
	}

	// New files are known once somebody opened them by their names.
	for _, name := range []string{"linked", "single", "later"} {
		hard := at("hard-" + name)
		must(t, os.Link(at(name), hard))
		if got := watched(w, opening(t, at(name))); got != "" {
			t.Errorf("%s is known as %s", name, got)
		}
		deadline := time.Now().Add(10 * time.Second)
		for watched(w, opening(t, hard)) != at(name) {
			if time.Now().After(deadline) {
				t.Fatalf("a link to the new %s is not known", name)
			}
			time.Sleep(time.Millisecond)
		}
	}
	if got := watched(w, opening(t, at("hard"))); got != at("linked") {
		t.Errorf("then the other link of what was replaced is known as %q, want %q", got, at("linked"))
	}
}

// A file that was moved away is the one it was, a new one in its place too.
func TestMoved(t *testing.T) {
	dir := tmpfs(t)
	name, moved, hard := filepath.Join(dir, "file"), filepath.Join(dir, "moved"), filepath.Join(dir, "hard")
	write(t, name)
	w := follow(t, Paths{Files: []string{name}}, nil)
	must(t, os.Rename(name, moved))
	if got := watched(w, opening(t, moved)); got != name {
		t.Errorf("what was moved away is known as %q, want %q", got, name)
	}
	write(t, name)
	watched(w, opening(t, name))
	must(t, os.Link(name, hard))
	for _, other := range []string{moved, hard} {
		if got := watched(w, opening(t, other)); got != name {
			t.Errorf("%s is known as %q, want %q", other, got, name)
		}
	}
}

// Without anybody opening it, a new file is known a while later.
func TestReplacedUnseen(t *testing.T) {
	dir := tmpfs(t)
	name, hard := filepath.Join(dir, "file"), filepath.Join(dir, "hard")
	write(t, name)
	w := follow(t, Paths{Files: []string{name}}, nil)
	write(t, hard)
	must(t, os.Rename(hard, name))
	must(t, os.Link(name, hard))
	begin := time.Now()
	for watched(w, opening(t, hard)) != name {
		if time.Since(begin) > 3*hostEvery {
			t.Fatalf("not known after %v", time.Since(begin))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Events about other files, by far the most, cost no memory.
func TestIdentifyAllocatesNothing(t *testing.T) {
	dir := tmpfs(t)
	name, other := filepath.Join(dir, "file"), filepath.Join(dir, "abcd")
	write(t, name)
	write(t, other)
	w := follow(t, Paths{Files: []string{name}}, nil)
	for what, e := range map[string]*event.Event{"watched": opening(t, name), "other": opening(t, other), "none": {}} {
		if n := testing.AllocsPerRun(100, func() { w.Identify(e) }); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}

func BenchmarkIdentify(b *testing.B) {
	w := NewWatcher("/proc", nil)
	keys := survey{}
	for i := range uint64(100) {
		keys["/etc/"+strings.Repeat("x", int(i))] = found{key: Key{1, i + 1}}
	}
	w.set.Store(newSet(nil, map[rootID]*root{{}: {now: keys}}))
	e := &event.Event{HasFD: true, FD: event.FD{Type: event.FDFile, Name: "/usr/lib/libc.so.6", RealName: "/usr/lib/libc.so.6", Dev: 1, Ino: 1 << 20}}
	b.ReportAllocs()
	for b.Loop() {
		w.Identify(e)
	}
}

// Surveys find the same keys whether they trust a file's status or not.
func TestSurveyTrustsStatus(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "file")
	write(t, name)
	pid := int32(os.Getpid())
	id, err := ordinaryProc.rootOf(pid)
	must(t, err)
	dirs := Paths{Files: []string{name}}.directories()
	first, err := ordinaryProc.take(pid, id, dirs, nil)
	must(t, err)
	second, err := ordinaryProc.take(pid, id, dirs, first)
	must(t, err)
	if diff := cmp.Diff(first, second, cmp.AllowUnexported(found{})); diff != "" || len(first) != 1 {
		t.Errorf("%v (-first +second):\n%s", first, diff)
	}
	id.ino++
	if _, err := ordinaryProc.take(pid, id, dirs, nil); err != errGone {
		t.Errorf("another root: %v, want %v", err, errGone)
	}
}
