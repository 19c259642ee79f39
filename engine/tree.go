package engine

import (
	"slices"
	"strings"
)

// blockRules is how many rules are looked up together: their candidates fit a
// set of fixed size, which needs no allocation.
const blockRules = 2048

// ruleSet is a set of rules of a block, by their place in it.
type ruleSet [blockRules / 64]uint64

func (s *ruleSet) add(rules []uint16) {
	for _, r := range rules {
		s[r>>6] |= 1 << (r & 63)
	}
}

// tree finds the rules that wait for a string, or for what it starts with. It
// is a trie whose edges are as long as they can be: most strings no rule waits
// for leave it within a few bytes.
type tree struct {
	label string
	// heads are the first bytes of the children's labels (the last ones, where
	// the tree reads strings from their end).
	heads string
	next  []*tree
	// begins are the rules of strings that start with the text up to here, equals
	// those of the text itself.
	begins, equals []uint16
}

// insert returns the node of text.
func (t *tree) insert(text string) *tree {
	for text != "" {
		i := strings.IndexByte(t.heads, text[0])
		if i < 0 {
			leaf := &tree{label: text}
			t.heads += text[:1]
			t.next = append(t.next, leaf)
			return leaf
		}
		child := t.next[i]
		same := 0
		for same < len(text) && same < len(child.label) && text[same] == child.label[same] {
			same++
		}
		if same < len(child.label) {
			upper := &tree{label: child.label[:same], heads: child.label[same : same+1], next: []*tree{child}}
			child.label = child.label[same:]
			t.next[i], child = upper, upper
		}
		t, text = child, text[same:]
	}
	return t
}

// find adds the rules that wait for s.
func (t *tree) find(s string, set *ruleSet) {
	for {
		set.add(t.begins)
		if s == "" {
			set.add(t.equals)
			return
		}
		i := strings.IndexByte(t.heads, s[0])
		if i < 0 {
			return
		}
		if t = t.next[i]; !strings.HasPrefix(s, t.label) {
			return
		}
		s = s[len(t.label):]
	}
}

// reverse makes a tree of reversed texts one that findBack reads.
func (t *tree) reverse() {
	t.label = reversed(t.label)
	for _, child := range t.next {
		child.reverse()
	}
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// findBack adds the rules that wait for what s ends with.
func (t *tree) findBack(s string, set *ruleSet) {
	for {
		set.add(t.begins)
		if s == "" {
			return
		}
		i := strings.IndexByte(t.heads, s[len(s)-1])
		if i < 0 {
			return
		}
		if t = t.next[i]; !strings.HasSuffix(s, t.label) {
			return
		}
		s = s[:len(s)-len(t.label)]
	}
}
