package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
	"github.com/gyrsec/gyr/rules"
)

// missing is what a field without a value prints as.
const missing = "<NA>"

// Formatter makes the alerts of one rule. It is immutable and safe for
// concurrent use.
type Formatter struct {
	rule     *rules.Rule
	opts     Options
	segments []segment
	fields   []outputField
	// head and tail are the parts of the JSON object before "message" and
	// between "output_fields" and "time".
	head, tail string
}

// segment is a piece of the output with its literal text escaped beforehand.
type segment struct {
	text, json string
	base64     bool
	rules.Segment
}

// outputField is one key of output_fields: a field, the event's time, or text
// made of a template.
type outputField struct {
	name   string
	ref    *field.Ref
	time   bool
	format []segment
	base64 bool
}

// NewFormatter prepares the alerts of a rule. It fails where something in
// opts.Append is no valid output; the error names it.
func NewFormatter(rule *rules.Rule, opts Options) (*Formatter, error) {
	f := &Formatter{rule: rule, opts: opts}
	template := rule.Template
	if template == nil {
		t, err := ParseTemplate(rule.Output)
		if err != nil {
			return nil, fmt.Errorf("output of rule %q: %w", rule.Name, err)
		}
		template = t
	}
	f.add(template)
	timeName := "evt.time"
	if opts.ISOTime {
		timeName = "evt.time.iso8601"
	}
	f.fields = append(f.fields, outputField{name: timeName, time: true})
	for i := range opts.Append {
		if !opts.Append[i].matches(rule) {
			continue
		}
		if err := f.extend(&opts.Append[i]); err != nil {
			return nil, fmt.Errorf("append_output for rule %q: %w", rule.Name, err)
		}
	}
	f.sortFields()
	f.constants()
	return f, nil
}

// add appends a template to the output.
func (f *Formatter) add(t *Template) {
	f.segments = append(f.segments, f.segmentsOf(t)...)
	for _, s := range t.Segments {
		if s.Ref != nil && len(s.Transformers) == 0 {
			f.fields = append(f.fields, outputField{name: s.Name, ref: s.Ref, base64: f.base64(s.Ref)})
		}
	}
}

// base64 reports whether a field's value is to be shown so.
func (f *Formatter) base64(ref *field.Ref) bool {
	return f.opts.BufferBase64 && ref.Type == field.ByteBuf
}

func (f *Formatter) segmentsOf(t *Template) []segment {
	all := make([]segment, len(t.Segments))
	for i, s := range t.Segments {
		all[i] = segment{
			text: string(appendEscaped(nil, s.Text, false)), json: string(appendEscaped(nil, s.Text, true)), Segment: s,
			base64: s.Ref != nil && f.base64(s.Ref),
		}
	}
	return all
}

// Refs are the fields whose values the alerts hold.
func (f *Formatter) Refs() []*field.Ref {
	var refs []*field.Ref
	add := func(list []segment) {
		for i := range list {
			if list[i].Ref != nil {
				refs = append(refs, list[i].Ref)
			}
		}
	}
	add(f.segments)
	for i := range f.fields {
		if o := &f.fields[i]; o.ref != nil {
			refs = append(refs, o.ref)
		} else {
			add(o.format)
		}
	}
	return refs
}

func (f *Formatter) extend(a *Append) error {
	output := ""
	if a.Output != "" {
		output = " " + a.Output
	}
	if a.Suggested {
		output += suggested(f.opts.Static)
	}
	t, err := ParseTemplate(output)
	if err != nil {
		return fmt.Errorf("extra_output %q: %w", a.Output, err)
	}
	f.add(t)
	for _, x := range a.Fields {
		if x.Format == "" {
			ref, err := field.Bind(x.Key, "", false)
			if err != nil {
				return fmt.Errorf("extra_fields: %w", err)
			}
			f.fields = append(f.fields, outputField{name: x.Key, ref: ref, base64: f.base64(ref)})
			continue
		}
		t, err := ParseTemplate(x.Format)
		if err != nil {
			return fmt.Errorf("extra_fields %q: %w", x.Key, err)
		}
		f.fields = append(f.fields, outputField{name: x.Key, format: f.segmentsOf(t)})
	}
	return nil
}

// sortFields puts the fields in the order of their names, each once; the
// event's time wins over a field of that name.
func (f *Formatter) sortFields() {
	slices.SortStableFunc(f.fields, func(a, b outputField) int {
		if c := strings.Compare(a.name, b.name); c != 0 || a.time == b.time {
			return c
		}
		if a.time {
			return -1
		}
		return 1
	})
	f.fields = slices.CompactFunc(f.fields, func(a, b outputField) bool { return a.name == b.name })
}

// constants renders the parts of the JSON object that are the same for every
// alert of the rule.
func (f *Formatter) constants() {
	f.head = `"hostname":` + string(appendString(nil, f.opts.Hostname))
	b := []byte(`"priority":"` + f.rule.Priority.String() + `","rule":`)
	b = append(appendString(b, f.rule.Name), `,"source":`...)
	b = appendString(b, f.rule.Source)
	if f.opts.IncludeTags {
		b = append(b, `,"tags":[`...)
		for i, tag := range slices.Sorted(slices.Values(f.rule.Tags)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, tag)
		}
		b = append(b, ']')
	}
	f.tail = string(b)
}

// Make copies out of the event all that its alert needs.
func (f *Formatter) Make(e *event.Event) *Alert {
	a := &Alert{Rule: f.rule, Time: e.Time, Clock: e.Clock, Origin: OriginOf(e), formatter: f}
	text := f.appendTime(nil, e.Time)
	text = append(text, ": "...)
	text = append(text, f.rule.Priority.String()...)
	text = append(text, ' ')
	head := len(text)
	json := slices.Clone(text)
	var value []byte
	for i := range f.segments {
		s := &f.segments[i]
		if s.Ref == nil {
			text, json = append(text, s.text...), append(json, s.json...)
			continue
		}
		value = s.appendValue(value[:0], e)
		text = appendEscaped(text, string(value), true)
		json = appendEscaped(json, string(value), true)
	}
	a.Output = string(text)
	a.Message = a.Output[head:]
	a.json, a.head = json, head
	a.Fields = f.makeFields(e)
	return a
}

func (f *Formatter) makeFields(e *event.Event) []Field {
	fields := make([]Field, len(f.fields))
	for i := range f.fields {
		o := &f.fields[i]
		var b []byte
		switch {
		case o.time:
			b = fmt.Append(nil, e.Time)
		case o.ref != nil:
			b = o.appendJSON(nil, e)
		default:
			for j := range o.format {
				if s := &o.format[j]; s.Ref == nil {
					b = append(b, s.Text...)
				} else {
					b = append(b, s.appendValue(nil, e)...)
				}
			}
			b = appendString(nil, string(b))
		}
		// JSON allows some characters that terminals obey; all of them can
		// only stand in its strings.
		fields[i] = Field{Name: o.name, JSON: string(appendEscaped(nil, string(b), false))}
	}
	return fields
}

// appendTime appends the time a line begins with.
func (f *Formatter) appendTime(dst []byte, ns int64) []byte {
	t := time.Unix(0, ns)
	if f.opts.ISOTime {
		return t.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000000000-0700")
	}
	loc := f.opts.Location
	if loc == nil {
		loc = time.Local
	}
	return t.In(loc).AppendFormat(dst, "15:04:05.000000000")
}
