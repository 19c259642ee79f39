package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// listFields prints the catalogue of fields, class by class.
func listFields(w io.Writer) error {
	out := bufio.NewWriter(w)
	class := ""
	for f := range field.All {
		if f.Class != class {
			class = f.Class
			fmt.Fprintf(out, "\n%s\n%s\n", class, strings.Repeat("-", len(class)))
		}
		note := ""
		if !f.Live {
			note = " (not provided by the live source yet)"
		}
		fmt.Fprintf(out, "%-36s %-9s %s%s\n", f.Name, f.Type, f.Desc, note)
	}
	return out.Flush()
}

// listEvents prints the event types, captured ones with their parameters.
func listEvents(w io.Writer) error {
	out := bufio.NewWriter(w)
	for t := range event.Types {
		info := event.Describe(t)
		if !info.Captured() {
			continue
		}
		var params []string
		for _, p := range info.Params {
			params = append(params, p.Type.String()+" "+p.Name)
		}
		fmt.Fprintf(out, "%s(%s)\n", info.Name, strings.Join(params, ", "))
	}
	fmt.Fprintln(out, "\nKnown to rules, not captured yet:")
	for t := range event.Types {
		if info := event.Describe(t); !info.Captured() {
			fmt.Fprintf(out, "%s (%s)\n", info.Name, info.Family)
		}
	}
	return out.Flush()
}
