package field

import (
	"fmt"
	"strconv"

	"github.com/gyrsec/gyr/event"
)

// maxAncestors bounds the walk up the tree of processes. Trees are far
// shallower; a wrong parent must not become an endless loop.
const maxAncestors = 100

// ancestor picks the n-th ancestor of the event's process; 0 is the process.
func ancestor(n int) whose {
	return func(e *event.Event) *event.Process {
		p := e.Process
		for i := 0; i < n && p != nil; i++ {
			p = p.ParentAt(e.Clock)
		}
		return p
	}
}

// NextAncestor returns the parent of p at the time of e, where p is the event's
// process (depth 0) or its ancestor that is depth steps away; nil at the end
// of the known ancestors.
func NextAncestor(e *event.Event, p *event.Process, depth int) *event.Process {
	if p == nil || depth >= maxAncestors {
		return nil
	}
	return p.ParentAt(e.Clock)
}

// eldest is the farthest ancestor up to which all have the property; the
// process itself where its parent has it not.
func eldest(e *event.Event, same func(p, of *event.Process) bool) *event.Process {
	found := e.Process
	for depth := 0; ; depth++ {
		q := NextAncestor(e, found, depth)
		if q == nil || !same(q, e.Process) {
			return found
		}
		found = q
	}
}

// ancestors is a text field with an optional index.
func ancestors(name, desc string, get func(*event.Process) string) Field {
	return text(name, desc, nil).takes(ArgOptional|ArgIndex, func(r *Ref, arg string, hasArg bool) error {
		if !hasArg {
			r.Of = func(_ *event.Event, p *event.Process) (string, bool) {
				s := get(p)
				return s, s != "" || !p.Incomplete
			}
			return nil
		}
		n, err := index(r.Field, arg)
		r.Text = textOf(ancestor(n), get)
		return err
	})
}

func bindAncestorPID(r *Ref, arg string, hasArg bool) error {
	if !hasArg {
		r.OfInt = func(_ *event.Event, p *event.Process) (int64, bool) { return procPID(p), true }
		return nil
	}
	n, err := index(r.Field, arg)
	r.Int = intOf(ancestor(n), procPID)
	return err
}

// maxIndex bounds indices in brackets.
const maxIndex = 4095

func index(f *Field, arg string) (int, error) {
	n, err := strconv.Atoi(arg)
	if err != nil || n < 0 || n > maxIndex {
		return 0, fmt.Errorf("field %s takes an index from 0 to %d, not [%s]", f.Name, maxIndex, arg)
	}
	return n, nil
}
