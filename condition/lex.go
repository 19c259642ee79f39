package condition

import (
	"fmt"
	"strings"
)

// lexer reads the tokens of a condition where the parser asks for them: what a
// word means depends on its place (a value may be called "and").
type lexer struct {
	text string
	pos  int
}

func isBlank(c byte) bool {
	return c == ' ' || c == '\t' || c == '\b' || c == '\r' || c == '\n'
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isWord(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' || c == '_' }

// isBare reports whether c may be in a value without quotes.
func isBare(c byte) bool {
	switch c {
	case '(', ')', '"', '\'', '=', ',':
		return false
	}
	return !isSpace(c)
}

// isSpace are the bytes that end a value; more than may separate tokens.
func isSpace(c byte) bool { return isBlank(c) || c == '\v' || c == '\f' }

func (l *lexer) blanks() {
	for l.pos < len(l.text) && isBlank(l.text[l.pos]) {
		l.pos++
	}
}

func (l *lexer) end() bool { return l.pos == len(l.text) }

// take consumes s if it comes next.
func (l *lexer) take(s string) bool {
	if !strings.HasPrefix(l.text[l.pos:], s) {
		return false
	}
	l.pos += len(s)
	return true
}

// takeWord consumes the operator word if it comes next, followed by a blank,
// a parenthesis where paren allows one, or a quote.
func (l *lexer) takeWord(word string, paren bool) bool {
	rest := l.text[l.pos:]
	if !strings.HasPrefix(rest, word) || len(rest) == len(word) {
		return false
	}
	if c := rest[len(word)]; isBlank(c) || paren && c == '(' {
		l.pos += len(word)
		return true
	}
	return false
}

// word reads a macro's or transformer's name: letters, digits and _ after a
// letter; "" if none comes next.
func (l *lexer) word() string {
	end := l.pos
	for end < len(l.text) && isWord(l.text[end]) && (end > l.pos || isLetter(l.text[end])) {
		end++
	}
	word := l.text[l.pos:end]
	l.pos = end
	return word
}

// fieldName reads a name with at least one dot; "" if none comes next, and
// nothing is consumed then. A part behind a dot may be a number: evt.type.is.5.
func (l *lexer) fieldName() string {
	start, end := l.pos, l.pos
	for l.word() != "" || l.pos > start && l.part() {
		end = l.pos
		if !l.take(".") {
			break
		}
	}
	name := l.text[start:end]
	if !strings.Contains(name, ".") {
		l.pos = start
		return ""
	}
	l.pos = end
	return name
}

// part reads a number that is a whole part of a field's name.
func (l *lexer) part() bool {
	n := digits(l.text[l.pos:])
	if end := l.pos + n; n == 0 || end < len(l.text) && isWord(l.text[end]) {
		return false
	}
	l.pos += n
	return true
}

// bare reads a value without quotes; "" if none comes next.
func (l *lexer) bare() string {
	start := l.pos
	for l.pos < len(l.text) && isBare(l.text[l.pos]) {
		l.pos++
	}
	return l.text[start:l.pos]
}

// atQuote reports whether a quoted string comes next.
func (l *lexer) atQuote() bool {
	return !l.end() && (l.text[l.pos] == '"' || l.text[l.pos] == '\'')
}

// quoted reads the quoted string that comes next and returns it unescaped.
func (l *lexer) quoted() (string, error) {
	start, quote := l.pos, l.text[l.pos]
	var b strings.Builder
	for l.pos++; !l.end(); l.pos++ {
		c := l.text[l.pos]
		switch {
		case c == quote:
			l.pos++
			return b.String(), nil
		case c == '\\' && l.pos+1 < len(l.text):
			l.pos++
			b.WriteByte(unescape(l.text[l.pos], &b))
		default:
			b.WriteByte(c)
		}
	}
	l.pos = start
	return "", l.errorf("this quoted string does not end: add the closing %c", quote)
}

// unescape returns what a backslash before c means. The backslash is kept
// before characters that need none, so that patterns can be written plainly.
func unescape(c byte, b *strings.Builder) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case '\\', '"', '\'':
		return c
	}
	b.WriteByte('\\')
	return c
}

// number reads a number: decimal or 0x hexadecimal, with sign, fraction and
// exponent (whose sign is mandatory); "" if none comes next.
func (l *lexer) number() string {
	start := l.pos
	rest := l.text[start:]
	end := hexNumber(rest)
	if end == 0 {
		end = decimalNumber(rest)
	}
	if end == 0 || end < len(rest) && isBare(rest[end]) {
		return ""
	}
	l.pos += end
	return rest[:end]
}

func hexNumber(s string) int {
	if len(s) < 3 || s[0] != '0' || s[1] != 'x' && s[1] != 'X' {
		return 0
	}
	end := 2
	for end < len(s) && strings.IndexByte("0123456789abcdefABCDEF", s[end]) >= 0 {
		end++
	}
	if end == 2 {
		return 0
	}
	return end
}

func decimalNumber(s string) int {
	end := 0
	if end < len(s) && (s[end] == '+' || s[end] == '-') {
		end++
	}
	whole := digits(s[end:])
	if whole == 0 {
		return 0
	}
	end += whole
	if end < len(s) && s[end] == '.' {
		if n := digits(s[end+1:]); n > 0 {
			end += 1 + n
		}
	}
	if end+2 < len(s) && (s[end] == 'e' || s[end] == 'E') && (s[end+1] == '+' || s[end+1] == '-') {
		if n := digits(s[end+2:]); n > 0 {
			end += 2 + n
		}
	}
	return end
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// errorf makes an error at the lexer's position.
func (l *lexer) errorf(format string, args ...any) *SyntaxError {
	return l.errorAt(l.pos, format, args...)
}

func (l *lexer) errorAt(pos int, format string, args ...any) *SyntaxError {
	before := l.text[:pos]
	return &SyntaxError{
		Offset: pos,
		Line:   strings.Count(before, "\n") + 1,
		Column: pos - strings.LastIndexByte(before, '\n'),
		Msg:    fmt.Sprintf(format, args...),
	}
}

// found describes what comes next, for errors.
func (l *lexer) found() string {
	if l.end() {
		return "the end of the condition"
	}
	rest := l.text[l.pos:]
	end := 1
	for end < len(rest) && end < 20 && isBare(rest[0]) && isBare(rest[end]) {
		end++
	}
	return fmt.Sprintf("%q", rest[:end])
}
