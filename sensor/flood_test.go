package sensor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/output"
)

// hung is a receiver that takes nothing until it is let go.
type hung struct {
	strings.Builder
	release chan struct{}
}

func (h *hung) Write(p []byte) (int, error) {
	<-h.release
	return h.Builder.Write(p)
}

// An alert that would be dropped is not even made: once the output is full of a
// flooder's alerts, its next cost no allocation, whatever a rule prints. The
// first of others get through.
func TestHandleFlood(t *testing.T) {
	s, err := newSensor(t, []byte(oneRule))
	if err != nil {
		t.Fatal(err)
	}
	to := &hung{release: make(chan struct{})}
	stdout := output.NewWriter("stdout", to, output.Options{})
	s.outputs = output.Channels{stdout}
	e := quietEvents()[0]
	const flood = 20_000
	for range flood {
		e.Clock++
		s.handle(e)
	}
	lost := stdout.Lost()
	if lost == 0 || lost >= flood {
		t.Fatalf("%d of %d alerts are lost", lost, flood)
	}
	const runs = 1000
	if n := testing.AllocsPerRun(runs, func() { e.Clock++; s.handle(e) }); n != 0 {
		t.Errorf("an alert that is dropped takes %v allocations, want 0", n)
	}
	if got := stdout.Lost(); got != lost+runs+1 { // AllocsPerRun runs once more
		t.Errorf("%d lost, want %d", got, lost+runs+1)
	}
	other := *e
	other.Process = &event.Process{PID: 30, PPID: 10, Name: "other", LoginUID: 1000}
	event.NewTask(other.Process, 2, nil)
	for i := range 20 {
		other.FD.Name, other.Clock = "/home/u/x", int64(100_000+i)
		s.handle(&other)
	}
	close(to.release)
	if err := stdout.Close(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	// Counted as matches, whatever becomes of them.
	if n := s.rules.Load().matches[s.Rules()[0]].Load(); n != flood+runs+1+20 {
		t.Errorf("%d matches are counted", n)
	}
	want := fmt.Sprintf(": Warning Gyr internal: alerts dropped. %d alerts dropped, as stdout does not take them", lost+runs+1+20)
	if !strings.Contains(to.String(), want) || !strings.Contains(to.String(), `flooder.pid="20"`) {
		t.Errorf("no %q", want)
	}
	if n := strings.Count(to.String(), "opened "); uint64(n) != stdout.Sent() || stdout.Sent()+stdout.Lost() != flood+runs+1+20 {
		t.Errorf("%d lines, %d sent, %d lost", n, stdout.Sent(), stdout.Lost())
	}
}
