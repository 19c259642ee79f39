package lint

import (
	"fmt"

	"github.com/gyrsec/gyr/rules"
)

// Options say what is known about the installation. The zero value is for the
// default one.
type Options struct {
	// NoContainerFields is set where the fields that name the container are not
	// appended to all outputs (append_output without suggested_output).
	NoContainerFields bool
}

// Check looks at rule files, read together and in order as the engine reads
// them. The error is that of [rules.Load]: what does not load cannot be looked
// at.
func Check(files []rules.Source, o Options) ([]Finding, error) {
	// AllTypes keeps all rules in one list, in the order in which they count.
	set, err := rules.Load(files, rules.Options{AllTypes: true})
	if err != nil {
		return nil, err
	}
	c := &checker{options: o, codes: byID(), set: set, index: newIndex(files)}
	c.unused()
	for _, r := range set.Rules {
		c.subjects = append(c.subjects, c.newSubject(r))
	}
	for _, s := range c.subjects {
		c.never(s)
		c.output(s)
		c.tags(s)
		c.description(s)
		c.exceptions(s)
	}
	c.names()
	c.shadows()
	c.written()
	c.findings = c.index.allowed(c.findings)
	c.checkAllows()
	return sorted(c.findings, c.index.files), nil
}

// checker collects findings about one set of rules.
type checker struct {
	options  Options
	codes    map[string]Code
	set      *rules.Set
	index    *index
	subjects []*subject
	findings []Finding
}

// report adds a finding of a code about something at a location.
func (c *checker) report(code string, at Location, item, message string) {
	c.relate(code, at, item, message, Location{})
}

// relate is report with another place the message speaks of.
func (c *checker) relate(code string, at Location, item, message string, related Location) {
	f := Finding{Code: code, Severity: c.codes[code].Severity, Message: message, Location: at, Item: item, Related: related}
	if _, src := c.index.find(at); src != nil {
		f.Snippet = src.text.Snippet(at.Line, at.Column)
	}
	c.findings = append(c.findings, f)
}

// unused reports what the loader found that nothing uses or that is looked at
// too often.
func (c *checker) unused() {
	for _, m := range c.set.Macros {
		if !m.Used {
			c.report(CodeUnusedMacro, Location{m.File, m.Line, m.Column}, fmt.Sprintf("macro %q", m.Name),
				fmt.Sprintf("no rule or macro uses the macro %q: remove it, or use it", m.Name))
		}
	}
	for _, l := range c.set.Lists {
		if !l.Used {
			c.report(CodeUnusedList, Location{l.File, l.Line, l.Column}, fmt.Sprintf("list %q", l.Name),
				fmt.Sprintf("no rule, macro or list uses the list %q: remove it, or use it", l.Name))
		}
	}
	for _, w := range c.set.Warnings {
		if w.Code != rules.WarnNoEventType {
			continue
		}
		at := Location{w.File, w.Line, w.Column}
		it, _ := c.index.find(at)
		if it == nil {
			continue
		}
		c.report(CodeNoEventType, at, it.title(),
			"the condition is tried on nearly every event of the machine: begin it with the event types it is about, as in \"evt.type in (execve, execveat) and ...\"")
	}
}
