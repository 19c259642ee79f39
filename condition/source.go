package condition

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// source is something a value can be read from: a field, a constant, or a
// transformer's result. The getter that fits its type is set.
type source struct {
	name string // as written, for messages
	// key is the same for sources that read the same; "" for transformers.
	key string
	typ field.Type
	// list: many values, compared as a set. many: many values (of ancestors),
	// one of which has to satisfy a comparison.
	list, many bool
	// any: sources of which one has to satisfy a comparison (fd.ip).
	any []*source
	// ref is the field, nil for others.
	ref *field.Ref

	text  func(*event.Event) (string, bool)
	num   func(*event.Event) (int64, bool)
	bool  func(*event.Event) (bool, bool)
	addr  func(*event.Event) (netip.Addr, bool)
	float func(*event.Event) (float64, bool)
	at    func(*event.Event, int) (string, bool)
	of    func(*event.Event, *event.Process) (string, bool)
	// names, beside text, are all values of a name of a host (field.Ref.Names).
	names func(*event.Event) ([]string, bool)
	ofNum func(*event.Event, *event.Process) (int64, bool)
}

// source resolves an operand; offset is where to point at on errors.
func (c *compiler) source(o Operand, offset int) (*source, error) {
	switch o := o.(type) {
	case *FieldRef:
		r, err := field.Bind(o.Name, o.Arg, o.HasArg)
		if err != nil {
			return nil, &TypeError{Offset: offset, Msg: err.Error(), Unknown: errors.Is(err, field.ErrUnknown)}
		}
		if !r.Field.In(c.eventSource) {
			return nil, c.foreign(r, offset)
		}
		c.reads(r)
		return fromRef(r), nil
	case *Transform:
		return c.transform(o, offset)
	case *Literal:
		text := o.Value.Text
		return &source{name: text, typ: field.CharBuf, text: func(*event.Event) (string, bool) { return text, true }}, nil
	case *ListLiteral:
		return nil, &TypeError{Offset: offset, Msg: fmt.Sprintf("the list %s is only allowed as an argument of join", operandText(o))}
	}
	return nil, &TypeError{Offset: offset, Msg: fmt.Sprintf("unknown operand %T", o)}
}

// foreign is the error about a field that events of the source do not have.
func (c *compiler) foreign(r *field.Ref, offset int) error {
	return &TypeError{Offset: offset, Unknown: true, Msg: fmt.Sprintf(
		"unknown field %s: events of source %s do not have it, only those of %s", r.Name, c.eventSource, strings.Join(r.Field.Sources, ", "))}
}

func (c *compiler) reads(r *field.Ref) {
	if !slices.ContainsFunc(c.fields, func(f *field.Ref) bool { return f.Name == r.Name }) {
		c.fields = append(c.fields, r)
	}
}

func fromRef(r *field.Ref) *source {
	s := &source{
		name: r.Name, key: r.Name, typ: r.Type, ref: r,
		text: r.Text, num: r.Int, bool: r.Bool, addr: r.Addr, float: r.Float, at: r.At, of: r.Of, ofNum: r.OfInt, names: r.Names,
	}
	s.list = r.Field.List
	s.many = r.Of != nil || r.OfInt != nil
	for _, part := range r.Any {
		s.any = append(s.any, fromRef(part))
	}
	return s
}

// hasValue is the test of the operator exists.
func (s *source) hasValue() test {
	switch {
	case s.any != nil:
		tests := make([]test, len(s.any))
		for i, part := range s.any {
			tests[i] = part.hasValue()
		}
		return anyTest(tests)
	case s.list:
		return func(e *event.Event) bool { _, ok := s.at(e, 0); return ok }
	case s.of != nil:
		return ancestorTest(s.of, func(string) bool { return true })
	case s.ofNum != nil:
		return ancestorTest(s.ofNum, func(int64) bool { return true })
	case s.text != nil:
		return func(e *event.Event) bool { _, ok := s.text(e); return ok }
	case s.num != nil:
		return func(e *event.Event) bool { _, ok := s.num(e); return ok }
	case s.bool != nil:
		return func(e *event.Event) bool { _, ok := s.bool(e); return ok }
	case s.float != nil:
		return func(e *event.Event) bool { _, ok := s.float(e); return ok }
	}
	return func(e *event.Event) bool { _, ok := s.addr(e); return ok }
}

// allows checks that the operator fits the source's type.
func (s *source) allows(op Op, offset int) error {
	if slices.Contains(s.operators(), op) {
		return nil
	}
	kind := s.typ.String()
	if s.list {
		kind = "list"
	}
	names := ""
	for i, o := range s.operators() {
		if o == EqEq {
			continue
		}
		if i > 0 {
			names += " "
		}
		names += o.String()
	}
	return &TypeError{Offset: offset, Msg: fmt.Sprintf("operator '%s' does not fit %s of type %s: use one of %s", op, s.name, kind, names)}
}

var (
	listOperators   = []Op{In, Intersects, exists}
	numberOperators = []Op{Eq, EqEq, Ne, Lt, Le, Gt, Ge, In, Intersects, exists}
	equalOperators  = []Op{Eq, EqEq, Ne, In, Intersects, exists}
	bytesOperators  = []Op{Eq, EqEq, Ne, Contains, BContains, StartsWith, BStartsWith, EndsWith, In, Intersects, exists}
	textOperators   = []Op{
		Eq, EqEq, Ne, Lt, Le, Gt, Ge, Contains, IContains, StartsWith, EndsWith, Glob, IGlob, Regex,
		In, Intersects, PMatch, exists,
	}
)

// operators are those that fit the source's type.
func (s *source) operators() []Op {
	switch {
	case s.list:
		return listOperators
	case s.typ.IsInt() || s.typ == field.Double:
		return numberOperators
	case s.typ == field.Bool || s.typ == field.IPAddr || s.typ == field.IPNet:
		return equalOperators
	case s.typ == field.ByteBuf:
		return bytesOperators
	}
	return textOperators
}

// ancestorTest holds where the value of one ancestor passes.
func ancestorTest[T any](of func(*event.Event, *event.Process) (T, bool), pass func(T) bool) test {
	return func(e *event.Event) bool {
		p := e.Process
		for depth := 0; ; depth++ {
			if p = field.NextAncestor(e, p, depth); p == nil {
				return false
			}
			if v, ok := of(e, p); ok && pass(v) {
				return true
			}
		}
	}
}

// allOf and oneOf test the values of a list; an empty list has none and fails
// both.
func allOf(at func(*event.Event, int) (string, bool), pass func(*event.Event, string) bool) test {
	return func(e *event.Event) bool {
		for i := 0; ; i++ {
			s, ok := at(e, i)
			if !ok {
				return i > 0
			}
			if !pass(e, s) {
				return false
			}
		}
	}
}

func oneOf(at func(*event.Event, int) (string, bool), pass func(*event.Event, string) bool) test {
	return func(e *event.Event) bool {
		for i := 0; ; i++ {
			s, ok := at(e, i)
			if !ok {
				return false
			}
			if pass(e, s) {
				return true
			}
		}
	}
}
