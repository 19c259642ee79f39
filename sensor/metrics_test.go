package sensor

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/source/kernel"
)

// fakeSource is a source in a state that a test gives it.
type fakeSource struct {
	watermark int64
	stats     kernel.Stats
	err       error
}

func (f *fakeSource) Stats() (kernel.Stats, error) { return f.stats, f.err }
func (f *fakeSource) Watermark() int64             { return f.watermark }

func TestHealth(t *testing.T) {
	now := int64(1000 * time.Second)
	s := &Sensor{flow: flow{clock: func() int64 { return now }}}
	source := &fakeSource{watermark: 0} // of a source of which nothing has been read
	is := func(want string) {
		t.Helper()
		got := "ok"
		if err := s.Health(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	after := func(d time.Duration) { now += int64(d) }

	is("starting: the kernel half is not in place yet")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	end := s.flow.begin(ctx, source)
	is("starting: the kernel half is not in place yet")
	s.flow.flows()
	is("ok")
	after(stalled + time.Second)
	s.flow.tick()
	is("stalled: events have been waiting to be read for 11s")
	source.watermark = now
	is("ok")

	// A silent machine: nothing waits, and somebody looks every second.
	for range 3 * int(stalled/time.Second) {
		after(time.Second)
		source.watermark = now
		s.flow.tick()
	}
	// The first event after a long silence: what was handled last is long ago, but
	// nothing has been waiting since.
	source.watermark = 0
	is("ok")
	for range 2 {
		after(stalled / 2)
		s.flow.tick()
		is("ok")
	}
	after(time.Second)
	s.flow.tick()
	is("stalled: events have been waiting to be read for 11s")
	source.watermark = now
	is("ok")
	// Nobody looks any more, though nothing seems to wait.
	after(stalled)
	is("ok")
	after(time.Second)
	source.watermark = now
	is("stalled: nobody has looked for events for 11s")
	s.flow.tick()
	is("ok")

	cancel()
	waitUntil(t, func() bool { return errors.Is(s.Health(), errStopping) })
	s.flow.flows()
	is("stopping") // there is no way back
	end()
	is("stopping")
}

func waitUntil(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

// metricsRulesSum is what sha256sum says of metricsRules.
const metricsRulesSum = "c6a837ba609886fb63b862286c24251f377536690d42b8344d5284fe0e8b9b23"

const metricsRules = `
- rule: Second in name
  desc: d
  condition: evt.type=openat and fd.name startswith /a
  output: x
  priority: WARNING
  tags: [b, a]
- rule: Waits
  desc: d
  condition: evt.type=execve and proc.name=x
  output: x
  priority: DEBUG
`

func TestMetrics(t *testing.T) {
	t.Setenv("FALCO_HOSTNAME", "node-1")
	began := time.Now()
	s, err := newSensor(t, []byte(metricsRules))
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	if m.Watching || len(m.Outputs) != 0 || m.Source.Events != 0 {
		t.Errorf("before it runs: %+v", m)
	}
	wantRules := []RuleMetrics{
		{Name: "Second in name", Priority: rules.Warning, Source: "syscall", Tags: []string{"a", "b"}},
		{Name: "Waits", Priority: rules.Debug, Source: "syscall"},
	}
	if diff := cmp.Diff(wantRules, m.Rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]RulesFile{{s.Files()[0], metricsRulesSum}}, m.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if m.Hostname != "node-1" || m.Started.Before(began) || m.Reloaded.Before(began) || m.Started.After(time.Now()) {
		t.Errorf("hostname %q, started %v, reloaded %v", m.Hostname, m.Started, m.Reloaded)
	}
	if m.Self.CPU <= 0 || m.Self.Resident < 1<<20 || m.Self.Virtual < m.Self.Resident {
		t.Errorf("self %+v", m.Self)
	}

	source := &fakeSource{stats: kernel.Stats{Events: 5}}
	source.stats.Families[event.FamilyUnlink].Lost = 3
	source.stats.Families[event.FamilyLink].Lost = 4
	end := s.flow.begin(t.Context(), source)
	set := s.rules.Load()
	set.matches[set.engine.Rules()[1]].Add(7)
	if m, err = s.Metrics(); err != nil || !m.Watching || m.Source.Events != 5 || m.Rules[1].Matches != 7 || m.Rules[0].Matches != 0 {
		t.Errorf("while it runs: %v, %+v", err, m)
	}
	want := map[string]uint64{"clone_fork": 0, "execve": 0, "connect": 0, "open": 0, "dir_file": 7, "other_interest": 0, "close": 0, "proc": 0}
	if diff := cmp.Diff(want, m.LostByBuffer()); diff != "" {
		t.Errorf("lost (-want +got):\n%s", diff)
	}
	source.err = errors.New("closed")
	if _, err = s.Metrics(); !errors.Is(err, source.err) {
		t.Errorf("the source's error: %v", err)
	}
	end()
	if m, err = s.Metrics(); err != nil || m.Watching {
		t.Errorf("after it ran: %v, %+v", err, m)
	}
}

// A source that has been closed is never asked.
func TestFlowEnds(t *testing.T) {
	var f flow
	source := &counting{}
	end := f.begin(t.Context(), source)
	var group sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					f.ask(func(w watched) { _, _ = w.Stats() })
				}
			}
		})
	}
	waitUntil(t, func() bool { return source.count() > 100 })
	end()
	asked := source.count()
	f.ask(func(watched) { t.Error("asked after its end") })
	close(stop)
	group.Wait()
	if n := source.count() - asked; n > 0 {
		t.Errorf("asked %d times after its end", n)
	}
}

// counting counts how often it is asked.
type counting struct {
	mu    sync.Mutex
	asked int
}

func (c *counting) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

func (c *counting) Stats() (kernel.Stats, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	return kernel.Stats{}, nil
}

func (c *counting) Watermark() int64 { return 0 }
