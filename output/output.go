// Package output carries alerts out: one channel per place they go to.
//
// Each channel has its own bounded queue and its own goroutine, so a receiver
// that hangs holds up neither the others nor the detection. What a channel
// could not deliver is counted.
package output

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gyrsec/gyr/alert"
)

const (
	// queueLength is the number of alerts a channel holds for a slow receiver.
	queueLength = 8192
	// bufferBytes is how much is gathered before it is written, as long as
	// there is more in the queue.
	bufferBytes = 64 << 10
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
	// Failing, if not nil, is told that writing fails: once, until it works
	// again. It is called from the channel's goroutine.
	Failing func(error)
}

// Writer is the channel to a stream: a line per alert. An error of writing
// costs the alerts it hit; the next are tried again.
type Writer struct {
	name    string
	to      io.Writer
	options Options
	queue   chan *alert.Alert
	ended   chan struct{}

	// Of the channel's goroutine: lines not written yet, their number, and
	// whether the last write stopped within a line.
	buffer []byte
	lines  uint64
	torn   bool

	offered, sent, lost atomic.Uint64
	abandoned           atomic.Bool

	mu     sync.Mutex
	failed error // of the last write
}

// NewWriter starts a channel called name that writes to w.
func NewWriter(name string, w io.Writer, o Options) *Writer {
	c := &Writer{
		name: name, to: w, options: o,
		queue: make(chan *alert.Alert, queueLength), ended: make(chan struct{}),
	}
	go c.run()
	return c
}

// Send queues an alert and never waits: with a full queue the alert is lost and
// counted. It must not be called after Close.
func (c *Writer) Send(a *alert.Alert) {
	c.offered.Add(1)
	select {
	case c.queue <- a:
	default:
		c.lost.Add(1)
	}
}

// Sent counts the alerts that were written.
func (c *Writer) Sent() uint64 { return c.sent.Load() }

// Lost counts the alerts that could not be queued or written.
func (c *Writer) Lost() uint64 {
	if c.abandoned.Load() {
		return c.offered.Load() - c.sent.Load()
	}
	return c.lost.Load()
}

// Close writes what is queued and ends the channel. It waits for the receiver
// no longer than limit; what is left then is lost, and the error wraps
// ErrHangs. It returns the error of the last write, too, if there was one.
func (c *Writer) Close(limit time.Duration) error {
	close(c.queue)
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

func (c *Writer) run() {
	defer close(c.ended)
	for a := range c.queue {
		if c.options.Format == JSON {
			c.buffer = a.AppendJSON(c.buffer)
		} else {
			c.buffer = a.AppendText(c.buffer)
		}
		c.buffer = append(c.buffer, '\n')
		c.lines++
		if !c.options.Buffered || len(c.queue) == 0 || len(c.buffer) >= bufferBytes {
			c.flush()
		}
	}
}

// flush writes the lines that were gathered. After an error they are given up:
// how much of them got through is not known for every kind of stream.
func (c *Writer) flush() {
	if c.torn { // end the line that was cut, so that the next stands alone
		if _, err := c.to.Write([]byte{'\n'}); err == nil {
			c.torn = false
		}
	}
	n, err := c.to.Write(c.buffer)
	if err != nil {
		c.lost.Add(c.lines)
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
