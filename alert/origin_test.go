package alert

import (
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
)

func TestOrigin(t *testing.T) {
	p := &event.Process{
		PID: 20, PPID: 10, SID: 5, Start: 77, Name: "cat", ExePath: "/usr/bin/cat", Cgroup: "/user.slice", CgroupV1: "/docker/x",
	}
	onV1 := p.Clone()
	onV1.Cgroup = "/"
	contained := p.Clone()
	contained.Container = &event.Container{ID: "0123456789ab"}
	want := Origin{PID: 20, PPID: 10, SID: 5, Start: 77, Name: "cat", ExePath: "/usr/bin/cat", Cgroup: "/user.slice"}
	wantV1, wantContained := want, want
	wantV1.Cgroup = "/docker/x"
	wantContained.Container = "0123456789ab"
	for _, tt := range []struct {
		process *event.Process
		want    Origin
	}{{p, want}, {onV1, wantV1}, {contained, wantContained}, {&event.Process{PID: 3, Incomplete: true}, Origin{PID: 3}}} {
		e := &event.Event{Process: tt.process, Clock: 4}
		if diff := cmp.Diff(tt.want, OriginOf(e)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		f, err := NewFormatter(&rules.Rule{Name: "r", Output: "x"}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if a := f.Make(e); a.Origin != tt.want || a.Clock != 4 {
			t.Errorf("made with origin %+v, clock %d", a.Origin, a.Clock)
		}
		if n := testing.AllocsPerRun(100, func() { _ = OriginOf(e) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// The size of an alert is what memory it takes, give or take a quarter.
func TestSize(t *testing.T) {
	for _, n := range []int{10, 1000, 20_000} {
		e := &event.Event{Process: &event.Process{Name: "x", Cmdline: strings.Repeat("x", n)}}
		f, err := NewFormatter(&rules.Rule{Name: "r", Output: "%proc.cmdline %proc.name %proc.pid"}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		count := 4_000_000 / (1000 + n)
		kept := make([]*Alert, count)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.GC() // sweeps what the first has found
		runtime.ReadMemStats(&before)
		for i := range kept {
			kept[i] = f.Make(e)
		}
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&after)
		if after.HeapAlloc <= before.HeapAlloc {
			t.Fatalf("%d alerts took %d bytes", count, int64(after.HeapAlloc-before.HeapAlloc))
		}
		took, said := int(after.HeapAlloc-before.HeapAlloc)/count, kept[0].Size()
		if said < took*3/4 || said > took*5/4+alertBytes {
			t.Errorf("an alert with a value of %d bytes takes %d, its size is %d", n, took, said)
		}
		runtime.KeepAlive(kept)
	}
}
