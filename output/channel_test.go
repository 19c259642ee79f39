package output

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/gyrsec/gyr/alert"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const limit = 10 * time.Second

// line is an alert of a process of its own.
func line(i int) *alert.Alert {
	a := made(host(int32(i)), ruleA, 0, 1)
	a.Output = fmt.Sprintf("alert %d", i)
	return a
}

// receiver is a stream that can be told to fail, to take only a part, or to
// wait.
type receiver struct {
	mu     sync.Mutex
	text   strings.Builder
	writes int
	fail   func(p []byte) (n int, err error) // nil: all is well
	gate   chan struct{}                     // if not nil, each write waits for it
	begun  chan struct{}                     // told of each write's begin
}

func (r *receiver) Write(p []byte) (int, error) {
	if r.begun != nil {
		r.begun <- struct{}{}
	}
	if r.gate != nil {
		<-r.gate
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes++
	n, err := len(p), error(nil)
	if r.fail != nil {
		n, err = r.fail(p)
	}
	r.text.Write(p[:n])
	return n, err
}

func (r *receiver) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Split(strings.TrimSuffix(r.text.String(), "\n"), "\n")
}

func (r *receiver) setFail(fail func([]byte) (int, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = fail
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after %v", what, limit)
		}
	}
}

func TestWriter(t *testing.T) {
	for _, buffered := range []bool{false, true} {
		t.Run(fmt.Sprintf("buffered=%v", buffered), func(t *testing.T) {
			to := &receiver{}
			c := NewWriter("test", to, Options{Buffered: buffered})
			var want []string
			for i := range 3000 {
				c.Send(line(i))
				want = append(want, line(i).Output)
			}
			if err := c.Close(limit); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, to.lines()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if c.Sent() != 3000 || c.Lost() != 0 {
				t.Errorf("%d sent, %d lost", c.Sent(), c.Lost())
			}
			if !buffered && to.writes != 3000 {
				t.Errorf("%d writes, want one for each alert", to.writes)
			}
		})
	}
}

// Buffered or not, an alert does not wait for the next one.
func TestWriterDoesNotHoldBack(t *testing.T) {
	to := &receiver{}
	c := NewWriter("test", to, Options{Buffered: true})
	c.Send(line(1))
	await(t, "the alert", func() bool { return to.lines()[0] == "alert 1" })
	if err := c.Close(limit); err != nil {
		t.Fatal(err)
	}
}

// While the receiver is slow, what comes is gathered and written in one go.
func TestWriterGathers(t *testing.T) {
	to := &receiver{gate: make(chan struct{}), begun: make(chan struct{}, 100)}
	c := NewWriter("test", to, Options{Buffered: true})
	c.Send(line(0))
	<-to.begun // the first is being written
	for i := 1; i <= 1000; i++ {
		c.Send(line(i))
	}
	close(to.gate)
	if err := c.Close(limit); err != nil {
		t.Fatal(err)
	}
	if len(to.lines()) != 1001 || to.writes > 5 {
		t.Errorf("%d lines in %d writes", len(to.lines()), to.writes)
	}
}

// Send never waits: what does not fit into the queue is lost, counted, and told.
func TestWriterOverflow(t *testing.T) {
	to := &receiver{gate: make(chan struct{}), begun: make(chan struct{}, 2*DefaultCapacity)}
	c := NewWriter("test", to, Options{})
	c.Send(line(0))
	<-to.begun
	for i := 1; i <= DefaultCapacity+500; i++ {
		c.Send(line(i))
	}
	if c.Lost() != 500 {
		t.Errorf("%d lost, want 500", c.Lost())
	}
	close(to.gate)
	if err := c.Close(limit); err != nil {
		t.Fatal(err)
	}
	if c.Sent() != DefaultCapacity+1 || c.Lost() != 500 {
		t.Errorf("%d sent, %d lost", c.Sent(), c.Lost())
	}
	lines := to.lines()
	told := slices.IndexFunc(lines, func(s string) bool {
		return strings.Contains(s, "Warning Gyr internal: alerts dropped. 500 alerts dropped")
	})
	if told < 0 || len(lines) != DefaultCapacity+2 {
		t.Fatalf("%d lines, that of what was dropped at %d", len(lines), told)
	}
	for i, got := range slices.Delete(lines, told, told+1) {
		if want := line(i).Output; got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
}

// An error costs the alerts it hit, is told once, and is over when writing works
// again.
func TestWriterRecovers(t *testing.T) {
	to := &receiver{}
	told := make(chan error, 100)
	c := NewWriter("file", to, Options{Buffered: true, Failing: func(err error) { told <- err }})
	send := func(i int) {
		before := c.Sent() + c.Lost()
		c.Send(line(i))
		await(t, "the outcome", func() bool { return c.Sent()+c.Lost() == before+1 })
	}
	send(1)
	to.setFail(func([]byte) (int, error) { return 0, syscall.ENOSPC })
	send(2)
	send(3)
	// A part of the line gets through: it must not be joined to the next.
	to.setFail(func(p []byte) (int, error) { return min(len(p), 4), syscall.ENOSPC })
	send(4)
	to.setFail(nil)
	send(5)
	to.setFail(func([]byte) (int, error) { return 0, syscall.EIO })
	send(6)
	to.setFail(nil)
	send(7)
	if err := c.Close(limit); err != nil {
		t.Errorf("the last write was well, and Close says %v", err)
	}
	if diff := cmp.Diff([]string{"alert 1", "aler", "alert 5", "alert 7"}, to.lines()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Sent() != 3 || c.Lost() != 4 {
		t.Errorf("%d sent, %d lost, want 3 and 4", c.Sent(), c.Lost())
	}
	close(told)
	var errs []error
	for err := range told {
		errs = append(errs, err)
	}
	if len(errs) != 2 || !errors.Is(errs[0], syscall.ENOSPC) || !errors.Is(errs[1], syscall.EIO) || !strings.Contains(errs[0].Error(), "file") {
		t.Errorf("told of %v, want of each failure's begin", errs)
	}
}

// Of a block of lines that could not be written, each is counted.
func TestWriterCountsWhatABlockHeld(t *testing.T) {
	to := &receiver{gate: make(chan struct{}), begun: make(chan struct{}, 100)}
	to.setFail(func([]byte) (int, error) { return 0, io.ErrClosedPipe })
	c := NewWriter("test", to, Options{Buffered: true})
	c.Send(line(0))
	<-to.begun
	for i := range 99 {
		c.Send(line(i))
	}
	close(to.gate)
	err := c.Close(limit)
	if !errors.Is(err, io.ErrClosedPipe) || !strings.Contains(err.Error(), "write alerts to test: ") || !strings.Contains(err.Error(), "100 alerts lost") {
		t.Errorf("error %v", err)
	}
	if c.Sent() != 0 || c.Lost() != 100 {
		t.Errorf("%d sent, %d lost, want 0 and 100", c.Sent(), c.Lost())
	}
}

// A receiver that hangs keeps nobody from ending.
func TestWriterHangs(t *testing.T) {
	to := &receiver{gate: make(chan struct{}), begun: make(chan struct{}, 100)}
	c := NewWriter("test", to, Options{})
	for i := range 10 {
		c.Send(line(i))
	}
	<-to.begun
	begin := time.Now()
	err := c.Close(20 * time.Millisecond)
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("closing took %v", took)
	}
	if !errors.Is(err, ErrHangs) || !strings.Contains(err.Error(), "10 alerts lost") {
		t.Errorf("error %v, want ErrHangs", err)
	}
	if c.Sent() != 0 || c.Lost() != 10 {
		t.Errorf("%d sent, %d lost", c.Sent(), c.Lost())
	}
	close(to.gate) // so that the goroutine ends
	<-c.ended
}
