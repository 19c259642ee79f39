package ruletest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"testing"
	"unicode/utf8"
)

// FuzzLoad checks that no test file makes the loader panic, that every problem
// has a position within the file, and that what loads runs and can be reported.
func FuzzLoad(f *testing.F) {
	for _, s := range []string{
		"", "- a", "tests: []", outcomes, "\xef\xbb\xbftests: [*a]", "a: &a [*a]\n", "? [a]\n: b\n", "tests:\n- &a {name: n, event: *a}\n",
		"overrides:\n- list: a\n  items: [b]\n # c\ntests: [{}]\n", "overrides: &x\n-\n  - b\r\n---\n", " \"\r0\r",
		oneEvent("evt.type: openat, fd.nameraw: a, evt.is_open_exec: true, evt.arg.mode: 0755, fd.ino: 1"),
		oneEvent("evt.type: connect, fd.name: '1.2.3.4:5->[::1]:x', fd.is_server: true"),
		oneEvent("evt.type: execve, 'proc.aname[64]': a, 'proc.aexepath[0]': b, proc.env: {a: b}, user.name: x, user.loginname: y"),
		oneEvent("evt.type: clone, evt.arg.flags: CLONE_NEWPID, thread.cap_effective: CAP_KILL, container.image: 'a:b@c', evt.res: EPERM"),
		oneEvent("evt.type: execve, container.mounts: ['/a:/b:ro:x', c], container.labels: {a: b}, 'k8s.pod.label[x]': y, container.healthcheck: [a, b], container.duration: 1s"),
		oneEvent("evt.type: ptrace, evt.arg.request: PTRACE_ATTACH, 'evt.arg[0]': 1, fd.num: 1, fd.type: pidfd"),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Load("dir/t.yaml", data, readRules)
		var list *Errors
		if errors.As(err, &list) {
			// YAML takes a carriage return for the end of a line, too.
			lines := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r")) + 1
			for _, p := range list.List {
				if p.File != "dir/t.yaml" || p.Line < 1 || p.Line > lines+1 || p.Column < 1 || p.Message == "" {
					t.Fatalf("problem without position or text: %#v", p)
				}
				_ = p.String()
			}
		}
		if err != nil {
			return
		}
		results, err := s.Run(nil)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := (&Report{Files: []FileReport{{Name: "f", Results: results}}}).WriteJUnit(&out); err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(out.Bytes()) || xml.Unmarshal(out.Bytes(), new(junitSuites)) != nil {
			t.Fatalf("no valid XML: %q", out.Bytes())
		}
	})
}
