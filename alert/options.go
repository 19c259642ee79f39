package alert

import (
	"slices"
	"strings"
	"time"

	"github.com/gyrsec/gyr/rules"
)

// Options say what alerts hold. They correspond to the keys of falco.yaml;
// DefaultOptions has the values that hold where a key is missing.
type Options struct {
	// ISOTime begins a line with date and time in UTC (time_format_iso_8601)
	// instead of the local time of day.
	ISOTime bool
	// The parts of JSON alerts (json_include_output_property, ...tags_property,
	// ...output_fields_property, ...message_property).
	IncludeOutput, IncludeTags, IncludeFields, IncludeMessage bool
	// Hostname is the value of "hostname".
	Hostname string
	// BufferBase64 shows buffers of bytes (evt.buffer and the like) as base64.
	BufferBase64 bool
	// Static are the names of static fields, in their order: suggested for every
	// alert, too.
	Static []string
	// Append is append_output, in the order given.
	Append []Append
	// Location is the time zone of the time of day, nil for the local one.
	Location *time.Location
}

// DefaultOptions are the options of an empty configuration.
func DefaultOptions() Options {
	return Options{
		IncludeOutput: true, IncludeTags: true, IncludeFields: true,
		Append: []Append{{Suggested: true}},
	}
}

// Append adds to the outputs of some rules: an entry of append_output.
type Append struct {
	// Source, Tags (all of them) and Rule choose the rules; empty ones fit
	// every rule.
	Source string
	Tags   []string
	Rule   string
	// Output is appended to the rule's output after a blank.
	Output string
	// Fields are added to the output fields only.
	Fields []ExtraField
	// Suggested appends the fields that every alert should have.
	Suggested bool
}

// ExtraField is an additional output field. Where Format is empty, Key is a
// field, with its own type in JSON; else the value is the text Format makes.
type ExtraField struct{ Key, Format string }

func (a *Append) matches(r *rules.Rule) bool {
	if a.Source != "" && a.Source != r.Source || a.Rule != "" && a.Rule != r.Name {
		return false
	}
	for _, tag := range a.Tags {
		if !slices.Contains(r.Tags, tag) {
			return false
		}
	}
	return true
}

// suggested is the output for the fields that tell where an event came from.
func suggested(static []string) string {
	var b strings.Builder
	for _, name := range []string{
		"container.id", "container.name", "container.image.repository", "container.image.tag", "k8s.pod.name", "k8s.ns.name",
	} {
		b.WriteString(" " + strings.ReplaceAll(name, ".", "_") + "=%" + name)
	}
	for _, name := range static {
		b.WriteString(" static_" + name + "=%static." + name)
	}
	return b.String()
}
