package output

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/rules"
)

// script is a receiver that does what it is told for each delivery.
type script struct {
	deliver func(ctx context.Context, b Block) error
	done    []string // what was called
}

func (s *script) Deliver(ctx context.Context, b Block) error {
	s.done = append(s.done, trimmed(b))
	if s.deliver == nil {
		return nil
	}
	return s.deliver(ctx, b)
}
func (s *script) Reopen(context.Context) { s.done = append(s.done, "reopen") }
func (s *script) Close(context.Context)  { s.done = append(s.done, "close") }

func trimmed(b Block) string {
	if !strings.HasSuffix(string(b.Text), "\n") {
		return fmt.Sprintf("no line break at the end of %q", b.Text)
	}
	return fmt.Sprint(int(b.Priority), " ", string(trimLine(b.Text)))
}

var errScript = errors.New("it fails")

// scripted runs a test of a channel on a clock of its own.
func scripted(t *testing.T, o Options, test func(t *testing.T, c *Channel, s *script)) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		test(t, New("test", s, o), s)
	})
}

// Tries are bounded and ever further apart, the next alert has as many, and
// priorities come with their alerts.
func TestRetries(t *testing.T) {
	var tr trouble
	scripted(t, tr.options(Options{Retries: 7}), func(t *testing.T, c *Channel, s *script) {
		var waits []time.Duration
		last := time.Now()
		s.deliver = func(_ context.Context, b Block) error {
			waits = append(waits, time.Since(last))
			last = time.Now()
			if strings.Contains(string(b.Text), "alert 2") {
				return nil
			}
			return errScript
		}
		first := line(1)
		first.Rule = critical
		c.Send(first)
		sendAll(c, 2, 2)
		time.Sleep(time.Minute)
		if err := c.Close(limit); err != nil {
			t.Errorf("the last delivery was well: %v", err)
		}
		ms := time.Millisecond
		want := []time.Duration{0, 100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 2000 * ms, 2000 * ms, 0}
		if diff := cmp.Diff(want, waits); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(append(slices.Repeat([]string{"2 alert 1"}, 8), "0 alert 2", "close"), s.done); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if c.Sent() != 1 || c.Lost() != 1 {
			t.Errorf("%d sent, %d lost", c.Sent(), c.Lost())
		}
		tr.check(t, 1, 1)
	})
}

// What is being tried at the end is tried until the limit, and lost then; what is
// behind it is not tried at all.
func TestRetriesEnd(t *testing.T) {
	scripted(t, Options{Retries: 1000}, func(t *testing.T, c *Channel, s *script) {
		s.deliver = func(context.Context, Block) error { return errScript }
		sendAll(c, 1, 5)
		time.Sleep(time.Second)
		begin := time.Now()
		err := c.Close(time.Second)
		if !errors.Is(err, ErrHangs) || time.Since(begin) != time.Second {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
		<-c.ended
		if c.Sent() != 0 || c.Lost() != 5 {
			t.Errorf("%d sent, %d lost", c.Sent(), c.Lost())
		}
		if slices.Contains(s.done, "0 alert 2") || s.done[len(s.done)-1] != "close" {
			t.Errorf("%q", s.done)
		}
	})
}

func TestReopen(t *testing.T) {
	scripted(t, Options{Retries: 1}, func(t *testing.T, c *Channel, s *script) {
		c.Reopen() // with nothing to do
		synctest.Wait()
		hangs := func(ctx context.Context, _ Block) error { <-ctx.Done(); return ctx.Err() }
		s.deliver = hangs
		sendAll(c, 1, 1)
		for range 3 { // more often than there are tries
			synctest.Wait()
			c.Reopen()
		}
		synctest.Wait()
		s.deliver = func(context.Context, Block) error { return errScript }
		c.Reopen()
		synctest.Wait() // it waits for the next try
		begin := time.Now()
		s.deliver = nil
		c.Reopen()
		synctest.Wait()
		if time.Since(begin) != 0 || c.Sent() != 1 {
			t.Errorf("after %v, %d sent", time.Since(begin), c.Sent())
		}
		if err := c.Close(limit); err != nil {
			t.Error(err)
		}
		want := []string{"reopen"}
		for range 5 {
			want = append(want, "0 alert 1", "reopen")
		}
		if diff := cmp.Diff(append(want, "0 alert 1", "close"), s.done); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// That a receiver is slow is told once, until it is not.
func TestSlow(t *testing.T) {
	var tr trouble
	scripted(t, tr.options(Options{Timeout: time.Second}), func(t *testing.T, c *Channel, s *script) {
		s.deliver = func(_ context.Context, b Block) error {
			if !strings.Contains(string(b.Text), "alert 3") {
				time.Sleep(1500 * time.Millisecond)
			}
			return nil
		}
		for i, want := range []int64{1: 1, 2: 1, 3: 1, 4: 2} {
			if i == 0 {
				continue
			}
			sendAll(c, i, i)
			time.Sleep(10 * time.Second)
			if got := tr.slow.Load(); got != want {
				t.Errorf("after %d alerts: told %d times, want %d", i, got, want)
			}
		}
		if err := c.Close(limit); err != nil {
			t.Error(err)
		}
	})
}

// The queue is as long as it is said to be.
func TestCapacity(t *testing.T) {
	scripted(t, Options{Capacity: 3}, func(t *testing.T, c *Channel, s *script) {
		gate := make(chan struct{})
		s.deliver = func(context.Context, Block) error { <-gate; return nil }
		sendAll(c, 1, 1)
		synctest.Wait()
		sendAll(c, 2, 10)
		if c.Lost() != 6 {
			t.Errorf("%d lost, want 6", c.Lost())
		}
		close(gate)
		if err := c.Close(limit); err != nil {
			t.Error(err)
		}
		if c.Sent() != 4 || len(s.done) != 6 { // that of what was dropped, and the end
			t.Errorf("%d sent, %q", c.Sent(), s.done)
		}
	})
}

// An alert is made once for all channels, and not at all where none has room.
func TestRaise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		stuck := &script{deliver: func(context.Context, Block) error { <-gate; return nil }}
		var well, slow script
		cs := Channels{New("stuck", stuck, Options{Capacity: 1}), New("a", &well, Options{}), New("b", &slow, Options{})}
		made := 0
		for i := range 5 {
			o := host(1)
			cs.Raise(&o, ruleA, func() *alert.Alert { made++; return line(i) })
			synctest.Wait()
		}
		if made != 5 || len(well.done) != 5 || len(slow.done) != 5 || cs[0].Lost() != 3 || cs.Lost() != 3 {
			t.Errorf("%d made, %d and %d delivered, %d lost", made, len(well.done), len(slow.done), cs.Lost())
		}
		close(gate)
		if err := errors.Join(cs.Close(limit)...); err != nil {
			t.Error(err)
		}
		if cs[0].Sent() != 2 {
			t.Errorf("%d sent", cs[0].Sent())
		}
	})
	gate := make(chan struct{})
	full := Channels{New("a", &script{deliver: func(context.Context, Block) error { <-gate; return nil }}, Options{Capacity: 1})}
	o := host(1)
	raise := func(r *rules.Rule) {
		full.Raise(&o, r, func() *alert.Alert { return made(o, r, 1, 1) })
	}
	for range 5 {
		raise(ruleA)
	}
	if n := testing.AllocsPerRun(100, func() { raise(ruleA) }); n != 0 {
		t.Errorf("%v allocations for an alert that nobody takes", n)
	}
	close(gate)
	if err := errors.Join(full.Close(limit)...); err != nil {
		t.Error(err)
	}
}
