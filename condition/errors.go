package condition

import (
	"fmt"

	"github.com/gyrsec/gyr/field"
)

// SyntaxError is a text that is no condition.
type SyntaxError struct {
	// Offset counts bytes from 0; Line and Column (in bytes) count from 1.
	Offset, Line, Column int
	Msg                  string
}

// Error gives position and message.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Msg)
}

// TypeError is a condition that parses but cannot be evaluated: an unknown
// field, event type or transformer, an operator that does not fit the field, a
// value that does not fit its type.
type TypeError struct {
	// Offset is where in the parsed text, in bytes from 0.
	Offset int
	Msg    string
	// Unknown is set where a field or event type is not known to this version
	// (rules may ask to be skipped then).
	Unknown bool
}

// Error is the message.
func (e *TypeError) Error() string { return e.Msg }

// MacroError is a reference to a macro that cannot be replaced: it is not
// defined, contains itself, or makes the condition too large.
type MacroError struct {
	Name   string
	Offset int // of the reference, in bytes from 0
	// Loop is set where the macro contains itself, Large where the expanded
	// condition has more than 200000 parts; otherwise it is not defined.
	Loop, Large bool
}

// Error names the macro.
func (e *MacroError) Error() string {
	switch {
	case e.Loop:
		return fmt.Sprintf("macro '%s' contains itself", e.Name)
	case e.Large:
		return fmt.Sprintf("macro '%s' makes the condition larger than %d comparisons", e.Name, maxExpanded)
	}
	return fmt.Sprintf("undefined macro '%s': define it before it is used here", e.Name)
}

// WarningKind says what a Warning is about.
type WarningKind uint8

// The kinds of warnings.
const (
	// AmbiguousValue is a value that reads as a field.
	AmbiguousValue WarningKind = iota
	// UnsafeNA is a comparison of an audit field with "<NA>": a field without a
	// value has no such text, and comparisons with it are false.
	UnsafeNA
)

// Warning is something that loads but is probably not meant.
type Warning struct {
	Kind WarningKind
	// Offset is where in the parsed text, in bytes from 0.
	Offset int
	Msg    string
}

// suggest is the end of an error about a word that is none of names.
func suggest(word string, names []string) string {
	best, bestDistance := "", len(word)/3+2
	for _, name := range names {
		if d := field.Distance(word, name, bestDistance); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean '" + best + "'?"
}
