package field

import (
	"strconv"
	"unicode/utf8"

	"github.com/gyrsec/gyr/event"
)

// AppendText appends the value as outputs print it. Where there is none it
// appends nothing and returns false. An ancestor field without index is the
// chain of ancestors, nearest first, joined with "->".
func (r *Ref) AppendText(dst []byte, e *event.Event) ([]byte, bool) {
	switch {
	case r.Text != nil:
		s, ok := r.Text(e)
		if !ok {
			return dst, false
		}
		return append(dst, s...), true
	case r.Int != nil:
		n, ok := r.Int(e)
		if !ok {
			return dst, false
		}
		return r.appendInt(dst, n), true
	case r.Bool != nil:
		b, ok := r.Bool(e)
		if !ok {
			return dst, false
		}
		return strconv.AppendBool(dst, b), true
	case r.Addr != nil:
		a, ok := r.Addr(e)
		if !ok || !a.IsValid() {
			return dst, false
		}
		return a.AppendTo(dst), true
	case r.Float != nil:
		f, ok := r.Float(e)
		if !ok {
			return dst, false
		}
		return strconv.AppendFloat(dst, f, 'f', 2, 64), true
	}
	return r.appendMany(dst, e)
}

func (r *Ref) appendInt(dst []byte, n int64) []byte {
	if r.Unsigned {
		return strconv.AppendUint(dst, uint64(n), 10)
	}
	return strconv.AppendInt(dst, n, 10)
}

func (r *Ref) appendMany(dst []byte, e *event.Event) ([]byte, bool) {
	start := len(dst)
	if r.At != nil {
		for i := 0; ; i++ {
			s, ok := r.At(e, i)
			if !ok {
				break
			}
			dst = append(dst, "(,"[min(i, 1)])
			dst = append(dst, s...)
		}
		if len(dst) == start {
			return dst, false
		}
		return append(dst, ')'), true
	}
	p := e.Process
	for depth := 0; ; depth++ {
		if p = NextAncestor(e, p, depth); p == nil {
			return dst, len(dst) > start
		}
		end := len(dst)
		if end > start {
			dst = append(dst, "->"...)
		}
		var ok bool
		if dst, ok = r.appendOf(dst, e, p); !ok {
			dst = dst[:end]
		}
	}
}

// appendOf appends the value for one ancestor.
func (r *Ref) appendOf(dst []byte, e *event.Event, p *event.Process) ([]byte, bool) {
	switch {
	case r.Of != nil:
		s, ok := r.Of(e, p)
		return append(dst, s...), ok
	case r.OfInt != nil:
		n, ok := r.OfInt(e, p)
		return r.appendInt(dst, n), ok
	}
	return dst, false
}

// each yields the values of At, Of or OfInt as text.
func (r *Ref) each(e *event.Event, yield func(string) bool) {
	if r.At != nil {
		for i := 0; ; i++ {
			if s, ok := r.At(e, i); !ok || !yield(s) {
				return
			}
		}
	}
	p := e.Process
	for depth := 0; ; depth++ {
		if p = NextAncestor(e, p, depth); p == nil {
			return
		}
		if b, ok := r.appendOf(nil, e, p); ok && !yield(string(b)) {
			return
		}
	}
}

// AppendJSON appends the value as JSON: numbers, booleans, strings, arrays for
// list fields; null where there is no value. evt.time and evt.time.iso8601 are
// nanoseconds since the epoch.
func (r *Ref) AppendJSON(dst []byte, e *event.Event) []byte {
	start := len(dst)
	if r.Field.get.json != nil {
		return strconv.AppendInt(dst, r.Field.get.json(e), 10)
	}
	if r.Field.List {
		return r.appendArray(dst, e)
	}
	switch {
	case r.Int != nil, r.Bool != nil, r.Float != nil:
		dst, ok := r.AppendText(dst, e)
		if !ok {
			return append(dst[:start], "null"...)
		}
		return dst
	case r.Text != nil:
		s, ok := r.Text(e)
		if !ok {
			return append(dst, "null"...)
		}
		return appendJSONString(dst, s)
	}
	// Written plain first; addresses and chains of names are short.
	dst, ok := r.AppendText(dst, e)
	if !ok {
		return append(dst[:start], "null"...)
	}
	plain := string(dst[start:])
	return appendJSONString(dst[:start], plain)
}

func (r *Ref) appendArray(dst []byte, e *event.Event) []byte {
	start := len(dst)
	for i := 0; ; i++ {
		s, ok := r.At(e, i)
		if !ok {
			break
		}
		dst = append(dst, "[,"[min(i, 1)])
		dst = appendJSONString(dst, s)
	}
	if len(dst) == start {
		return append(dst, "null"...)
	}
	return append(dst, ']')
}

// appendJSONString writes s in quotes. Bytes that are no UTF-8 become U+FFFD:
// what programs call files must not break the alert.
func appendJSONString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		}
		i++
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			if c < ' ' || c == 0x7f {
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			} else {
				dst = append(dst, c)
			}
		}
	}
	return append(dst, '"')
}
