package sensor

import (
	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/identity"
)

// identities are the files that are known by more than their names: those the
// rules in force name.
func (s *ruleset) identities() identity.Paths {
	var predicates []*condition.Predicate
	for _, r := range s.engine.Rules() {
		predicates = append(predicates, r.Predicate)
	}
	return identity.Of(predicates...)
}
