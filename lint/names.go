package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/condition"
)

// names looks for exceptions that go by a process's name alone. Whoever may run
// a program can give it any name, so they except whom they are to catch.
func (c *checker) names() {
	byPlace := map[Location]*nameException{}
	var order []Location
	for _, s := range c.subjects {
		for _, l := range nameExceptions(s.form, nil, nil) {
			at, key := s.at(l), s.at(l)
			if m := l.innermost(); m != "" {
				// All of a macro's are one finding, whoever uses it.
				at = c.inMacro(m, l)
				key = c.macroLocation(m)
			}
			e := byPlace[key]
			if e == nil {
				e = &nameException{at: at, lit: l, texts: map[string]bool{}}
				byPlace[key] = e
				order = append(order, key)
			}
			e.texts[l.base] = true
			if !slices.Contains(e.rules, s.rule.Name) {
				e.rules = append(e.rules, s.rule.Name)
			}
		}
	}
	for _, key := range order {
		c.nameException(byPlace[key])
	}
}

// nameException is a place with exceptions by name alone: the first of them,
// all there are, and the rules they weaken.
type nameException struct {
	at    Location
	lit   *literal
	texts map[string]bool
	rules []string
}

func (c *checker) nameException(e *nameException) {
	rules := fmt.Sprintf("the rule %q", e.rules[0])
	if more := len(e.rules) - 1; more > 0 {
		rules += fmt.Sprintf(" and %d more", more)
	}
	item := fmt.Sprintf("rule %q", e.rules[0])
	if m := e.lit.innermost(); m != "" {
		item = fmt.Sprintf("macro %q", m)
	}
	what := `"` + strings.TrimPrefix(e.lit.text(), "not ") + `"`
	if more := len(e.texts) - 1; more > 0 {
		what += fmt.Sprintf(" (and %d more like it)", more)
	}
	c.report(CodeNameOnly, e.at, item, fmt.Sprintf(
		"%s excepts from %s whatever takes such a name: compare %s with the program's path, which it cannot choose, or add what the program does",
		what, rules, pathField(e.lit.name())))
}

// pathField is the field with the path of the process whose name a field has.
func pathField(name string) string {
	switch name {
	case "proc.pname":
		return "proc.pexepath"
	case "proc.aname":
		return "proc.aexepath"
	}
	return "proc.exepath"
}

// nameExceptions appends the comparisons that by themselves except a process by
// its name. asked are the fields of names the condition asks for around f: a
// rule about programs of certain names is evaded by another name anyway.
func nameExceptions(f *formula, asked []string, found []*literal) []*literal {
	if f.or && f.flipped {
		// not (a and b): an exception of both conditions together.
		if !slices.ContainsFunc(f.of, func(p *formula) bool { return !isNameException(p.lit, asked) }) {
			found = append(found, f.of[0].lit)
		}
		return found
	}
	parts := f.parts()
	for _, p := range parts {
		if p.lit != nil && !p.lit.neg && p.lit.cmp != nil && isNameField(p.lit) && p.lit.cmp.Op != condition.Ne {
			asked = append(slices.Clip(asked), p.lit.name())
		}
		if p.or && asksForName(p) != "" {
			asked = append(slices.Clip(asked), asksForName(p))
		}
	}
	for _, p := range parts {
		switch {
		case p.lit == nil && p.or && !p.flipped:
			for _, alternative := range p.of {
				if alternative.isAnd() {
					found = nameExceptions(alternative, asked, found)
				}
			}
		case p.lit == nil:
			found = nameExceptions(p, asked, found)
		case isNameException(p.lit, asked):
			found = append(found, p.lit)
		}
	}
	return found
}

// asksForName is the field of names that all alternatives ask for.
func asksForName(or *formula) string {
	name := ""
	for _, p := range or.of {
		asked := ""
		for _, q := range p.parts() {
			if q.lit != nil && !q.lit.neg && q.lit.cmp != nil && isNameField(q.lit) {
				asked = q.lit.name()
			}
		}
		if asked == "" || name != "" && name != asked {
			return ""
		}
		name = asked
	}
	return name
}

func isNameField(l *literal) bool {
	switch l.name() {
	case "proc.name", "proc.pname", "proc.aname":
		return true
	}
	return false
}

// isNameException reports whether a comparison leaves out processes by nothing
// but their name.
func isNameException(l *literal, asked []string) bool {
	if l == nil || l.cmp == nil || !isNameField(l) || slices.Contains(asked, l.name()) {
		return false
	}
	// Falco's way to ask whether there is a name at all is no exception.
	if !slices.ContainsFunc(l.constants(), func(v string) bool { return v != "<NA>" && v != "N/A" && v != "" }) {
		return false
	}
	if l.cmp.Op == condition.Ne {
		return !l.neg
	}
	return l.neg
}
