package config_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/engine"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
)

// behaviour is what raises a rule's alert, and what comes near it and raises
// none, of this rule or any other.
type behaviour struct {
	rule string
	// local is what a user has to configure first.
	local  string
	match  []*event.Event
	misses []*event.Event
}

func newEngine(t testing.TB, all bool, local string) *engine.Engine {
	var more []string
	if local != "" {
		more = []string{local}
	}
	return engine.New(load(t, more...), engine.Options{MinPriority: rules.Debug, AllMatches: all})
}

func raised(e *engine.Engine, ev *event.Event) []string {
	names := []string{}
	e.Evaluate(ev, func(r *rules.Rule) { names = append(names, r.Name) })
	return names
}

func describe(ev *event.Event) string {
	return fmt.Sprintf("%v %s %s (res %d) by %q (%s)", ev.Type, ev.FD.Name, ev.SocketName(), ev.Res, ev.Process.Cmdline, ev.Process.ExePath)
}

// TestBehaviour tries every rule that can match on events that must raise
// exactly it, and on events that come near and must raise nothing.
func TestBehaviour(t *testing.T) {
	plain := newEngine(t, false, "")
	tested := make(map[string]bool)
	var behaviours []behaviour
	behaviours = append(behaviours, execBehaviours()...)
	behaviours = append(behaviours, containerExecBehaviours()...)
	behaviours = append(behaviours, readBehaviours()...)
	behaviours = append(behaviours, writeBehaviours()...)
	behaviours = append(behaviours, networkBehaviours()...)
	for _, b := range behaviours {
		t.Run(b.rule, func(t *testing.T) {
			tested[b.rule] = len(b.match) > 0 && len(b.misses) > 0
			eng := plain
			if b.local != "" {
				eng = newEngine(t, false, b.local)
			}
			for _, ev := range b.match {
				if diff := cmp.Diff([]string{b.rule}, raised(eng, ev)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", describe(ev), diff)
				}
			}
			for _, ev := range b.misses {
				if diff := cmp.Diff([]string{}, raised(eng, ev)); diff != "" {
					t.Errorf("near miss %s (-want +got):\n%s", describe(ev), diff)
				}
			}
			if b.local == "" {
				return
			}
			for _, ev := range b.match {
				if diff := cmp.Diff([]string{}, raised(plain, ev)); diff != "" {
					t.Errorf("unconfigured: %s (-want +got):\n%s", describe(ev), diff)
				}
			}
		})
	}
	for _, r := range plain.Rules() {
		if !tested[r.Name] {
			t.Errorf("rule %q has no match and near miss here", r.Name)
		}
	}
}

// TestQuietEventAllocatesNothing evaluates the events an ordinary machine has
// most of.
func TestQuietEventAllocatesNothing(t *testing.T) {
	eng := newEngine(t, false, "")
	events := []*event.Event{
		read("/usr/lib/x86_64-linux-gnu/libc.so.6", cmd("/usr/bin/cat"), raw("libc.so.6"), really("/usr/lib/x86_64-linux-gnu/libc-2.36.so")),
		exec(cmd("/usr/bin/ls", "-l")),
		connect("93.184.216.34:443", cmd("/usr/bin/curl")),
		written("/var/lib/app/data", cmd("/usr/bin/app")),
	}
	for _, ev := range events {
		var got []string
		match := func(r *rules.Rule) { got = append(got, r.Name) }
		if n := testing.AllocsPerRun(200, func() { eng.Evaluate(ev, match) }); n != 0 {
			t.Errorf("%s: %v allocations, want 0", describe(ev), n)
		}
		if len(got) > 0 {
			t.Errorf("%s raised %v", describe(ev), got)
		}
	}
}

func BenchmarkQuietOpen(b *testing.B) {
	eng := newEngine(b, false, "")
	ev := read("/usr/lib/x86_64-linux-gnu/libc.so.6", cmd("/usr/bin/cat"))
	b.ReportAllocs()
	for b.Loop() {
		eng.Evaluate(ev, func(*rules.Rule) {})
	}
}

func BenchmarkQuietExec(b *testing.B) {
	eng := newEngine(b, false, "")
	ev := exec(cmd("/usr/bin/ls", "-l"))
	b.ReportAllocs()
	for b.Loop() {
		eng.Evaluate(ev, func(*rules.Rule) {})
	}
}
