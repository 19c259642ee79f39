package rules

import (
	"cmp"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Source is a rule file: its path, used in messages, and its content.
type Source struct {
	Name string
	Data []byte
}

// Options change what Load accepts. The zero value is for the live source.
type Options struct {
	// AllTypes is set where events of every type can come, as from a capture
	// file: no rule waits for its event types then.
	AllTypes bool
	// Select switches rules on and off, in order.
	Select []Selector
	// Static are the names of the static fields (static.NAME) that are
	// configured; nil takes any.
	Static []string
}

// Load reads rule files in order. The error, if any, is an [*Errors] with
// everything that is wrong; the set is then not fit for use, apart from its
// Warnings.
func Load(files []Source, opts Options) (*Set, error) {
	l := &loader{opts: opts, known: map[string]bool{}}
	for i, f := range files {
		src := newSource(f, i)
		l.order = append(l.order, src.name)
		l.documents(src, func(n *yaml.Node) { l.document(src, n) })
	}
	idle := l.selectRules()
	set := l.compile()
	set.IdleSelectors = idle
	set.Warnings = l.sorted(l.warnings)
	if len(l.errors) > 0 {
		return set, &Errors{List: l.sorted(l.errors)}
	}
	return set, nil
}

// loader is the state of one Load.
type loader struct {
	opts             Options
	order            []string
	errors, warnings []Diagnostic
	// known keeps a diagnostic from being given twice, as happens where two
	// rules use one faulty macro.
	known map[string]bool

	// touches counts definitions and changes: what is defined later than its
	// user was last touched is not visible to it.
	touches int
	spent   spent
	lists   table[*listDef]
	macros  table[*macroDef]
	rules   table[*ruleDef]

	engine  version
	plugins []PluginRequirement
}

func (l *loader) fail(code string, p place, format string, args ...any) {
	l.errors = l.add(l.errors, p.diagnose(code, fmt.Sprintf(format, args...)))
}

func (l *loader) warn(code string, p place, format string, args ...any) {
	l.warnings = l.add(l.warnings, p.diagnose(code, fmt.Sprintf(format, args...)))
}

func (l *loader) add(list []Diagnostic, d Diagnostic) []Diagnostic {
	key := fmt.Sprintf("%s %s:%d:%d %s", d.Code, d.File, d.Line, d.Column, d.Message)
	if l.known[key] {
		return list
	}
	l.known[key] = true
	return append(list, d)
}

// sorted puts diagnostics in the order of the files and lines.
func (l *loader) sorted(list []Diagnostic) []Diagnostic {
	slices.SortStableFunc(list, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(slices.Index(l.order, a.File), slices.Index(l.order, b.File)),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return list
}

// definition is what lists, macros and rules have in common.
type definition struct {
	name  string
	place place
	// first is when the name was first defined, last when it was last changed.
	first, last int
}

func (d *definition) base() *definition { return d }

type defined interface{ base() *definition }

// table keeps definitions by name, in the order the names were first defined.
type table[T defined] struct {
	all    []T
	byName map[string]int
}

func (t *table[T]) get(name string) (def T, ok bool) {
	i, ok := t.byName[name]
	if !ok {
		return def, false
	}
	return t.all[i], true
}

// put defines a name, or replaces its definition in its place.
func (t *table[T]) put(def T, touch int) {
	b := def.base()
	b.first, b.last = touch, touch
	if i, ok := t.byName[b.name]; ok {
		b.first = t.all[i].base().first
		t.all[i] = def
		return
	}
	if t.byName == nil {
		t.byName = map[string]int{}
	}
	t.byName[b.name] = len(t.all)
	t.all = append(t.all, def)
}

func (t *table[T]) names() []string {
	names := make([]string, len(t.all))
	for i, d := range t.all {
		names[i] = d.base().name
	}
	return names
}

// touch is the next point in the order of definitions.
func (l *loader) touch() int {
	l.touches++
	return l.touches
}
