package kernel

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// A process that changes itself keeps what it ran and who its parent is.
func TestState(t *testing.T) {
	s, _, _ := newTestSource(event.AllTypes())
	up := s.table.Start(process.KeyOf(10, 10*second), &event.Process{PID: 10, Name: "init"}, 0, 0, true)
	p := &event.Process{PID: 20, Name: "srv", Exe: "/srv", ArgsLine: "-x", CWD: "/", SID: 5, CapEffective: 7, Stdio: &[3]event.Stream{}, Container: &event.Container{ID: "c"}}
	task := s.table.Start(process.KeyOf(20, 20*second), p, 20*second, process.KeyOf(10, 10*second), true)

	change := lifecycle(record.State, 20, 10, 30*second)
	for place, value := range map[int]uint64{
		record.PGID: 20, record.SID: 20, record.VPGID: 2, record.VSID: 2, record.TTY: 1, record.CapInheritable: 1, record.CapPermitted: 2, record.CapEffective: 3,
	} {
		change.nums[place] = value
	}
	change.strs[record.CWD] = "/var/lib"
	s.lifecycle.handle(change.bytes())
	got := task.Current()
	want := p.Clone()
	want.PGID, want.SID, want.VPGID, want.VSID, want.TTY, want.UID, want.GID = 20, 20, 2, 2, 1, 1000, 1001
	want.CapInheritable, want.CapPermitted, want.CapEffective, want.CWD = 1, 2, 3, "/var/lib/"
	if diff := cmp.Diff(facts(want), facts(got), cmpopts.IgnoreUnexported(event.Container{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if was := task.At(29 * second); was != p {
		t.Errorf("before: %+v", was)
	}
	if got.ParentTask() != up {
		t.Error("it has another parent")
	}
	// The same again is no new state; a directory that could not be read is none.
	s.lifecycle.handle(change.bytes())
	change.strs[record.CWD] = ""
	s.lifecycle.handle(change.bytes())
	if task.Current() != got {
		t.Errorf("a call that changes nothing makes another state: %+v", task.Current())
	}
	// Of a process nothing is known of nothing is made.
	s.lifecycle.handle(lifecycle(record.State, 30, 10, 31*second).bytes())
	if s.table.Len() != 2 {
		t.Errorf("%d processes", s.table.Len())
	}
}

// facts are what a state says, without its place in the table.
func facts(p *event.Process) map[string]any {
	return map[string]any{
		"state": stateOf(p).cwd, "ids": [...]int32{p.PID, p.PGID, p.SID, p.VPGID, p.VSID}, "tty": p.TTY, "uid": p.UID, "gid": p.GID,
		"caps": stateOf(p).caps, "name": p.Name, "exe": p.Exe, "args": p.ArgsLine, "stdio": p.Stdio, "container": p.Container,
	}
}

// statePath is where TestActState opens files, one after each change.
const statePath = "GYR_TEST_STATE"

// TestActState is what TestLiveState runs in a process of its own; otherwise it
// tests nothing.
func TestActState(t *testing.T) {
	dir := os.Getenv(statePath)
	if dir == "" {
		return
	}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"nothing", func() error { return nil }},
		{"chdir", func() error { return os.Chdir("/usr") }},
		{"setsid", func() error { _, err := syscall.Setsid(); return err }},
		{"setgid", func() error { return syscall.Setresgid(50, 50, 50) }},
		{"setuid", func() error { return syscall.Setresuid(65534, 65534, 65534) }},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		_ = os.WriteFile(filepath.Join(dir, step.name), nil, 0o644)
	}
}

// What a process changes about itself is known at its next call.
func TestLiveState(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: watches the running kernel")
	}
	dir := t.TempDir()
	var mu sync.Mutex
	seen := map[string]*event.Process{}
	types := event.TypeSet{}
	types.Add(event.Openat)
	// As event, too: the program behind must get its turn.
	setsid, _ := event.ByName("setsid")
	types.Add(setsid)
	sessions := 0
	startSource(t, types, func(e *event.Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Type == setsid && e.Res > 0 && e.Process.SID == e.Process.PID {
			sessions++
		}
		if name, ok := strings.CutPrefix(e.FD.Name, dir+"/"); ok {
			seen[name] = e.Process
		}
	})
	cmd := exec.Command(os.Args[0], "-test.run=^TestActState$")
	cmd.Env = append(os.Environ(), statePath+"="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for range 100 {
		mu.Lock()
		done := seen["setuid"] != nil && sessions > 0
		mu.Unlock()
		if done {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, step := range []string{"nothing", "chdir", "setsid", "setgid", "setuid"} {
		if seen[step] == nil {
			t.Fatalf("no file was opened after %s; seen %d", step, len(seen))
		}
	}
	if p := seen["nothing"]; p.SID == p.PID || p.CapEffective == 0 || p.CWD == "/usr/" {
		t.Errorf("before anything: session %d, capabilities %x, directory %s", p.SID, p.CapEffective, p.CWD)
	}
	if u := seen["nothing"].Use; u.VMSize < 500 || u.VMSize > 1<<30 || u.VMResident > u.VMSize || u.VMSwap > u.VMSize || u.MinorFaults == 0 {
		t.Errorf("it used %+v", u)
	} else {
		t.Logf("it used %+v", u)
	}
	if p := seen["chdir"]; p.CWD != "/usr/" || p.SID == p.PID {
		t.Errorf("after chdir: directory %s, session %d", p.CWD, p.SID)
	}
	if p := seen["setsid"]; p.SID != p.PID || p.PGID != p.PID || p.UID != 0 {
		t.Errorf("after setsid: session %d, group %d of %d, user %d", p.SID, p.PGID, p.PID, p.UID)
	}
	if p := seen["setgid"]; p.GID != 50 || p.UID != 0 || p.CapEffective == 0 {
		t.Errorf("after setresgid: group %d, user %d, capabilities %x", p.GID, p.UID, p.CapEffective)
	}
	if p := seen["setuid"]; p.UID != 65534 || p.CapEffective != 0 || p.CapPermitted != 0 || p.CWD != "/usr/" || p.ParentAt(sinceBoot()) == nil {
		t.Errorf("after setresuid: user %d, capabilities %x of %x, directory %s", p.UID, p.CapEffective, p.CapPermitted, p.CWD)
	}
	if sessions == 0 {
		t.Error("setsid itself was no event")
	}
}

// floodFor is how long TestActFlood floods, if at all.
const floodFor = "GYR_TEST_FLOOD"

// TestActFlood is what TestLiveStateFlood runs in a process of its own; otherwise
// it tests nothing.
func TestActFlood(t *testing.T) {
	limit, err := time.ParseDuration(os.Getenv(floodFor))
	if err != nil {
		return
	}
	for began := time.Now(); time.Since(began) < limit; {
		for range 1000 {
			_ = syscall.Chdir("/")
			_ = syscall.Chdir("/usr")
		}
	}
}

// A process that changes itself all the time takes nothing from others: their
// forks are known, and their ancestors.
func TestLiveStateFlood(t *testing.T) {
	l := startTable(t, event.Openat) // while no call is asked for none is followed
	if d := l.settle(10 * time.Second); d != "" {
		t.Fatalf("before:\n%s", d)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestActFlood$")
	cmd.Env = append(os.Environ(), floodFor+"=3s")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	before, err := l.source.Stats()
	if err != nil {
		t.Fatal(err)
	}
	l.grow(t, 2, 40)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	after, err := l.source.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if n := after.Families[event.FamilyProcess].Seen - before.Families[event.FamilyProcess].Seen; n < 100_000 {
		t.Errorf("%d changes of processes are no flood", n)
	} else {
		t.Logf("%d changes of processes, %d lost", n, l.lost(t))
	}
	if d := l.settle(15 * time.Second); d != "" {
		t.Errorf("the table and /proc differ:\n%s", d)
	}
	l.checkLeaves(t, 2*40*10)
}

// startSource runs a source until the test ends.
func startSource(t *testing.T, types event.TypeSet, handle Handler) *Source {
	t.Helper()
	source, err := Open(Options{Wanted: Wanted{Types: types}, Users: NewUsers(HostFS{}), Log: testLogger(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- source.Run(ctx, handle, func() { close(ready) }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the source ended: %v", err)
		}
		source.Close()
	})
	select {
	case <-ready:
	case <-time.After(20 * time.Second):
		t.Fatal("the source does not get ready")
	}
	return source
}
