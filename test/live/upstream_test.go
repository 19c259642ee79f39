package live

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/rules"
)

// entry is a rule of Falco's own files with what raises its alert.
type entry struct {
	behaviour
	// shows are output fields of the alerts of the first of raises, as text;
	// after "~" comes a regular expression, "*" is any value.
	shows map[string]string
}

// upstreamNames are Falco's rule files of version 5.1.0 that are maintained.
var upstreamNames = [...]string{"falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"}

// upstreamFiles are these files, or the test is skipped: they are not in the
// repository.
func upstreamFiles(t *testing.T) []string {
	t.Helper()
	data := os.Getenv("GYR_TESTDATA")
	if data == "" {
		t.Skip("needs GYR_TESTDATA: a directory with Falco's rule files in rules-upstream")
	}
	var files []string
	for _, name := range upstreamNames {
		files = append(files, filepath.Join(data, "rules-upstream", name))
	}
	return files
}

func upstreamRules(t *testing.T) *rules.Set {
	t.Helper()
	var sources []rules.Source
	for _, name := range upstreamFiles(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, rules.Source{Name: name, Data: data})
	}
	set, err := rules.Load(sources, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestLiveUpstreamRules does, for every rule of Falco's own files that is
// enabled there and can match, what has to raise its alert and what comes near.
// All files are loaded together and every matching rule counts, so that no rule
// hides behind another. Every value of every alert is there.
func TestLiveUpstreamRules(t *testing.T) {
	tryUpstream(t, enabledEntries, "", typesOf(upstreamRules(t), func(r *rules.Rule) bool { return r.Enabled }))
}

// TestLiveUpstreamDisabledRules does it with the rules that are disabled in the
// files, and those that match nothing as they are: enabled and completed as
// their comments tell.
func TestLiveUpstreamDisabledRules(t *testing.T) {
	all := typesOf(upstreamRules(t), func(*rules.Rule) bool { return true })
	enabled := typesOf(upstreamRules(t), func(r *rules.Rule) bool { return r.Enabled })
	tryUpstream(t, disabledEntries, disabledOverrides, slices.DeleteFunc(all, func(name string) bool { return slices.Contains(enabled, name) }))
}

// typesOf names the event types that rules match.
func typesOf(set *rules.Set, which func(*rules.Rule) bool) []string {
	var names []string
	for _, r := range set.All {
		if !which(r) {
			continue
		}
		for _, typ := range r.Predicate.Types().Slice() {
			names = append(names, typ.String())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// tryUpstream does the steps of all entries and looks at what they raised: every
// one of the event types has to be among it.
func tryUpstream(t *testing.T, entries func(*upstreamStage) []entry, local string, types []string) {
	t.Helper()
	files := upstreamFiles(t)
	requireRoot(t)
	m := newMarks()
	t.Setenv(markVariable, m.own())
	g := startFiles(t, []string{"rule_matching=all"}, files, local, markUpstream(t))
	waiting := waitingRules(t)
	s := newUpstreamStage(t, m)
	for _, e := range entries(s) {
		t.Run(e.rule, func(t *testing.T) {
			if families, ok := waiting[e.rule]; ok {
				t.Fatalf("the rule waits for events that are not captured: %v", families)
			}
			s.room.enter(t)
			raises, misses := s.run(t, e.raises), s.run(t, e.misses)
			g.settle(t)
			for i, d := range raises {
				d.check(t, g, e.rule)
				checkFilled(t, g, d)
				if i == 0 {
					e.checkShown(t, g, d)
				}
			}
			for _, d := range misses {
				d.check(t, g, "")
				checkFilled(t, g, d)
			}
		})
	}
	g.settle(t)
	for _, typ := range types {
		if len(g.find(func(a alert) bool { return strings.HasPrefix(a.text(markField), m.prefix) && a.text("evt.type") == typ })) == 0 && typ != unflagged {
			t.Errorf("nothing raised an alert by %s", typ)
		}
	}
	for _, a := range g.find(func(a alert) bool { return a.text(markField) == m.own() }) {
		if !slices.Contains(preparing[:], a.Rule) {
			t.Errorf("preparing the test raised %s", a.raw)
		}
	}
}

// unflagged is a call that one enabled rule asks for, together with a parameter
// that it has not: as in Falco, it cannot match.
const unflagged = "creat"

// preparing are rules whose alerts the start of the containers raises.
var preparing = [...]string{sensitiveMount, "Launch Excessively Capable Container", "Container Run as Root User", "Create Hidden Files or Directories"}

// markUpstream is a rules file that adds the mark to the outputs.
func markUpstream(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, r := range upstreamRules(t).All {
		fmt.Fprintf(&b, "- rule: %q\n  output: mark=%%%s\n  override: {output: append}\n", r.Name, markField)
	}
	return b.String()
}

func waitingRules(t *testing.T) map[string]any {
	t.Helper()
	waiting := map[string]any{}
	for _, r := range upstreamRules(t).Waiting {
		waiting[r.Name] = r.WaitsFor
	}
	return waiting
}

// checkShown compares the values that an entry tells.
func (e entry) checkShown(t *testing.T, g *instance, d done) {
	t.Helper()
	for _, a := range g.find(func(a alert) bool { return a.Rule == e.rule && a.text(markField) == d.mark }) {
		for field, want := range e.shows {
			got := "<NA>"
			if value := a.Fields[field]; value != nil {
				got = fmt.Sprint(value)
			}
			if !shown(got, want) {
				t.Errorf("%s\n%s is %q, want %q\n%s", d.what, field, got, want, a.raw)
			}
		}
	}
}

func shown(got, want string) bool {
	pattern, ok := strings.CutPrefix(want, "~")
	switch {
	case want == "*":
		return got != "<NA>"
	case ok:
		return regexp.MustCompile(pattern).MatchString(got)
	}
	return got == want
}
