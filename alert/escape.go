package alert

import (
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendEscaped appends s with characters that are obeyed or unseen instead of
// shown escaped as in JSON, and with bytes that are no UTF-8 replaced. Quotes and backslashes
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
		if n > 1 && r >= 0xA0 && !unseen(r) {
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

// unseen reports whether a character above the control characters shows nothing
// itself: it ends a line for some readers, changes the direction in which the
// rest of it is shown, or is ignored, so that two names look the same.
func unseen(r rune) bool {
	return unicode.In(r, unicode.Zl, unicode.Zp, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
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
	if r > 0xFFFF {
		high, low := utf16.EncodeRune(r)
		return appendEscape(appendEscape(dst, high), low)
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	return append(appendEscaped(append(dst, '"'), s, true), '"')
}
