package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/config"
)

func TestAppendOutput(t *testing.T) {
	c, warnings := parse(t, `
append_output:
  - suggested_output: true
  - match: {source: syscall, tags: [a, b], rule: My rule}
    extra_output: on CPU %evt.cpu of %static.site
    extra_fields: [proc.env, "proc.aname[2]", {who: "%user.name", where: "%static.site"}]
static_fields: {site: '${SITE}x', n: 5, none: }
buffer_format_base64: true
`, `append_output[]={"extra_fields": ["proc.exe"]}`)
	want := []config.AppendOutput{
		{SuggestedOutput: true},
		{
			Match:       config.Match{Source: "syscall", Tags: []string{"a", "b"}, Rule: "My rule"},
			ExtraOutput: "on CPU %evt.cpu of %static.site",
			ExtraFields: []config.ExtraField{{Key: "proc.env"}, {Key: "proc.aname[2]"}, {Key: "who", Format: "%user.name"}, {Key: "where", Format: "%static.site"}},
		},
		{ExtraFields: []config.ExtraField{{Key: "proc.exe"}}},
	}
	if diff := cmp.Diff(want, c.AppendOutput); diff != "" || len(warnings) > 0 {
		t.Errorf("warnings %v (-want +got):\n%s", warnings, diff)
	}
	if diff := cmp.Diff([]config.StaticField{{Name: "site", Value: "x"}, {Name: "n", Value: "5"}, {Name: "none"}}, c.StaticFields); diff != "" {
		t.Errorf("static_fields (-want +got):\n%s", diff)
	}
	if !c.BufferFormatBase64 {
		t.Error("buffer_format_base64 has no effect")
	}
}

func TestAppendOutputErrors(t *testing.T) {
	for text, want := range map[string]string{
		"append_output: [{extra_output: '%nofield'}]\n":    "falco.yaml:1:32: append_output[0].extra_output: unknown field nofield: gyr --list shows the fields there are",
		"append_output: [{extra_output: [a]}]\n":           "falco.yaml:1:32: append_output[0].extra_output must be a text like a rule's output, not a list",
		"append_output: [{extra_fields: [proc.nam]}]\n":    "falco.yaml:1:33: append_output[0].extra_fields[0]: unknown field proc.nam: did you mean proc.name?",
		"append_output: [{extra_fields: [fd.ip]}]\n":       "falco.yaml:1:33: append_output[0].extra_fields[0]: the field fd.ip can be used in conditions only",
		"append_output: [{extra_fields: [{a: '%b.c'}]}]\n": "falco.yaml:1:37: append_output[0].extra_fields[0].a: unknown field b.c: gyr --list shows the fields there are",
		"append_output: [{extra_fields: [{a: }]}]\n":       `falco.yaml:1:34: append_output[0].extra_fields[0].a is empty; write an output such as "%proc.name"`,
		"append_output: [{extra_fields: [[x]]}]\n":         "falco.yaml:1:33: append_output[0].extra_fields[0] must be a field, or a name and an output, not a list",
		"append_output: [{extra_fields: proc.name}]\n":     `falco.yaml:1:32: append_output[0].extra_fields must be a list of fields, not "proc.name"; write [proc.env, {name: "%proc.name"}]`,
		"append_output: [{match: {tags: {}}}]\n":           "falco.yaml:1:32: append_output[0].match.tags must be a list, not a mapping; write each entry on its own line with a dash before it",
		"append_output: [{extra_fields: [static.x]}]\n":    "falco.yaml:1:33: append_output[0].extra_fields[0]: unknown field static.x: set x under static_fields in the configuration",
		"static_fields: [a]\n":                             "falco.yaml:1:16: static_fields must be a mapping of names to values, not a list",
		"static_fields: {a-b: c}\n":                        "falco.yaml:1:17: static_fields.a-b: a name must begin with a letter, and have letters, digits and _ only, so that rules can say static.NAME",
		"static_fields: {a: [c]}\n":                        "falco.yaml:1:20: static_fields.a must be a single value, not a list",
	} {
		_, _, err := config.Parse("falco.yaml", []byte(text), nil, noEnv)
		if err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}
