package rules

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVerdictText(t *testing.T) {
	verdicts, set := Validate([]Source{
		{Name: "good.yaml", Data: []byte(rule("a", "evt.type = open"))},
		{Name: "warned.yaml", Data: []byte("- list: l\n  items: [a]\n  itms: [b]\n" + rule("c", "evt.type = open and proc.name in (l)"))},
		{Name: "bad.yaml", Data: []byte(rule("b c", "evt.type = open and proc.nmae = x") + "- macro: m\n")},
	}, Options{})
	if set != nil {
		t.Error("files with an error give a set")
	}
	want := []string{
		"good.yaml: Ok\n", "",
		"warned.yaml: Ok, with warnings\n", `warned.yaml:
1 Warnings:
In rules content: (warned.yaml:1:1)
    rules content item: (warned.yaml:1:3)
    list 'l': (warned.yaml:1:3)
    value for 'itms': (warned.yaml:3:3)
------
  itms: [b]
  ^
------
LOAD_UNKNOWN_KEY (Unknown item key): the key "itms" is not known and ignored: did you mean "items"?
`,
		`bad.yaml: Invalid
2 Errors:
In rules content: (bad.yaml:1:1)
    rules content item: (bad.yaml:1:3)
    rule 'b c': (bad.yaml:1:3)
    rule condition: (bad.yaml:3:14)
    condition expression: (bad.yaml:3:34)
------
  condition: evt.type = open and proc.nmae = x
                                 ^
------
LOAD_ERR_COMPILE_CONDITION (Error compiling condition): unknown field proc.nmae: did you mean proc.name?
In rules content: (bad.yaml:1:1)
    rules content item: (bad.yaml:6:3)
    macro 'm': (bad.yaml:6:3)
------
- macro: m
  ^
------
LOAD_ERR_YAML_VALIDATE (Error validating internal structure of YAML file): the macro "m" has no condition: add "condition: ..."
`, "",
	}
	var got []string
	for _, v := range verdicts {
		got = append(got, v.Result(), v.WarningText())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestVerdictJSON(t *testing.T) {
	verdicts, _ := Validate([]Source{{Name: "f.yaml", Data: []byte("- list: l\n  items: a\n")}}, Options{})
	verdicts = append(verdicts, Unreadable("g.yaml", fs.ErrNotExist))
	data, err := json.Marshal(verdicts)
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	for _, v := range got {
		for _, key := range []string{"name", "successful", "schema_valid", "schema_warnings", "errors", "warnings"} {
			if _, ok := v[key]; !ok || len(v) != 6 {
				t.Errorf("no key %s, or others: %v", key, v)
			}
		}
		if v["successful"] != false || v["schema_valid"] != false {
			t.Errorf("an invalid file counts as valid: %v", v)
		}
	}
	want := []any{map[string]any{
		"code": "LOAD_ERR_FILE_READ", "codedesc": "File read error",
		"message": "the file cannot be read: file does not exist: name a file that exists and may be read",
		"context": map[string]any{"snippet": "", "locations": []any{map[string]any{
			"item_type": "rules content", "item_name": "",
			"position": map[string]any{"name": "g.yaml", "line": 0.0, "column": 0.0, "offset": 0.0},
		}}},
	}}
	if diff := cmp.Diff(want, got[1]["errors"]); diff != "" {
		t.Error(diff)
	}
}

// Lines and columns count from 0 in JSON, as programs that read Falco's expect,
// and from 1 everywhere else.
func TestVerdictPositions(t *testing.T) {
	verdicts, _ := Validate([]Source{{Name: "f", Data: []byte(rule("r", "no.such = a"))}}, Options{})
	data, err := json.Marshal(verdicts[0])
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Errors []struct {
			Context struct {
				Locations []struct {
					Type     string `json:"item_type"`
					Position struct{ Line, Column, Offset int }
				}
			}
		}
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	locations := got.Errors[0].Context.Locations
	last := locations[len(locations)-1]
	if last.Type != "condition expression" || last.Position.Line != 2 || last.Position.Column != 13 || last.Position.Offset != 33 {
		t.Errorf("position is %+v", last)
	}
}

// Every code has a text of its own.
func TestCodes(t *testing.T) {
	codes := []string{
		"LOAD_ERR_FILE_READ", "LOAD_ERR_YAML_PARSE", "LOAD_ERR_YAML_VALIDATE", "LOAD_ERR_COMPILE_CONDITION",
		"LOAD_ERR_COMPILE_OUTPUT", "LOAD_ERR_VALIDATE", "LOAD_ERR_EXTENSION",
		"LOAD_UNKNOWN_SOURCE", "LOAD_UNSAFE_NA_CHECK", "LOAD_NO_EVTTYPE", "LOAD_UNKNOWN_FILTER", "LOAD_UNUSED_MACRO",
		"LOAD_UNUSED_LIST", "LOAD_UNKNOWN_ITEM", "LOAD_DEPRECATED_ITEM", "LOAD_WARNING_EXTENSION", "LOAD_APPEND_NO_VALUES",
		"LOAD_EXCEPTION_NAME_NOT_UNIQUE", "LOAD_INVALID_MACRO_NAME", "LOAD_INVALID_LIST_NAME", "LOAD_COMPILE_CONDITION",
		"LOAD_UNKNOWN_KEY",
	}
	seen := map[string]string{}
	for _, code := range codes {
		text := Description(code)
		if text == code || seen[text] != "" {
			t.Errorf("%s is described as %q, as is %s", code, text, seen[text])
		}
		seen[text] = code
	}
	if n := len(descriptions()); n != len(codes) {
		t.Errorf("%d codes are described, %d known", n, len(codes))
	}
}
