package container

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

// gateOf is a gate whose containers somebody will release.
func gateOf() *Gate { return newGate(func(*event.Container) bool { return true }) }

func containerOf(i int) *event.Container {
	return &event.Container{ID: idOf(i)[:12], FullID: idOf(i), Type: Docker}
}

// in is an event of a container.
func in(c *event.Container, num uint64) *event.Event {
	return &event.Event{Num: num, Clock: int64(1000 + num), Process: &event.Process{Container: c}}
}

// judged collects what was judged, in order.
type judged struct {
	mu   sync.Mutex
	nums []uint64
	text []string
}

func (j *judged) judge(e *event.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.nums = append(j.nums, e.Num)
	j.text = append(j.text, e.FD.Name)
}

func (j *judged) seen() []uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.nums)
}

func numbers(from, to uint64) (all []uint64) {
	for n := from; n <= to; n++ {
		all = append(all, n)
	}
	return all
}

func TestGateLetsReadyOnesThrough(t *testing.T) {
	g := gateOf()
	ready := containerOf(1)
	ready.SetReady()
	judge := func(*event.Event) { t.Error("judged by the gate") }
	for _, e := range []*event.Event{in(nil, 1), in(ready, 2), {}} {
		if g.Hold(e, judge) {
			t.Errorf("event %d is held", e.Num)
		}
		if n := testing.AllocsPerRun(100, func() { g.Hold(e, judge) }); n != 0 {
			t.Errorf("%v allocations, want 0", n)
		}
	}
	if g.Oldest() != 0 {
		t.Error("something is held")
	}
}

// TestGateHoldsUntilReleased holds events whose memory is reused, and judges
// them in order with the container not ready before the last.
func TestGateHoldsUntilReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, j, c := gateOf(), &judged{}, containerOf(1)
		other := containerOf(2)
		e := &event.Event{}
		hold := func(c *event.Container, num uint64) {
			t.Helper()
			e.Reset()
			e.Num, e.Clock, e.Process = num, int64(1000+num), &event.Process{Container: c}
			e.FD.Name = e.Text(func(dst []byte) []byte { return fmt.Appendf(dst, "/file/%d", num) })
			if !g.Hold(e, func(e *event.Event) {
				if c.Ready() {
					t.Error("ready before all that was held is judged")
				}
				j.judge(e)
			}) {
				t.Errorf("event %d is not held", num)
			}
		}
		hold(other, 1)
		for n := range uint64(5) {
			hold(c, n+2)
			time.Sleep(10 * ms)
		}
		if len(j.seen()) != 0 || c.Ready() {
			t.Fatal("judged too early")
		}
		if got := g.Oldest(); got != 1001 {
			t.Errorf("the oldest held event is of %d, want 1001", got)
		}
		c.Describe(&event.Details{Name: "web"})
		g.release(c)
		g.release(c) // told twice
		synctest.Wait()
		if diff := cmp.Diff(numbers(2, 6), j.seen()); diff != "" {
			t.Errorf("judged (-want +got):\n%s", diff)
		}
		if want := []string{"/file/2", "/file/3", "/file/4", "/file/5", "/file/6"}; !slices.Equal(j.text, want) {
			t.Errorf("their texts are %q", j.text)
		}
		if !c.Ready() || other.Ready() {
			t.Errorf("ready: %v and %v, want the one released", c.Ready(), other.Ready())
		}
		if g.Hold(in(c, 7), j.judge) {
			t.Error("held although the container is ready")
		}
		s := g.stats()
		if s.Held != 1 || s.HeldTotal != 6 || s.TimedOut != 0 || s.HeldBytes < 500 || s.Wait.Max != 50*ms || s.Wait.Count() != 5 {
			t.Errorf("%+v", s)
		}
		if want := [8]uint64{0, 2, 3}; s.Wait.Buckets != want || s.Wait.Sum != 150*ms {
			t.Errorf("waits %+v", s.Wait)
		}
		g.release(other)
		synctest.Wait()
		if s := g.stats(); s.Held != 0 || s.HeldBytes != 0 || s.TimedOut != 1 || g.Oldest() != 0 {
			t.Errorf("in the end %+v, oldest %d", s, g.Oldest())
		}
	})
}

// TestGateKeepsOrderWhileItJudges has events come while older ones are judged.
func TestGateKeepsOrderWhileItJudges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, j, c := gateOf(), &judged{}, containerOf(1)
		slow := func(e *event.Event) {
			time.Sleep(10 * ms)
			j.judge(e)
		}
		g.Hold(in(c, 1), slow)
		g.release(c)
		for n := uint64(2); n <= 20; n++ {
			time.Sleep(3 * ms)
			if e := in(c, n); !g.Hold(e, slow) {
				t.Errorf("event %d overtakes those that are held", n)
			}
		}
		for !c.Ready() {
			time.Sleep(ms)
		}
		if diff := cmp.Diff(numbers(1, 20), j.seen()); diff != "" {
			t.Errorf("judged (-want +got):\n%s", diff)
		}
	})
}

// TestGateNobodyWillRelease holds an event of a container that the registry has
// forgotten.
func TestGateNobodyWillRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, j := newGate(func(*event.Container) bool { return false }), &judged{}
		c := containerOf(1)
		if g.Hold(in(c, 1), j.judge) {
			synctest.Wait()
		} else {
			j.nums = append(j.nums, 1)
		}
		if !c.Ready() || len(j.seen()) != 1 {
			t.Errorf("ready %v, judged %v", c.Ready(), j.seen())
		}
	})
}

// askedUsers notes which names were looked up.
type askedUsers struct{ asked []string }

func (u *askedUsers) User(uid uint32, p *event.Process) (event.User, bool) {
	u.asked = append(u.asked, fmt.Sprint("user ", uid, " of ", p.PID))
	return event.User{}, false
}

func (u *askedUsers) Group(uint32, *event.Process) (string, bool) {
	return "", false
}

// TestGateAsksForNamesAtOnce looks names up while the container exists.
func TestGateAsksForNamesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, users, c := gateOf(), &askedUsers{}, containerOf(1)
		e := &event.Event{UID: 1000, GID: 100, Users: users, Process: &event.Process{PID: 7, LoginUID: 501, Container: c}}
		var got *event.Event
		g.Hold(e, func(e *event.Event) { got = e })
		if diff := cmp.Diff([]string{"user 1000 of 7"}, users.asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		g.release(c)
		synctest.Wait()
		if got == nil || got.Users != event.Users(users) || got.Process != e.Process {
			t.Errorf("judged %+v", got)
		}
	})
}

// releasing users have the container become ready while names are looked up.
type releasing struct {
	askedUsers
	release func()
}

func (u *releasing) User(uint32, *event.Process) (event.User, bool) {
	u.release()
	return event.User{}, false
}

// TestGateContainerIsReadyMeanwhile is about an event that was to be held.
func TestGateContainerIsReadyMeanwhile(t *testing.T) {
	g, c := gateOf(), containerOf(1)
	e := in(c, 1)
	e.Users = &releasing{release: func() { g.release(c) }}
	if g.Hold(e, func(*event.Event) {}) {
		t.Error("held, and nobody will release it")
	}
}
