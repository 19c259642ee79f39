package rules

import (
	"slices"

	"github.com/gyrsec/gyr/lines"
)

// source is one rule file.
type source struct {
	name  string
	data  []byte
	text  *lines.Text
	order int
}

func newSource(f Source, order int) *source {
	return &source{name: f.Name, data: f.Data, text: lines.Of(f.Data), order: order}
}

// place is a position in a file with the way that leads to it.
type place struct {
	src          *source
	line, column int
	context      []ContextItem
}

// in is the place of something within p that begins at line and column.
func (p place) in(kind, name string, line, column int) place {
	line, column = max(line, 1), max(column, 1)
	item := ContextItem{
		Type: kind, Name: name, File: p.src.name,
		Line: line, Column: column, Offset: p.src.text.Offset(line, column),
	}
	return place{p.src, line, column, append(slices.Clip(p.context), item)}
}

// diagnose makes a diagnostic about p.
func (p place) diagnose(code, message string) Diagnostic {
	return Diagnostic{
		Code: code, Message: message,
		File: p.src.name, Line: p.line, Column: p.column,
		Context: p.context, Snippet: p.src.text.Snippet(p.line, p.column),
	}
}
