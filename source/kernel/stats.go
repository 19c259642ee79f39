package kernel

import (
	"fmt"

	"github.com/cilium/ebpf"

	"github.com/gyrsec/gyr/event"
)

// Missing counts events that were to be delivered and were not.
type Missing struct {
	Lost      uint64 // a ring had no room
	Throttled uint64 // their process, or its container, flooded a ring
}

// FamilyStats counts what happened to a family's events in the kernel half.
type FamilyStats struct {
	Seen uint64 // calls and changes that were to be reported
	Missing
}

// Host and Unknown stand for a container's id in statistics: no container, and
// one that is not known, since the process by which it would have been had ended
// before it was looked up, or since a thousand others are counted already.
const (
	Host    = "host"
	Unknown = "unknown"
)

// Stats are counters since Open.
type Stats struct {
	Families [event.Families]FamilyStats
	Rings    []Missing          // rings of events; the last is that of process changes
	Missing  map[string]Missing // by container id, Host or Unknown; up to a second behind
	// Skipped is how often the kernel did not run a program, since the same was
	// under way on that CPU: where programs can be preempted (Linux 7.0), or at an
	// interrupt. What they would have seen is not known, so it is counted nowhere
	// else. 0 before Linux 5.12, which does not count it.
	Skipped   uint64
	Events    uint64 // events made of records
	Malformed uint64 // records that could not be read
	Processes int    // in the table
}

// Seen sums the families' counters.
func (s *Stats) Seen() (n uint64) {
	for _, f := range s.Families {
		n += f.Seen
	}
	return n
}

// Lost sums the families' losses.
func (s *Stats) Lost() (n uint64) {
	for _, f := range s.Families {
		n += f.Lost
	}
	return n
}

// Throttled sums what was throttled of the families.
func (s *Stats) Throttled() (n uint64) {
	for _, f := range s.Families {
		n += f.Throttled
	}
	return n
}

// Stats reads the counters.
func (s *Source) Stats() (Stats, error) {
	out := Stats{
		Events: s.num.Load(), Malformed: s.malformed.Load(), Processes: s.table.Len(),
		Missing: s.losses.byContainer(),
	}
	c, err := s.counts()
	out.Families, out.Rings, out.Skipped = c.families, c.rings[:], c.skipped
	return out, err
}

// ringCounters is the number of rings there can be, that of process changes
// included.
const ringCounters = maxRings + 1

// counts are the counters of the kernel half.
type counts struct {
	families [event.Families]FamilyStats
	rings    [ringCounters]Missing
	skipped  uint64
}

func (s *Source) counts() (out counts, err error) {
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return out, fmt.Errorf("ask for the number of CPUs: %w", err)
	}
	perCPU := make([]gyrCounters, cpus)
	for row := range uint32(event.Families + ringCounters) {
		if err := s.loaded.objects.Counts.Lookup(row, &perCPU); err != nil {
			return out, fmt.Errorf("read row %d of the kernel half's counters: %w", row, err)
		}
		var sum FamilyStats
		for _, c := range perCPU {
			sum.Seen += c.Seen
			sum.Lost += c.Lost
			sum.Throttled += c.Throttled
		}
		if row < uint32(event.Families) {
			out.families[row] = sum
		} else {
			out.rings[row-uint32(event.Families)] = sum.Missing
		}
	}
	for _, p := range s.loaded.attached {
		stats, err := p.Stats()
		if err != nil {
			return out, fmt.Errorf("read how often %s was skipped: %w", p, err)
		}
		out.skipped += stats.RecursionMisses
	}
	return out, nil
}

func (m Missing) minus(before Missing) Missing {
	return Missing{m.Lost - before.Lost, m.Throttled - before.Throttled}
}

func (m Missing) plus(more Missing) Missing {
	return Missing{m.Lost + more.Lost, m.Throttled + more.Throttled}
}
