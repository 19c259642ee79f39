package alert

import (
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendEscaped appends s with control characters and line separators escaped
// as in JSON, and with bytes that are no UTF-8 replaced. Quotes and backslashes
// are escaped where quotes is set; what is appended is then the inside of a
// JSON string.
func appendEscaped(dst []byte, s string, quotes bool) []byte {
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7F && (!quotes || c != '"' && c != '\\') {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r >= 0xA0 && r != utf8.RuneError && !isLineOrDirection(r) || n > 1 && r == utf8.RuneError {
			i += n
			continue
		}
		dst = append(dst, s[done:i]...)
		if r == utf8.RuneError {
			dst = utf8.AppendRune(dst, utf8.RuneError)
		} else {
			dst = appendEscape(dst, r)
		}
		i += n
		done = i
	}
	return append(dst, s[done:]...)
}

// isLineOrDirection reports whether a character ends a line for some readers
// or changes the direction in which the rest of it is shown.
func isLineOrDirection(r rune) bool {
	return r >= 0x2028 && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

func appendEscape(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	return append(appendEscaped(append(dst, '"'), s, true), '"')
}
