package engine

import (
	"strings"

	"github.com/gyrsec/gyr/condition"
)

// atom is a test of one text that can be looked up together with those of other
// rules.
type atom struct {
	field string
	kind  atomKind
	text  string
}

type atomKind uint8

const (
	equals atomKind = iota
	begins
	ends
	// below is a path's place in the tree of files: doubled slashes do not
	// count, so that "//etc" is below "/etc".
	below
)

// guard is a list of atoms one of which has to hold for a condition to hold. It
// may be weaker than the condition, but never stronger: a rule none of whose
// atoms holds need not be tried. An empty guard belongs to a condition that
// never holds.
type guard []atom

// guardOf finds the best guard of a condition, or of its negation; false where
// it has none.
func guardOf(x condition.Expr, negated bool) (guard, bool) {
	switch x := x.(type) {
	case *condition.Not:
		return guardOf(x.X, !negated)
	case *condition.And:
		if negated {
			return union(x.Of, true)
		}
		return best(x.Of, false)
	case *condition.Or:
		if negated {
			return best(x.Of, true)
		}
		return union(x.Of, false)
	case *condition.Compare:
		// A negated comparison holds where the field has no value, too.
		if !negated {
			return compared(x)
		}
	}
	return nil, false
}

// union is the guard of an or: every part needs one.
func union(parts []condition.Expr, negated bool) (guard, bool) {
	var all guard
	for _, p := range parts {
		g, ok := guardOf(p, negated)
		if !ok {
			return nil, false
		}
		all = append(all, g...)
	}
	return all, true
}

// best is the guard of an and: that of one part suffices.
func best(parts []condition.Expr, negated bool) (found guard, ok bool) {
	for _, p := range parts {
		if g, is := guardOf(p, negated); is && (!ok || g.score() > found.score()) {
			found, ok = g, true
		}
	}
	return found, ok
}

// score says how rarely a guard holds, roughly: by its weakest atom.
func (g guard) score() int {
	lowest := 1000
	for _, a := range g {
		lowest = min(lowest, a.score())
	}
	return lowest
}

func (a atom) score() int {
	n := len(a.text)
	if a.kind == equals {
		n += 20
	}
	if !strings.HasPrefix(a.field, "fd.") && !strings.HasPrefix(a.field, "fs.") {
		// Few processes do most of the work; files are many.
		n = min(n, 8)
	}
	return n
}

// indexed reports whether a field is one to look rules up by: a single text
// that is cheap to read.
func indexed(name string) bool {
	switch name {
	case "fd.name", "fd.directory", "fd.filename", "fs.path.name", "fd.nameraw", "proc.name", "proc.pname", "proc.exe", "proc.exepath",
		"proc.cmdline", "container.id", "container.image.repository":
		return true
	}
	return false
}

func compared(x *condition.Compare) (guard, bool) {
	ref, isField := x.Left.(*condition.FieldRef)
	if t, ok := x.Left.(*condition.Transform); ok && t.Name == "basename" && len(t.Params) == 1 {
		if ref, isField = t.Params[0].(*condition.FieldRef); isField {
			return basenames(ref, x)
		}
	}
	if !isField || ref.HasArg || !indexed(ref.Name) {
		return nil, false
	}
	return atomsOf(x, func(op condition.Op, v string) (atom, bool) {
		a, ok := atomOf(op, v)
		a.field = ref.Name
		if !ok {
			return a, false
		}
		return a.ofName()
	})
}

// ofName is what an atom of a part of the file's name asks of the name, so that
// rules that ask for parts are found by the name, too; false where that is
// nothing.
func (a atom) ofName() (atom, bool) {
	switch a.field {
	case "fd.directory":
		if a.kind == equals {
			a.kind = begins
		}
		a.field = "fd.name"
		return a, a.kind != ends && a.text != ""
	case "fd.filename":
		if a.kind == equals {
			a.kind = ends
		}
		a.field = "fd.name"
		return a, a.kind == ends && a.text != ""
	}
	return a, true
}

// basenames are the last components of a path: what it ends with.
func basenames(ref *condition.FieldRef, x *condition.Compare) (guard, bool) {
	if ref.HasArg || !indexed(ref.Name) {
		return nil, false
	}
	return atomsOf(x, func(op condition.Op, v string) (atom, bool) {
		a, ok := atomOf(op, v)
		if a.kind == equals {
			a.kind = ends
		}
		if !ok || a.kind != ends || a.text == "" {
			return a, false
		}
		a.field = ref.Name
		return a.ofName()
	})
}

// atomsOf makes the atoms of the values of which one has to fit.
func atomsOf(x *condition.Compare, of func(condition.Op, string) (atom, bool)) (guard, bool) {
	values := x.Values
	if x.Modifier == condition.AllOf && len(values) > 1 {
		values = values[:1]
	}
	g := guard{}
	for _, v := range values {
		if v.Operand != nil {
			return nil, false
		}
		if x.Op == condition.PMatch && v.Text == "" {
			continue // no path is below it
		}
		a, ok := of(x.Op, v.Text)
		if !ok {
			return nil, false
		}
		g = append(g, a)
	}
	return g, true
}

// atomOf is what a comparison with a constant asks of a text at least.
func atomOf(op condition.Op, v string) (a atom, ok bool) {
	switch op {
	case condition.Eq, condition.EqEq, condition.In, condition.Intersects:
		return atom{kind: equals, text: v}, true
	case condition.StartsWith:
		a = atom{kind: begins, text: v}
	case condition.EndsWith:
		a = atom{kind: ends, text: v}
	case condition.PMatch:
		a = atom{kind: below, text: plainPath(v)}
	case condition.Glob:
		const special = `*?[\`
		first := strings.IndexAny(v, special)
		if first < 0 {
			return atom{kind: equals, text: v}, true
		}
		a = atom{kind: begins, text: v[:first]}
		// Behind a star at the very front only the end is certain.
		if rest := strings.TrimLeft(v, "*"); first == 0 && !strings.ContainsAny(rest, special) {
			a = atom{kind: ends, text: rest}
		}
	}
	return a, a.text != ""
}

// plainPath is the part of a path pattern before the first component with a
// wildcard, with single slashes.
func plainPath(pattern string) string {
	plain := ""
	if strings.HasPrefix(pattern, "/") {
		plain = "/"
	}
	for c := range strings.SplitSeq(pattern, "/") {
		switch {
		case c == "":
			continue
		case strings.ContainsAny(c, `*?[\`):
			return plain
		case plain != "" && plain != "/":
			plain += "/"
		}
		plain += c
	}
	return plain
}
