package rules

import (
	"errors"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/condition"
)

// expression is a condition looked at for itself: parsed and checked with the
// macros in it left standing, so that every mistake is found once and in the
// text it was written in.
type expression struct {
	state checkState
	place place
	// text is the condition with lists expanded, lists their names.
	text  script
	lists map[string]bool
	tree  condition.Expr
	// macros are those it refers to, directly.
	macros []*macroDef
	// failed is set once an error in it, or in a macro it refers to, was
	// reported.
	failed bool
	// checks are what checking the types found, by source of events.
	checks map[string]*typeCheck
}

// typeCheck is what checking the types of a condition found.
type typeCheck struct {
	fault    *condition.TypeError
	warnings []condition.Warning
}

// checkState is how far a macro has been looked at.
type checkState uint8

const (
	unchecked checkState = iota
	checking
	checked
)

// parse reads the condition s.
func (l *loader) parse(x *expression, s script, p place) {
	x.place, x.lists = p, map[string]bool{}
	x.text = l.expandLists(s, x.lists)
	tree, err := condition.Parse(x.text.String())
	if err == nil {
		x.tree = tree
		return
	}
	x.failed = true
	offset, message := 0, err.Error()
	var se *condition.SyntaxError
	if errors.As(err, &se) {
		offset, message = se.Offset, se.Msg
	}
	l.fail(ErrCompileCondition, x.at(offset), "the condition is not valid: %s", message)
}

// at is the place of an offset in the condition.
func (x *expression) at(offset int) place {
	p := x.text.locate(offset, x.place)
	return p.in(expressionContext, "", p.line, p.column)
}

// everything is the sight of a rule: macros may be defined behind it.
const everything = math.MaxInt

// refer finds the macros the condition refers to. Only those first defined
// before sight can be seen; others are an error.
func (l *loader) refer(x *expression, sight int, open []*macroDef) {
	seen := map[string]bool{}
	for _, ref := range macrosIn(x.tree, nil) {
		def, ok := l.macros.get(ref.Name)
		if !ok || def.first >= sight {
			x.failed = true
			l.undefined(x, ref, ok)
			continue
		}
		def.used = true
		if i := slices.Index(open, def); i >= 0 {
			x.failed = true
			l.loop(x, ref, open[i:])
			continue
		}
		l.resolve(def, open)
		x.failed = x.failed || def.own.failed
		if !seen[ref.Name] {
			seen[ref.Name] = true
			x.macros = append(x.macros, def)
		}
	}
}

func (l *loader) undefined(x *expression, ref *condition.Macro, later bool) {
	if ref.Name == "and" || ref.Name == "or" || ref.Name == "not" {
		l.fail(ErrCompileCondition, x.at(ref.Offset), "the condition is not valid: expected a comparison or a macro, found %q: remove it, or write what it joins", ref.Name)
		return
	}
	if later {
		l.fail(ErrValidate, x.at(ref.Offset), "the macro %q is used before it is defined: move its definition before this use", ref.Name)
		return
	}
	hint := didYouMean(nearest(ref.Name, l.macros.names()))
	if _, ok := l.lists.get(ref.Name); ok {
		hint = ": it is a list, which can only stand in \"in (" + ref.Name + ")\""
	}
	if hint == "" {
		hint = ": define it, or compare a field with it"
	}
	l.fail(ErrValidate, x.at(ref.Offset), "undefined macro %q%s", ref.Name, hint)
}

func (l *loader) loop(x *expression, ref *condition.Macro, open []*macroDef) {
	var names []string
	for _, def := range open {
		names = append(names, def.name)
	}
	l.fail(ErrValidate, x.at(ref.Offset), "macro loop: %s refer to each other without end: remove %q here",
		strings.Join(append(names, ref.Name), " -> "), ref.Name)
}

// macrosIn appends the references to macros in a condition, in their order.
func macrosIn(x condition.Expr, refs []*condition.Macro) []*condition.Macro {
	switch x := x.(type) {
	case *condition.And:
		for _, e := range x.Of {
			refs = macrosIn(e, refs)
		}
	case *condition.Or:
		for _, e := range x.Of {
			refs = macrosIn(e, refs)
		}
	case *condition.Not:
		refs = macrosIn(x.X, refs)
	case *condition.Macro:
		refs = append(refs, x)
	}
	return refs
}

// resolve parses a macro and puts the macros it refers to in. open are those
// that are being resolved.
func (l *loader) resolve(def *macroDef, open []*macroDef) {
	if def.own.state == checked {
		return
	}
	def.own.state = checking
	defer func() { def.own.state = checked }()
	if def.broken {
		def.own.failed = true
		return
	}
	if len(open) >= maxMacroDepth {
		def.own.failed = true
		l.fail(ErrValidate, def.place, "more than %d macros refer to each other in a chain: put some of them together", maxMacroDepth)
		return
	}
	l.parse(&def.own, def.condition, def.place)
	if def.own.failed {
		return
	}
	l.refer(&def.own, def.last, append(slices.Clip(open), def))
	if !def.own.failed {
		def.own.failed = !l.fits(&def.own)
	}
	if def.own.failed {
		return
	}
	n := def.own.size()
	if spend(&l.spent.inMacros, n, maxAllComparisons) {
		l.fail(ErrValidate, def.place, "the macros hold more than %d comparisons with the macros inside them put in: load fewer or smaller macros", maxAllComparisons)
	}
	if def.own.failed = l.spent.inMacros > maxAllComparisons; def.own.failed {
		return
	}
	def.full, def.size = expand(&def.own), n
}

// expand puts the macros in. They are known to be there.
func expand(x *expression) condition.Expr {
	byName := map[string]condition.Expr{}
	for _, m := range x.macros {
		byName[m.name] = m.full
	}
	full, err := condition.Expand(x.tree, func(name string) (condition.Expr, bool) {
		e, ok := byName[name]
		return e, ok
	})
	if err != nil {
		return x.tree
	}
	return full
}

// check finds what does not fit in the condition's own text, for events of a
// source: macros in it count as something that always does.
func (x *expression) check(source string) *typeCheck {
	if c := x.checks[source]; c != nil {
		return c
	}
	if x.checks == nil {
		x.checks = map[string]*typeCheck{}
	}
	c := &typeCheck{}
	x.checks[source] = c
	always := &condition.Exists{Left: &condition.FieldRef{Name: "evt.num"}}
	tree, err := condition.Expand(x.tree, func(string) (condition.Expr, bool) { return always, true })
	if err != nil {
		c.fault = &condition.TypeError{Msg: err.Error()}
		return c
	}
	pred, err := condition.CompileFor(tree, source)
	if err != nil {
		c.fault = &condition.TypeError{Msg: err.Error()}
		errors.As(err, &c.fault)
		return c
	}
	c.warnings = pred.Warnings()
	return c
}

// closure is the expression with the ones of all macros it refers to, each
// once.
func (x *expression) closure() []*expression {
	all := []*expression{x}
	seen := map[*macroDef]bool{}
	var visit func(list []*macroDef)
	visit = func(list []*macroDef) {
		for _, m := range list {
			if !seen[m] {
				seen[m] = true
				all = append(all, &m.own)
				visit(m.own.macros)
			}
		}
	}
	visit(x.macros)
	return all
}

// references are the names of the macros and lists a condition is made of,
// sorted.
func (x *expression) references() (macros, lists []string) {
	ms, ls := map[string]bool{}, map[string]bool{}
	for _, e := range x.closure() {
		for _, m := range e.macros {
			ms[m.name] = true
		}
		maps.Copy(ls, e.lists)
	}
	return slices.Sorted(maps.Keys(ms)), slices.Sorted(maps.Keys(ls))
}

// direct are the macros and lists the condition itself names.
func (x *expression) direct() References {
	ms := map[string]bool{}
	for _, m := range x.macros {
		ms[m.name] = true
	}
	return References{slices.Sorted(maps.Keys(ms)), slices.Sorted(maps.Keys(x.lists))}
}
