package container

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

// askedUsers notes which names were looked up.
type askedUsers struct{ asked []string }

func (u *askedUsers) User(uid uint32, p *event.Process) (event.User, bool) {
	u.asked = append(u.asked, fmt.Sprint("user ", uid, " of ", p.PID))
	return event.User{}, false
}

func (u *askedUsers) Group(gid uint32, p *event.Process) (string, bool) {
	u.asked = append(u.asked, fmt.Sprint("group ", gid, " of ", p.PID))
	return "", false
}

// TestGateAsksForNamesAtOnce looks names up while the container exists.
func TestGateAsksForNamesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, users, c := gateOf(), &askedUsers{}, containerOf(1)
		e := &event.Event{UID: 1000, GID: 100, Users: users, Process: &event.Process{PID: 7, LoginUID: 501, Container: c}}
		var got *event.Event
		g.Hold(e, func(e *event.Event) { got = e })
		if diff := cmp.Diff([]string{"user 1000 of 7", "user 501 of 7", "group 100 of 7"}, users.asked); diff != "" {
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

// TestGateConcurrently sends events of many processes from several goroutines
// through a registry whose runtime is moody: each is judged once, in the order of
// its process, never before its container is described unless the time is over.
func TestGateConcurrently(t *testing.T) {
	const containers, processes, each = 30, 3, 400
	f := &fake{inspect: func(ctx context.Context, n int) (*event.Details, error) {
		switch time.Sleep(time.Duration(rand.IntN(4)) * ms); rand.IntN(4) {
		case 0:
			return notFound(ctx, n)
		case 1:
			return garbage(ctx, n)
		}
		return says(full("web"))(ctx, n)
	}}
	r := running(t, Options{Engines: engines(f), Wait: 150 * ms})
	g := r.Gate()
	var (
		group  sync.WaitGroup
		next   [containers * processes]atomic.Uint64
		blind  atomic.Uint64
		judges atomic.Uint64
	)
	for p := range containers * processes {
		group.Go(func() {
			for n := range uint64(each) {
				c := r.FromCgroup(groupOf(p%containers), "")
				e := &event.Event{Num: n, Process: &event.Process{PID: int32(p), Container: c}}
				judge := func(e *event.Event) {
					judges.Add(1)
					if !e.Process.Container.Described() {
						blind.Add(1)
					}
					if !next[e.Process.PID].CompareAndSwap(e.Num, e.Num+1) {
						t.Errorf("process %d: event %d is judged when %d is next", e.Process.PID, e.Num, next[e.Process.PID].Load())
					}
				}
				if !g.Hold(e, judge) {
					judge(e)
				}
				if n%100 == 0 {
					time.Sleep(ms)
					g.Oldest()
				}
			}
		})
	}
	group.Wait()
	g.Close()
	if got := judges.Load(); got != containers*processes*each {
		t.Errorf("%d events judged, want %d", got, containers*processes*each)
	}
	s := r.Stats().Gate
	if s.Held != 0 || s.HeldBytes != 0 {
		t.Errorf("in the end %+v", s)
	}
	if s.TimedOut+s.Overflowed == 0 && blind.Load() > 0 {
		t.Errorf("%d events judged without details, none counted", blind.Load())
	}
}

// TestNothingIsJudgedWithoutDetails starts 200 containers at once whose runtime
// takes two seconds for an answer: files say what they are.
func TestNothingIsJudgedWithoutDetails(t *testing.T) {
	tests := []struct {
		name    string
		runtime inspect
		files   inspect
		wait    time.Duration // at most
	}{
		{"well", after(5*ms, says(full("web"))), nil, 400 * ms},
		{"slow, with files", after(2*time.Second, says(full("web"))), after(ms, says(full("files"))), 120 * ms},
		{"dead, with files", hangs, after(ms, says(full("files"))), 120 * ms},
		{"away, with files", noSocket, after(ms, says(full("files"))), 60 * ms},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := Options{Engines: engines(&fake{inspect: tt.runtime})}
				if tt.files != nil {
					o.Files = &fake{name: "files", inspect: tt.files}
				}
				r := running(t, o)
				var judged, blind int
				var mu sync.Mutex
				judge := func(e *event.Event) {
					mu.Lock()
					defer mu.Unlock()
					judged++
					if e.Process.Container.Details().Name == "" {
						blind++
					}
				}
				for i := range 200 {
					r.Made(groupOf(i))
					for n := range uint64(10) {
						if e := in(r.FromCgroup(groupOf(i), ""), n); !r.Gate().Hold(e, judge) {
							judge(e)
						}
					}
					r.Removed(groupOf(i))
				}
				time.Sleep(2 * time.Second)
				s := r.Stats()
				if judged != 2000 || blind > 0 || s.Gate.Wait.Max > tt.wait {
					t.Errorf("%d of 2000 judged, %d without details, %+v", judged, blind, s.Gate)
				}
			})
		})
	}
}

// TestGateOfAForgottenContainer floods the registry while events are held.
func TestGateOfAForgottenContainer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := running(t, Options{Engines: engines(&fake{inspect: hangs})})
		j := &judged{}
		c := r.FromCgroup(groupOf(0), "")
		r.Gate().Hold(in(c, 1), j.judge)
		for i := range 2 * maxContainers {
			r.FromCgroup(groupOf(i+1), "")
		}
		synctest.Wait()
		if !c.Ready() || len(j.seen()) != 1 {
			t.Errorf("ready %v, judged %v: what was held is lost", c.Ready(), j.seen())
		}
		if s := r.Stats().Gate; s.TimedOut != 1 {
			t.Errorf("%+v", s)
		}
	})
}
