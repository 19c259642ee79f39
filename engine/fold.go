package engine

import (
	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/event"
)

// terms takes conditions apart and keeps what it made by its canonical text,
// so that equal terms of different rules are one.
type terms struct {
	byText map[string]*shared
	byExpr map[condition.Expr]*shared
	// parts are conditions taken apart, types the event types for which a
	// comparison of evt.type holds.
	parts map[condition.Expr][]condition.Expr
	types map[condition.Expr]*condition.Predicate
	// whole are the terms of conditions of which the event type decides nothing.
	whole map[condition.Expr][]*shared
}

func newTerms() *terms {
	return &terms{
		byText: map[string]*shared{}, byExpr: map[condition.Expr]*shared{},
		parts: map[condition.Expr][]condition.Expr{}, types: map[condition.Expr]*condition.Predicate{},
		whole: map[condition.Expr][]*shared{},
	}
}

// shared is a term as all rules that have it see it.
type shared struct {
	id        int // no other has it
	text      string
	predicate *condition.Predicate
	names     bool
	// negated terms are mostly lists of what is allowed: they hold for nearly
	// every event, so they are asked last.
	negated bool
	expr    condition.Expr // nil for a whole rule that could not be taken apart

	guard          guard
	hasGuard, done bool
}

// guarded is the term's guard, found once.
func (s *shared) guarded() (guard, bool) {
	if !s.done {
		s.done = true
		s.guard, s.hasGuard = guardOf(s.expr, false)
	}
	return s.guard, s.hasGuard
}

// get compiles a term, nil where that fails.
func (c *terms) get(x condition.Expr) *shared {
	if s, ok := c.byExpr[x]; ok {
		return s
	}
	text := condition.Print(x)
	s, ok := c.byText[text]
	if !ok {
		if p, err := condition.Compile(x); err == nil {
			_, negated := x.(*condition.Not)
			s = &shared{id: len(c.byText), text: text, predicate: p, names: p.ReadsFileName(), negated: negated, expr: x}
		}
		c.byText[text] = s
	}
	c.byExpr[x] = s
	return s
}

// of returns the terms that have to hold for an event of type t to meet the
// condition; never is set where none can.
func (c *terms) of(whole condition.Expr, t event.Type) (list []*shared, never, ok bool) {
	x, v := c.fold(whole, t)
	switch v {
	case no:
		return nil, true, true
	case yes:
		return nil, false, true
	}
	if list, ok := c.whole[x]; ok {
		return list, false, true
	}
	for _, part := range c.flatten(x) {
		s := c.get(part)
		if s == nil {
			return nil, false, false
		}
		list = append(list, s)
	}
	if x == whole {
		c.whole[x] = list
	}
	return list, false, true
}

// verdict is what the event type alone says of a condition.
type verdict uint8

const (
	undecided verdict = iota
	yes
	no
)

func (v verdict) not() verdict {
	switch v {
	case yes:
		return no
	case no:
		return yes
	}
	return undecided
}

// fold decides what the event type decides and leaves the rest.
func (c *terms) fold(x condition.Expr, t event.Type) (condition.Expr, verdict) {
	switch x := x.(type) {
	case *condition.And:
		left, v := c.foldAll(x.Of, t, no)
		if v != undecided || len(left) == 1 {
			return first(left), v
		}
		if len(left) == len(x.Of) && same(left, x.Of) {
			return x, v
		}
		return &condition.And{Of: left}, v
	case *condition.Or:
		left, v := c.foldAll(x.Of, t, yes)
		if v != undecided || len(left) == 1 {
			return first(left), v
		}
		if len(left) == len(x.Of) && same(left, x.Of) {
			return x, v
		}
		return &condition.Or{Of: left}, v
	case *condition.Not:
		y, v := c.fold(x.X, t)
		if v != undecided || y == x.X {
			return x, v.not()
		}
		return &condition.Not{X: y}, v
	case *condition.Compare:
		return x, c.decide(x, t)
	}
	return x, undecided
}

// foldAll folds the parts of an and (ends is no) or an or (ends is yes): a part
// with that verdict decides the whole, one with the other is left out.
func (c *terms) foldAll(parts []condition.Expr, t event.Type, ends verdict) (left []condition.Expr, v verdict) {
	for _, p := range parts {
		y, v := c.fold(p, t)
		switch v {
		case ends:
			return nil, ends
		case undecided:
			left = append(left, y)
		}
	}
	if len(left) == 0 {
		return nil, ends.not()
	}
	return left, undecided
}

func first(list []condition.Expr) condition.Expr {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func same(a, b []condition.Expr) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// decide evaluates a comparison of evt.type with constants.
func (c *terms) decide(x *condition.Compare, t event.Type) verdict {
	ref, ok := x.Left.(*condition.FieldRef)
	if !ok || ref.Name != "evt.type" || ref.HasArg {
		return undecided
	}
	p, ok := c.types[x]
	if !ok {
		p, _ = condition.Compile(x)
		if p != nil && len(p.Fields()) != 1 {
			p = nil
		}
		c.types[x] = p
	}
	switch {
	case p == nil:
		return undecided
	case p.Match(&event.Event{Type: t, Process: &event.Process{}}):
		return yes
	}
	return no
}

// flatten is the list of the parts that all have to hold: those of an and, and
// the negated ones of a negated or.
func (c *terms) flatten(x condition.Expr) []condition.Expr {
	if list, ok := c.parts[x]; ok {
		return list
	}
	var list []condition.Expr
	switch y := x.(type) {
	case *condition.And:
		for _, z := range y.Of {
			list = append(list, c.flatten(z)...)
		}
	case *condition.Not:
		switch inner := y.X.(type) {
		case *condition.Or:
			for _, z := range inner.Of {
				list = append(list, c.flatten(&condition.Not{X: z})...)
			}
		case *condition.Not:
			list = c.flatten(inner.X)
		default:
			list = []condition.Expr{x}
		}
	default:
		list = []condition.Expr{x}
	}
	c.parts[x] = list
	return list
}
