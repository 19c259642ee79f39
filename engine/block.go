package engine

import (
	"strings"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// block holds some of an event type's rules, in order, with what is needed to
// find those worth trying on an event.
type block struct {
	rules []entry
	// always are the rules that nothing can be looked up for.
	always ruleSet
	// plain and named are the texts rules are looked up by: those that are the
	// same for all names of the event's file, and those that are not.
	plain, named []lookup
}

// lookup finds rules by the value of one field.
type lookup struct {
	text func(*event.Event) (string, bool)
	// starts and suffixes are nil where no rule asks for such.
	starts, suffixes *tree
	// paths are the rules that ask for a place in the tree of files; names with
	// doubled slashes are not looked up for them.
	paths []uint16
}

func (l *lookup) find(e *event.Event, set *ruleSet) {
	s, ok := l.text(e)
	if !ok {
		return
	}
	if l.starts != nil {
		l.starts.find(s, set)
	}
	if l.suffixes != nil {
		l.suffixes.findBack(s, set)
	}
	if l.paths != nil && strings.Contains(s, "//") {
		set.add(l.paths)
	}
}

// candidates puts the rules that may match the event under the name the program
// gave its file into given, and those that may under one of its other names into
// others, both empty before. The event is left with the name the program gave.
func (b *block) candidates(e *event.Event, other names, given, others *ruleSet) {
	n := b.words()
	copy(given[:n], b.always[:n])
	for i := range b.plain {
		b.plain[i].find(e, given)
	}
	if other != 0 {
		copy(others[:n], given[:n])
		for kind := event.RealNames; kind <= event.WatchedNames; kind++ {
			if !other.has(kind) {
				continue
			}
			e.Names = kind
			for i := range b.named {
				b.named[i].find(e, others)
			}
		}
		e.Names = event.GivenNames
	}
	for i := range b.named {
		b.named[i].find(e, given)
	}
}

// words is how many words of a set the block's rules need.
func (b *block) words() int { return (len(b.rules) + 63) / 64 }

// minRules is how many rules have to be found by a field to make up for reading
// it for every event.
const minRules = 3

// newBlock chooses a guard for each rule.
func newBlock(rules []entry, list []candidate) block {
	b := block{rules: rules}
	rare := map[string]bool{}
	chosen := make([]guard, len(list))
	found := make([]bool, len(list))
	// A field that too few rules are found by is left out, and they are looked up
	// by another if they can.
	for again := true; again; {
		uses := map[string]int{}
		for i, c := range list {
			chosen[i], found[i] = c.guard(rare)
			for name := range chosen[i].fields() {
				uses[name]++
			}
		}
		again = false
		for name, n := range uses {
			if n < minRules {
				rare[name], again = true, true
			}
		}
	}
	lookups := map[string]*lookup{}
	var order []string
	for i, g := range chosen {
		if !found[i] {
			b.always.add([]uint16{uint16(i)})
			continue
		}
		for _, a := range g {
			l := lookups[a.field]
			if l == nil {
				l = &lookup{}
				lookups[a.field] = l
				order = append(order, a.field)
			}
			l.insert(a, uint16(i))
		}
	}
	for _, name := range order {
		b.use(name, lookups[name])
	}
	return b
}

// use puts a lookup by a field in its place. Every field guards name is one that
// can be bound.
func (b *block) use(name string, l *lookup) {
	ref, err := field.Bind(name, "", false)
	if err != nil {
		panic("engine: " + err.Error())
	}
	l.text = ref.Text
	if l.suffixes != nil {
		l.suffixes.reverse()
	}
	if ref.Field.FileName {
		b.named = append(b.named, *l)
	} else {
		b.plain = append(b.plain, *l)
	}
}

func (l *lookup) insert(a atom, rule uint16) {
	if a.kind == ends {
		if l.suffixes == nil {
			l.suffixes = &tree{}
		}
		n := l.suffixes.insert(reversed(a.text))
		n.begins = append(n.begins, rule)
		return
	}
	if l.starts == nil {
		l.starts = &tree{}
	}
	n := l.starts.insert(a.text)
	switch a.kind {
	case equals:
		n.equals = append(n.equals, rule)
	case below:
		l.paths = append(l.paths, rule)
		fallthrough
	default:
		n.begins = append(n.begins, rule)
	}
}

// guard is the best guard of the rule's terms that needs none of the fields
// left out.
func (c *candidate) guard(without map[string]bool) (found guard, ok bool) {
	for _, s := range c.terms {
		g, is := s.guarded()
		if !is || g.needs(without) {
			continue
		}
		if !ok || g.score() > found.score() {
			found, ok = g, true
		}
	}
	return found, ok
}

func (g guard) needs(fields map[string]bool) bool {
	for _, a := range g {
		if fields[a.field] {
			return true
		}
	}
	return false
}

func (g guard) fields() map[string]bool {
	names := map[string]bool{}
	for _, a := range g {
		names[a.field] = true
	}
	return names
}
