package alert

import (
	"time"

	"github.com/gyrsec/gyr/rules"
)

// Alert is one event that matched one rule. It holds copies and may be kept
// after the event is gone. It is not changed once made.
type Alert struct {
	Rule *rules.Rule
	// Time is the event's, in nanoseconds since the epoch.
	Time int64
	// Clock is the event's time on its source's monotonic clock
	// (event.Event.Clock), by which alerts are put in order; 0 where there is no
	// event.
	Clock int64
	// Origin is who caused the event.
	Origin Origin
	// Output is the whole line of text: time, priority, message. Message is
	// its last part alone. Values in both are escaped.
	Output, Message string
	// Fields are the output fields, sorted by name.
	Fields []Field

	formatter *Formatter
	json      []byte // Output as the inside of a JSON string
	head      int    // where in json the message begins
}

// Field is one output field with its value as JSON.
type Field struct{ Name, JSON string }

// alertBytes is what an alert takes besides its text, and fieldBytes one of its
// fields.
const alertBytes, fieldBytes = 512, 32

// Size is about how many bytes of memory the alert takes.
func (a *Alert) Size() int {
	n := alertBytes + len(a.Output) + cap(a.json)
	for i := range a.Fields {
		n += fieldBytes + len(a.Fields[i].JSON)
	}
	return n
}

// AppendText appends the alert as a line of text, without a line break.
func (a *Alert) AppendText(dst []byte) []byte { return append(dst, a.Output...) }

// AppendJSON appends the alert as a JSON object on one line, without a line
// break, with its keys sorted. It is always valid UTF-8.
func (a *Alert) AppendJSON(dst []byte) []byte {
	f := a.formatter
	dst = append(append(dst, '{'), f.head...)
	if f.opts.IncludeMessage {
		dst = append(append(append(dst, `,"message":"`...), a.json[a.head:]...), '"')
	}
	if f.opts.IncludeOutput {
		dst = append(append(append(dst, `,"output":"`...), a.json...), '"')
	}
	if f.opts.IncludeFields {
		dst = append(dst, `,"output_fields":{`...)
		for i, field := range a.Fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, field.Name), ':')
			dst = append(dst, field.JSON...)
		}
		dst = append(dst, '}')
	}
	dst = append(append(dst, ','), f.tail...)
	dst = append(dst, `,"time":"`...)
	dst = time.Unix(0, a.Time).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000000000Z")
	return append(dst, `"}`...)
}
