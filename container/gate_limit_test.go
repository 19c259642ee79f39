package container

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

// TestGateOneContainerHoldsTooMuch goes on with what is known of it, and loses
// nothing.
func TestGateOneContainerHoldsTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, j := gateOf(), &judged{}
		c, other := containerOf(1), containerOf(2)
		g.Hold(in(other, 9_999_999), j.judge)
		const n = maxHeldEach + 500
		for i := range uint64(n) {
			if e := in(c, i+1); !g.Hold(e, j.judge) {
				j.judge(e)
			}
			if s := g.stats(); s.Held > maxHeldEach+1 {
				t.Fatalf("%d are held", s.Held)
			}
		}
		synctest.Wait()
		if diff := cmp.Diff(numbers(1, n), j.seen()); diff != "" {
			t.Errorf("judged (-want +got):\n%s", diff)
		}
		if s := g.stats(); s.Overflowed < maxHeldEach || s.TimedOut != 0 || s.Held != 1 {
			t.Errorf("%+v", s)
		}
		if !c.Ready() || other.Ready() {
			t.Error("ready should be the one that held too much, and no other")
		}
		g.Close()
	})
}

// TestGateAllHoldTooMuch makes whoever holds most go on, so that one that floods
// costs the others nothing.
func TestGateAllHoldTooMuch(t *testing.T) {
	tests := []struct {
		name   string
		data   string
		floods int // containers
		each   uint64
	}{
		{"number", "", 25, 900},
		{"bytes", strings.Repeat("x", 1<<20), 2, 60},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := gateOf()
				small, quiet := containerOf(0), &judged{}
				g.Hold(in(small, 1), quiet.judge)
				var all []*judged
				for i := range tt.floods {
					c, j := containerOf(i+1), &judged{}
					all = append(all, j)
					for n := range tt.each {
						e := in(c, n+1)
						e.Data = tt.data
						if !g.Hold(e, j.judge) {
							j.judge(e)
						}
						if s := g.stats(); s.Held > maxHeld || s.HeldBytes > maxHeldBytes {
							t.Fatalf("%+v", s)
						}
					}
				}
				if small.Ready() || len(quiet.seen()) > 0 {
					t.Error("the container with one event had to make room")
				}
				if s := g.stats(); s.Overflowed == 0 {
					t.Errorf("nothing made room: %+v", s)
				}
				g.Close()
				for i, j := range all {
					if diff := cmp.Diff(numbers(1, tt.each), j.seen()); diff != "" {
						t.Errorf("container %d (-want +got):\n%s", i, diff)
					}
				}
				if diff := cmp.Diff([]uint64{1}, quiet.seen()); diff != "" {
					t.Errorf("the small one (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestGateClose judges what is held before it returns, and holds nothing more.
func TestGateClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, j := gateOf(), &judged{}
		c, late := containerOf(1), containerOf(2)
		for n := range uint64(10) {
			g.Hold(in(c, n+1), func(e *event.Event) {
				time.Sleep(ms)
				j.judge(e)
			})
		}
		g.Close()
		if diff := cmp.Diff(numbers(1, 10), j.seen()); diff != "" {
			t.Errorf("judged (-want +got):\n%s", diff)
		}
		if g.Hold(in(late, 1), j.judge) || g.Hold(in(c, 2), j.judge) {
			t.Error("still holding")
		}
		g.Close()
	})
}

// TestGateNewcomerToAFullGate has one event of a container while others hold all
// there is room for.
func TestGateNewcomerToAFullGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, j := gateOf(), &judged{}
		big, c := containerOf(0), containerOf(99)
		for i := range maxHeld - 1000 {
			g.Hold(in(containerOf(1+i%30), uint64(i)), func(*event.Event) {})
		}
		for i := range uint64(1000) {
			g.Hold(in(big, i), func(*event.Event) {})
		}
		if !g.Hold(in(c, 1), j.judge) {
			t.Error("not held")
		}
		synctest.Wait()
		if s := g.stats(); c.Ready() || !big.Ready() || s.Overflowed != 1000 || s.Held != maxHeld-1000+1 {
			t.Errorf("ready: newcomer %v, the one that holds most %v; %+v", c.Ready(), big.Ready(), s)
		}
		g.Close()
	})
}

// TestGateLargeEvents has a container with few events take all the memory: it
// makes room, not one that has more events.
func TestGateLargeEvents(t *testing.T) {
	g := gateOf()
	var j judged
	many, large := containerOf(1), containerOf(2)
	for i := range uint64(1000) {
		g.Hold(in(many, i), j.judge)
	}
	e := in(large, 0)
	e.FD.Name = strings.Repeat("x", 1<<20)
	for range maxHeldBytes >> 20 {
		g.Hold(e, func(*event.Event) {})
	}
	if many.Ready() || g.stats().Held < 1000 {
		t.Error("the container with many events had to make room")
	}
	if s := g.stats(); s.Overflowed == 0 || s.HeldBytes > maxHeldBytes {
		t.Errorf("got %+v", s)
	}
	g.Close()
	if n := len(j.seen()); n != 1000 {
		t.Errorf("%d of 1000 were judged", n)
	}
}
