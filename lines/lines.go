// Package lines finds places in the text of a file, for messages about it: the
// line and column of a byte, the byte of a line and column, and a snippet that
// shows the place.
//
// Lines and columns count from 1, columns in characters. A line ends at "\n",
// "\r\n" or "\r", as in YAML.
package lines

import (
	"bytes"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is the text of a file with the starts of its lines. It is immutable.
type Text struct {
	data   []byte
	starts []int
}

// Of finds the lines of data, which must not be changed afterwards.
func Of(data []byte) *Text {
	t := &Text{data: data, starts: []int{0}}
	for i, c := range data {
		if c == '\n' || c == '\r' && (i+1 == len(data) || data[i+1] != '\n') {
			t.starts = append(t.starts, i+1)
		}
	}
	return t
}

// Line is the text of line n without its end; nil where there is no such line.
func (t *Text) Line(n int) []byte {
	if n < 1 || n > len(t.starts) {
		return nil
	}
	end := len(t.data)
	if n < len(t.starts) {
		end = t.starts[n]
	}
	return bytes.TrimRight(t.data[t.starts[n-1]:end], "\r\n")
}

// Offset is the byte at which line and column begin: the beginning for a line
// before the first, the end for one behind the last.
func (t *Text) Offset(line, column int) int {
	if line < 1 {
		return 0
	}
	if line > len(t.starts) {
		return len(t.data)
	}
	at, text := t.starts[line-1], t.Line(line)
	for ; column > 1 && len(text) > 0; column-- {
		_, n := utf8.DecodeRune(text)
		at, text = at+n, text[n:]
	}
	return at
}

// Position is the line and column of a byte.
func (t *Text) Position(offset int) (line, column int) {
	offset = min(max(offset, 0), len(t.data))
	line = sort.SearchInts(t.starts, offset+1)
	return line, utf8.RuneCount(t.data[t.starts[line-1]:offset]) + 1
}

// snippetWidth is how much of a long line a snippet shows, in characters.
const snippetWidth = 160

// Count is the number of lines; text that ends in a line end has an empty one
// behind it.
func (t *Text) Count() int { return len(t.starts) }

// Snippet shows a line and, on a second one, a caret under the column. A long
// line is cut to the part around it; control characters are replaced.
func (t *Text) Snippet(line, column int) string {
	text := []rune(string(t.Line(line)))
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
