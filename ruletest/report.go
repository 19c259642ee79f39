package ruletest

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/event"
)

// Report is what running some test files came to.
type Report struct {
	Files []FileReport
}

// FileReport is what running one test file came to: results, or the reason why
// there are none.
type FileReport struct {
	Name    string
	Results []Result
	Err     error
}

// Count counts the tests that passed and those that failed. A file that could
// not be loaded counts as one failure.
func (r *Report) Count() (passed, failed int) {
	for _, f := range r.Files {
		if f.Err != nil {
			failed++
		}
		for i := range f.Results {
			if f.Results[i].Passed() {
				passed++
			} else {
				failed++
			}
		}
	}
	return passed, failed
}

// Write prints what failed, with verbose also what passed, and the summary.
func (r *Report) Write(w io.Writer, verbose bool) error {
	var b strings.Builder
	for _, f := range r.Files {
		if f.Err != nil {
			fmt.Fprintf(&b, "FAIL %s\n%s\n", f.Name, indent(f.Err.Error()))
		}
		for i := range f.Results {
			t := &f.Results[i]
			switch {
			case !t.Passed():
				fmt.Fprintf(&b, "FAIL %s:%d: %s\n%s\n", f.Name, t.Test.Line, t.Test.Name, indent(t.Failure))
			case verbose:
				fmt.Fprintf(&b, "ok   %s:%d: %s\n", f.Name, t.Test.Line, t.Test.Name)
				for _, a := range t.Alerts {
					fmt.Fprintf(&b, "    %s (%v): %s\n", a.Rule.Name, a.Rule.Priority, a.Message)
				}
			}
		}
	}
	if types := r.uncaptured(); len(types) > 0 {
		fmt.Fprintf(&b, "note: the live source does not capture %s events yet, so the alerts tested on them are not raised live\n", strings.Join(types, ", "))
	}
	passed, failed := r.Count()
	fmt.Fprintf(&b, "%d passed, %d failed\n", passed, failed)
	_, err := io.WriteString(w, b.String())
	return err
}

// uncaptured are the event types of tests that want an alert of an event the
// live source does not deliver: passing promises nothing live there.
func (r *Report) uncaptured() []string {
	var types []string
	for _, f := range r.Files {
		for i := range f.Results {
			t := f.Results[i].Test
			for _, e := range t.Events {
				name := e.Event.Type.String()
				if len(t.Alerts) > 0 && !event.Describe(e.Event.Type).Captured() && !slices.Contains(types, name) {
					types = append(types, name)
				}
			}
		}
	}
	return types
}

func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n    ")
}
