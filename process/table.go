// Package process keeps the table of live processes.
//
// A source tells the table what happens to processes (Start, Fork, Change, Exit)
// in the order it happened, from one goroutine at a time; any number of
// goroutines may Find tasks meanwhile. States are looked up by time
// (event.Task.At), so a reader that is behind the writer still sees each process
// as it was at the time of its event.
//
// The package is pure: where a process's description comes from is the source's
// concern.
package process

import (
	"sync"
	"time"

	"github.com/gyrsec/gyr/event"
)

// Key identifies a process for as long as the machine runs: its PID and the
// moment it was forked, so that a reused PID is another process.
type Key uint64

// tick is the resolution of start times in /proc, which is all that is known of
// processes older than the sensor.
const tick = int64(10 * time.Millisecond)

// KeyOf makes the key of the process with that PID, forked at start
// (nanoseconds since boot; only its hundredths of a second count).
func KeyOf(pid int32, start int64) Key {
	return Key(uint64(uint32(pid))<<32 | uint64(uint32(start/tick)))
}

// PID is the PID in the key.
func (k Key) PID() int32 { return int32(k >> 32) }

// shards is the number of parts the table is locked in.
const shards = 16

// Table holds the live processes and those that ended a moment ago.
type Table struct {
	shards [shards]shard

	endings sync.Mutex
	ended   []ending // in the order of their end
}

type shard struct {
	sync.RWMutex
	entries map[int32]*entry // by PID
}

// entry is a process; others that had its PID before, and ended a moment ago or
// unseen, are behind it.
type entry struct {
	key    Key
	task   *event.Task
	before *entry
}

// find is the task with that key. The shard is locked.
func (s *shard) find(k Key) *event.Task {
	for e := s.entries[k.PID()]; e != nil; e = e.before {
		if e.key == k {
			return e.task
		}
	}
	return nil
}

func (s *shard) add(k Key, task *event.Task) {
	s.entries[k.PID()] = &entry{k, task, s.entries[k.PID()]}
}

// remove takes the process out and returns its task, nil where it is not known.
func (s *shard) remove(k Key) *event.Task {
	var later *entry
	for e := s.entries[k.PID()]; e != nil; later, e = e, e.before {
		switch {
		case e.key != k:
			continue
		case later != nil:
			later.before = e.before
		case e.before != nil:
			s.entries[k.PID()] = e.before
		default:
			delete(s.entries, k.PID())
		}
		return e.task
	}
	return nil
}

type ending struct {
	key  Key
	time int64
}

// NewTable returns an empty table.
func NewTable() *Table {
	t := &Table{}
	for i := range t.shards {
		t.shards[i].entries = map[int32]*entry{}
	}
	return t
}

func (t *Table) shard(k Key) *shard { return &t.shards[k>>32%shards] }

// Find returns the task with that key, nil when it is not known.
func (t *Table) Find(k Key) *event.Task {
	s := t.shard(k)
	s.RLock()
	defer s.RUnlock()
	return s.find(k)
}

// At returns the state at the given time of the process that had that PID then,
// nil when none is known.
func (t *Table) At(pid int32, time int64) *event.Process {
	s := t.shard(KeyOf(pid, 0))
	s.RLock()
	defer s.RUnlock()
	for e := s.entries[pid]; e != nil; e = e.before {
		if exit := e.task.ExitTime(); exit != 0 && exit <= time {
			return nil // those before it ended earlier
		}
		if p := e.task.At(time); p.Start <= time {
			return p
		}
	}
	return nil
}

// Living appends the keys of all processes that have not ended to dst.
func (t *Table) Living(dst []Key) []Key {
	for i := range t.shards {
		s := &t.shards[i]
		s.RLock()
		for _, e := range s.entries {
			for ; e != nil; e = e.before {
				if e.task.ExitTime() == 0 {
					dst = append(dst, e.key)
				}
			}
		}
		s.RUnlock()
	}
	return dst
}

// Start adds a process first seen in state p at time since and returns its
// task. A process already known keeps its task: the state is then only added
// when replace is set (an exec seen twice is harmless, a later look into /proc
// must not undo what was observed).
func (t *Table) Start(k Key, p *event.Process, since int64, parent Key, replace bool) *event.Task {
	up := t.Find(parent)
	s := t.shard(k)
	s.Lock()
	defer s.Unlock()
	if task := s.find(k); task != nil {
		if replace {
			task.Become(p, since, up)
		}
		return task
	}
	task := event.NewTask(p, since, up)
	s.add(k, task)
	return task
}

// Fork adds a new process: p holds what is its own (ids, credentials, times);
// what a fork inherits is taken from its parent's state at that time.
func (t *Table) Fork(k Key, p *event.Process, since int64, parent Key) *event.Task {
	if up := t.Find(parent); up != nil {
		inherit(p, up.At(since))
	}
	return t.Start(k, p, since, parent, true)
}

// inherit copies what a new process shares with its parent until it execs.
func inherit(p, from *event.Process) {
	p.Exe, p.ExePath, p.Args, p.ArgsLen, p.Truncated = from.Exe, from.ExePath, from.Args, from.ArgsLen, from.Truncated
	p.ArgsLine, p.Env = from.ArgsLine, from.Env
	p.Cmdline = Cmdline(p.Name, p.ArgsLine)
	p.ExeDev, p.ExeIno, p.ExeCtime, p.ExeMtime, p.ExeFlags = from.ExeDev, from.ExeIno, from.ExeCtime, from.ExeMtime, from.ExeFlags
	p.Stdio = from.Stdio
	p.Incomplete = from.Incomplete
}

// Cmdline is the command line as rules see it: the name and the arguments.
func Cmdline(name, args string) string {
	if args == "" {
		return name
	}
	return name + " " + args
}

// Change gives the process a new state from time since on: change edits a copy
// of the current one. It reports whether the process is known.
func (t *Table) Change(k Key, since int64, change func(*event.Process)) bool {
	task := t.Find(k)
	if task == nil {
		return false
	}
	p := task.Current().Clone()
	change(p)
	task.Become(p, since, nil)
	return true
}

// Exit records the end of a process. It stays findable until Forget, for events
// of its last moments that are still on their way.
func (t *Table) Exit(k Key, at int64, reaper Key) *event.Task {
	task := t.Find(k)
	if task == nil {
		return nil
	}
	task.Exit(at, t.Find(reaper))
	t.endings.Lock()
	defer t.endings.Unlock()
	t.ended = append(t.ended, ending{k, at})
	return task
}

// Forget drops the processes that ended before the given time.
func (t *Table) Forget(before int64) {
	t.endings.Lock()
	defer t.endings.Unlock()
	n := 0
	for n < len(t.ended) && t.ended[n].time < before {
		t.drop(t.ended[n].key)
		n++
	}
	if n == 0 {
		return
	}
	rest := copy(t.ended, t.ended[n:])
	t.ended = t.ended[:rest]
	if cap(t.ended) > 1024 && rest < cap(t.ended)/4 {
		t.ended = append([]ending(nil), t.ended...)
	}
}

func (t *Table) drop(k Key) {
	s := t.shard(k)
	s.Lock()
	defer s.Unlock()
	if task := s.remove(k); task != nil {
		task.Forget()
	}
}

// Len is the number of processes in the table, those that ended a moment ago
// included.
func (t *Table) Len() int {
	n := 0
	for i := range t.shards {
		s := &t.shards[i]
		s.RLock()
		for _, e := range s.entries {
			for ; e != nil; e = e.before {
				n++
			}
		}
		s.RUnlock()
	}
	return n
}

// Adopt links a process to the parent it has now, where that is another than it
// is known to have: one that entered the table after it, or whoever took it over
// from one that ended unseen.
func (t *Table) Adopt(k, parent Key, now int64) {
	task, up := t.Find(k), t.Find(parent)
	if task == nil || up == nil || task == up {
		return
	}
	p := task.Current()
	if known := p.ParentAt(now); known != nil && known.Task == up {
		return
	}
	since := now
	if p.ParentTask() == nil {
		since = p.Since() // it was not known before: nothing else is
	}
	p = p.Clone()
	p.PPID = parent.PID()
	task.Become(p, since, up)
}
