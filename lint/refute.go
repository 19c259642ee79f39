package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/event"
)

// conflict is why a formula can never hold.
type conflict struct {
	// why continues "never matches: ".
	why string
	// at and with are the comparisons that do not go together; with may be nil.
	at, with *literal
	// off is set where the comparison is one nobody writes but to switch a rule
	// off.
	off bool
}

// facts are what holds on the way down to a formula: comparisons and the event
// types left.
type facts struct {
	up    *facts
	lits  []*literal
	types event.TypeSet
	// total is the number of comparisons here and above.
	total int
}

// about are the facts on one left-hand side.
func (f *facts) about(left string) (positive, negative []*literal) {
	for ; f != nil; f = f.up {
		for _, l := range f.lits {
			switch {
			case l.left != left:
			case l.neg:
				negative = append(negative, l)
			default:
				positive = append(positive, l)
			}
		}
	}
	return positive, negative
}

// refuter looks for reasons why formulas cannot hold. dead, where set, is told
// of each alternative of an or that cannot while another can.
type refuter struct {
	dead  func(alternative *formula, c *conflict)
	steps int
}

// maxSteps bounds the work on one condition, a fraction of a second: beyond,
// nothing is found any more.
const maxSteps = 10_000_000

// spend counts work and reports whether there was too much of it.
func (r *refuter) spend(steps int) bool {
	r.steps += steps
	return r.steps > maxSteps
}

// refute returns why f cannot hold where the facts do, nil if it may.
func (r *refuter) refute(f *formula, up *facts) *conflict {
	here := &facts{up: up, types: event.AllTypes()}
	if up != nil {
		here.types, here.total = up.types, up.total
	}
	var ors []*formula
	for _, p := range f.parts() {
		if p.lit == nil {
			ors = append(ors, p)
			continue
		}
		here.lits = append(here.lits, p.lit)
		before := here.types
		if here.types = here.types.Intersect(p.lit.types); here.types.IsEmpty() && !isOff(p.lit) {
			return typeConflict(p.lit, before)
		}
	}
	here.total += len(here.lits)
	for _, l := range here.lits {
		if r.spend(here.total) {
			return nil
		}
		if c := r.clash(l, here); c != nil {
			return c
		}
	}
	for _, or := range ors {
		if c := r.refuteOr(or, here); c != nil {
			return c
		}
	}
	return nil
}

// refuteOr returns why none of the alternatives can hold.
func (r *refuter) refuteOr(or *formula, here *facts) *conflict {
	var found []*conflict
	for _, alternative := range or.of {
		found = append(found, r.refute(alternative, here))
	}
	if !slices.Contains(found, nil) {
		c := *found[0]
		c.why = "none of the alternatives joined by \"or\" can hold, the first because " + c.why
		for _, f := range found {
			c.off = c.off || f.off
		}
		return &c
	}
	for i, c := range found {
		if c != nil && r.dead != nil && !or.flipped {
			r.dead(or.of[i], c)
		}
	}
	return nil
}

// isOff reports whether a comparison is the usual way to make a condition that
// never holds.
func isOff(l *literal) bool {
	return l.name() == "evt.num" && !l.neg && l.cmp != nil && l.cmp.Op == condition.Eq && slices.Equal(l.constants(), []string{"0"})
}

func typeConflict(l *literal, before event.TypeSet) *conflict {
	if l.name() == "evt.dir" {
		return &conflict{why: fmt.Sprintf("\"%s\" holds for no event, because every event is reported once, when the call returns", l.text()), at: l}
	}
	if types := before.Slice(); len(types) <= 6 {
		var names []string
		for _, t := range types {
			names = append(names, t.String())
		}
		return &conflict{why: fmt.Sprintf("\"%s\" does not go together with the event types left by the rest of the condition (%s)", l.text(), strings.Join(names, ", ")), at: l}
	}
	return &conflict{why: fmt.Sprintf("no event type satisfies \"%s\" and the rest of the condition", l.text()), at: l}
}

// clash returns why l does not go together with the facts about its left-hand
// side, or with the event types.
func (r *refuter) clash(l *literal, here *facts) *conflict {
	if isOff(l) {
		return &conflict{why: fmt.Sprintf("\"%s\" never holds", l.text()), at: l, off: true}
	}
	if isTypeOnly(l) {
		return nil
	}
	if c := foreignField(l, here.types); c != nil {
		return c
	}
	if l.cmp != nil && !l.neg && l.cmp.Op == condition.In && len(l.cmp.Values) == 0 {
		return &conflict{why: fmt.Sprintf("\"%s\" asks for a value of an empty list", l.text()), at: l, off: true}
	}
	positive, negative := here.about(l.left)
	if r.spend(len(positive) * (len(positive) + len(negative))) {
		return nil
	}
	for _, p := range positive {
		for _, n := range negative {
			if p.base == n.base {
				return &conflict{why: fmt.Sprintf("it asks for \"%s\" and for its opposite", p.text()), at: n, with: p}
			}
			if n.cmp == nil {
				return &conflict{why: fmt.Sprintf("\"%s\" asks for no value, \"%s\" for one", n.text(), p.text()), at: n, with: p}
			}
		}
	}
	if len(positive) == 0 || !l.single {
		return nil
	}
	if c := r.exclude(positive, negative); c != nil {
		return c
	}
	return incompatible(positive)
}

// exclude looks for a comparison with few values all of which the others
// exclude.
func (r *refuter) exclude(positive, negative []*literal) *conflict {
	for _, p := range positive {
		values := p.finite()
		if len(values) == 0 || r.spend(len(values)*constantsOf(positive, negative)) {
			continue
		}
		var by *literal
		left := slices.ContainsFunc(values, func(v string) bool {
			for _, q := range positive {
				if q.holds(v) == no {
					by = q
					return false
				}
			}
			for _, q := range negative {
				if q.holds(v) == yes {
					by = q
					return false
				}
			}
			return true
		})
		if !left {
			return &conflict{why: fmt.Sprintf("no value satisfies both \"%s\" and \"%s\"", p.text(), by.text()), at: by, with: p}
		}
	}
	return nil
}

// constantsOf is how many values the comparisons have on their right-hand sides.
func constantsOf(lists ...[]*literal) int {
	n := 0
	for _, list := range lists {
		for _, l := range list {
			if l.cmp != nil {
				n += len(l.cmp.Values)
			}
		}
	}
	return n
}

// incompatible looks for ranges and prefixes without a common value.
func incompatible(positive []*literal) *conflict {
	for i, p := range positive {
		for _, q := range positive[:i] {
			both := fmt.Sprintf("no value satisfies both \"%s\" and \"%s\"", p.text(), q.text())
			low1, high1, ok1 := p.bounds()
			low2, high2, ok2 := q.bounds()
			if ok1 && ok2 && max(low1, low2) > min(high1, high2) {
				return &conflict{why: both, at: q, with: p}
			}
			a, b := p.prefixes(), q.prefixes()
			if a != nil && b != nil && !meet(a, b) {
				return &conflict{why: both, at: q, with: p}
			}
		}
	}
	return nil
}

// foreignField finds a field that has no value, or always the wrong one, in
// events of all types left.
func foreignField(l *literal, types event.TypeSet) *conflict {
	if l.neg || l.ref == nil || types.IsEmpty() {
		return nil
	}
	able, why := fieldTypes(l)
	if why == "" || !types.Intersect(able).IsEmpty() {
		return nil
	}
	return &conflict{why: fmt.Sprintf("\"%s\" cannot hold for the event types of the condition: %s", l.text(), why), at: l}
}

// fieldTypes are the event types that can have a value for the literal's field
// that it asks for; why is empty where that is not known.
func fieldTypes(l *literal) (able event.TypeSet, why string) {
	name := l.name()
	switch {
	case (name == "evt.arg" || name == "evt.rawarg") && strings.Trim(l.ref.Arg, "0123456789") != "":
		for t := range event.Types {
			params := event.Describe(t).Params
			if len(params) == 0 || slices.ContainsFunc(params, func(p event.Param) bool { return p.Name == l.ref.Arg }) {
				able.Add(t)
			}
		}
		if l.ref.Arg == "flags" {
			able.Add(event.Creat) // those it implies
		}
		return able, fmt.Sprintf("they have no parameter %q", l.ref.Arg)
	case strings.HasPrefix(name, "evt.is_open_") && slices.Equal(l.finite(), []string{"true"}):
		return typesOf(openTypes), "only opening a file makes it true"
	case isSocketField(name):
		return typesOf(openTypes + " " + fdlessTypes).Complement(), "they have no socket"
	case name == "fd.name" || name == "fd.directory" || name == "fd.filename" || name == "fd.num" || name == "fd.typechar" || name == "fd.type":
		return typesOf(fdlessTypes).Complement(), "they have no file descriptor"
	}
	return able, ""
}

const (
	openTypes = "open openat openat2 open_by_handle_at creat"
	// fdlessTypes are event types without a file descriptor; others without one
	// may exist.
	fdlessTypes = "execve execveat clone clone3 fork vfork procexit kill tkill tgkill setuid setgid setresuid setresgid setsid"
)

func isSocketField(name string) bool {
	base, ok := strings.CutPrefix(name, "fd.")
	if !ok {
		return false
	}
	switch base, _, _ = strings.Cut(base, "."); base {
	case "ip", "cip", "sip", "lip", "rip", "port", "cport", "sport", "lport", "rport", "net", "cnet", "snet", "lnet", "rnet", "l4proto":
		return true
	}
	return false
}

func typesOf(names string) (set event.TypeSet) {
	for name := range strings.FieldsSeq(names) {
		if t, ok := event.ByName(name); ok {
			set.Add(t)
		}
	}
	return set
}
