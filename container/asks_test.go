package container

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

// times are when a runtime was asked about a container, since the first time.
func (f *fake) times(id string) (all []time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.asked[id] {
		all = append(all, t.Sub(f.asked[id][0]))
	}
	return all
}

// TestUnknownContainerIsAskedForAgain lists the times at which a runtime is asked
// that never knows the container.
func TestUnknownContainerIsAskedForAgain(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name string
		is   inspect
		want []time.Duration
	}{
		{"not found", notFound, []time.Duration{
			0, 10 * ms, 30 * ms, 80 * ms, 180 * ms, 380 * ms, 580 * ms, 780 * ms, 980 * ms, 2 * s, 5 * s, 15 * s, 60 * s}},
		{"nothing", func(context.Context, int) (*event.Details, error) { return nil, nil }, []time.Duration{
			0, 10 * ms, 30 * ms, 80 * ms, 180 * ms, 380 * ms, 580 * ms, 780 * ms, 980 * ms, 2 * s, 5 * s, 15 * s, 60 * s}},
		// After five failures it is left alone for a second, and asked when the next
		// time comes.
		{"rubbish", garbage, []time.Duration{0, 10 * ms, 30 * ms, 80 * ms, 180 * ms, 2 * s, 5 * s, 15 * s, 60 * s}},
		{"known", says(full("web")), []time.Duration{0}},
		{"known, but without an image", says(event.Details{Name: "web"}), []time.Duration{0}},
		// The first ask is given up after thirty seconds.
		{"hangs", hangs, []time.Duration{0, 60 * s}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{inspect: tt.is}
				r := running(t, Options{Engines: engines(f)})
				r.Made(groupOf(1))
				time.Sleep(time.Hour)
				if diff := cmp.Diff(tt.want, f.times(idOf(1))); diff != "" {
					t.Errorf("asked after (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestOthersAreNotAskedOnceItIsKnown has two runtimes that might know a
// container.
func TestOthersAreNotAskedOnceItIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, other := &fake{inspect: after(20*ms, says(full("web")))}, &fake{inspect: notFound}
		r := running(t, Options{Engines: engines(one, other)})
		r.Made(groupOf(1))
		time.Sleep(time.Hour)
		// The one at 30 ms was due already.
		if diff := cmp.Diff([]time.Duration{0, 10 * ms, 30 * ms}, other.times(idOf(1))); diff != "" {
			t.Errorf("the other was asked after (-want +got):\n%s", diff)
		}
	})
}

// TestDeadRuntimeTiesUpLittle makes 500 containers whose runtime takes every ask
// and answers none.
func TestDeadRuntimeTiesUpLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead, well := &fake{inspect: hangs}, &fake{inspect: notFound}
		r := running(t, Options{Engines: engines(dead, well)})
		before := runtime.NumGoroutine()
		var all []*event.Container
		for i := range 500 {
			all = append(all, r.FromCgroup(groupOf(i), ""))
		}
		synctest.Wait()
		if n := runtime.NumGoroutine() - before; n > 3*askWorkers {
			t.Errorf("%d goroutines", n)
		}
		time.Sleep(2 * time.Second)
		if i := slices.IndexFunc(all, func(c *event.Container) bool { return !c.Ready() }); i >= 0 {
			t.Errorf("events of container %d still wait", i)
		}
		time.Sleep(10 * time.Minute)
		if n, _ := dead.asks(""); dead.max > askWorkers || n > 100 {
			t.Errorf("asked %d times, %d at a time", n, dead.max)
		}
		if s := r.Stats(); !s.Engines[0].Down || s.Engines[1].Down || s.Engines[0].Errors == 0 {
			t.Errorf("%+v", s.Engines)
		}
		if n, _ := well.asks(""); n < 500 {
			t.Errorf("the runtime that is well was asked only %d times", n)
		}
	})
}

// TestForgottenContainersAreNotAskedAbout has a long queue at a slow runtime, and
// nothing of it exists any more.
func TestForgottenContainersAreNotAskedAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const slow = 9 * time.Second
		f := &fake{inspect: after(slow, counted)}
		r := running(t, Options{Engines: engines(f)})
		for i := range 500 {
			r.Made(groupOf(i))
			r.Removed(groupOf(i))
		}
		time.Sleep(10 * time.Minute)
		if all, _ := f.asks(""); all > askWorkers*int(1+grace/slow) {
			t.Errorf("asked about %d", all)
		}
	})
}

// TestRuntimeComesBack describes what was started while the runtime was away,
// without its stream telling that it is back.
func TestRuntimeComesBack(t *testing.T) {
	for name, away := range map[string]inspect{
		"rubbish": garbage, "refused": fails(errors.New("connection refused")), "no socket": fails(fs.ErrNotExist),
		"hangs": hangs,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gone := true
				f := &fake{}
				f.inspect = func(ctx context.Context, n int) (*event.Details, error) {
					f.mu.Lock()
					gone := gone
					f.mu.Unlock()
					if gone {
						return away(ctx, n)
					}
					return says(full("web"))(ctx, n)
				}
				r := running(t, Options{Engines: engines(f)})
				var all []*event.Container
				for i := range 50 {
					all = append(all, r.FromCgroup(groupOf(i), ""))
				}
				time.Sleep(2 * time.Minute)
				f.mu.Lock()
				gone = false
				f.mu.Unlock()
				// The next container shows that the runtime is there.
				all = append(all, r.FromCgroup(groupOf(100), ""))
				time.Sleep(breakerMax + lateRetries[len(lateRetries)-1])
				for i, c := range all {
					if !c.Described() {
						t.Fatalf("container %d is not described", i)
					}
				}
				if r.Stats().Engines[0].Down {
					t.Error("the runtime counts as down")
				}
			})
		})
	}
}

// TestNewContainersAreAskedForFirst has a runtime slow enough for a queue.
func TestNewContainersAreAskedForFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{inspect: after(100*ms, notFound)}
		r := running(t, Options{Engines: engines(f)})
		for i := range 300 {
			r.Made(groupOf(i))
		}
		time.Sleep(3 * time.Second) // all were asked for, and are to be again
		r.Made(groupOf(1000))
		began := time.Now()
		synctest.Wait()
		time.Sleep(150 * ms)
		if _, n := f.asks(idOf(1000)); n != 1 {
			t.Errorf("asked %d times within %v, want once", n, time.Since(began))
		}
	})
}

func TestLine(t *testing.T) {
	var l line
	var all []*entry
	for range 3 * askQueue {
		en := &entry{}
		all = append(all, en)
		dropped := l.push(en)
		if n := len(all); n > askQueue && dropped != all[n-askQueue-1] || n <= askQueue && dropped != nil {
			t.Fatalf("push %d dropped the wrong one", n)
		}
	}
	n := len(all)
	if l.len() != askQueue || cap(l.entries) > 8*askQueue {
		t.Errorf("length %d, room for %d", l.len(), cap(l.entries))
	}
	if l.last() != all[n-1] || l.first() != all[n-askQueue] || l.last() != all[n-2] {
		t.Error("the ends are wrong")
	}
	for l.first() != nil {
	}
	if l.last() != nil || l.entries != nil {
		t.Error("the empty line is not empty")
	}
}

func TestBucket(t *testing.T) {
	b := bucket{rate: rate{perSecond: 10, burst: 3}, tokens: 3}
	now := time.Unix(1, 0)
	var waits []time.Duration
	for range 5 {
		waits = append(waits, b.take(now))
	}
	now = now.Add(time.Hour) // no more than the burst gathers
	for range 4 {
		waits = append(waits, b.take(now))
	}
	want := []time.Duration{0, 0, 0, 100 * ms, 200 * ms, 0, 0, 0, 100 * ms}
	if diff := cmp.Diff(want, waits); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
}

func TestBreaker(t *testing.T) {
	var b breaker
	now, broken := time.Unix(1, 0), errors.New("broken")
	for range breakerFails - 1 {
		if b.fail(now, broken) || b.open(now) != nil {
			t.Fatal("left alone too early")
		}
	}
	if !b.fail(now, broken) {
		t.Error("not left alone")
	}
	pause := breakerMin
	for range 8 {
		if err := b.open(now.Add(pause - 1)); !errors.Is(err, broken) {
			t.Errorf("before %v: %v", pause, err)
		}
		now = now.Add(pause)
		if b.open(now) != nil || b.open(now) == nil {
			t.Errorf("after %v exactly one may try", pause)
		}
		if b.fail(now, broken) {
			t.Error("it is news again")
		}
		pause = min(2*pause, breakerMax)
	}
	if !b.close() || b.close() || b.open(now) != nil {
		t.Error("it is not well again")
	}
}
