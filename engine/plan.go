package engine

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
)

// maxShared is how many terms rules of one event type may share, for terms that
// depend on the name of the event's file and for others; those that fewer rules
// share are evaluated once per rule.
const maxShared = 64

// index is what there is to evaluate for an event type.
type index struct {
	blocks []block
	// plain and named are the shared terms by their bit.
	plain, named []*condition.Predicate
}

// entry is a rule in the index of one event type. All terms of its stages have
// to hold.
type entry struct {
	rule *rules.Rule
	// plain and named are the shared terms of both stages.
	plain, named uint64
	stages       [2]stage
}

// stage is a part of a rule's terms: the shared ones whose bits are set, and
// its own. The terms of the first are the more likely to fail.
type stage struct {
	plain, named uint64
	own          []term
}

// term is a part of a condition, joined to others by and.
type term struct {
	predicate *condition.Predicate
	// names is set where the outcome depends on the name of the event's file.
	names bool
}

// memo holds what is known of the shared terms for one event.
type memo struct{ known, holds uint64 }

// refutes reports whether one of the terms in need is known not to hold.
func (m *memo) refutes(need uint64) bool { return need&m.known&^m.holds != 0 }

// all evaluates the shared terms whose bits are set in need.
func (m *memo) all(need uint64, shared []*condition.Predicate, ev *event.Event) bool {
	for missing := need &^ m.known; missing != 0; missing &= missing - 1 {
		slot := bits.TrailingZeros64(missing)
		m.known |= 1 << slot
		if !shared[slot].Match(ev) {
			return false
		}
		m.holds |= 1 << slot
	}
	return true
}

// memos keeps apart what is known for the different names of an event's file.
type memos struct {
	plain memo
	named [event.WatchedNames + 1]memo
}

// names is a set of kinds of names.
type names uint8

func (n names) has(kind event.Names) bool { return n>>kind&1 != 0 }

// otherNames are those the event's files have beside the given ones.
func otherNames(ev *event.Event) (n names) {
	for kind := event.RealNames; kind <= event.WatchedNames; kind++ {
		if ev.Shows(kind) {
			n |= 1 << kind
		}
	}
	return n
}

// matches evaluates a rule. again says, where it does not match, that it might
// with another name of the event's file.
func (x *index) matches(r *entry, ev *event.Event, m *memos) (matches, again bool) {
	view := &m.named[ev.Names]
	if m.plain.refutes(r.plain) {
		return false, false
	}
	if view.refutes(r.named) {
		return false, true
	}
	for i := range r.stages {
		s := &r.stages[i]
		if !m.plain.all(s.plain, x.plain, ev) {
			return false, false
		}
		if !view.all(s.named, x.named, ev) {
			return false, true
		}
		for j := range s.own {
			if t := &s.own[j]; !t.predicate.Match(ev) {
				return false, t.names
			}
		}
	}
	return true, false
}

// try calls match for the rules of a block that match, the first or all; true
// where no further rule is to be tried.
func (x *index) try(b *block, ev *event.Event, other names, all bool, m *memos, match func(*rules.Rule)) bool {
	var given, others ruleSet
	b.candidates(ev, other, &given, &others)
	for w := range b.words() {
		for left := given[w] | others[w]; left != 0; left &= left - 1 {
			bit := left & -left
			r := &b.rules[w<<6+bits.TrailingZeros64(left)]
			matched, again := false, true
			if given[w]&bit != 0 {
				matched, again = x.matches(r, ev, m)
			}
			if others[w]&bit != 0 {
				for ev.Names < event.WatchedNames && again && !matched {
					if ev.Names++; other.has(ev.Names) {
						matched, again = x.matches(r, ev, m)
					}
				}
			}
			if matched {
				match(r.rule)
			}
			ev.Names = event.GivenNames
			if matched && !all {
				return true
			}
		}
	}
	return false
}

// candidate is a rule with the terms that are left to ask of an event type.
type candidate struct {
	rule  *rules.Rule
	place int // among the engine's rules
	terms []*shared
}

// candidate fits a rule to an event type. ok is false where the rule can match
// no event of the type.
func (c *terms) candidate(r *rules.Rule, t event.Type) (_ candidate, ok bool) {
	list, never, ok := c.of(r.Condition, t)
	switch {
	case never:
		return candidate{}, false
	case !ok:
		list = []*shared{{id: -1, text: "rule " + r.Name, predicate: r.Predicate, names: r.Predicate.ReadsFileName()}}
	}
	return candidate{rule: r, terms: list}, true
}

// indexes are those made so far. Event types with the same rules and terms left
// to ask share one: without that, rules that name no type would take up the
// memory of a hundred.
type indexes map[string]*index

// of is the index for a list of candidates.
func (x indexes) of(list []candidate) *index {
	var key []byte
	for _, c := range list {
		key = binary.AppendUvarint(key, uint64(c.place))
		key = binary.AppendUvarint(key, uint64(len(c.terms)))
		for _, s := range c.terms {
			key = binary.AppendVarint(key, int64(s.id))
		}
	}
	found, ok := x[string(key)]
	if !ok {
		found = newIndex(list)
		x[string(key)] = found
	}
	return found
}

// newIndex makes an index for events of one type, or of several of which the
// conditions ask the same.
func newIndex(list []candidate) *index {
	x := &index{}
	rules := make([]entry, 0, len(list))
	plain, named := map[*shared]uint64{}, map[*shared]uint64{}
	for _, s := range mostUsed(list) {
		if s.names {
			x.named = give(named, x.named, s)
		} else {
			x.plain = give(plain, x.plain, s)
		}
	}
	for _, r := range list {
		e := entry{rule: r.rule}
		for _, s := range r.terms {
			stage := &e.stages[0]
			if s.negated {
				stage = &e.stages[1]
			}
			stage.plain |= plain[s]
			stage.named |= named[s]
			if plain[s]|named[s] == 0 {
				stage.own = append(stage.own, term{s.predicate, s.names})
			}
			e.plain |= plain[s]
			e.named |= named[s]
		}
		rules = append(rules, e)
	}
	// Blocks are of like size: a small one would not be worth its look-ups.
	blocks := (len(rules) + blockRules - 1) / blockRules
	for i := range blocks {
		from, to := i*len(rules)/blocks, (i+1)*len(rules)/blocks
		x.blocks = append(x.blocks, newBlock(rules[from:to:to], list[from:to]))
	}
	return x
}

// mostUsed are the terms that several rules have, those of most rules first.
func mostUsed(list []candidate) []*shared {
	uses := map[*shared]int{}
	var several []*shared
	for _, r := range list {
		for _, s := range r.terms {
			if uses[s]++; uses[s] == 2 {
				several = append(several, s)
			}
		}
	}
	slices.SortStableFunc(several, func(a, b *shared) int { return cmp.Compare(uses[b], uses[a]) })
	return several
}

// give gives a term the next bit, while there is one.
func give(slots map[*shared]uint64, list []*condition.Predicate, s *shared) []*condition.Predicate {
	if len(list) == maxShared {
		return list
	}
	slots[s] = 1 << len(list)
	return append(list, s.predicate)
}
