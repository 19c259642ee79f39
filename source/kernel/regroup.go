package kernel

import (
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
	s.proc.readCgroups(&now)
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
