package condition

import (
	"errors"
	"fmt"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// Predicate is a compiled condition. It is immutable and safe for concurrent
// use.
type Predicate struct {
	expr     Expr
	match    test
	types    event.TypeSet
	fields   []*field.Ref
	fileName bool
	warnings []Warning
}

// test decides about an event. It must not allocate, apart from the event's
// scratch memory.
type test func(*event.Event) bool

// Match reports whether the condition holds for e.
func (p *Predicate) Match(e *event.Event) bool { return p.match(e) }

// Types returns the event types the condition can hold for. It may contain
// types for which it never does, but lacks none for which it may.
func (p *Predicate) Types() event.TypeSet { return p.types }

// Fields returns the fields the condition reads, each once, in the order they
// appear.
func (p *Predicate) Fields() []*field.Ref { return p.fields }

// ReadsFileName reports whether the result may change with
// event.Event.Names.
func (p *Predicate) ReadsFileName() bool { return p.fileName }

// Warnings returns what is probably not meant as it is written.
func (p *Predicate) Warnings() []Warning { return p.warnings }

// Compile checks an expanded condition about system calls and makes a predicate
// of it. The error is a *TypeError.
func Compile(x Expr) (*Predicate, error) { return CompileFor(x, field.Syscall) }

// CompileFor is Compile for the events of a source: only fields that such
// events have are known in it. Sources other than field.Syscall have no
// evt.type; Types returns all types for them, unless the condition never holds.
func CompileFor(x Expr, source string) (*Predicate, error) {
	c := compiler{eventSource: source}
	n, err := c.expr(x)
	if err != nil {
		return nil, err
	}
	p := &Predicate{expr: x, match: n.test, types: n.can, fields: c.fields, warnings: c.warnings}
	for _, f := range c.fields {
		p.fileName = p.fileName || f.Field.FileName
	}
	return p, nil
}

// compiler collects what is said about the condition as a whole.
type compiler struct {
	eventSource string

	fields   []*field.Ref
	warnings []Warning
}

// node is a compiled expression: its test, the event types for which it can be
// true, and those for which it can be false.
type node struct {
	test        test
	can, cannot event.TypeSet
	// choice is set where the test is one that an or can merge with others.
	choice *choice
}

// allTypes is only read.
var allTypes = event.AllTypes()

// open is a node about which the event type says nothing.
func open(t test) node { return node{test: t, can: allTypes, cannot: allTypes} }

func (c *compiler) expr(x Expr) (node, error) {
	switch x := x.(type) {
	case *And:
		return c.and(x)
	case *Or:
		return c.or(x)
	case *Not:
		n, err := c.expr(x.X)
		if err != nil {
			return node{}, err
		}
		inner := n.test
		return node{test: func(e *event.Event) bool { return !inner(e) }, can: n.cannot, cannot: n.can}, nil
	case *Macro:
		return node{}, &TypeError{Offset: x.Offset, Msg: fmt.Sprintf("undefined macro '%s'", x.Name)}
	case *Exists:
		n, err := c.exists(x)
		return n, inMacro(err, x.Macro)
	case *Compare:
		n, err := c.compare(x)
		return n, inMacro(err, x.Macro)
	}
	return node{}, &TypeError{Msg: fmt.Sprintf("unknown expression %T", x)}
}

// inMacro says in an error which macro's text is at fault.
func inMacro(err error, macro string) error {
	var t *TypeError
	if macro != "" && errors.As(err, &t) {
		t.Msg += fmt.Sprintf(" (in macro '%s')", macro)
	}
	return err
}

func (c *compiler) and(x *And) (node, error) {
	n := node{can: allTypes}
	tests := make([]test, 0, len(x.Of))
	for _, y := range x.Of {
		m, err := c.expr(y)
		if err != nil {
			return node{}, err
		}
		n.can = n.can.Intersect(m.can)
		n.cannot = n.cannot.Union(m.cannot)
		tests = append(tests, m.test)
	}
	n.test = all(tests)
	return n, nil
}

func (c *compiler) or(x *Or) (node, error) {
	n := node{cannot: allTypes}
	nodes := make([]node, 0, len(x.Of))
	for _, y := range x.Of {
		m, err := c.expr(y)
		if err != nil {
			return node{}, err
		}
		n.can = n.can.Union(m.can)
		n.cannot = n.cannot.Intersect(m.cannot)
		nodes = append(nodes, m)
	}
	n.test = anyTest(mergeChoices(nodes))
	return n, nil
}

// all holds where every test does. Short chains, by far the most, are spelt
// out: a call through a slice costs more than the comparison itself.
func all(tests []test) test {
	switch len(tests) {
	case 1:
		return tests[0]
	case 2:
		a, b := tests[0], tests[1]
		return func(e *event.Event) bool { return a(e) && b(e) }
	case 3:
		a, b, c := tests[0], tests[1], tests[2]
		return func(e *event.Event) bool { return a(e) && b(e) && c(e) }
	}
	return func(e *event.Event) bool {
		for _, t := range tests {
			if !t(e) {
				return false
			}
		}
		return true
	}
}

// anyTest holds where one of the tests does.
func anyTest(tests []test) test {
	switch len(tests) {
	case 1:
		return tests[0]
	case 2:
		a, b := tests[0], tests[1]
		return func(e *event.Event) bool { return a(e) || b(e) }
	case 3:
		a, b, c := tests[0], tests[1], tests[2]
		return func(e *event.Event) bool { return a(e) || b(e) || c(e) }
	}
	return func(e *event.Event) bool {
		for _, t := range tests {
			if t(e) {
				return true
			}
		}
		return false
	}
}

func (c *compiler) exists(x *Exists) (node, error) {
	s, err := c.source(x.Left, x.Offset)
	if err != nil {
		return node{}, err
	}
	if err := s.allows(exists, x.Offset); err != nil {
		return node{}, err
	}
	return open(s.hasValue()), nil
}
