package container

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gyrsec/gyr/container/engine"
	"github.com/gyrsec/gyr/event"
)

// DefaultWait is how long events of a new container wait at most for what a
// runtime says of it.
const DefaultWait = time.Second

const (
	// maxContainers bounds how many containers are remembered; a node runs some
	// hundred.
	maxContainers = 8192
	// maxGroups is how many control groups are remembered at least, those of
	// services and sessions of the host too; never more than twice as many.
	maxGroups = 4096
	// grace is how long a container is remembered that does not exist any more:
	// events of its last processes are still on their way.
	grace = 30 * time.Second
)

// Options say whom a Registry asks.
type Options struct {
	// Engines are the runtimes. Where several know a container, the first one's
	// word counts and those after it add what it left out.
	Engines []engine.Engine
	// Files reads what runtimes leave on disk, and answers within a millisecond
	// without one; nil where there is no such thing.
	Files engine.Engine
	// Nested is set where the engines are themselves in a container of this machine,
	// and theirs are in it, too: then the innermost of containers in containers
	// counts, and else the outermost, since only that one's id is the runtimes' word.
	Nested bool
	// Wait is how long events of a new container wait at most; 0 is DefaultWait.
	Wait time.Duration
	// Log is told of runtimes that come and go; nil where nobody wants to know.
	Log *slog.Logger
}

// A Registry knows the containers of a machine: there is one value for each,
// which it describes with what runtimes say as soon as they say it. It is safe
// for concurrent use.
//
// A container is asked about when its control group is made, or where that was
// not seen, when the first process is seen in it. Until it is described, or has
// been waited for long enough, its events are held back by the Gate.
type Registry struct {
	wait time.Duration
	// identify tells containers by control groups: FromCgroup or Outermost.
	identify func(v2Path, v1Path string) *event.Container
	log      *slog.Logger
	gate     *Gate
	desks    []*desk // those of Options.Engines, and last that of Files where there is one
	files    int     // the place of Files in desks, -1 without

	ctx  context.Context // ends asks that are under way
	stop context.CancelFunc
	work sync.WaitGroup // goroutines that ask

	// epoch counts the containers ever made, as a clock to tell which was used
	// last: cheaper than the time.
	epoch atomic.Uint64

	mu      sync.RWMutex
	closed  bool
	groups  recent[groups, *entry]
	ids     map[key]*entry
	sweeper *time.Timer // nil while no container is gone
	evicted uint64
}

// groups are the control groups of one process.
type groups struct{ v2, v1 string }

// NewRegistry returns a Registry that knows no container yet. It asks from the
// start; Run adds what the runtimes tell by themselves, and ends it.
func NewRegistry(o Options) *Registry {
	r := &Registry{
		wait: cmp.Or(o.Wait, DefaultWait), log: o.Log, files: -1,
		groups: recent[groups, *entry]{size: maxGroups}, ids: map[key]*entry{},
		identify: Outermost,
	}
	if o.Nested {
		r.identify = FromCgroup
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	for _, e := range o.Engines {
		r.desks = append(r.desks, newDesk(r, len(r.desks), e, runtimeAsks))
	}
	if o.Files != nil {
		r.files = len(r.desks)
		r.desks = append(r.desks, newDesk(r, r.files, o.Files, fileAsks))
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.gate = newGate(r.awaits)
	return r
}

// Gate holds back events of containers that are not described yet.
func (r *Registry) Gate() *Gate { return r.gate }

// FromCgroup is the function FromCgroup, or Outermost (Options.Nested), with one
// value for each container, which is asked about when it is new. The paths may be
// changed after the call.
// It does not allocate for control groups seen before.
func (r *Registry) FromCgroup(v2Path, v1Path string) *event.Container {
	paths := groups{v2Path, v1Path}
	r.mu.RLock()
	en, ok := r.groups.young[paths]
	r.mu.RUnlock()
	if ok {
		return en.use(r)
	}
	paths = groups{strings.Clone(v2Path), strings.Clone(v1Path)}
	found := r.identify(paths.v2, paths.v1)

	r.mu.Lock()
	en, ok = r.groups.get(paths)
	var done settled
	if !ok {
		if found != nil {
			en = r.enter(found, &done)
		}
		r.groups.put(paths, en)
	}
	r.mu.Unlock()
	r.tell(done)
	return en.use(r)
}

// Made tells that a control group was made, by its path: where it is a
// container's, that is asked about before the first process is in it.
func (r *Registry) Made(path string) {
	c := r.identify(path, "")
	if c == nil {
		return
	}
	var done settled
	r.mu.Lock()
	en := r.enter(c, &done)
	if !en.gone.IsZero() {
		// It was stopped and starts again, perhaps changed.
		en.gone = time.Time{}
		en.askAll(r, &done)
	}
	r.mu.Unlock()
	r.tell(done)
}

// Removed tells that a control group is no more. A container whose own it was is
// forgotten after a while.
func (r *Registry) Removed(path string) {
	c := r.identify(path, "")
	if c == nil {
		return
	}
	above, _ := cutLast(path)
	if around := r.identify(above, ""); around != nil && around.FullID == c.FullID {
		return // a group that was made in the container
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remove(r.ids[keyOf(c)])
}

// key is what a container is known by: its id, and where that is a name, which
// two runtimes may give, the runtime too. Every user may have containers, and
// groups called like those of others.
type key struct {
	user uint32
	id   string
}

func keyOf(c *event.Container) key {
	if isFullID(c.FullID) {
		return key{c.User, c.FullID}
	}
	return key{c.User, c.Type + "/" + c.FullID}
}

// find returns the container that engine i calls by the id, nil where it is not
// known. r.mu is held.
func (r *Registry) find(fullID string, i int) *entry {
	if isFullID(fullID) {
		if en := r.ids[key{r.desks[i].user, fullID}]; en != nil && en.asks[i].can {
			return en
		}
		return nil
	}
	for _, en := range r.ids {
		if en.c.FullID == fullID && en.asks[i].can {
			return en
		}
	}
	return nil
}

// remove forgets a container after the grace. r.mu is held.
func (r *Registry) remove(en *entry) {
	if en == nil || !en.gone.IsZero() {
		return
	}
	en.gone = time.Now()
	if r.sweeper == nil && !r.closed {
		r.sweeper = time.AfterFunc(grace, r.sweep)
	}
}

// sweep forgets the containers that have been gone long enough. Many are
// forgotten at a time, because all remembered groups are looked through.
func (r *Registry) sweep() {
	var done settled
	r.mu.Lock()
	defer func() { r.mu.Unlock(); r.tell(done) }()
	r.sweeper = nil
	if r.closed {
		return
	}
	now, left := time.Now(), false
	for _, en := range r.ids {
		switch {
		case en.gone.IsZero():
		case now.Sub(en.gone) >= grace:
			r.drop(en, &done)
		default:
			left = true
		}
	}
	r.forgetGroups()
	if left {
		r.sweeper = time.AfterFunc(grace/6, r.sweep)
	}
}

// enter returns the entry of a container, made where there is none. r.mu is
// held.
func (r *Registry) enter(c *event.Container, done *settled) *entry {
	known := r.ids[keyOf(c)]
	if known != nil && !richer(c, known.c) {
		return known
	}
	if known != nil {
		// Seen first by a path that said less of it. Its value cannot be changed, so
		// there is another from now on.
		if known.c.Described() {
			c.Describe(known.c.Details())
		}
		r.drop(known, done)
		r.forgetGroups()
	}
	if len(r.ids) >= maxContainers {
		r.evict(done)
	}
	r.epoch.Add(1)
	en := newEntry(c, r)
	r.ids[keyOf(c)] = en
	r.step(en, done)
	return en
}

// richer reports whether a path says more of a container than another did.
func richer(c, known *event.Container) bool {
	return c.Type != "" && known.Type == "" && (c.PodUID != "" || known.PodUID == "") ||
		c.PodUID != "" && known.PodUID == "" && (c.Type != "" || known.Type == "")
}

// evict makes room for another container, and for the next ones at once: the
// eighth that is worth least is forgotten. First go those that exist no more,
// then those nobody knows (anyone can make control groups with such names), then
// those used longest ago. r.mu is held.
func (r *Registry) evict(done *settled) {
	all := slices.SortedFunc(maps.Values(r.ids), func(a, b *entry) int {
		return cmp.Or(
			cmp.Compare(a.worth(), b.worth()),
			cmp.Compare(a.used.Load(), b.used.Load()),
		)
	})
	for _, en := range all[:maxContainers/8] {
		r.drop(en, done)
		r.evicted++
	}
	r.forgetGroups()
}

// drop forgets a container. Processes that point at it keep it; what is held of
// it goes on. r.mu is held.
func (r *Registry) drop(en *entry, done *settled) {
	en.forgotten.Store(true)
	en.stop()
	if k := keyOf(en.c); r.ids[k] == en {
		delete(r.ids, k)
	}
	if !en.settled {
		en.settled = true
		*done = append(*done, en.c)
	}
}

// forgetGroups forgets the groups of forgotten containers. r.mu is held.
func (r *Registry) forgetGroups() {
	gone := func(_ groups, en *entry) bool { return en != nil && en.forgotten.Load() }
	maps.DeleteFunc(r.groups.young, gone)
	maps.DeleteFunc(r.groups.old, gone)
}

// settled are containers that are waited for no longer. The gate hears of them
// once r.mu is free.
type settled []*event.Container

func (r *Registry) tell(done settled) {
	for _, c := range done {
		r.gate.release(c)
	}
}

// awaits reports whether the gate will be told when the container is waited for
// no longer.
func (r *Registry) awaits(c *event.Container) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	en := r.ids[keyOf(c)]
	return en != nil && en.c == c && !en.settled
}

// close ends all waiting: what is held goes on with what is known, and new
// containers are not asked about.
func (r *Registry) close() {
	var done settled
	r.mu.Lock()
	r.closed = true
	if r.sweeper != nil {
		r.sweeper.Stop()
	}
	for _, en := range r.ids {
		en.stop()
		if !en.settled {
			en.settled = true
			done = append(done, en.c)
		}
	}
	r.mu.Unlock()
	r.stop()
	r.tell(done)
	r.work.Wait()
}
