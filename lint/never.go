package lint

import (
	"fmt"

	"github.com/gyrsec/gyr/rules"
)

// never looks for rules that cannot match, and for alternatives in them that
// cannot.
func (c *checker) never(s *subject) {
	if s.rule.Source != rules.SyscallSource { // others have no event types
		return
	}
	type branch struct {
		f *formula
		c *conflict
	}
	var dead []branch
	r := &refuter{dead: func(f *formula, c *conflict) { dead = append(dead, branch{f, c}) }}
	found := r.refute(s.form, nil)
	if found == nil {
		for _, d := range dead {
			c.deadAlternative(s, d.f, d.c)
		}
		return
	}
	s.idle = true
	at := s.at(s.later(found))
	macro := s.macro(found.at)
	// What a rule excepts by a macro is for users to define; where the rule asks
	// for the same macro, it contradicts itself.
	excepted := found.at.neg && macro != "" && (found.with == nil || s.macro(found.with) != macro)
	switch {
	case found.off && macro == "":
		c.report(CodeSwitchedOff, at, s.title(),
			fmt.Sprintf("the rule matches nothing: %s; fill in what it needs, or say \"enabled: false\"", found.why))
	case found.off || excepted:
		c.report(CodeSwitchedOff, at, s.title(),
			fmt.Sprintf("the rule matches nothing as long as the macro %q is what it is: %s; define the macro anew, or say \"enabled: false\"", macro, found.why))
	default:
		c.report(CodeNever, at, s.title(), fmt.Sprintf("the rule never matches: %s; mend the condition", found.why))
	}
}

// later is the comparison of a conflict that stands behind the other: whoever
// reads up to there finds nothing wrong before.
func (s *subject) later(c *conflict) *literal {
	if c.with != nil && !c.at.neg && s.origins[c.with.expr].offset > s.origins[c.at.expr].offset {
		return c.with
	}
	return c.at
}

// deadAlternative reports an alternative that can never hold, if it was written
// in the rule itself: in a macro, it may be there for other rules.
func (c *checker) deadAlternative(s *subject, f *formula, found *conflict) {
	if found.off || found.at.innermost() != "" || found.with != nil && found.with.innermost() != "" {
		return
	}
	for _, p := range f.parts() {
		if p.lit != nil && p.lit.innermost() != "" {
			return
		}
	}
	c.report(CodeDeadAlternative, s.at(s.later(found)), s.title(),
		"an alternative of this \"or\" never holds: "+found.why+": mend it or remove it")
}

// shadows looks for rules behind one that matches wherever they do: of several
// rules, only the first raises an alert.
func (c *checker) shadows() {
	for j, later := range c.subjects {
		if !later.rule.Enabled || later.idle {
			continue
		}
		types := later.rule.Predicate.Types()
		for _, earlier := range c.subjects[:j] {
			if !earlier.rule.Enabled || earlier.idle || earlier.rule.Source != later.rule.Source ||
				types.Intersect(earlier.rule.Predicate.Types()) != types {
				continue
			}
			p := &prover{types: types}
			if !p.implies(later.form, earlier.form) {
				continue
			}
			how := "matches whenever this one does"
			if later.form.key == earlier.form.key {
				how = "has the same condition"
			}
			c.relate(CodeShadowed, later.location(), later.title(),
				fmt.Sprintf("the rule never raises an alert, because the rule %q before it (%s) %s and the first match counts: move this rule up, narrow the other, or remove one",
					earlier.rule.Name, earlier.location(), how), earlier.location())
			break
		}
	}
}
