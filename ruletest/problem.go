package ruletest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/field"
	"github.com/gyrsec/gyr/lines"
)

// Problem is one mistake in a test file.
type Problem struct {
	// Message says what is wrong and what to do about it.
	Message string
	// File, Line and Column are where; Line and Column start at 1, in
	// characters.
	File         string
	Line, Column int
	// Snippet is the line and, on a second line, a caret under the column.
	Snippet string
}

// String is the problem as a block of lines, without a newline at its end.
func (p Problem) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	if p.Snippet != "" {
		s += "\n    " + strings.ReplaceAll(p.Snippet, "\n", "\n    ")
	}
	return s
}

// Errors is all that is wrong with a test file, in its order.
type Errors struct{ List []Problem }

// Error is one block of lines for each problem.
func (e *Errors) Error() string {
	blocks := make([]string, len(e.List))
	for i, p := range e.List {
		blocks[i] = p.String()
	}
	return strings.Join(blocks, "\n")
}

// source is a test file with what was found wrong in it.
type source struct {
	name     string
	data     []byte
	lines    *lines.Text
	problems []Problem
}

func newSource(name string, data []byte) *source {
	return &source{name: name, data: data, lines: lines.Of(data)}
}

// fail notes a problem at a position.
func (s *source) fail(line, column int, format string, args ...any) {
	line, column = max(line, 1), max(column, 1)
	s.problems = append(s.problems, Problem{
		Message: fmt.Sprintf(format, args...), File: s.name, Line: line, Column: column, Snippet: s.lines.Snippet(line, column),
	})
}

// err is what was found wrong, nil for nothing.
func (s *source) err() error {
	if len(s.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(s.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Errors{List: s.problems}
}

// didYouMean is the end of a message about a name that is not known: the
// closest of those known, or nothing.
func didYouMean(name string, known []string) string {
	best, limit := "", len(name)/3+1
	for _, k := range known {
		if d := field.Distance(strings.ToLower(name), strings.ToLower(k), limit); d < limit && k != name {
			best, limit = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %q?", best)
}

// cut shortens what users wrote for a message.
func cut(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
