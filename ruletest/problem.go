package ruletest

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gyrsec/gyr/field"
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
	lines    [][]byte
	problems []Problem
}

func newSource(name string, data []byte) *source {
	return &source{name: name, data: data, lines: bytes.Split(data, []byte("\n"))}
}

// fail notes a problem at a position.
func (s *source) fail(line, column int, format string, args ...any) {
	line, column = max(line, 1), max(column, 1)
	s.problems = append(s.problems, Problem{
		Message: fmt.Sprintf(format, args...), File: s.name, Line: line, Column: column, Snippet: s.snippet(line, column),
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

// snippetWidth is how much of a long line is shown, in characters.
const snippetWidth = 160

func (s *source) snippet(line, column int) string {
	if line > len(s.lines) {
		return ""
	}
	text := []rune(string(bytes.TrimRight(s.lines[line-1], "\r")))
	column = min(column, len(text)+1)
	if len(text) > snippetWidth {
		from := min(max(column-1-snippetWidth/2, 0), len(text)-snippetWidth)
		column -= from
		text = text[from : from+snippetWidth]
	}
	for i, r := range text {
		switch {
		case r == '\t':
			text[i] = ' '
		case !unicode.IsPrint(r):
			text[i] = utf8.RuneError
		}
	}
	return string(text) + "\n" + strings.Repeat(" ", column-1) + "^"
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
