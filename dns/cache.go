package dns

import (
	"container/list"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// For how long a name is kept. Programs hold on to addresses longer than the
// answer allows, some for as long as they run, so that a name outlives its time
// by Grace, and while it is in use (each use counting for Grace) by MaxUse.
const (
	MinTTL = 30 * time.Second
	MaxTTL = 24 * time.Hour
	Grace  = time.Hour
	MaxUse = 24 * time.Hour
)

// Limits bound what a Cache keeps.
type Limits struct {
	// Bytes is for all containers together, ContainerBytes for one; estimates of
	// the memory used. Where either is reached, what was learnt the longest time
	// ago goes, of the container that has much before that of others.
	Bytes, ContainerBytes int
	// Names is the most names of one address.
	Names int
}

// DefaultLimits have room for about 40,000 addresses, 5,000 in one container.
var DefaultLimits = Limits{Bytes: 8 << 20, ContainerBytes: 1 << 20, Names: 32}

// Stats says how full a Cache is.
type Stats struct {
	// Addresses and Bytes are what is kept now.
	Addresses, Bytes int
	// Evicted counts the addresses that were forgotten before their time.
	Evicted uint64
}

// Cache keeps the names of addresses, for each container by itself; "" stands
// for the host. It is safe for concurrent use. Times are on the clock of events,
// in nanoseconds.
type Cache struct {
	limits Limits

	mu         sync.RWMutex
	hosts      map[hostKey]*host
	containers map[string]*container
	bytes      int
	evicted    uint64
}

type hostKey struct {
	container string
	addr      netip.Addr
}

// host is an address with its names, the first to be printed first.
type host struct {
	key   hostKey
	names []hostName
	size  int
	place *list.Element
}

// hostName is a name that holds until a time, without any grace. used is when it
// was last asked for; it changes without the lock held for writing, atomically.
type hostName struct {
	text        string
	until, used int64
}

// container holds its hosts, that which was learnt the longest time ago first.
type container struct {
	hosts list.List
	bytes int
}

// NewCache returns an empty cache.
func NewCache(limits Limits) *Cache {
	return &Cache{limits: limits, hosts: map[hostKey]*host{}, containers: map[string]*container{}}
}

// holds reports whether a name is valid at a time.
func (n *hostName) holds(at int64) bool {
	return at < n.until+int64(Grace) || at < atomic.LoadInt64(&n.used)+int64(Grace) && at < n.until+int64(MaxUse)
}

// appendNames appends the names of an address that are not in dst[from:] yet.
func (c *Cache) appendNames(dst []string, from int, container string, addr netip.Addr, at int64) []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	h := c.hosts[hostKey{container, addr}]
	if h == nil {
		return dst
	}
	for i := range h.names {
		n := &h.names[i]
		if !n.holds(at) {
			continue
		}
		dst = appendNew(dst, from, n.text)
		// Another reader may be a little ahead; by how little does not matter.
		atomic.StoreInt64(&n.used, at)
	}
	return dst
}

// appendNew appends a name that is not in dst[from:].
func appendNew(dst []string, from int, name string) []string {
	if slices.Contains(dst[from:], name) {
		return dst
	}
	return append(dst, name)
}

// knows reports whether an address will have the name until the given time,
// without any grace.
func (c *Cache) knows(container string, addr netip.Addr, name string, until int64) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	h := c.hosts[hostKey{container, addr}]
	return h != nil && slices.ContainsFunc(h.names, func(n hostName) bool { return n.text == name && n.until >= until })
}

// store gives addresses names for a time. Where there are too many, those that
// are not to be kept go first, older ones before newer ones.
func (c *Cache) store(container string, names []string, addrs []netip.Addr, ttl time.Duration, at int64, keep func(string) bool) {
	until := at + int64(min(max(ttl, MinTTL), MaxTTL))
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, addr := range addrs {
		h := c.host(hostKey{container, addr}, at)
		h.add(names, until, at, c.limits.Names, keep)
		c.account(h)
		c.makeRoom(room{h, at, keep})
	}
}

// host is the entry of an address, a new one where there is none, as that which
// was learnt last.
func (c *Cache) host(key hostKey, at int64) *host {
	in := c.containers[key.container]
	if in == nil {
		in = &container{}
		c.containers[key.container] = in
	}
	h := c.hosts[key]
	if h == nil {
		h = &host{key: key}
		h.place = in.hosts.PushBack(h)
		c.hosts[key] = h
		return h
	}
	in.hosts.MoveToBack(h.place)
	return h
}

// add puts names in front of those there are.
func (h *host) add(names []string, until, at int64, most int, keep func(string) bool) {
	all := make([]hostName, 0, len(h.names)+len(names))
	for _, n := range names {
		all = append(all, hostName{n, until, at - int64(Grace)}) // not used yet
	}
	for _, old := range h.names {
		i := slices.IndexFunc(all, func(n hostName) bool { return n.text == old.text })
		switch {
		case i >= 0:
			all[i].until, all[i].used = max(until, old.until), old.used
		case old.holds(at):
			all = append(all, old)
		}
	}
	for i := len(all) - 1; i >= 0 && len(all) > most; i-- {
		if keep == nil || !keep(all[i].text) {
			all = slices.Delete(all, i, i+1)
		}
	}
	h.names = all[:min(len(all), most)]
}

// kept reports whether the host has a valid name to keep.
func (h *host) kept(r room) bool {
	return r.keep != nil && slices.ContainsFunc(h.names, func(n hostName) bool { return n.holds(r.at) && r.keep(n.text) })
}

// What an entry and a name in it cost beside the text, in bytes, about.
const (
	hostCost = 192
	nameCost = 40
)

// account brings the sums up to date with a host.
func (c *Cache) account(h *host) {
	size := hostCost
	for _, n := range h.names {
		size += nameCost + len(n.text)
	}
	c.bytes += size - h.size
	c.containers[h.key.container].bytes += size - h.size
	h.size = size
}

// room is for whom room is made: the host just stored, at a time, and what to
// keep if possible.
type room struct {
	host *host
	at   int64
	keep func(string) bool
}

// makeRoom evicts what is too much.
func (c *Cache) makeRoom(r room) {
	in := c.containers[r.host.key.container]
	for in.bytes > c.limits.ContainerBytes && c.evict(in, r) {
	}
	for c.bytes > c.limits.Bytes {
		// A container that has more than its share gives of its own. Others pay
		// only for those that have less, and a large one of them does.
		from := in
		if in.bytes*len(c.containers) < c.bytes || in.hosts.Len() == 1 {
			from = c.large(in)
		}
		if from == nil || !c.evict(from, r) {
			return
		}
	}
}

// sampled is how many containers, by chance, the one to take from is chosen of.
const sampled = 64

// large is a container that takes much memory compared with others, other than
// the given one.
func (c *Cache) large(but *container) *container {
	var most *container
	seen := 0
	for _, in := range c.containers {
		if in == but {
			continue
		}
		if most == nil || in.bytes > most.bytes {
			most = in
		}
		if seen++; seen == sampled {
			break
		}
	}
	return most
}

// chances is how many hosts with names to keep are passed over to find another
// one to forget.
const chances = 16

// evict forgets a host of the container, the oldest of those with no name to
// keep; false where there is no other than the one to spare.
func (c *Cache) evict(in *container, r room) bool {
	if in.hosts.Len() == 1 && in.hosts.Front() == r.host.place {
		return false
	}
	for range chances {
		if h := in.hosts.Front().Value.(*host); h != r.host && !h.kept(r) {
			break
		}
		in.hosts.MoveToBack(in.hosts.Front())
	}
	oldest := in.hosts.Front()
	if oldest == r.host.place {
		oldest = oldest.Next()
	}
	h := oldest.Value.(*host)
	in.hosts.Remove(oldest)
	in.bytes -= h.size
	c.bytes -= h.size
	delete(c.hosts, h.key)
	if in.hosts.Len() == 0 {
		delete(c.containers, h.key.container)
	}
	c.evicted++
	return true
}

// Stats says how full the cache is.
func (c *Cache) Stats() Stats {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return Stats{Addresses: len(c.hosts), Bytes: c.bytes, Evicted: c.evicted}
}
