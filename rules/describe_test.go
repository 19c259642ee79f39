package rules

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

const described = `
- required_engine_version: 0.57.0
- required_plugin_versions:
  - name: container
    version: 0.4.0
    alternatives:
    - {name: k8smeta, version: 0.2.0}
- list: inner
  items: [a]
- list: outer
  items: [inner, b]
- macro: shell
  condition: proc.name in (outer)
- macro: shell_open
  condition: (shell and evt.type in (open, creat))
- rule: r
  desc: d
  condition: shell_open and fd.name startswith /etc and proc.aname[2] exists
  output: file %fd.name by %proc.name in %container.id and %proc.name
  priority: WARNING
  tags: [z, a]
  exceptions:
  - name: e
    fields: [proc.name, fd.name]
    comps: [=, startswith]
    values: [[b, /etc/x]]
- rule: waits
  desc: d
  condition: evt.type = signaldeliver
  output: o
  priority: info
  enabled: false
  capture: true
  capture_duration: 5
- rule: audit
  desc: d
  condition: ka.verb = create
  output: "%ka.user.name"
  priority: info
  source: k8s_audit
- rule: other
  desc: d
  condition: okta.app = x and shell
  output: "%okta.app %20okta.actor.name[0]."
  priority: info
  source: okta
`

func TestDescribeRules(t *testing.T) {
	set, errs := loadLive(t, described)
	if errs != nil {
		t.Fatal((&Errors{List: errs}).Error())
	}
	none := []string{}
	details := func(change func(*RuleDetails)) RuleDetails {
		d := RuleDetails{
			ConditionFields: none, ConditionOperators: none, Events: none, ExceptionFields: none, ExceptionNames: none,
			ExceptionOperators: none, Lists: none, Macros: none, OutputFields: none, Plugins: none,
		}
		change(&d)
		return d
	}
	want := []RuleOverview{
		{
			Info: RuleInfo{
				Name: "r", Description: "d", Condition: "shell_open and fd.name startswith /etc and proc.aname[2] exists",
				Output: "file %fd.name by %proc.name in %container.id and %proc.name", Priority: "Warning", Source: "syscall",
				Enabled: true, Tags: []string{"a", "z"},
			},
			Details: details(func(d *RuleDetails) {
				d.ConditionCompiled = "(((proc.name in (a, b) and evt.type in (open, creat)) and fd.name startswith /etc and proc.aname[2] exists) and not (proc.name = b and fd.name startswith /etc/x))"
				d.ConditionFields = []string{"evt.type", "fd.name", "proc.aname[2]", "proc.name"}
				d.ConditionOperators = []string{"=", "exists", "in", "startswith"}
				d.Events = []string{"asyncevent", "creat", "open"}
				d.ExceptionNames, d.ExceptionFields, d.ExceptionOperators = []string{"e"}, []string{"fd.name", "proc.name"}, []string{"=", "startswith"}
				d.Macros = []string{"shell_open"}
				d.OutputCompiled = "file %fd.name by %proc.name in %container.id and %proc.name"
				d.OutputFields = []string{"container.id", "fd.name", "proc.name"}
				d.Plugins = []string{"container"}
			}),
		},
		{
			Info: RuleInfo{
				Name: "waits", Description: "d", Condition: "evt.type = signaldeliver", Output: "o", Priority: "Informational",
				Source: "syscall", Tags: none, Capture: true, CaptureDuration: 5, WaitsFor: []string{"other"},
			},
			Details: details(func(d *RuleDetails) {
				d.ConditionCompiled, d.ConditionFields, d.ConditionOperators = "evt.type = signaldeliver", []string{"evt.type"}, []string{"="}
				d.Events, d.OutputCompiled = []string{"asyncevent", "signaldeliver"}, "o"
			}),
		},
		{
			Info: RuleInfo{
				Name: "audit", Description: "d", Condition: "ka.verb = create", Output: "%ka.user.name",
				Priority: "Informational", Source: "k8s_audit", Enabled: true, Tags: none,
			},
			Details: details(func(d *RuleDetails) {
				d.ConditionCompiled, d.ConditionFields, d.ConditionOperators = "ka.verb = create", []string{"ka.verb"}, []string{"="}
				d.Events, d.Plugins = []string{"asyncevent", "pluginevent"}, []string{"k8saudit"}
				d.OutputCompiled, d.OutputFields = "%ka.user.name", []string{"ka.user.name"}
			}),
		},
		{
			Info: RuleInfo{
				Name: "other", Description: "d", Condition: "okta.app = x and shell", Output: "%okta.app %20okta.actor.name[0].",
				Priority: "Informational", Source: "okta", Enabled: true, Tags: none,
			},
			Details: details(func(d *RuleDetails) {
				d.ConditionCompiled = "(okta.app = x and proc.name in (a, b))"
				d.ConditionFields, d.ConditionOperators = []string{"okta.app", "proc.name"}, []string{"=", "in"}
				d.Events, d.Macros = []string{"asyncevent", "pluginevent"}, []string{"shell"}
				d.OutputCompiled, d.OutputFields = "%okta.app %20okta.actor.name[0].", []string{"okta.actor.name[0]", "okta.app"}
			}),
		},
	}
	got := Describe(set)
	if diff := cmp.Diff(want, got.Rules); diff != "" {
		t.Error(diff)
	}
	wantPlugins := []PluginOverview{{PluginVersion: PluginVersion{"container", "0.4.0"}, Alternatives: []PluginVersion{{"k8smeta", "0.2.0"}}}}
	if diff := cmp.Diff(wantPlugins, got.RequiredPluginVersions); diff != "" || got.RequiredEngineVersion != "0.57.0" {
		t.Errorf("engine %s, plugins %s", got.RequiredEngineVersion, diff)
	}
	wantLists := []ListOverview{
		{Info: ListInfo{Name: "inner", Items: []string{"a"}}, Details: ListDetails{Lists: none, ItemsCompiled: []string{"a"}, Plugins: none}},
		{Info: ListInfo{Name: "outer", Items: []string{"b"}}, Details: ListDetails{Lists: []string{"inner"}, ItemsCompiled: []string{"a", "b"}, Plugins: none}},
	}
	if diff := cmp.Diff(wantLists, got.Lists); diff != "" {
		t.Error(diff)
	}
	wantMacro := MacroOverview{
		Info: MacroInfo{Name: "shell_open", Condition: "(shell and evt.type in (open, creat))"},
		Details: MacroDetails{
			ConditionCompiled: "(proc.name in (a, b) and evt.type in (open, creat))", ConditionFields: []string{"evt.type", "proc.name"},
			ConditionOperators: []string{"in"}, Events: []string{"asyncevent", "creat", "open"},
			Lists: none, Macros: []string{"shell"}, Plugins: none,
		},
	}
	if len(got.Macros) != 2 {
		t.Fatalf("%d macros", len(got.Macros))
	}
	if diff := cmp.Diff(wantMacro, got.Macros[1]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"outer"}, got.Macros[0].Details.Lists); diff != "" {
		t.Error(diff)
	}
}

// loadLive loads a file for the live source.
func loadLive(t *testing.T, data string) (*Set, []Diagnostic) {
	t.Helper()
	verdicts, set := Validate([]Source{{Name: "f", Data: []byte(data)}}, Options{})
	return set, verdicts[0].Errors
}

func TestDescribeOneRule(t *testing.T) {
	set, _ := loadLive(t, described)
	names := func(o *Overview) (list []string) {
		for _, r := range o.Rules {
			list = append(list, "rule "+r.Info.Name)
		}
		for _, m := range o.Macros {
			list = append(list, "macro "+m.Info.Name)
		}
		for _, l := range o.Lists {
			list = append(list, "list "+l.Info.Name)
		}
		return list
	}
	tests := []struct {
		rule string
		want []string
	}{
		{"r", []string{"rule r", "macro shell", "macro shell_open", "list inner", "list outer"}},
		{"waits", []string{"rule waits"}},
		{"other", []string{"rule other", "macro shell", "list inner", "list outer"}},
	}
	for _, tt := range tests {
		o, ok := DescribeRule(set, tt.rule)
		if !ok {
			t.Fatalf("no rule %s", tt.rule)
		}
		if diff := cmp.Diff(tt.want, names(o)); diff != "" {
			t.Errorf("%s: %s", tt.rule, diff)
		}
	}
	if _, ok := DescribeRule(set, "wait"); ok {
		t.Error("a rule that is not there is described")
	}
	if got := NearestRule(set, "wait"); got != "waits" {
		t.Errorf("nearest is %q", got)
	}
}

// Nothing prints as null, so that programs can iterate over every key.
func TestDescribeNothing(t *testing.T) {
	set, _ := loadLive(t, "")
	got, err := json.Marshal(Describe(set))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"lists":[],"macros":[],"required_engine_version":"0.0.0","required_plugin_versions":[],"rules":[]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

// The description of a published file lists what the file defines: each name
// once, in the order of the first definition.
func TestDescribePublished(t *testing.T) {
	dir := os.Getenv("GYR_TESTDATA")
	if dir == "" {
		t.Skip("GYR_TESTDATA is not set: no published rule files to describe")
	}
	files, err := filepath.Glob(filepath.Join(dir, "rules-upstream", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			set, errs := loadLive(t, string(data))
			if errs != nil {
				t.Fatal((&Errors{List: errs}).Error())
			}
			got := map[string][]string{}
			o := Describe(set)
			for _, r := range o.Rules {
				got["rule"] = append(got["rule"], r.Info.Name)
				if r.Details.ConditionCompiled == "" || len(r.Details.ConditionFields) == 0 || len(r.Details.Events) == 0 {
					t.Errorf("rule %q lacks details", r.Info.Name)
				}
			}
			for _, m := range o.Macros {
				got["macro"] = append(got["macro"], m.Info.Name)
			}
			for _, l := range o.Lists {
				got["list"] = append(got["list"], l.Info.Name)
			}
			if diff := cmp.Diff(definedIn(t, data), got); diff != "" {
				t.Error(diff)
			}
			t.Logf("%d rules, %d macros, %d lists", len(o.Rules), len(o.Macros), len(o.Lists))
		})
	}
}

// definedIn are the names a file defines, by kind, read without the loader.
func definedIn(t *testing.T, data []byte) map[string][]string {
	t.Helper()
	var items []map[string]any
	if err := yaml.Unmarshal(data, &items); err != nil {
		t.Fatal(err)
	}
	names := map[string][]string{}
	for _, item := range items {
		for _, kind := range []string{"rule", "macro", "list"} {
			if name, ok := item[kind].(string); ok && !slices.Contains(names[kind], name) {
				names[kind] = append(names[kind], name)
			}
		}
	}
	return names
}
