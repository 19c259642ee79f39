package condition

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// compareOperands compares with a value of the same event: val(field), or what
// a transformer makes of fields.
func (c *compiler) compareOperands(x *Compare, left *source) (node, error) {
	right, err := c.rightSource(x)
	if err != nil {
		return node{}, err
	}
	switch x.Op {
	case Regex, PMatch:
		return node{}, x.errorf("operator '%s' needs plain values on its right, not %s", x.Op, right.name)
	}
	for _, s := range []*source{left, right} {
		if err := pairable(x, s); err != nil {
			return node{}, err
		}
	}
	if !sameKind(left.typ, right.typ) {
		return node{}, x.errorf("%s of type %s cannot be compared with %s of type %s", left.name, left.typ, right.name, right.typ)
	}
	if right.list && x.Op != In && x.Op != Intersects {
		return node{}, x.errorf("operator '%s' does not fit the list %s: use in or intersects", x.Op, right.name)
	}
	return open(pairTest(x.Op, left, right)), nil
}

// rightSource resolves the right-hand side; val stands for its argument.
func (c *compiler) rightSource(x *Compare) (*source, error) {
	o := x.Values[0].Operand
	at := x.at(x.Values[0])
	t, ok := o.(*Transform)
	if !ok || t.Name != "val" {
		return c.source(o, at)
	}
	if len(t.Params) != 1 {
		return nil, &TypeError{Offset: at, Msg: fmt.Sprintf("transformer val takes one argument, not %d", len(t.Params))}
	}
	if _, ok := t.Params[0].(*FieldRef); !ok || t.HasArg {
		return nil, &TypeError{Offset: at, Msg: "transformer val takes a field, such as val(proc.name)"}
	}
	return c.source(t.Params[0], at)
}

// pairable refuses fields that stand for several values or have none of
// their own.
func pairable(x *Compare, s *source) error {
	refused := s.any != nil || s.many || s.typ == field.IPNet
	if s.ref != nil {
		name := s.ref.Field.Name
		refused = refused || name == "evt.rawarg" || name == "evt.around" || s.ref.Field.Arg.Allowed() && strings.HasPrefix(name, "proc.a") && name != "proc.args" ||
			strings.HasPrefix(name, "fd.") && (strings.HasSuffix(name, "ip.name") || strings.HasSuffix(name, "proto") && name != "fd.l4proto")
	}
	if refused {
		return x.errorf("%s cannot be compared with another field", s.name)
	}
	return nil
}

func sameKind(a, b field.Type) bool {
	return a == b || a.IsInt() && b.IsInt()
}

// pairTest compares two sources of the same kind.
func pairTest(op Op, left, right *source) test {
	switch {
	case left.list || right.list:
		return setTest(op, left, right)
	case left.text != nil:
		compare := textPair(op)
		return func(e *event.Event) bool {
			a, ok := left.text(e)
			if !ok {
				return false
			}
			b, ok := right.text(e)
			return ok && compare(a, b)
		}
	case left.num != nil:
		return pair(orderedPair[int64](op), left.num, right.num)
	case left.float != nil:
		return pair(orderedPair[float64](op), left.float, right.float)
	case left.bool != nil:
		return pair(equalPair[bool](op), left.bool, right.bool)
	}
	return pair(equalPair[netip.Addr](op), left.addr, right.addr)
}

func pair[T any](compare func(a, b T) bool, left, right func(*event.Event) (T, bool)) test {
	return func(e *event.Event) bool {
		a, ok := left(e)
		if !ok {
			return false
		}
		b, ok := right(e)
		return ok && compare(a, b)
	}
}

func equalPair[T interface{ bool | netip.Addr }](op Op) func(a, b T) bool {
	if op == Ne {
		return func(a, b T) bool { return a != b }
	}
	return func(a, b T) bool { return a == b }
}

func orderedPair[T cmp.Ordered](op Op) func(a, b T) bool {
	switch op {
	case Ne:
		return func(a, b T) bool { return a != b }
	case Lt:
		return func(a, b T) bool { return a < b }
	case Le:
		return func(a, b T) bool { return a <= b }
	case Gt:
		return func(a, b T) bool { return a > b }
	case Ge:
		return func(a, b T) bool { return a >= b }
	}
	return func(a, b T) bool { return a == b }
}

func textPair(op Op) func(a, b string) bool {
	switch op {
	case Contains, BContains:
		return strings.Contains
	case StartsWith, BStartsWith:
		return strings.HasPrefix
	case Glob, IGlob:
		fold := op == IGlob
		return func(s, pattern string) bool { return matchGlob(pattern, s, fold) }
	case EndsWith:
		return strings.HasSuffix
	case IContains:
		return containsFoldBoth
	}
	return orderedPair[string](op)
}

func containsFoldBoth(s, part string) bool {
	for i := 0; i+len(part) <= len(s); i++ {
		j := 0
		for j < len(part) && lowerByte(s[i+j]) == lowerByte(part[j]) {
			j++
		}
		if j == len(part) {
			return true
		}
	}
	return false
}

// setTest compares lists: every value of the left (in) or one of them
// (intersects) must be among those of the right.
func setTest(op Op, left, right *source) test {
	among := func(e *event.Event, s string) bool {
		if !right.list {
			v, ok := right.text(e)
			return ok && v == s
		}
		for i := 0; ; i++ {
			v, ok := right.at(e, i)
			if !ok || v == s {
				return ok
			}
		}
	}
	switch {
	case !left.list:
		return func(e *event.Event) bool { s, ok := left.text(e); return ok && among(e, s) }
	case op == Intersects:
		return oneOf(left.at, among)
	}
	return allOf(left.at, among)
}
