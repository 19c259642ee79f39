package lint

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/field"
)

// truth is what is known about whether something holds.
type truth uint8

const (
	unknown truth = iota
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// constants are the right-hand side's values; nil where they are computed or
// there are none.
func (l *literal) constants() []string {
	if l.cmp == nil {
		return nil
	}
	var list []string
	for _, v := range l.cmp.Values {
		if v.Operand != nil {
			return nil
		}
		list = append(list, v.Text)
	}
	return list
}

// plain reports whether the literal's type is one whose values can be told
// apart by their text.
func (l *literal) plain() bool {
	if l.ref == nil || l.ref.Field.FilterOnly {
		return false
	}
	t := l.ref.Type
	return t == field.CharBuf || t == field.Bool || t == field.IPAddr || t.IsInt() && t != field.AbsTime && t != field.RelTime
}

// same reports whether two constants mean the same value of the literal's
// type.
func (l *literal) same(a, b string) bool {
	switch {
	case l.ref.Type.IsInt():
		x, ok1 := number(a)
		y, ok2 := number(b)
		return ok1 && ok2 && x == y
	case l.ref.Type == field.IPAddr:
		x, err1 := netip.ParseAddr(a)
		y, err2 := netip.ParseAddr(b)
		return err1 == nil && err2 == nil && x.Unmap() == y.Unmap()
	}
	return a == b
}

func number(s string) (int64, bool) {
	s = strings.TrimPrefix(strings.ToLower(s), "+")
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		n, err := strconv.ParseInt(hex, 16, 64)
		return n, err == nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// finite are the only values for which the comparison, apart from its
// negation, can hold; nil where there are others.
func (l *literal) finite() []string {
	if l.cmp == nil || !l.plain() {
		return nil
	}
	switch op, m := l.cmp.Op, l.cmp.Modifier; {
	case op == condition.In,
		(op == condition.Eq || op == condition.EqEq) && (m == condition.NoModifier || m == condition.AnyOf):
		return l.constants()
	case l.ref.Type == field.Bool && op == condition.Ne && m == condition.NoModifier:
		return slices.DeleteFunc([]string{"true", "false"}, func(s string) bool { return s == l.cmp.Values[0].Text })
	}
	return nil
}

// holds reports whether the comparison, apart from its negation, holds for a
// value.
func (l *literal) holds(value string) truth {
	if l.cmp == nil {
		return yes
	}
	constants := l.constants()
	if constants == nil || !l.plain() {
		return unknown
	}
	modifier := l.cmp.Modifier
	if l.cmp.Op == condition.In {
		modifier = condition.AnyOf
	}
	if modifier == condition.OneOf {
		return unknown
	}
	all := true
	for _, c := range constants {
		switch l.holdsOne(value, c) {
		case unknown:
			return unknown
		case yes:
			if modifier != condition.AllOf {
				return yes
			}
		case no:
			all = false
		}
	}
	return truthOf(all && modifier == condition.AllOf)
}

func (l *literal) holdsOne(value, c string) truth {
	op := l.cmp.Op
	switch op {
	case condition.Eq, condition.EqEq, condition.In:
		return truthOf(l.same(value, c))
	case condition.Ne:
		return truthOf(!l.same(value, c))
	}
	if l.ref.Type.IsInt() {
		x, ok1 := number(value)
		y, ok2 := number(c)
		if !ok1 || !ok2 {
			return unknown
		}
		switch op {
		case condition.Lt:
			return truthOf(x < y)
		case condition.Le:
			return truthOf(x <= y)
		case condition.Gt:
			return truthOf(x > y)
		case condition.Ge:
			return truthOf(x >= y)
		}
		return unknown
	}
	switch op {
	case condition.Contains:
		return truthOf(strings.Contains(value, c))
	case condition.StartsWith:
		return truthOf(strings.HasPrefix(value, c))
	case condition.EndsWith:
		return truthOf(strings.HasSuffix(value, c))
	}
	return unknown
}

// bounds are the least and the greatest number for which the comparison can
// hold.
func (l *literal) bounds() (low, high int64, ok bool) {
	low, high = -1<<63, 1<<63-1
	if l.cmp == nil || l.ref == nil || !l.ref.Type.IsInt() || l.cmp.Modifier != condition.NoModifier || len(l.cmp.Values) != 1 || l.cmp.Values[0].Operand != nil {
		return low, high, false
	}
	n, ok := number(l.cmp.Values[0].Text)
	if !ok {
		return low, high, false
	}
	switch l.cmp.Op {
	case condition.Lt:
		return low, max(n, low+1) - 1, true
	case condition.Le:
		return low, n, true
	case condition.Gt:
		return min(n, high-1) + 1, high, true
	case condition.Ge:
		return n, high, true
	}
	return low, high, false
}

// prefixes are the strings of which the value has to start with one; nil where
// that is not what the literal says.
func (l *literal) prefixes() []string {
	if l.cmp == nil || l.neg || !l.plain() || l.cmp.Op != condition.StartsWith {
		return nil
	}
	if l.cmp.Modifier == condition.NoModifier || l.cmp.Modifier == condition.AnyOf {
		return l.constants()
	}
	return nil
}

// meet reports whether a string can start with one of a and one of b.
func meet(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if strings.HasPrefix(x, y) || strings.HasPrefix(y, x) {
				return true
			}
		}
	}
	return false
}
