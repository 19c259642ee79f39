package rules

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gyrsec/gyr/condition"
)

// load loads one file named "f".
func load(t *testing.T, data string) (*Set, []Diagnostic) {
	t.Helper()
	return loadFiles(t, data)
}

// loadFiles loads files named "f", "g", ...
func loadFiles(t *testing.T, data ...string) (*Set, []Diagnostic) {
	t.Helper()
	var files []Source
	for i, d := range data {
		files = append(files, Source{Name: string(rune('f' + i)), Data: []byte(d)})
	}
	set, err := Load(files, Options{AllTypes: true})
	if err == nil {
		return set, nil
	}
	var all *Errors
	if !errors.As(err, &all) || len(all.List) == 0 {
		t.Fatalf("the error is no *Errors with entries: %#v", err)
	}
	return set, all.List
}

// compiled loads files without error and returns the canonical condition of
// each rule.
func compiled(t *testing.T, data ...string) map[string]string {
	t.Helper()
	set, errs := loadFiles(t, data...)
	if errs != nil {
		t.Fatal((&Errors{List: errs}).Error())
	}
	got := map[string]string{}
	for _, r := range set.Rules {
		got[r.Name] = condition.Print(r.Condition)
	}
	return got
}

// rule is a rule with the condition, which must be the text of one line.
func rule(name, cond string) string {
	return "- rule: " + name + "\n  desc: d\n  condition: " + cond + "\n  output: o\n  priority: notice\n"
}

func TestConditions(t *testing.T) {
	tests := []struct {
		name  string
		files []string
		want  string
	}{
		{"plain", []string{rule("r", "evt.type = open")}, "evt.type = open"},
		{"list", []string{"- list: l\n  items: [a, b]\n" + rule("r", "proc.name in (l)")}, "proc.name in (a, b)"},
		{"list among values", []string{"- list: l\n  items: [a, b]\n" + rule("r", "proc.name in (x, l, y)")}, "proc.name in (x, a, b, y)"},
		{"two lists", []string{"- list: l\n  items: [a]\n- list: k\n  items: [b]\n" + rule("r", "proc.name in (l, k)")}, "proc.name in (a, b)"},
		{"list of numbers", []string{"- list: l\n  items: [22, 80]\n" + rule("r", "fd.sport in (l)")}, "fd.sport in (22, 80)"},
		{"list defined after its use", []string{rule("r", "proc.name in (l)") + "- list: l\n  items: [a]\n"}, "proc.name in (a)"},
		{"list in a list", []string{"- list: l\n  items: [a]\n- list: k\n  items: [l, b]\n" + rule("r", "proc.name in (k)")}, "proc.name in (a, b)"},
		{"list three deep", []string{"- list: l\n  items: [a]\n- list: k\n  items: [l, b]\n- list: j\n  items: [k, c]\n" + rule("r", "proc.name in (j)")}, "proc.name in (a, b, c)"},
		{"a word that is no list is a value", []string{rule("r", "proc.name in (nolist, b)")}, "proc.name in (nolist, b)"},
		{"part of a word is no list", []string{"- list: l\n  items: [a]\n" + rule("r", "proc.name in (l, l-x, xl, l.y)")}, "proc.name in (a, l-x, xl, l.y)"},
		{"a quoted name is no list", []string{"- list: l\n  items: [a]\n" + rule("r", `proc.cmdline in ("l", "x l y", l)`)}, `proc.cmdline in (l, "x l y", a)`},
		{"empty list first", []string{"- list: l\n  items: []\n" + rule("r", "proc.name in (l, b)")}, "proc.name in (b)"},
		{"empty list last", []string{"- list: l\n  items: []\n" + rule("r", "proc.name in (b, l)")}, "proc.name in (b)"},
		{"empty list in the middle", []string{"- list: l\n  items: []\n" + rule("r", "proc.name in (b, l , c)")}, "proc.name in (b, c)"},
		{"empty lists only", []string{"- list: l\n  items: []\n- list: k\n  items: []\n" + rule("r", "proc.name in (l, k)")}, "proc.name in ()"},
		{"an item with a blank is quoted", []string{"- list: l\n  items: [a b, c]\n" + rule("r", "proc.cmdline in (l)")}, `proc.cmdline in ("a b", c)`},
		{"an item with its own quotes", []string{"- list: l\n  items: ['\"(sd)\"', c]\n" + rule("r", "proc.name in (l)")}, `proc.name in ("(sd)", c)`},
		{"a list without parentheses around", []string{"- list: l\n  items: [a]\n" + rule("r", "proc.name = l")}, "proc.name = a"},
		{"append to a list", []string{"- list: l\n  items: [a]\n", "- list: l\n  append: true\n  items: [b]\n" + rule("r", "proc.name in (l)")}, "proc.name in (a, b)"},
		{"override appends to a list", []string{"- list: l\n  items: [a]\n" + rule("r", "proc.name in (l)"), "- list: l\n  items: [b]\n  override:\n    items: append\n"}, "proc.name in (a, b)"},
		{"override replaces a list", []string{"- list: l\n  items: [a]\n" + rule("r", "proc.name in (l)"), "- list: l\n  items: [b, c]\n  override:\n    items: replace\n"}, "proc.name in (b, c)"},
		{"a second definition of a list counts", []string{"- list: l\n  items: [a]\n" + rule("r", "proc.name in (l)"), "- list: l\n  items: [b, c]\n"}, "proc.name in (b, c)"},

		{"macro", []string{"- macro: m\n  condition: proc.name = a or proc.name = b\n" + rule("r", "evt.type = open and m")}, "(evt.type = open and (proc.name = a or proc.name = b))"},
		{"negated macro", []string{"- macro: m\n  condition: proc.name = a\n" + rule("r", "evt.type = open and not m")}, "(evt.type = open and not proc.name = a)"},
		{"macro in a macro", []string{"- macro: m\n  condition: proc.name = a\n- macro: n\n  condition: m and proc.tty = 0\n" + rule("r", "n")}, "(proc.name = a and proc.tty = 0)"},
		{"macro defined after the rule", []string{rule("r", "m") + "- macro: m\n  condition: proc.name = a\n"}, "proc.name = a"},
		{"list in a macro", []string{"- list: l\n  items: [a, b]\n- macro: m\n  condition: proc.name in (l)\n" + rule("r", "m")}, "proc.name in (a, b)"},
		{"append to a macro", []string{"- macro: m\n  condition: proc.name = a\n" + rule("r", "m"), "- macro: m\n  append: true\n  condition: or proc.name = b\n"}, "(proc.name = a or proc.name = b)"},
		{"override appends to a macro", []string{"- macro: m\n  condition: proc.name = a\n" + rule("r", "m"), "- macro: m\n  condition: and proc.tty = 0\n  override: {condition: append}\n"}, "(proc.name = a and proc.tty = 0)"},
		{"override replaces a macro", []string{"- macro: m\n  condition: proc.name = a\n" + rule("r", "m"), "- macro: m\n  condition: proc.tty = 0\n  override: {condition: replace}\n"}, "proc.tty = 0"},
		{"a macro touched later sees what came before", []string{
			"- macro: m\n  condition: proc.name = a\n- macro: n\n  condition: proc.tty = 0\n" + rule("r", "m"),
			"- macro: m\n  condition: or n\n  override: {condition: append}\n",
		}, "(proc.name = a or proc.tty = 0)"},
		{"macro and list of one name", []string{"- list: l\n  items: [m]\n- macro: m\n  condition: proc.name in (l)\n" + rule("r", "m")}, "proc.name in (m)"},

		{"append to a rule", []string{rule("r", "evt.type = open"), "- rule: r\n  append: true\n  condition: and proc.name = a\n"}, "(evt.type = open and proc.name = a)"},
		{"override appends to a rule", []string{rule("r", "evt.type = open"), "- rule: r\n  condition: and proc.name = a\n  override: {condition: append}\n"}, "(evt.type = open and proc.name = a)"},
		{"override replaces the condition", []string{rule("r", "evt.type = open"), "- rule: r\n  condition: evt.type = openat\n  override: {condition: replace}\n"}, "evt.type = openat"},
		{"several documents", []string{"- list: l\n  items: [a, b]\n---\n---\n" + rule("r", "proc.name in (l)")}, "proc.name in (a, b)"},
		{"an anchor", []string{"- list: l\n  items: &x [a, b]\n- list: k\n  items: *x\n" + rule("r", "proc.name in (k) or proc.pname in (l)")}, "(proc.name in (a, b) or proc.pname in (a, b))"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want, err := condition.Parse(tt.want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(condition.Print(want), compiled(t, tt.files...)["r"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExceptions(t *testing.T) {
	base := "- rule: r\n  desc: d\n  condition: evt.type = open or evt.type = openat\n  output: o\n  priority: notice\n  exceptions:\n"
	tests := []struct {
		name, more string
		next       string
		want       string
	}{
		{"no values", "  - name: e\n    fields: [proc.name]\n", "",
			"evt.type = open or evt.type = openat"},
		{"rows", "  - name: e\n    fields: [proc.name, fd.name]\n    values:\n    - [a, /x]\n    - [b, /y]\n", "",
			"(evt.type = open or evt.type = openat) and not ((proc.name = a and fd.name = /x) or (proc.name = b and fd.name = /y))"},
		{"comparisons", "  - name: e\n    fields: [proc.name, fd.name]\n    comps: [in, startswith]\n    values:\n    - [[a, b], /x]\n    - [c, /y]\n", "",
			"(evt.type = open or evt.type = openat) and not ((proc.name in (a, b) and fd.name startswith /x) or (proc.name in (c) and fd.name startswith /y))"},
		{"single field", "  - name: e\n    fields: proc.name\n    values: [a, b]\n", "",
			"(evt.type = open or evt.type = openat) and not (proc.name in (a, b))"},
		{"single field with pmatch", "  - name: e\n    fields: fd.name\n    comps: pmatch\n    values: [/a, /b]\n", "",
			"(evt.type = open or evt.type = openat) and not (fd.name pmatch (/a, /b))"},
		{"single field with a modified operator", "  - name: e\n    fields: fd.name\n    comps: startswith anyof\n    values: [/a, /b]\n", "",
			"(evt.type = open or evt.type = openat) and not (fd.name startswith anyof (/a, /b))"},
		{"value with a blank", "  - name: e\n    fields: [proc.cmdline]\n    values:\n    - [a b]\n", "",
			"(evt.type = open or evt.type = openat) and not ((proc.cmdline = \"a b\"))"},
		{"list as value", "  - name: e\n    fields: [proc.name]\n    comps: [in]\n    values:\n    - [l]\n", "- list: l\n  items: [a, b]\n",
			"(evt.type = open or evt.type = openat) and not ((proc.name in (a, b)))"},
		{"two exceptions", "  - name: e\n    fields: [proc.name]\n    values:\n    - [a]\n  - name: f\n    fields: user.name\n    values: [u]\n", "",
			"(evt.type = open or evt.type = openat) and not ((proc.name = a)) and not (user.name in (u))"},
		{"appended values", "  - name: e\n    fields: [proc.name]\n    values:\n    - [a]\n",
			"- rule: r\n  exceptions:\n  - name: e\n    values:\n    - [b]\n  override: {exceptions: append}\n",
			"(evt.type = open or evt.type = openat) and not ((proc.name = a) or (proc.name = b))"},
		{"appended the old way, with a condition", "  - name: e\n    fields: [proc.name]\n    values:\n    - [a]\n",
			"- rule: r\n  append: true\n  condition: or evt.type = creat\n  exceptions:\n  - name: e\n    values:\n    - [b]\n",
			"(evt.type = open or evt.type = openat or evt.type = creat) and not ((proc.name = a) or (proc.name = b))"},
		{"appended exception", "  - name: e\n    fields: [proc.name]\n",
			"- rule: r\n  exceptions:\n  - name: f\n    fields: [proc.tty]\n    values:\n    - [0]\n  override: {exceptions: append}\n",
			"(evt.type = open or evt.type = openat) and not ((proc.tty = 0))"},
		{"replaced exceptions", "  - name: e\n    fields: [proc.name]\n    values:\n    - [a]\n",
			"- rule: r\n  exceptions:\n  - name: f\n    fields: [proc.tty]\n    values:\n    - [0]\n  override: {exceptions: replace}\n",
			"(evt.type = open or evt.type = openat) and not ((proc.tty = 0))"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want, err := condition.Parse(tt.want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(condition.Print(want), compiled(t, base+tt.more, tt.next)["r"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRuleKeys(t *testing.T) {
	set, errs := loadFiles(t, `
- rule: a
  desc: >
    first line
    second line
  condition: evt.type = open
  output: >
    opened %fd.name
  priority: INFO
  tags: [z, a, z]
  enabled: false
  capture: true
  capture_duration: 200
- rule: b
  desc: d
  condition: evt.type = open
  output: o
  priority: error
`, `
- rule: a
  desc: more
  output: by %proc.name
  tags: [b]
  priority: critical
  enabled: yes
  override: {desc: append, output: append, tags: append, priority: replace, enabled: replace}
- rule: b
  desc: new
  tags: [x]
  override: {desc: replace, tags: replace}
- rule: c
  desc: d
  condition: evt.type = open
  output: o
  priority: Debug
- rule: b
  enabled: false
`)
	if errs != nil {
		t.Fatal((&Errors{List: errs}).Error())
	}
	want := []*Rule{
		{
			Name: "a", Desc: "first line second line\n more", ConditionText: "evt.type = open",
			Output: "opened %fd.name by %proc.name", Priority: Critical, Tags: []string{"a", "b", "z"},
			Source: "syscall", Enabled: true, Capture: true, CaptureDuration: 200, File: "f", Line: 2, Column: 3,
		},
		{
			Name: "b", Desc: "new", ConditionText: "evt.type = open", Output: "o", Priority: Error, Tags: []string{"x"},
			Source: "syscall", Enabled: false, File: "f", Line: 14, Column: 3,
		},
		{
			Name: "c", Desc: "d", ConditionText: "evt.type = open", Output: "o", Priority: Debug,
			Source: "syscall", Enabled: true, File: "g", Line: 13, Column: 3,
		},
	}
	ignore := cmpopts.IgnoreFields(Rule{}, "Condition", "Predicate", "Template")
	if diff := cmp.Diff(want, set.Rules, ignore, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// A rule defined again keeps its place among the rules: the first match counts,
// so the order is part of what the rules mean.
func TestRedefinitionKeepsOrder(t *testing.T) {
	set, errs := loadFiles(t, rule("a", "evt.type = open")+rule("b", "evt.type = open"), rule("a", "evt.type = creat"))
	if errs != nil {
		t.Fatal((&Errors{List: errs}).Error())
	}
	var got []string
	for _, r := range set.Rules {
		got = append(got, r.Name+": "+r.ConditionText)
	}
	if diff := cmp.Diff([]string{"a: evt.type = creat", "b: evt.type = open"}, got); diff != "" {
		t.Error(diff)
	}
}
