package dns

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// How a Resolver goes about it. Every interval is lengthened or shortened by up
// to a fifth, so that many sensors do not ask at the same moments.
const (
	// RefreshInterval is how often a name is resolved anew. One that cannot be
	// resolved is tried less and less often, down to once in MaxRetry.
	RefreshInterval = time.Minute
	MaxRetry        = time.Hour
	// LookupTimeout is how long one answer is waited for.
	LookupTimeout = 5 * time.Second
	// AddressLife is how long an address counts that is no longer answered: of
	// names with many addresses, every answer has a few.
	AddressLife = time.Hour
	// MaxRuleNames is how many names are resolved at most.
	MaxRuleNames = 1000

	parallelLookups = 8
	maxNameAddrs    = 256
	// namedFailures is how many names that cannot be resolved the message about
	// them gives.
	namedFailures = 5
)

// Lookup finds the addresses of a name, as net.Resolver's LookupNetIP does with
// the network "ip".
type Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)

// Resolver resolves names in the background and keeps what it found for look-ups
// that do not wait.
type Resolver struct {
	lookup Lookup
	log    *slog.Logger

	wanted  atomic.Pointer[[]string]
	changed chan struct{}
	// table is what look-ups read; it is replaced, never changed.
	table atomic.Pointer[map[netip.Addr][]string]

	// targets is the state of the goroutine in Run.
	targets map[string]*target
}

// target is a name with what was found out about it.
type target struct {
	name  string
	addrs map[netip.Addr]time.Time // when each was last answered
	due   time.Time
	wait  time.Duration
	// failed is why the name cannot be resolved, nil while it can; said is set
	// once that has been told.
	failed error
	said   bool
}

// NewResolver returns a resolver that does nothing until Run.
func NewResolver(lookup Lookup, log *slog.Logger) *Resolver {
	return &Resolver{lookup: lookup, log: log, changed: make(chan struct{}, 1), targets: map[string]*target{}}
}

// SetNames says which names to resolve from now on. What is no name of a host is
// left out, and so are more than MaxRuleNames. It may be called at any time.
func (r *Resolver) SetNames(names []string) {
	var list []string
	for _, name := range names {
		if name = normal(name); resolvable(name) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if n := len(list); n > MaxRuleNames {
		r.log.Warn("rules compare with more names than are resolved: the others match by observed DNS answers alone", "names", n, "resolved", MaxRuleNames)
		list = list[:MaxRuleNames]
	}
	r.wanted.Store(&list)
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// appendNames appends the names that have the address and are not in dst[from:].
func (r *Resolver) appendNames(dst []string, from int, addr netip.Addr) []string {
	table := r.table.Load()
	if table == nil {
		return dst
	}
	for _, name := range (*table)[addr] {
		dst = appendNew(dst, from, name)
	}
	return dst
}

// Run resolves until ctx is done. It must run only once at a time.
func (r *Resolver) Run(ctx context.Context) {
	for {
		r.adopt()
		next := r.round(ctx)
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-r.changed:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// adopt takes over the names wanted now.
func (r *Resolver) adopt() {
	wanted := r.wanted.Load()
	if wanted == nil {
		return
	}
	for name := range r.targets {
		if _, ok := slices.BinarySearch(*wanted, name); !ok {
			delete(r.targets, name)
		}
	}
	for _, name := range *wanted {
		if r.targets[name] == nil {
			r.targets[name] = &target{name: name, addrs: map[netip.Addr]time.Time{}}
		}
	}
	r.publish(time.Now())
}

// round resolves the names that are due and returns how long there is nothing
// to do.
func (r *Resolver) round(ctx context.Context) time.Duration {
	now := time.Now()
	var due []*target
	for _, t := range r.targets {
		if !t.due.After(now) {
			due = append(due, t)
		}
	}
	for some := range slices.Chunk(due, parallelLookups) {
		var done sync.WaitGroup
		for _, t := range some {
			done.Go(func() { r.resolve(ctx, t) })
		}
		done.Wait()
		if ctx.Err() != nil {
			return 0
		}
		r.publish(time.Now())
	}
	r.sayFailed()
	now = time.Now()
	next := RefreshInterval
	for _, t := range r.targets {
		next = min(next, t.due.Sub(now))
	}
	return max(next, 0)
}

// resolve asks for one name. It changes nothing but t.
func (r *Resolver) resolve(ctx context.Context, t *target) {
	asking, cancel := context.WithTimeout(ctx, LookupTimeout)
	defer cancel()
	addrs, err := r.lookup(asking, "ip", t.name)
	if ctx.Err() != nil {
		return
	}
	now := time.Now()
	if t.failed = err; err != nil {
		t.wait = min(max(2*t.wait, RefreshInterval), MaxRetry)
	} else {
		t.said = false
		t.wait = RefreshInterval
		for _, a := range addrs[:min(len(addrs), maxNameAddrs)] {
			t.addrs[a.WithZone("").Unmap()] = now
		}
	}
	t.due = now.Add(jittered(t.wait))
	for a, seen := range t.addrs {
		// A name that cannot be resolved for now keeps its addresses as well.
		if now.Sub(seen) > AddressLife {
			delete(t.addrs, a)
		}
	}
	for a := range t.addrs {
		if len(t.addrs) <= maxNameAddrs {
			break
		}
		if t.addrs[a].Before(now) {
			delete(t.addrs, a)
		}
	}
}

// sayFailed tells of the names that cannot be resolved, each once until it can:
// those of a round together, as rules may name hundreds.
func (r *Resolver) sayFailed() {
	var failed []*target
	for _, t := range r.targets {
		if t.failed != nil && !t.said {
			t.said = true
			failed = append(failed, t)
		}
	}
	if len(failed) == 0 {
		return
	}
	slices.SortFunc(failed, func(a, b *target) int { return strings.Compare(a.name, b.name) })
	var names []string
	for _, t := range failed[:min(len(failed), namedFailures)] {
		names = append(names, t.name)
	}
	if more := len(failed) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	r.log.Info("names in the rules cannot be resolved: they match by observed DNS answers alone, until that changes",
		"count", len(failed), "names", strings.Join(names, ", "), "error", failed[0].failed)
}

// jittered is d, more or less.
func jittered(d time.Duration) time.Duration {
	return d - d/5 + rand.N(2*d/5)
}

// publish makes the table of what is known now.
func (r *Resolver) publish(now time.Time) {
	table := map[netip.Addr][]string{}
	for _, t := range r.targets {
		for a, seen := range t.addrs {
			if now.Sub(seen) <= AddressLife {
				table[a] = append(table[a], t.name)
			}
		}
	}
	for _, names := range table {
		slices.Sort(names)
	}
	r.table.Store(&table)
}
