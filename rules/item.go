package rules

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/gyrsec/gyr/field"
)

// document reads one document: a sequence of items.
func (l *loader) document(src *source, n *yaml.Node) {
	n = resolve(n)
	p := place{src: src}.in(contentContext, "", n.Line, n.Column)
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return
	case n.Kind != yaml.SequenceNode:
		l.fail(ErrYAMLValidate, p, "a rule file must be a list of items, not a %s: start each item with \"- \", for example \"- rule: NAME\"", kindName(n))
		return
	}
	for _, c := range n.Content {
		at := p.in(itemContext, "", c.Line, c.Column)
		c = resolve(c)
		if c.Kind != yaml.MappingNode {
			l.fail(ErrYAMLValidate, at, "an item must be a mapping such as \"- list: NAME\", not a %s", kindName(c))
			continue
		}
		if m, ok := l.mapping(c, at); ok {
			l.item(m)
		}
	}
}

// item reads one item by the first of these keys it has.
func (l *loader) item(m fields) {
	switch {
	case m.has("required_engine_version"):
		l.engineVersion(m)
	case m.has("required_plugin_versions"):
		l.pluginVersions(m)
	case m.has("list"):
		l.list(m)
	case m.has("macro"):
		l.macro(m)
	case m.has("rule"):
		l.rule(m)
	default:
		what := "an item without keys is ignored"
		if len(m.order) > 0 {
			what = fmt.Sprintf("an item that begins with %q is ignored", m.order[0])
		}
		l.warn(WarnUnknownItem, m.place, "%s: an item is one of list, macro, rule, required_engine_version, required_plugin_versions%s",
			what, didYouMean(nearest(first(m.order), []string{"list", "macro", "rule", "required_engine_version", "required_plugin_versions"})))
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// name reads the name of an item and makes its place.
func (l *loader) name(m fields, kind string) (string, place, bool) {
	t, ok := l.scalar(m, kind, kind, "")
	if !ok {
		return "", place{}, false
	}
	k := m.keys[kind]
	return t.value, m.place.in(kind, t.value, k.Line, k.Column), true
}

// unknownKeys warns of keys that mean nothing in this kind of item.
func (l *loader) unknownKeys(m fields, known ...string) {
	for _, key := range m.order {
		if !slices.Contains(known, key) {
			k := m.keys[key]
			l.warn(WarnUnknownKey, m.place.in(valueContext, key, k.Line, k.Column),
				"the key %q is not known and ignored%s", key, didYouMean(nearest(key, known)))
		}
	}
}

// nearest is the known name closest to the one written, "" when none is close.
func nearest(name string, known []string) string {
	best, limit := "", len(name)/3+1
	for _, k := range known {
		if d := field.Distance(strings.ToLower(name), strings.ToLower(k), limit); d < limit && k != name {
			best, limit = k, d
		}
	}
	return best
}

func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %q?", name)
}
