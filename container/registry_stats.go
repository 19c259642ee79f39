package container

import "time"

// Stats counts what a Registry does.
type Stats struct {
	// Containers is how many are known now, Described of how many a runtime or its
	// files said what they are, Waiting how many are still waited for.
	Containers, Described, Waiting int
	// Evicted is how many were forgotten because there were too many.
	Evicted uint64
	// Engines are those of Options, and last Files.
	Engines []EngineStats
	Gate    GateStats
}

// EngineStats counts what one engine was asked.
type EngineStats struct {
	// Name is the engine's.
	Name string
	// OK, NotFound and Errors count answers; Deferred asks that found no room and
	// came again later.
	OK, NotFound, Errors, Deferred uint64
	// Queued is how many asks wait now.
	Queued int
	// Connected is set while the engine's stream is followed, Down while it is
	// left alone because it did not answer.
	Connected, Down bool
}

// GateStats counts events that were held back.
type GateStats struct {
	// Held is how many are held now, HeldBytes about how much memory they take,
	// HeldTotal how many ever were.
	Held, HeldBytes int
	HeldTotal       uint64
	// TimedOut were judged without details of their container because these did
	// not come in time, Overflowed because too many were held.
	TimedOut, Overflowed uint64
	// Wait is how long events were held.
	Wait Waits
}

// WaitBounds returns the upper bounds of the buckets of Waits; the last bucket
// has none.
func WaitBounds() [7]time.Duration {
	const ms = time.Millisecond
	return [...]time.Duration{5 * ms, 20 * ms, 50 * ms, 100 * ms, 200 * ms, 500 * ms, 1000 * ms}
}

// Waits is a histogram of times.
type Waits struct {
	// Buckets counts those up to the bound of the same place in WaitBounds, and
	// above the one before.
	Buckets [8]uint64
	Sum     time.Duration
	Max     time.Duration
}

func (w *Waits) add(d time.Duration) {
	i := 0
	for _, bound := range WaitBounds() {
		if d <= bound {
			break
		}
		i++
	}
	w.Buckets[i]++
	w.Sum += d
	w.Max = max(w.Max, d)
}

// Count is how many times were measured.
func (w *Waits) Count() (n uint64) {
	for _, b := range w.Buckets {
		n += b
	}
	return n
}

// Stats returns the counts of this moment.
func (r *Registry) Stats() Stats {
	s := Stats{Gate: r.gate.stats()}
	r.mu.RLock()
	s.Containers, s.Evicted = len(r.ids), r.evicted
	for _, en := range r.ids {
		if en.c.Described() {
			s.Described++
		}
		if !en.settled {
			s.Waiting++
		}
	}
	r.mu.RUnlock()
	for _, d := range r.desks {
		s.Engines = append(s.Engines, d.stats())
	}
	return s
}

func (g *Gate) stats() GateStats {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.counts
	s.Held, s.HeldBytes = int(g.held.Load()), g.bytes
	return s
}

func (d *desk) stats() EngineStats {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.counts
	s.Queued = d.first.len() + d.others.len()
	s.Down = d.breaker.pause != 0
	return s
}
