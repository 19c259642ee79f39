package ruletest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/condition"
)

// outcomes is a file with tests of every outcome.
const outcomes = `
rule_files: [rules.yaml]
tests:
  - name: as wanted
    event: {evt.type: execve, proc.cmdline: sh -i, proc.tty: 34816, user.name: alice}
    alerts:
      - rule: Shell
        priority: notice
        output: "line=sh -i parent=systemd"
        output_fields: {user.name: alice, proc.tty: 34816, k8s.pod.name: ~}
  - name: a near miss
    event: {evt.type: execve, proc.cmdline: ls, container.id: 0123456789ab}
    near_miss_of: Shell
  - name: missing
    event: {evt.type: execve, proc.cmdline: ls -l}
    alerts: [Shell]
  - name: unexpected
    event: {evt.type: execve, evt.res: ENOENT, proc.name: sh, container.image.repository: a/b}
    alerts: []
  - name: otherwise
    event: {evt.type: execve, proc.cmdline: sh}
    alerts:
      - rule: Shell
        priority: critical
        output: user=alice
        output_fields: {user.name: alice, proc.tty: 0, k8s.pod.name: p, proc.pid: 1}
  - name: several events
    events:
      - {evt.type: openat, fd.name: /tmp/link, fd.realpath: /etc/secret, proc.args: [a b, ""]}
      - {evt.type: openat, fd.name: /etc/secret/x, evt.arg.flags: [O_WRONLY]}
      - {evt.type: execve, proc.name: sh, proc.env: {A: b}}
    alerts: [Secret Read, Secret Read, Shell In Container]
  - name: 'markup <&> "in" names'
    event: {evt.type: execve}
    alerts: []
`

var update = flag.Bool("update", false, "write the files in testdata anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func results(t *testing.T, text string, match *regexp.Regexp) []Result {
	t.Helper()
	s, err := load(text)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Run(match)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// report is one with every outcome, and times that do not change.
func report(t *testing.T) *Report {
	list := results(t, outcomes, nil)
	for i := range list {
		list[i].Time = 1_500_000
	}
	_, broken := load("rule_files: [rules.yaml]\ntests:\n  - {name: n, event: {evt.type: execv}, alerts: [Shel]}\n")
	return &Report{Files: []FileReport{
		{Name: "dir/t.yaml", Results: list},
		{Name: "dir/broken.yaml", Err: broken},
		{Name: "dir/gone.yaml", Err: errors.New("read the test file: gone")},
	}}
}

func TestReport(t *testing.T) {
	r := report(t)
	if passed, failed := r.Count(); passed != 3 || failed != 6 {
		t.Errorf("%d passed, %d failed", passed, failed)
	}
	for name, verbose := range map[string]bool{"report.txt": false, "report_verbose.txt": true} {
		var b bytes.Buffer
		if err := r.Write(&b, verbose); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	if err := report(t).WriteJUnit(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "junit.xml", b.Bytes())
	var back junitSuites
	if err := xml.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if back.Tests != 9 || back.Failures != 4 || back.Errors != 2 || len(back.Suites) != 3 {
		t.Errorf("read back: %+v", back)
	}
}

func TestRunSome(t *testing.T) {
	var names []string
	for _, r := range results(t, outcomes, regexp.MustCompile("^a|^miss")) {
		names = append(names, r.Test.Name)
	}
	if diff := cmp.Diff([]string{"as wanted", "a near miss", "missing"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOverridesAndMatching(t *testing.T) {
	const event = "    event: {evt.type: execve, proc.name: zsh, container.id: 0123456789ab}\n"
	tests := []struct {
		name, text string
		passed     []bool
	}{
		{"first", "rule_files: [rules.yaml]\ntests:\n  - name: a\n    event: {evt.type: execve, proc.name: sh, container.id: a}\n    alerts: [Shell]\n", []bool{true}},
		{"all", "rule_files: [rules.yaml]\nrule_matching: all\ntests:\n  - name: a\n    event: {evt.type: execve, proc.name: sh, container.id: a}\n    alerts: [Shell In Container, Shell]\n", []bool{true}},
		{"of the file", "rule_files: [rules.yaml]\noverrides:\n- list: shells\n  items: [zsh]\n  override:\n    items: append\ntests:\n  - name: a\n" + event + "    alerts: [Shell]\n", []bool{true}},
		{"of one test", "rule_files: [rules.yaml]\ntests:\n  - name: a\n" + event + "    overrides: &zsh\n      - list: shells\n        items: [zsh]\n        override: {items: append}\n" +
			"    alerts: [Shell]\n  - name: b\n" + event + "    alerts: []\n  - name: c\n" + event + "    overrides: *zsh\n    alerts: [Shell]\n", []bool{true, true, true}},
		{"embedded and alone", "rule_files: ['embedded:rules.yaml']\ntests:\n  - name: a\n" + event + "    alerts: []\n", []bool{true}},
		{"rules of the test file only", "overrides:\n  - rule: r\n    desc: d\n    condition: evt.type = execve\n    output: o\n    priority: INFO\ntests:\n  - name: a\n" + event + "    alerts: [r]\n", []bool{true}},
		{"enabled here", "rule_files: [rules.yaml]\noverrides:\n  - rule: Off\n    enabled: true\n    override: {enabled: replace}\ntests:\n  - name: a\n    event: {evt.type: connect, fd.name: /x}\n    alerts: [Off]\n", []bool{true}},
		{"twice", "rule_files: [rules.yaml]\ntests:\n  - name: a\n    event: {evt.type: execve, proc.name: sh}\n    alerts: [Shell, Shell]\n", []bool{false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var passed []bool
			for _, r := range results(t, tt.text, nil) {
				passed = append(passed, r.Passed())
				t.Log(r.Failure)
			}
			if diff := cmp.Diff(tt.passed, passed); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The example of the documentation holds.
func TestDocumentedExample(t *testing.T) {
	doc, err := os.ReadFile("../docs/rule-tests.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(doc, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d examples, want a test file and a rule file", len(blocks))
	}
	s, err := Load("our_rules_test.yaml", blocks[0][1], func(string) ([]byte, error) { return blocks[1][1], nil })
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Run(nil)
	if err != nil || len(list) < 4 {
		t.Fatalf("%d results, error %v", len(list), err)
	}
	for _, r := range list {
		if !r.Passed() {
			t.Errorf("%s:\n%s", r.Test.Name, r.Failure)
		}
	}
}

func TestConjuncts(t *testing.T) {
	x, err := condition.Parse("x.a = 1 and (x.b = 2 and not (x.c = 3 or (x.d = 4 and x.e = 5))) and (x.f = 6 or x.g = 7)")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, part := range conjuncts(x, nil) {
		got = append(got, condition.Print(part))
	}
	if diff := cmp.Diff([]string{"x.a = 1", "x.b = 2", "not x.c = 3", "not (x.d = 4 and x.e = 5)", "(x.f = 6 or x.g = 7)"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Alerts on events that the live source does not capture are a promise only for
// captures, and the report says so.
func TestUncapturedEvents(t *testing.T) {
	text := "overrides:\n  - rule: r\n    desc: d\n    condition: evt.type in (execve, signaldeliver)\n    output: o\n    priority: INFO\ntests:\n" +
		"  - {name: a, event: {evt.type: signaldeliver}, alerts: [r]}\n  - {name: b, event: {evt.type: execve}, alerts: [r]}\n  - {name: c, event: {evt.type: switch}, alerts: []}\n"
	var b bytes.Buffer
	if err := (&Report{Files: []FileReport{{Name: "f", Results: results(t, text, nil)}}}).Write(&b, false); err != nil {
		t.Fatal(err)
	}
	want := "note: the live source does not capture signaldeliver events yet, so the alerts tested on them are not raised live\n3 passed, 0 failed\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
