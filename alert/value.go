package alert

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gyrsec/gyr/event"
)

// appendValue appends a field's value as the output shows it, not escaped yet.
func (s *segment) appendValue(dst []byte, e *event.Event) []byte {
	start := len(dst)
	dst, ok := s.Ref.AppendText(dst, e)
	if ok && s.base64 {
		dst = base64.StdEncoding.AppendEncode(dst[:start], bytes.Clone(dst[start:]))
	}
	if !ok {
		dst = append(dst[:start], missing...)
	} else if len(s.Transformers) > 0 {
		dst = append(dst[:start], transform(string(dst[start:]), s.Transformers)...)
	}
	if s.Width > 0 {
		dst = append(dst[:start], fit(string(dst[start:]), s.Width)...)
	}
	return dst
}

// appendJSON appends an output field's value.
func (o *outputField) appendJSON(dst []byte, e *event.Event) []byte {
	if !o.base64 {
		return o.ref.AppendJSON(dst, e)
	}
	value, ok := o.ref.AppendText(nil, e)
	if !ok {
		return append(dst, "null"...)
	}
	dst = base64.StdEncoding.AppendEncode(append(dst, '"'), value)
	return append(dst, '"')
}

// transform applies the transformers, the innermost, which is the last, first.
func transform(v string, transformers []string) string {
	for i := len(transformers) - 1; i >= 0; i-- {
		switch transformers[i] {
		case "tolower":
			v = strings.ToLower(v)
		case "toupper":
			v = strings.ToUpper(v)
		case "basename":
			v = v[strings.LastIndexByte(v, '/')+1:]
		case "len":
			v = strconv.Itoa(len(v))
		case "b64":
			if decoded, err := base64.StdEncoding.DecodeString(v); err == nil {
				v = string(decoded)
			}
		}
	}
	return v
}

// fit cuts a value or fills it up with blanks to a width in characters.
func fit(v string, width int) string {
	n := utf8.RuneCountInString(v)
	if n < width {
		return v + strings.Repeat(" ", width-n)
	}
	for i := range v {
		if width == 0 {
			return v[:i]
		}
		width--
	}
	return v
}
