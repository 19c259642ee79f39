package ruletest

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/field"
	"github.com/gyrsec/gyr/rules"
)

const ruleFile = `
- list: shells
  items: [sh, bash]
- macro: container
  condition: (container.id != host)
- rule: Shell
  desc: d
  condition: evt.type = execve and evt.rawres = 0 and proc.name in (shells)
  output: a shell | user=%user.name line=%proc.cmdline parent=%proc.pname tty=%proc.tty pod=%k8s.pod.name
  priority: NOTICE
- rule: Shell In Container
  desc: d
  condition: evt.type = execve and container and proc.name in (shells)
  output: a shell in %container.image.repository
  priority: WARNING
- rule: Secret Read
  desc: d
  condition: evt.is_open_read = true and fd.name startswith /etc/secret
  output: read %fd.name (%fd.nameraw, %fd.realpath) by %proc.name
  priority: ERROR
- rule: Off
  desc: d
  condition: evt.type = connect
  output: o
  priority: INFO
  enabled: false
- rule: Audit
  desc: d
  condition: ka.verb = create
  output: o
  priority: INFO
  source: k8s_audit
`

// readRules gives the rule files of the tests here.
func readRules(path string) ([]byte, error) {
	switch path {
	case "dir/rules.yaml", "embedded:rules.yaml":
		return []byte(ruleFile), nil
	case "/abs/bad.yaml":
		return []byte("- rule: r\n  desc: d\n  condition: evt.type = nosuch and (\n  output: o\n  priority: INFO\n"), nil
	}
	return nil, fs.ErrNotExist
}

// load loads a test file in the directory dir.
func load(text string) (*Suite, error) { return Load("dir/t.yaml", []byte(text), readRules) }

// oneEvent is a test file with one event, in line 5, with columns from 13 on.
func oneEvent(event string) string {
	return "rule_files: [rules.yaml]\ntests:\n  - name: n\n    alerts: []\n    event: {" + event + "}\n"
}

func messages(err error) []string {
	var list *Errors
	if !errors.As(err, &list) {
		return []string{err.Error()}
	}
	var all []string
	for _, p := range list.List {
		all = append(all, strings.TrimPrefix(strings.SplitN(p.String(), "\n", 2)[0], "dir/t.yaml:"))
	}
	return all
}

func TestLoadErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", `1:1: the file is empty: it needs at least "rule_files:" and "tests:"`},
		{"no mapping", "- a", "1:1: a test file must be a mapping of keys to values, not a list"},
		{"syntax", "tests: [a\n", "2:1: the file is no valid YAML: while parsing a flow sequence: did not find expected ',' or ']'"},
		{"two documents", "rule_files: [rules.yaml]\ntests: []\n---\na: b\n", `3:1: a test file is one YAML document: remove the "---"`},
		{"no rules", "tests: []", `1:1: there are no rules to test: name them under "rule_files:"`},
		{"no tests", "rule_files: [rules.yaml]", `1:1: there are no tests: describe them under "tests:"`},
		{"unknown key", "rule_file: [rules.yaml]\ntests: []", `1:1: a test file has no key "rule_file": did you mean "rule_files"?`},
		{"key twice", "rule_files: [rules.yaml]\ntests: []\ntests: []", `3:1: the key "tests" is given twice (first in line 2): remove one`},
		{"rule file missing", "rule_files: [no.yaml]\ntests:\n  - {name: n, event: {evt.type: execve}, alerts: [Shell]}", "1:14: the rule file cannot be read: file does not exist; its path is relative to the test file"},
		{"matching", "rule_files: [rules.yaml]\nrule_matching: some\ntests: []", "2:16: rule_matching is first (a rule that matches ends the search) or all"},
		{"overrides on one line", "rule_files: [rules.yaml]\noverrides: [{list: l, items: [a]}]\ntests: []", `2:12: overrides must be a list of rule items, each on lines of its own: "- macro: NAME"`},
		{"no name", "rule_files: [rules.yaml]\ntests:\n  - {event: {evt.type: execve}, alerts: []}", `3:5: the test has no name: add "name: ..."`},
		{"no event", "rule_files: [rules.yaml]\ntests:\n  - {name: n, alerts: []}", `3:5: the test has no event: describe it under "event:"`},
		{"two forms", "rule_files: [rules.yaml]\ntests:\n  - {name: n, event: {evt.type: execve}, events: [], alerts: []}", `3:42: give either "event:" or "events:", which lists several`},
		{"capture", "rule_files: [rules.yaml]\ntests:\n  - {name: n, capture: a.scap, alerts: []}", `3:15: tests of capture files are not supported yet: describe the event by its fields under "event:"`},
		{"no alerts", "rule_files: [rules.yaml]\ntests:\n  - {name: n, event: {evt.type: execve}}", `3:5: the test does not say what must happen: add "alerts: [RULE]", or "alerts: []" for none`},
		{"unknown rule", "rule_files: [rules.yaml]\ntests:\n  - {name: n, event: {evt.type: execve}, alerts: [Shel]}", `3:51: no rule is named "Shel": did you mean "Shell"?`},
		{"unknown near miss", "rule_files: [rules.yaml]\ntests:\n  - {name: n, event: {evt.type: execve}, near_miss_of: Secrets Read}", `3:56: no rule is named "Secrets Read": did you mean "Secret Read"?`},
		{"disabled rule", "rule_files: [rules.yaml]\ntests:\n  - {name: n, event: {evt.type: execve}, alerts: [Off]}", `3:51: the rule "Off" is disabled and raises no alert: enable it under "overrides:"`},
		{"rule of another source", "rule_files: [rules.yaml]\ntests:\n  - {name: n, event: {evt.type: execve}, alerts: [Audit]}", `3:51: the rule "Audit" is for events of source "k8s_audit", and tests describe system calls`},
		{"alert and near miss", "rule_files: [rules.yaml]\ntests:\n  - {name: n, event: {evt.type: execve}, near_miss_of: Shell, alerts: [Shell]}", `3:72: an alert of "Shell" is wanted, and near_miss_of says that the rule does not match`},
		{"priority", "rule_files: [rules.yaml]\ntests:\n  - {name: n, event: {evt.type: execve}, alerts: [{rule: Shell, priority: warnin}]}", `3:75: "warnin" is no priority: did you mean "Warning"?`},
		{"alert without rule", "rule_files: [rules.yaml]\ntests:\n  - {name: n, event: {evt.type: execve}, alerts: [{output: x}]}", `3:51: the alert names no rule: add "rule: NAME"`},
		{"name twice", "rule_files: [rules.yaml]\ntests:\n  - {name: n, event: {evt.type: execve}, alerts: []}\n  - {name: n, event: {evt.type: execve}, alerts: []}", `4:12: another test is named "n" (line 3): names tell tests apart`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(tt.text)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff([]string{tt.want}, messages(err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEventErrors(t *testing.T) {
	tests := []struct{ event, want string }{
		{"proc.name: sh", `5:12: the event has no type: add "evt.type: execve", openat, connect, ...`},
		{"evt.type: execv", `5:23: no event type is named "execv": did you mean "execve"?`},
		{"evt.type: execve, proc.nmae: sh", "5:31: unknown field proc.nmae: did you mean proc.name?"},
		{"evt.type: execve, proc.name: [sh]", "5:42: proc.name takes a single value, not a list"},
		{"evt.type: execve, proc.name: ~", `5:42: proc.name has no value here: give one ("" for an empty text), or leave the field out`},
		{"evt.type: execve, proc.name: containerd-shim-runc-v2", `5:42: proc.name has at most 15 bytes, the kernel cuts off the rest: give "containerd-shim", and the whole name in proc.exepath or proc.aexepath`},
		{"evt.type: execve, proc.name: sh, proc.cmdline: bash -i", `5:60: proc.cmdline cannot be "bash -i" with what else is said of this execve event: it is "sh -i" there`},
		{"evt.type: execve, proc.pname: a, 'proc.aname[1]': b", `5:43: proc.pname cannot be "a" with what else is said of this execve event: it is "b" there`},
		{"evt.type: execve, proc.aname: []  , proc.pname: a, proc.aexepath: []", ""},
		{"evt.type: execve, proc.aname: sh", "5:43: proc.aname takes a list, the parent first; with an index, as proc.aname[1] for the parent, a single value"},
		{"evt.type: execve, proc.pid: -1", `5:41: proc.pid is a number from 0 to 2147483647, not "-1"`},
		{"evt.type: execve, proc.duration: soon", `5:46: proc.duration is a number of nanoseconds or a duration such as 90s, of at most 999 days, not "soon"`},
		{"evt.type: execve, proc.is_exe_from_memfd: maybe", `5:55: proc.is_exe_from_memfd is true or false, not "maybe"`},
		{"evt.type: execve, proc.cwd: tmp", `5:41: proc.cwd is an absolute path, not "tmp"`},
		{"evt.type: execve, proc.env: [A]", `5:41: proc.env is a list of NAME=value, not "A"`},
		{"evt.type: execve, 'proc.args[0]': a", "5:31: proc.args[0] cannot be set alone: give proc.args as a list"},
		{"evt.type: execve, fd.name: /x", "5:31: fd.name cannot be set: execve events are about no file descriptor"},
		{"evt.type: execve, evt.arg.filenam: x", `5:31: execve events have no parameter "filenam": did you mean "filename"?`},
		{"evt.type: execve, evt.arg.uid: 0", "5:31: evt.arg.uid cannot be set, it follows from other fields: give user.uid"},
		{"evt.type: execve, evt.arg.exe: sh", `5:44: evt.arg.exe cannot be "sh" with what else is said of this execve event: it is "app" there`},
		{"evt.type: execve, evt.failed: true", "5:31: evt.failed cannot be set, it follows from other fields: give evt.res"},
		{"evt.type: execve, evt.num: 3", "5:31: evt.num cannot be set from the outside: leave it out"},
		{"evt.type: execve, k8s.rs.name: x", "5:31: k8s.rs.name cannot be set: no event has a value for it yet, and a condition on it never holds"},
		{"evt.type: execve, 'container.mount.dest[/proc]': /x", "5:31: container.mount.dest[/proc] cannot be set, it follows from other fields: give container.mounts"},
		{"evt.type: execve, container.mounts: [/proc]", `5:49: container.mounts is a list of SOURCE:DESTINATION, with :MODE:WRITABLE:PROPAGATION behind where that matters, not "/proc"`},
		{"evt.type: execve, container.mounts: '/a:/b:rw:maybe'", `5:49: container.mounts is a list of SOURCE:DESTINATION, with :MODE:WRITABLE:PROPAGATION behind where that matters, not "/a:/b:rw:maybe"`},
		{"evt.type: execve, container.privileged: perhaps", `5:53: container.privileged is true or false, not "perhaps"`},
		{"evt.type: execve, container.labels: [a]", "5:49: container.labels must be a mapping of keys to values, not a list"},
		{"evt.type: execve, container.healthcheck: ' '", "5:54: container.healthcheck is a command, which needs at least a program"},
		{"evt.type: execve, container.id: host, container.privileged: true", "5:73: container.privileged cannot be \"true\" with what else is said of this execve event: it has no value there"},
		{"evt.type: execve, k8s.pod.full_sandbox_id: abc, k8s.pod.sandbox_id: b", "5:81: k8s.pod.sandbox_id cannot be \"b\" with what else is said of this execve event: it is \"abc\" there"},
		{"evt.type: execve, evt.res: ENOET", `5:40: evt.res is SUCCESS or the name of an error such as ENOENT, not "ENOET": did you mean "ENOENT"?`},
		{"evt.type: execve, evt.res: ENOENT, evt.rawres: 0", `5:40: evt.res cannot be "ENOENT" with what else is said of this execve event: it is "SUCCESS" there`},
		{"evt.type: execve, thread.cap_effective: [CAP_SYS_ADMN]", `5:53: thread.cap_effective has no capability "CAP_SYS_ADMN": did you mean "CAP_SYS_ADMIN"?`},
		{"evt.type: execve, container.id: host, container.image.repository: x", `5:79: container.image.repository cannot be "x" with what else is said of this execve event: it has no value there`},
		{"evt.type: openat", `5:12: the openat event has no file: add "fd.name: /path"`},
		{"evt.type: openat, fd.name: shadow", "5:40: fd.name is an absolute path: what the program wrote goes to fd.nameraw"},
		{"evt.type: openat, fd.name: /x, fd.filename: x", "5:44: fd.filename cannot be set, it follows from other fields: give fd.name"},
		{"evt.type: openat, fd.name: /x, evt.arg.flags: [O_WRONY]", `5:59: evt.arg.flags has no flag "O_WRONY": did you mean "O_WRONLY"?`},
		{"evt.type: openat, fd.name: /x, evt.arg.flags: [O_RDONLY], evt.is_open_write: true", `5:90: evt.is_open_write cannot be "true" with what else is said of this openat event: it is "false" there`},
		{"evt.type: openat, fd.name: /x, fd.realpath: /y, evt.res: ENOENT", `5:57: fd.realpath cannot be "/y" with what else is said of this openat event: it has no value there`},
		{"evt.type: openat, fd.name: /x, fd.sip: 10.0.0.1", `5:52: fd.sip cannot be "10.0.0.1" with what else is said of this openat event: it has no value there`},
		{"evt.type: openat, fd.name: /x, fd.num: -1", `5:12: the openat event makes no descriptor, and does not fail: add "evt.res: ENOENT" or another error`},
		{"evt.type: openat, fd.name: /x, fd.num: -1, evt.res: EACCES", ""},
		{"evt.type: ptrace, evt.arg.request: PTRACE_ATACH", `5:48: evt.arg.request has no flag "PTRACE_ATACH": did you mean "PTRACE_ATTACH"?`},
		{"evt.type: ptrace, evt.arg.request: [PTRACE_ATTACH, PTRACE_SEIZE]", "5:48: evt.arg.request is one name, such as PTRACE_SINGLEBLOCK"},
		{"evt.type: openat, fd.name: /x, fd.type: fil", `5:53: fd.type has no kind of descriptor "fil": did you mean "file"?`},
		{"evt.type: connect", `5:12: the connect event leads nowhere: add "fd.sip:" and "fd.sport:", or "fd.name:" with the path of a unix socket`},
		{"evt.type: connect, fd.sip: 10.0.0.1", `5:12: the connection has an address and no port: add "fd.sport: 443"`},
		{"evt.type: connect, fd.sip: 10.0.0, fd.sport: 22", `5:40: fd.sip is an IP address, not "10.0.0"`},
		{"evt.type: connect, fd.sip: 10.0.0.1, fd.sport: 22, fd.rip: 10.0.0.2", `5:40: fd.sip cannot be "10.0.0.1" with what else is said of this connect event: it is "10.0.0.2" there`},
		{"evt.type: connect, fd.sip: 10.0.0.1, fd.cip: '::1', fd.sport: 1", "5:12: one end of the connection has an IPv4 address and the other an IPv6 address"},
		{"evt.type: connect, fd.ip: 10.0.0.1", "5:32: fd.ip cannot be set, it follows from other fields: give fd.sip or fd.cip"},
		{"evt.type: connect, fd.l4proto: sctp", `5:44: fd.l4proto is one of tcp, udp, icmp, raw, not "sctp"`},
		{`evt.type: execve, proc.name: "a\0"`, "5:42: proc.name cannot hold a zero byte: it ends every text the kernel hands over"},
	}
	for _, tt := range tests {
		t.Run(tt.event, func(t *testing.T) {
			_, err := load(oneEvent(tt.event))
			var got, want []string
			if err != nil {
				got = messages(err)
			}
			if tt.want != "" {
				want = []string{tt.want}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// All mistakes are listed, those of the rules with their place in the test file
// where they are written there.
func TestAllErrors(t *testing.T) {
	_, err := load(`
rule_files: [rules.yaml, /abs/bad.yaml]
overrides:
  - macro: container
    condition: (container.idd != host)
  # A comment in between.

  - list: shells
    items: [zsh]
tests:
  - name: n
    event: {evt.type: execve, proc.nmae: sh}
    alerts: [{rul: Shell}]
`)
	var list *rules.Errors
	if !errors.As(err, &list) {
		t.Fatalf("no error of the rules in %v", err)
	}
	places := map[string]bool{}
	for _, d := range list.List {
		places[strings.SplitN(d.String(), " ", 2)[0]] = true
	}
	if !places["dir/t.yaml:5:17:"] {
		t.Errorf("errors of the rules at %v, want one at dir/t.yaml:5:17", places)
	}
	if diff := cmp.Diff([]string{
		"12:31: unknown field proc.nmae: did you mean proc.name?",
		`13:15: an alert has no key "rul": did you mean "rule"?`,
	}, messages(err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What can be described is in the catalogue, and what is offered instead of
// another field can be described.
func TestDescribersAreFields(t *testing.T) {
	all := describers()
	for name := range all {
		if _, ok := field.Lookup(name); !ok {
			t.Errorf("%s is no field", name)
		}
	}
	for f := range field.All {
		give := instead(f.Name)
		if give == "" {
			continue
		}
		if all[f.Name] != nil && f.Name != "evt.arg" {
			t.Errorf("%s can be set, and %s is offered instead", f.Name, give)
		}
		for part := range strings.FieldsSeq(strings.NewReplacer(" or ", " ", " and ", " ", ".NAME", "").Replace(give)) {
			if all[part] == nil && part != "evt.type" {
				t.Errorf("instead of %s, %s is offered and cannot be set", f.Name, part)
			}
		}
	}
}
