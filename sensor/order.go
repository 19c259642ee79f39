package sensor

import (
	"container/heap"
	"sync"
	"time"

	"github.com/gyrsec/gyr/alert"
)

const (
	// orderTick is how often alerts that wait are looked at.
	orderTick = 2 * time.Millisecond
	// orderLimit bounds how long an alert waits for events before it that are
	// still on their way: under a flood order yields to time.
	orderLimit = 100 * time.Millisecond
)

// order puts alerts, which come from several readers of events, back into the
// order of their events: an alert is passed on once all events before it have
// been handled.
type order struct {
	watermark func() int64 // everything up to it has been handled
	next      func(*alert.Alert)
	wake      chan struct{}
	stopped   chan struct{}

	mu      sync.Mutex
	waiting alertHeap
	seq     uint64
}

// waitingAlert is an alert in the window.
type waitingAlert struct {
	alert *alert.Alert
	clock int64 // of its event
	seq   uint64
	since time.Time
}

func newOrder(watermark func() int64, next func(*alert.Alert)) *order {
	return &order{
		watermark: watermark, next: next,
		wake: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
}

// add puts an alert into the window.
func (o *order) add(a *alert.Alert, clock int64) {
	o.mu.Lock()
	o.seq++
	heap.Push(&o.waiting, waitingAlert{a, clock, o.seq, time.Now()})
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// run passes alerts on until stop is closed, then all that are left. It sleeps
// while there are none.
func (o *order) run(stop <-chan struct{}) {
	defer close(o.stopped)
	tick := time.NewTimer(orderTick)
	for {
		select {
		case <-stop:
			for o.pass(true) {
			}
			return
		case <-o.wake:
		case <-tick.C:
		}
		if o.pass(false) {
			tick.Reset(orderTick)
		}
	}
}

// pass hands on what is due and reports whether alerts still wait.
func (o *order) pass(all bool) bool {
	mark, now := o.watermark(), time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.waiting) > 0 {
		first := o.waiting[0]
		if !all && first.clock > mark && now.Sub(first.since) < orderLimit {
			return true
		}
		heap.Pop(&o.waiting)
		o.next(first.alert)
	}
	return false
}

// alertHeap orders by time, then by arrival.
type alertHeap []waitingAlert

func (h alertHeap) Len() int { return len(h) }
func (h alertHeap) Less(i, j int) bool {
	return h[i].clock < h[j].clock || h[i].clock == h[j].clock && h[i].seq < h[j].seq
}
func (h alertHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *alertHeap) Push(x any)   { *h = append(*h, x.(waitingAlert)) }
func (h *alertHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = waitingAlert{}
	*h = old[:len(old)-1]
	return last
}
