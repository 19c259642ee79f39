package output

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/rules"
)

const (
	// droppedRule is what the alert about dropped alerts is called.
	droppedRule = "Gyr internal: alerts dropped"
	// droppedInterval is how long dropped alerts are gathered to be told about
	// together.
	droppedInterval = time.Second
	// maxCulprits bounds how many processes that lost alerts are told apart.
	maxCulprits = 1024
	// namedRules is how many of a process's rules the alert names.
	namedRules = 5
)

// dropped is what a queue had no room for.
type dropped struct {
	since time.Time // the first was dropped; zero if none was
	n     uint64
	by    map[culprit]*blame
}

// culprit tells processes apart.
type culprit struct {
	pid   int32
	start int64
}

// blame is what was dropped of one process.
type blame struct {
	origin alert.Origin
	n      uint64
	rules  map[string]uint64
}

// add allocates nothing for a process and a rule it has seen before.
func (d *dropped) add(o *alert.Origin, rule string, now time.Time) {
	if d.n++; d.n == 1 {
		d.since, d.by = now, map[culprit]*blame{}
	}
	key := culprit{o.PID, o.Start}
	b := d.by[key]
	if b == nil {
		if len(d.by) == maxCulprits {
			return
		}
		b = &blame{origin: *o, rules: map[string]uint64{}}
		d.by[key] = b
	}
	b.n++
	b.rules[rule]++
}

// worst is the process that lost most alerts.
func (d *dropped) worst() *blame {
	var worst *blame
	for _, b := range d.by {
		if worst == nil || cmp.Or(cmp.Compare(b.n, worst.n), cmp.Compare(worst.origin.Start, b.origin.Start), cmp.Compare(worst.origin.PID, b.origin.PID)) > 0 {
			worst = b
		}
	}
	return worst
}

// alert tells of it.
func (d *dropped) alert(channel string, now time.Time, o alert.Options) *alert.Alert {
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	w := d.worst()
	container := w.origin.Container
	if container == "" {
		container = "host"
	}
	message := fmt.Sprintf("%s. %d alerts dropped, as %s does not take them as fast as they are raised.", droppedRule, d.n, channel)
	return alert.NewInternal(droppedRule, rules.Warning, message, []alert.Value{
		{Name: "output", Text: channel}, {Name: "n_alerts", Text: number(d.n)},
		{Name: "flooder.pid", Text: strconv.Itoa(int(w.origin.PID))}, {Name: "flooder.proc.name", Text: w.origin.Name},
		{Name: "flooder.proc.exepath", Text: w.origin.ExePath}, {Name: "flooder.proc.ppid", Text: strconv.Itoa(int(w.origin.PPID))},
		{Name: "flooder.container.id", Text: container}, {Name: "flooder.rules", Text: w.ruleNames()},
		{Name: "flooder.alerts", Text: number(w.n)}, {Name: "flooder.processes", Text: strconv.Itoa(len(d.by))},
	}, now, o)
}

// ruleNames are the rules whose alerts were dropped, with the numbers.
func (b *blame) ruleNames() string {
	names := slices.SortedFunc(maps.Keys(b.rules), func(x, y string) int {
		return cmp.Or(cmp.Compare(b.rules[y], b.rules[x]), strings.Compare(x, y))
	})
	var parts []string
	for _, name := range names[:min(len(names), namedRules)] {
		parts = append(parts, fmt.Sprintf("%s (%d)", name, b.rules[name]))
	}
	if more := len(names) - namedRules; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return strings.Join(parts, ", ")
}
