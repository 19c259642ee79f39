package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gyrsec/gyr/rules"
)

// InternalSource is the source of alerts about the sensor itself.
const InternalSource = "internal"

// Value is one output field of an internal alert. Whatever it holds, it is text
// there.
type Value struct{ Name, Text string }

// NewInternal makes an alert about the sensor itself: of no event and no rule
// that could be written, but under a name like one. It has no tags. Of opts only
// the form of the time and the hostname count; output and output fields are
// always there. In JSON, as Falco's users know it, the output is the message
// alone; as text, the fields stand behind it.
func NewInternal(rule string, priority rules.Priority, message string, values []Value, now time.Time, opts Options) *Alert {
	f := &Formatter{
		rule: &rules.Rule{Name: rule, Priority: priority, Source: InternalSource},
		opts: Options{
			ISOTime: opts.ISOTime, Hostname: opts.Hostname, Location: opts.Location,
			IncludeOutput: true, IncludeFields: true,
		},
	}
	f.constants()
	a := &Alert{Rule: f.rule, Time: now.UnixNano(), formatter: f, json: appendEscaped(nil, message, true)}
	values = slices.SortedStableFunc(slices.Values(values), func(a, b Value) int { return strings.Compare(a.Name, b.Name) })
	text := fmt.Appendf(f.appendTime(nil, a.Time), ": %s ", priority)
	head := len(text)
	text = appendEscaped(text, message, true)
	for i, v := range values {
		if i == 0 {
			text = append(text, " ("...)
		} else {
			text = append(text, ' ')
		}
		value := string(appendString(nil, v.Text))
		text = append(append(append(text, v.Name...), '='), value...)
		a.Fields = append(a.Fields, Field{Name: v.Name, JSON: value})
	}
	if len(values) > 0 {
		text = append(text, ')')
	}
	a.Output = string(text)
	a.Message = a.Output[head:]
	return a
}
