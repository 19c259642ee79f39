// Package output carries alerts out: one channel per place they go to.
//
// Each channel has its own bounded queue and its own goroutine, so a receiver
// that hangs holds up neither the others nor the detection. Where a queue is
// full, whoever has most alerts in it loses its newest, so that nobody can flood
// away the alerts of others. What a channel could not deliver is counted, and
// what it dropped is told in an alert of its own.
package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/rules"
)

const (
	// bufferBytes is how much is gathered before it is written, as long as
	// there is more in the queue.
	bufferBytes = 64 << 10
	// tick is how often alerts that wait for events before them are looked at.
	tick = 2 * time.Millisecond
)

// ErrHangs is wrapped by Close where the receiver did not take what was queued
// in time.
var ErrHangs = errors.New("its reader hangs")

// Format is how an alert becomes a line.
type Format int

// The formats.
const (
	Text Format = iota
	JSON
)

// Options of a Channel.
type Options struct {
	Format Format
	// Buffered gathers lines while there are more in the queue; otherwise
	// every alert is delivered by itself.
	Buffered bool
	// Capacity is how many alerts the queue holds; 0 is DefaultCapacity. A long
	// alert counts for one for every 4 KiB begun of it.
	Capacity int
	// Retries is how often a delivery that failed is tried again before its
	// alerts are given up. Those behind it wait in the queue until then.
	Retries int
	// Timeout is how long a delivery may take until Slow is told of it; 0: any time.
	Timeout time.Duration
	// Settled, if not nil, is a time up to which all events have been handled
	// (alert.Alert.Clock): alerts wait for it, so that those of one reader of
	// events do not overtake those of another. It is called from the channel's
	// goroutine.
	Settled func() int64
	// Internal is what the alert about dropped alerts looks like.
	Internal alert.Options
	// Failing, if not nil, is told that delivering fails: once, until it works
	// again, which Recovered is told. They are called from the channel's goroutine.
	Failing   func(error)
	Recovered func()
	// Absent, if not nil, is told instead of Failing where the error wraps ErrNobody.
	Absent func(error)
	// Slow, if not nil, is told that the receiver has not taken an alert for
	// Timeout: once, until it takes one in time. It is called from a goroutine of
	// its own.
	Slow func()
}

// Channel takes alerts to one receiver, in the order of their events.
type Channel struct {
	name    string
	to      Receiver
	options Options
	queue   *queue
	closing atomic.Bool
	ended   chan struct{}
	ctx     context.Context // ends where Close gives up
	cancel  context.CancelFunc

	// Of the channel's goroutine: lines not delivered yet, and how many of them
	// are alerts that are counted, and the priority of the first.
	buffer   []byte
	lines    uint64
	priority rules.Priority
	// settled is the time that Settled returned last, told the number of dropped
	// alerts that have been told about.
	settled  int64
	told     uint64
	watchdog *time.Timer
	late     atomic.Bool // Slow has been told

	offered, sent, failures, unheard atomic.Uint64
	abandoned                        atomic.Bool

	mu        sync.Mutex
	failed    error // of the last delivery
	reopen    bool  // asked for
	delivery  context.Context
	interrupt context.CancelFunc // ends delivery
}

// New starts a channel called name. It closes the receiver in the end.
func New(name string, to Receiver, o Options) *Channel {
	if o.Capacity == 0 {
		o.Capacity = DefaultCapacity
	}
	if o.Settled == nil {
		o.Settled = func() int64 { return math.MaxInt64 }
	}
	c := &Channel{name: name, to: to, options: o, queue: newQueue(o.Capacity), ended: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.delivery, c.interrupt = context.WithCancel(c.ctx)
	c.watchdog = time.AfterFunc(time.Hour, func() {
		if !c.late.Swap(true) && o.Slow != nil {
			o.Slow()
		}
	})
	c.watchdog.Stop()
	go c.run()
	return c
}

// NewWriter starts a channel called name that writes to w: a line per alert. An
// error of writing costs the alerts it hit, as how much of them got through is
// not known for every kind of stream; the next are tried again.
func NewWriter(name string, w io.Writer, o Options) *Channel {
	o.Retries = 0
	return New(name, NewStream(w), o)
}

// Name is what the channel is called.
func (c *Channel) Name() string { return c.name }

// Send queues an alert and never waits: in a full queue it takes the place of
// one of whoever has most there, or is lost where that is its own origin; either
// is counted. It must not be called after Close.
func (c *Channel) Send(a *alert.Alert) {
	c.offered.Add(1)
	c.queue.add(a, time.Now())
}

// Refuse reports whether Send would lose an alert of this origin and rule, and
// counts it as lost then: it need not be made. It neither waits nor allocates.
func (c *Channel) Refuse(o *alert.Origin, r *rules.Rule) bool {
	if !c.queue.refuse(o, r, time.Now()) {
		return false
	}
	c.offered.Add(1)
	return true
}

// Sent counts the alerts that were delivered, those about dropped ones not among
// them.
func (c *Channel) Sent() uint64 { return c.sent.Load() }

// Lost counts the alerts that could not be queued or delivered.
func (c *Channel) Lost() uint64 {
	if c.abandoned.Load() {
		return c.offered.Load() - c.sent.Load() - c.unheard.Load()
	}
	return c.queue.lost.Load() + c.failures.Load()
}

// Unheard counts the alerts that were not delivered as this machine has nobody
// to take them: see ErrNobody.
func (c *Channel) Unheard() uint64 { return c.unheard.Load() }

// Reopen makes the receiver anew before the next delivery: a file that was
// renamed, a program that hangs. A delivery under way is broken off, as far as
// it can be, and repeated. It does not wait.
func (c *Channel) Reopen() {
	c.mu.Lock()
	c.reopen = true
	c.interrupt()
	c.mu.Unlock()
	c.queue.signal()
}

// Close delivers what is queued and ends the channel. It waits for the receiver
// no longer than limit; what is left then is lost, and the error wraps
// ErrHangs. It returns the error of the last delivery, too, if there was one.
func (c *Channel) Close(limit time.Duration) error {
	c.closing.Store(true)
	c.queue.signal()
	expired := time.NewTimer(limit)
	defer expired.Stop()
	defer c.cancel()
	select {
	case <-c.ended:
	case <-expired.C:
		// The goroutine stays behind where it is in a write that cannot be ended.
		c.abandoned.Store(true)
		return fmt.Errorf("write alerts to %s: %w: %d alerts lost", c.name, ErrHangs, c.Lost())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil && !errors.Is(c.failed, ErrNobody) {
		return fmt.Errorf("write alerts to %s: %w: %d alerts lost", c.name, c.failed, c.Lost())
	}
	return nil
}

// run delivers until the channel is closed, and then what is left. It sleeps
// while there is nothing to do.
func (c *Channel) run() {
	defer close(c.ended)
	defer func() { c.to.Close(c.ctx) }()
	timer := time.NewTimer(tick)
	for {
		c.serveReopen()
		last := c.closing.Load()
		waits := c.writeDue()
		untold := c.tell(last)
		c.flush()
		if last {
			return
		}
		switch {
		case waits:
			timer.Reset(tick)
		case untold > 0:
			timer.Reset(untold)
		default:
			timer.Stop()
		}
		select {
		case <-c.queue.wake:
		case <-timer.C:
		}
	}
}

// writeDue delivers the alerts that are due, up to what is still in the buffer,
// and reports whether there are others.
func (c *Channel) writeDue() (waits bool) {
	for {
		a, wait := c.next()
		if a == nil {
			return wait
		}
		c.tell(false)
		c.line(a)
		c.lines++
		if !c.options.Buffered || len(c.buffer) >= bufferBytes {
			c.flush()
		}
	}
}

// next takes an alert that is due. Once the channel is closed all are, and the
// source of events, which may be gone, is not asked any more.
func (c *Channel) next() (a *alert.Alert, waits bool) {
	now := time.Now()
	if c.closing.Load() {
		c.settled = math.MaxInt64
	}
	if a, waits = c.queue.take(c.settled, now); waits {
		c.settled = c.options.Settled()
		a, waits = c.queue.take(c.settled, now)
	}
	return a, waits
}

func (c *Channel) line(a *alert.Alert) {
	if len(c.buffer) == 0 {
		c.priority = a.Rule.Priority
	}
	if c.options.Format == JSON {
		c.buffer = a.AppendJSON(c.buffer)
	} else {
		c.buffer = a.AppendText(c.buffer)
	}
	c.buffer = append(c.buffer, '\n')
}

// tell adds the alert about dropped ones, if there are any and if it is time to
// or the end. It returns the time until then, 0 where there are none.
func (c *Channel) tell(last bool) time.Duration {
	if c.queue.lost.Load() == c.told {
		return 0
	}
	now := time.Now()
	if left := c.queue.untold().Add(droppedInterval).Sub(now); left > 0 && !last {
		return left
	}
	d := c.queue.takeDropped()
	c.told += d.n
	if !c.options.Buffered {
		c.flush()
	}
	c.line(d.alert(c.name, now, c.options.Internal))
	if !c.options.Buffered {
		c.flush()
	}
	return 0
}
