package lint

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/rules"
)

func TestOutputs(t *testing.T) {
	tests := []struct{ condition, output, want string }{
		{"evt.type = open and fd.name = /a", "%fd.name", ""},
		{"evt.type = open and fd.name = /a", "%proc.name", CodeOutputLacks},
		{"evt.type = open and fd.directory = /a", "%evt.arg.name", ""},
		{"evt.type = open and fd.directory = /a", "%evt.args", ""},
		{"evt.type = open and not fd.name = /a", "%proc.name", ""},
		{"evt.type = open and fd.num >= 0", "%proc.name", ""},
		{"evt.type = unlink and fs.path.name = /a", "%fs.path.name", ""},
		{"evt.type = unlink and fs.path.name = /a", "%user.name", CodeOutputLacks},
		{"evt.type = connect and fd.sip = 10.0.0.1", "%fd.name", ""},
		{"evt.type = connect and fd.sport = 22", "%fd.rip:%fd.rport", ""},
		{"evt.type = connect and fd.sport = 22", "%proc.name", CodeOutputLacks},
		{"evt.type = execve and proc.args contains x", "%proc.cmdline", ""},
		{"evt.type = execve and proc.args contains x", "%proc.name", CodeOutputLacks},
		{"evt.type = execve and proc.pname = x", "%proc.pexepath", ""},
		{"evt.type = execve and proc.pname = x", "%proc.name", CodeOutputLacks},
		{"evt.type = execve and proc.exepath = /x", "%user.name", CodeOutputLacks},
		{"evt.type = execve and proc.exepath = /x", "nothing of it", CodeOutputBare},
		{"evt.type = execve and proc.exepath = /x", "100%% of it", CodeOutputBare},
		{"evt.type = execve and proc.exepath = /x", "%toupper(proc.name)", ""},
	}
	for _, tt := range tests {
		text := "- rule: a\n  desc: d\n  condition: " + tt.condition + "\n  output: \"" + tt.output + "\"\n  priority: INFO\n"
		findings := check(t, text)
		if got := strings.Join(codesOf(findings), " "); got != tt.want {
			t.Errorf("%s | %s: %q, want %q", tt.condition, tt.output, got, tt.want)
		}
		for _, f := range findings {
			if f.Line != 4 || f.Column != 11 {
				t.Errorf("%s | %s: at %s, want the output's place", tt.condition, tt.output, f.Location)
			}
		}
	}
}

func TestTags(t *testing.T) {
	tests := []struct{ tag, want string }{
		{"T1059", ""}, {"T1059.004", ""}, {"TA0002", ""}, {"mitre_execution", ""}, {"mitre_command_and_control", ""},
		{"host", ""}, {"tier1", ""}, {"t2", ""}, {"PCI_DSS_10.2.1", ""}, {"NIST_800-53_AC-6", ""}, {"t3.medium", ""},
		{"T105", `the tag "T105" is written unlike a technique of ATT&CK: write it as T1059, T1059.004 or, for a tactic, TA0002`},
		{"t1059", `the tag "t1059" is written unlike`},
		{"T1059.4", `the tag "T1059.4" is written unlike`},
		{"T1059/004", `the tag "T1059/004" is written unlike`},
		{"TA002", `the tag "TA002" is written unlike`},
		{"mitre_defense_evation", `the tag "mitre_defense_evation" names no tactic of ATT&CK: did you mean mitre_defense_evasion?`},
		{"MITRE_execution", `did you mean mitre_execution?`},
		{"mitre_port_knocking", `the tag "mitre_port_knocking" names no tactic of ATT&CK: use one of mitre_reconnaissance,`},
	}
	for _, tt := range tests {
		if got := badTag(tt.tag); got != tt.want && (tt.want == "" || !strings.Contains(got, tt.want)) {
			t.Errorf("%s: %q, want %q", tt.tag, got, tt.want)
		}
	}
}

func TestTagPlaces(t *testing.T) {
	text := rule("a", "evt.type = open and fd.name = /a") + "  tags: [a, T1, b, a, T12345]\n" +
		"- rule: a\n  tags: [b, c]\n  override: {tags: append}\n"
	if diff := cmp.Diff([]string{"GYR014 6:20", "GYR015 6:23", "GYR014 8:10"}, places(check(t, text))); diff != "" {
		t.Error(diff)
	}
	replaced := text + "- rule: a\n  tags: [a]\n  override: {tags: replace}\n"
	if got := check(t, replaced); len(got) > 0 {
		t.Error(got)
	}
}

func TestExceptions(t *testing.T) {
	base := rule("a", "evt.type = open and fd.name = /a") + "  exceptions:\n    - {name: x, fields: [proc.exepath, user.name]}\n    - {name: y, fields: proc.exepath, values: [/b]}\n"
	tests := []struct {
		name, more string
		want       []string
	}{
		{"never any values", "", []string{"GYR007 7:7"}},
		{"values appended", "- rule: a\n  append: true\n  exceptions:\n    - {name: x, values: [[/c, root]]}\n", nil},
		{"values appended to another", "- rule: a\n  append: true\n  exceptions:\n    - {name: y, values: [/c]}\n", []string{"GYR007 7:7"}},
		{"replaced", "- rule: a\n  exceptions:\n    - {name: z, fields: proc.exepath, values: []}\n  override: {exceptions: replace}\n", []string{"GYR007 11:7"}},
		{"by name", "- rule: a\n  exceptions:\n    - {name: x, values: [[/c, root]]}\n    - {name: z, fields: proc.name, values: [c]}\n  override: {exceptions: append}\n", []string{"GYR011 1:3"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, places(check(t, base+tt.more))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestDescription(t *testing.T) {
	text := rule("What it means", "evt.type = open and fd.name = /a")
	if diff := cmp.Diff([]string{"GYR016 2:9"}, places(check(t, text))); diff != "" {
		t.Error(diff)
	}
}

// Where something is in a macro, one finding is enough, whoever uses it.
func TestNamesInMacros(t *testing.T) {
	text := "- macro: known\n  condition: (proc.name = a or\n    proc.pname = b)\n" +
		rule("a", "evt.type = open and fd.name = /a and not known") + rule("b", "evt.type = open and fd.name = /b and not known")
	findings := check(t, text)
	if diff := cmp.Diff([]string{"GYR011 2:15"}, places(findings)); diff != "" {
		t.Fatal(diff)
	}
	if f := findings[0]; !strings.Contains(f.Message, `"proc.name = a" (and 1 more like it) excepts from the rule "a" and 1 more`) || f.Item != `macro "known"` {
		t.Errorf("%s: %s", f.Item, f.Message)
	}
	allowed := "# Programs of ours.\n# gyr-lint: allow GYR011 they have no path of their own\n" + text
	if got := check(t, allowed); len(got) > 0 {
		t.Error(got)
	}
}

func TestPlaces(t *testing.T) {
	folded := "- rule: a\n  desc: d\n  condition: >-\n    evt.type = open\n    and fd.name = /a\n    and not not user.uid = 0\n  output: \"%fd.name\"\n  priority: INFO\n"
	quoted := "- rule: a\n  desc: d\n  condition: \"evt.type = open and\n    not not fd.name = '/a'\"\n  output: \"%fd.name\"\n  priority: INFO\n"
	appended := rule("a", "evt.type = open and fd.name = /a") + "- rule: a\n  append: true\n  condition: and not not user.uid = 0\n"
	escaped := "- rule: a\n  desc: d\n  condition: \"evt.type = open and fd.name = \\\"/a\\\" and not not user.uid = 0\"\n  output: \"%fd.name\"\n  priority: INFO\n"
	unicode := rule("a", "evt.type = open and fd.name = \"/ä\" and not not user.uid = 0")
	for _, tt := range []struct{ text, want, caret string }{
		{folded, "GYR009 6:9", "        and not not user.uid = 0\n            ^"},
		{quoted, "GYR009 4:5", ""},
		{appended, "GYR009 8:18", ""},
		{escaped, "GYR009 3:14", ""},
		{unicode, "GYR009 3:53", ""},
	} {
		findings := check(t, tt.text)
		if diff := cmp.Diff([]string{tt.want}, places(findings)); diff != "" {
			t.Errorf("%s\n%s", tt.text, diff)
			continue
		}
		if !strings.Contains(findings[0].String(), tt.caret) {
			t.Errorf("no %q in\n%s", tt.caret, findings[0])
		}
	}
}

func TestAllow(t *testing.T) {
	wrong := rule("a", "fd.name = /a and not proc.name = x")
	tests := []struct {
		name, comment string
		want          []string
	}{
		{"both", "# gyr-lint: allow GYR008, GYR011 tried on purpose\n", nil},
		{"both, without comma", "# gyr-lint: allow GYR008 GYR011 tried on purpose\n", nil},
		{"in two comments", "# gyr-lint: allow GYR008 tried on purpose\n# More.\n#gyr-lint: allow GYR011 also\n", nil},
		{"only one", "# gyr-lint: allow GYR008 tried on purpose\n", []string{"GYR011 4:35"}},
		{"another", "# gyr-lint: allow GYR001 tried on purpose\n", []string{"GYR017 1:1", "GYR008 4:14", "GYR011 4:35"}},
		{"without reason", "# gyr-lint: allow GYR008, GYR011\n", []string{"GYR017 1:1", "GYR008 4:14", "GYR011 4:35"}},
		{"without code", "# gyr-lint: allow everything\n", []string{"GYR017 1:1", "GYR008 4:14", "GYR011 4:35"}},
		{"not directly above", "# gyr-lint: allow GYR008, GYR011 tried on purpose\n\n", []string{"GYR008 5:14", "GYR011 5:35"}},
		{"another comment", "# allow GYR008\n", []string{"GYR008 4:14", "GYR011 4:35"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, places(check(t, tt.comment+wrong))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestContainerFields(t *testing.T) {
	for _, tt := range []struct {
		condition, output string
		options           Options
		want              string
	}{
		{"container.id != host and evt.type = open", "%user.name", Options{}, ""},
		{"container.name = a and evt.type = open", "%user.name", Options{}, ""},
		{"container.name = a and evt.type = open", "%user.name", Options{NoContainerFields: true}, CodeOutputLacks},
		{"container.name = a and evt.type = open", "%container.id", Options{NoContainerFields: true}, ""},
		{"container.id != host and evt.type = open", "%user.name", Options{NoContainerFields: true}, CodeOutputLacks},
		{"container.id = host and evt.type = open", "%user.name", Options{NoContainerFields: true}, ""},
	} {
		text := "- rule: a\n  desc: d\n  condition: " + tt.condition + "\n  output: \"" + tt.output + "\"\n  priority: INFO\n"
		findings, err := Check([]rules.Source{{Name: "a", Data: []byte(text)}}, tt.options)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(codesOf(findings), " "); got != tt.want {
			t.Errorf("%s | %s, %+v: %q, want %q", tt.condition, tt.output, tt.options, got, tt.want)
		}
	}
}

func TestErrorsAreTheLoaders(t *testing.T) {
	_, err := Check([]rules.Source{{Name: "a", Data: []byte("- rule: a\n- rule: b\n")}}, Options{})
	var list *rules.Errors
	if !errors.As(err, &list) || len(list.List) != 2 {
		t.Errorf("%v, want the two errors of the loader", err)
	}
	if findings, err := Check(nil, Options{}); err != nil || len(findings) > 0 {
		t.Errorf("no file: %v, %v", findings, err)
	}
}
