// Package engine judges events by a set of rules.
//
// An [Engine] is built once from a loaded set and never changed: a reload
// builds another and swaps it in. Rules are looked up by the event's type and
// then by what their conditions cannot do without, such as the start of the
// file's name: the time an event takes hardly grows with rules about other
// files. Those found are tried in the order they were defined. What conditions
// say of the type is decided when the index is built, and a term that several
// rules have is evaluated once per event. Evaluating allocates nothing.
package engine

import (
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
	"github.com/gyrsec/gyr/rules"
)

// Options choose among the rules of a set.
type Options struct {
	// MinPriority leaves out the rules that are less severe. Its zero value is
	// the most severe priority: set rules.Debug for all rules.
	MinPriority rules.Priority
	// AllMatches reports every rule that matches an event, not only the first.
	AllMatches bool
}

// Engine is a compiled set of rules. It is immutable and safe for concurrent
// use, as long as no two goroutines evaluate the same event.
type Engine struct {
	byType []*index // nil where no rule can match
	types  event.TypeSet
	rules  []*rules.Rule
	all    bool
}

// New builds an engine of the set's enabled rules about system calls that are
// severe enough.
func New(set *rules.Set, opts Options) *Engine {
	e := &Engine{all: opts.AllMatches}
	byType := map[event.Type][]candidate{}
	parts := newTerms()
	for _, r := range set.Rules {
		if !r.Enabled || r.Priority > opts.MinPriority || r.Source != rules.SyscallSource {
			continue
		}
		e.rules = append(e.rules, r)
		types := r.Predicate.Types()
		e.types = e.types.Union(types)
		for _, t := range types.Slice() {
			if c, ok := parts.candidate(r, t); ok {
				c.place = len(e.rules)
				byType[t] = append(byType[t], c)
			}
		}
	}
	count := 0
	for t := range event.Types {
		count = max(count, int(t)+1)
	}
	e.byType = make([]*index, count)
	made := indexes{}
	for t, list := range byType {
		e.byType[t] = made.of(list)
	}
	return e
}

// Rules are the rules the engine evaluates, in order.
func (e *Engine) Rules() []*rules.Rule { return e.rules }

// Types are the event types some rule can match.
func (e *Engine) Types() event.TypeSet { return e.types }

// Fields are the fields that some rule's condition or output reads, by the name
// they are referred to with: what has to be captured.
func (e *Engine) Fields() map[string]*field.Ref {
	refs := map[string]*field.Ref{}
	for _, r := range e.rules {
		for _, ref := range r.Predicate.Fields() {
			refs[ref.Name] = ref
		}
		if r.Template == nil {
			continue
		}
		for _, ref := range r.Template.Refs() {
			refs[ref.Name] = ref
		}
	}
	return refs
}

// Evaluate calls match for the first rule that matches the event, or for all
// where so configured. A rule that depends on the name of the event's file is
// tried on the name the program gave, then, where it differs, on the one the
// kernel resolved, then on the one by which rules know the file, if that is
// another still: a match on any counts, once. While match runs, ev.Names says
// which; afterwards it is event.GivenNames.
func (e *Engine) Evaluate(ev *event.Event, match func(*rules.Rule)) {
	if int(ev.Type) >= len(e.byType) {
		return
	}
	x := e.byType[ev.Type]
	if x == nil {
		return
	}
	ev.Names = event.GivenNames
	other := otherNames(ev)
	var known memos
	for i := range x.blocks {
		if x.try(&x.blocks[i], ev, other, e.all, &known, match) {
			return
		}
	}
}
