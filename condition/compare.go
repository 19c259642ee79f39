package condition

import (
	"fmt"
	"strings"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

func (c *compiler) compare(x *Compare) (node, error) {
	s, err := c.source(x.Left, x.Offset)
	if err != nil {
		return node{}, err
	}
	if x.Op == EqEq {
		y := *x
		y.Op = Eq
		x = &y
	}
	if err := s.allows(x.Op, x.Offset); err != nil {
		return node{}, err
	}
	if x.Modifier != NoModifier && s.list {
		return node{}, x.errorf("modifier '%s' does not fit %s, which has many values: use in or intersects", x.Modifier, s.name)
	}
	if len(x.Values) == 1 && x.Values[0].Operand != nil {
		return c.compareOperands(x, s)
	}
	c.ambiguous(x)
	c.unsafeNA(x, s)
	if s.ref != nil {
		switch s.ref.Field.Name {
		case "evt.type":
			return compareType(x)
		case "evt.dir":
			return compareConstant(x, "<")
		case "evt.around":
			return compareAround(x, s)
		case "evt.num":
			n, err := compareWith(x, s)
			// Events are numbered from 1: the usual way to switch a rule off.
			if err == nil && x.Op == Eq && x.Modifier == NoModifier && x.Values[0].Text == "0" {
				n.can = event.TypeSet{}
			}
			return n, err
		}
	}
	return compareWith(x, s)
}

// at is where errors and warnings about a value point to: the value, or the
// macro reference it comes from.
func (x *Compare) at(v Value) int {
	if x.Macro != "" {
		return x.Offset
	}
	return v.Offset
}

func (x *Compare) errorf(format string, args ...any) *TypeError {
	return &TypeError{Offset: x.Offset, Msg: fmt.Sprintf(format, args...)}
}

func (x *Compare) valueErrorf(v Value, format string, args ...any) *TypeError {
	return &TypeError{Offset: x.at(v), Msg: fmt.Sprintf(format, args...)}
}

// ambiguous warns of values that were probably meant as fields.
func (c *compiler) ambiguous(x *Compare) {
	for _, v := range x.Values {
		if !v.Quoted && field.Known(v.Text, c.eventSource) {
			c.warnings = append(c.warnings, Warning{Offset: x.at(v), Msg: fmt.Sprintf(
				"'%s' may be a valid field wrongly interpreted as a string value: write val(%s) to compare with the field, or quote it", v.Text, v.Text)})
		}
	}
}

// unsafeNA warns of comparisons of audit fields with the text that outputs show
// for a field without a value. It is none that a field could have.
func (c *compiler) unsafeNA(x *Compare, s *source) {
	if s.ref == nil || !strings.HasPrefix(s.ref.Name, "ka.") && !strings.HasPrefix(s.ref.Name, "jevt.") {
		return
	}
	switch x.Op {
	case Eq, EqEq, Ne, In, Intersects, PMatch:
	default:
		return
	}
	for _, v := range x.Values {
		if v.Operand == nil && v.Text == "<NA>" {
			c.warnings = append(c.warnings, Warning{Kind: UnsafeNA, Offset: x.at(v), Msg: fmt.Sprintf(
				"comparing %s with <NA> is unsafe: a comparison with a field that has no value is always false; use %s exists", s.name, s.name)})
			return
		}
	}
}

// compareWith compares with constants.
func compareWith(x *Compare, s *source) (node, error) {
	if s.any != nil {
		return compareAny(x, s)
	}
	switch {
	case s.typ.IsText():
		return compareText(x, s)
	case s.typ.IsInt():
		m, err := matcher(x, intValue(s), intSet(s))
		if err != nil {
			return node{}, err
		}
		if s.ofNum != nil {
			return open(ancestorTest(s.ofNum, m)), nil
		}
		get := s.num
		return open(func(e *event.Event) bool { n, ok := get(e); return ok && m(n) }), nil
	case s.typ == field.Bool:
		m, err := matcher(x, boolValue(s), nil)
		get := s.bool
		return open(func(e *event.Event) bool { b, ok := get(e); return ok && m(b) }), err
	case s.typ == field.Double:
		m, err := matcher(x, floatValue(s), nil)
		get := s.float
		return open(func(e *event.Event) bool { f, ok := get(e); return ok && m(f) }), err
	case s.typ == field.IPNet:
		m, err := matcher(x, netValue(s), netSet(s))
		get := s.addr
		return open(func(e *event.Event) bool { a, ok := get(e); return ok && m(a) }), err
	}
	m, err := matcher(x, addrValue(s), addrSet(s))
	get := s.addr
	return open(func(e *event.Event) bool { a, ok := get(e); return ok && m(a) }), err
}

func compareText(x *Compare, s *source) (node, error) {
	if s.names != nil {
		return compareNames(x, s)
	}
	m, err := textMatcher(x, s)
	if err != nil {
		return node{}, err
	}
	switch {
	case s.list && x.Op == In:
		return open(allOf(s.at, func(_ *event.Event, v string) bool { return m(v) })), nil
	case s.list:
		return open(oneOf(s.at, func(_ *event.Event, v string) bool { return m(v) })), nil
	case s.of != nil:
		return open(ancestorTest(s.of, m)), nil
	}
	get := s.text
	n := open(func(e *event.Event) bool { v, ok := get(e); return ok && m(v) })
	n.choice = newChoice(x, s)
	return n, nil
}

// compareAny is for fields that stand for several: it holds if it does for one
// of them; != however only if it does for all that have a value (a listening
// socket has one end), or it would nearly always.
func compareAny(x *Compare, s *source) (node, error) {
	tests := make([]test, len(s.any))
	for i, part := range s.any {
		n, err := compareWith(x, part)
		if err != nil {
			return node{}, err
		}
		tests[i] = n.test
	}
	if x.Op == Ne {
		return open(allEnds(s.any, tests)), nil
	}
	return open(anyTest(tests)), nil
}

// allEnds holds where the test of every end with a value does, and there is one.
// The unspecified address of a socket that was never bound is no value beside
// the address of the other end.
func allEnds(ends []*source, tests []test) test {
	return func(e *event.Event) bool {
		best := noEnd
		for _, s := range ends {
			best = max(best, s.end(e))
		}
		for i, s := range ends {
			if s.end(e) == best && !tests[i](e) {
				return false
			}
		}
		return best > noEnd
	}
}

// end is how much is known of one end of a connection.
type end uint8

const (
	noEnd end = iota
	unspecifiedEnd
	knownEnd
)

func (s *source) end(e *event.Event) end {
	switch {
	case s.addr != nil:
		a, ok := s.addr(e)
		switch {
		case !ok:
			return noEnd
		case a.IsUnspecified():
			return unspecifiedEnd
		}
	case s.num != nil:
		if _, ok := s.num(e); !ok {
			return noEnd
		}
	case s.text != nil:
		if _, ok := s.text(e); !ok {
			return noEnd
		}
	}
	return knownEnd
}

// compareType turns any comparison with the event type into a set of types.
func compareType(x *Compare) (node, error) {
	if x.Op == Eq || x.Op == Ne || x.Op == In || x.Op == Intersects {
		for _, v := range x.Values {
			if _, ok := event.ByName(v.Text); !ok {
				err := x.valueErrorf(v, "unknown event type '%s'%s", v.Text, suggest(v.Text, typeNames()))
				err.Unknown = true
				return node{}, err
			}
		}
	}
	m, err := textMatcher(x, &source{name: "evt.type", typ: field.CharBuf})
	if err != nil {
		return node{}, err
	}
	var set event.TypeSet
	for t := range event.Types {
		if m(t.String()) {
			set.Add(t)
		}
	}
	return node{
		test: func(e *event.Event) bool { return set.Has(e.Type) },
		can:  set, cannot: set.Complement(),
	}, nil
}

func typeNames() []string {
	var names []string
	for t := range event.Types {
		names = append(names, t.String())
	}
	return names
}

// compareConstant compares a field that has the same value in every event.
func compareConstant(x *Compare, value string) (node, error) {
	m, err := textMatcher(x, &source{name: operandText(x.Left), typ: field.CharBuf})
	if err != nil {
		return node{}, err
	}
	if m(value) {
		return node{test: func(*event.Event) bool { return true }, can: allTypes}, nil
	}
	return node{test: func(*event.Event) bool { return false }, cannot: allTypes}, nil
}

// compareAround holds where the distance to the given time is at most the
// value.
func compareAround(x *Compare, s *source) (node, error) {
	if x.Op != Eq || x.Modifier != NoModifier {
		return node{}, x.errorf("operator '%s' does not fit evt.around: use =", x.Op)
	}
	y := *x
	y.Op = Le
	return compareWith(&y, s)
}

// matcher makes the test of a value: one compares with a single constant, set
// (where given) with many at once.
func matcher[T any](x *Compare, one func(*Compare, Op, Value) (func(T) bool, error), set func(*Compare) (func(T) bool, error)) (func(T) bool, error) {
	switch {
	case x.Op == In || x.Op == Intersects:
		if set != nil && len(x.Values) > smallSet {
			return set(x)
		}
		return combine(x, AnyOf, Eq, one)
	case x.Modifier != NoModifier:
		return combine(x, x.Modifier, x.Op, one)
	}
	return one(x, x.Op, x.Values[0])
}

// smallSet is up to how many values a loop beats a hash table.
const smallSet = 4

// combine tests a value against every constant.
func combine[T any](x *Compare, m Modifier, op Op, one func(*Compare, Op, Value) (func(T) bool, error)) (func(T) bool, error) {
	tests := make([]func(T) bool, len(x.Values))
	for i, v := range x.Values {
		t, err := one(x, op, v)
		if err != nil {
			return nil, err
		}
		tests[i] = t
	}
	if len(tests) == 0 {
		return func(T) bool { return false }, nil
	}
	if len(tests) == 1 {
		return tests[0], nil
	}
	return func(v T) bool {
		held := 0
		for _, t := range tests {
			switch ok := t(v); {
			case ok && m == AnyOf:
				return true
			case !ok && m == AllOf:
				return false
			case ok:
				held++
			}
		}
		return m == AllOf || m == OneOf && held == 1
	}, nil
}
