package condition

import (
	"slices"
	"strings"

	"github.com/gyrsec/gyr/event"
)

// compareNames compares the names of a host: it holds if it does for one of
// them; != however only if it does for all, or a second name would always be
// another one. A host without a name is none of those that != excludes.
func compareNames(x *Compare, s *source) (node, error) {
	m, err := textMatcher(sameNames(x), s)
	if err != nil {
		return node{}, err
	}
	get := s.names
	if x.Op == Ne {
		return open(func(e *event.Event) bool {
			names, ok := get(e)
			for _, name := range names {
				if !m(name) {
					return false
				}
			}
			return ok
		}), nil
	}
	return open(func(e *event.Event) bool {
		names, _ := get(e)
		return slices.ContainsFunc(names, m)
	}), nil
}

// sameNames writes the constants of a comparison as names of hosts are kept: in
// lower case, whole names without the dot of the root at their end.
func sameNames(x *Compare) *Compare {
	if x.Op == Regex {
		return x
	}
	y := *x
	y.Values = slices.Clone(x.Values)
	for i := range y.Values {
		v := &y.Values[i]
		v.Text = strings.Map(lowerRune, v.Text)
		switch x.Op {
		case Eq, Ne, In, Intersects, PMatch, EndsWith:
			if len(v.Text) > 1 {
				v.Text = strings.TrimSuffix(v.Text, ".")
			}
		}
	}
	return &y
}
