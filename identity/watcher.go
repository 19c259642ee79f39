package identity

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gyrsec/gyr/event"
)

const (
	// confirmLimit is how long an event waits for a look whether its file still
	// is the one it is taken for, and enterLimit how long the first program of a
	// container waits for a look at the container's files.
	confirmLimit = 200 * time.Millisecond
	enterLimit   = 200 * time.Millisecond
	// confirmsPerSecond bounds how often events wait: a file that is opened in a
	// loop is believed to be what it was.
	confirmsPerSecond = 100
	// waitPerSecond bounds how long they wait in all: where the machine has no time
	// for looks, events go on without.
	waitPerSecond = 250 * time.Millisecond
	// learnsPerSecond bounds how often they wait because a watched name was opened
	// behind which a file is that is not known.
	learnsPerSecond = 50
	// looksPerSecond bounds how many new programs outside of containers are asked
	// for their root directory; those of others are found by and by.
	looksPerSecond = 100
	// setUp is how long a container's root directory may change after its first
	// program was started: what sets it up runs in it first.
	setUp = 3 * time.Second
	// maxEntered bounds how many containers are remembered to have been looked at.
	maxEntered = 4096
)

// Watcher knows the identity of watched files. Its methods may be called from
// several goroutines.
type Watcher struct {
	set  atomic.Pointer[set] // nil while nothing is watched
	asks chan ask
	// later is what nobody waits for.
	later   chan func(*keeper)
	stopped chan struct{}
	proc    procfs

	containerOf func(pid int32) string

	confirms, learns, looks budget
	waits                   budget // in microseconds

	mu      sync.Mutex
	entered map[string]time.Time // containers by the time they were first seen
}

// budget counts what may be done so often a second.
type budget struct {
	mu     sync.Mutex
	second int64
	count  int
}

// add counts more than one.
func (b *budget) add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count += n
}

func (b *budget) allows(second int64, limit int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if second != b.second {
		b.second, b.count = second, 0
	}
	b.count++
	return b.count <= limit
}

// ask is something for the goroutine that keeps the roots to do.
type ask struct {
	do   func(*keeper)
	done chan struct{}
}

// NewWatcher returns a watcher that watches nothing yet. proc is where proc is
// mounted that shows all processes; containerOf says in
// which container (its full id) a process runs, "" for none.
func NewWatcher(proc string, containerOf func(pid int32) string) *Watcher {
	return &Watcher{
		proc: procfs(proc),
		asks: make(chan ask), later: make(chan func(*keeper), 64), stopped: make(chan struct{}),
		containerOf: containerOf, entered: map[string]time.Time{},
	}
}

// Run follows the watched files until ctx is done.
func (w *Watcher) Run(ctx context.Context) {
	defer close(w.stopped)
	newKeeper(w).run(ctx)
}

// Watch replaces the files that are watched and waits until they have been
// looked for, at most for the limit. Run has to run.
func (w *Watcher) Watch(p Paths, limit time.Duration) {
	w.ask(limit, func(k *keeper) { k.watch(p) })
}

// ask has the keeper do something, and reports whether it did so within the
// limit; if not, it does so later.
func (w *Watcher) ask(limit time.Duration, do func(*keeper)) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	a := ask{do, make(chan struct{})}
	select {
	case w.asks <- a:
	case <-w.stopped:
		return false
	case <-timer.C:
		w.tell(do)
		return false
	}
	select {
	case <-a.done:
		return true
	case <-w.stopped:
		return false
	case <-timer.C:
		return false
	}
}

// hold is ask for an event that waits, as long as events have not waited for too
// long already.
func (w *Watcher) hold(do func(*keeper)) bool {
	begin := time.Now()
	if !w.waits.allows(begin.Unix(), int(waitPerSecond/time.Microsecond)) {
		w.tell(do)
		return false
	}
	done := w.ask(confirmLimit, do)
	w.waits.add(int(time.Since(begin) / time.Microsecond))
	return done
}

// tell has the keeper do something some time, unless there is too much to do.
func (w *Watcher) tell(do func(*keeper)) {
	select {
	case w.later <- do:
	default:
	}
}

// Entered tells of a process that has started a program. Where it is the first of
// its container, the container's files are looked at before its events are; other
// root directories, soon after.
func (w *Watcher) Entered(p *event.Process) {
	if w.set.Load() == nil {
		return
	}
	pid, id := p.PID, containerID(p)
	look := func(k *keeper) { k.look(pid, id) }
	switch {
	case id == "" && w.looks.allows(time.Now().Unix(), looksPerSecond):
		w.tell(look)
	case id != "" && w.enters(id):
		w.ask(enterLimit, look)
	}
}

// enters reports whether a container may have a root directory that is not known.
func (w *Watcher) enters(id string) bool {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	first, ok := w.entered[id]
	if !ok {
		if len(w.entered) >= maxEntered {
			clear(w.entered)
		}
		w.entered[id] = now
		return true
	}
	return now.Sub(first) < setUp
}

// Identify sets e.FD.Watched where the event's file is a watched one that goes
// by another name here. It allocates nothing and does not wait, but for such a
// file, and where a watched name leads to a file that is not known yet.
func (w *Watcher) Identify(e *event.Event) {
	s := w.set.Load()
	if s == nil || !e.HasFD || e.FD.Ino == 0 || e.FD.Type != event.FDFile {
		return
	}
	// A file in an overlay is one of a layer as well.
	for _, key := range [...]Key{{e.FD.Dev, e.FD.Ino}, {e.FD.UnderDev, e.FD.UnderIno}} {
		if claims := s.of(key); key.Ino != 0 && claims != nil {
			w.identify(e, key, claims)
			return
		}
	}
	if s.named(e.FD.RealName) && w.learns.allows(time.Now().Unix(), learnsPerSecond) {
		pid, id, name := e.Process.PID, containerID(e.Process), strings.Clone(e.FD.RealName)
		w.hold(func(k *keeper) { k.learn(pid, id, name) })
	}
}

func (w *Watcher) identify(e *event.Event, key Key, claims []claim) {
	named := func(c claim) bool { return c.path == e.FD.RealName || c.path == e.FD.Name }
	known := slices.ContainsFunc(claims, named)
	id := containerID(e.Process)
	for _, c := range claims {
		switch {
		case named(c) || c.listed && known:
			continue // rules know it by that name
		case c.container != "" && c.container != id:
			// The files of a container mean nothing to others: what sets it up writes
			// its /etc/hosts by the name it has on the host.
			continue
		case w.confirm(c, key, e):
			e.FD.Watched = c.path
			return
		}
	}
}

// confirm reports whether the file still is what it was when it was looked at: its
// number may have gone to another since. Where that cannot be found out in time
// it is taken to be.
func (w *Watcher) confirm(c claim, key Key, e *event.Event) bool {
	if !w.confirms.allows(time.Now().Unix(), confirmsPerSecond) {
		return true
	}
	// What is asked may outlive the event.
	opened, holds := strings.Clone(e.FD.RealName), true
	if !w.hold(func(k *keeper) { holds = k.confirm(c, key, opened) }) {
		return true
	}
	return holds
}

func containerID(p *event.Process) string {
	if p == nil || p.Container == nil {
		return ""
	}
	return p.Container.FullID
}
