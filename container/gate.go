package container

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gyrsec/gyr/event"
)

const (
	// maxHeldEach is how many events of one container are held, maxHeld how many
	// of all, maxHeldBytes about how much memory they may take. One may need much,
	// a program that loads a thousand files as it starts; where that leaves too
	// little for others, it is the first to make room.
	maxHeldEach  = 5000
	maxHeld      = 20_000
	maxHeldBytes = 64 << 20
	// gateWorkers is how many containers' events are judged at a time.
	gateWorkers = 4
)

// A Gate holds back events of containers that are not ready, and lets them be
// judged in the order they came once the container is described or has been
// waited for long enough. No event is lost, none overtakes another of its
// container. It is safe for concurrent use.
//
// There is a bound for how many it holds. What does not fit makes the container
// that holds most go on with what is known of it, and waits until there is room.
type Gate struct {
	// awaits reports whether release will be called for a container.
	awaits func(*event.Container) bool
	held   atomic.Int64

	mu       sync.Mutex
	room     sync.Cond // some held event was judged
	queues   map[*event.Container]*queue
	released []*queue // to be judged, each once
	workers  int
	bytes    int
	closed   bool
	counts   GateStats
}

// queue holds the events of one container. It is gone when the container is
// ready.
type queue struct {
	c        *event.Container
	events   []heldEvent
	size     int   // events, the one that is being judged included
	bytes    int   // of these
	oldest   int64 // the least Clock of all it ever held
	released bool
	overflow bool // released because there were too many
}

type heldEvent struct {
	e     *event.Event
	judge func(*event.Event)
	since time.Time
	bytes int
}

func newGate(awaits func(*event.Container) bool) *Gate {
	g := &Gate{awaits: awaits, queues: map[*event.Container]*queue{}}
	g.room.L = &g.mu
	return g
}

// Hold keeps a copy of e to be judged later, from another goroutine, and returns
// true; false where e's container is ready or it has none, and e is to be judged
// at once. It allocates nothing for these. It must not be called by judge.
func (g *Gate) Hold(e *event.Event, judge func(*event.Event)) bool {
	if e.Process == nil {
		return false
	}
	c := e.Process.Container
	if c == nil || c.Ready() {
		return false
	}
	return g.hold(c, e, judge)
}

func (g *Gate) hold(c *event.Container, e *event.Event, judge func(*event.Event)) bool {
	warm(e)
	h := heldEvent{e: e.Clone(), judge: judge, since: time.Now(), bytes: e.CloneSize()}
	g.mu.Lock()
	held, first := g.put(c, h)
	g.mu.Unlock()
	if first && !g.awaits(c) {
		// Nobody will say when it is ready: the registry has forgotten it, or is
		// about to release it anyway.
		g.release(c)
	}
	return held
}

// warm asks for the name of the event's user now: when the event is judged, the
// container and its files may be gone. At the first question whoever answers
// reads all users and groups of the container, and keeps them for a while.
func warm(e *event.Event) {
	if e.Users != nil {
		e.Users.User(e.UID, e.Process)
	}
}

// put queues an event as soon as there is room; false where its container is
// ready by then. first is set where it is the only one. g.mu is held.
func (g *Gate) put(c *event.Container, h heldEvent) (held, first bool) {
	for {
		if c.Ready() {
			return false, false
		}
		q := g.queues[c]
		switch {
		case q == nil && g.closed:
			c.SetReady()
			return false, false
		case q != nil && q.size >= maxHeldEach:
			g.overflow(q)
		case g.held.Load() > 0 && (g.held.Load() >= maxHeld || g.bytes+h.bytes > maxHeldBytes):
			// Not the newcomer, but whoever needs the most room.
			g.overflow(g.largest())
		default:
			if first = q == nil; first {
				q = &queue{c: c, oldest: h.e.Clock}
				g.queues[c] = q
			}
			q.events = append(q.events, h)
			q.size++
			q.bytes += h.bytes
			q.oldest = min(q.oldest, h.e.Clock)
			g.bytes += h.bytes
			g.held.Add(1)
			g.counts.HeldTotal++
			return true, first
		}
		g.room.Wait()
	}
}

// largest is the queue that takes the most room of those that still wait, nil
// where all are being judged. g.mu is held.
func (g *Gate) largest() *queue {
	var most *queue
	for _, q := range g.queues {
		if !q.released && (most == nil || q.share() > most.share()) {
			most = q
		}
	}
	return most
}

// share is how much of the room there is the queue takes, by its events or their
// memory, whichever is more.
func (q *queue) share() float64 {
	return max(float64(q.size)/maxHeld, float64(q.bytes)/maxHeldBytes)
}

// overflow lets a container go on that holds too much. g.mu is held.
func (g *Gate) overflow(q *queue) {
	if q != nil && !q.released {
		q.overflow = true
		g.start(q)
	}
}

// release makes a container ready as soon as its held events are judged.
func (g *Gate) release(c *event.Container) {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.queues[c]
	if q == nil {
		c.SetReady()
		return
	}
	if !q.released {
		g.start(q)
	}
}

// start has the events of a queue judged. g.mu is held.
func (g *Gate) start(q *queue) {
	q.released = true
	g.released = append(g.released, q)
	if g.workers < gateWorkers {
		g.workers++
		go g.work()
	}
}

// work judges released events until there are none.
func (g *Gate) work() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.released) > 0 {
		q := g.released[0]
		g.released[0] = nil
		g.released = g.released[1:]
		g.drain(q)
	}
	g.released = nil
	g.workers--
	g.room.Broadcast()
}

// drain judges the events of a queue, those that come meanwhile too, and makes
// its container ready when there are no more. g.mu is held, but not while an
// event is judged.
func (g *Gate) drain(q *queue) {
	for len(q.events) > 0 {
		h := q.events[0]
		q.events[0] = heldEvent{}
		q.events = q.events[1:]
		g.count(q, time.Since(h.since))
		g.mu.Unlock()
		h.judge(h.e)
		g.mu.Lock()
		q.size--
		q.bytes -= h.bytes
		g.bytes -= h.bytes
		g.held.Add(-1)
		g.room.Broadcast()
	}
	delete(g.queues, q.c)
	q.c.SetReady()
	g.room.Broadcast()
}

// count notes how long an event was held, and where it is judged without details
// why. g.mu is held.
func (g *Gate) count(q *queue, wait time.Duration) {
	g.counts.Wait.add(wait)
	switch {
	case q.c.Described():
	case q.overflow:
		g.counts.Overflowed++
	default:
		g.counts.TimedOut++
	}
}

// Oldest is the Clock of the oldest event that is held, or a little less; 0 when
// none is. Whatever events of that time may ask for must not be forgotten.
func (g *Gate) Oldest() int64 {
	if g.held.Load() == 0 {
		return 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var oldest int64
	for _, q := range g.queues {
		if q.size > 0 && (oldest == 0 || q.oldest < oldest) {
			oldest = q.oldest
		}
	}
	return oldest
}

// Close releases all that is held and returns when it is judged. Nothing is held
// afterwards.
func (g *Gate) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for _, q := range g.queues {
		if !q.released {
			g.start(q)
		}
	}
	for len(g.queues) > 0 || g.workers > 0 {
		g.room.Wait()
	}
}
