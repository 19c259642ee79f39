package kernel

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// clock turns the kernel half's time (since boot, suspended time included) into
// wall-clock time. The wall clock may be set or slewed at any time, so the
// difference is taken anew every second (see refresh).
type clock struct{ offset atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.refresh()
	return c
}

// refresh takes the difference between the clocks, by the tightest of a few
// tries: a preemption between two readings must not shift event times.
func (c *clock) refresh() {
	best := int64(1 << 62)
	for range 5 {
		before := sinceBoot()
		wall := time.Now().UnixNano()
		after := sinceBoot()
		if after-before < best {
			best = after - before
			c.offset.Store(wall - before - (after-before)/2)
		}
	}
}

func (c *clock) wall(boot int64) int64 { return boot + c.offset.Load() }

// sinceBoot is CLOCK_BOOTTIME in nanoseconds.
func sinceBoot() int64 {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) // cannot fail: the clock exists since Linux 2.6.39
	return ts.Nano()
}
