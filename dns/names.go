package dns

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/gyrsec/gyr/event"
)

// Options say how names are learnt.
type Options struct {
	// ObserveAnswers has Observe learn names; without, it does nothing.
	ObserveAnswers bool
	// Lookup resolves the names given to SetRuleNames, while Run runs: usually
	// net.DefaultResolver.LookupNetIP. It tells whoever answers what the rules
	// look for; nil resolves none.
	Lookup Lookup
	// Limits bound the memory of observed answers; zero stands for DefaultLimits.
	Limits Limits
	// Getenv reads the environment of this process, as os.Getenv does; nil stands
	// for an empty one.
	Getenv func(string) string
	// Environ reads the whole environment of a process, for those of which only
	// the beginning was captured: /proc/PID/environ, split at its zero bytes. It
	// is called by Run; nil stands for nothing.
	Environ func(pid int32) []string
	// Log gets a message about names that cannot be resolved; nil stands for
	// slog.Default.
	Log *slog.Logger
}

// Names tells the names of addresses. It implements event.Hosts and is safe for
// concurrent use.
type Names struct {
	types    event.TypeSet
	cache    *Cache    // nil where answers are not observed
	resolver *Resolver // nil where nothing is resolved
	environ  func(pid int32) []string
	starts   chan started

	api     []string
	apiAddr string // as the environment of this process has it, "" outside pods

	// rules are the names rules mention.
	rules atomic.Pointer[map[string]struct{}]
}

var _ event.Hosts = (*Names)(nil)

// New returns names of which none is known yet but that of the Kubernetes API,
// where this process runs in a pod.
func New(o Options) *Names {
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits
	}
	n := &Names{types: Types(), environ: o.Environ, api: apiNames(), apiAddr: o.Getenv(apiEnv)}
	n.starts = make(chan started, waitingEnvirons)
	if o.ObserveAnswers {
		n.cache = NewCache(o.Limits)
	}
	if o.Lookup != nil {
		n.resolver = NewResolver(o.Lookup, o.Log)
	}
	n.rules.Store(&map[string]struct{}{})
	return n
}

// SetRuleNames says which names the loaded rules compare with: an address that
// has several is printed with one of these, they are forgotten last, and they
// are resolved in the background. It replaces what was said before.
func (n *Names) SetRuleNames(names []string) {
	set := make(map[string]struct{}, len(names))
	for _, name := range names {
		set[normal(name)] = struct{}{}
	}
	n.rules.Store(&set)
	if n.resolver != nil {
		n.resolver.SetNames(names)
	}
}

// Run does what takes time, until ctx is done: it resolves the names rules
// mention and reads environments. It must run only once.
func (n *Names) Run(ctx context.Context) {
	var all sync.WaitGroup
	if n.resolver != nil {
		all.Go(func() { n.resolver.Run(ctx) })
	}
	if n.environ != nil {
		all.Go(func() { n.readStarts(ctx) })
	}
	all.Wait()
}

// mentioned reports whether a rule compares with the name.
func (n *Names) mentioned(name string) bool {
	_, ok := (*n.rules.Load())[name]
	return ok
}

// AppendNames implements event.Hosts: names that rules mention come first, then
// those asked for most recently, each before what it is an alias of.
func (n *Names) AppendNames(dst []string, addr netip.Addr, p *event.Process, clock int64) []string {
	from := len(dst)
	addr = addr.WithZone("").Unmap()
	if n.resolver != nil {
		dst = n.resolver.appendNames(dst, from, addr)
	}
	if n.cache != nil {
		dst = n.cache.appendNames(dst, from, containerID(p), addr, clock)
	}
	told := apiAddress(p, clock)
	if told == "" {
		n.askEnviron(p, clock)
	}
	if isAddress(n.apiAddr, addr) || isAddress(told, addr) {
		for _, name := range n.api {
			dst = appendNew(dst, from, name)
		}
	}
	// Mentioned names move to the front, in their order.
	for i, front := from, from; i < len(dst); i++ {
		if !n.mentioned(dst[i]) {
			continue
		}
		name := dst[i]
		copy(dst[front+1:i+1], dst[front:i])
		dst[front] = name
		front++
	}
	return dst
}

// Stats says how full the cache of observed answers is.
func (n *Names) Stats() Stats {
	if n.cache == nil {
		return Stats{}
	}
	return n.cache.Stats()
}
