package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity says how bad a finding is.
type Severity uint8

// The severities. From Warning on, a check has failed.
const (
	Note Severity = iota
	Warning
	Error
)

// String is the severity's name, which is also SARIF's level.
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	}
	return "note"
}

// Location is a position in a rule file. Line and Column start at 1, in
// characters.
type Location struct {
	File         string
	Line, Column int
}

// String is the location as compilers write it.
func (l Location) String() string { return fmt.Sprintf("%s:%d:%d", l.File, l.Line, l.Column) }

// Finding is one thing that is wrong.
type Finding struct {
	// Code is one of the codes [Codes] lists.
	Code     string
	Severity Severity
	// Message says what is wrong and what to do about it.
	Message string
	Location
	// Item names what the finding is about, for example: rule "Shell spawned".
	Item string
	// Snippet is the line in question and, on a second line, a caret under the
	// column.
	Snippet string
	// Related is another place the message speaks of; its Line is 0 where there
	// is none.
	Related Location
}

// String is the finding as a block of lines that does not end in a newline.
func (f Finding) String() string {
	s := fmt.Sprintf("%s: %s: %s (%s)", f.Location, f.Severity, f.Message, f.Code)
	if f.Snippet != "" {
		s += "\n    " + strings.ReplaceAll(f.Snippet, "\n", "\n    ")
	}
	return s
}

// Count returns how many findings there are of a severity or a worse one.
func Count(findings []Finding, least Severity) int {
	n := 0
	for _, f := range findings {
		if f.Severity >= least {
			n++
		}
	}
	return n
}

// sorted puts findings into the order of the files and lines.
func sorted(findings []Finding, files []*source) []Finding {
	order := map[string]int{}
	for i, f := range files {
		order[f.name] = i
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(findings)
}
