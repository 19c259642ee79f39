package container

import (
	"errors"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/gyrsec/gyr/container/engine"
	"github.com/gyrsec/gyr/event"
)

// filesWait is how long a runtime has to answer before what it left on disk must
// do. A runtime that is well answers in a few milliseconds, and its word is
// worth more: it is complete and current. One that has not answered by now will
// hardly do so within the rest of Wait, so that waiting on would only fill
// memory. What it says later still counts from then on.
const filesWait = 100 * time.Millisecond

// retries are the pauses after which a container is asked about again that a
// runtime does not know yet; the last is repeated until Wait is over. Then
// lateRetries, counted from the first ask, and no more.
var (
	retries = [...]time.Duration{
		10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond,
	}
	lateRetries = [...]time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute}
)

// changedWait is how long a change of a container is let be, for most come
// several together.
const changedWait = 200 * time.Millisecond

// entry is what a Registry knows of one container. All but the atomic fields is
// guarded by Registry.mu.
type entry struct {
	c         *event.Container
	used      atomic.Uint64 // the registry's epoch
	forgotten atomic.Bool

	seen    time.Time
	gone    time.Time // zero while it exists
	settled bool      // nothing waits for it any longer
	asks    []ask     // by desk
	timer   *time.Timer
}

// ask is what one engine is asked about one container.
type ask struct {
	can     bool // the engine may know the container
	absent  bool // there is no such runtime now
	queued  bool // at the desk
	again   bool // when it comes back from the desk
	began   time.Time
	tries   int
	next    time.Time // zero when it is not to be asked again
	details *event.Details
}

// newEntry makes the entry of a container. Where no engine can know it nothing
// is waited for.
func newEntry(c *event.Container, r *Registry) *entry {
	now := time.Now()
	en := &entry{c: c, seen: now, asks: make([]ask, len(r.desks))}
	en.used.Store(r.epoch.Load())
	some := false
	for i, d := range r.desks {
		if en.asks[i].can = d.user == c.User && d.engine.Has(c); en.asks[i].can {
			some = true
			en.asks[i].begin(now)
		}
	}
	if !some || r.closed {
		en.settled = true
		c.SetReady() // nobody has seen it yet: nothing is held
	}
	return en
}

// use notes that the entry was asked for, and returns its container; a nil entry
// is the host.
func (en *entry) use(r *Registry) *event.Container {
	if en == nil {
		return nil
	}
	if now := r.epoch.Load(); en.used.Load() != now {
		en.used.Store(now)
	}
	return en.c
}

// worth is low for what may be forgotten first. Users can have any number of
// containers described as they like.
func (en *entry) worth() int {
	switch {
	case !en.gone.IsZero():
		return 0
	case !en.c.Described(), en.c.User != 0:
		return 1
	}
	return 2
}

// begin starts to ask from the beginning.
func (a *ask) begin(now time.Time) {
	if a.queued {
		a.again = true
		return
	}
	a.began, a.tries, a.next = now, 0, now
}

// retry sets when to ask again.
func (a *ask) retry(now time.Time, wait time.Duration) {
	pause := retries[min(a.tries, len(retries)-1)]
	a.tries++
	if a.next = now.Add(pause); a.next.Sub(a.began) < wait {
		return
	}
	a.next = time.Time{}
	for _, late := range lateRetries {
		if t := a.began.Add(max(late, wait)); t.After(now) {
			a.next = t
			return
		}
	}
}

// askAll asks everyone anew. r.mu is held.
func (en *entry) askAll(r *Registry, done *settled) {
	for i := range en.asks {
		if en.asks[i].can {
			en.asks[i].begin(time.Now())
		}
	}
	r.step(en, done)
}

// step does what is due for an entry and sets its timer for what is due next.
// r.mu is held.
func (r *Registry) step(en *entry, done *settled) {
	if en.forgotten.Load() || r.closed {
		return
	}
	now := time.Now()
	for i := range en.asks {
		a := &en.asks[i]
		if a.queued || a.next.IsZero() || a.next.After(now) {
			continue
		}
		a.next, a.queued = time.Time{}, true
		if dropped := r.desks[i].queue(en, a.tries == 0); dropped != nil {
			dropped.dropped(r, i, now)
		}
	}
	if !en.settled && en.settles(r, now) {
		en.settled = true
		*done = append(*done, en.c)
	}
	en.arm(r, now)
}

// dropped notes that there was no room to ask engine i. r.mu is held.
func (en *entry) dropped(r *Registry, i int, now time.Time) {
	a := &en.asks[i]
	a.queued, a.again = false, false
	// As if it had been asked often: a flood must not come back every moment.
	a.tries = len(retries)
	a.retry(now, r.wait)
	en.arm(r, now)
}

// arm sets the timer to when something is due. r.mu is held.
func (en *entry) arm(r *Registry, now time.Time) {
	var next time.Time
	consider := func(t time.Time) {
		if t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for i := range en.asks {
		if a := &en.asks[i]; !a.queued {
			consider(a.next)
		}
	}
	if !en.settled {
		consider(en.seen.Add(filesWait))
		consider(en.seen.Add(r.wait))
	}
	switch {
	case next.IsZero():
		en.stop()
	case en.timer == nil:
		en.timer = time.AfterFunc(next.Sub(now), func() { r.due(en) })
	default:
		en.timer.Reset(next.Sub(now))
	}
}

// due is called by an entry's timer.
func (r *Registry) due(en *entry) {
	var done settled
	r.mu.Lock()
	r.step(en, &done)
	r.mu.Unlock()
	r.tell(done)
}

// stop stops the timer. r.mu is held.
func (en *entry) stop() {
	if en.timer != nil {
		en.timer.Stop()
	}
}

// settles reports whether nothing more is worth to wait for. r.mu is held.
func (en *entry) settles(r *Registry, now time.Time) bool {
	age := now.Sub(en.seen)
	if age >= r.wait {
		return true
	}
	answered, pending, files := false, false, true
	for i := range en.asks {
		a := &en.asks[i]
		switch {
		case !a.can || a.absent:
		case i == r.files:
			files = a.details != nil
		case a.details != nil:
			answered = true
		default:
			pending = true
		}
	}
	complete := complete(en.c)
	return complete && (answered || !pending) ||
		age >= filesWait && (complete || !pending) ||
		!pending && files
}

// complete reports whether what is known of a container is what most rules and
// readers ask for: its name, its image, and its pod where it is in one.
func complete(c *event.Container) bool {
	d := c.Details()
	if c.PodUID != "" && (d.Pod == nil || d.Pod.Name == "") {
		return false
	}
	// What holds a pod's namespaces has an image that nobody chose.
	return d.Name != "" && (d.Sandbox || d.Image != "" || d.ImageRepository != "" || d.ImageID != "")
}

// answered takes what engine i said of a container, or why it did not.
func (r *Registry) answered(en *entry, i int, details *event.Details, err error) {
	var done settled
	r.mu.Lock()
	defer func() { r.mu.Unlock(); r.tell(done) }()
	if en.forgotten.Load() {
		return
	}
	now, a := time.Now(), &en.asks[i]
	a.queued = false
	a.absent = errors.Is(err, fs.ErrNotExist) && !errors.Is(err, engine.ErrNotFound)
	switch {
	case err == nil:
		a.details = details
		en.describe()
	case a.details == nil && !en.known(r), a.details != nil && !errors.Is(err, engine.ErrNotFound):
		a.retry(now, r.wait)
	}
	if a.again {
		a.again = false
		a.begin(now)
	}
	r.step(en, &done)
}

// known reports whether a runtime has told all that matters, so that others that
// do not know the container need not be asked again. r.mu is held.
func (en *entry) known(r *Registry) bool {
	for i := range en.asks {
		if i != r.files && en.asks[i].details != nil {
			return complete(en.c)
		}
	}
	return false
}

// describe makes one description of what all engines said. r.mu is held.
func (en *entry) describe() {
	var all *event.Details
	for i := range en.asks {
		switch d := en.asks[i].details; {
		case d == nil:
		case all == nil:
			all = d
		default:
			all = merge(all, d)
		}
	}
	en.c.Describe(all)
}
