package condition

import (
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// choice is a comparison of a string with constants of which one suffices.
// An or over several on the same field becomes a single test.
type choice struct {
	source *source
	// values are those the string may be; the others it may start with, end with
	// or contain.
	values, prefixes, suffixes, parts, folded []string
}

func newChoice(x *Compare, s *source) *choice {
	if s.key == "" || s.typ != field.CharBuf {
		return nil
	}
	c := &choice{source: s}
	if x.Op == In || x.Op == Intersects {
		c.values = texts(x.Values)
		return c
	}
	if x.Modifier != NoModifier && x.Modifier != AnyOf {
		return nil
	}
	switch x.Op {
	case Eq:
		c.values = texts(x.Values)
	case StartsWith:
		c.prefixes = texts(x.Values)
	case EndsWith:
		c.suffixes = texts(x.Values)
	case Contains:
		c.parts = texts(x.Values)
	case IContains:
		c.folded = texts(x.Values)
	default:
		return nil
	}
	return c
}

func (c *choice) add(d *choice) {
	c.values = append(c.values, d.values...)
	c.prefixes = append(c.prefixes, d.prefixes...)
	c.suffixes = append(c.suffixes, d.suffixes...)
	c.parts = append(c.parts, d.parts...)
	c.folded = append(c.folded, d.folded...)
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
		if merged[key] == nil {
			merged[key] = &choice{source: n.choice.source}
		}
		merged[key].add(n.choice)
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
	tests := c.tests()
	switch len(tests) {
	case 0:
		return func(*event.Event) bool { return false }
	case 1:
		only := tests[0]
		return func(e *event.Event) bool { s, ok := get(e); return ok && only(s) }
	}
	return func(e *event.Event) bool {
		s, ok := get(e)
		if !ok {
			return false
		}
		for _, t := range tests {
			if t(s) {
				return true
			}
		}
		return false
	}
}

// tests are the tests of a value of which one has to hold, quick ones first.
func (c *choice) tests() []func(string) bool {
	var tests []func(string) bool
	if len(c.prefixes) > 0 {
		tests = append(tests, newPrefixSet(c.prefixes).match)
	}
	if len(c.values) > 0 {
		tests = append(tests, stringSet(c.values))
	}
	if len(c.suffixes) > 0 {
		tests = append(tests, suffixSet(c.suffixes))
	}
	if len(c.parts) >= manyContains {
		tests = append(tests, newParts(c.parts, false))
	} else {
		for _, part := range c.parts {
			tests = append(tests, partTest(part, false))
		}
	}
	if len(c.folded) > 0 {
		tests = append(tests, newParts(c.folded, true))
	}
	return tests
}
