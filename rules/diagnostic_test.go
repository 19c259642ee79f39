package rules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every mistake a rule file can have gives one message, which says where and
// what to do.
func TestErrors(t *testing.T) {
	const r = "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: notice\n"
	tests := []struct {
		name string
		data string
		code string
		at   string // line:column
		says []string
	}{
		{"YAML syntax", "- rule: r\n  desc: a: b\n", ErrYAMLParse, "2:10", []string{"no valid YAML", "mapping values"}},
		{"YAML tab", "- rule: r\n\tdesc: a\n", ErrYAMLParse, "2:1", []string{"no valid YAML", "replace the tab"}},
		{"YAML bracket not closed", "- list: l\n  items: [a, b\n- list: k\n", ErrYAMLParse, "3:7", []string{"no valid YAML", "begins in line 2"}},
		{"YAML unknown anchor", "- list: *x\n", ErrYAMLParse, "1:9", []string{"unknown anchor"}},
		{"YAML control character", "- list: a\n  items: [\x01]\n", ErrYAMLParse, "2:11", []string{"control characters"}},
		{"top level is a mapping", "rule: r\n", ErrYAMLValidate, "1:1", []string{"must be a list of items", `"- rule: NAME"`}},
		{"top level is a text", "hello\n", ErrYAMLValidate, "1:1", []string{"must be a list of items"}},
		{"item is a text", "- hello\n", ErrYAMLValidate, "1:3", []string{"an item must be a mapping"}},
		{"duplicate key", r + "  desc: e\n", ErrYAMLValidate, "6:3", []string{`"desc" is given twice`, "line 2", "remove one"}},

		{"rule without output", "- rule: r\n  desc: d\n  condition: evt.type = open\n  priority: notice\n", ErrYAMLValidate, "1:3", []string{`rule "r" has no output`, `add "output: ..."`}},
		{"rule without desc", "- rule: r\n  condition: evt.type = open\n  output: o\n  priority: notice\n", ErrYAMLValidate, "1:3", []string{"has no desc"}},
		{"rule without priority", "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n", ErrYAMLValidate, "1:3", []string{"has no priority"}},
		{"rule without condition", "- rule: r\n  desc: d\n  output: o\n  priority: notice\n", ErrYAMLValidate, "1:3", []string{"has no condition"}},
		{"rule without anything", "- rule: r\n", ErrYAMLValidate, "1:3", []string{"has no condition, no output, no desc, no priority"}},
		{"empty output", "- rule: r\n  desc: d\n  condition: evt.type = open\n  output:\n  priority: notice\n", ErrYAMLValidate, "4:3", []string{`"output" is empty`}},
		{"output is a list", "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: [a]\n  priority: notice\n", ErrYAMLValidate, "4:11", []string{`"output" must be a text, not a list`}},
		{"bad priority", "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: waning\n", ErrYAMLValidate, "5:13", []string{`"waning" is no priority`, `did you mean "Warning"?`, "emergency, alert"}},
		{"enabled is no boolean", r + "  enabled: maybe\n", ErrYAMLValidate, "6:12", []string{"must be true or false"}},
		{"tags is a text", r + "  tags: a\n", ErrYAMLValidate, "6:9", []string{`"tags" must be a list`}},
		{"capture_duration is no number", r + "  capture_duration: long\n", ErrYAMLValidate, "6:21", []string{"milliseconds"}},
		{"list without items", "- list: l\n", ErrYAMLValidate, "1:3", []string{`list "l" has no items`}},
		{"list of lists", "- list: l\n  items: [[a]]\n", ErrYAMLValidate, "2:11", []string{"must be a text or a number"}},
		{"macro without condition", "- macro: m\n", ErrYAMLValidate, "1:3", []string{`macro "m" has no condition`}},

		{"unknown field", rule("r", "evt.type = open and proc.nmae = x"), ErrCompileCondition, "3:34", []string{"proc.nmae", "did you mean proc.name?"}},
		{"wrong operator for the type", rule("r", "evt.type = open and proc.pid contains x"), ErrCompileCondition, "3:34", []string{"contains"}},
		{"condition is no condition", rule("r", "evt.type = open and and"), ErrCompileCondition, "3:34", []string{"not valid"}},
		{"condition ends early", rule("r", "evt.type = open and"), ErrCompileCondition, "3:30", []string{"not valid"}},
		{"unknown event type", rule("r", "evt.type = opne"), ErrCompileCondition, "3:25", []string{"opne"}},
		{"undefined macro", "- macro: shell_procs\n  condition: proc.name = sh\n" + rule("r", "evt.type = open and shell_proc") + rule("s", "shell_procs"), ErrValidate, "5:34", []string{`undefined macro "shell_proc"`, `did you mean "shell_procs"?`}},
		{"macro used before its definition", "- macro: a\n  condition: b\n- macro: b\n  condition: proc.name = x\n", ErrValidate, "2:14", []string{`macro "b" is used before it is defined`, "move its definition"}},
		{"macro loop", "- macro: a\n  condition: proc.name = x\n- macro: b\n  condition: a\n- macro: a\n  condition: proc.tty = 0 or b\n", ErrValidate, "4:14", []string{"macro loop: a -> b -> a"}},
		{"macro refers to itself", "- macro: a\n  condition: proc.name = x\n- macro: a\n  condition: a or proc.tty = 0\n", ErrValidate, "4:14", []string{"macro loop: a -> a"}},

		{"append to an undefined list", "- list: shell\n  items: [a]\n- list: shells\n  items: [b]\n  override: {items: append}\n", ErrValidate, "3:3", []string{`the list "shells"`, "not defined before", `did you mean "shell"?`}},
		{"append: true to an undefined list", "- list: shells\n  items: [b]\n  append: true\n", ErrValidate, "1:3", []string{`the list "shells"`, "not defined before"}},
		{"replace an undefined list", "- list: shells\n  items: [b]\n  override: {items: replace}\n", ErrValidate, "1:3", []string{"not defined before"}},
		{"append to an undefined macro", "- macro: m\n  condition: or proc.name = a\n  override: {condition: append}\n", ErrValidate, "1:3", []string{`the macro "m"`, "not defined before"}},
		{"append to an undefined rule", "- rule: r\n  condition: or proc.name = a\n  override: {condition: append}\n", ErrValidate, "1:3", []string{`the rule "r"`, "not defined before"}},
		{"switch an undefined rule on", "- rule: r\n  enabled: true\n", ErrValidate, "1:3", []string{`the rule "r"`, "not defined before"}},
		{"append and override together", r + "- rule: r\n  append: true\n  condition: or proc.name = a\n  override: {condition: append}\n", ErrYAMLValidate, "9:13", []string{"cannot be used together"}},
		{"override of a key that is not there", r + "- rule: r\n  override: {condition: append}\n", ErrYAMLValidate, "7:25", []string{`names "condition", which this item does not have`}},
		{"key without an entry in override", r + "- rule: r\n  condition: or proc.name = a\n  tags: [a]\n  override: {condition: append}\n", ErrYAMLValidate, "8:9", []string{`unexpected key "tags"`, "override"}},
		{"append to a key that cannot be appended to", r + "- rule: r\n  priority: error\n  override: {priority: append}\n", ErrYAMLValidate, "8:24", []string{"cannot be appended to", `use "replace" instead`}},
		{"override of an unknown key", r + "- rule: r\n  tags: [a]\n  override: {tag: append}\n", ErrYAMLValidate, "8:19", []string{`"tag" cannot be overridden`, `did you mean "tags"?`}},
		{"override with another word", r + "- rule: r\n  tags: [a]\n  override: {tags: add}\n", ErrYAMLValidate, "8:20", []string{`must be append or replace, not "add"`}},
		{"override is a text", r + "- rule: r\n  tags: [a]\n  override: append\n", ErrYAMLValidate, "8:13", []string{`"override" must be a mapping`}},
		{"another source", r + "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: notice\n  source: k8s_audit\n", ErrValidate, "6:3", []string{"defined again with source"}},

		{"output with an unknown field", "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: opened by %proc.nmae now\n  priority: notice\n", ErrCompileOutput, "4:21", []string{"proc.nmae", "did you mean proc.name?"}},
		{"output ends in a percent sign", "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: 100 %\n  priority: notice\n", ErrCompileOutput, "4:15", []string{"ends in"}},

		{"exception without a name", r + "  exceptions:\n  - fields: [proc.name]\n", ErrYAMLValidate, "7:5", []string{"no name"}},
		{"exception without fields", r + "  exceptions:\n  - name: e\n    values: [[a]]\n", ErrValidate, "7:5", []string{`exception "e" has no fields`}},
		{"exception with an unknown field", r + "  exceptions:\n  - name: e\n    fields: [proc.nmae]\n", ErrValidate, "8:14", []string{"proc.nmae", "did you mean proc.name?"}},
		{"exception with an unknown field and values", r + "  exceptions:\n  - name: e\n    fields: [proc.nmae]\n    values: [[a]]\n", ErrCompileCondition, "8:14", []string{"proc.nmae", "did you mean proc.name?"}},
		{"exception with too many comps", r + "  exceptions:\n  - name: e\n    fields: [proc.name]\n    comps: [in, in]\n", ErrValidate, "7:5", []string{"1 fields and 2 comps"}},
		{"exception with an unknown comparison", r + "  exceptions:\n  - name: e\n    fields: [proc.name]\n    comps: [like]\n", ErrValidate, "9:13", []string{`"like" is no comparison`}},
		{"single field with =", r + "  exceptions:\n  - name: e\n    fields: proc.name\n    comps: =\n", ErrValidate, "9:12", []string{"single field"}},
		{"row of the wrong length", r + "  exceptions:\n  - name: e\n    fields: [proc.name, fd.name]\n    values:\n    - [a]\n", ErrValidate, "10:7", []string{"rows of 2", "[VALUE, VALUE]"}},
		{"fields appended to an exception", r + "  exceptions:\n  - name: e\n    fields: [proc.name]\n- rule: r\n  exceptions:\n  - name: e\n    fields: [fd.name]\n    values: [[a]]\n  override: {exceptions: append}\n", ErrValidate, "11:5", []string{"only values can be appended"}},
		{"new exception without values appended", r + "- rule: r\n  exceptions:\n  - name: e\n    fields: [fd.name]\n  override: {exceptions: append}\n", ErrValidate, "8:5", []string{"has no values"}},

		{"engine too old", "- required_engine_version: 9.1.0\n", ErrValidate, "1:28", []string{"requires engine version 9.1.0", "update gyr"}},
		{"engine version is no version", "- required_engine_version: new\n", ErrYAMLValidate, "1:28", []string{"no engine version"}},
		{"unknown plugin", "- required_plugin_versions:\n  - name: okta\n    version: 0.1.0\n", ErrValidate, "2:5", []string{"okta (>= 0.1.0)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, errs := load(t, tt.data)
			if len(errs) != 1 {
				t.Fatalf("%d errors, want 1:\n%s", len(errs), (&Errors{List: errs}).Error())
			}
			e := errs[0]
			got := fmt.Sprintf("%s %s:%d:%d", e.Code, e.File, e.Line, e.Column)
			if diff := cmp.Diff(tt.code+" f:"+tt.at, got); diff != "" {
				t.Errorf("%s\n%s", diff, e)
			}
			for _, s := range tt.says {
				if !strings.Contains(e.Message, s) {
					t.Errorf("message %q does not say %q", e.Message, s)
				}
			}
		})
	}
}

// All errors of all files are told at once, in the order of files and lines.
func TestAllErrors(t *testing.T) {
	_, errs := loadFiles(t,
		"- rule: a\n  desc: d\n  output: o\n  priority: none\n"+rule("b", "undefined_one")+rule("c", "evt.type = open"),
		"- list: l\n",
		"not: a list\n",
		"- {",
		rule("e", "undefined_two and undefined_three"),
	)
	var got []string
	for _, e := range errs {
		got = append(got, fmt.Sprintf("%s:%d:%d %s", e.File, e.Line, e.Column, e.Code))
	}
	want := []string{
		"f:1:3 LOAD_ERR_YAML_VALIDATE", "f:4:13 LOAD_ERR_YAML_VALIDATE", "f:7:14 LOAD_ERR_VALIDATE",
		"g:1:3 LOAD_ERR_YAML_VALIDATE", "h:1:1 LOAD_ERR_YAML_VALIDATE", "i:1:4 LOAD_ERR_YAML_PARSE",
		"j:3:14 LOAD_ERR_VALIDATE", "j:3:32 LOAD_ERR_VALIDATE",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWarnings(t *testing.T) {
	const r = "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: notice\n"
	tests := []struct {
		name string
		data string
		want []string
	}{
		{"none", r, nil},
		{"unknown item", "- ruel: r\n", []string{"LOAD_UNKNOWN_ITEM 1:3"}},
		{"unknown key", r + "  tag: [a]\n", []string{"LOAD_UNKNOWN_KEY 6:3"}},
		{"unknown source", r + "  source: other\n", []string{"LOAD_UNKNOWN_SOURCE 6:11"}},
		{"unused macro and list", "- macro: m\n  condition: proc.name = a\n- list: l\n  items: [a]\n", []string{"LOAD_UNUSED_MACRO 1:3", "LOAD_UNUSED_LIST 3:3"}},
		{"a rule of another source uses", "- macro: m\n  condition: proc.name in (l)\n- list: l\n  items: [a]\n- rule: r\n  desc: d\n  condition: m\n  output: o\n  priority: notice\n  source: other\n", []string{"LOAD_UNKNOWN_SOURCE 10:11"}},
		{"macro name", "- macro: a-b\n  condition: proc.name = a\n", []string{"LOAD_INVALID_MACRO_NAME 1:3", "LOAD_UNUSED_MACRO 1:3"}},
		{"list name", "- list: a b\n  items: []\n", []string{"LOAD_INVALID_LIST_NAME 1:3", "LOAD_UNUSED_LIST 1:3"}},
		{"enabled alone", r + "- rule: r\n  enabled: false\n", []string{"LOAD_DEPRECATED_ITEM 7:12"}},
		{"append: true", r + "- rule: r\n  append: true\n  condition: and proc.name = a\n", []string{"LOAD_DEPRECATED_ITEM 7:11"}},
		{"container.info", "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o %container.info x\n  priority: notice\n", []string{"LOAD_DEPRECATED_ITEM 4:11"}},
		{"exception without values appended", r + "  exceptions:\n  - name: e\n    fields: [proc.name]\n- rule: r\n  exceptions:\n  - name: e\n  override: {exceptions: append}\n", []string{"LOAD_APPEND_NO_VALUES 11:5"}},
		{"exceptions of one name", r + "  exceptions:\n  - name: e\n    fields: [proc.name]\n  - name: e\n    fields: [fd.name]\n", []string{"LOAD_EXCEPTION_NAME_NOT_UNIQUE 9:5"}},
		{"no event type", rule("r", "proc.name = a"), []string{"LOAD_NO_EVTTYPE 3:14"}},
		{"no event type, said so", rule("r", "proc.name = a") + "  warn_evttypes: false\n", nil},
		{"no event type, never true", rule("r", "proc.name = a and evt.num=0"), nil},
		{"unknown field, skipped", rule("r", "proc.nmae = a") + "  skip-if-unknown-filter: true\n", []string{"LOAD_UNKNOWN_FILTER 3:14"}},
		{"unknown event type, skipped", rule("r", "evt.type = opne") + "  skip-if-unknown-filter: true\n", []string{"LOAD_UNKNOWN_FILTER 3:25"}},
		{"unknown field in the output, skipped", "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: a %proc.nmae\n  priority: notice\n  skip-if-unknown-filter: true\n", []string{"LOAD_UNKNOWN_FILTER 4:13"}},
		{"deprecated field", "- rule: r\n  desc: d\n  condition: evt.type = open and evt.dir = <\n  output: a %evt.dir\n  priority: notice\n", []string{"LOAD_DEPRECATED_ITEM 3:14", "LOAD_DEPRECATED_ITEM 4:11"}},
		{"a value that looks like a field", rule("r", "evt.type = open and proc.name = proc.pname"), []string{"LOAD_COMPILE_CONDITION 3:46"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set, errs := load(t, tt.data)
			if errs != nil {
				t.Fatal((&Errors{List: errs}).Error())
			}
			var got []string
			for _, w := range set.Warnings {
				got = append(got, fmt.Sprintf("%s %d:%d", w.Code, w.Line, w.Column))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s\n%v", diff, set.Warnings)
			}
		})
	}
}

// A mistake in a condition is found where it stands in the file, however YAML
// let it be written.
func TestPositions(t *testing.T) {
	tests := []struct {
		name, scalar string
		at           string // relative to the line of "condition:"
	}{
		{"plain", " evt.type = open and BAD", "0:34"},
		{"plain on two lines", " evt.type = open\n    and BAD", "1:9"},
		{"on the next line", "\n    evt.type = open and BAD", "1:25"},
		{"single quotes", " 'proc.name = ''x'' and BAD'", "0:37"},
		{"double quotes", ` "proc.name = \"x\" \u0061nd BAD"`, "0:42"},
		{"double quotes with breaks", " \"proc.name = x\\n\\tand \\\n      BAD\"", "1:7"},
		{"folded", " >\n    evt.type = open\n    and BAD", "2:9"},
		{"folded, stripped", " >-\n    evt.type = open\n    and\n      BAD and\n    proc.name = x", "3:7"},
		{"literal", " |\n    evt.type = open\n\n    and BAD", "3:9"},
		{"literal with a comment after the sign", " | # why\n    evt.type = open and\n    BAD", "2:5"},
		{"folded with wide characters", " >\n    proc.name = 'äöü€' and BAD", "1:28"},
		{"with a tag", " !!str evt.type = open and BAD", "0:40"},
		{"with carriage returns", " >\r\n    evt.type = open\r\n    and BAD\r\n", "2:9"},
		{"behind an expanded list", " >\n    proc.name in (many)\n    and BAD", "2:9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := "- list: many\n  items: [a, b, c, d, e, f, g]\n- rule: r\n  desc: d\n  condition:" + tt.scalar +
				"\n  output: o\n  priority: notice\n"
			_, errs := load(t, data)
			if len(errs) != 1 {
				t.Fatalf("%d errors, want 1:\n%v", len(errs), errs)
			}
			if got := fmt.Sprintf("%d:%d", errs[0].Line-5, errs[0].Column); got != tt.at {
				t.Errorf("position %s, want %s\n%s", got, tt.at, errs[0])
			}
			if caret := strings.Split(errs[0].Snippet, "\n"); !strings.HasPrefix(string([]rune(caret[0])[len(caret[1])-1:]), "BAD") {
				t.Errorf("the caret does not point at BAD:\n%s", errs[0].Snippet)
			}
		})
	}
}

func TestPositionInOtherPlaces(t *testing.T) {
	_, errs := loadFiles(t,
		"- macro: m\n  condition: >\n    proc.name = a\n    and proc.nmae = x\n"+rule("r", "evt.type = open and m")+rule("s", "m"),
		"- rule: r\n  condition: |\n    or BAD\n  override: {condition: append}\n")
	var got []string
	for _, e := range errs {
		got = append(got, fmt.Sprintf("%s:%d:%d %s", e.File, e.Line, e.Column, e.Code))
	}
	want := []string{"f:4:9 LOAD_ERR_COMPILE_CONDITION", "g:3:8 LOAD_ERR_VALIDATE"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDiagnosticText(t *testing.T) {
	_, errs := load(t, "- rule: a rule\n  desc: d\n  condition: >\n    evt.type = open\n    and undefined\n  output: o\n  priority: notice\n")
	if len(errs) != 1 {
		t.Fatalf("%d errors, want 1", len(errs))
	}
	want := `f:5:9: undefined macro "undefined": define it, or compare a field with it (LOAD_ERR_VALIDATE)
  in rule "a rule", rule condition, condition expression
        and undefined
            ^`
	if diff := cmp.Diff(want, errs[0].String()); diff != "" {
		t.Error(diff)
	}
	var types []string
	for _, c := range errs[0].Context {
		types = append(types, fmt.Sprintf("%s %q %d:%d+%d", c.Type, c.Name, c.Line, c.Column, c.Offset))
	}
	wantContext := []string{
		`rules content "" 1:1+0`, `rules content item "" 1:3+2`, `rule "a rule" 1:3+2`,
		`rule condition "" 3:14+38`, `condition expression "" 5:9+68`,
	}
	if diff := cmp.Diff(wantContext, types); diff != "" {
		t.Error(diff)
	}
}
