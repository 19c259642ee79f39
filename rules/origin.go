package rules

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// origin says where in its file each byte of a scalar's value was written. YAML
// folds lines, strips indentation and resolves escapes, so an offset in the
// value is no offset in the file; but all it changes, apart from escapes, is
// white space. So the value's other characters are found one after the other in
// the file.
type origin struct {
	place   place
	node    *yaml.Node
	offsets []int
	done    bool
}

func newOrigin(p place, n *yaml.Node) *origin { return &origin{place: p, node: n} }

// at is the position of byte i of the value: exact, or the start of the scalar
// where the file's text could not be followed.
func (o *origin) at(i int) (line, column int) {
	if !o.done {
		o.done = true
		o.offsets = align(o.place.src, o.node)
	}
	if o.offsets == nil {
		return o.place.line, o.place.column
	}
	i = min(max(i, 0), len(o.offsets)-1)
	return o.place.src.text.Position(o.offsets[i])
}

// align returns for each byte of the node's value, and for its end, the offset
// in the file, or nil where the two do not agree.
func align(src *source, n *yaml.Node) []int {
	w := walker{src: src.data, at: src.text.Offset(n.Line, n.Column)}
	w.skipProperties()
	if !w.open(n.Style) {
		return nil
	}
	offsets := make([]int, 0, len(n.Value)+1)
	for i, r := range n.Value {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(n.Value[i:])
		}
		at := w.at
		if !isBlank(r) {
			w.skipBlanks()
			at = w.at
			if !w.take(r) {
				return nil
			}
		}
		for range size {
			offsets = append(offsets, at)
		}
	}
	return append(offsets, w.at)
}

// walker follows a scalar's text in the file.
type walker struct {
	src    []byte
	at     int
	single bool
	double bool
}

func (w *walker) peek(i int) byte {
	if w.at+i < len(w.src) {
		return w.src[w.at+i]
	}
	return 0
}

// skipProperties passes the anchor and tag before a scalar.
func (w *walker) skipProperties() {
	for w.peek(0) == '&' || w.peek(0) == '!' {
		for w.at < len(w.src) && !isBlank(rune(w.src[w.at])) {
			w.at++
		}
		w.skipBlanks()
	}
}

// open passes what introduces a scalar of that style.
func (w *walker) open(style yaml.Style) bool {
	switch {
	case style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		for w.at < len(w.src) && w.src[w.at] != '\n' && w.src[w.at] != '\r' {
			w.at++
		}
	case style&yaml.SingleQuotedStyle != 0:
		w.single = true
		return w.take1('\'')
	case style&yaml.DoubleQuotedStyle != 0:
		w.double = true
		return w.take1('"')
	}
	return true
}

func (w *walker) take1(c byte) bool {
	if w.peek(0) != c {
		return false
	}
	w.at++
	return true
}

// skipBlanks passes white space, and between double quotes the escapes that
// stand for it.
func (w *walker) skipBlanks() {
	for w.at < len(w.src) {
		switch {
		case isBlank(rune(w.src[w.at])):
			w.at++
		case w.double && w.src[w.at] == '\\' && strings.IndexByte("ntr \t\r\n", w.peek(1)) >= 0 && w.at+1 < len(w.src):
			w.at += 2
		default:
			return
		}
	}
}

// take passes one character of the value, however it is written.
func (w *walker) take(r rune) bool {
	switch {
	case w.single && r == '\'':
		if w.peek(0) != '\'' || w.peek(1) != '\'' {
			return false
		}
		w.at += len(`''`)
		return true
	case w.double && w.peek(0) == '\\':
		n := 2
		switch w.peek(1) {
		case 'x':
			n = 4
		case 'u':
			n = 6
		case 'U':
			n = 10
		}
		if w.at+n > len(w.src) {
			return false
		}
		w.at += n
		return true
	}
	got, n := utf8.DecodeRune(w.src[w.at:])
	if got != r || n == 0 {
		return false
	}
	w.at += n
	return true
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }
