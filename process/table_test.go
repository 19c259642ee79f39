package process

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gyrsec/gyr/event"
)

const second = int64(time.Second)

func key(pid int32) Key { return KeyOf(pid, int64(pid)*second) }

func TestKeyOf(t *testing.T) {
	if KeyOf(7, 5*second) != KeyOf(7, 5*second+9_999_999) {
		t.Error("the same hundredth of a second makes two keys")
	}
	keys := map[Key]bool{}
	for _, k := range []Key{KeyOf(7, 5*second), KeyOf(8, 5*second), KeyOf(7, 5*second+10_000_000), KeyOf(-1, 0), KeyOf(0, 0)} {
		keys[k] = true
	}
	if len(keys) != 5 {
		t.Errorf("%d keys of 5 processes", len(keys))
	}
}

// A new process is what its parent was at the moment of the fork.
func TestForkInherits(t *testing.T) {
	table := NewTable()
	parent := &event.Process{
		PID: 10, Name: "sh", Exe: "/bin/sh", ExePath: "/usr/bin/dash", Args: []string{"-c", "x"}, ArgsLen: 9, Truncated: true,
		ArgsLine: "-c x", Cmdline: "sh -c x", Env: []string{"A=1"}, ExeDev: 1, ExeIno: 2, ExeCtime: 3, ExeMtime: 4,
		ExeFlags: event.ExeWritable, UID: 1000, TTY: 5, ExecTime: 10 * second, CWD: "/old", Cgroup: "/old",
	}
	table.Start(key(10), parent, 10*second, 0, true)
	// The parent execs after the fork: that is none of the child's business.
	table.Start(key(10), &event.Process{PID: 10, Name: "later", Exe: "later"}, 30*second, 0, true)
	child := &event.Process{PID: 20, Name: "sh2", UID: 7, CWD: "/new", Cgroup: "/new"}
	task := table.Fork(key(20), child, 20*second, key(10))
	want := &event.Process{
		PID: 20, Name: "sh2", UID: 7, CWD: "/new", Cgroup: "/new",
		Exe: "/bin/sh", ExePath: "/usr/bin/dash", Args: []string{"-c", "x"}, ArgsLen: 9, Truncated: true,
		ArgsLine: "-c x", Cmdline: "sh2 -c x", Env: []string{"A=1"}, ExeDev: 1, ExeIno: 2, ExeCtime: 3, ExeMtime: 4,
		ExeFlags: event.ExeWritable,
	}
	got := task.At(20 * second)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(event.Process{}), cmpopts.IgnoreFields(event.Process{}, "Task")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Task != task || table.Find(key(20)) != task {
		t.Error("the child is not found")
	}
	if up := got.ParentAt(20 * second); up == nil || up.Name != "sh" {
		t.Errorf("its parent at its fork is %+v, want sh", up)
	}
	if up := got.ParentAt(30 * second); up == nil || up.Name != "later" {
		t.Errorf("its parent afterwards is %+v, want later", up)
	}
}

func TestForkOfUnknownParent(t *testing.T) {
	table := NewTable()
	task := table.Fork(key(20), &event.Process{PID: 20, Name: "x"}, 20*second, key(10))
	if p := task.Current(); p.ParentAt(20*second) != nil || p.Name != "x" {
		t.Errorf("got %+v", p)
	}
	// The parent enters the table later, when it is looked up in /proc.
	table.Start(key(10), &event.Process{PID: 10, Name: "up"}, 0, 0, false)
	table.Adopt(key(20), key(10), 21*second)
	if up := task.Current().ParentAt(22 * second); up == nil || up.Name != "up" {
		t.Errorf("adopted: parent %+v", up)
	}
	// It was its parent all along.
	if up := task.Current().ParentAt(20 * second); up == nil || up.Name != "up" {
		t.Errorf("adopted, at its fork: parent %+v", up)
	}
	// Nothing unknown, and not itself.
	table.Adopt(key(20), key(99), 22*second)
	table.Adopt(key(99), key(10), 22*second)
	table.Adopt(key(20), key(20), 22*second)
	if up := task.Current().ParentAt(23 * second); up == nil || up.Name != "up" {
		t.Errorf("adopted by what is not there: parent %+v", up)
	}
	// Whoever took it over from a parent whose end was not seen.
	table.Start(key(11), &event.Process{PID: 11, Name: "other"}, 0, 0, false)
	table.Adopt(key(20), key(11), 24*second)
	if up := task.Current().ParentAt(24 * second); up == nil || up.Name != "other" || task.Current().PPID != 11 {
		t.Errorf("adopted by another: parent %+v of %d", up, task.Current().PPID)
	}
	if up := task.At(23 * second).ParentAt(23 * second); up == nil || up.Name != "up" {
		t.Errorf("before that: parent %+v", up)
	}
}

// A PID is looked up for a moment: it may have been another process's then.
func TestAt(t *testing.T) {
	table := NewTable()
	start := func(pid int32, name string, at int64) Key {
		k := KeyOf(pid, at)
		table.Start(k, &event.Process{PID: pid, Name: name, Start: at}, at, 0, true)
		return k
	}
	first := start(20, "first", 10*second)
	table.Exit(first, 12*second, 0)
	second2 := start(20, "second", 13*second)
	third := start(20, "third", 14*second) // the end of the second was lost
	names := map[int64]string{9: "", 10: "first", 11: "first", 12: "", 13: "second", 14: "third", 99: "third"}
	check := func() {
		t.Helper()
		for at, want := range names {
			got := ""
			if p := table.At(20, at*second); p != nil {
				got = p.Name
			}
			if got != want {
				t.Errorf("PID 20 at %d s is %q, want %q", at, got, want)
			}
		}
	}
	check()
	if p := table.At(21, 20*second); p != nil {
		t.Errorf("PID 21 is %+v", p)
	}
	if got := table.Len(); got != 3 {
		t.Errorf("%d processes, want 3", got)
	}
	living := table.Living(nil)
	slices.Sort(living)
	if diff := cmp.Diff([]Key{second2, third}, living); diff != "" {
		t.Errorf("living (-want +got):\n%s", diff)
	}
	// They are forgotten from the back, the front and between.
	table.Forget(13 * second)
	names = map[int64]string{11: "", 13: "second", 14: "third"}
	check()
	table.Exit(third, 16*second, 0)
	table.Forget(17 * second)
	names = map[int64]string{13: "second", 14: "second", 99: "second"}
	check()
	table.Exit(second2, 18*second, 0)
	table.Forget(19 * second)
	if got := table.Len(); got != 0 || table.At(20, 13*second) != nil || table.Find(second2) != nil {
		t.Errorf("%d processes are left", got)
	}
}

func TestStates(t *testing.T) {
	table := NewTable()
	k := key(10)
	task := table.Start(k, &event.Process{PID: 10, Name: "forked"}, 10*second, 0, true)
	if table.Start(k, &event.Process{PID: 10, Name: "execed"}, 20*second, 0, true) != task {
		t.Fatal("an exec makes another task")
	}
	if !table.Change(k, 30*second, func(p *event.Process) { p.Name = "renamed" }) {
		t.Fatal("a known process is called unknown")
	}
	// A late look into /proc does not undo what was observed.
	table.Start(k, &event.Process{PID: 10, Name: "late look"}, 40*second, 0, false)
	for at, want := range map[int64]string{
		0: "forked", 10: "forked", 19: "forked", 20: "execed", 29: "execed", 30: "renamed", 1000: "renamed",
	} {
		if got := task.At(at * second).Name; got != want {
			t.Errorf("at %d s it is %q, want %q", at, got, want)
		}
	}
	if table.Change(key(99), 30*second, func(*event.Process) { t.Error("an unknown process is changed") }) {
		t.Error("an unknown process is called known")
	}
	if table.Len() != 1 {
		t.Errorf("%d processes, want 1", table.Len())
	}
}

// Past states are kept for as long as events may be late, not for ever.
func TestStatesAreBounded(t *testing.T) {
	table := NewTable()
	k := key(10)
	task := table.Start(k, &event.Process{PID: 10, Name: "0"}, 0, 0, true)
	const changes = 100
	for i := 1; i <= changes; i++ {
		table.Change(k, int64(i)*second, func(p *event.Process) { p.Name = fmt.Sprint(i) })
	}
	kept := map[*event.Process]bool{}
	for i := range changes + 1 {
		p := task.At(int64(i) * second)
		kept[p] = true
		if i > changes-4 && p.Name != fmt.Sprint(i) {
			t.Errorf("at %d s it is %q", i, p.Name)
		}
	}
	if len(kept) < 4 || len(kept) > 16 {
		t.Errorf("%d states are kept of %d", len(kept), changes)
	}
}

// After a process's end its children have the parent that took them over.
func TestParentAfterExit(t *testing.T) {
	table := NewTable()
	table.Start(key(1), &event.Process{PID: 1, Name: "init"}, 0, 0, true)
	table.Fork(key(2), &event.Process{PID: 2, Name: "reaper"}, 2*second, key(1))
	table.Fork(key(3), &event.Process{PID: 3, Name: "shell"}, 3*second, key(2))
	child := table.Fork(key(4), &event.Process{PID: 4, Name: "daemon"}, 4*second, key(3))
	parent := func(at int64) string {
		if p := child.At(at * second).ParentAt(at * second); p != nil {
			return p.Name
		}
		return ""
	}
	if table.Exit(key(3), 10*second, key(2)) == nil {
		t.Error("a known process is called unknown")
	}
	table.Exit(key(2), 20*second, key(1))
	want := map[int64]string{5: "shell", 9: "shell", 10: "reaper", 19: "reaper", 20: "init", 99: "init"}
	for at, name := range want {
		if got := parent(at); got != name {
			t.Errorf("at %d s the parent is %q, want %q", at, got, name)
		}
	}
	// Those who ended are forgotten; who took over is still found.
	table.Forget(25 * second)
	if table.Len() != 2 || table.Find(key(3)) != nil || table.Find(key(2)) != nil {
		t.Errorf("%d processes, want init and the daemon", table.Len())
	}
	if got := parent(30); got != "init" {
		t.Errorf("the parent is %q, want init", got)
	}
	if table.Exit(key(99), 1, key(1)) != nil {
		t.Error("an unknown process ends")
	}
}

func TestForget(t *testing.T) {
	table := NewTable()
	table.Start(key(1), &event.Process{PID: 1, Name: "init"}, 0, 0, true)
	for pid := int32(2); pid < 5000; pid++ {
		table.Fork(key(pid), &event.Process{PID: pid}, int64(pid)*second, key(1))
		table.Exit(key(pid), int64(pid+1)*second, key(1))
	}
	table.Forget(0)
	if table.Len() != 4999 {
		t.Errorf("%d processes before any is due, want 4999", table.Len())
	}
	// A process that ended at that very time is not forgotten yet.
	table.Forget(1000 * second)
	if table.Find(key(998)) != nil || table.Find(key(999)) == nil {
		t.Error("the wrong processes are forgotten")
	}
	table.Forget(1 << 62)
	if table.Len() != 1 || table.Find(key(1)) == nil {
		t.Errorf("%d processes, want the one that lives", table.Len())
	}
	table.Forget(1 << 62)
	if len(table.ended) != 0 || cap(table.ended) > 1024 {
		t.Errorf("%d endings are kept in room for %d", len(table.ended), cap(table.ended))
	}
}

// A chain in which each process forks the next and ends, as daemons and shell
// loops make it, holds no more than its last link and that one's parent.
func TestChainIsCollected(t *testing.T) {
	const generations = 10_000
	table := NewTable()
	var collected sync.WaitGroup
	collected.Add(generations - 2)
	table.Start(key(1), &event.Process{PID: 1, Name: "init"}, 0, 0, true)
	for pid := int32(2); pid < generations+2; pid++ {
		p := &event.Process{PID: pid, Name: "link"}
		task := table.Fork(key(pid), p, int64(pid)*second, key(pid-1))
		if pid < generations {
			// The state and the task point at each other: a cleanup, unlike a
			// finalizer, runs all the same.
			runtime.AddCleanup(task, func(struct{}) { collected.Done() }, struct{}{})
		}
		if pid > 2 {
			table.Exit(key(pid-1), int64(pid)*second+1, key(1))
		}
	}
	table.Forget(1 << 62)
	if table.Len() != 2 {
		t.Fatalf("%d processes, want init and the last", table.Len())
	}
	last := table.Find(key(generations + 1))
	done := make(chan struct{})
	go func() {
		collected.Wait()
		close(done)
	}()
	for deadline := time.Now().Add(10 * time.Second); ; {
		runtime.GC()
		select {
		case <-done:
			if up := last.Current().ParentAt(1 << 62); up == nil || up.Name != "init" {
				t.Errorf("the last one's parent is %+v, want init", up)
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal("the ancestors are still in memory")
		}
	}
}

// Readers look while one writer writes; the race detector watches.
func TestConcurrentFind(t *testing.T) {
	table := NewTable()
	table.Start(key(1), &event.Process{PID: 1, Name: "init"}, 0, 0, true)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				for pid := int32(1); pid < 50; pid++ {
					if task := table.Find(key(pid)); task != nil {
						p := task.At(int64(pid) * second)
						_ = p.ParentAt(int64(pid) * second)
					}
				}
				table.Len()
			}
		})
	}
	for range 50 {
		for pid := int32(2); pid < 50; pid++ {
			table.Fork(key(pid), &event.Process{PID: pid}, int64(pid)*second, key(pid-1))
			table.Change(key(pid), int64(pid)*second, func(p *event.Process) { p.Name = "x" })
			table.Exit(key(pid), int64(pid)*second, key(1))
		}
		table.Forget(1 << 62)
	}
	close(stop)
	readers.Wait()
}
