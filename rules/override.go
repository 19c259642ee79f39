package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// itemMode is what an item does to an earlier one of the same name.
type itemMode uint8

const (
	defineItem itemMode = iota
	appendItem
	replaceItem
)

// mode reads what a list or macro item does: key is the one part it has that
// can be appended to or replaced.
func (l *loader) mode(m fields, key string) (itemMode, bool) {
	o, ok := l.overrides(m, []string{key}, []string{key})
	switch {
	case !ok:
		return 0, false
	case o.flag, o.append[key]:
		return appendItem, true
	case o.replace[key]:
		return replaceItem, true
	}
	return defineItem, true
}

// overrides says which keys of an item change an earlier item, and how.
type overrides struct {
	// flag is the old way to append: "append: true".
	flag            bool
	append, replace map[string]bool
}

func (o overrides) any() bool { return len(o.append)+len(o.replace) > 0 }

// overrides reads the keys append and override.
func (l *loader) overrides(m fields, appendable, replaceable []string) (o overrides, ok bool) {
	o = overrides{flag: l.boolean(m, "append", false), append: map[string]bool{}, replace: map[string]bool{}}
	if o.flag {
		l.warn(WarnDeprecated, m.at("append", valueContext, "append"),
			"\"append: true\" is deprecated: use \"override:\" with \"%s: append\"", appendable[0])
	}
	n := m.nodes["override"]
	if n == nil {
		return o, true
	}
	p := m.at("override", overridesContext, "")
	if o.flag {
		l.fail(ErrYAMLValidate, p, "\"append: true\" and \"override\" cannot be used together: keep only \"override\"")
		return o, false
	}
	if n.Kind != yaml.MappingNode {
		l.fail(ErrYAMLValidate, p, "the value of \"override\" must be a mapping such as \"%s: append\", not a %s", appendable[0], kindName(n))
		return o, false
	}
	keys, ok := l.mapping(n, p)
	if !ok {
		return o, false
	}
	for _, key := range keys.order {
		ok = l.override(m, keys, key, o, appendable, replaceable) && ok
	}
	return o, l.overrideComplete(m, o) && ok
}

// override reads one entry of override.
func (l *loader) override(m, keys fields, key string, o overrides, appendable, replaceable []string) bool {
	t, ok := l.scalar(keys, key, overridesContext, key)
	if !ok {
		return false
	}
	switch {
	case !slices.Contains(replaceable, key) && !slices.Contains(appendable, key):
		l.fail(ErrYAMLValidate, t.place, "the key %q cannot be overridden%s; those that can are %s",
			key, didYouMean(nearest(key, replaceable)), strings.Join(replaceable, ", "))
	case !m.has(key):
		l.fail(ErrYAMLValidate, t.place, "\"override\" names %q, which this item does not have: add the key, or remove it from \"override\"", key)
	case t.value == "append" && !slices.Contains(appendable, key):
		l.fail(ErrYAMLValidate, t.place, "the key %q cannot be appended to, use \"replace\" instead", key)
	case t.value == "append":
		o.append[key] = true
		return true
	case t.value == "replace":
		o.replace[key] = true
		return true
	default:
		l.fail(ErrYAMLValidate, t.place, "the value of %q under \"override\" must be append or replace, not %q", key, t.value)
	}
	return false
}

// overrideComplete checks that an item with override has no other keys: what
// they would do is not said.
func (l *loader) overrideComplete(m fields, o overrides) bool {
	ok := true
	for _, key := range m.order {
		switch key {
		case "list", "macro", "rule", "append", "override":
			continue
		}
		if o.append[key] || o.replace[key] || !o.any() {
			continue
		}
		if over := m.nodes["override"]; hasKey(over, key) {
			continue
		}
		ok = false
		l.fail(ErrYAMLValidate, m.at(key, valueContext, key),
			"unexpected key %q: no corresponding entry under \"override\" says whether to append or replace it", key)
	}
	return ok
}

// hasKey reports whether a mapping has the key, be its value right or wrong.
func hasKey(n *yaml.Node, key string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

// noPrevious reports a change to something that is not defined.
func (l *loader) noPrevious(p place, kind, name string, known []string) {
	l.fail(ErrValidate, p, "the %s %q is changed here but not defined before%s: define it first, in this file or one loaded earlier",
		kind, name, didYouMean(nearest(name, known)))
}
