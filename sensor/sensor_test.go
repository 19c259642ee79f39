package sensor

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/output"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/source/kernel"
)

// newSensor makes an instance with the rules given, which does not run.
func newSensor(t testing.TB, text []byte) (*Sensor, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.RulesFiles = []string{file}
	return New(c, Options{Stdout: io.Discard, Log: slog.New(slog.DiscardHandler)})
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// writtenBy gives the sensor an output; the function returned closes it and
// returns its lines.
func writtenBy(s *Sensor) func(*testing.T) []string {
	var b bytes.Buffer
	s.outputs = output.Channels{output.NewWriter("stdout", &b, output.Options{})}
	return func(t *testing.T) []string {
		t.Helper()
		if err := s.outputs[0].Close(10 * time.Second); err != nil {
			t.Fatal(err)
		}
		return slices.Collect(strings.Lines(b.String()))
	}
}

// quietProcess is one no default rule minds.
func quietProcess() *event.Process {
	up := &event.Process{PID: 10, Name: "bash", Exe: "/bin/bash", ExePath: "/usr/bin/bash", Cmdline: "bash", LoginUID: 1000}
	event.NewTask(up, 0, nil)
	p := &event.Process{
		PID: 20, PPID: 10, Name: "cat", Exe: "cat", ExePath: "/usr/bin/cat", Args: []string{"x"}, ArgsLine: "x", Cmdline: "cat x",
		CWD: "/home/u/", UID: 1000, GID: 1000, LoginUID: 1000,
	}
	event.NewTask(p, 1, up.Task)
	return p
}

func quietEvents() []*event.Event {
	p := quietProcess()
	open := event.Event{
		Type: event.Openat, Process: p, UID: 1000, GID: 1000, Res: 3, HasFD: true,
		FD: event.FD{Num: 3, Type: event.FDFile, Name: "/home/u/x", RawName: "x", RealName: "/home/u/x", Flags: event.ORdonly},
	}
	link := open
	link.FD.RealName = "/srv/data/x"
	missing := open
	missing.Res, missing.FD.Num, missing.FD.RealName = -2, -1, ""
	connect := event.Event{
		Type: event.Connect, Process: p, UID: 1000, GID: 1000, HasFD: true,
		FD: event.FD{Num: 3, Type: event.FDIPv4, Socket: event.Socket{
			Proto: event.ProtoTCP, Local: netip.MustParseAddrPort("10.0.0.1:40000"), Remote: netip.MustParseAddrPort("10.0.0.2:443"),
		}},
	}
	exec := event.Event{Type: event.Execve, Process: p, UID: 1000, GID: 1000}
	return []*event.Event{&open, &link, &missing, &connect, &exec}
}

// An event that matches no rule, which is nearly every event, allocates
// nothing on its way from the source to the end.
func TestHandleAllocatesNothing(t *testing.T) {
	s, err := newSensor(t, config.DefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Rules()) < 20 {
		t.Fatalf("only %d default rules", len(s.Rules()))
	}
	written := writtenBy(s)
	for _, e := range quietEvents() {
		if n := testing.AllocsPerRun(200, func() { s.handle(e) }); n != 0 {
			t.Errorf("%v %s: %v allocations, want 0", e.Type, e.FileName(), n)
		}
	}
	if got := written(t); len(got) != 0 {
		t.Errorf("alerts: %q", got)
	}
}

func BenchmarkHandleQuiet(b *testing.B) {
	s, err := newSensor(b, config.DefaultRules())
	if err != nil {
		b.Fatal(err)
	}
	e := quietEvents()[0]
	b.ReportAllocs()
	for b.Loop() {
		s.handle(e)
	}
}

const oneRule = `- rule: Opened
  desc: d
  condition: evt.type=openat and fd.name=/home/u/x
  output: opened %fd.name
  priority: NOTICE
- rule: Later
  desc: d
  condition: evt.type=switch
  output: made
  priority: NOTICE
`

func TestHandleRaisesAlert(t *testing.T) {
	s, err := newSensor(t, []byte(oneRule))
	if err != nil {
		t.Fatal(err)
	}
	written := writtenBy(s)
	for _, e := range quietEvents() {
		s.handle(e)
	}
	got := written(t)
	if len(got) != 3 || !strings.Contains(got[0], ": Notice opened /home/u/x") { // by name, by the kernel's, and failed
		t.Errorf("alerts: %q", got)
	}
	if n := s.rules.Load().matches[s.Rules()[0]].Load(); n != 3 {
		t.Errorf("%d alerts are counted, want 3", n)
	}
	if diff := cmp.Diff([]event.Type{event.Openat}, s.Types()); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
}

func TestGreeting(t *testing.T) {
	s, err := newSensor(t, []byte(oneRule))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	s.WriteGreeting(&b)
	for _, part := range []string{
		"gyr: 1 rules from ", "rules.yaml\n", "gyr: 1 more wait for event families", "gyr:   Later (other)\n",
		"gyr: watching openat on Linux ", "gyr: to try it, ",
	} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("the greeting has no %q:\n%s", part, &b)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	tests := map[string]struct{ rules, says string }{
		"nothing":    {"", "there is no rule in it"},
		"wrong rule": {"- rule: x\n", "rules.yaml:1:3: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := newSensor(t, []byte(test.rules))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want one that says %q", err, test.says)
			}
			var wrong *rules.Errors
			if isErrors := errors.As(err, &wrong); isErrors != (test.rules != "") {
				t.Errorf("error %T", err)
			}
		})
	}
	if _, err := newSensor(t, []byte("- macro: m\n  condition: evt.type=open\n")); err != nil {
		t.Errorf("a file of macros only: %v", err)
	}
}

func TestSummary(t *testing.T) {
	sum := Summary{
		Events: 100, Alerts: 7, Seen: 110, Lost: 10, AlertsLost: 2, Malformed: 1,
		LostBy: map[string]uint64{"open": 9, "exec": 1}, Throttled: 30, ThrottledBy: map[string]uint64{"open": 30},
		Missing:        map[string]kernel.Missing{kernel.Host: {Lost: 7}, "0123456789ab": {Lost: 3, Throttled: 30}},
		MissingChanges: kernel.Missing{Lost: 1}, DropSeconds: 4, DropActions: 1,
		ByRule:     map[string]uint64{"B rule": 2, "A rule": 2, "C rule": 3},
		ByPriority: map[rules.Priority]uint64{rules.Notice: 4, rules.Critical: 3},
	}
	if got, want := sum.Line(), "gyr: events=100 lost=10 throttled=30 alerts=7 alerts_lost=2 lost_exec=1 lost_open=9 throttled_open=30 process_changes_missing=1 missing_in_0123456789ab=33 missing_in_host=7 malformed=1"; got != want {
		t.Errorf("line %q, want %q", got, want)
	}
	var b bytes.Buffer
	sum.WriteSummary(&b)
	want := `Events detected: 7
Rule counts by severity:
   CRITICAL: 3
   NOTICE: 4
Triggered rules by rule name:
   C rule: 3
   A rule: 2
   B rule: 2
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.Reset()
	sum.WriteDrops(&b)
	if diff := cmp.Diff("Syscall event drop monitoring:\n   - event drop detected: 4 occurrences\n   - num times actions taken: 1\n", b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := (&Summary{}).Line(); got != "gyr: events=0 lost=0 throttled=0 alerts=0 alerts_lost=0" {
		t.Errorf("line of an empty run: %q", got)
	}
}
