package ruletest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
)

// Result is the outcome of one test.
type Result struct {
	Test *Test
	// Failure is what differs, as lines of text; empty where the test passed.
	Failure string
	// Alerts are those raised, in order.
	Alerts []*alert.Alert
	Time   time.Duration
}

// Passed reports whether the alerts were as wanted.
func (r *Result) Passed() bool { return r.Failure == "" }

// Run runs the tests whose name matches, all where match is nil.
func (s *Suite) Run(match *regexp.Regexp) ([]Result, error) {
	formatters := map[*rules.Rule]*alert.Formatter{}
	var results []Result
	for _, t := range s.Tests {
		if match != nil && !match.MatchString(t.Name) {
			continue
		}
		start := time.Now()
		r, err := s.run(t, formatters)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: run the test %q: %w", s.Name, t.Line, t.Name, err)
		}
		r.Time = time.Since(start)
		results = append(results, r)
	}
	return results, nil
}

// raised is an alert with the place of its event.
type raised struct {
	*alert.Alert
	event int
}

func (s *Suite) run(t *Test, formatters map[*rules.Rule]*alert.Formatter) (Result, error) {
	var got []raised
	var failed error
	for i := range t.Events {
		ev := t.Events[i].Event
		s.engines[t.engine].Evaluate(ev, func(r *rules.Rule) {
			a, err := makeAlert(formatters, r, ev)
			if err != nil {
				failed = err
				return
			}
			got = append(got, raised{a, i})
		})
	}
	result := Result{Test: t, Failure: s.compare(t, got)}
	for _, a := range got {
		result.Alerts = append(result.Alerts, a.Alert)
	}
	return result, failed
}

func makeAlert(formatters map[*rules.Rule]*alert.Formatter, r *rules.Rule, ev *event.Event) (*alert.Alert, error) {
	f := formatters[r]
	if f == nil {
		var err error
		f, err = alert.NewFormatter(r, alert.Options{Location: time.UTC})
		if err != nil {
			return nil, fmt.Errorf("format the alerts of %q: %w", r.Name, err)
		}
		formatters[r] = f
	}
	return f.Make(ev), nil
}

// compare is what differs between the alerts a test wants and those it got.
func (s *Suite) compare(t *Test, got []raised) string {
	used := make([]bool, len(got))
	var lines []string
	var open []*Expected
	// Those that agree in all are paired first, so that a difference is shown
	// with the alert it is about.
	for i := range t.Alerts {
		if pair(&t.Alerts[i], got, used, true) < 0 {
			open = append(open, &t.Alerts[i])
		}
	}
	for _, want := range open {
		i := pair(want, got, used, false)
		if i < 0 {
			lines = append(lines, "- "+want.Rule)
			lines = append(lines, s.explain(t, want.Rule)...)
			continue
		}
		lines = append(lines, "  "+want.Rule+eventOf(t, got[i].event))
		for _, d := range want.differences(got[i].Alert) {
			lines = append(lines, "    - "+d.want, "    + "+d.got)
		}
	}
	for i, a := range got {
		if !used[i] {
			lines = append(lines, fmt.Sprintf("+ %s (%v): %s%s", a.Rule.Name, a.Rule.Priority, a.Message, eventOf(t, a.event)))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "alerts (-want +got):\n  " + strings.Join(lines, "\n  ") + "\n" + describeEvents(t)
}

// eventOf says which event is meant, where there are several.
func eventOf(t *Test, i int) string {
	if len(t.Events) < 2 {
		return ""
	}
	return fmt.Sprintf(" [event %d]", i+1)
}

func describeEvents(t *Test) string {
	var b strings.Builder
	for i, e := range t.Events {
		name := "event"
		if len(t.Events) > 1 {
			name = fmt.Sprintf("event %d", i+1)
		}
		fmt.Fprintf(&b, "%s: %s\n", name, e.Text)
	}
	return b.String()
}

// pair finds an alert of the wanted rule that is not used yet, and uses it;
// -1 where there is none.
func pair(want *Expected, got []raised, used []bool, whole bool) int {
	for i, a := range got {
		if !used[i] && a.Rule.Name == want.Rule && (!whole || len(want.differences(a.Alert)) == 0) {
			used[i] = true
			return i
		}
	}
	return -1
}

type difference struct{ want, got string }

// differences are what is otherwise in an alert of the rule than wanted.
func (x *Expected) differences(a *alert.Alert) []difference {
	var all []difference
	if x.HasPriority && a.Rule.Priority != x.Priority {
		all = append(all, difference{"priority: " + x.Priority.String(), "priority: " + a.Rule.Priority.String()})
	}
	if !strings.Contains(a.Message, x.Output) {
		all = append(all, difference{"output: " + x.Output, "output: " + a.Message})
	}
	for _, f := range x.Fields {
		got, ok := fieldText(a, f.Name)
		want := f.Value
		if f.Null {
			want = noValue
		}
		switch {
		case !ok:
			all = append(all, difference{f.Name + ": " + want, f.Name + " is not in the output"})
		case got != want:
			all = append(all, difference{f.Name + ": " + want, f.Name + ": " + got})
		}
	}
	return all
}

// noValue is what a field without a value prints as.
const noValue = "<NA>"

// fieldText is an output field as text.
func fieldText(a *alert.Alert, name string) (string, bool) {
	for _, f := range a.Fields {
		if f.Name != name {
			continue
		}
		var s string
		switch {
		case f.JSON == "null":
			return noValue, true
		case json.Unmarshal([]byte(f.JSON), &s) == nil:
			return s, true
		}
		return f.JSON, true
	}
	return "", false
}
