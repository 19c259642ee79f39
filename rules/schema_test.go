package rules

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft6)
	if err := c.AddResource("rules.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("rules.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// schemaFault says what the schema refuses in a file, nil where it is no YAML
// either.
func schemaFault(s *jsonschema.Schema, data []byte) error {
	d := yaml.NewDecoder(strings.NewReader(string(data)))
	for {
		var document any
		if err := d.Decode(&document); err != nil {
			return nil // the end, or no YAML
		}
		if document == nil {
			continue
		}
		if err := s.Validate(document); err != nil {
			return err
		}
	}
}

// The schema takes what the loader takes and refuses what is of the wrong
// structure.
func TestSchemaFiles(t *testing.T) {
	s := compiledSchema(t)
	r := rule("r", "evt.type = open")
	tests := []struct {
		name, data string
		ok         bool
	}{
		{"everything", described, true},
		{"a rule", r, true},
		{"all keys", r + keys("source: syscall", "enabled: yes", "capture: true", "capture_duration: 10", "warn_evttypes: false", "skip-if-unknown-filter: true", "tags: [a]", "exceptions: []"), true},
		{"capitals", strings.Replace(r, "notice", "WARNING", 1), true},
		{"changes", change("priority: error", "override: {priority: replace}") + change("enabled: false") + change("condition: or evt.type = creat", "append: true"), true},
		{"exceptions", r + exception("name: e", "fields: proc.name", "comps: in", "values: [a, 1]"), true},
		{"rows", r + exception("name: e", "fields: [proc.name]", "comps: [in]", "values: [[[a, b]], [c]]"), true},
		{"an empty list", "- list: l\n  items: []\n", true},
		{"an appended list", list("l", "a, 1") + keys("override: {items: append}"), true},
		{"an engine", "- required_engine_version: 26\n- required_engine_version: 0.57.0\n", true},

		{"a mapping", "rule: r\n", false},
		{"an unknown item", "- rulez: r\n", false},
		{"an unknown key of a list", list("l", "a") + keys("item: b"), false},
		{"an unknown key of a macro", macro("m", "evt.type = open") + keys("desc: b"), false},
		{"an unknown key of a rule", r + keys("tag: [a]"), false},
		{"an unknown key of an exception", r + exception("name: e", "fields: proc.name", "value: [a]"), false},
		{"no items", "- list: l\n", false},
		{"no condition", "- macro: m\n", false},
		{"half a rule", "- rule: r\n  desc: d\n", false},
		{"no such priority", strings.Replace(r, "notice", "high", 1), false},
		{"tags that are a word", r + keys("tags: a"), false},
		{"append to a priority", change("priority: error", "override: {priority: append}"), false},
		{"override with another word", change("desc: d", "override: {desc: add}"), false},
		{"an exception without a name", r + exception("fields: proc.name"), false},
		{"a plugin without a version", "- required_plugin_versions: [{name: json}]\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := schemaFault(s, []byte(tt.data)); (err == nil) != tt.ok {
				t.Errorf("the schema says %v", err)
			}
			v, _ := Validate([]Source{{Name: "f", Data: []byte(tt.data)}}, Options{})
			if faults := v[0].schemaWarnings(); (len(faults) == 0) != tt.ok {
				t.Errorf("the loader says %v", faults)
			}
		})
	}
}

// The schema has every key the loader knows, and no other.
func TestSchemaKeys(t *testing.T) {
	var s struct {
		Definitions map[string]struct {
			Properties map[string]any
		}
	}
	if err := json.Unmarshal([]byte(Schema()), &s); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"list": {"append", "items", "list", "override"}, "macro": {"append", "condition", "macro", "override"},
		"rule": slices.Sorted(slices.Values(ruleKeys())), "exception": {"comps", "fields", "name", "values"},
		"engine": {"required_engine_version"}, "plugins": {"required_plugin_versions"},
	}
	got := map[string][]string{}
	for kind := range want {
		got[kind] = slices.Sorted(maps.Keys(s.Definitions[kind].Properties))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSchemaPublished(t *testing.T) {
	dir := os.Getenv("GYR_TESTDATA")
	if dir == "" {
		t.Skip("GYR_TESTDATA is not set: no published rule files to check")
	}
	s := compiledSchema(t)
	files, err := filepath.Glob(filepath.Join(dir, "rules-upstream", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fault := schemaFault(s, data)
		old := strings.HasSuffix(file, "-0.18.0.yaml") // has keys that mean nothing any more
		var refused *jsonschema.ValidationError
		if errors.As(fault, &refused) != old {
			t.Errorf("%s: %v", filepath.Base(file), fault)
		}
	}
}
