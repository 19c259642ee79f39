package kernel

import (
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// A reader drains when kicked, never twice at a time, and once more at its end.
func TestReaderLoop(t *testing.T) {
	defer goleak.VerifyNone(t)
	f := newFakeRing(256)
	r := &reader{ring: f.ring, kick: make(chan struct{}, 1)}
	var got []string
	drained, ended := make(chan struct{}, 100), make(chan struct{})
	go func() {
		defer close(ended)
		r.loop(func() bool {
			n, _ := f.drain(func(b []byte) { got = append(got, string(b)) })
			drained <- struct{}{}
			return n > 0
		})
	}()
	if r.look() {
		t.Error("there is something in an empty ring")
	}
	f.put([]byte("one"), 0)
	if got := r.settled(100); got != 0 {
		t.Errorf("all up to %d is called handled, and an event waits", got)
	}
	if !r.look() {
		t.Error("there is nothing in a ring with a record")
	}
	<-drained // one record
	<-drained // none left
	for r.busy.Load() {
		runtime.Gosched()
	}
	if got := r.settled(200); got != 200 {
		t.Errorf("all up to %d is called handled, want the time of looking", got)
	}
	// Kicks never wait, however many.
	for range 10 {
		r.wake()
	}
	f.put([]byte("last"), 0)
	close(r.kick)
	<-ended
	if diff := cmp.Diff([]string{"one", "last"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
