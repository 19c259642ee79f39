package ruletest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHostNames(t *testing.T) {
	tests := []struct {
		event string
		want  map[string]string
	}{
		{"evt.type: connect, fd.sip: 10.1.2.3, fd.sport: 443, fd.sip.name: www.example.com", map[string]string{
			"fd.sip.name": "www.example.com", "fd.rip.name": "www.example.com", "fd.cip.name": noValue, "fd.sip": "10.1.2.3",
		}},
		{"evt.type: connect, fd.sip.name: [a.example, b.example], fd.sport: 443", map[string]string{"fd.sip.name": "a.example", "fd.sip": "203.0.113.10", "fd.name": "192.168.1.5:40000->203.0.113.10:443"}},
		{"evt.type: connect, fd.rip: '2001:db8::5', fd.rport: 443, fd.rip.name: a, fd.lip.name: b", map[string]string{"fd.sip.name": "a", "fd.cip.name": "b"}},
		{"evt.type: accept4, fd.is_server: true, fd.cip.name: client.example, fd.cport: 5000, fd.sport: 80", map[string]string{"fd.rip.name": "client.example", "fd.lip.name": noValue}},
		{"evt.type: connect, fd.cip: 127.0.0.1, fd.sip: 127.0.0.1, fd.sport: 80, fd.sip.name: localhost", map[string]string{"fd.sip.name": "localhost", "fd.cip.name": "localhost"}},
		{"evt.type: sendto, fd.rip: 10.0.0.1, fd.rport: 53, fd.l4proto: udp, fd.rip.name: ns", map[string]string{"fd.sip.name": "ns"}},
		{"evt.type: connect, fd.sip: 10.1.2.3, fd.sport: 443", map[string]string{"fd.sip.name": noValue}},
	}
	for _, tt := range tests {
		t.Run(tt.event, func(t *testing.T) {
			s, err := load(oneEvent(tt.event))
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for name := range tt.want {
				names = append(names, name)
			}
			if diff := cmp.Diff(tt.want, read(t, s.Tests[0].Events[0].Event, names...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for text, want := range map[string]string{
		"evt.type: connect, fd.sip: 1.2.3.4, fd.sport: 1, fd.sip.name: ''":                     "is the name of a host such as",
		"evt.type: connect, fd.sip: 1.2.3.4, fd.sport: 1, fd.sip.name: https://x":              "is the name of a host such as",
		"evt.type: connect, fd.sip: 1.2.3.4, fd.sport: 1, fd.sip.name: x.":                     "is the name of a host such as",
		"evt.type: connect, fd.sip: 1.2.3.4, fd.sport: 1, fd.sip.name: X.example":              "is in lower case",
		"evt.type: connect, fd.sip: 1.2.3.4, fd.sport: 1, fd.sip.name: []":                     "is a name or a list of names",
		"evt.type: connect, fd.sip.name: x":                                                    "has an address and no port",
		"evt.type: connect, fd.sip: 1.2.3.4, fd.sport: 1, fd.sip.name: a, fd.rip.name: b":      `cannot be "a" with what else is said`,
		"evt.type: connect, fd.name: /run/x.sock, fd.type: unix, fd.sport: 1, fd.cip.name: me": `fd.cip.name cannot be "me" with what else is said`,
	} {
		if _, err := load(oneEvent(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

func TestRulesAboutHostNames(t *testing.T) {
	s, err := load(`
rule_files: [rules.yaml]
overrides:
  - rule: Contact
    desc: d
    condition: evt.type = connect and fd.sip.name in (b.example, c.example) and not fd.cip.name = me.example
    output: to %fd.sip.name
    priority: NOTICE
tests:
  - name: one of the names
    event: {evt.type: connect, fd.sip: 10.0.0.1, fd.sport: 443, fd.sip.name: [a.example, b.example]}
    alerts: [{rule: Contact, output: to a.example}]
  - name: none of the names
    event: {evt.type: connect, fd.sip: 10.0.0.1, fd.sport: 443, fd.sip.name: a.example}
    near_miss_of: Contact
  - name: no name
    event: {evt.type: connect, fd.sip: 10.0.0.1, fd.sport: 443}
    near_miss_of: Contact
  - name: excluded
    event: {evt.type: connect, fd.sip.name: b.example, fd.sport: 443, fd.cip.name: me.example}
    near_miss_of: Contact
`)
	if err != nil {
		t.Fatal(err)
	}
	results, err := s.Run(nil)
	if err != nil || len(results) != 4 {
		t.Fatalf("%d results, %v", len(results), err)
	}
	for _, r := range results {
		if !r.Passed() {
			t.Errorf("%s:\n%s", r.Test.Name, r.Failure)
		}
	}
}
