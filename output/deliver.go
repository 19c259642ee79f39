package output

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gyrsec/gyr/rules"
)

// Waits between the tries of a delivery: each is twice as long as the one before.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 2 * time.Second
)

// ErrNobody is returned by receivers where this machine has nothing that would
// take alerts, and never had: as most containers have no syslog daemon. Nobody
// misses these alerts, so they do not count as lost.
var ErrNobody = errors.New("nobody is there to take alerts")

// Block is what is delivered at once.
type Block struct {
	// Text has a line for each alert; each ends with a line break.
	Text []byte
	// Priority is that of the first alert.
	Priority rules.Priority
}

// trimLine returns a block's text without the last line break.
func trimLine(text []byte) []byte { return bytes.TrimSuffix(text, []byte{'\n'}) }

// Receiver is where a channel delivers to. Its methods are called by the
// channel's goroutine alone. A receiver recovers by itself: after an error the
// next delivery is tried anew.
type Receiver interface {
	// Deliver hands over a block. Where it returns an error, nothing of the block
	// counts as delivered. It returns soon after ctx has ended, if what it waits for
	// allows it.
	Deliver(ctx context.Context, b Block) error
	// Reopen lets go of files, programs and connections; the next delivery makes
	// them anew.
	Reopen(ctx context.Context)
	// Close lets go of them for good. Nothing is called after it. It returns soon
	// after ctx has ended.
	Close(ctx context.Context)
}

// permanent is an error that trying again does not help.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// flush delivers the lines that were gathered. After the last try they are given
// up.
func (c *Channel) flush() {
	if len(c.buffer) == 0 {
		return
	}
	switch err := c.persist(); {
	case err == nil:
		c.sent.Add(c.lines)
	case errors.Is(err, ErrNobody):
		c.unheard.Add(c.lines)
	default:
		c.failures.Add(c.lines)
	}
	c.buffer, c.lines = c.buffer[:0], 0
}

// persist delivers the gathered lines, with all the tries there are.
func (c *Channel) persist() error {
	wait := firstWait
	for try := 0; ; {
		err, again := c.try()
		if again {
			continue
		}
		c.note(err)
		if err == nil || try == c.options.Retries || c.ctx.Err() != nil ||
			errors.Is(err, ErrNobody) || errors.As(err, &permanent{}) {
			return err
		}
		c.pause(wait)
		wait = min(2*wait, lastWait)
		try++
	}
}

// try delivers the gathered lines once. It does not count where it was broken off
// to make the receiver anew: that is to be tried again.
func (c *Channel) try() (err error, again bool) {
	c.serveReopen()
	c.mu.Lock()
	ctx := c.delivery
	c.mu.Unlock()
	if err := c.ctx.Err(); err != nil { // what is left has been counted as lost
		return err, false
	}
	if c.options.Timeout > 0 {
		c.watchdog.Reset(c.options.Timeout)
	}
	err = c.to.Deliver(ctx, Block{Text: c.buffer, Priority: c.priority})
	if inTime := c.watchdog.Stop(); inTime && err == nil {
		c.late.Store(false)
	}
	return err, err != nil && ctx.Err() != nil && c.ctx.Err() == nil
}

// pause waits for the next try, or until it would be of no use to wait on.
func (c *Channel) pause(wait time.Duration) {
	c.mu.Lock()
	interrupted := c.delivery.Done()
	c.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-interrupted:
	}
}

// serveReopen makes the receiver anew where that was asked for.
func (c *Channel) serveReopen() {
	c.mu.Lock()
	asked := c.reopen
	if asked {
		c.reopen = false
		c.delivery, c.interrupt = context.WithCancel(c.ctx)
	}
	c.mu.Unlock()
	if asked {
		c.to.Reopen(c.ctx)
	}
}

// note keeps the outcome of a delivery, and tells of the first failure in a row
// and of its end.
func (c *Channel) note(err error) {
	c.mu.Lock()
	before := c.failed
	c.failed = err
	c.mu.Unlock()
	tell := c.options.Failing
	if errors.Is(err, ErrNobody) {
		tell = c.options.Absent
	}
	switch {
	case err != nil && before == nil && tell != nil:
		tell(fmt.Errorf("write alerts to %s: %w", c.name, err))
	case err == nil && before != nil && c.options.Recovered != nil:
		c.options.Recovered()
	}
}
