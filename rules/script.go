package rules

import "strings"

// piece is a run of a condition's or output's text that comes from one place.
type piece struct {
	text string
	// from is nil for text written by the loader itself.
	from *origin
	// offset is where in from's value the text begins. Where fixed is set, the
	// whole text stands for the one token there.
	offset int
	fixed  bool
}

// script is text put together from several places (appended conditions,
// expanded lists, exceptions) that still knows where each byte came from.
type script []piece

func scriptOf(t text) script { return script{{text: t.value, from: t.origin}} }

// String is the text.
func (s script) String() string {
	var b strings.Builder
	for _, p := range s {
		b.WriteString(p.text)
	}
	return b.String()
}

// locate is the place of a byte of the text; fallback where no origin is
// known.
func (s script) locate(offset int, fallback place) place {
	var last *piece
	for i := range s {
		p := &s[i]
		hit := offset < len(p.text) || i == len(s)-1
		if p.from != nil {
			last = p
		} else if hit && last != nil {
			offset = len(last.text)
		}
		if hit {
			break
		}
		offset -= len(p.text)
	}
	if last == nil {
		return fallback
	}
	if last.fixed {
		offset = 0
	}
	line, column := last.from.at(last.offset + min(max(offset, 0), len(last.text)))
	at := last.from.place
	at.line, at.column = line, column
	return at
}

// join appends t after a blank, as appending to a condition does.
func (s script) join(t script) script {
	if len(s) == 0 {
		return t
	}
	out := append(script{}, s...)
	return append(append(out, piece{text: " "}), t...)
}

// trimmed is the text without white space around it.
func (s script) trimmed() string { return strings.TrimSpace(s.String()) }
