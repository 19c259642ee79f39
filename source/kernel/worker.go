package kernel

import (
	"net/netip"
	"strings"
	"sync/atomic"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// reader is what the readers of all rings have in common: to be kicked when
// there is something to read, and to say how far they are.
type reader struct {
	ring *ring
	kick chan struct{}
	busy atomic.Bool
	// watermark is a time up to which everything had been handled when the ring
	// was last drained.
	watermark atomic.Int64
}

// look kicks the reader if its ring has something to read, and reports that.
func (r *reader) look() bool {
	if !r.ring.pending() {
		return false
	}
	r.wake()
	return true
}

// settled is a time up to which everything in the ring has been handled: now,
// if nothing is waiting or under way.
func (r *reader) settled(now int64) int64 {
	if !r.ring.pending() && !r.busy.Load() && !r.ring.pending() {
		return now
	}
	return r.watermark.Load()
}

// wake is a hint that is never waited with.
func (r *reader) wake() {
	select {
	case r.kick <- struct{}{}:
	default:
	}
}

// loop drains the ring whenever kicked, and once more when kick is closed.
func (r *reader) loop(drain func() bool) {
	for more := true; more; {
		_, more = <-r.kick
		r.busy.Store(true)
		for drain() {
			// There may be more: what arrives while draining needs no kick.
		}
		r.busy.Store(false)
	}
}

// worker turns the records of one ring into events.
type worker struct {
	reader
	source *Source
	record record.Record
	event  event.Event
	last   process.Key // of the process last looked up
	task   *event.Task
	paths  pathBuffer
	names  [2]pathBuffer
	// resolver follows symlinks where the kernel has no object to tell of.
	resolver *resolver
	// peers are the last peers of sockets by inode (see noteName).
	peers map[uint64]netip.AddrPort
}

func newWorker(s *Source, r *ring) *worker {
	return &worker{reader: reader{ring: r, kick: make(chan struct{}, 1)}, source: s, peers: map[uint64]netip.AddrPort{}, resolver: newResolver(s.options.Host)}
}

func (w *worker) run() { w.loop(w.drain) }

// drain handles what is in the ring now and reports whether it found anything.
//
// Changes of processes that happened before any of it are applied first: the
// length of the ring is taken before they are drained, so whatever is read here
// was written before.
func (w *worker) drain() bool {
	if !w.ring.pending() {
		return false
	}
	now := sinceBoot()
	n, unfinished := w.ring.drainAfter(w.source.lifecycle.catchUp, w.handle)
	if !unfinished {
		w.watermark.Store(now)
	}
	return n > 0
}

func (w *worker) handle(b []byte) {
	r, e := &w.record, &w.event
	if err := w.source.decoder.Event(b, r); err != nil {
		w.source.reject(err)
		return
	}
	w.source.begin(r, e, event.Type(r.Type), w.process(r))
	if r.Flags&record.Changed != 0 {
		w.decodeChange(r, e)
		return
	}
	switch event.Describe(e.Type).Family {
	case event.FamilyOpen:
		w.decodeOpen(r, e)
		w.resolver.file(e, r)
		if tell := w.source.options.Changed; tell != nil && w.resolver.contradicts(e, r) {
			tell(Change{Event: e, Before: strings.Clone(e.FD.RealName), After: strings.Clone(e.FD.RawName)})
		}
	case event.FamilyExec:
		w.decodeFailedExec(r, e)
	default:
		w.decodeCall(r, e)
	}
	if r.Flags&record.Answer != 0 {
		if answer := w.source.options.Answer; answer != nil {
			answer(e)
		}
		return
	}
	w.source.handle(e)
}

// process is the state of the record's process at its time.
func (w *worker) process(r *record.Record) *event.Process {
	key := process.KeyOf(r.PID, r.Start)
	if key != w.last || w.task == nil {
		w.last, w.task = key, w.source.task(key, r)
	}
	p := w.task.At(r.Time)
	if p.CgroupID != r.CgroupID && p.CgroupID != 0 {
		return w.source.regroup(key, w.task, r)
	}
	return p
}

// begin makes e a new event and fills in what every event has.
func (s *Source) begin(r *record.Record, e *event.Event, t event.Type, p *event.Process) {
	e.Reset()
	e.Type, e.Process = t, p
	e.Num = s.num.Add(1)
	e.Time, e.Clock = s.clock.wall(r.Time), r.Time
	e.CPU, e.TID = r.CPU, r.TID
	e.UID, e.GID = r.UID, r.GID
	e.Res = r.Res
	s.machine.follow(e)
}

// task finds a process by its key. One that is not known, because it is older
// than the sensor or its start was lost, is looked up in /proc; if it is gone
// from there too, it stays known as incomplete.
func (s *Source) task(key process.Key, r *record.Record) *event.Task {
	if t := s.table.Find(key); t != nil {
		return t
	}
	p, parent, ok := s.readProc(r.PID)
	if ok && process.KeyOf(p.PID, p.Start) == key {
		s.ensure(parent)
	} else {
		parent = 0
		p = &event.Process{PID: r.PID, Start: r.Start, UID: r.UID, GID: r.GID, LoginUID: event.NoLoginUID, Incomplete: true}
	}
	s.resync.suspect(key)
	return s.table.Start(key, p, r.Time, parent, false)
}

// reject counts a record that could not be read; the first is logged, since any
// is a bug.
func (s *Source) reject(err error) {
	if s.malformed.Add(1) == 1 {
		s.options.Log.Error("a record of the kernel half could not be read; this is a bug, please report it", "error", err)
	}
}
