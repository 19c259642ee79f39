package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/config"
)

func TestOverrides(t *testing.T) {
	const file = `
rules_files: [/a.yaml, /b.yaml]
engine:
  modern_ebpf:
    buf_size_preset: 4
append_output:
  - suggested_output: false
`
	tests := []struct {
		name      string
		overrides []string
		change    func(*config.Config)
	}{
		{"a key the file lacks", []string{"json_output=true"}, func(c *config.Config) { c.JSONOutput = true }},
		{"a group the file lacks", []string{"stdout_output.enabled=true"}, func(c *config.Config) { c.StdoutOutput.Enabled = true }},
		{"a key the file has", []string{"engine.modern_ebpf.buf_size_preset=9"}, func(c *config.Config) { c.Engine.ModernEBPF.BufSizePreset = 9 }},
		{"blanks around", []string{" json_output = true "}, func(c *config.Config) { c.JSONOutput = true }},
		{"the last one counts", []string{"log_level=debug", "log_level=error"}, func(c *config.Config) { c.LogLevel = "error" }},
		{"an entry of a list", []string{"rules_files[1]=/c.yaml"}, func(c *config.Config) { c.RulesFiles = []string{"/a.yaml", "/c.yaml"} }},
		{"a further entry", []string{"rules_files[]=/c=d.yaml"}, func(c *config.Config) { c.RulesFiles = []string{"/a.yaml", "/b.yaml", "/c=d.yaml"} }},
		{"the entry after the last", []string{"rules_files[2]=/c.yaml"}, func(c *config.Config) { c.RulesFiles = []string{"/a.yaml", "/b.yaml", "/c.yaml"} }},
		{"a whole list", []string{"rules_files=[/c.yaml]"}, func(c *config.Config) { c.RulesFiles = []string{"/c.yaml"} }},
		{"a word for a list", []string{"rules_files=/c.yaml"}, func(c *config.Config) { c.RulesFiles = []string{"/c.yaml"} }},
		{"JSON", []string{`append_output[]={"suggested_output": true}`}, func(c *config.Config) {
			c.AppendOutput = []config.AppendOutput{{SuggestedOutput: false}, {SuggestedOutput: true}}
		}},
		{"within an entry", []string{"append_output[0].suggested_output=true"}, func(c *config.Config) {
			c.AppendOutput = []config.AppendOutput{{SuggestedOutput: true}}
		}},
		{"backslashes", []string{`json\.output=true`, `json_output=true`}, func(c *config.Config) { c.JSONOutput = true }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want, _ := parse(t, file)
			tt.change(want)
			got, _ := parse(t, file, tt.overrides...)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", tt.overrides, diff)
			}
		})
	}
}

func TestOverrideErrors(t *testing.T) {
	const file = "rules_files: [/a]\njson_output: true\nengine: {kind: modern_ebpf}\n"
	tests := []struct{ override, want string }{
		{"json_output", "a setting must be of the form key=value, as in -o json_output=true"},
		{"=true", "a setting must be of the form key=value, as in -o json_output=true"},
		{"json_output=perhaps", `json_output must be true or false, not "perhaps"`},
		{"a..b=1", `a name is missing at character 3 of the key "a..b"`},
		{"a.=1", `a name is missing after the last dot of the key "a."`},
		{"[0]=1", `a name is missing at character 1 of the key "[0]"`},
		{"a[0=1", `a closing bracket is missing in the key "a[0"`},
		{"a]=1", `an opening bracket is missing in the key "a]"`},
		{"a[x]=1", `in the key "a[x]": "x" between brackets must be the number of an entry, counted from 0, or nothing to add one`},
		{`a\b=1`, `a backslash in the key "a\\b" must stand before ".", "[", "]" or "\"`},
		{"rules_files[4]=x", "entry [4] cannot be set: the list has 1 entries; use [] to add one"},
		{"rules_files.x=1", `there is no "x" to set: the configuration has a list there`},
		{"json_output.x=1", `there is no "x" to set: the configuration has "true" there`},
		{"engine[0]=1", "there is no list to set an entry of: the configuration has a mapping there"},
		{"engine={kind", "the value begins like a list or mapping but is not valid YAML or JSON"},
	}
	for _, tt := range tests {
		_, _, err := config.Parse("falco.yaml", []byte(file), []string{tt.override}, noEnv)
		if err == nil {
			t.Errorf("%s was accepted", tt.override)
			continue
		}
		want := "-o " + tt.override + ": " + tt.want
		if !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s:\n got %v\nwant %s", tt.override, err, want)
		}
		var one *config.Error
		if !errors.As(err, &one) || one.File != "-o "+tt.override {
			t.Errorf("%s: the error does not name the override: %#v", tt.override, one)
		}
	}
}

func TestOverrideWarning(t *testing.T) {
	_, warnings := parse(t, "", "json_ouput=true")
	if len(warnings) != 1 || warnings[0].String() != "-o json_ouput=true: unknown key json_ouput: it has no effect; did you mean json_output?" {
		t.Errorf("got %v", warnings)
	}
}
