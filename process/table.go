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
	tasks map[Key]*event.Task
}

type ending struct {
	key  Key
	time int64
}

// NewTable returns an empty table.
func NewTable() *Table {
	t := &Table{}
	for i := range t.shards {
		t.shards[i].tasks = map[Key]*event.Task{}
	}
	return t
}

func (t *Table) shard(k Key) *shard { return &t.shards[k>>32%shards] }

// Find returns the task with that key, nil when it is not known.
func (t *Table) Find(k Key) *event.Task {
	s := t.shard(k)
	s.RLock()
	defer s.RUnlock()
	return s.tasks[k]
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
	if task := s.tasks[k]; task != nil {
		if replace {
			task.Become(p, since, up)
		}
		return task
	}
	task := event.NewTask(p, since, up)
	s.tasks[k] = task
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
	if task := s.tasks[k]; task != nil {
		task.Forget()
		delete(s.tasks, k)
	}
}

// Len is the number of processes in the table, those that ended a moment ago
// included.
func (t *Table) Len() int {
	n := 0
	for i := range t.shards {
		s := &t.shards[i]
		s.RLock()
		n += len(s.tasks)
		s.RUnlock()
	}
	return n
}

// Adopt links a process to a parent that entered the table after it.
func (t *Table) Adopt(k, parent Key, now int64) {
	task, up := t.Find(k), t.Find(parent)
	if task == nil || up == nil || task.Current().ParentTask() != nil {
		return
	}
	task.Become(task.Current().Clone(), now, up)
}
