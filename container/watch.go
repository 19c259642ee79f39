package container

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/gyrsec/gyr/container/engine"
)

const (
	// followMin and followMax bound the pauses after which the stream of a runtime
	// that went away is opened again; they double.
	followMin = 250 * time.Millisecond
	followMax = 15 * time.Second
	// absentWait is how often at least it is looked whether a runtime is there by
	// now.
	absentWait = 2 * time.Second
	// followWell is how long a stream has to last for the pauses to begin anew.
	followWell = 10 * time.Second
	// unsupportedWait is when a runtime without a stream is looked at again: it may
	// have been replaced by a newer one.
	unsupportedWait = 5 * time.Minute
)

// Run follows what the runtimes tell until ctx is done, and then ends the
// registry: nothing waits any longer, no engine is asked, all are closed.
func (r *Registry) Run(ctx context.Context) error {
	var group sync.WaitGroup
	for _, d := range r.desks {
		group.Go(func() { r.follow(ctx, d) })
	}
	<-ctx.Done()
	r.close()
	group.Wait()
	var errs []error
	for _, d := range r.desks {
		errs = append(errs, d.engine.Close())
	}
	return errors.Join(errs...)
}

// follow keeps the stream of one engine open.
func (r *Registry) follow(ctx context.Context, d *desk) {
	pause, said, lost := time.Duration(0), false, false
	level := slog.LevelDebug // at which its being there is news
	for {
		began := time.Now()
		connected, err := r.listen(ctx, d, level)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) >= followWell {
			pause = 0
		}
		switch pause = min(max(2*pause, followMin), followMax); {
		case errors.Is(err, errors.ErrUnsupported):
			// Control groups tell enough: only what changes in a container that
			// lives on is not heard of.
			pause = unsupportedWait
			if lost && d.heard() {
				r.recovered(d.place)
			}
		case connected:
			r.log.Warn("lost the container runtime; following it again as soon as it is back", "runtime", d.engine.Name(), "error", err)
			said, level = false, slog.LevelInfo
		case errors.Is(err, fs.ErrNotExist):
			pause = min(pause, absentWait)
		case !said:
			r.log.Warn("cannot follow the container runtime; trying again", "runtime", d.engine.Name(), "error", err)
			said, level = true, slog.LevelInfo
		}
		lost = !errors.Is(err, errors.ErrUnsupported)
		if !sleep(ctx, pause) {
			return
		}
	}
}

// listen follows an engine once, and reports whether it was connected.
func (r *Registry) listen(ctx context.Context, d *desk, level slog.Level) (connected bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	var lists sync.WaitGroup
	defer lists.Wait()
	defer cancel()
	var mu sync.Mutex
	err = d.engine.Follow(ctx, func() {
		mu.Lock()
		again := connected
		connected = true
		mu.Unlock()
		if again {
			return
		}
		d.follows(true)
		r.log.Log(ctx, level, "following the container runtime", "runtime", d.engine.Name())
		// Aside, so that the stream is read on.
		lists.Go(func() { r.list(ctx, d) })
	}, func(c engine.Change) { r.changed(d.place, c) })
	d.follows(false)
	mu.Lock()
	defer mu.Unlock()
	return connected, err
}

// follows notes whether the engine's stream is open. An open one shows that the
// engine is well.
func (d *desk) follows(open bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counts.Connected = open
	if open {
		d.breaker.close()
	}
}

// list makes up for what was missed while nobody listened: containers the engine
// had described and has no more are forgotten, those it has not described are
// asked about.
func (r *Registry) list(ctx context.Context, d *desk) {
	r.recovered(d.place)
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	asked := time.Now()
	ids, err := d.engine.List(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.log.Debug("cannot list containers", "runtime", d.engine.Name(), "error", err)
		}
		return
	}
	there := make(map[string]bool, len(ids))
	for _, id := range ids {
		there[id] = true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, en := range r.ids {
		if en.asks[d.place].details != nil && en.seen.Before(asked) && !there[en.c.FullID] {
			r.remove(en)
		}
	}
}

// changed takes what an engine tells of a container.
func (r *Registry) changed(place int, change engine.Change) {
	var done settled
	r.mu.Lock()
	defer func() { r.mu.Unlock(); r.tell(done) }()
	en := r.find(change.FullID, place)
	if en == nil {
		return // it is asked about when a process is seen in it
	}
	if change.Kind == engine.Removed {
		r.remove(en)
		return
	}
	a := &en.asks[place]
	switch now := time.Now(); {
	case a.details == nil:
		a.begin(now) // it was asked about too early
	case a.next.IsZero():
		a.began, a.tries, a.next = now, 1, now.Add(changedWait)
	}
	r.step(en, &done)
}
