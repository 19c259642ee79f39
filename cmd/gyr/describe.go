package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/rules"
)

// describes reports whether rules are to be described.
func (f flags) describes() bool { return f.describeAll || f.describeRule != "" }

// overview describes the rule asked for with -l, or all of them.
func (f flags) overview(set *rules.Set) (*rules.Overview, error) {
	if f.describeRule == "" {
		return rules.Describe(set), nil
	}
	o, ok := rules.DescribeRule(set, f.describeRule)
	if ok {
		return o, nil
	}
	hint := "-L lists the rules there are"
	if near := rules.NearestRule(set, f.describeRule); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return nil, fmt.Errorf("-l %q: there is no such rule: %s", f.describeRule, hint)
}

// describeRules describes the rules of the configuration.
func describeRules(f flags, c *config.Config, stdout, stderr io.Writer) error {
	sources, _, err := c.RulesSources()
	if err != nil {
		return err
	}
	var files []rules.Source
	for _, s := range sources {
		files = append(files, rules.Source{Name: s.Name, Data: s.Data})
	}
	set, err := rules.Load(files, rules.Options{Static: c.StaticNames()})
	if err != nil {
		return err
	}
	o, err := f.overview(set)
	if err != nil {
		return err
	}
	for _, w := range set.Warnings {
		fmt.Fprintln(stderr, w.String())
	}
	if c.JSONOutput {
		return writeJSON(stdout, o)
	}
	out := bufio.NewWriter(stdout)
	writeOverview(out, o)
	return out.Flush()
}

// The columns of a description: names take the first 50, text goes from the
// 52nd to the 110th.
const (
	nameColumns = 50
	textColumns = 110 - (nameColumns + 1)
)

// writeOverview prints the rules in two columns, name and description.
func writeOverview(w io.Writer, o *rules.Overview) {
	row := func(name, text string) { fmt.Fprintf(w, "%-*s %s\n", nameColumns, name, text) }
	row("Rule", "Description")
	row("----", "-----------")
	for _, r := range o.Rules {
		text := r.Info.Description
		if len(r.Info.WaitsFor) > 0 {
			text += fmt.Sprintf(" (Not captured yet: %s.)", strings.Join(r.Info.WaitsFor, ", "))
		}
		row(r.Info.Name, wrap(text, textColumns, nameColumns+1))
		fmt.Fprintln(w)
	}
}

// wrap breaks text into lines of at most width characters, those after the
// first indented. A word that is longer stands on a line of its own.
func wrap(text string, width, indent int) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
		case column+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
