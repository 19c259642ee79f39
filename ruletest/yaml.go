package ruletest

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// document returns the content of the file's only document, nil where there is
// none or it cannot be read.
func (s *source) document() *yaml.Node {
	d, err := yaml.NewLoader(bytes.NewReader(s.data))
	if err != nil {
		s.syntaxError(err)
		return nil
	}
	var first, next yaml.Node
	if err := d.Load(&first); err != nil {
		if errors.Is(err, io.EOF) {
			s.fail(1, 1, "the file is empty: it needs at least \"rule_files:\" and \"tests:\"")
		} else {
			s.syntaxError(err)
		}
		return nil
	}
	if err := d.Load(&next); err == nil {
		s.fail(next.Line, next.Column, "a test file is one YAML document: remove the \"---\"")
		return nil
	} else if !errors.Is(err, io.EOF) {
		s.syntaxError(err)
		return nil
	}
	if len(first.Content) == 0 {
		return nil
	}
	return resolve(first.Content[0])
}

func (s *source) syntaxError(err error) {
	line, column, message := 1, 1, err.Error()
	var le *yaml.LoadError
	if errors.As(err, &le) {
		line, column, message = le.Mark.Line, le.Mark.Column, le.Message
		if le.ContextMsg != "" {
			message = le.ContextMsg + ": " + message
		}
	}
	s.fail(min(line, s.lines.Count()), column, "the file is no valid YAML: %s", message)
}

// resolve returns the node an alias stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func kindName(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "mapping"
	case n.Kind == yaml.SequenceNode:
		return "list"
	case isNull(n):
		return "missing value"
	}
	return "single value"
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// entry is one key of a mapping with its value.
type entry struct {
	key       string
	at, value *yaml.Node
}

// mapping reads the entries of a mapping: what says in messages what it is.
// Where known is given, other keys are errors.
func (s *source) mapping(n *yaml.Node, what string, known ...string) []entry {
	if n.Kind != yaml.MappingNode {
		s.fail(n.Line, n.Column, "%s must be a mapping of keys to values, not a %s", what, kindName(n))
		return nil
	}
	var entries []entry
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := resolve(n.Content[i])
		switch line, twice := seen[k.Value]; {
		case k.Kind != yaml.ScalarNode:
			s.fail(k.Line, k.Column, "a key must be a word, not a %s: write \"key: value\"", kindName(k))
		case twice:
			s.fail(k.Line, k.Column, "the key %q is given twice (first in line %d): remove one", cut(k.Value), line)
		case len(known) > 0 && !slices.Contains(known, k.Value):
			more := didYouMean(k.Value, known)
			if more == "" {
				more = "; the keys are " + strings.Join(known, ", ")
			}
			s.fail(k.Line, k.Column, "%s has no key %q%s", what, cut(k.Value), more)
		default:
			seen[k.Value] = k.Line
			entries = append(entries, entry{k.Value, n.Content[i], resolve(n.Content[i+1])})
		}
	}
	return entries
}

// find is the entry with that key, nil where there is none.
func find(entries []entry, key string) *entry {
	for i := range entries {
		if entries[i].key == key {
			return &entries[i]
		}
	}
	return nil
}

// sequence are the elements of a list.
func (s *source) sequence(n *yaml.Node, what string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		s.fail(n.Line, n.Column, "%s must be a list, not a %s: start each element with \"- \"", what, kindName(n))
		return nil
	}
	return n.Content
}

// text is the value of a scalar.
func (s *source) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		s.fail(n.Line, n.Column, "%s must be a single value, not a %s", what, kindName(n))
		return "", false
	}
	return n.Value, true
}

// texts are the values of a list of scalars.
func (s *source) texts(n *yaml.Node, what string) ([]string, bool) {
	list := []string{}
	all := n.Kind == yaml.SequenceNode
	for _, c := range s.sequence(n, what) {
		c = resolve(c)
		v, ok := s.text(c, "an element of "+what)
		all = all && ok
		list = append(list, v)
	}
	return list, all
}
