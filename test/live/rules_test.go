package live

import (
	"slices"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/config"
)

// TestLiveRules does, for every delivered rule, what has to raise its alert and
// what must not.
func TestLiveRules(t *testing.T) { try(t, behaviours(t)) }

// behaviours are the entries of the delivered rules.
func behaviours(t *testing.T) []behaviour {
	return slices.Concat(
		execBehaviours(), exploitBehaviours(), toolBehaviours(t), containerBehaviours(t), containerToolBehaviours(),
		readBehaviours(), writeBehaviours(), placeBehaviours(), networkBehaviours(t), listenBehaviours(), trafficBehaviours(t), systemBehaviours(),
	)
}

// TestLiveLocalRules changes the rules as falco_rules.local.yaml shows it.
func TestLiveLocalRules(t *testing.T) { try(t, localBehaviours(t)) }

// try does the steps of all entries and looks at what they raised.
func try(t *testing.T, all []behaviour) {
	t.Helper()
	requireRoot(t)
	m := newMarks()
	// Whatever the test starts to prepare carries a mark, too, and must raise
	// nothing.
	t.Setenv(markVariable, m.own())
	outputs := markedOutputs(t)
	g := start(t, outputs)
	s := newStage(t, m)
	for _, b := range all {
		t.Run(b.rule, func(t *testing.T) {
			judge := g
			if b.local != "" {
				judge = start(t, b.local, outputs)
			}
			s.room.enter(t)
			raises, misses, silenced := s.run(t, b.raises), s.run(t, b.misses), s.run(t, b.silenced)
			judge.settle(t)
			for _, d := range raises {
				d.check(t, judge, b.rule)
			}
			for _, d := range slices.Concat(misses, silenced) {
				d.check(t, judge, "")
			}
			if b.local == "" {
				return
			}
			g.settle(t)
			for _, d := range raises {
				d.check(t, g, "")
			}
			for _, d := range silenced {
				d.check(t, g, b.rule)
			}
		})
	}
	g.settle(t)
	for _, a := range g.find(func(a alert) bool { return a.text(markField) == m.own() }) {
		t.Errorf("preparing the test raised %s", a.raw)
	}
}

// TestComplete fails for delivered rules without an entry, and for entries
// without a rule.
func TestComplete(t *testing.T) {
	names := delivered(t)
	var entries []string
	for _, b := range behaviours(t) {
		entries = append(entries, b.rule)
		if len(b.raises) == 0 || len(b.misses) == 0 {
			t.Errorf("the entry of %q lacks what raises it or what comes near", b.rule)
		}
		if !slices.Contains(names, b.rule) {
			t.Errorf("there is no rule %q", b.rule)
		}
	}
	// Only a runtime knows what these ask, and the containers here have none.
	ofRuntimes := []string{"Launch Privileged Container", "Launch Sensitive Mount Container"}
	for _, name := range names {
		if slices.Contains(entries, name) == slices.Contains(ofRuntimes, name) {
			t.Errorf("rule %q has no entry, or it has one and is said to need a runtime", name)
		}
	}
}

// documented returns examples of falco_rules.local.yaml, with the comment signs
// taken away: those that begin with the given lines.
func documented(t *testing.T, first ...string) string {
	t.Helper()
	var b strings.Builder
	for _, line := range first {
		_, rest, ok := strings.Cut(string(config.LocalRules()), "\n# "+line+"\n")
		if !ok {
			t.Fatalf("falco_rules.local.yaml has no example %q", line)
		}
		b.WriteString(line + "\n")
		for text := range strings.Lines(rest) {
			more, ok := strings.CutPrefix(text, "#   ")
			if !ok {
				break
			}
			b.WriteString("  " + more)
		}
	}
	return b.String()
}
