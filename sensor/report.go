package sensor

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/source/kernel"
)

// greeted is how many event types the greeting names.
const greeted = 10

// WriteGreeting says what is watched and how to try it.
func (s *Sensor) WriteGreeting(w io.Writer) {
	var names []string
	for _, t := range s.Types() {
		if event.Describe(t).Captured() {
			names = append(names, t.String())
		}
	}
	fmt.Fprintf(w, "gyr: %d rules from %s\n", len(s.Rules()), strings.Join(s.Files(), ", "))
	if n := len(s.Waiting()); n > 0 {
		fmt.Fprintf(w, "gyr: %d more wait for event families that are not captured yet:\n", n)
		for _, r := range s.Waiting() {
			fmt.Fprintf(w, "gyr:   %s (%s)\n", r.Name, familyNames(r.WaitsFor))
		}
	}
	watched := strings.Join(names, ", ")
	if len(names) > greeted {
		watched = fmt.Sprintf("%s and %d more", strings.Join(names[:greeted], ", "), len(names)-greeted)
	}
	fmt.Fprintf(w, "gyr: watching %s on Linux %s (%s)\n", watched, release(), runtime.GOARCH)
	fmt.Fprintf(w, "gyr: to try it, open another terminal and run: sudo cat /etc/shadow\n")
	fmt.Fprintf(w, "gyr: or open a shell in a container:           docker run --rm -it debian sh\n")
}

func familyNames(families []event.Family) string {
	var names []string
	for _, f := range families {
		names = append(names, f.String())
	}
	return strings.Join(names, ", ")
}

func release() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "?"
	}
	return unix.ByteSliceToString(u.Release[:])
}

// Summary are the counters of a run.
type Summary struct {
	// Ran is set where events were watched at all.
	Ran            bool
	Events, Alerts uint64
	// Seen counts what the kernel half was asked to report, Lost what of it did
	// not get through for want of room, Throttled what was left out because its
	// process or container flooded.
	Seen, Lost, Throttled uint64
	LostBy, ThrottledBy   map[string]uint64         // by family, those with any
	Missing               map[string]kernel.Missing // by container, those with any
	MissingChanges        kernel.Missing            // of processes, in the ring of their own
	Skipped               uint64                    // how often a program of the kernel half was not run
	// DropSeconds counts the seconds in which events were lost or throttled,
	// DropActions how often the actions about it were taken.
	DropSeconds, DropActions uint64
	AlertsLost               uint64 // by channels whose receiver was too slow or gone
	Malformed                uint64
	ByRule                   map[string]uint64
	ByPriority               map[rules.Priority]uint64
}

func (s *Sensor) summary() (Summary, error) {
	sum := Summary{LostBy: map[string]uint64{}, ThrottledBy: map[string]uint64{}, ByRule: map[string]uint64{}, ByPriority: map[rules.Priority]uint64{}}
	s.counters.each(func(c counted, n uint64) {
		sum.Alerts += n
		sum.ByRule[c.name] += n
		sum.ByPriority[c.priority] += n
	})
	sum.AlertsLost = s.outputs.Lost()
	stats, err := s.source.Stats()
	sum.Events, sum.Malformed = stats.Events, stats.Malformed
	sum.Seen, sum.Lost, sum.Throttled, sum.Missing = stats.Seen(), stats.Lost(), stats.Throttled(), stats.Missing
	sum.Skipped = stats.Skipped
	sum.MissingChanges = stats.Rings[len(stats.Rings)-1]
	sum.DropSeconds, sum.DropActions = s.drops.seconds, s.drops.taken
	for f, c := range stats.Families {
		if c.Throttled > 0 {
			sum.ThrottledBy[event.Family(f).String()] = c.Throttled
		}
		if c.Lost > 0 {
			sum.LostBy[event.Family(f).String()] = c.Lost
		}
	}
	return sum, err
}

// WriteSummary prints the counters the way Falco does when it ends.
func (sum *Summary) WriteSummary(w io.Writer) {
	fmt.Fprintf(w, "Events detected: %d\nRule counts by severity:\n", sum.Alerts)
	for p := rules.Emergency; p <= rules.Debug; p++ {
		if n := sum.ByPriority[p]; n > 0 {
			fmt.Fprintf(w, "   %s: %d\n", strings.ToUpper(p.String()), n)
		}
	}
	fmt.Fprintln(w, "Triggered rules by rule name:")
	type count struct {
		name string
		n    uint64
	}
	var counts []count
	for name, n := range sum.ByRule {
		counts = append(counts, count{name, n})
	}
	slices.SortFunc(counts, func(a, b count) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.name, b.name))
	})
	for _, c := range counts {
		fmt.Fprintf(w, "   %s: %d\n", c.name, c.n)
	}
}

// WriteDrops says how often events were lost, the way Falco does when it ends.
func (sum *Summary) WriteDrops(w io.Writer) {
	fmt.Fprintf(w, "Syscall event drop monitoring:\n   - event drop detected: %d occurrences\n   - num times actions taken: %d\n", sum.DropSeconds, sum.DropActions)
}

// Line is the counters on one line, for logs and scripts.
func (sum *Summary) Line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "gyr: events=%d lost=%d throttled=%d alerts=%d alerts_lost=%d", sum.Events, sum.Lost, sum.Throttled, sum.Alerts, sum.AlertsLost)
	writeCounts(&b, "lost_", sum.LostBy)
	writeCounts(&b, "throttled_", sum.ThrottledBy)
	if n := sum.MissingChanges; n.Lost+n.Throttled > 0 {
		fmt.Fprintf(&b, " process_changes_missing=%d", n.Lost+n.Throttled)
	}
	if sum.Skipped > 0 {
		fmt.Fprintf(&b, " skipped=%d", sum.Skipped)
	}
	containers := map[string]uint64{}
	for id, m := range sum.Missing {
		containers[id] = m.Lost + m.Throttled
	}
	writeCounts(&b, "missing_in_", containers)
	if sum.Malformed > 0 {
		fmt.Fprintf(&b, " malformed=%d", sum.Malformed)
	}
	return b.String()
}

func writeCounts(b *strings.Builder, prefix string, counts map[string]uint64) {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(b, " %s%s=%d", prefix, name, counts[name])
	}
}
