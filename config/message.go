package config

import (
	"fmt"
	"strings"
)

// Position is a place in a configuration: in a file, or in an override, for
// which File is the override as given ("-o key=value") and Line is 0. Line and
// Column count from 1, Column in characters.
type Position struct {
	File         string
	Line, Column int
}

// String is file:line:column, or the override.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Kind tells warnings apart.
type Kind uint8

// The kinds of warnings.
const (
	// UnknownKey is a key that neither Gyr nor Falco has.
	UnknownKey Kind = iota
	// NotInForce is a key of Falco that Gyr does not act on yet.
	NotInForce
	// Removed is a key of earlier versions of Falco, without effect there too.
	Removed
	// Duplicate is a key given a second time in the same place.
	Duplicate
)

// Warning is a part of a configuration that has no effect.
type Warning struct {
	Position
	Kind    Kind
	Key     string // dotted: engine.kind
	Message string
}

// String is the warning with its place, on one line.
func (w Warning) String() string { return w.Position.String() + ": " + w.Message }

// Error is one thing wrong with a configuration.
type Error struct {
	Position
	Key     string // dotted; empty where the error is not about one key
	Message string
}

// Error is the message with its place, on one line.
func (e *Error) Error() string { return e.Position.String() + ": " + e.Message }

// Errors are all things wrong with a configuration, in the order found.
type Errors []*Error

// Error lists the errors, one a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the single errors.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, one := range e {
		errs[i] = one
	}
	return errs
}
