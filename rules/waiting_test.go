package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

func TestWaiting(t *testing.T) {
	tests := []struct {
		name, cond string
		waiting    bool
		waitsFor   []event.Family
	}{
		{"all captured", "evt.type in (execve, openat)", false, nil},
		{"none captured", "evt.type in (switch, signaldeliver)", true, []event.Family{event.FamilyOther}},
		{"some captured", "evt.type in (openat, switch) and proc.name = a", false, []event.Family{event.FamilyOther}},
		{"any type", "proc.name = a", false, nil},
		{"any type but one", "evt.type != open and evt.type in (open, signaldeliver)", true, []event.Family{event.FamilyOther}},
		{"a field without a value yet", "evt.type = execve and container.name = a", false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := []Source{{Name: "f", Data: []byte(rule("r", tt.cond))}}
			set, err := Load(files, Options{})
			if err != nil {
				t.Fatal(err)
			}
			all := append(append([]*Rule{}, set.Rules...), set.Waiting...)
			if len(all) != 1 || (len(set.Waiting) == 1) != tt.waiting {
				t.Fatalf("%d rules, %d waiting", len(set.Rules), len(set.Waiting))
			}
			if diff := cmp.Diff(tt.waitsFor, all[0].WaitsFor); diff != "" {
				t.Error(diff)
			}
			set, err = Load(files, Options{AllTypes: true})
			if err != nil || len(set.Rules) != 1 || len(set.Rules[0].WaitsFor) != 0 {
				t.Errorf("with all types the rule waits: %v", err)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	set, errs := load(t, `
- required_engine_version: 26
- required_engine_version: 0.30.1
- required_plugin_versions:
  - name: container
    version: 0.4.0
  - name: nosuch
    version: 1.0.0
    alternatives:
    - name: json
      version: 0.7.0
- list: inner
  items: [a]
- list: outer
  items: [inner, b]
- macro: m
  condition: proc.name in (outer)
- macro: n
  condition: m or proc.tty = 0
`+rule("r", "evt.type = open and n"))
	if errs != nil {
		t.Fatal((&Errors{List: errs}).Error())
	}
	if diff := cmp.Diff("0.30.1", set.RequiredEngine); diff != "" {
		t.Error(diff)
	}
	wantPlugins := []PluginRequirement{
		{Name: "container", Version: "0.4.0"},
		{Name: "nosuch", Version: "1.0.0", Alternatives: []PluginRequirement{{Name: "json", Version: "0.7.0"}}},
	}
	if diff := cmp.Diff(wantPlugins, set.RequiredPlugins); diff != "" {
		t.Error(diff)
	}
	wantLists := []*List{
		{Name: "inner", Items: []string{"a"}, Expanded: []string{"a"}, Used: true, File: "f", Line: 12, Column: 3},
		{Name: "outer", Items: []string{"inner", "b"}, Expanded: []string{"a", "b"}, Used: true, File: "f", Line: 14, Column: 3},
	}
	if diff := cmp.Diff(wantLists, set.Lists); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"m", "n"}, set.Rules[0].Macros); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"outer"}, set.Rules[0].Lists); diff != "" {
		t.Error(diff)
	}
	for _, m := range set.Macros {
		if !m.Used {
			t.Errorf("macro %s counts as unused", m.Name)
		}
	}
}

func TestPriority(t *testing.T) {
	for p, name := range priorityNames {
		if Priority(p).String() != name {
			t.Errorf("priority %d is %s, want %s", p, Priority(p), name)
		}
	}
	tests := map[string]Priority{
		"EMERGENCY": Emergency, "alert": Alert, "Critical": Critical, "eRRor": Error, "WARNING": Warning,
		"notice": Notice, "info": Informational, "INFO": Informational, "informational": Informational, "debug": Debug,
	}
	for name, want := range tests {
		if got, ok := ParsePriority(name); !ok || got != want {
			t.Errorf("%s is %s, %t", name, got, ok)
		}
	}
	for _, name := range []string{"", "warn", "high", "notice ", "0"} {
		if got, ok := ParsePriority(name); ok {
			t.Errorf("%q is %s", name, got)
		}
	}
}
