package container

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
