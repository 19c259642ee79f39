package sensor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/source/kernel"
)

// stalled is for how long nothing may be heard of the reading of events before
// it counts as standing still. It is read once a second and more, so this is a
// long time: who restarts a sensor that is only busy makes it blind.
const stalled = 10 * time.Second

// watched is what is asked of the source while it runs.
type watched interface {
	Stats() (kernel.Stats, error)
	Watermark() int64
}

// flow knows whether events flow, for whoever asks while the sensor runs. Its
// zero value is that of a sensor that has not begun.
type flow struct {
	// clock is the source's clock (event.Event.Clock), nil for the real one.
	clock func() int64
	beat  atomic.Int64 // when the source was last heard of

	mu     sync.RWMutex // held while the source is asked
	stage  stage
	source watched // nil unless it may be asked

	// settled is the latest time known up to which all events were handled. The
	// source's own watermark may fall back: when an event comes after an hour of
	// silence, to the time when there was one last.
	settled atomic.Int64
}

type stage uint8

const (
	starting stage = iota
	running
	stopping
)

// begin lets source be asked from now on, until the function it returns is
// called. From the end of ctx on, events do not flow.
func (f *flow) begin(ctx context.Context, source watched) (end func()) {
	f.mu.Lock()
	f.source = source
	f.mu.Unlock()
	forget := context.AfterFunc(ctx, func() { f.enter(stopping) })
	return func() {
		forget()
		f.mu.Lock()
		defer f.mu.Unlock()
		f.stage, f.source = stopping, nil
	}
}

// flows tells that events flow from now on.
func (f *flow) flows() {
	f.settled.Store(f.time()) // of before, nothing is promised
	f.tick()
	f.enter(running)
}

// enter goes on to a later stage, and never back.
func (f *flow) enter(s stage) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stage = max(f.stage, s)
}

// tick is called every second by whoever looks for events.
func (f *flow) tick() {
	f.beat.Store(f.time())
	f.mu.RLock()
	defer f.mu.RUnlock()
	f.look()
}

// look returns the latest time known up to which all events were handled. The
// lock is held.
func (f *flow) look() int64 {
	if f.source == nil {
		return f.settled.Load()
	}
	mark := f.source.Watermark()
	for {
		known := f.settled.Load()
		if mark <= known {
			return known
		}
		if f.settled.CompareAndSwap(known, mark) {
			return mark
		}
	}
}

// ask calls use with the source, if it may be asked.
func (f *flow) ask(use func(watched)) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.source != nil {
		use(f.source)
	}
}

// The stages in which events do not flow, as Sensor.Health tells them.
var (
	errStarting = errors.New("starting: the kernel half is not in place yet")
	errStopping = errors.New("stopping")
)

// health is nil while events flow, or says why they do not.
func (f *flow) health() error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	switch f.stage {
	case starting:
		return errStarting
	case stopping:
		return errStopping
	}
	if silent := time.Duration(f.time() - f.beat.Load()); silent > stalled {
		return fmt.Errorf("stalled: nobody has looked for events for %v", silent.Truncate(time.Second))
	}
	if late := time.Duration(f.time() - f.look()); late > stalled {
		return fmt.Errorf("stalled: events have been waiting to be read for %v", late.Truncate(time.Second))
	}
	return nil
}

func (f *flow) time() int64 {
	if f.clock != nil {
		return f.clock()
	}
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) // cannot fail: the clock exists since Linux 2.6.39
	return ts.Nano()
}
