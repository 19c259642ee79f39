package kernel

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// pollInterval is how often the rings are looked at while events come. It
	// bounds the latency of alerts, and what a machine with few events pays.
	pollInterval = 8 * time.Millisecond
	// sleepLimit bounds the sleep when no event comes: one that slipped in just
	// before it waits this long at most, and housekeeping is done that often.
	sleepLimit = 500 * time.Millisecond
	// housekeepInterval is how often the little housekeeping there is is done.
	housekeepInterval = time.Second
)

// poller tells the readers of rings when there is something to read.
//
// While events come it looks at the rings every pollInterval, so that no record
// pays for a wake-up. When a look finds nothing it asks the kernel half for a
// wake-up at the next record and sleeps: an idle machine is left alone. A ring
// that fills up faster than it is looked at wakes its reader by itself.
type poller struct {
	source *Source
	woken  chan struct{}
	files  []*os.File
	group  sync.WaitGroup
	kept   time.Time // when the housekeeping was done
}

func newPoller(s *Source) *poller {
	p := &poller{source: s, woken: make(chan struct{}, 1)}
	p.watch(s.loaded.objects.Lifecycle.FD(), &s.lifecycle.reader)
	for i, m := range s.loaded.rings {
		p.watch(m.FD(), &s.workers[i].reader)
	}
	return p
}

func (p *poller) run(ctx context.Context) {
	timer := time.NewTimer(pollInterval)
	defer timer.Stop()
	for {
		next := pollInterval
		if !p.look() && p.maySleep() {
			next = sleepLimit
		}
		timer.Reset(next)
		select {
		case <-ctx.Done():
			return
		case <-p.woken:
		case <-timer.C:
		}
		if now := time.Now(); now.Sub(p.kept) >= housekeepInterval {
			p.kept = now
			p.source.housekeep()
		}
	}
}

// look kicks the readers of all rings with something to read and reports
// whether there was one.
func (p *poller) look() bool {
	any := p.source.lifecycle.look()
	for _, w := range p.source.workers {
		any = w.look() || any
	}
	return any
}

// maySleep asks for a wake-up at the next record; false if there is one already.
func (p *poller) maySleep() bool {
	if err := p.source.loaded.objects.ReaderSleeps.Set(uint32(1)); err != nil {
		return false // then polling goes on
	}
	return !p.look()
}

// housekeep follows the wall clock and lets go of processes that have ended.
func (s *Source) housekeep() {
	s.clock.refresh()
	s.checkLosses()
	oldest := s.Watermark()
	if s.options.Held != nil {
		if held := s.options.Held(); held != 0 {
			oldest = min(oldest, held)
		}
	}
	s.table.Forget(oldest - int64(forgetAfter))
}

// watch kicks the reader and the poller whenever the kernel half wakes the
// ring's readers.
func (p *poller) watch(fd int, r *reader) {
	if err := p.start(fd, r); err != nil {
		// Polling every sleepLimit goes on, with less room for sudden bursts.
		p.source.options.Log.Warn("a ring buffer's wake-ups cannot be used; alerts may be late", "error", err)
	}
}

// start hands a copy of the descriptor to the runtime's poller.
func (p *poller) start(fd int, r *reader) error {
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("duplicate a ring buffer's descriptor: %w", err)
	}
	if err := unix.SetNonblock(dup, true); err != nil {
		_ = unix.Close(dup)
		return fmt.Errorf("make a ring buffer's descriptor non-blocking: %w", err)
	}
	f := os.NewFile(uintptr(dup), "ring buffer")
	raw, err := f.SyscallConn()
	if err != nil {
		_ = f.Close()
		return err
	}
	p.files = append(p.files, f)
	p.group.Go(func() {
		// The function is called again after each wake-up; it returns false to
		// wait for the next. Read ends when the file is closed.
		_ = raw.Read(func(uintptr) bool {
			r.wake()
			select {
			case p.woken <- struct{}{}:
			default:
			}
			return false
		})
	})
	return nil
}

// stop ends the watching of rings.
func (p *poller) stop() {
	for _, f := range p.files {
		_ = f.Close()
	}
	p.group.Wait()
}
