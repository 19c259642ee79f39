package kernel

import (
	"fmt"

	"github.com/cilium/ebpf"

	"github.com/gyrsec/gyr/event"
)

// FamilyStats counts what happened to a family's events in the kernel half.
type FamilyStats struct {
	Seen uint64 // calls and changes that were to be reported
	Lost uint64 // of these, those for which a ring had no room
}

// Stats are counters since Open.
type Stats struct {
	Families  [event.Families]FamilyStats
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

// Stats reads the counters.
func (s *Source) Stats() (Stats, error) {
	out := Stats{Events: s.num.Load(), Malformed: s.malformed.Load(), Processes: s.table.Len()}
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return out, fmt.Errorf("ask for the number of CPUs: %w", err)
	}
	perCPU := make([]gyrCounters, cpus)
	for f := range out.Families {
		if err := s.loaded.objects.Counts.Lookup(uint32(f), &perCPU); err != nil {
			return out, fmt.Errorf("read the counters of family %s: %w", event.Family(f), err)
		}
		for _, c := range perCPU {
			out.Families[f].Seen += c.Seen
			out.Families[f].Lost += c.Lost
		}
	}
	return out, nil
}
