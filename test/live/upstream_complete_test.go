package live

import (
	"slices"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/rules"
)

// enabledEntries are the entries of the rules that are enabled and can match.
func enabledEntries(s *upstreamStage) []entry {
	return slices.Concat(readEntries(s), writeEntries(s), nameEntries(s), execEntries(s), webEntries(s), containerEntries(s),
		kernelEntries(s), networkEntries(s))
}

// unmatched are the enabled rules that match nothing as they are, and why.
var unmatched = [...]struct{ rule, why string }{
	{"Debugfs Launched in Privileged Container", "asks for container.privileged, which the container's runtime knows"},
	{"Launch Privileged Container", "asks for container.privileged, which the container's runtime knows"},
	{"Mount Launched in Privileged Container", "asks for container.privileged, which the container's runtime knows"},
	{"Network Connection outside Local Subnet", "asks for k8s.ns.name in a list that is empty"},
	{"Launch Disallowed Container", "allows every container until a user says which"},
}

// TestUpstreamComplete fails for enabled upstream rules with neither an entry
// nor a reason, and for entries and reasons without a rule. What can match is
// decided from the conditions.
func TestUpstreamComplete(t *testing.T) {
	entries := map[string]entry{}
	for _, e := range enabledEntries(&upstreamStage{}) {
		if _, ok := entries[e.rule]; ok {
			t.Errorf("%q has two entries", e.rule)
		}
		if len(e.raises) == 0 || len(e.misses) == 0 || len(e.shows) == 0 {
			t.Errorf("the entry of %q lacks what raises it, what comes near or what it shows", e.rule)
		}
		entries[e.rule] = e
	}
	reasons := map[string]string{}
	for _, u := range unmatched {
		reasons[u.rule] = u.why
	}
	for _, r := range upstreamRules(t).All {
		if !r.Enabled {
			continue
		}
		_, hasEntry := entries[r.Name]
		_, hasReason := reasons[r.Name]
		matches := canMatch(t, r)
		switch {
		case matches && !hasEntry:
			t.Errorf("rule %q can match and has no entry", r.Name)
		case !matches && !hasReason:
			t.Errorf("rule %q cannot match, for no known reason", r.Name)
		case hasEntry && hasReason:
			t.Errorf("rule %q has an entry and a reason to have none", r.Name)
		}
		delete(entries, r.Name)
		delete(reasons, r.Name)
	}
	for name := range entries {
		t.Errorf("there is no enabled rule %q", name)
	}
	for name := range reasons {
		t.Errorf("there is no enabled rule %q", name)
	}
}

// TestUpstreamDisabledComplete is TestUpstreamComplete for the disabled rules.
func TestUpstreamDisabledComplete(t *testing.T) {
	var entries, names []string
	for _, e := range disabledEntries(&upstreamStage{}) {
		entries = append(entries, e.rule)
	}
	for _, r := range upstreamRules(t).All {
		if !r.Enabled || r.Name == "Launch Disallowed Container" {
			names = append(names, r.Name)
		}
	}
	slices.Sort(entries)
	slices.Sort(names)
	if !slices.Equal(entries, names) {
		t.Errorf("entries of %q, want those of %q", entries, names)
	}
}

// canMatch reports whether a rule can match without what a container's runtime
// knows.
func canMatch(t *testing.T, r *rules.Rule) bool {
	t.Helper()
	yes, _ := possible(t, r.Condition)
	return yes
}

// possible reports whether an expression can be true and whether it can be
// false, where fields that come from the container's runtime have no value. It
// takes comparisons to be independent of each other.
func possible(t *testing.T, x condition.Expr) (yes, no bool) {
	t.Helper()
	switch x := x.(type) {
	case *condition.And:
		yes = true
		for _, part := range x.Of {
			y, n := possible(t, part)
			yes, no = yes && y, no || n
		}
		return yes, no
	case *condition.Or:
		no = true
		for _, part := range x.Of {
			y, n := possible(t, part)
			yes, no = yes || y, no && n
		}
		return yes, no
	case *condition.Not:
		y, n := possible(t, x.X)
		return n, y
	case *condition.Exists:
		name := condition.Print(x)
		return !ofRuntime(name), !strings.HasPrefix(name, "container.id ")
	case *condition.Compare:
		name := condition.Print(x)
		empty := x.List && len(x.Values) == 0
		return !ofRuntime(name) && !empty && name != "evt.num = 0", true
	}
	t.Fatalf("the test does not know a %T", x)
	return false, false
}

// ofRuntime reports whether a comparison is about what a container's runtime
// knows. Its id the kernel knows, by its cgroup.
func ofRuntime(comparison string) bool {
	return strings.HasPrefix(comparison, "k8s.") || strings.HasPrefix(comparison, "container.") && !strings.HasPrefix(comparison, "container.id ")
}

func TestPossible(t *testing.T) {
	tests := []struct {
		condition string
		yes, no   bool
	}{
		{"proc.name = x", true, true},
		{"evt.num = 0", false, true},
		{"not evt.num = 0", true, false},
		{"container.privileged = true", false, true},
		{"not container.privileged = true", true, false},
		{"container.id != host", true, true},
		{"container.id exists", true, false},
		{"k8s.ns.name in ()", false, true},
		{"proc.name = x and k8s.ns.name = y", false, true},
		{"proc.name = x or k8s.ns.name = y", true, true},
		{"proc.name = x and not (container.id exists or user.uid = 0)", false, true},
		{"proc.name in ()", false, true},
	}
	for _, tt := range tests {
		x, err := condition.Parse(tt.condition)
		if err != nil {
			t.Fatal(err)
		}
		if yes, no := possible(t, x); yes != tt.yes || no != tt.no {
			t.Errorf("%s can be true: %v, false: %v; want %v, %v", tt.condition, yes, no, tt.yes, tt.no)
		}
	}
}
