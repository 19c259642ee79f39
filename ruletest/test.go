package ruletest

import (
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"

	"github.com/gyrsec/gyr/rules"
)

// Expected is an alert that a test wants.
type Expected struct {
	Rule string
	// Priority is compared where HasPriority.
	Priority    rules.Priority
	HasPriority bool
	// Output is the alert's message or a part of it.
	Output string
	// Fields are output fields with their values as text.
	Fields []ExpectedField

	place *yaml.Node
}

// ExpectedField is an output field with its value as text; Null where it must
// have none.
type ExpectedField struct {
	Name, Value string
	Null        bool
}

// test reads one test; nil where it cannot be used.
func (l *loader) test(n *yaml.Node, common []rules.Source) *Test {
	entries := l.mapping(n, "a test", "name", "event", "events", "capture", "alerts", "near_miss_of", "overrides")
	if entries == nil {
		return nil
	}
	t := &Test{Line: n.Line, place: n}
	if e := find(entries, "name"); e == nil {
		l.fail(n.Line, n.Column, "the test has no name: add \"name: ...\"")
	} else if v, ok := l.text(e.value, "the name of a test"); ok {
		t.Name, t.place = v, e.value
		if v == "" || strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsPrint(r) }) {
			l.fail(e.value.Line, e.value.Column, "the name of a test is one line of printable text")
		}
	}
	if e := find(entries, "near_miss_of"); e != nil {
		if v, ok := l.text(e.value, "near_miss_of"); ok {
			t.NearMissOf, t.place = v, e.value
		}
	}
	l.events(t, n, entries)
	switch e := find(entries, "alerts"); {
	case e != nil:
		t.Alerts = l.alerts(e.value)
	case t.NearMissOf == "":
		l.fail(n.Line, n.Column, "the test does not say what must happen: add \"alerts: [RULE]\", or \"alerts: []\" for none")
	}
	for _, a := range t.Alerts {
		if a.Rule == t.NearMissOf {
			l.fail(a.place.Line, a.place.Column, "an alert of %q is wanted, and near_miss_of says that the rule does not match", a.Rule)
		}
	}
	var local *rules.Source
	if e := find(entries, "overrides"); e != nil {
		local = l.overrides(e.value)
	}
	t.engine = l.sets.of(common, local)
	return t
}

// events reads what happens in a test.
func (l *loader) events(t *Test, n *yaml.Node, entries []entry) {
	if e := find(entries, "capture"); e != nil {
		l.fail(e.at.Line, e.at.Column, "tests of capture files are not supported yet: describe the event by its fields under \"event:\"")
		return
	}
	one, many := find(entries, "event"), find(entries, "events")
	switch {
	case one != nil && many != nil:
		l.fail(many.at.Line, many.at.Column, "give either \"event:\" or \"events:\", which lists several")
	case one != nil:
		l.event(t, one.value)
	case many != nil:
		for _, c := range l.sequence(many.value, "events") {
			l.event(t, resolve(c))
		}
	default:
		l.fail(n.Line, n.Column, "the test has no event: describe it under \"event:\"")
	}
}

func (l *loader) event(t *Test, n *yaml.Node) {
	if e, ok := l.describe(n, len(t.Events)); ok {
		t.Events = append(t.Events, e)
	}
}

// alerts reads the alerts a test wants.
func (l *loader) alerts(n *yaml.Node) []Expected {
	var list []Expected
	for _, c := range l.sequence(n, "alerts") {
		at := c
		c = resolve(c)
		if c.Kind != yaml.MappingNode {
			if name, ok := l.text(c, "an alert"); ok {
				list = append(list, Expected{Rule: name, place: at})
			}
			continue
		}
		if a, ok := l.alert(c); ok {
			list = append(list, a)
		}
	}
	return list
}

func (l *loader) alert(n *yaml.Node) (Expected, bool) {
	a := Expected{place: n}
	before := len(l.problems)
	for _, e := range l.mapping(n, "an alert", "rule", "priority", "output", "output_fields") {
		if e.key == "output_fields" {
			a.Fields = l.outputFields(e.value)
			continue
		}
		v, ok := l.text(e.value, e.key)
		if !ok {
			continue
		}
		switch e.key {
		case "rule":
			a.Rule, a.place = v, e.value
		case "priority":
			if a.Priority, a.HasPriority = rules.ParsePriority(v); !a.HasPriority {
				l.fail(e.value.Line, e.value.Column, "%q is no priority%s", cut(v), didYouMean(v, priorities()))
			}
		case "output":
			a.Output = v
		}
	}
	if a.Rule == "" && len(l.problems) == before {
		l.fail(n.Line, n.Column, "the alert names no rule: add \"rule: NAME\"")
	}
	return a, len(l.problems) == before
}

func priorities() []string {
	var names []string
	for p := rules.Emergency; p <= rules.Debug; p++ {
		names = append(names, p.String())
	}
	return names
}

func (l *loader) outputFields(n *yaml.Node) []ExpectedField {
	var list []ExpectedField
	for _, e := range l.mapping(n, "output_fields") {
		if isNull(e.value) {
			list = append(list, ExpectedField{Name: e.key, Null: true})
		} else if v, ok := l.text(e.value, "an output field"); ok {
			list = append(list, ExpectedField{Name: e.key, Value: v})
		}
	}
	return list
}
