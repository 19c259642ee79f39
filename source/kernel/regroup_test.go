package kernel

import (
	"errors"
	"os"
	"path/filepath"
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

// Of control groups far below a container's own the kernel half tells the last
// components only, which may be called like another container.
func TestDeepGroups(t *testing.T) {
	deep := "/docker/abc" + strings.Repeat("/d", 30)
	pretended := deep + "/docker/victim"
	end := func(path string) string { return strings.Repeat("/d", groupSteps-2) + path[len(deep):] }
	tests := []struct {
		name              string
		before, told, now string // the path known, that of the record, that in /proc
		want              string // the container
	}{
		{"as before", pretended, end(pretended), "", "abc" + pretended[len("/docker/abc"):]},
		{"moved meanwhile", "/docker/abc", end(pretended), pretended, "abc" + pretended[len("/docker/abc"):]},
		{"moved and gone", "/docker/abc", end(pretended), "", "abc"},
		{"nothing known", "", end(pretended), pretended, "abc" + pretended[len("/docker/abc"):]},
		{"seen from inside a cgroup namespace", "/docker/abc", end(deep) + "/d/d", "/d/d", "abc"},
		{"not deep", "/docker/abc", "/docker/other", "/", "other"},
		{"out of the container", "/docker/abc", "/system.slice", "/docker/abc", ""},
	}
	for _, tt := range tests {
		for _, kind := range []record.Kind{record.Exec, record.Fork} {
			s, _, _ := newTestSource(event.AllTypes())
			s.proc = procfs(t.TempDir())
			if tt.now != "" {
				file := s.proc.path(20, "cgroup")
				if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte("0::"+tt.now+"\n"), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			known := int32(20)
			if kind == record.Fork {
				known = 10
			}
			if tt.before != "" {
				p := &event.Process{PID: known, Cgroup: tt.before, CgroupV1: "/", Container: s.options.Containers.FromCgroup(tt.before, "")}
				s.table.Start(process.KeyOf(known, int64(known)*second), p, 0, 0, true)
			}
			r := lifecycle(kind, 20, 10, 30*second)
			r.strs[record.CgroupV2] = tt.told
			s.lifecycle.handle(r.bytes())
			got := ""
			if c := s.containerOf(process.KeyOf(20, 20*second)); c != nil {
				got = c.ID
			}
			if got != tt.want {
				t.Errorf("%s: by record %d in container %q, want %q", tt.name, kind, got, tt.want)
			}
		}
	}
}

// TestMoveTooDeepToTell has a path longer than the kernel gives one.
func TestMoveTooDeepToTell(t *testing.T) {
	s, _, _ := newTestSource(event.AllTypes())
	key := process.KeyOf(20, 20*second)
	c := &event.Container{ID: "abc"}
	s.table.Start(key, &event.Process{PID: 20, Cgroup: "/docker/abc", Container: c}, 0, 0, true)
	s.lifecycle.handle(raw{kind: uint16(record.Cgroup), pid: 20, start: 20 * second, now: 30 * second, nums: []uint64{0, 7}, strs: []string{""}}.bytes())
	if got := s.containerOf(key); got != c {
		t.Errorf("in container %v", got)
	}
}
