package rules

import (
	"fmt"

	"github.com/gyrsec/gyr/condition"
)

// Selector switches rules on or off after all files are read, whatever the files
// say. Exactly one of Rule and Tag is set.
type Selector struct {
	Enable bool
	// Rule is a rule's name, which may hold *, ? and [] as conditions' glob has
	// them; Tag is one of its tags.
	Rule, Tag string
}

// String is the selector as the configuration has it.
func (s Selector) String() string {
	verb, what := "disable", fmt.Sprintf("rule: %q", s.Rule)
	if s.Enable {
		verb = "enable"
	}
	if s.Tag != "" {
		what = fmt.Sprintf("tag: %q", s.Tag)
	}
	return fmt.Sprintf("%s: {%s}", verb, what)
}

func (s Selector) fits(r *ruleDef) bool {
	if s.Tag == "" {
		return condition.MatchesGlob(s.Rule, r.name)
	}
	for _, tag := range r.tags {
		if tag == s.Tag {
			return true
		}
	}
	return false
}

// selectRules switches rules by the selectors in their order: of several that fit
// a rule, the last counts. It returns those that fit none.
func (l *loader) selectRules() (idle []Selector) {
	for _, s := range l.opts.Select {
		fits := false
		for _, def := range l.rules.all {
			if s.fits(def) {
				fits, def.enabled = true, s.Enable
			}
		}
		if !fits {
			idle = append(idle, s)
		}
	}
	return idle
}
