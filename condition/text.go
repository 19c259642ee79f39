package condition

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// textMatcher makes the test of a string by constants.
func textMatcher(x *Compare, s *source) (func(string) bool, error) {
	switch {
	case x.Op == PMatch:
		return newPathSet(texts(x.Values)).match, nil
	case x.Modifier == AnyOf && x.Op == StartsWith && len(x.Values) > smallSet:
		return newPrefixSet(texts(x.Values)).match, nil
	case x.Modifier == AnyOf && x.Op == Eq && len(x.Values) > smallSet:
		return stringSet(texts(x.Values)), nil
	}
	return matcher(x, textValue, func(x *Compare) (func(string) bool, error) {
		return stringSet(texts(x.Values)), nil
	})
}

func texts(values []Value) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.Text
	}
	return out
}

// stringSet tests membership.
func stringSet(values []string) func(string) bool {
	set := make(map[string]struct{}, len(values))
	for _, v := range values {
		set[v] = struct{}{}
	}
	return func(s string) bool { _, ok := set[s]; return ok }
}

// textValue compares a string with one constant.
func textValue(x *Compare, op Op, v Value) (func(string) bool, error) {
	c := v.Text
	switch op {
	case Contains:
		return func(s string) bool { return strings.Contains(s, c) }, nil
	case IContains:
		lower := strings.Map(lowerRune, c)
		return func(s string) bool { return containsFold(s, lower) }, nil
	case StartsWith:
		return func(s string) bool { return strings.HasPrefix(s, c) }, nil
	case EndsWith:
		return func(s string) bool { return strings.HasSuffix(s, c) }, nil
	case BContains, BStartsWith:
		b, err := hex.DecodeString(c)
		if err != nil {
			return nil, x.valueErrorf(v, "'%s' is not a string of hexadecimal digits, two for each byte, as '%s' takes", c, op)
		}
		c = string(b)
		if op == BContains {
			return func(s string) bool { return strings.Contains(s, c) }, nil
		}
		return func(s string) bool { return strings.HasPrefix(s, c) }, nil
	case Glob, IGlob:
		g := newGlob(c, op == IGlob)
		return g.match, nil
	case Regex:
		return newRegex(x, v)
	}
	return ordered(op, c), nil
}

// Only ASCII letters have two cases here: names are bytes, and Falco compares
// them so.
func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func upperByte(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

func lowerRune(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// containsFold reports whether s contains lower, which is in lower case, in
// any case.
func containsFold(s, lower string) bool {
	for i := 0; i+len(lower) <= len(s); i++ {
		j := 0
		for j < len(lower) && lowerByte(s[i+j]) == lower[j] {
			j++
		}
		if j == len(lower) {
			return true
		}
	}
	return false
}

// prefixSet tests whether a string starts with one of many. It is sorted and
// holds no string that starts with another, so that the only candidate is the
// greatest that is not greater than the string.
type prefixSet []string

func newPrefixSet(values []string) prefixSet {
	slices.Sort(values)
	var set prefixSet
	for _, v := range values {
		if len(set) == 0 || !strings.HasPrefix(v, set[len(set)-1]) {
			set = append(set, v)
		}
	}
	return set
}

func (p prefixSet) match(s string) bool {
	low, high := 0, len(p)
	for low < high {
		mid := int(uint(low+high) / 2)
		if p[mid] <= s {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low > 0 && strings.HasPrefix(s, p[low-1])
}

// choice is a comparison of a string with constants of which one suffices.
// An or over several on the same field becomes a single test.
type choice struct {
	source           *source
	values, prefixes []string
}

func newChoice(x *Compare, s *source) *choice {
	if s.key == "" || s.typ != field.CharBuf {
		return nil
	}
	c := &choice{source: s}
	switch {
	case x.Op == In || x.Op == Intersects || x.Op == Eq && (x.Modifier == NoModifier || x.Modifier == AnyOf):
		c.values = texts(x.Values)
	case x.Op == StartsWith && (x.Modifier == NoModifier || x.Modifier == AnyOf):
		c.prefixes = texts(x.Values)
	default:
		return nil
	}
	return c
}

// mergeChoices makes one test of the choices that read the same field, in the
// place of the first of them. Tests have no effects, so that their order does
// not matter.
func mergeChoices(nodes []node) []test {
	merged := map[string]*choice{}
	count := map[string]int{}
	for _, n := range nodes {
		if n.choice == nil {
			continue
		}
		key := n.choice.source.key
		m := merged[key]
		if m == nil {
			m = &choice{source: n.choice.source}
			merged[key] = m
		}
		m.values = append(m.values, n.choice.values...)
		m.prefixes = append(m.prefixes, n.choice.prefixes...)
		count[key]++
	}
	var tests []test
	for _, n := range nodes {
		if n.choice == nil || count[n.choice.source.key] == 1 {
			tests = append(tests, n.test)
			continue
		}
		key := n.choice.source.key
		if m := merged[key]; m != nil {
			tests = append(tests, m.test())
			merged[key] = nil
		}
	}
	return tests
}

func (c *choice) test() test {
	get := c.source.text
	member := func(string) bool { return false }
	if len(c.values) > 0 {
		member = stringSet(c.values)
	}
	if len(c.prefixes) == 0 {
		return func(e *event.Event) bool { s, ok := get(e); return ok && member(s) }
	}
	prefixes := newPrefixSet(c.prefixes)
	return func(e *event.Event) bool {
		s, ok := get(e)
		return ok && (prefixes.match(s) || member(s))
	}
}
