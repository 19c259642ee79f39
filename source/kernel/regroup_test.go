package kernel

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// What happens to cgroups is told as it comes.
func TestCgroupsTold(t *testing.T) {
	s, _, _ := newTestSource(event.AllTypes())
	var told []string
	s.options.Containers = cgroupContainers{&told}
	long := "/" + strings.Repeat("nested/", 100) + "docker/abc"
	for kind, path := range map[record.Kind]string{record.CgroupMade: long, record.CgroupRemoved: "/b"} {
		told = nil
		s.lifecycle.handle(raw{kind: uint16(kind), pid: 20, start: 20 * second, nums: []uint64{0, 7}, strs: []string{path}}.bytes())
		want := map[record.Kind]string{record.CgroupMade: "made ", record.CgroupRemoved: "removed "}[kind] + path
		if diff := cmp.Diff([]string{want}, told); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// An event that comes from another cgroup than is known makes /proc be asked: the
// record of the move was lost.
func TestRegroup(t *testing.T) {
	s, _, _ := newTestSource(event.AllTypes())
	me, _, ok := s.readProc(int32(os.Getpid()))
	if !ok {
		t.Skip("needs /proc")
	}
	key := process.KeyOf(me.PID, me.Start)
	lost := me.Clone()
	lost.Cgroup, lost.CgroupV1, lost.CgroupID = "/docker/abc", "/docker/abc", 5
	lost.Container = &event.Container{ID: "abc"}
	task := s.table.Start(key, lost, 0, 0, true)

	now := sinceBoot()
	w := newWorker(s, nil)
	from := func(id uint64, at int64) *event.Process {
		return w.process(&record.Record{PID: me.PID, Start: me.Start, CgroupID: id, Time: at})
	}
	if p := from(5, now); p.Container != lost.Container {
		t.Errorf("from the cgroup it is in: %+v", p)
	}
	if p := from(6, now); p.CgroupID != 6 || p.Cgroup != me.Cgroup || p.CgroupV1 != me.CgroupV1 || p.Container != nil {
		t.Errorf("from another: cgroup %d, %s, %s, container %v", p.CgroupID, p.Cgroup, p.CgroupV1, p.Container)
	}
	if p := from(5, now-1); p != lost {
		t.Errorf("before: %+v", p)
	}
	if task.Current().CgroupID != 6 {
		t.Errorf("now in cgroup %d", task.Current().CgroupID)
	}

	// A process that has ended stays where it was last known to be.
	gone := &event.Process{PID: 1 << 22, Start: second, CgroupID: 5}
	s.table.Start(process.KeyOf(gone.PID, gone.Start), gone, 0, 0, true)
	if p := w.process(&record.Record{PID: gone.PID, Start: gone.Start, CgroupID: 6, Time: now}); p != gone {
		t.Errorf("of a process that is gone: %+v", p)
	}
}

func TestRegroupsAreBounded(t *testing.T) {
	var g regroups
	now := time.Unix(1_700_000_000, 0)
	allowed := 0
	for range 10 * regroupsPerSecond {
		if g.allow(now) {
			allowed++
		}
	}
	if allowed != regroupsPerSecond {
		t.Errorf("%d in a second, want %d", allowed, regroupsPerSecond)
	}
	if !g.allow(now.Add(time.Second)) {
		t.Error("none in the next second")
	}
}
