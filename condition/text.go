package condition

import (
	"encoding/hex"
	"slices"
	"strings"
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
	case x.Modifier == AnyOf && x.Op == EndsWith && len(x.Values) > smallSet:
		return suffixSet(texts(x.Values)), nil
	case x.Modifier == AnyOf && x.Op == Contains && len(x.Values) >= manyContains:
		return newParts(texts(x.Values), false), nil
	case x.Modifier == AnyOf && x.Op == IContains && len(x.Values) >= manyIContains:
		return newParts(texts(x.Values), true), nil
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
		return partTest(c, false), nil
	case IContains:
		return partTest(c, true), nil
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

// suffixSet tests whether a string ends with one of many: with one that has its
// last byte, by one look-up for each length of those. Most strings end in a byte
// that none has.
func suffixSet(values []string) func(string) bool {
	if slices.Contains(values, "") {
		return func(string) bool { return true }
	}
	set := make(map[string]struct{}, len(values))
	byLast := make([][]int, 1<<8) // lengths, by the last byte
	for _, v := range values {
		set[v] = struct{}{}
		if last := v[len(v)-1]; !slices.Contains(byLast[last], len(v)) {
			byLast[last] = append(byLast[last], len(v))
		}
	}
	return func(s string) bool {
		if s == "" {
			return false
		}
		for _, n := range byLast[s[len(s)-1]] {
			if n <= len(s) {
				if _, ok := set[s[len(s)-n:]]; ok {
					return true
				}
			}
		}
		return false
	}
}
