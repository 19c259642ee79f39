package condition

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// transformers are the words that take arguments in parentheses.
var transformers = []string{"tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt", "val"}

func isTransformer(name string) bool { return name != "" && slices.Contains(transformers, name) }

// maxParts bounds how many strings join and concat put together, so that they
// can be gathered without allocating.
const maxParts = 16

// transform makes the source of a transformer's result.
func (c *compiler) transform(t *Transform, offset int) (*source, error) {
	fail := func(format string, args ...any) (*source, error) {
		return nil, &TypeError{Offset: offset, Msg: fmt.Sprintf(format, args...)}
	}
	switch {
	case t.Name == "getopt":
		return c.getopt(t, offset)
	case t.HasArg:
		return fail("transformer %s takes no argument in brackets: remove [%s]", t.Name, t.Arg)
	case t.Name == "val":
		return fail("transformer val is only allowed on the right-hand side of a comparison: write the field itself")
	case t.Name == "concat":
		return c.concat(t, offset)
	case t.Name == "join":
		return c.join(t, offset)
	case len(t.Params) != 1:
		return fail("transformer %s takes one argument, not %d", t.Name, len(t.Params))
	}
	in, err := c.source(t.Params[0], offset)
	if err != nil {
		return nil, err
	}
	name := operandText(t)
	if t.Name == "len" {
		return length(name, in, fail)
	}
	if !in.typ.IsText() || in.many || in.typ == field.ByteBuf && t.Name != "b64" {
		return fail("transformer %s takes a text, but %s is of type %s", t.Name, in.name, in.kind())
	}
	apply := map[string]func(*event.Event, string) (string, bool){
		"tolower":  func(e *event.Event, s string) (string, bool) { return mapBytes(e, s, lowerByte), true },
		"toupper":  func(e *event.Event, s string) (string, bool) { return mapBytes(e, s, upperByte), true },
		"basename": func(_ *event.Event, s string) (string, bool) { return s[strings.LastIndexByte(s, '/')+1:], true },
		"b64":      decodeBase64,
	}[t.Name]
	out := &source{name: name, typ: field.CharBuf, list: in.list}
	if t.Name == "tolower" {
		out.names = in.names // they are in lower case
	}
	if in.list {
		out.at = func(e *event.Event, i int) (string, bool) {
			s, ok := in.at(e, i)
			if !ok {
				return "", false
			}
			return apply(e, s)
		}
		return out, nil
	}
	out.text = func(e *event.Event) (string, bool) {
		s, ok := in.text(e)
		if !ok {
			return "", false
		}
		return apply(e, s)
	}
	return out, nil
}

// kind names the type of a source for messages.
func (s *source) kind() string {
	switch {
	case s.list:
		return "list"
	case s.many:
		return "many " + s.typ.String()
	}
	return s.typ.String()
}

// mapBytes changes every byte; a string that stays the same is not copied.
func mapBytes(e *event.Event, s string, change func(byte) byte) string {
	i := 0
	for i < len(s) && change(s[i]) == s[i] {
		i++
	}
	if i == len(s) {
		return s
	}
	return e.Text(func(dst []byte) []byte {
		dst = append(dst, s[:i]...)
		for ; i < len(s); i++ {
			dst = append(dst, change(s[i]))
		}
		return dst
	})
}

// decodeBase64 has no result for what is not Base64.
func decodeBase64(e *event.Event, s string) (string, bool) {
	ok := false
	text := e.Text(func(dst []byte) []byte {
		start := len(dst)
		out, err := base64.StdEncoding.AppendDecode(dst, unsafe.Slice(unsafe.StringData(s), len(s)))
		if ok = err == nil; !ok {
			return dst[:start]
		}
		return out
	})
	return text, ok
}

func length(name string, in *source, fail func(string, ...any) (*source, error)) (*source, error) {
	out := &source{name: name, typ: field.Uint64}
	switch {
	case in.many || !in.typ.IsText():
		return fail("transformer len takes a text or a list, but %s is of type %s", in.name, in.kind())
	case in.list:
		out.num = func(e *event.Event) (int64, bool) {
			for n := 0; ; n++ {
				if _, ok := in.at(e, n); !ok {
					return int64(n), true
				}
			}
		}
	default:
		out.num = func(e *event.Event) (int64, bool) {
			s, ok := in.text(e)
			return int64(len(s)), ok
		}
	}
	return out, nil
}

// texts resolves arguments that must be single strings.
func (c *compiler) texts(t *Transform, params []Operand, offset int) ([]*source, error) {
	if len(params) > maxParts {
		return nil, &TypeError{Offset: offset, Msg: fmt.Sprintf("transformer %s takes at most %d texts", t.Name, maxParts)}
	}
	var parts []*source
	for _, p := range params {
		s, err := c.source(p, offset)
		if err != nil {
			return nil, err
		}
		if s.text == nil {
			return nil, &TypeError{Offset: offset, Msg: fmt.Sprintf("transformer %s takes texts, but %s is of type %s", t.Name, s.name, s.kind())}
		}
		parts = append(parts, s)
	}
	return parts, nil
}

func (c *compiler) concat(t *Transform, offset int) (*source, error) {
	if len(t.Params) < 2 {
		return nil, &TypeError{Offset: offset, Msg: fmt.Sprintf("transformer concat takes two or more arguments, not %d", len(t.Params))}
	}
	parts, err := c.texts(t, t.Params, offset)
	if err != nil {
		return nil, err
	}
	return joined(operandText(t), parts, ""), nil
}

func (c *compiler) join(t *Transform, offset int) (*source, error) {
	if len(t.Params) != 2 {
		return nil, &TypeError{Offset: offset, Msg: fmt.Sprintf("transformer join takes a separator and a list, not %d arguments", len(t.Params))}
	}
	sep, ok := t.Params[0].(*Literal)
	if !ok {
		return nil, &TypeError{Offset: offset, Msg: "the first argument of join must be the separator as a plain string"}
	}
	if list, ok := t.Params[1].(*ListLiteral); ok {
		parts, err := c.texts(t, list.Of, offset)
		if err != nil {
			return nil, err
		}
		return joined(operandText(t), parts, sep.Value.Text), nil
	}
	in, err := c.source(t.Params[1], offset)
	if err != nil {
		return nil, err
	}
	if !in.list {
		return nil, &TypeError{Offset: offset, Msg: fmt.Sprintf("transformer join takes a list, but %s is of type %s", in.name, in.kind())}
	}
	separator := sep.Value.Text
	return &source{name: operandText(t), typ: field.CharBuf, text: func(e *event.Event) (string, bool) {
		text := ""
		for i := 0; ; i++ {
			s, ok := in.at(e, i)
			if !ok {
				return text, true
			}
			before := text
			if i == 0 {
				text = s
				continue
			}
			text = e.Text(func(dst []byte) []byte { return append(append(append(dst, before...), separator...), s...) })
		}
	}}, nil
}

// joined puts strings together. They are read first, as reading one may itself
// use the scratch memory.
func joined(name string, parts []*source, sep string) *source {
	return &source{name: name, typ: field.CharBuf, text: func(e *event.Event) (string, bool) {
		var texts [maxParts]string
		for i, p := range parts {
			s, ok := p.text(e)
			if !ok {
				return "", false
			}
			texts[i] = s
		}
		return e.Text(func(dst []byte) []byte {
			for i := range parts {
				if i > 0 {
					dst = append(dst, sep...)
				}
				dst = append(dst, texts[i]...)
			}
			return dst
		}), true
	}}
}
