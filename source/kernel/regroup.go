package kernel

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// regroupsPerSecond bounds how often /proc is asked for a process's cgroups
// because an event came from another than is known. Threads may be in other
// cgroups than their process (v2's threaded mode), and are asked for in vain.
const regroupsPerSecond = 100

// regroups counts them: the second in the upper half.
type regroups struct{ count atomic.Uint64 }

func (g *regroups) allow(now time.Time) bool {
	for {
		was := g.count.Load()
		next := uint64(now.Unix())<<32 | 1
		if was>>32 == next>>32 {
			next = was + 1
		}
		if uint32(next) > regroupsPerSecond {
			return false
		}
		if g.count.CompareAndSwap(was, next) {
			return true
		}
	}
}

// regroup returns the state of a process that an event shows in another cgroup
// than its state at that time: that it was moved has not been read yet, or was
// lost. Which container a process is in must not hang on one record.
func (s *Source) regroup(key process.Key, task *event.Task, r *record.Record) *event.Process {
	s.lifecycle.catchUp()
	if p := task.Current(); p.CgroupID == r.CgroupID {
		return p // told after the first event from there
	}
	if p := task.At(r.Time); p.CgroupID == r.CgroupID || !s.regroups.allow(time.Now()) {
		return p
	}
	now := event.Process{PID: r.PID}
	if !s.proc.readCgroups(&now) {
		return task.At(r.Time)
	}
	s.lifecycle.mu.Lock()
	defer s.lifecycle.mu.Unlock()
	if st, ok := s.proc.readStat(r.PID); ok && process.KeyOf(r.PID, st.start) == key {
		s.table.Change(key, r.Time, func(p *event.Process) {
			p.Cgroup, p.CgroupV1, p.CgroupID = now.Cgroup, now.CgroupV1, r.CgroupID
			p.Container = s.container(p)
		})
	}
	return task.At(r.Time)
}

// The kernel half walks a control group's path from its end, at most groupSteps
// components and maxGroup bytes of it.
const (
	groupSteps = 24
	maxGroup   = 4096 - 256
)

// cut reports whether the beginning of a control group's path may be missing.
// Whoever may make groups in a container can make them deeper than that.
func cut(path string) bool {
	return len(path) > maxGroup || strings.Count(path, "/") >= groupSteps
}

// place sets which container a new state of a process is in. Where the paths of
// its control groups are cut, the names that are left may be of its own choice:
// then it is where it was before, or its parent is, unless /proc says otherwise.
func (s *Source) place(p *event.Process, r *record.Record) {
	if !cut(p.Cgroup) && !cut(p.CgroupV1) {
		p.Container = s.container(p)
		return
	}
	task := s.table.Find(process.KeyOf(r.PID, r.Start))
	if task == nil {
		task = s.table.Find(parentKey(r))
	}
	var before event.Process
	if task != nil {
		before = event.Process{Cgroup: task.Current().Cgroup, CgroupV1: task.Current().CgroupV1, Container: task.Current().Container}
	}
	if strings.HasSuffix(before.Cgroup, p.Cgroup) && strings.HasSuffix(before.CgroupV1, p.CgroupV1) {
		p.Cgroup, p.CgroupV1, p.Container = before.Cgroup, before.CgroupV1, before.Container
		return
	}
	now := event.Process{PID: p.PID}
	if s.proc.readCgroups(&now) {
		p.Cgroup, p.CgroupV1 = now.Cgroup, now.CgroupV1
		p.Container = s.container(p)
	}
	if p.Container == nil {
		p.Container = before.Container
	}
}

// containerOf is the container of a known process, nil where it is not known.
func (s *Source) containerOf(key process.Key) *event.Container {
	if task := s.table.Find(key); task != nil {
		return task.Current().Container
	}
	return nil
}
