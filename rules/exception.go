package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// exceptionDef is one exception of a rule.
type exceptionDef struct {
	name  text
	place place
	// fields and comps are single where they were given as one word, not as a
	// list.
	fields, comps       []text
	single, singleComps bool
	values              []exceptionValue
}

// exceptionValue is one entry of an exception's values: a word, or a row of
// cells, each a word or a list of words.
type exceptionValue struct {
	place place
	word  *text
	row   []exceptionValue
}

// exceptions reads the exceptions of a rule that is defined or whose
// exceptions are replaced.
func (l *loader) exceptions(m fields) (list []*exceptionDef, ok bool) {
	read, ok := l.readExceptions(m)
	for _, ex := range read {
		if i := slices.IndexFunc(list, func(e *exceptionDef) bool { return e.name.value == ex.name.value }); i >= 0 {
			l.warn(WarnExceptionName, ex.place, "the rule has several exceptions named %q: give each its own name", ex.name.value)
		}
		if len(ex.fields) == 0 {
			ok = false
			l.fail(ErrValidate, ex.place, "the exception %q has no fields: add \"fields: [proc.name, ...]\"", ex.name.value)
			continue
		}
		ok = l.validException(ex) && ok
		list = append(list, ex)
	}
	return list, ok
}

// appendExceptions adds values to a rule's exceptions, or new exceptions.
func (l *loader) appendExceptions(def *ruleDef, m fields) {
	read, ok := l.readExceptions(m)
	for _, ex := range read {
		i := slices.IndexFunc(def.exceptions, func(e *exceptionDef) bool { return e.name.value == ex.name.value })
		switch {
		case i >= 0 && (len(ex.fields) > 0 || len(ex.comps) > 0):
			ok = false
			l.fail(ErrValidate, ex.place, "the exception %q exists: only values can be appended to it, remove its fields and comps", ex.name.value)
		case i >= 0:
			l.warnNoValues(ex)
			prev := *def.exceptions[i]
			prev.values = append(slices.Clip(prev.values), ex.values...)
			def.exceptions[i] = &prev
		case len(ex.fields) == 0:
			ok = false
			l.fail(ErrValidate, ex.place, "the exception %q is new and has no fields%s: add \"fields:\"", ex.name.value,
				didYouMean(nearest(ex.name.value, exceptionNames(def.exceptions))))
		case len(ex.values) == 0:
			ok = false
			l.fail(ErrValidate, ex.place, "the exception %q is new and has no values: add \"values:\"", ex.name.value)
		default:
			ok = l.validException(ex) && ok
			def.exceptions = append(slices.Clip(def.exceptions), ex)
		}
	}
	def.broken = def.broken || !ok
}

func (l *loader) warnNoValues(ex *exceptionDef) {
	if len(ex.values) == 0 {
		l.warn(WarnAppendNoValues, ex.place, "nothing is appended to the exception %q: it has no values", ex.name.value)
	}
}

func exceptionNames(list []*exceptionDef) []string {
	names := make([]string, len(list))
	for i, ex := range list {
		names[i] = ex.name.value
	}
	return names
}

func (l *loader) readExceptions(m fields) (list []*exceptionDef, ok bool) {
	n := m.nodes["exceptions"]
	p := m.at("exceptions", exceptionsContext, "")
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil, true
	}
	if n.Kind != yaml.SequenceNode {
		l.fail(ErrYAMLValidate, p, "the value of \"exceptions\" must be a list of mappings with name, fields, comps, values, not a %s", kindName(n))
		return nil, false
	}
	ok = true
	for _, c := range n.Content {
		at := p.in(exceptionContext, "", c.Line, c.Column)
		c = resolve(c)
		if c.Kind != yaml.MappingNode {
			ok = false
			l.fail(ErrYAMLValidate, at, "an exception must be a mapping with name, fields, comps, values, not a %s", kindName(c))
			continue
		}
		keys, mapped := l.mapping(c, at)
		ex, read := l.exception(keys)
		if ok = ok && mapped && read; read {
			list = append(list, ex)
		}
	}
	return list, ok
}

func (l *loader) exception(m fields) (*exceptionDef, bool) {
	l.unknownKeys(m, "name", "fields", "comps", "values")
	name, ok := l.scalar(m, "name", valueContext, "name")
	if !ok {
		if !m.has("name") {
			l.fail(ErrYAMLValidate, m.place, "an exception has no name: add \"name: ...\", by which values can be appended to it")
		}
		return nil, false
	}
	ex := &exceptionDef{name: name, place: m.place.in(exceptionContext, name.value, m.place.line, m.place.column)}
	m.place = ex.place
	var fieldsOK, compsOK bool
	ex.fields, ex.single, fieldsOK = l.wordOrList(m, "fields")
	ex.comps, ex.singleComps, compsOK = l.wordOrList(m, "comps")
	values, valuesOK := l.exceptionValues(m)
	ex.values = values
	return ex, fieldsOK && compsOK && valuesOK
}

func (l *loader) wordOrList(m fields, key string) (list []text, single, ok bool) {
	n := m.nodes[key]
	if n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil, false, true
	}
	if n.Kind == yaml.ScalarNode {
		t, ok := l.scalar(m, key, valueContext, key)
		return []text{t}, true, ok
	}
	list, ok = l.texts(m, key, valueContext, valueContext)
	return list, false, ok
}

func (l *loader) exceptionValues(m fields) (list []exceptionValue, ok bool) {
	n := m.nodes["values"]
	if n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil, true
	}
	p := m.at("values", exceptionValuesContext, "")
	if n.Kind != yaml.SequenceNode {
		l.fail(ErrYAMLValidate, p, "the value of \"values\" must be a list, not a %s", kindName(n))
		return nil, false
	}
	const rowsOfLists = 2 // values are rows, a row's cells words or lists of words
	return l.valueList(n, p, rowsOfLists)
}

func (l *loader) valueList(n *yaml.Node, p place, depth int) (list []exceptionValue, ok bool) {
	ok = true
	for _, c := range n.Content {
		v := exceptionValue{place: p.in(exceptionValueContext, "", c.Line, c.Column)}
		c = resolve(c)
		switch {
		case c.Kind == yaml.ScalarNode:
			t := newText(c, v.place)
			v.word = &t
		case c.Kind == yaml.SequenceNode && depth > 0:
			var read bool
			v.row, read = l.valueList(c, v.place, depth-1)
			ok = ok && read
		default:
			ok = false
			l.fail(ErrYAMLValidate, v.place, "a value must be a text or a number here, not a %s", kindName(c))
			continue
		}
		list = append(list, v)
	}
	return list, ok
}

// validException checks that fields, comparisons and values fit each other,
// and fills in the comparisons left out.
func (l *loader) validException(ex *exceptionDef) bool {
	ok := true
	bad := func(p place, format string, args ...any) {
		ok = false
		l.fail(ErrValidate, p, format, args...)
	}
	given := len(ex.comps) > 0
	switch {
	case !given && ex.single:
		ex.comps, ex.singleComps = []text{{value: "in", place: ex.fields[0].place}}, true
	case !given:
		for _, f := range ex.fields {
			ex.comps = append(ex.comps, text{value: "=", place: f.place})
		}
	case ex.single != ex.singleComps:
		bad(ex.place, "the fields and comps of the exception %q must both be one word or both be lists", ex.name.value)
		return false
	case len(ex.fields) != len(ex.comps):
		bad(ex.place, "the exception %q has %d fields and %d comps: give each field its comparison", ex.name.value, len(ex.fields), len(ex.comps))
		return false
	}
	for _, c := range ex.comps {
		switch comp := strings.Join(strings.Fields(c.value), " "); {
		case ex.single && !takesList(comp):
			bad(c.place, "the comparison of an exception with a single field must be in, pmatch, intersects or an operator with oneof, anyof or allof, not %q", c.value)
		case !isComparison(comp):
			bad(c.place, "%q is no comparison: use one of %s", c.value, strings.Join(comparisons(), ", "))
		}
	}
	return ok
}

// comparisons are the operators an exception can use.
func comparisons() []string {
	return []string{
		"=", "==", "!=", "<", "<=", ">", ">=", "contains", "icontains", "bcontains", "startswith", "bstartswith",
		"endswith", "glob", "iglob", "regex", "in", "intersects", "pmatch",
	}
}

func isComparison(comp string) bool {
	op, modifier, modified := strings.Cut(comp, " ")
	if modified && modifier != "oneof" && modifier != "anyof" && modifier != "allof" {
		return false
	}
	return slices.Contains(comparisons(), op)
}

// takesList reports whether a comparison's right-hand side is a list.
func takesList(comp string) bool {
	switch comp {
	case "in", "pmatch", "intersects":
		return true
	}
	return strings.Contains(comp, " ") && isComparison(comp)
}
