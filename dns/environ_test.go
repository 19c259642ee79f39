package dns

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gyrsec/gyr/event"
)

// environs are environments by PID, with how often each was read.
type environs struct {
	mu   sync.Mutex
	env  map[int32][]string
	read map[int32]int
}

func (v *environs) of(pid int32) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.read[pid]++
	return v.env[pid]
}

func TestCutEnvironments(t *testing.T) {
	padding := []string{"PAD=" + strings.Repeat("x", 4090)}
	whole := slices.Concat(padding, []string{"KUBERNETES_SERVICE_HOST=" + apiIP})
	in := func(pid int32, container string, env []string) *event.Process {
		p := process(nil, nil, env...)
		if p.PID = pid; container != "" {
			p.Container = &event.Container{ID: container}
		}
		return p
	}
	synctest.Test(t, func(t *testing.T) {
		v := &environs{env: map[int32][]string{1: whole, 2: whole, 3: whole, 4: nil, 5: padding, 6: whole}, read: map[int32]int{}}
		n := New(Options{ObserveAnswers: true, Log: quiet(), Environ: v.of})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); n.Run(ctx) }()
		start := func(p *event.Process, clock int64) {
			n.Observe(&event.Event{Type: event.Execve, Process: p, Clock: clock})
			synctest.Wait()
		}
		// A start is enough; others in the container know then.
		for range 100 {
			start(in(1, "c1", padding), 0)
		}
		// So is being asked for a name, for what ran before.
		n.of(apiIP, in(2, "c2", padding), 0)
		synctest.Wait()
		start(in(3, "c3", []string{"PATH=/bin"}), 0) // not cut
		start(in(4, "c4", padding), 0)               // ended
		start(in(6, "c4", padding), 0)               // the next one of the container
		start(in(5, "c5", padding), 0)               // was told no address
		start(in(3, "", padding), 0)                 // on the host
		for container, want := range map[string]string{"c1": strings4, "c2": strings4, "c3": "", "c4": strings4, "c5": "", "": ""} {
			if got := n.of(apiIP, in(9, container, nil), 0); got != want {
				t.Errorf("in %q: %q, want %q", container, got, want)
			}
		}
		v.mu.Lock()
		if v.read[1] != 1 || v.read[3] != 0 || v.read[4] != 1 || v.read[5] != 1 {
			t.Errorf("environments read: %v", v.read)
		}
		v.mu.Unlock()
		// It is read again in time.
		start(in(1, "c1", padding), int64(13*time.Hour))
		if got := n.of(apiIP, in(9, "c1", nil), int64(26*time.Hour)); got != strings4 {
			t.Errorf("after a day: %q", got)
		}
		cancel()
		<-done
	})
}

// Who cannot be served at once is not waited for.
func TestAskingDoesNotWait(t *testing.T) {
	n := New(Options{ObserveAnswers: true, Log: quiet(), Environ: func(int32) []string { return nil }})
	p := process(nil, &event.Container{ID: "c1"}, strings.Repeat("x", 5000))
	e := &event.Event{Type: event.Execve, Process: p}
	if allocs := testing.AllocsPerRun(10*waitingEnvirons, func() { n.Observe(e) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
