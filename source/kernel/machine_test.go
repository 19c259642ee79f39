package kernel

import (
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
)

// self is what is known of this process.
func self(t *testing.T) *event.Process {
	t.Helper()
	pid := int32(os.Getpid())
	st, ok := ordinaryProc.readStat(pid)
	if !ok {
		t.Fatal("this process is not in /proc")
	}
	return &event.Process{PID: pid, VPID: 1, Start: st.start + 3_000_000} // the kernel knows it better than /proc
}

func TestMachineCounts(t *testing.T) {
	m := newMachine("node-1", process.NewTable(), newClock(), ordinaryProc)
	p := self(t)
	if m.Hostname() != "node-1" {
		t.Errorf("hostname %q", m.Hostname())
	}
	before, ok := m.Descriptors(p)
	if !ok || before < 3 {
		t.Fatalf("%d descriptors (%v)", before, ok)
	}
	f, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n, ok := m.Descriptors(p); !ok || n != before+1 {
		t.Errorf("%d descriptors (%v) with one more, were %d", n, ok, before)
	}

	stop := make(chan struct{})
	defer close(stop)
	threads, ok := m.Threads(p)
	if !ok || threads < 1 {
		t.Fatalf("%d threads (%v)", threads, ok)
	}
	tids := make(chan int)
	for range 8 {
		go func() {
			runtime.LockOSThread()
			tids <- syscall.Gettid()
			<-stop
		}()
	}
	var tid int
	for range 8 {
		tid = <-tids
	}
	if n, ok := m.Threads(p); !ok || n < 8 || n < threads {
		t.Errorf("%d threads (%v) with 8 more, were %d", n, ok, threads)
	}
	// This test is in the initial PID namespace or one below: the last number is
	// what gettid gives.
	if got, ok := m.VirtualTID(p, int32(tid)); !ok || int(got) != tid {
		t.Errorf("thread %d is thread %d (%v)", tid, got, ok)
	}
}

// Another process has the PID now, or none.
func TestMachineOfEnded(t *testing.T) {
	m := newMachine("", process.NewTable(), newClock(), ordinaryProc)
	another := self(t)
	another.Start -= 20_000_000
	for name, p := range map[string]*event.Process{"another": another, "none": {PID: 1 << 30, Start: 1}} {
		if n, ok := m.Threads(p); ok {
			t.Errorf("%s: %d threads", name, n)
		}
		if n, ok := m.Descriptors(p); ok {
			t.Errorf("%s: %d descriptors", name, n)
		}
	}
	if tid, ok := m.VirtualTID(self(t), 1<<30); ok {
		t.Errorf("thread that is none: %d", tid)
	}
}

func TestMachineDoesNotAllocate(t *testing.T) {
	m := newMachine("", process.NewTable(), newClock(), ordinaryProc)
	p := self(t)
	tid := int32(syscall.Gettid())
	n := testing.AllocsPerRun(100, func() {
		m.Threads(p)
		m.Descriptors(p)
		m.VirtualTID(p, tid)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCountEntries(t *testing.T) {
	dir := t.TempDir()
	for i := range 200 { // several reads
		if err := os.WriteFile(dir+"/a rather long name so that fewer fit "+string(rune('a'+i%26))+string(rune('a'+i/26)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n := countEntries(int(f.Fd())); n != 200 {
		t.Errorf("%d entries, want 200", n)
	}
}

func TestLastNumber(t *testing.T) {
	tests := map[string]struct {
		status string
		want   int32
		ok     bool
	}{
		"one":       {"Name:\tx\nNSpid:\t4711\nNSpgid:\t1\n", 4711, true},
		"nested":    {"Name:\tx\nNSpid:\t4711\t12\t3\nNSpgid:\t1\n", 3, true},
		"no number": {"Name:\tx\nNSpid:\t\nNSpgid:\t1\n", 0, false},
		"no line":   {"Name:\tx\n", 0, false},
		"cut":       {"Name:\tx\nNSpid:\t47", 0, false},
		"a name":    {"Name:\tNSpid:\t9\nNSpid:\t5\n", 5, true},
		"empty":     {"", 0, false},
	}
	for name, tt := range tests {
		if got, ok := lastNumber([]byte(tt.status), "\nNSpid:"); got != tt.want || ok != tt.ok {
			t.Errorf("%s: %d (%v), want %d (%v)", name, got, ok, tt.want, tt.ok)
		}
	}
}

func TestOrderOfEvents(t *testing.T) {
	m := newMachine("", process.NewTable(), newClock(), ordinaryProc)
	offset := m.clock.offset.Load()
	for i, want := range []struct{ first, previous int64 }{{100, 0}, {100, 100}, {100, 170}, {100, 160}} {
		clock := []int64{100, 170, 160, 200}[i]
		e := event.Event{Clock: clock, Time: clock + offset}
		m.follow(&e)
		if want.previous != 0 {
			want.previous += offset
		}
		if e.First != want.first+offset || e.Previous != want.previous || e.Machine != m {
			t.Errorf("event %d: first %d, previous %d, want %+v after %d", i, e.First, e.Previous, want, offset)
		}
	}
}
