package lint

import (
	"fmt"

	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/rules"
)

// subject is a rule that is looked at.
type subject struct {
	rule *rules.Rule
	def  *definition
	form *formula
	// origins says where in the rule's own text a comparison of the full
	// condition comes from.
	origins map[condition.Expr]origin
	// idle is set where the rule can never match.
	idle bool
}

// origin is a place in a rule's own condition: of the comparison itself, or of
// the reference to the macro it came with.
type origin struct {
	offset int
	macro  string
}

func (c *checker) newSubject(r *rules.Rule) *subject {
	s := &subject{rule: r, def: c.index.rules[r.Name], form: newFormula(r.Condition, false), origins: map[condition.Expr]origin{}}
	if s.def == nil {
		s.def = &definition{item: &item{src: newSource(r.File, nil), kind: "rule", name: r.Name, line: r.Line, column: r.Column}}
	}
	own, err := condition.Parse(r.ConditionText)
	if err != nil { // a list's values are needed to read it
		return s
	}
	if !s.match(own, r.Condition) {
		// With exceptions the written condition is the first part of an and.
		if and, ok := r.Condition.(*condition.And); ok {
			s.match(own, and.Of[0])
		}
	}
	return s
}

// match walks a condition as written and the same with macros put in, and notes
// what comes from where. It returns false where they differ.
func (s *subject) match(own, full condition.Expr) bool {
	switch own := own.(type) {
	case *condition.Macro:
		s.note(full, origin{own.Offset, own.Name})
		return true
	case *condition.Not:
		if f, ok := full.(*condition.Not); ok {
			return s.match(own.X, f.X)
		}
		if m, ok := own.X.(*condition.Macro); ok { // a macro that is a negation
			s.note(full, origin{m.Offset, m.Name})
			return true
		}
		return false
	case *condition.And:
		f, ok := full.(*condition.And)
		return ok && s.matchAll(own.Of, f.Of)
	case *condition.Or:
		f, ok := full.(*condition.Or)
		return ok && s.matchAll(own.Of, f.Of)
	case *condition.Compare:
		f, ok := full.(*condition.Compare)
		if ok {
			s.origins[f] = origin{offset: own.Offset}
		}
		return ok
	case *condition.Exists:
		f, ok := full.(*condition.Exists)
		if ok {
			s.origins[f] = origin{offset: own.Offset}
		}
		return ok
	}
	return false
}

func (s *subject) matchAll(own, full []condition.Expr) bool {
	if len(own) != len(full) {
		return false
	}
	for i := range own {
		if !s.match(own[i], full[i]) {
			return false
		}
	}
	return true
}

// note gives all comparisons in x one origin.
func (s *subject) note(x condition.Expr, o origin) {
	switch x := x.(type) {
	case *condition.And:
		for _, y := range x.Of {
			s.note(y, o)
		}
	case *condition.Or:
		for _, y := range x.Of {
			s.note(y, o)
		}
	case *condition.Not:
		s.note(x.X, o)
	default:
		s.origins[x] = o
	}
}

// title names the rule in findings.
func (s *subject) title() string { return fmt.Sprintf("rule %q", s.rule.Name) }

// location is where the rule is defined.
func (s *subject) location() Location {
	return Location{s.rule.File, s.rule.Line, s.rule.Column}
}

// at is where a comparison stands in the rule's text, or the reference to the
// macro it comes from.
func (s *subject) at(l *literal) Location {
	if o, ok := s.origins[l.expr]; ok {
		return s.def.conditionAt(s.rule.ConditionText, o.offset)
	}
	return s.location()
}

// macro is the macro the rule's text refers to where the comparison comes from
// one.
func (s *subject) macro(l *literal) string { return s.origins[l.expr].macro }

// innermost is the macro in whose text the comparison stands, "" for the rule's
// own.
func (l *literal) innermost() string {
	switch x := l.expr.(type) {
	case *condition.Compare:
		return x.Macro
	case *condition.Exists:
		return x.Macro
	}
	return ""
}

// inMacro is where a comparison stands in a macro's text.
func (c *checker) inMacro(name string, l *literal) Location {
	def := c.index.macros[name]
	for _, m := range c.set.Macros {
		if m.Name != name || def == nil {
			continue
		}
		if own, err := condition.Parse(m.ConditionText); err == nil {
			if offset, ok := find(own, l); ok {
				return def.conditionAt(m.ConditionText, offset)
			}
		}
	}
	return c.macroLocation(name)
}

// macroLocation is where a macro is defined.
func (c *checker) macroLocation(name string) Location {
	for _, m := range c.set.Macros {
		if m.Name == name {
			return Location{m.File, m.Line, m.Column}
		}
	}
	return Location{}
}

// find is the offset of the first comparison of the same field and operator.
func find(x condition.Expr, l *literal) (int, bool) {
	switch x := x.(type) {
	case *condition.And:
		return findIn(x.Of, l)
	case *condition.Or:
		return findIn(x.Of, l)
	case *condition.Not:
		return find(x.X, l)
	case *condition.Compare:
		other := newLiteral(x)
		return x.Offset, l.cmp != nil && other.left == l.left && x.Op == l.cmp.Op
	case *condition.Exists:
		return x.Offset, l.cmp == nil && newLiteral(x).left == l.left
	}
	return 0, false
}

func findIn(of []condition.Expr, l *literal) (int, bool) {
	for _, x := range of {
		if offset, ok := find(x, l); ok {
			return offset, true
		}
	}
	return 0, false
}
