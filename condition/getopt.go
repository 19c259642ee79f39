package condition

import (
	"fmt"
	"strings"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// getopt makes the source of what a command line's options say: with a letter
// in brackets the argument of that option (empty for one that takes none),
// without the letters of all options there are.
func (c *compiler) getopt(t *Transform, offset int) (*source, error) {
	fail := func(format string, args ...any) (*source, error) {
		return nil, &TypeError{Offset: offset, Msg: fmt.Sprintf(format, args...)}
	}
	if len(t.Params) != 2 {
		return fail("transformer getopt takes a list of arguments and the letters of options, not %d arguments", len(t.Params))
	}
	options, ok := t.Params[1].(*Literal)
	if !ok || options.Value.Text == "" {
		return fail("the second argument of getopt must be the letters of options as a plain string, such as \"ab:\"")
	}
	in, err := c.source(t.Params[0], offset)
	if err != nil {
		return nil, err
	}
	at, ok := arguments(in)
	if !ok {
		return fail("transformer getopt takes a list of arguments such as proc.args, but %s is of type %s", in.name, in.kind())
	}
	letters := options.Value.Text
	if !t.HasArg {
		return &source{name: operandText(t), typ: field.CharBuf, list: true, at: func(e *event.Event, i int) (string, bool) {
			o := newOptions(e, at, letters)
			for {
				letter, _, ok := o.next()
				if !ok || i == 0 {
					return letter, ok
				}
				i--
			}
		}}, nil
	}
	if len(t.Arg) != 1 || t.Arg == ":" || !strings.Contains(letters, t.Arg) {
		return fail("getopt[%s] is none of the options \"%s\"", t.Arg, letters)
	}
	return &source{name: operandText(t), typ: field.CharBuf, text: func(e *event.Event) (value string, found bool) {
		o := newOptions(e, at, letters)
		for {
			letter, v, ok := o.next()
			if !ok {
				return value, found
			}
			// Programs go by the last.
			if letter == t.Arg {
				value, found = v, true
			}
		}
	}}, nil
}

// arguments are the arguments of a command line one by one: those of proc.args
// as the kernel keeps them, with blanks in them, of other texts the words.
func arguments(s *source) (func(*event.Event, int) (string, bool), bool) {
	switch {
	case s.list:
		return s.at, true
	case s.ref != nil && s.ref.Field.Name == "proc.args" && !s.ref.HasArg:
		return func(e *event.Event, i int) (string, bool) {
			if e.Process == nil || i >= len(e.Process.Args) {
				return "", false
			}
			return e.Process.Args[i], true
		}, true
	case s.text != nil && s.typ == field.CharBuf:
		return func(e *event.Event, i int) (string, bool) {
			rest, ok := s.text(e)
			for ok {
				var word string
				rest = strings.TrimLeft(rest, " ")
				if word, rest, _ = strings.Cut(rest, " "); word == "" {
					break
				}
				if i == 0 {
					return word, true
				}
				i--
			}
			return "", false
		}, true
	}
	return nil, false
}

// options reads the options of a command line as getopt(3) does: letters
// behind a dash, those followed by a colon take an argument, by two one that is
// attached; arguments between them are passed over, unless the letters begin
// with a plus.
type options struct {
	e       *event.Event
	at      func(*event.Event, int) (string, bool)
	letters string
	stops   bool
	i       int    // the next argument
	rest    string // the letters left of the one before
}

func newOptions(e *event.Event, at func(*event.Event, int) (string, bool), letters string) options {
	stops := strings.HasPrefix(letters, "+")
	return options{e: e, at: at, letters: strings.TrimLeft(letters, "+-:"), stops: stops}
}

// next is the next option and its argument.
func (o *options) next() (letter, value string, ok bool) {
	for {
		if o.rest == "" && !o.advance() {
			return "", "", false
		}
		i := strings.IndexByte(o.letters, o.rest[0])
		o.rest = o.rest[1:]
		if i < 0 || o.letters[i] == ':' {
			continue
		}
		letter = o.letters[i : i+1]
		takes := o.letters[i+1:]
		if !strings.HasPrefix(takes, ":") {
			return letter, "", true
		}
		value, o.rest = o.rest, ""
		if value != "" || strings.HasPrefix(takes, "::") {
			return letter, value, true
		}
		value, ok = o.at(o.e, o.i)
		o.i++
		return letter, value, ok
	}
}

// advance goes to the next argument with options; false behind the last.
func (o *options) advance() bool {
	for {
		arg, ok := o.at(o.e, o.i)
		if !ok || arg == "--" {
			return false
		}
		o.i++
		switch {
		case strings.HasPrefix(arg, "--"):
			// A long option, none of ours.
		case len(arg) > 1 && arg[0] == '-':
			o.rest = arg[1:]
			return true
		case o.stops:
			return false
		}
	}
}
