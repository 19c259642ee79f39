package kernel

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
	"github.com/gyrsec/gyr/source/kernel/record"
)

func itoa(n int) string { return strconv.Itoa(n) }

func addrOf(a net.Addr) netip.AddrPort { return a.(*net.TCPAddr).AddrPort() }

// sleeper starts a process that lives as long as the test, and returns its key.
func sleeper(t *testing.T) (process.Key, *event.Process) {
	t.Helper()
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Skipf("sleep does not run here: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 500 {
		p, _, ok := (&Source{proc: ordinaryProc}).readProc(int32(cmd.Process.Pid))
		if !ok {
			t.Fatal("the process is not in /proc")
		}
		if p.Name == "sleep" { // it gets its name a little after its arguments
			return process.KeyOf(p.PID, p.Start), p
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the process does not get its name")
	return 0, nil
}

// A process that is in the table but nowhere else had an end that was lost.
func TestLostExit(t *testing.T) {
	s, _, _ := newTestSource(event.AllTypes())
	now := sinceBoot()
	child, p := sleeper(t)
	gone := process.KeyOf(1<<30, now-20*second)
	reused := process.KeyOf(p.PID, p.Start-5*second)
	s.table.Start(gone, &event.Process{PID: 1 << 30, Name: "gone"}, now-20*second, 0, true)
	s.table.Start(reused, &event.Process{PID: p.PID, Name: "had its PID", Start: p.Start - 5*second}, p.Start-5*second, 0, true)
	s.table.Start(child, p.Clone(), now-10*second, gone, true)
	for key, want := range map[process.Key]bool{gone: true, reused: true, child: false} {
		if got := s.compare(key, false); got != want {
			t.Errorf("PID %d: something was lost: %v, want %v", key.PID(), got, want)
		}
		if ended := s.table.Find(key).ExitTime() != 0; ended != want {
			t.Errorf("PID %d: ended is %v, want %v", key.PID(), ended, want)
		}
	}
	// Its child is its parent's now, which the table did not have, either.
	s.compare(child, false)
	task := s.table.Find(child)
	up := task.Current().ParentAt(sinceBoot())
	if up == nil || up.PID != int32(os.Getpid()) || task.Current().PPID != up.PID || up.Name == "" {
		t.Errorf("the parent is %+v, want this test", up)
	}
	for depth := 0; up.PID != 1; depth++ {
		if next := up.ParentAt(sinceBoot()); next == nil || depth > 50 {
			t.Fatalf("no parent of %d %s", up.PID, up.Name)
		} else {
			up = next
		}
	}
}

// A process that runs another program than the table says did an exec that was
// lost; what changed only a moment ago may be newer than what was read.
func TestLostExec(t *testing.T) {
	now := sinceBoot()
	tests := map[string]struct {
		change   func(p *event.Process)
		since    int64
		thorough bool
		lost     bool
	}{
		"nothing":        {func(*event.Process) {}, now - second, true, false},
		"name":           {func(p *event.Process) { p.Name = "sh" }, now - second, false, true},
		"executable":     {func(p *event.Process) { p.ExePath, p.ExeIno = "/other/sleep", 1 }, now - second, false, true},
		"arguments":      {func(p *event.Process) { p.ArgsLine = "30" }, now - second, true, true},
		"not thorough":   {func(p *event.Process) { p.ArgsLine = "30" }, now - second, false, false},
		"other root":     {func(p *event.Process) { p.ExePath = "/elsewhere" }, now - second, true, false},
		"overlay":        {func(p *event.Process) { p.ExeIno = 1 }, now - second, true, false},
		"a moment ago":   {func(p *event.Process) { p.Name = "sh" }, sinceBoot() + 10*second, true, false},
		"nothing known":  {func(p *event.Process) { *p = event.Process{PID: p.PID, Incomplete: true} }, now - second, false, false},
		"inherited that": {func(p *event.Process) { p.Exe, p.ExePath, p.Incomplete = "", "", true }, now - second, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, _, _ := newTestSource(event.AllTypes())
			key, truth := sleeper(t)
			p := truth.Clone()
			tt.change(p)
			p.ExecTime = 5
			task := s.table.Start(key, p, tt.since, 0, true)
			if got := s.compare(key, tt.thorough); got != tt.lost {
				t.Errorf("something was lost: %v, want %v", got, tt.lost)
			}
			got := task.Current()
			corrected := got.Name == truth.Name && got.ArgsLine == truth.ArgsLine && got.ExePath == truth.ExePath && !got.Incomplete
			if want := tt.lost || p.Incomplete; want && !corrected {
				t.Errorf("it is known as %s %q (incomplete %v)", got.ExePath, got.Cmdline, got.Incomplete)
			}
			if was := task.At(tt.since); tt.lost && (was.Name != p.Name || was.ArgsLine != p.ArgsLine) {
				t.Errorf("what it was before is %q now", was.Cmdline)
			}
		})
	}
}

// What was not known of the table's processes is known after a loss, and what is
// not there any more is gone, within a step.
func TestStepAfterLoss(t *testing.T) {
	s, _, _ := newTestSource(event.AllTypes())
	r := s.resync
	key, _ := sleeper(t)
	now := sinceBoot()
	var gone []process.Key
	for i := range int32(500) {
		gone = append(gone, process.KeyOf(1<<30+i, now-second))
		s.table.Start(gone[i], &event.Process{PID: 1<<30 + i}, now-second, 0, true)
	}
	ended := func() (n int) {
		for _, k := range gone {
			if s.table.Find(k).ExitTime() != 0 {
				n++
			}
		}
		return n
	}
	// Without a loss a little is looked at, until something is found.
	r.step()
	if n := ended(); n != 500/300 {
		t.Errorf("%d processes were looked at, want %d", n, 500/300)
	}
	if s.table.Find(key) != nil {
		t.Error("a process was looked for without a loss")
	}
	r.step()
	if n := ended(); n != 500 {
		t.Errorf("%d of 500 processes have ended after a lost end was found", n)
	}
	if s.table.Find(key) == nil {
		t.Fatal("a running process is not found after a loss")
	}
	another, _ := sleeper(t)
	r.demand()
	r.step()
	if s.table.Find(another) == nil {
		t.Fatal("a running process is not found after a loss that was counted")
	}
	if up := s.table.Find(another).Current().ParentAt(sinceBoot()); up == nil || up.PID != int32(os.Getpid()) {
		t.Errorf("its parent is %+v", up)
	}
}

// A process may end between being read and being put into the table; its end, told
// before, says nothing then.
func TestReadAsItEnded(t *testing.T) {
	s, _, _ := newTestSource(event.AllTypes())
	s.table.Start(process.KeyOf(5, 1), &event.Process{PID: 5}, 0, 0, true) // not to be found by chance
	r := &record.Record{PID: 1 << 30, Start: 5e9, Time: sinceBoot() - 2*second}
	key := process.KeyOf(r.PID, r.Start)
	task := s.task(key, r)
	s.resync.step()
	if task.ExitTime() != 0 {
		t.Error("it was looked at at once: its end may be on its way")
	}
	s.resync.step()
	if task.ExitTime() == 0 {
		t.Error("it is thought to live")
	}
	// It is not kept, and its next event finds it again.
	s.table.Forget(sinceBoot() + second)
	if s.table.Find(key) != nil {
		t.Error("it is kept")
	}
	if again := s.task(key, r); again == task || !again.Current().Incomplete {
		t.Errorf("its next event finds %+v", again.Current())
	}
}

// A fork whose parent's own start was lost.
func TestForkAfterLoss(t *testing.T) {
	s, _, _ := newTestSource(event.AllTypes())
	// The parent is there: this test.
	st, _ := ordinaryProc.readStat(int32(os.Getpid()))
	fork := lifecycle(record.Fork, 1<<30, int32(os.Getpid()), sinceBoot())
	fork.nums[record.PStart] = uint64(st.start + 1)
	fork.strs[record.Comm] = "child"
	s.lifecycle.handle(fork.bytes())
	p := s.table.Find(process.KeyOf(1<<30, fork.start)).Current()
	up := p.ParentAt(fork.now)
	if up == nil || up.PID != int32(os.Getpid()) || up.ExePath == "" || p.ExePath != up.ExePath || p.Incomplete {
		t.Errorf("child %+v of %+v", p, up)
	}
	if up == nil || up.ParentAt(fork.now) == nil || up.ParentAt(fork.now).PID != int32(os.Getppid()) {
		t.Error("its grandparent is not known")
	}
	// The parent is gone: its name is the child's.
	fork = lifecycle(record.Fork, 1<<30+2, 1<<30+1, sinceBoot())
	fork.strs[record.Comm] = "worker"
	s.lifecycle.handle(fork.bytes())
	p = s.table.Find(process.KeyOf(1<<30+2, fork.start)).Current()
	up = p.ParentAt(fork.now)
	if up == nil || up.PID != 1<<30+1 || up.Name != "worker" || !up.Incomplete || !p.Incomplete || p.Name != "worker" {
		t.Errorf("child %+v of %+v", p, up)
	}
	// It is incomplete, and its child can be read.
	key, truth := sleeper(t)
	fork = lifecycle(record.Fork, key.PID(), 1<<30+1, sinceBoot())
	fork.start = truth.Start
	fork.strs[record.Comm] = "sleep"
	s.lifecycle.handle(fork.bytes())
	if p := s.table.Find(key).Current(); p.Incomplete || !strings.HasSuffix(p.ExePath, "sleep") && p.ExePath != truth.ExePath || p.ArgsLine != "60" {
		t.Errorf("child %+v", p)
	}
}

// Not all of /proc may be readable: then nothing is said to have ended.
func TestLookAt(t *testing.T) {
	key, p := sleeper(t)
	if l, ok := ordinaryProc.lookAt(key); !ok || l.gone || l.stat.name != "sleep" || l.ino != p.ExeIno || l.up.PID() != int32(os.Getpid()) {
		t.Errorf("%+v (%v)", l, ok)
	}
	if l, ok := ordinaryProc.lookAt(process.KeyOf(1<<30, 1)); !ok || !l.gone {
		t.Errorf("of none: %+v (%v)", l, ok)
	}
	// A process that waits to be told of has ended.
	zombie := exec.Command("true")
	if err := zombie.Start(); err != nil {
		t.Skipf("true does not run here: %v", err)
	}
	defer zombie.Wait()
	pid := int32(zombie.Process.Pid)
	for {
		st, ok := ordinaryProc.readStat(pid)
		if !ok {
			t.Fatal("the zombie is not in /proc")
		}
		if st.state != 'Z' {
			continue
		}
		if l, ok := ordinaryProc.lookAt(process.KeyOf(pid, st.start)); !ok || !l.gone {
			t.Errorf("of a zombie: %+v (%v)", l, ok)
		}
		return
	}
}
