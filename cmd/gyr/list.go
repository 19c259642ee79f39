package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/field"
)

// allSources is the value of --list without a source.
const allSources = "all"

// listOptions say what --list and --list-events print, and how.
type listOptions struct {
	format string // text, markdown or json
	names  bool
	source string // of the fields; allSources for every one
}

// The forms a list can be printed in.
const (
	formatText     = "text"
	formatMarkdown = "markdown"
	formatJSON     = "json"
)

func (f flags) listOptions(stderr io.Writer) (listOptions, error) {
	o := listOptions{format: f.format, names: f.names, source: f.list}
	if f.markdown {
		fmt.Fprintln(stderr, "gyr: --markdown is deprecated: use --format markdown")
		o.format = formatMarkdown
	}
	if !slices.Contains([]string{formatText, formatMarkdown, formatJSON}, o.format) {
		return o, fmt.Errorf("--format %s: the format must be text, markdown or json", o.format)
	}
	return o, nil
}

// fieldClass is a group of fields as it is listed.
type fieldClass struct {
	Desc         string        `json:"desc"`
	EventSources []string      `json:"event_sources"`
	Fields       []listedField `json:"fields"`
	Name         string        `json:"name"`
}

type listedField struct {
	Argument *listedArgument `json:"argument"`
	// Available is false where the live source does not provide the value yet.
	Available  bool   `json:"available"`
	Deprecated bool   `json:"deprecated"`
	Desc       string `json:"desc"`
	IsList     bool   `json:"is_list"`
	Name       string `json:"name"`
	Type       string `json:"type"`
}

type listedArgument struct {
	Required bool     `json:"required"`
	Type     []string `json:"type"`
}

// listFields prints the catalogue of fields, class by class.
func listFields(w io.Writer, o listOptions) error {
	classes := fieldClasses(field.All)
	if o.source != allSources {
		var sources []string
		for _, c := range classes {
			sources = append(sources, c.EventSources...)
		}
		slices.Sort(sources)
		if sources = slices.Compact(sources); !slices.Contains(sources, o.source) {
			return fmt.Errorf("--list=%s: no fields for that source; there are fields for %s", o.source, strings.Join(sources, ", "))
		}
		classes = slices.DeleteFunc(classes, func(c fieldClass) bool { return !slices.Contains(c.EventSources, o.source) })
	}
	out := bufio.NewWriter(w)
	if o.names {
		return listNames(out, classes, o.format)
	}
	switch o.format {
	case formatJSON:
		if err := writeJSON(out, map[string]any{"fieldclasses": classes}); err != nil {
			return err
		}
	case formatMarkdown:
		for _, c := range classes {
			c.writeMarkdown(out)
		}
	default:
		for _, c := range classes {
			c.writeText(out)
		}
	}
	return out.Flush()
}

func listNames(out *bufio.Writer, classes []fieldClass, format string) error {
	names := []string{}
	for _, c := range classes {
		for _, f := range c.Fields {
			names = append(names, f.Name)
		}
	}
	if format == formatJSON {
		if err := writeJSON(out, map[string]any{"fieldnames": names}); err != nil {
			return err
		}
		return out.Flush()
	}
	for _, name := range names {
		if format == formatMarkdown {
			name = "- `" + name + "`"
		}
		fmt.Fprintln(out, name)
	}
	return out.Flush()
}

// fieldClasses groups the catalogue by class and sources.
func fieldClasses(all func(func(*field.Field) bool)) []fieldClass {
	var classes []fieldClass
	for f := range all {
		sources := sourcesOf(f)
		i := slices.IndexFunc(classes, func(c fieldClass) bool {
			return c.Name == f.Class && slices.Equal(c.EventSources, sources)
		})
		if i < 0 {
			i = len(classes)
			classes = append(classes, fieldClass{
				Name: f.Class, Desc: classDescription(f.Class, len(f.Sources) == 0), EventSources: sources,
			})
		}
		listed := listedField{
			Name: f.Name, Type: f.Type.String(), Desc: f.Desc, IsList: f.List, Available: f.Live, Deprecated: f.Deprecated,
		}
		if f.Arg.Allowed() {
			listed.Argument = &listedArgument{Required: f.Arg&field.ArgRequired != 0, Type: []string{}}
			if f.Arg&field.ArgIndex != 0 {
				listed.Argument.Type = append(listed.Argument.Type, "INDEX")
			}
			if f.Arg&field.ArgKey != 0 {
				listed.Argument.Type = append(listed.Argument.Type, "KEY")
			}
		}
		classes[i].Fields = append(classes[i].Fields, listed)
	}
	return classes
}

// sourcesOf are the sources whose events have values for a field.
func sourcesOf(f *field.Field) []string {
	if len(f.Sources) == 0 {
		return []string{field.Syscall, field.K8sAudit}
	}
	return f.Sources
}

// classDescription says what a class is about; generic are the fields of it
// that events of every source have.
func classDescription(class string, generic bool) string {
	if class == "evt" && generic {
		return "Any event, wherever it comes from: its number, time and source."
	}
	return map[string]string{
		"evt":       "The system call: its type, parameters and result.",
		"process":   "The process that caused the event, its ancestors and its thread.",
		"user":      "The user the process runs as, and the one who logged in.",
		"group":     "The group the process runs as.",
		"fd":        "The file, socket or other object the event is about.",
		"fs.path":   "The paths named by calls that act on paths rather than open files.",
		"fdlist":    "The file descriptors a poll waits for.",
		"container": "The container the process runs in.",
		"k8s":       "The Kubernetes pod the process runs in.",
		"k8saudit":  "The request to the Kubernetes API server that was audited.",
		"json":      "Values in an event that is a JSON document.",
	}[class]
}

// notes are what a reader has to know about a field besides its description.
func (f *listedField) notes() string {
	var b strings.Builder
	if f.Deprecated {
		b.WriteString(" (deprecated)")
	}
	if !f.Available {
		b.WriteString(" (not provided by the live source yet)")
	}
	return b.String()
}

// typeText is the type with what can be said about list and argument.
func (f *listedField) typeText() string {
	s := f.Type
	if f.IsList {
		s += " LIST"
	}
	return s
}

func (f *listedField) argumentText() string {
	if f.Argument == nil {
		return ""
	}
	s := " (may take an argument: "
	if f.Argument.Required {
		s = " (needs an argument: "
	}
	return s + strings.ToLower(strings.Join(f.Argument.Type, " or ")) + ")"
}

func (c *fieldClass) writeText(w io.Writer) {
	title := "Field Class: " + c.Name
	fmt.Fprintf(w, "\n%s\n%s\n%s\nEvent Sources: %s\n\n", title, strings.Repeat("-", len(title)), c.Desc, strings.Join(c.EventSources, ", "))
	for _, f := range c.Fields {
		fmt.Fprintf(w, "%-36s %-14s %s%s%s\n", f.Name, f.typeText(), f.Desc, f.argumentText(), f.notes())
	}
}

func (c *fieldClass) writeMarkdown(w io.Writer) {
	fmt.Fprintf(w, "## Field Class: %s\n\n%s\n\nEvent Sources: %s\n\n", c.Name, c.Desc, strings.Join(c.EventSources, ", "))
	fmt.Fprint(w, "Name | Type | Description\n:----|:-----|:-----------\n")
	for _, f := range c.Fields {
		fmt.Fprintf(w, "`%s` | %s | %s\n", f.Name, f.typeText(), cell(f.Desc+f.argumentText()+f.notes()))
	}
	fmt.Fprintln(w)
}

// cell is text that may stand in a table of Markdown.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "<", "&lt;", ">", "&gt;", "\n", " ").Replace(s)
}
