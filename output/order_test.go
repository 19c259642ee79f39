package output

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// ordered runs a test of a channel that waits for a time the test moves, on a
// clock of its own.
func ordered(t *testing.T, test func(t *testing.T, put func(clock int64, name string), settled *atomic.Int64, written func() []string)) {
	synctest.Test(t, func(t *testing.T) {
		to := &receiver{}
		var settled atomic.Int64
		c := NewWriter("test", to, Options{Settled: settled.Load})
		put := func(clock int64, name string) {
			a := made(host(1), ruleA, clock, 1)
			a.Output = name
			c.Send(a)
		}
		test(t, put, &settled, func() []string {
			time.Sleep(2 * tick)
			synctest.Wait()
			return slices.DeleteFunc(to.lines(), func(s string) bool { return s == "" })
		})
		if err := c.Close(limit); err != nil {
			t.Error(err)
		}
	})
}

func TestOrderByTime(t *testing.T) {
	ordered(t, func(t *testing.T, put func(int64, string), settled *atomic.Int64, written func() []string) {
		for _, a := range []struct {
			clock int64
			name  string
		}{{30, "c"}, {10, "a"}, {20, "b1"}, {20, "b2"}, {40, "d"}, {20, "b3"}} {
			put(a.clock, a.name)
		}
		put(0, "internal") // has no time: comes behind all that came before it
		put(35, "c2")
		check := func(mark int64, want ...string) {
			t.Helper()
			settled.Store(mark)
			if diff := cmp.Diff(want, written(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("settled up to %d (-want +got):\n%s", mark, diff)
			}
		}
		check(5)
		check(10, "a")
		check(29, "a", "b1", "b2", "b3") // those of one time as they came
		check(39, "a", "b1", "b2", "b3", "c", "c2")
		check(40, "a", "b1", "b2", "b3", "c", "c2", "d", "internal")
	})
}

// An alert waits no longer than the limit for events that do not come, and takes
// those before it along.
func TestOrderLimit(t *testing.T) {
	ordered(t, func(t *testing.T, put func(int64, string), _ *atomic.Int64, written func() []string) {
		put(20, "b")
		time.Sleep(waitLimit / 2)
		put(10, "a")
		time.Sleep(waitLimit/2 - 4*tick)
		if got := written(); len(got) != 0 {
			t.Errorf("%q did not wait for what comes before", got)
		}
		time.Sleep(2 * tick)
		if got := written(); len(got) != 0 {
			// b is due, but a stands before it, and is passed on with it when its own
			// time has come.
			t.Errorf("%q", got)
		}
		time.Sleep(waitLimit / 2)
		if diff := cmp.Diff([]string{"a", "b"}, written()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// What waits at the end is written, in order.
func TestOrderEnd(t *testing.T) {
	to := &receiver{}
	c := NewWriter("test", to, Options{Settled: func() int64 { return 0 }})
	var want []string
	for _, i := range rand.Perm(1000) {
		a := made(host(int32(i)), ruleA, int64(i+1), 1)
		c.Send(a)
		want = append(want, a.Output)
	}
	if err := c.Close(limit); err != nil {
		t.Fatal(err)
	}
	got := to.lines()
	slices.Sort(want)
	// The first may have been under way already.
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("%d alerts, want %d", len(got), len(want))
	}
}

// Many readers of events send alerts, some of them floods; those of each come
// out in order, and each is delivered or counted.
func TestOrderConcurrent(t *testing.T) {
	to := &receiver{}
	var settled atomic.Int64
	settled.Store(1 << 62)
	c := NewWriter("test", to, Options{Settled: settled.Load, Buffered: true})
	const readers, each = 4, 5000
	var group sync.WaitGroup
	for r := range readers {
		group.Go(func() {
			for i := range each {
				a := made(host(int32(r)), ruleA, int64(i+1), 1)
				a.Output = fmt.Sprintf("%d/%04d", r, i)
				if !c.Refuse(&a.Origin, a.Rule) {
					c.Send(a)
				}
			}
		})
	}
	group.Wait()
	if err := c.Close(limit); err != nil {
		t.Fatal(err)
	}
	if c.Sent()+c.Lost() != readers*each {
		t.Errorf("%d sent and %d lost of %d", c.Sent(), c.Lost(), readers*each)
	}
	last := map[byte]string{}
	count := uint64(0)
	for _, name := range to.lines() {
		if len(name) != len("0/0000") { // about what was dropped
			continue
		}
		count++
		if name < last[name[0]] {
			t.Fatalf("%s came after %s", name, last[name[0]])
		}
		last[name[0]] = name
	}
	if count != c.Sent() {
		t.Errorf("%d lines, %d sent", count, c.Sent())
	}
}

// Once a channel is closed the source of events may be gone: it is not asked.
func TestClosedDoesNotAsk(t *testing.T) {
	to := &receiver{gate: make(chan struct{}), begun: make(chan struct{}, 10)}
	var gone atomic.Bool
	c := NewWriter("test", to, Options{Settled: func() int64 {
		if gone.Load() {
			t.Error("the source is asked after the channel was closed")
		}
		return 1
	}})
	c.Send(made(host(1), ruleA, 1, 1))
	<-to.begun
	c.Send(made(host(1), ruleA, 2, 1))
	closed := make(chan error)
	go func() { closed <- c.Close(limit) }()
	await(t, "the channel to be closed", c.closing.Load)
	gone.Store(true)
	close(to.gate)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if got := to.lines(); len(got) != 2 {
		t.Errorf("lines %q", got)
	}
}
