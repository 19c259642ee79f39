package condition

import (
	"slices"
	"strings"
)

// automaton tests whether a string contains one of many (Aho and Corasick's
// construction, made into a table): each byte is looked at once, however many
// strings are sought.
type automaton struct {
	// classes number the bytes that occur in the strings; all others are 0.
	classes [256]uint8
	width   int
	// next is the state after a byte of a class, by state*width+class; endState says
	// that one of the strings ended there.
	next []uint16
}

// endState is no state.
const endState = 1<<16 - 1

// automatonSize is how long the strings of one automaton are together, which
// bounds its table.
const automatonSize = 4096

// manyContains is from how many strings on an automaton is quicker than
// searching for one after the other, which processors are good at.
const (
	manyContains  = 10
	manyIContains = 2
)

// newParts makes the test of strings that contain one of parts, in any case
// where fold is set.
func newParts(parts []string, fold bool) func(string) bool {
	var tests []func(string) bool
	if slices.Contains(parts, "") {
		return func(string) bool { return true }
	}
	for len(parts) > 0 {
		size, n := 0, 0
		for n < len(parts) && (n == 0 || size+len(parts[n]) <= automatonSize) {
			size += len(parts[n])
			n++
		}
		if size > automatonSize {
			tests = append(tests, partTest(parts[0], fold)) // one by itself
		} else {
			tests = append(tests, newAutomaton(parts[:n], fold).match)
		}
		parts = parts[n:]
	}
	if len(tests) == 1 {
		return tests[0]
	}
	return func(s string) bool {
		for _, t := range tests {
			if t(s) {
				return true
			}
		}
		return false
	}
}

// partTest seeks one string.
func partTest(part string, fold bool) func(string) bool {
	if fold {
		lower := strings.Map(lowerRune, part)
		return func(s string) bool { return containsFold(s, lower) }
	}
	return func(s string) bool { return strings.Contains(s, part) }
}

// newAutomaton is for strings that are at most automatonSize long together.
func newAutomaton(parts []string, fold bool) *automaton {
	a := &automaton{width: 1}
	for _, part := range parts {
		for i := range len(part) {
			c := part[i]
			if fold {
				c = lowerByte(c)
			}
			// 255 classes and the one of bytes that do not occur; with all 256
			// bytes in use, none is left that does not.
			if a.classes[c] == 0 && a.width < 256 {
				a.classes[c] = uint8(a.width)
				a.width++
			}
		}
	}
	if fold {
		for c := byte('A'); c <= 'Z'; c++ {
			a.classes[c] = a.classes[lowerByte(c)]
		}
	}
	a.build(parts)
	return a
}

func (a *automaton) build(parts []string) {
	a.next = make([]uint16, a.width)
	for _, part := range parts {
		state := 0
		for i := range len(part) {
			at := state*a.width + int(a.classes[part[i]])
			if i == len(part)-1 {
				a.next[at] = endState
			} else if a.next[at] == 0 {
				a.next[at] = uint16(len(a.next) / a.width)
				a.next = append(a.next, make([]uint16, a.width)...)
			}
			if state = int(a.next[at]); state == endState {
				break // a shorter one ends before
			}
		}
	}
	// Breadth first: what a state does not know, the longest end of its text that
	// begins one of the strings does.
	type pending struct{ state, fallback uint16 }
	queue := []pending{}
	for _, s := range a.next[:a.width] {
		if s != 0 && s != endState {
			queue = append(queue, pending{s, 0})
		}
	}
	for i := 0; i < len(queue); i++ {
		p := queue[i]
		row := a.next[int(p.state)*a.width:][:a.width]
		back := a.next[int(p.fallback)*a.width:][:a.width]
		for c, s := range row {
			switch {
			case s == 0 || back[c] == endState:
				row[c] = back[c]
			case s != endState:
				queue = append(queue, pending{s, back[c]})
			}
		}
	}
}

func (a *automaton) match(s string) bool {
	state := 0
	for i := range len(s) {
		n := a.next[state*a.width+int(a.classes[s[i]])]
		if n == endState {
			return true
		}
		state = int(n)
	}
	return false
}
