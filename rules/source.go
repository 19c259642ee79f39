package rules

import (
	"bytes"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// source is one rule file with the starts of its lines.
type source struct {
	name  string
	data  []byte
	lines []int
	order int
}

func newSource(f Source, order int) *source {
	s := &source{name: f.Name, data: f.Data, lines: []int{0}, order: order}
	for i := 0; i < len(f.Data); i++ {
		switch {
		case f.Data[i] == '\n', f.Data[i] == '\r' && (i+1 == len(f.Data) || f.Data[i+1] != '\n'):
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// line is the text of line n, counted from 1, without its end.
func (s *source) line(n int) []byte {
	if n < 1 || n > len(s.lines) {
		return nil
	}
	end := len(s.data)
	if n < len(s.lines) {
		end = s.lines[n]
	}
	return bytes.TrimRight(s.data[s.lines[n-1]:end], "\r\n")
}

// offset is the byte at which line and column begin, within the file.
func (s *source) offset(line, column int) int {
	if line < 1 {
		return 0
	}
	if line > len(s.lines) {
		return len(s.data)
	}
	at, text := s.lines[line-1], s.line(line)
	for ; column > 1 && len(text) > 0; column-- {
		_, n := utf8.DecodeRune(text)
		at, text = at+n, text[n:]
	}
	return at
}

// position is the line and column of a byte of the file.
func (s *source) position(offset int) (line, column int) {
	offset = min(max(offset, 0), len(s.data))
	line = sort.SearchInts(s.lines, offset+1)
	return line, utf8.RuneCount(s.data[s.lines[line-1]:offset]) + 1
}

// snippetWidth is how much of a long line a snippet shows, in characters.
const snippetWidth = 160

// snippet shows a line with a caret under the column. A long line is cut to
// the part around it.
func (s *source) snippet(line, column int) string {
	text := []rune(string(s.line(line)))
	column = min(max(column, 1), len(text)+1)
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
		Line: line, Column: column, Offset: p.src.offset(line, column),
	}
	return place{p.src, line, column, append(slices.Clip(p.context), item)}
}

// diagnose makes a diagnostic about p.
func (p place) diagnose(code, message string) Diagnostic {
	return Diagnostic{
		Code: code, Message: message,
		File: p.src.name, Line: p.line, Column: p.column,
		Context: p.context, Snippet: p.src.snippet(p.line, p.column),
	}
}
