// Package output carries alerts out: one channel per place they go to.
//
// Each channel has its own bounded queue and its own goroutine, so a receiver
// that hangs holds up neither the others nor the detection. Where a queue is
// full, whoever has most alerts in it loses its newest, so that nobody can flood
// away the alerts of others. What a channel could not deliver is counted, and
// what it dropped is told in an alert of its own.
package output

import (
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

// Options of a Writer.
type Options struct {
	Format Format
	// Buffered gathers lines while there are more in the queue; otherwise
	// every line is written at once.
	Buffered bool
	// Settled, if not nil, is a time up to which all events have been handled
	// (alert.Alert.Clock): alerts wait for it, so that those of one reader of
	// events do not overtake those of another. It is called from the channel's
	// goroutine.
	Settled func() int64
	// Internal is what the alert about dropped alerts looks like.
	Internal alert.Options
	// Failing, if not nil, is told that writing fails: once, until it works
	// again. It is called from the channel's goroutine.
	Failing func(error)
}

// Writer is the channel to a stream: a line per alert, in the order of their
// events. An error of writing costs the alerts it hit; the next are tried again.
type Writer struct {
	name    string
	to      io.Writer
	options Options
	queue   *queue
	closing atomic.Bool
	ended   chan struct{}

	// Of the channel's goroutine: lines not written yet, how many of them are
	// alerts that were sent, and whether the last write stopped within a line.
	buffer []byte
	lines  uint64
	torn   bool
	// settled is the time that Settled returned last, told the number of dropped
	// alerts that have been told about.
	settled int64
	told    uint64

	offered, sent, failures atomic.Uint64
	abandoned               atomic.Bool

	mu     sync.Mutex
	failed error // of the last write
}

// NewWriter starts a channel called name that writes to w.
func NewWriter(name string, w io.Writer, o Options) *Writer {
	c := &Writer{name: name, to: w, options: o, queue: newQueue(queueUnits), ended: make(chan struct{})}
	if o.Settled == nil {
		c.options.Settled = func() int64 { return math.MaxInt64 }
	}
	go c.run()
	return c
}

// Send queues an alert and never waits: in a full queue it takes the place of
// one of whoever has most there, or is lost where that is its own origin; either
// is counted. It must not be called after Close.
func (c *Writer) Send(a *alert.Alert) {
	c.offered.Add(1)
	c.queue.add(a, time.Now())
}

// Refuse reports whether Send would lose an alert of this origin and rule, and
// counts it as lost then: it need not be made. It neither waits nor allocates.
func (c *Writer) Refuse(o *alert.Origin, r *rules.Rule) bool {
	if !c.queue.refuse(o, r, time.Now()) {
		return false
	}
	c.offered.Add(1)
	return true
}

// Sent counts the alerts that were written, those about dropped ones not among
// them.
func (c *Writer) Sent() uint64 { return c.sent.Load() }

// Lost counts the alerts that could not be queued or written.
func (c *Writer) Lost() uint64 {
	if c.abandoned.Load() {
		return c.offered.Load() - c.sent.Load()
	}
	return c.queue.lost.Load() + c.failures.Load()
}

// Close writes what is queued and ends the channel. It waits for the receiver
// no longer than limit; what is left then is lost, and the error wraps
// ErrHangs. It returns the error of the last write, too, if there was one.
func (c *Writer) Close(limit time.Duration) error {
	c.closing.Store(true)
	c.queue.signal()
	expired := time.NewTimer(limit)
	defer expired.Stop()
	select {
	case <-c.ended:
	case <-expired.C:
		// The goroutine stays behind in its write, which cannot be ended.
		c.abandoned.Store(true)
		return fmt.Errorf("write alerts to %s: %w: %d alerts lost", c.name, ErrHangs, c.Lost())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return fmt.Errorf("write alerts to %s: %w: %d alerts lost", c.name, c.failed, c.Lost())
	}
	return nil
}

// run writes until the channel is closed, and then what is left. It sleeps
// while there is nothing to do.
func (c *Writer) run() {
	defer close(c.ended)
	timer := time.NewTimer(tick)
	for {
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

// writeDue writes the alerts that are due, up to what is still in the buffer,
// and reports whether there are others.
func (c *Writer) writeDue() (waits bool) {
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
func (c *Writer) next() (a *alert.Alert, waits bool) {
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

func (c *Writer) line(a *alert.Alert) {
	if c.options.Format == JSON {
		c.buffer = a.AppendJSON(c.buffer)
	} else {
		c.buffer = a.AppendText(c.buffer)
	}
	c.buffer = append(c.buffer, '\n')
}

// tell adds the alert about dropped ones, if there are any and if it is time to
// or the end. It returns the time until then, 0 where there are none.
func (c *Writer) tell(last bool) time.Duration {
	if c.queue.lost.Load() == c.told {
		return 0
	}
	now := time.Now()
	if left := c.queue.untold().Add(droppedInterval).Sub(now); left > 0 && !last {
		return left
	}
	d := c.queue.takeDropped()
	c.told += d.n
	c.line(d.alert(c.name, now, c.options.Internal))
	return 0
}

// flush writes the lines that were gathered. After an error they are given up:
// how much of them got through is not known for every kind of stream.
func (c *Writer) flush() {
	if len(c.buffer) == 0 {
		return
	}
	if c.torn { // end the line that was cut, so that the next stands alone
		if _, err := c.to.Write([]byte{'\n'}); err == nil {
			c.torn = false
		}
	}
	n, err := c.to.Write(c.buffer)
	if err != nil {
		c.failures.Add(c.lines)
		c.torn = c.torn || n > 0 && n <= len(c.buffer) && c.buffer[n-1] != '\n'
	} else {
		c.sent.Add(c.lines)
	}
	c.note(err)
	c.buffer, c.lines = c.buffer[:0], 0
}

// note keeps the outcome of a write and tells of the first failure in a row.
func (c *Writer) note(err error) {
	c.mu.Lock()
	first := err != nil && c.failed == nil
	c.failed = err
	c.mu.Unlock()
	if first && c.options.Failing != nil {
		c.options.Failing(fmt.Errorf("write alerts to %s: %w", c.name, err))
	}
}
