package condition

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// glob is a shell pattern over a whole string: * any characters (slashes too),
// ? any one, [...] one of a set, \ the next character as it is.
type glob struct {
	parts []globPart
}

type globKind uint8

const (
	globByte globKind = iota
	globAny
	globOne
	globSet
)

type globPart struct {
	kind   globKind
	c      byte
	set    *[256]bool
	folded bool
}

// newGlob reads a pattern. A set that does not end stands for its characters.
func newGlob(pattern string, fold bool) *glob {
	g := &glob{}
	for i := 0; i < len(pattern); i++ {
		part := globPart{kind: globByte, c: pattern[i], folded: fold}
		switch pattern[i] {
		case '*':
			part.kind = globAny
			if n := len(g.parts); n > 0 && g.parts[n-1].kind == globAny {
				continue
			}
		case '?':
			part.kind = globOne
		case '[':
			if set, end := globClass(pattern[i:], fold); set != nil {
				part.kind, part.set = globSet, set
				i += end
			}
		case '\\':
			if i+1 < len(pattern) {
				i++
				part.c = pattern[i]
			}
		}
		if fold {
			part.c = lowerByte(part.c)
		}
		g.parts = append(g.parts, part)
	}
	return g
}

// globClass reads a set such as [a-z_] or [!0-9] and returns where it ends;
// nil where it does not.
func globClass(p string, fold bool) (*[256]bool, int) {
	set := &[256]bool{}
	i, negated := 1, false
	if i < len(p) && (p[i] == '!' || p[i] == '^') {
		negated = true
		i++
	}
	for first := true; i < len(p); first = false {
		if p[i] == ']' && !first {
			if negated {
				for c := range set {
					set[c] = !set[c]
				}
			}
			return set, i
		}
		low, high, end := classRange(p, i)
		for c := int(low); c <= int(high); c++ {
			set[c] = true
			if fold {
				set[lowerByte(byte(c))], set[upperByte(byte(c))] = true, true
			}
		}
		i = end + 1
	}
	return nil, 0
}

func (p *globPart) matches(c byte) bool {
	switch p.kind {
	case globOne:
		return true
	case globSet:
		return p.set[c]
	}
	if p.folded {
		c = lowerByte(c)
	}
	return p.c == c
}

// match goes back only to the last star: what an earlier one took can stay.
func (g *glob) match(s string) bool {
	part, star, resume := 0, -1, 0
	for i := 0; i < len(s); {
		switch {
		case part < len(g.parts) && g.parts[part].kind == globAny:
			star, resume = part, i
			part++
		case part < len(g.parts) && g.parts[part].matches(s[i]):
			part++
			i++
		case star >= 0:
			resume++
			part, i = star+1, resume
		default:
			return false
		}
	}
	for part < len(g.parts) && g.parts[part].kind == globAny {
		part++
	}
	return part == len(g.parts)
}

func hasWildcard(s string) bool { return strings.ContainsAny(s, `*?[\`) }

// newRegex compiles a POSIX extended regular expression in RE2's syntax that
// has to match the whole string.
func newRegex(x *Compare, v Value) (func(string) bool, error) {
	parsed, err := syntax.Parse(v.Text, syntax.POSIX|syntax.ClassNL|syntax.OneLine)
	if err != nil {
		return nil, x.valueErrorf(v, "'%s' is not a POSIX regular expression (write [0-9] for \\d, [[:space:]] for \\s): %v", v.Text, err)
	}
	// The parsed form is printed in the syntax the compiler reads.
	re, err := regexp.Compile(`\A(?:` + parsed.String() + `)\z`)
	if err != nil {
		return nil, x.valueErrorf(v, "'%s' cannot be compiled: %v", v.Text, err)
	}
	return re.MatchString, nil
}

// pathSet tests whether a path is, or is below, one of many. It is a tree of
// path components; a component with wildcards matches within itself.
type pathSet struct {
	end      bool
	children map[string]*pathSet
	globs    []pathGlob
}

type pathGlob struct {
	text string
	glob *glob
	next *pathSet
}

func newPathSet(paths []string) *pathSet {
	root := &pathSet{}
	for _, path := range paths {
		if path == "" {
			continue
		}
		n := root
		for c, rest := component(path); c != ""; c, rest = component(rest) {
			n = n.child(c)
		}
		n.end = true
	}
	return root
}

// component splits off the first component of a path; the slash an absolute
// path begins with is one by itself. It is "" at the end.
func component(path string) (first, rest string) {
	if strings.HasPrefix(path, "/") {
		return "/", strings.TrimLeft(path, "/")
	}
	first, rest, _ = strings.Cut(path, "/")
	return first, strings.TrimLeft(rest, "/")
}

func (s *pathSet) child(c string) *pathSet {
	if hasWildcard(c) {
		for _, g := range s.globs {
			if g.text == c {
				return g.next
			}
		}
		s.globs = append(s.globs, pathGlob{text: c, glob: newGlob(c, false), next: &pathSet{}})
		return s.globs[len(s.globs)-1].next
	}
	if s.children == nil {
		s.children = map[string]*pathSet{}
	}
	next := s.children[c]
	if next == nil {
		next = &pathSet{}
		s.children[c] = next
	}
	return next
}

func (s *pathSet) match(path string) bool {
	if s.end {
		return true
	}
	c, rest := component(path)
	if c == "" {
		return false
	}
	if next := s.children[c]; next != nil && next.match(rest) {
		return true
	}
	if c == "/" {
		// Wildcards stand for names, not for the root.
		return false
	}
	for i := range s.globs {
		if s.globs[i].glob.match(c) && s.globs[i].next.match(rest) {
			return true
		}
	}
	return false
}

// classRange reads one character or range of a bracket expression at p[i] and
// returns the place of its last byte.
func classRange(p string, i int) (low, high byte, end int) {
	low = p[i]
	if low == '\\' && i+1 < len(p) {
		i++
		low = p[i]
	}
	if i+2 < len(p) && p[i+1] == '-' && p[i+2] != ']' {
		return low, p[i+2], i + 2
	}
	return low, low, i
}
