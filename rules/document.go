package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// documents calls yield for the content of every document of the file that has
// one. It ends at the first syntax error, because nothing behind it can be
// trusted.
func (l *loader) documents(src *source, yield func(*yaml.Node)) {
	top := place{src: src, line: 1, column: 1}.in(contentContext, "", 1, 1)
	d, err := yaml.NewLoader(bytes.NewReader(src.data))
	if err != nil {
		l.syntaxError(top, err)
		return
	}
	for {
		var n yaml.Node
		err := d.Load(&n)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			l.syntaxError(top, err)
			return
		}
		for _, c := range n.Content {
			yield(c)
		}
	}
}

// syntaxError reports what the YAML parser refused, at the place it says.
func (l *loader) syntaxError(top place, err error) {
	message := err.Error()
	var le *yaml.LoadError
	if errors.As(err, &le) {
		message = le.Message
		if le.ContextMsg != "" {
			message = le.ContextMsg + ": " + message
		}
		switch {
		case le.Mark.Line > top.src.text.Count():
			top.line, top.column = top.src.text.Position(len(top.src.data))
		case le.Mark.Line > 0:
			top.line, top.column = le.Mark.Line, max(le.Mark.Column, 1)
		default:
			top.line, top.column = unreadable(top.src)
		}
		if c := le.ContextMark.Line; c > 0 && c != top.line {
			message += fmt.Sprintf(" (what is being read begins in line %d)", c)
		}
	}
	if bytes.ContainsRune(top.src.text.Line(top.line), '\t') && (strings.Contains(message, "tab") || strings.Contains(message, "any token")) {
		message += " (YAML indents with spaces: replace the tab)"
	}
	l.fail(ErrYAMLParse, top, "the file is no valid YAML: %s", message)
}

// unreadable is the place of the first byte that no YAML file may contain.
func unreadable(src *source) (line, column int) {
	for i, r := range string(src.data) {
		if r == 0xFFFD || r < ' ' && !isBlank(r) || r == 0x7F {
			return src.text.Position(i)
		}
	}
	return 1, 1
}

// resolve returns the node an alias stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// text is a scalar with where it was written.
type text struct {
	value  string
	place  place
	origin *origin
}

func newText(n *yaml.Node, p place) text {
	return text{value: n.Value, place: p, origin: newOrigin(p, n)}
}

// fields is a YAML mapping: an item or a part of one.
type fields struct {
	place place
	order []string
	keys  map[string]*yaml.Node
	nodes map[string]*yaml.Node
}

// mapping reads a mapping's keys. A key given twice is an error: YAML forbids
// it, and which of the two counted would be a guess.
func (l *loader) mapping(n *yaml.Node, p place) (fields, bool) {
	m := fields{place: p, keys: map[string]*yaml.Node{}, nodes: map[string]*yaml.Node{}}
	ok := true
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], resolve(n.Content[i+1])
		if k.Kind != yaml.ScalarNode {
			ok = false
			l.fail(ErrYAMLValidate, p.in(valueContext, "", k.Line, k.Column), "a key must be a word, not a list or a mapping: write \"key: value\"")
			continue
		}
		if first, twice := m.keys[k.Value]; twice {
			ok = false
			l.fail(ErrYAMLValidate, p.in(valueContext, k.Value, k.Line, k.Column),
				"the key %q is given twice in one item (first in line %d): remove one, or start a new item with \"- \"", k.Value, first.Line)
			continue
		}
		m.order = append(m.order, k.Value)
		m.keys[k.Value], m.nodes[k.Value] = k, v
	}
	return m, ok
}

func (m fields) has(key string) bool { return m.nodes[key] != nil }

// at is the place of a key's value.
func (m fields) at(key, kind, name string) place {
	n := m.nodes[key]
	if n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 {
		n = m.keys[key]
	}
	return m.place.in(kind, name, n.Line, n.Column)
}

// scalar reads a key's value that must be a non-empty scalar. ok is false where
// the key is missing or, after an error, its value is not one.
func (l *loader) scalar(m fields, key, kind, name string) (t text, ok bool) {
	n := m.nodes[key]
	if n == nil {
		return text{}, false
	}
	p := m.at(key, kind, name)
	switch {
	case n.Kind != yaml.ScalarNode:
		l.fail(ErrYAMLValidate, p, "the value of %q must be a text, not a %s", key, kindName(n))
	case n.Value == "" || n.Tag == "!!null":
		l.fail(ErrYAMLValidate, p, "the value of %q is empty: write it after the colon, or remove the key", key)
	default:
		return newText(n, p), true
	}
	return text{}, false
}

// boolean reads a key's value as true or false; missing keeps the value of
// otherwise.
func (l *loader) boolean(m fields, key string, otherwise bool) bool {
	t, ok := l.scalar(m, key, valueContext, key)
	if !ok {
		return otherwise
	}
	switch strings.ToLower(t.value) {
	case "true", "yes", "on", "y":
		return true
	case "false", "no", "off", "n":
		return false
	}
	l.fail(ErrYAMLValidate, t.place, "the value of %q must be true or false, not %q", key, t.value)
	return otherwise
}

// texts reads a key's value as a sequence of scalars.
func (l *loader) texts(m fields, key, kind, itemKind string) (list []text, ok bool) {
	n := m.nodes[key]
	if n == nil {
		return nil, false
	}
	p := m.at(key, kind, "")
	if n.Kind != yaml.SequenceNode {
		if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
			return nil, true
		}
		l.fail(ErrYAMLValidate, p, "the value of %q must be a list such as [a, b], not a %s", key, kindName(n))
		return nil, false
	}
	return l.sequence(n, p, itemKind)
}

// sequence reads the scalars of a sequence.
func (l *loader) sequence(n *yaml.Node, p place, itemKind string) (list []text, ok bool) {
	ok = true
	for _, c := range n.Content {
		at := p.in(itemKind, "", c.Line, c.Column)
		c = resolve(c)
		if c.Kind != yaml.ScalarNode {
			l.fail(ErrYAMLValidate, at, "an entry of this list must be a text or a number, not a %s", kindName(c))
			ok = false
			continue
		}
		list = append(list, newText(c, at))
	}
	return list, ok
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "list"
	case yaml.MappingNode:
		return "mapping"
	}
	return fmt.Sprintf("text (%q)", cut(n.Value))
}

// cut shortens a text to be quoted in a message.
func cut(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
