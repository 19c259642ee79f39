package lint

import (
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/gyrsec/gyr/lines"
)

// source is one rule file.
type source struct {
	name string
	data []byte
	text *lines.Text
}

func newSource(name string, data []byte) *source {
	return &source{name: name, data: data, text: lines.Of(data)}
}

// at is the location of a byte of the file.
func (s *source) at(offset int) Location {
	line, column := s.text.Position(offset)
	return Location{s.name, line, column}
}

// locate is the location of byte i of a scalar's value. YAML changes, apart
// from escapes, nothing but white space, so the value's other characters are
// found one after the other in the file; where they are not, the start of the
// scalar has to do.
func (s *source) locate(n *yaml.Node, i int) Location {
	start := s.text.Offset(n.Line, n.Column)
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
