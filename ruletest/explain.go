package ruletest

import (
	"fmt"

	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
)

// mostParts and partWidth bound what is said of a condition that does not hold.
const (
	mostParts = 5
	partWidth = 160
)

// explain says, as lines, why a rule raised no alert: the parts of its condition
// that do not hold on the event that comes nearest.
func (s *Suite) explain(t *Test, name string) []string {
	var rule *rules.Rule
	for _, r := range s.engines[t.engine].Rules() {
		if r.Name == name {
			rule = r
		}
	}
	if rule == nil || len(t.Events) == 0 {
		return nil
	}
	parts := conjuncts(rule.Condition, nil)
	var nearest []string
	at := -1
	for i := range t.Events {
		if missing := unmet(parts, t.Events[i].Event); at < 0 || len(missing) < len(nearest) {
			nearest, at = missing, i
		}
	}
	where := eventOf(t, at)
	if len(nearest) == 0 {
		return []string{"    its condition holds" + where + ": another rule matched first, or it matched less often than wanted"}
	}
	var lines []string
	for i, part := range nearest {
		if i == mostParts {
			lines = append(lines, fmt.Sprintf("    and %d more", len(nearest)-mostParts))
			break
		}
		lines = append(lines, "    not true"+where+": "+part)
	}
	return lines
}

// conjuncts are the parts of a condition all of which must hold.
func conjuncts(x condition.Expr, parts []condition.Expr) []condition.Expr {
	switch x := x.(type) {
	case *condition.And:
		for _, part := range x.Of {
			parts = conjuncts(part, parts)
		}
		return parts
	case *condition.Not:
		if or, ok := x.X.(*condition.Or); ok {
			for _, part := range or.Of {
				parts = conjuncts(&condition.Not{X: part}, parts)
			}
			return parts
		}
	}
	return append(parts, x)
}

// unmet are the parts that do not hold on the event, tried on all names of its
// file as the engine does.
func unmet(parts []condition.Expr, e *event.Event) []string {
	fewest := unmetOn(parts, e)
	for names := event.RealNames; names <= event.WatchedNames; names++ {
		if len(fewest) == 0 || !e.Shows(names) {
			continue
		}
		e.Names = names
		if again := unmetOn(parts, e); len(again) < len(fewest) {
			fewest = again
		}
	}
	e.Names = event.GivenNames
	return fewest
}

func unmetOn(parts []condition.Expr, e *event.Event) []string {
	var texts []string
	for _, part := range parts {
		p, err := condition.Compile(part)
		if err != nil || p.Match(e) {
			continue
		}
		text := []rune(condition.Print(part))
		if len(text) > partWidth {
			text = append(text[:partWidth], []rune("...")...)
		}
		texts = append(texts, string(text))
	}
	return texts
}
