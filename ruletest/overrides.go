package ruletest

import (
	"bytes"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/gyrsec/gyr/rules"
)

// overrides makes a rule file of rules written inside a test file. It keeps
// their lines and columns, so that what the rule loader says of them points
// into the test file.
func (s *source) overrides(n *yaml.Node) *rules.Source {
	var begin, indent int
	ok := n.Kind == yaml.SequenceNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0
	if ok {
		// The list's own position may be that of an anchor before it.
		begin = n.Content[0].Line
		first := s.lines.Line(begin)
		body := bytes.TrimLeft(first, " ")
		indent = len(first) - len(body)
		ok = bytes.HasPrefix(body, []byte("-"))
	}
	if !ok {
		s.fail(n.Line, n.Column, "overrides must be a list of rule items, each on lines of its own: \"- macro: NAME\"")
		return nil
	}
	text := bytes.Repeat([]byte("\n"), begin-1)
	for i := begin; i <= s.lines.Count(); i++ {
		line := s.lines.Line(i)
		if i > begin && endsBlock(line, indent) {
			break
		}
		text = append(append(text, line...), '\n')
	}
	return &rules.Source{Name: s.name, Data: text}
}

// endsBlock reports whether a line no longer belongs to a list whose elements
// begin with a dash after that many blanks.
func endsBlock(line []byte, indent int) bool {
	body := bytes.TrimLeft(line, " ")
	n := len(line) - len(body)
	switch {
	case len(bytes.TrimSpace(body)) == 0 || body[0] == '#' || n > indent:
		return false
	case n < indent:
		return true
	}
	return body[0] != '-' || bytes.HasPrefix(body, []byte("---"))
}

// ruleSet is a set of rules tests share: the rule files with some overrides.
type ruleSet struct {
	key   []byte
	files []rules.Source
}

// sets keeps the rule sets of a file apart by their overrides.
type sets struct{ list []ruleSet }

// of is the place of the set with these overrides after the common files.
func (s *sets) of(common []rules.Source, local *rules.Source) int {
	var key []byte
	files := slices.Clone(common)
	if local != nil {
		key = bytes.TrimSpace(local.Data)
		files = append(files, *local)
	}
	for i := range s.list {
		if bytes.Equal(s.list[i].key, key) {
			return i
		}
	}
	s.list = append(s.list, ruleSet{key, files})
	return len(s.list) - 1
}
