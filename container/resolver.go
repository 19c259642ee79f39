package container

import (
	"strings"
	"sync"

	"github.com/gyrsec/gyr/event"
)

// DefaultCacheSize is the number of control groups a Resolver remembers where
// nothing else is asked for: a node runs hundreds of containers, but services
// and sessions of the host count too.
const DefaultCacheSize = 4096

// A Resolver answers FromCgroup from memory: the same paths give the same
// *event.Container, and so do other paths of the same container, as long as
// they are among those most recently asked for. It is safe for concurrent use.
type Resolver struct {
	mu     sync.RWMutex
	groups recent[groups, *event.Container]
	ids    recent[string, *event.Container]
}

// groups are the control groups of one process.
type groups struct{ v2, v1 string }

// NewResolver returns a Resolver that remembers at least size control groups,
// and never more than twice as many. A size below 1 means DefaultCacheSize.
func NewResolver(size int) *Resolver {
	if size < 1 {
		size = DefaultCacheSize
	}
	return &Resolver{
		groups: recent[groups, *event.Container]{size: size},
		ids:    recent[string, *event.Container]{size: size},
	}
}

// FromCgroup is the function FromCgroup, remembered. The paths may be changed
// after the call.
func (r *Resolver) FromCgroup(v2Path, v1Path string) *event.Container {
	key := groups{v2Path, v1Path}
	r.mu.RLock()
	c, ok := r.groups.young[key]
	r.mu.RUnlock()
	if ok {
		return c
	}
	key = groups{strings.Clone(v2Path), strings.Clone(v1Path)}
	found := FromCgroup(v2Path, v1Path)

	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.groups.get(key); ok {
		return c
	}
	if found != nil {
		// A group below the container's own (init.scope) is the same container;
		// the pod is known from either.
		if known, ok := r.ids.get(found.FullID); ok && known.Type == found.Type && known.PodUID == found.PodUID {
			found = known
		} else {
			r.ids.put(found.FullID, found)
		}
	}
	r.groups.put(key, found)
	return found
}

// Len is the number of control groups remembered now.
func (r *Resolver) Len() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.groups.len()
}

// recent remembers between size and twice size of the entries last used, in
// two generations: cheaper than an exact order, and a look-up of a young entry
// changes nothing.
type recent[K comparable, V any] struct {
	size       int
	young, old map[K]V
}

func (m *recent[K, V]) get(key K) (V, bool) {
	if v, ok := m.young[key]; ok {
		return v, true
	}
	v, ok := m.old[key]
	if ok {
		delete(m.old, key)
		m.put(key, v)
	}
	return v, ok
}

func (m *recent[K, V]) put(key K, v V) {
	if m.young == nil || len(m.young) >= m.size {
		m.old = m.young
		m.young = make(map[K]V)
	}
	m.young[key] = v
}

func (m *recent[K, V]) len() int { return len(m.young) + len(m.old) }
