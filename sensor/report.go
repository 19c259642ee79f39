package sensor

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
)

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
	fmt.Fprintf(w, "gyr: watching %s on Linux %s (%s)\n", strings.Join(names, ", "), release(), runtime.GOARCH)
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
	// Seen counts what the kernel half was asked to report, Lost what of it
	// did not get through.
	Seen, Lost uint64
	LostBy     map[string]uint64 // by family, those with losses
	AlertsLost uint64            // by channels whose receiver was too slow or gone
	Malformed  uint64
	ByRule     map[string]uint64
	ByPriority map[rules.Priority]uint64
}

func (s *Sensor) summary() (Summary, error) {
	sum := Summary{LostBy: map[string]uint64{}, ByRule: map[string]uint64{}, ByPriority: map[rules.Priority]uint64{}}
	s.counters.each(func(c counted, n uint64) {
		sum.Alerts += n
		sum.ByRule[c.name] += n
		sum.ByPriority[c.priority] += n
	})
	if s.stdout != nil {
		sum.AlertsLost = s.stdout.Lost()
	}
	stats, err := s.source.Stats()
	sum.Events, sum.Malformed = stats.Events, stats.Malformed
	sum.Seen, sum.Lost = stats.Seen(), stats.Lost()
	for f, c := range stats.Families {
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

// Line is the counters on one line, for logs and scripts.
func (sum *Summary) Line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "gyr: events=%d lost=%d alerts=%d alerts_lost=%d", sum.Events, sum.Lost, sum.Alerts, sum.AlertsLost)
	families := make([]string, 0, len(sum.LostBy))
	for f := range sum.LostBy {
		families = append(families, f)
	}
	slices.Sort(families)
	for _, f := range families {
		fmt.Fprintf(&b, " lost_%s=%d", f, sum.LostBy[f])
	}
	if sum.Malformed > 0 {
		fmt.Fprintf(&b, " malformed=%d", sum.Malformed)
	}
	return b.String()
}
