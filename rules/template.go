package rules

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gyrsec/gyr/field"
)

// Template is a parsed output: text with fields in it. It is immutable.
type Template struct {
	Segments []Segment
	// ContainerInfo is set where the output holds %container.info, which stands
	// for nothing any more.
	ContainerInfo bool
}

// Segment is a piece of an output: literal Text, or where Ref is set a field.
type Segment struct {
	Text string
	Ref  *field.Ref
	// Name is what the output calls the value, transformers included.
	Name string
	// Transformers are applied to the field's text, the last one first.
	Transformers []string
	// Width is the number of characters the value is cut or filled up to, 0
	// for as many as it has.
	Width int
	// Offset is where the segment begins in the output, in bytes.
	Offset int
}

// TemplateError is an output that cannot be used.
type TemplateError struct {
	// Offset is where in the output, in bytes from 0.
	Offset int
	Msg    string
	// Unknown is set where a field is not known to this version.
	Unknown bool
}

// Error is the message.
func (e *TemplateError) Error() string { return e.Msg }

// maxWidth bounds the width of a value, so that a rule cannot make an alert of
// any size.
const maxWidth = 1 << 12

// ParseTemplate parses an output: %field, %field[arg], %NNfield for a value cut
// or filled up to NN characters, %transformer(field), and %% for a percent
// sign. Of the text after %, the longest part that is a field counts. The error
// is a [*TemplateError].
func ParseTemplate(output string) (*Template, error) {
	t := &Template{}
	for i := 0; i < len(output); {
		percent := strings.IndexByte(output[i:], '%')
		if percent < 0 {
			t.literal(output[i:], i)
			break
		}
		t.literal(output[i:i+percent], i)
		i += percent
		if strings.HasPrefix(output[i:], "%%") {
			t.literal("%", i)
			i += 2
			continue
		}
		s := scan{text: output, at: i + 1}
		seg, err := s.segment()
		if err != nil {
			return nil, err
		}
		seg.Offset = i
		if seg.Ref == nil {
			t.ContainerInfo = true
		} else {
			t.Segments = append(t.Segments, seg)
		}
		i = s.at
	}
	return t, nil
}

func (t *Template) literal(text string, offset int) {
	if text == "" {
		return
	}
	if n := len(t.Segments); n > 0 && t.Segments[n-1].Ref == nil {
		t.Segments[n-1].Text += text
		return
	}
	t.Segments = append(t.Segments, Segment{Text: text, Offset: offset})
}

// Refs are the fields of the output, in order, repeated ones too.
func (t *Template) Refs() []*field.Ref {
	var refs []*field.Ref
	for _, s := range t.Segments {
		if s.Ref != nil {
			refs = append(refs, s.Ref)
		}
	}
	return refs
}

// scan reads one field of an output.
type scan struct {
	text string
	at   int
}

func (s *scan) fail(at int, format string, args ...any) error {
	return &TemplateError{Offset: at, Msg: fmt.Sprintf(format, args...)}
}

func (s *scan) rest() string { return s.text[s.at:] }

// segment reads what follows a percent sign.
func (s *scan) segment() (seg Segment, err error) {
	percent := s.at - 1
	digits := len(s.rest()) - len(strings.TrimLeft(s.rest(), "0123456789"))
	if digits > 0 {
		n, err := strconv.Atoi(s.rest()[:digits])
		if err != nil || n > maxWidth {
			return seg, s.fail(percent, "the width %s is too large: at most %d", s.rest()[:digits], maxWidth)
		}
		seg.Width = n
		s.at += digits
	}
	if s.at == len(s.text) {
		return seg, s.fail(percent, "the output ends in %q: write the field after it, or %%%% for a percent sign", s.text[percent:])
	}
	start := s.at
	for {
		name := s.identifier()
		if name == "" || !strings.HasPrefix(s.rest()[len(name):], "(") || strings.Contains(name, ".") {
			break
		}
		if !isTextTransformer(name) {
			if _, err := s.reference(); err == nil {
				s.at = start
				break
			}
			return seg, s.fail(s.at, "the transformer %q cannot be used in an output: use one of %s", name, strings.Join(textTransformers(), ", "))
		}
		seg.Transformers = append(seg.Transformers, name)
		s.at += len(name) + 1
	}
	if seg.Ref, err = s.reference(); err != nil {
		return seg, err
	}
	for range seg.Transformers {
		if !strings.HasPrefix(s.rest(), ")") {
			return seg, s.fail(s.at, "a closing parenthesis is missing after %q", s.text[percent:s.at])
		}
		s.at++
	}
	seg.Name = s.text[start:s.at]
	if len(seg.Transformers) == 0 && seg.Ref != nil {
		seg.Name = seg.Ref.Name
	}
	return seg, nil
}

// textTransformers are the transformers an output can use.
func textTransformers() []string { return []string{"tolower", "toupper", "b64", "basename", "len"} }

func isTextTransformer(name string) bool {
	for _, t := range textTransformers() {
		if t == name {
			return true
		}
	}
	return false
}

// identifier is the run of characters at s.at that can be part of a field's
// name.
func (s *scan) identifier() string {
	r := s.rest()
	for i := 0; i < len(r); i++ {
		c := r[i]
		if c != '_' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return r[:i]
		}
	}
	return r
}

// reference reads a field and its argument. It returns nil for container.info.
func (s *scan) reference() (*field.Ref, error) {
	start, name := s.at, s.identifier()
	if name == "" {
		return nil, s.fail(start-1, "a field must follow %%: write %%%% for a percent sign")
	}
	if strings.HasPrefix(name, "container.info") {
		s.at += len("container.info")
		return nil, nil
	}
	if f, ok := field.Lookup(name); ok && f.Arg.Allowed() && strings.HasPrefix(s.rest()[len(name):], "[") {
		return s.argument(name)
	}
	var first error
	for n := len(name); n > 0; n-- {
		if name[n-1] == '.' {
			continue
		}
		ref, err := field.Bind(name[:n], "", false)
		if err == nil {
			s.at += n
			return ref, nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = field.ErrUnknown
	}
	return nil, &TemplateError{Offset: start - 1, Msg: first.Error(), Unknown: errors.Is(first, field.ErrUnknown)}
}

// argument reads the argument in brackets after name.
func (s *scan) argument(name string) (*field.Ref, error) {
	start := s.at
	open := s.at + len(name) + 1
	end := strings.IndexByte(s.text[open:], ']')
	if end < 0 {
		return nil, s.fail(open-1, "the bracket after %s is not closed", name)
	}
	arg := s.text[open : open+end]
	if n := len(arg); n >= 2 && (arg[0] == '"' || arg[0] == '\'') && arg[n-1] == arg[0] {
		arg = arg[1 : n-1]
	}
	ref, err := field.Bind(name, arg, true)
	if err != nil {
		return nil, &TemplateError{Offset: start - 1, Msg: err.Error()}
	}
	s.at = open + end + 1
	return ref, nil
}
