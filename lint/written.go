package lint

import (
	"fmt"
	"strings"

	"github.com/gyrsec/gyr/condition"
)

// written looks at conditions as they were written: at what is gone once they
// are parsed, or stands in a macro whoever uses it.
func (c *checker) written() {
	for _, s := range c.subjects {
		c.text(s.def, s.title(), s.rule.ConditionText)
	}
	for _, m := range c.set.Macros {
		if def := c.index.macros[m.Name]; def != nil {
			c.text(def, fmt.Sprintf("macro %q", m.Name), m.ConditionText)
		}
	}
}

// maxText is the size, in bytes, from which on a condition's text is not looked
// at: the search takes time in the square of it.
const maxText = 1 << 16

func (c *checker) text(def *definition, item, text string) {
	if len(text) > maxText {
		return
	}
	for _, offset := range doubleNegations(text) {
		c.report(CodeDoubleNegation, def.conditionAt(text, offset), item, "two negations cancel each other out: remove both")
	}
	own, err := condition.Parse(text)
	if err != nil {
		return
	}
	for _, e := range emptyLists(own, false, nil) {
		message := "nothing is in an empty list, so that this never holds: give the list values, or remove the comparison"
		if e.neg {
			message = "nothing is in an empty list, so that this always holds: give the list values, or remove the comparison"
		}
		c.report(CodeEmptyList, def.conditionAt(text, e.offset), item, message)
	}
}

type emptyList struct {
	offset int
	neg    bool
}

// emptyLists finds comparisons with a list written without a value.
func emptyLists(x condition.Expr, neg bool, found []emptyList) []emptyList {
	switch x := x.(type) {
	case *condition.And:
		for _, y := range x.Of {
			found = emptyLists(y, neg, found)
		}
	case *condition.Or:
		for _, y := range x.Of {
			found = emptyLists(y, neg, found)
		}
	case *condition.Not:
		found = emptyLists(x.X, !neg, found)
	case *condition.Compare:
		if x.List && len(x.Values) == 0 {
			found = append(found, emptyList{x.Offset, neg})
		}
	}
	return found
}

// doubleNegations are the offsets of a "not" that only negates another: not not
// x, or not (not x).
func doubleNegations(text string) []int {
	var found []int
	for _, at := range nots(text) {
		inner := strings.TrimLeft(text[at+len("not"):], " \t\r\n")
		for strings.HasPrefix(inner, "(") {
			end := closing(inner)
			if end < 0 {
				break
			}
			inner = strings.TrimSpace(inner[1:end])
		}
		if starts := nots(inner); len(starts) == 0 || starts[0] != 0 {
			continue
		}
		// "not x and y" in parentheses negates more than the x.
		if strings.HasPrefix(strings.TrimLeft(text[at+len("not"):], " \t\r\n"), "(") {
			if x, err := condition.Parse(inner); err != nil || !isNot(x) {
				continue
			}
		}
		found = append(found, at)
	}
	return found
}

func isNot(x condition.Expr) bool {
	_, ok := x.(*condition.Not)
	return ok
}

// nots are the offsets of the word not, outside quotes.
func nots(text string) []int {
	var found []int
	scan(text, func(start, end int) {
		if text[start:end] == "not" {
			found = append(found, start)
		}
	})
	return found
}

// closing is the offset of the parenthesis that closes the one text begins
// with, -1 where none does.
func closing(text string) int {
	depth, at := 0, -1
	scan(text, func(start, end int) {
		switch {
		case at >= 0 || end-start != 1:
		case text[start] == '(':
			depth++
		case text[start] == ')':
			if depth--; depth == 0 {
				at = start
			}
		}
	})
	return at
}

// scan calls yield for the words and parentheses of a condition, without what
// is in quotes.
func scan(text string, yield func(start, end int)) {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"' || c == '\'':
			for i++; i < len(text) && text[i] != c; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			i++
		case strings.IndexByte(" \t\r\n", c) >= 0:
			i++
		case c == '(' || c == ')' || c == ',':
			yield(i, i+1)
			i++
		default:
			start := i
			for i < len(text) && strings.IndexByte(" \t\r\n(),\"'", text[i]) < 0 {
				i++
			}
			yield(start, i)
		}
	}
}
