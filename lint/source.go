package lint

import (
	"bytes"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// source is one rule file with the starts of its lines.
type source struct {
	name  string
	data  []byte
	lines []int
}

func newSource(name string, data []byte) *source {
	s := &source{name: name, data: data, lines: []int{0}}
	for i, c := range data {
		if c == '\n' || c == '\r' && (i+1 == len(data) || data[i+1] != '\n') {
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

// offset is the byte at which line and column begin.
func (s *source) offset(line, column int) int {
	if line < 1 || line > len(s.lines) {
		return len(s.data)
	}
	at, text := s.lines[line-1], s.line(line)
	for ; column > 1 && len(text) > 0; column-- {
		_, n := utf8.DecodeRune(text)
		at, text = at+n, text[n:]
	}
	return at
}

// at is the location of a byte of the file.
func (s *source) at(offset int) Location {
	offset = min(max(offset, 0), len(s.data))
	line := sort.SearchInts(s.lines, offset+1)
	return Location{s.name, line, utf8.RuneCount(s.data[s.lines[line-1]:offset]) + 1}
}

// snippetWidth is how much of a long line a snippet shows, in characters.
const snippetWidth = 160

// snippet shows a line with a caret under the column.
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

// locate is the location of byte i of a scalar's value. YAML changes, apart
// from escapes, nothing but white space, so the value's other characters are
// found one after the other in the file; where they are not, the start of the
// scalar has to do.
func (s *source) locate(n *yaml.Node, i int) Location {
	start := s.offset(n.Line, n.Column)
	at := start
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		for at < len(s.data) && s.data[at] != '\n' && s.data[at] != '\r' {
			at++
		}
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		at++
	}
	for k, r := range n.Value {
		if unicode.IsSpace(r) {
			continue
		}
		for at < len(s.data) && unicode.IsSpace(rune(s.data[at])) {
			at++
		}
		if k >= i {
			break
		}
		got, size := utf8.DecodeRune(s.data[min(at, len(s.data)):])
		if got != r || size == 0 {
			return s.at(start)
		}
		at += size
	}
	return s.at(at)
}
