package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/gyrsec/gyr/config"
)

func TestExplain(t *testing.T) {
	dir := inDir(t, map[string]string{
		"falco.yaml": "config_files: [$D/b]\nrules_file: [/a]\njson_output: ${GYR_TEST_ON}\nengine:\n  modern_ebpf: {buf_size_preset: 7}\n",
		"b":          "rules: [{disable: {rule: x}}]\nstatic_fields: {site: berlin}\nappend_output: [{match: {tags: [t]}, extra_fields: [proc.env, {who: '%user.name'}]}]\n",
	})
	t.Setenv("GYR_TEST_ON", "yes")
	values, warnings, err := config.Explain(dir+"/falco.yaml", []string{"gyr.dns.observe_answers=off", "append_output[]={suggested_output: true}"})
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	got := map[string]string{}
	last := ""
	for _, v := range values {
		text, err := json.Marshal(v.Value)
		if err != nil {
			t.Fatal(err)
		}
		from := strings.ReplaceAll(v.Origin.String(), dir+"/", "")
		if v.Default {
			from = "default"
		}
		if got[v.Key] != "" {
			t.Errorf("%s is there twice", v.Key)
		}
		got[v.Key] = fmt.Sprintf("%s %s", text, from)
		// Every value can be given again.
		if !strings.Contains(v.Key, "plugins[") {
			value := string(text)
			var word string
			if json.Unmarshal(text, &word) == nil {
				value = word
			}
			last = v.Key + "=" + value
			if _, w, err := config.Parse("f", nil, []string{"static_fields={site: x}", "rules=[]", last}, noEnv); err != nil || len(w) > 0 {
				t.Errorf("-o %s: %v %v", last, err, w)
			}
		}
	}
	want := map[string]string{
		"config_files":                       `[{"path":"` + dir + `/b","strategy":"append"}] falco.yaml:1:1`,
		"rules_files":                        `["/a"] falco.yaml:2:1`,
		"json_output":                        "true falco.yaml:3:1",
		"engine.modern_ebpf.buf_size_preset": "7 falco.yaml:5:17",
		"rules":                              `[{"disable":{"rule":"x"}}] b:1:1`,
		"static_fields":                      `{"site":"berlin"} b:2:1`,
		"append_output":                      `[{"match":{"tags":["t"]},"suggested_output":false,"extra_fields":["proc.env",{"who":"%user.name"}]},{"suggested_output":true}] b:3:1`,
		"gyr.dns.observe_answers":            "false -o gyr.dns.observe_answers=off",
		"priority":                           `"debug" default`,
		"gyr.containers.wait":                `"1s" default`,
		"plugins[container].init_config.engines.docker.sockets": `["/var/run/docker.sock"] default`,
	}
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s: got %s, want %s", key, got[key], value)
		}
	}
	if len(got) < 45 || got["webserver.threadiness"] != "" {
		t.Errorf("%d values only", len(got))
	}
}

// TestExplainFollowsPlugins finds where a setting of a plugin is from, though
// plugins are a list.
func TestExplainFollowsPlugins(t *testing.T) {
	dir := inDir(t, map[string]string{"falco.yaml": "plugins:\n  - name: json\n  - name: container\n    init_config:\n      label_max_len: 5\n"})
	values, _, err := config.Explain(dir+"/falco.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if v.Key == "plugins[container].init_config.label_max_len" {
			if v.Value != 5 || v.Default || v.Origin.String() != dir+"/falco.yaml:5:7" {
				t.Errorf("got %+v", v)
			}
			return
		}
	}
	t.Error("it is not there")
}

func TestMerged(t *testing.T) {
	dir := inDir(t, map[string]string{"falco.yaml": "config_files: [$D/b]\nrules_files: [/a]\n", "b": "rules_files: ['${X}']\n"})
	got, err := config.Merged(dir+"/falco.yaml", []string{"json_output=true"})
	if err != nil {
		t.Fatal(err)
	}
	again, warnings := parse(t, strings.ReplaceAll(got, "${X}", "/x"))
	if diff := cmp.Diff([]string{"/a", "/x"}, again.RulesFiles); diff != "" || !again.JSONOutput || len(warnings) > 0 {
		t.Errorf("%s\nread again (-want +got):\n%s", got, diff)
	}
	if _, err := config.Merged(dir+"/none", nil); err == nil {
		t.Error("a missing file was accepted")
	}
}

// TestSchemaFits holds the schema against files and what is said of them.
func TestSchemaFits(t *testing.T) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(config.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		string(config.DefaultFile()): true, everyKeyOfFalco: true, "{}": true, "json_output:\nrules_files: /a\n": true,
		"json_ouput: true\n": false, "engine: {kinds: x}\n": false, "priority: loud\n": false, "rules: [{disable: {name: x}}]\n": false,
		"config_files: [{path: x, strategy: merge}]\n": false, "append_output: [{extra_output: [x]}]\n": false, "json_output: [true]\n": false,
	} {
		var v any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); (err == nil) != want {
			t.Errorf("%.60q: %v, want valid: %v", text, err, want)
		}
	}
}

func TestSchema(t *testing.T) {
	type schema struct {
		Type, Title string
		Properties  map[string]json.RawMessage
		Additional  *bool `json:"additionalProperties"`
	}
	var s schema
	if err := json.Unmarshal(config.Schema(), &s); err != nil {
		t.Fatal(err)
	}
	if s.Type != "object" || s.Additional == nil || *s.Additional || s.Title == "" {
		t.Errorf("%+v", s)
	}
	for key, want := range map[string]string{
		"json_output": `"boolean"`, "log_level": `"emergency"`, "config_files": `"add-only"`, "rules": `"tag"`, "capture": "no effect",
		"base_syscalls": "no effect", "append_output": `"extra_fields"`, "engine": `"cpus_for_each_buffer"`, "plugins": `"init_config"`,
		"falco_libs": `"maximum": 65535`, "gyr": `"observe_answers"`,
	} {
		if !strings.Contains(string(s.Properties[key]), want) {
			t.Errorf("%s: %s, which has no %s", key, s.Properties[key], want)
		}
	}
	if _, ok := s.Properties["grpc"]; ok {
		t.Error("the schema has a key that was removed")
	}
	if text := string(config.ContainerPluginSchema()); !strings.Contains(text, `"label_max_len"`) || !json.Valid([]byte(text)) {
		t.Errorf("container plugin: %s", text)
	}
}
