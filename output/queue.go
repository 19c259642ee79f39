package output

import (
	"container/heap"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/rules"
)

const (
	// DefaultCapacity bounds a queue, in units: an alert takes one for every
	// unitBytes begun of its memory. So a queue holds no more than this number of
	// alerts, and no more than 32 MiB of them.
	DefaultCapacity = 8192
	unitBytes       = 4 << 10
	// waitLimit bounds how long an alert waits for events before it that are
	// still on their way: under a flood order yields to time. A look at a file may
	// hold up the events of one ring for 200 ms.
	waitLimit = 500 * time.Millisecond
)

// queue holds the alerts a channel has to deliver, in the order of their
// events. It is bounded, and nobody can fill it: where there is no room, whoever
// has most in it loses its newest alerts, so that the first ones stay and those
// of others do.
type queue struct {
	// wake has a value after alerts were added.
	wake chan struct{}
	// lost counts what was dropped, ever.
	lost atomic.Uint64

	mu       sync.Mutex
	capacity int
	accounts accounts
	due      items
	number   uint64 // of the last item
	latest   int64  // clock of any
	dropped  dropped
}

// item is an alert in a queue.
type item struct {
	alert  *alert.Alert
	clock  int64
	number uint64
	units  int
	since  time.Time
	place  int // among those due

	share         *share
	before, after *item // in the share
}

func newQueue(capacity int) *queue {
	return &queue{wake: make(chan struct{}, 1), capacity: capacity, accounts: accounts{known: map[edge]*share{}}}
}

// add puts an alert into the queue, and drops what there is no room for then:
// this one or others. An alert without a time takes its place behind all.
func (q *queue) add(a *alert.Alert, now time.Time) {
	q.mu.Lock()
	clock := a.Clock
	if clock == 0 {
		clock = q.latest
	}
	q.latest = max(q.latest, clock)
	q.number++
	it := &item{alert: a, clock: clock, number: q.number, units: (a.Size() + unitBytes - 1) / unitBytes, since: now}
	q.accounts.add(it)
	heap.Push(&q.due, it)
	for q.accounts.root.units > q.capacity {
		v := q.accounts.victim()
		q.remove(v)
		q.drop(&v.alert.Origin, v.alert.Rule.Name, now)
	}
	q.mu.Unlock()
	q.signal()
}

// refuse reports whether an alert would be dropped at once, and counts it as
// dropped then.
func (q *queue) refuse(o *alert.Origin, r *rules.Rule, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.accounts.root.units < q.capacity || !q.accounts.blames(o, r.Name) {
		return false
	}
	q.drop(o, r.Name, now)
	return true
}

// take removes and returns the first alert, if all events before it have been
// handled: those up to the mark have. Otherwise it reports whether one waits.
func (q *queue) take(mark int64, now time.Time) (a *alert.Alert, waits bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.due) == 0 {
		return nil, false
	}
	first := q.due[0]
	if first.clock > mark && now.Sub(first.since) < waitLimit {
		return nil, true
	}
	q.remove(first)
	return first.alert, false
}

func (q *queue) remove(it *item) {
	heap.Remove(&q.due, it.place)
	q.accounts.remove(it)
}

func (q *queue) drop(o *alert.Origin, rule string, now time.Time) {
	q.lost.Add(1)
	q.dropped.add(o, rule, now)
}

// untold is since when alerts were dropped that takeDropped has not returned;
// zero where there are none.
func (q *queue) untold() time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped.since
}

// takeDropped returns what was dropped and begins anew.
func (q *queue) takeDropped() dropped {
	q.mu.Lock()
	defer q.mu.Unlock()
	d := q.dropped
	q.dropped = dropped{}
	return d
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// items is a heap by time, then by arrival.
type items []*item

func (h items) Len() int { return len(h) }
func (h items) Less(i, j int) bool {
	return h[i].clock < h[j].clock || h[i].clock == h[j].clock && h[i].number < h[j].number
}
func (h items) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}
func (h *items) Push(x any) {
	it := x.(*item)
	it.place = len(*h)
	*h = append(*h, it)
}
func (h *items) Pop() any {
	last := len(*h) - 1
	it := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return it
}
