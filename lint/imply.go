package lint

import (
	"slices"
	"strings"

	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/event"
)

// prover finds that one condition follows from another. What it says is true;
// of what it does not say some may be, too.
type prover struct {
	// types are those of the condition from which is concluded.
	types event.TypeSet
	steps int
}

// maxProof bounds the work on one pair of conditions.
const maxProof = 20_000

// implies reports whether a holds wherever b does.
func (p *prover) implies(b, a *formula) bool {
	if p.steps++; p.steps > maxProof {
		return false
	}
	switch {
	case a.key == b.key:
		return true
	case a.isAnd():
		return !slices.ContainsFunc(a.of, func(part *formula) bool { return !p.implies(b, part) })
	case a.lit != nil && isTypeOnly(a.lit) && p.types.Intersect(a.lit.types) == p.types:
		return true
	case b.or:
		return !slices.ContainsFunc(b.of, func(part *formula) bool { return !p.implies(part, a) })
	}
	if b.isAnd() && slices.ContainsFunc(b.of, func(part *formula) bool { return p.implies(part, a) }) {
		return true
	}
	if a.or {
		return slices.ContainsFunc(a.of, func(alternative *formula) bool { return p.implies(b, alternative) })
	}
	return a.lit != nil && b.lit != nil && a.lit.left == b.lit.left && literalImplies(b.lit, a.lit)
}

// literalImplies is implies for two comparisons of the same left-hand side.
func literalImplies(b, a *literal) bool {
	switch {
	case b.neg && a.neg:
		return positiveImplies(a, b)
	case b.neg:
		return false
	case a.neg:
		values := b.finite()
		return b.single && len(values) > 0 && !slices.ContainsFunc(values, func(v string) bool { return a.holds(v) != no })
	}
	return positiveImplies(b, a)
}

// positiveImplies leaves negations out of account.
func positiveImplies(b, a *literal) bool {
	switch {
	case a.cmp == nil || a.base == b.base:
		return true
	case b.cmp == nil:
		return false
	case !b.single:
		return wider(b, a)
	}
	if values := b.finite(); len(values) > 0 {
		return !slices.ContainsFunc(values, func(v string) bool { return a.holds(v) != yes })
	}
	if low1, high1, ok := b.bounds(); ok {
		low2, high2, ok := a.bounds()
		return ok && low2 <= low1 && high1 <= high2
	}
	return affixImplies(b, a)
}

// wider reports whether both ask for one of several values, a for one of more.
func wider(b, a *literal) bool {
	in := func(l *literal) bool {
		return l.cmp.Modifier == condition.NoModifier && (l.cmp.Op == condition.In || l.cmp.Op == condition.Eq)
	}
	more := a.constants()
	return b.ref != nil && !b.ref.Field.List && in(a) && in(b) && len(b.constants()) > 0 &&
		!slices.ContainsFunc(b.constants(), func(v string) bool { return !slices.Contains(more, v) })
}

// affixImplies compares what values have to start or end with or contain.
func affixImplies(b, a *literal) bool {
	if !a.plain() || !b.plain() || a.cmp.Modifier == condition.OneOf || a.cmp.Modifier == condition.AllOf ||
		b.cmp.Modifier == condition.OneOf || b.cmp.Modifier == condition.AllOf {
		return false
	}
	var follows func(value, c string) bool
	switch {
	case a.cmp.Op == condition.StartsWith && b.cmp.Op == condition.StartsWith:
		follows = strings.HasPrefix
	case a.cmp.Op == condition.EndsWith && b.cmp.Op == condition.EndsWith:
		follows = strings.HasSuffix
	case a.cmp.Op == condition.Contains &&
		(b.cmp.Op == condition.Contains || b.cmp.Op == condition.StartsWith || b.cmp.Op == condition.EndsWith):
		follows = strings.Contains
	default:
		return false
	}
	for _, v := range b.constants() {
		if !slices.ContainsFunc(a.constants(), func(c string) bool { return follows(v, c) }) {
			return false
		}
	}
	return len(b.constants()) > 0
}
