package config_test

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/gyrsec/gyr/engine"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/ruletest"
)

// rulesTest is the test file of the default rules, as gyr rules test runs it.
const rulesTest = "falco_rules_test.yaml"

func loadTests(t testing.TB, name string, data []byte) *ruletest.Suite {
	t.Helper()
	suite, err := ruletest.Load(name, data, os.ReadFile)
	if err != nil {
		t.Fatalf("loading the tests:\n%v", err)
	}
	return suite
}

func defaultTests(t testing.TB) *ruletest.Suite {
	t.Helper()
	data, err := os.ReadFile(rulesTest)
	if err != nil {
		t.Fatal(err)
	}
	return loadTests(t, rulesTest, data)
}

// TestBehaviour runs the test file of the default rules.
func TestBehaviour(t *testing.T) {
	results, err := defaultTests(t).Run(nil)
	if err != nil {
		t.Fatal(err)
	}
	report := ruletest.Report{Files: []ruletest.FileReport{{Name: rulesTest, Results: results}}}
	if _, failed := report.Count(); failed > 0 {
		var text bytes.Buffer
		_ = report.Write(&text, false) // a buffer takes everything
		t.Errorf("\n%s", &text)
	}
}

// TestEveryRuleIsTested wants of every rule, those that wait for their events
// included, an event that matches and a near miss.
func TestEveryRuleIsTested(t *testing.T) {
	matched, missed := map[string]bool{}, map[string]bool{}
	for _, test := range defaultTests(t).Tests {
		for _, a := range test.Alerts {
			matched[a.Rule] = true
		}
		// A near miss raises nothing at all, of no rule.
		if len(test.Alerts) == 0 {
			missed[test.NearMissOf] = true
		}
	}
	set := load(t)
	for _, r := range slices.Concat(set.Rules, set.Waiting) {
		if !matched[r.Name] || !missed[r.Name] {
			t.Errorf("rule %q: a test that it matches %v, a near miss %v; want both in %s", r.Name, matched[r.Name], missed[r.Name], rulesTest)
		}
	}
}

// ordinary are the events an ordinary machine has most of.
const ordinary = `
rule_files: [falco_rules.yaml, falco_rules.local.yaml]
tests:
  - name: a program loads a library
    event: {evt.type: openat, fd.name: /usr/lib/x86_64-linux-gnu/libc.so.6, fd.nameraw: libc.so.6, fd.realpath: /usr/lib/x86_64-linux-gnu/libc-2.36.so, proc.exepath: /usr/bin/cat}
    alerts: []
  - name: a program starts
    event: {evt.type: execve, proc.cmdline: ls -l}
    alerts: []
  - name: a program connects
    event: {evt.type: connect, fd.sip: 93.184.216.34, fd.sport: 443, proc.name: curl}
    alerts: []
  - name: a program writes its data
    event: {evt.type: openat, fd.name: /var/lib/app/data, evt.is_open_write: true, proc.name: app}
    alerts: []
  - name: a program in a container makes a file and moves it
    events:
      - {evt.type: openat, fd.name: /data/new, evt.is_open_write: true, evt.is_open_create: true, proc.exepath: /app/x, container.id: 3c6a9e0f1b2d}
      - {evt.type: fchmod, fd.name: /data/new, evt.arg.mode: 0o644, proc.exepath: /app/x, container.id: 3c6a9e0f1b2d}
      - {evt.type: rename, evt.arg.oldpath: /data/new, evt.arg.newpath: /data/old, proc.exepath: /app/x, container.id: 3c6a9e0f1b2d}
      - {evt.type: unlink, evt.arg.path: /data/old, proc.exepath: /app/x, container.id: 3c6a9e0f1b2d}
      - {evt.type: mkdir, evt.arg.path: /data/d, proc.exepath: /app/x, container.id: 3c6a9e0f1b2d}
    alerts: []
  - name: a service starts and takes a connection
    events:
      - {evt.type: socket, evt.rawres: 3, evt.arg.domain: AF_INET, proc.exepath: /app/x, container.id: 3c6a9e0f1b2d}
      - {evt.type: listen, fd.sip: 0.0.0.0, fd.sport: 8080, proc.exepath: /app/x, container.id: 3c6a9e0f1b2d}
      - {evt.type: accept4, fd.is_server: true, fd.cip: 10.1.2.3, fd.cport: 50000, fd.sip: 10.0.0.5, fd.sport: 8080, proc.exepath: /app/x, container.id: 3c6a9e0f1b2d}
      - {evt.type: clone, evt.rawres: 4711, evt.arg.flags: [CLONE_VM, CLONE_THREAD], proc.exepath: /app/x, container.id: 3c6a9e0f1b2d}
      - {evt.type: prctl, evt.arg.option: PR_SET_NAME, evt.arg.arg2_str: worker, proc.exepath: /app/x, container.id: 3c6a9e0f1b2d}
      - {evt.type: dup2, evt.rawres: 1, fd.name: /data/log, proc.exepath: /app/x, container.id: 3c6a9e0f1b2d}
    alerts: []
`

func newEngine(t testing.TB) *engine.Engine {
	return engine.New(load(t), engine.Options{MinPriority: rules.Debug})
}

func TestQuietEventAllocatesNothing(t *testing.T) {
	eng := newEngine(t)
	for _, test := range loadTests(t, "ordinary.yaml", []byte(ordinary)).Tests {
		for _, e := range test.Events {
			var got []string
			match := func(r *rules.Rule) { got = append(got, r.Name) }
			if n := testing.AllocsPerRun(200, func() { eng.Evaluate(e.Event, match) }); n != 0 {
				t.Errorf("%s: %v allocations, want 0", e.Text, n)
			}
			if len(got) > 0 {
				t.Errorf("%s raised %v", e.Text, got)
			}
		}
	}
}

func BenchmarkQuietOpen(b *testing.B) { benchmarkQuiet(b, event.Openat) }

func BenchmarkQuietExec(b *testing.B) { benchmarkQuiet(b, event.Execve) }

// benchmarkQuiet evaluates the first ordinary event of a type.
func benchmarkQuiet(b *testing.B, typ event.Type) {
	eng := newEngine(b)
	for _, test := range loadTests(b, "ordinary.yaml", []byte(ordinary)).Tests {
		e := test.Events[0].Event
		if e.Type != typ {
			continue
		}
		b.ReportAllocs()
		for b.Loop() {
			eng.Evaluate(e, func(*rules.Rule) {})
		}
		return
	}
}
