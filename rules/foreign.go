package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/field"
)

// inSource reports as an error a field that events of the source do not have.
func inSource(ref *field.Ref, source string) error {
	if ref.Field.In(source) {
		return nil
	}
	return fmt.Errorf("%w %s: events of source %s do not have it, only those of %s",
		field.ErrUnknown, ref.Name, source, strings.Join(ref.Field.Sources, ", "))
}

// inSource is inSource for the fields of an output. The error is a
// *TemplateError.
func (t *Template) inSource(source string) error {
	for _, s := range t.Segments {
		if s.Ref == nil {
			continue
		}
		if err := inSource(s.Ref, source); err != nil {
			return &TemplateError{Offset: s.Offset, Msg: err.Error(), Unknown: true}
		}
	}
	return nil
}

// foreignRule is a rule of a source that is not there, as far as it can be
// known without the source's fields: macros and lists are put into its
// condition, exceptions are not. What is wrong in it is not reported, because
// the rule is not loaded; what it uses counts as used.
func (l *loader) foreignRule(def *ruleDef) *Rule {
	r := newRule(def)
	if t, err := ParseTemplate(r.Output); err == nil {
		r.Template = t
	}
	x := &expression{lists: map[string]bool{}}
	x.text = l.expandLists(def.condition, x.lists)
	tree, err := condition.Parse(x.text.String())
	if err != nil {
		return r
	}
	x.tree = tree
	for _, ref := range macrosIn(tree, nil) {
		m, ok := l.macros.get(ref.Name)
		if !ok {
			continue
		}
		m.used = true
		if m.full != nil && !slices.Contains(x.macros, m) {
			x.macros = append(x.macros, m)
		}
	}
	r.Macros, r.Lists = x.references()
	r.Direct = x.direct()
	r.Condition = tree
	// Conditions that are never evaluated must not make a file expensive.
	if n := x.size(); n <= maxComparisons && l.spent.comparisons+n <= maxAllComparisons {
		l.spent.comparisons += n
		r.Condition = expand(x)
	}
	return r
}
