package container

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gyrsec/gyr/container/engine"
	"github.com/gyrsec/gyr/event"
)

const (
	// askWorkers is how many asks of one engine are under way at a time, and
	// askUserWorkers of a user's, which may answer as much as it likes.
	askWorkers     = 16
	askUserWorkers = 2
	// askLimit is how long an answer may take: a runtime that is slow has to be asked
	// several things one after the other.
	askLimit = 30 * time.Second
)

// desk asks one engine: a bounded number at a time and per second, first those
// that were not asked before. Its goroutines end when there is nothing to ask.
type desk struct {
	registry *Registry
	place    int // in Registry.desks
	engine   engine.Engine
	user     uint32 // whose containers it knows

	mu      sync.Mutex
	first   line
	others  line
	workers int
	bucket  bucket
	breaker breaker
	counts  EngineStats
}

func newDesk(r *Registry, place int, e engine.Engine, limit rate) *desk {
	var user uint32
	if o, ok := e.(engine.Owned); ok {
		user = o.User()
	}
	return &desk{
		registry: r, place: place, engine: e, user: user,
		bucket: bucket{rate: limit, tokens: limit.burst},
		counts: EngineStats{Name: e.Name()},
	}
}

// queue takes an entry to be asked about, and returns the one there is no room
// for, nil where there is. first is set for those not asked before. Registry.mu
// is held.
func (d *desk) queue(en *entry, first bool) (dropped *entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case first:
		dropped = d.first.push(en)
	case d.others.len() >= askQueue:
		dropped = en
	default:
		d.others.push(en)
	}
	if dropped != nil {
		d.counts.Deferred++
	}
	most := askWorkers
	if d.user != 0 {
		most = askUserWorkers
	}
	if dropped != en && d.workers < most {
		d.workers++
		d.registry.work.Go(d.ask)
	}
	return dropped
}

// ask asks until nothing waits.
func (d *desk) ask() {
	for {
		en, pause, held := d.next()
		if en == nil {
			return
		}
		if !sleep(d.registry.ctx, pause) {
			held = context.Cause(d.registry.ctx)
		}
		var details *event.Details
		err := held
		if err == nil {
			details, err = d.inspect(en.c.FullID)
		}
		d.registry.answered(en, d.place, details, err)
		if held == nil && d.judge(err) {
			d.registry.log.Info("the container runtime answers", "runtime", d.engine.Name())
			d.registry.recovered(d.place)
		}
	}
}

// next is what to ask about now, and how long to wait before; nil ends the
// worker. The error says that the engine is not to be asked now.
func (d *desk) next() (en *entry, pause time.Duration, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		// The newest first: its events wait, and in a flood the others' time is over.
		if en = d.first.last(); en == nil {
			en = d.others.first()
		}
		if en == nil {
			d.workers--
			return nil, 0, nil
		}
		if en.forgotten.Load() {
			continue
		}
		now := time.Now()
		if err := d.breaker.open(now); err != nil {
			return en, 0, err
		}
		return en, d.bucket.take(now), nil
	}
}

// inspect asks the engine itself.
func (d *desk) inspect(fullID string) (*event.Details, error) {
	ctx, cancel := context.WithTimeout(d.registry.ctx, askLimit)
	defer cancel()
	details, err := d.engine.Inspect(ctx, fullID)
	if err == nil && details == nil {
		err = engine.ErrNotFound
	}
	return details, err
}

// judge counts an answer and reports whether the engine is back after it was
// away.
func (d *desk) judge(err error) (back bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.registry.ctx.Err() != nil:
	case err == nil:
		d.counts.OK++
		return d.breaker.close()
	case errors.Is(err, engine.ErrNotFound):
		d.counts.NotFound++
		return d.breaker.close()
	default:
		d.counts.Errors++
		if d.breaker.fail(time.Now(), err) {
			d.registry.log.Warn("a container runtime does not answer; its containers are described by what is known without it",
				"runtime", d.engine.Name(), "error", err)
		}
	}
	return false
}

// heard notes that the engine is there, and reports whether it was left alone
// until now.
func (d *desk) heard() (back bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.breaker.close()
}

// recovered asks the engine about all containers it may know and has not
// described.
func (r *Registry) recovered(place int) {
	var done settled
	r.mu.Lock()
	defer func() { r.mu.Unlock(); r.tell(done) }()
	for _, en := range r.ids {
		if a := &en.asks[place]; a.can && a.details == nil && !a.queued {
			a.begin(time.Now())
			r.step(en, &done)
		}
	}
}

// sleep waits, false where ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
