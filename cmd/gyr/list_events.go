package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/event"
)

// schemaVersion is the version of Falco's event table that the event types
// correspond to.
const schemaVersion = "4.3.0"

// eventClasses are the titles of the classes of event types, by Falco's names
// and in its order.
func eventClasses() []string {
	return []string{
		event.ClassSyscall: "Syscall events", event.ClassTracepoint: "Tracepoint events",
		event.ClassPlugin: "Plugin events", event.ClassMeta: "Metaevents",
	}
}

type listedEvent struct {
	// Available is set where the live source delivers events of the type.
	Available bool `json:"available"`
	// Dir is > for the beginning of a call and for what is no call, < for the
	// return of one.
	Dir    string        `json:"dir"`
	Name   string        `json:"name"`
	Params []listedParam `json:"params"`
	family string
}

type listedParam struct {
	Flags []string `json:"flags"`
	Name  string   `json:"name"`
	Type  string   `json:"type"`
}

// listEvents prints the event types, class by class.
func listEvents(w io.Writer, o listOptions) error {
	byClass := map[string][]listedEvent{}
	for _, class := range eventClasses() {
		byClass[class] = []listedEvent{}
	}
	for t := range event.Types {
		class := eventClasses()[event.Describe(t).Class]
		byClass[class] = append(byClass[class], listedEventsOf(t, o.format != formatText)...)
	}
	out := bufio.NewWriter(w)
	switch o.format {
	case formatJSON:
		document := map[string]any{"schema_version": schemaVersion}
		for class, events := range byClass {
			document[class] = events
		}
		if err := writeJSON(out, document); err != nil {
			return err
		}
	case formatMarkdown:
		fmt.Fprintf(out, "The event types of schema version %s.\n", schemaVersion)
		for _, class := range eventClasses() {
			fmt.Fprintf(out, "\n## %s\n\nAvailable | Dir | Name | Params\n:---------|:----|:-----|:------\n", class)
			for _, e := range byClass[class] {
				fmt.Fprintf(out, "%s | `%s` | **%s** | %s\n", yesNo(e.Available), e.Dir, e.Name, cell(e.params(true)))
			}
		}
	default:
		fmt.Fprintf(out, "The event types of schema version %s.\n", schemaVersion)
		for _, class := range eventClasses() {
			fmt.Fprintf(out, "\n%s:\n", class)
			writeEvents(out, byClass[class])
		}
	}
	return out.Flush()
}

// listedEventsOf are the events of a type. Of a call that is the return, which
// is what rules see, and with both set also the beginning, where Falco's table
// has one.
func listedEventsOf(t event.Type, both bool) []listedEvent {
	info := event.Describe(t)
	e := listedEvent{
		Name: info.Name, Dir: "<", Available: info.Captured(), Params: listedParams(info.Params), family: info.Family.String(),
	}
	if info.Direction == event.DirEnter {
		e.Dir = ">"
	}
	if info.Direction != event.DirBoth || !both {
		return []listedEvent{e}
	}
	enter := e
	enter.Dir, enter.Available = ">", false
	if info.Enter != nil {
		enter.Params = listedParams(info.Enter)
	}
	return []listedEvent{enter, e}
}

func listedParams(params []event.Param) []listedParam {
	all := []listedParam{}
	for _, p := range params {
		listed := listedParam{Name: p.Name, Type: p.Type.String(), Flags: []string{}}
		for _, flag := range p.Flags {
			listed.Flags = append(listed.Flags, flag.Name)
		}
		all = append(all, listed)
	}
	return all
}

// writeEvents prints what is captured first.
func writeEvents(w io.Writer, events []listedEvent) {
	for _, e := range events {
		if e.Available {
			fmt.Fprintf(w, "%s(%s)\n", e.Name, e.params(false))
		}
	}
	if !slices.ContainsFunc(events, func(e listedEvent) bool { return !e.Available }) {
		return
	}
	fmt.Fprintln(w, "\nKnown to rules, not captured yet:")
	for _, e := range events {
		if !e.Available && len(e.Params) > 0 {
			fmt.Fprintf(w, "%s(%s) (%s)\n", e.Name, e.params(false), e.family)
		} else if !e.Available {
			fmt.Fprintf(w, "%s (%s)\n", e.Name, e.family)
		}
	}
}

// params are the event's parameters on one line.
func (e *listedEvent) params(flags bool) string {
	var list []string
	for _, p := range e.Params {
		s := p.Type + " " + p.Name
		if flags && len(p.Flags) > 0 {
			s += ": " + strings.Join(p.Flags, ", ")
		}
		list = append(list, s)
	}
	return strings.Join(list, ", ")
}

func yesNo(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}

// ignoredByDefault are the event types of the most frequent calls, which are
// watched only where a rule asks for them.
func ignoredByDefault() []string {
	return []string{
		"pread", "preadv", "pwrite", "pwritev", "read", "readv", "recv", "send", "sendfile", "write", "writev",
	}
}

func listIgnored(w io.Writer) error {
	_, err := fmt.Fprintf(w, "Ignored Event(s):\n- %s\n", strings.Join(ignoredByDefault(), "\n- "))
	return err
}
