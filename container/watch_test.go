package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/container/engine"
	"github.com/gyrsec/gyr/event"
)

// box is a variable that a test and its engines share.
type box[T any] struct {
	mu sync.Mutex
	v  T
}

func (b *box[T]) get() T {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.v
}

func (b *box[T]) set(v T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.v = v
}

// stream is a Follow that a test speaks through.
type stream struct {
	changes chan engine.Change
	fails   chan error
	opened  atomic.Int64
	refuse  box[error] // while set, there is no connection
}

func newStream() *stream {
	return &stream{changes: make(chan engine.Change), fails: make(chan error)}
}

func (s *stream) follow(ctx context.Context, connected func(), tell func(engine.Change)) error {
	s.opened.Add(1)
	if err := s.refuse.get(); err != nil {
		return fmt.Errorf("following: %w", err)
	}
	connected()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-s.fails:
			return err
		case c := <-s.changes:
			tell(c)
		}
	}
}

// counted says the number of the ask as the container's name.
func counted(_ context.Context, n int) (*event.Details, error) {
	return &event.Details{Name: fmt.Sprint("ask ", n), Image: "localhost/web:1"}, nil
}

// TestChangesAreFollowed renames a container several times at once.
func TestChangesAreFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStream()
		f := &fake{inspect: counted, follow: s.follow, list: func() ([]string, error) { return []string{idOf(1)}, nil }}
		r := running(t, Options{Engines: engines(f)})
		c := r.FromCgroup(groupOf(1), "")
		time.Sleep(time.Second)
		for range 5 {
			s.changes <- engine.Change{FullID: idOf(1)}
			time.Sleep(10 * ms)
		}
		s.changes <- engine.Change{FullID: idOf(2)} // one without a process yet
		if c.Details().Name != "ask 1" {
			t.Errorf("described by %s at once", c.Details().Name)
		}
		time.Sleep(changedWait)
		if c.Details().Name != "ask 2" {
			t.Errorf("described by %s after five changes, want ask 2", c.Details().Name)
		}
		time.Sleep(time.Minute)
		if all, _ := f.asks(""); all != 2 {
			t.Errorf("asked %d times, want 2", all)
		}
		if st := r.Stats(); st.Containers != 1 || !st.Engines[0].Connected {
			t.Errorf("%+v", st)
		}

		s.changes <- engine.Change{FullID: idOf(1), Kind: engine.Removed}
		time.Sleep(grace / 2)
		if r.FromCgroup(groupOf(1), "") != c {
			t.Error("forgotten at once")
		}
		time.Sleep(grace)
		if n := r.Stats().Containers; n != 0 {
			t.Errorf("%d containers known after their end", n)
		}
	})
}

// TestNewsOfANewContainer: the runtime says that it knows a container which it
// did not know when it was asked.
func TestNewsOfANewContainer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStream()
		f := &fake{inspect: from(400*ms, counted), follow: s.follow}
		r := running(t, Options{Engines: engines(f)})
		c := r.FromCgroup(groupOf(1), "")
		time.Sleep(401 * ms) // between two tries
		s.changes <- engine.Change{FullID: idOf(1)}
		synctest.Wait()
		if !c.Described() || !c.Ready() {
			t.Error("not asked at once")
		}
	})
}

// TestNewsWhileTheRuntimeIsAsked asks again once the answer is there, which is
// older than the news.
func TestNewsWhileTheRuntimeIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStream()
		f := &fake{follow: s.follow, inspect: func(ctx context.Context, n int) (*event.Details, error) {
			time.Sleep(3 * time.Second)
			if n == 1 {
				return notFound(ctx, n)
			}
			return counted(ctx, n)
		}}
		r := running(t, Options{Engines: engines(f)})
		r.Made(groupOf(1))
		time.Sleep(time.Second)
		s.changes <- engine.Change{FullID: idOf(1)}
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]time.Duration{0, 3 * time.Second}, f.times(idOf(1))); diff != "" {
			t.Errorf("asked after (-want +got):\n%s", diff)
		}
	})
}

// TestRefreshThatFails keeps what was known.
func TestRefreshThatFails(t *testing.T) {
	for name, then := range map[string]inspect{"not found": notFound, "rubbish": garbage} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStream()
				f := &fake{follow: s.follow, inspect: func(ctx context.Context, n int) (*event.Details, error) {
					if n == 2 || n == 3 {
						return then(ctx, n)
					}
					return counted(ctx, n)
				}}
				r := running(t, Options{Engines: engines(f)})
				c := r.FromCgroup(groupOf(1), "")
				time.Sleep(time.Second)
				s.changes <- engine.Change{FullID: idOf(1)}
				time.Sleep(changedWait + ms)
				if got := c.Details().Name; got != "ask 1" {
					t.Errorf("described by %q", got)
				}
				time.Sleep(time.Minute)
				want := "ask 4" // what failed is tried again
				if name == "not found" {
					want = "ask 1"
				}
				if got := c.Details().Name; got != want {
					t.Errorf("in the end described by %q, want %q", got, want)
				}
			})
		})
	}
}

// TestRuntimeIsRestarted loses the stream: meanwhile one container went, one was
// started and one stays.
func TestRuntimeIsRestarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStream()
		listed := box[[]string]{v: []string{idOf(1), idOf(2)}}
		var away atomic.Bool
		f := &fake{follow: s.follow, list: func() ([]string, error) { return listed.get(), nil },
			inspect: func(ctx context.Context, n int) (*event.Details, error) {
				if away.Load() {
					return nil, fs.ErrNotExist
				}
				return counted(ctx, n)
			}}
		r := running(t, Options{Engines: engines(f)})
		gone, stays := r.FromCgroup(groupOf(1), ""), r.FromCgroup(groupOf(2), "")
		time.Sleep(time.Minute)
		if n := s.opened.Load(); n != 1 {
			t.Fatalf("%d streams opened, want 1", n)
		}

		away.Store(true)
		s.refuse.set(fs.ErrNotExist)
		s.fails <- errors.New("unexpected EOF")
		time.Sleep(time.Second)
		started := r.FromCgroup(groupOf(3), "")
		synctest.Wait()
		if !started.Ready() {
			t.Error("events wait for a runtime that is not there")
		}
		time.Sleep(20 * time.Minute)
		if r.Stats().Engines[0].Connected || started.Described() {
			t.Error("connected to nothing")
		}
		if n := s.opened.Load(); n < 590 || n > 650 {
			t.Errorf("%d attempts to open the stream in 20 minutes, want one every two seconds", n)
		}

		away.Store(false)
		s.refuse.set(nil)
		listed.set([]string{idOf(2), idOf(3)})
		time.Sleep(absentWait + ms)
		if !started.Described() {
			t.Error("what was started meanwhile is not described")
		}
		time.Sleep(2 * grace)
		if r.FromCgroup(groupOf(1), "") == gone || r.FromCgroup(groupOf(2), "") != stays || r.FromCgroup(groupOf(3), "") != started {
			t.Error("not exactly the one that went is forgotten")
		}
	})
}

// TestListOfAnotherRuntime does not have the container.
func TestListOfAnotherRuntime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStream()
		one := &fake{inspect: counted}
		other := &fake{inspect: notFound, follow: s.follow, list: func() ([]string, error) { return nil, nil }}
		r := running(t, Options{Engines: engines(one, other)})
		c := r.FromCgroup(groupOf(1), "")
		time.Sleep(time.Second)
		s.fails <- errors.New("reset")
		time.Sleep(2 * time.Minute)
		if r.FromCgroup(groupOf(1), "") != c {
			t.Error("forgotten because a runtime does not list it that never had it")
		}
	})
}

// TestContainerMadeWhileTheRuntimeLists is not in the list.
func TestContainerMadeWhileTheRuntimeLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStream()
		f := &fake{inspect: counted, follow: s.follow, list: func() ([]string, error) {
			time.Sleep(2 * time.Second)
			return nil, nil
		}}
		r := running(t, Options{Engines: engines(f)})
		time.Sleep(time.Second)
		c := r.FromCgroup(groupOf(1), "")
		time.Sleep(2 * time.Minute)
		if !c.Described() || r.FromCgroup(groupOf(1), "") != c {
			t.Error("forgotten because an older list does not have it")
		}
	})
}

// TestListOfContainersFails forgets none.
func TestListOfContainersFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStream()
		f := &fake{inspect: counted, follow: s.follow}
		r := running(t, Options{Engines: engines(f)})
		c := r.FromCgroup(groupOf(1), "")
		time.Sleep(time.Second)
		s.fails <- errors.New("reset")
		time.Sleep(time.Minute)
		if r.FromCgroup(groupOf(1), "") != c {
			t.Error("forgotten because there was no list")
		}
	})
}

// TestPausesBetweenStreams counts how often a stream is opened that fails in one
// way or another.
func TestPausesBetweenStreams(t *testing.T) {
	tests := []struct {
		name     string
		fails    error
		min, max int64 // in an hour
	}{
		{"not supported", errors.ErrUnsupported, 12, 13},
		{"refused", errors.New("connection refused"), 240, 260},
		{"no socket", fs.ErrNotExist, 1790, 1810},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStream()
				s.refuse.set(tt.fails)
				f := &fake{inspect: counted, follow: s.follow}
				running(t, Options{Engines: engines(f)})
				time.Sleep(time.Hour)
				if n := s.opened.Load(); n < tt.min || n > tt.max {
					t.Errorf("opened %d times in an hour, want %d to %d", n, tt.min, tt.max)
				}
			})
		})
	}
}

// TestStreamIsOpenedAgainSoon loses a stream that was well after many that were
// not.
func TestStreamIsOpenedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStream()
		s.refuse.set(errors.New("connection refused"))
		running(t, Options{Engines: engines(&fake{inspect: counted, follow: s.follow})})
		time.Sleep(10 * time.Minute)
		s.refuse.set(nil)
		time.Sleep(followMax + followWell)
		before := s.opened.Load()
		s.fails <- errors.New("reset")
		time.Sleep(followMin)
		synctest.Wait()
		if s.opened.Load() != before+1 {
			t.Errorf("not opened again within %v", followMin)
		}
	})
}

// TestStreamThatAlwaysEnds is opened, and ends at once, again and again.
func TestStreamThatAlwaysEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		f := &fake{inspect: counted, follow: func(_ context.Context, connected func(), _ func(engine.Change)) error {
			n.Add(1)
			connected()
			connected() // one too many
			return nil
		}}
		running(t, Options{Engines: engines(f)})
		time.Sleep(time.Hour)
		if n := n.Load(); n > 260 {
			t.Errorf("opened %d times in an hour", n)
		}
	})
}

// TestContainersComeAndGo makes 5,000 containers one after another: what is
// remembered stays at its level.
func TestContainersComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{inspect: after(2*ms, counted)}
		r := running(t, Options{Engines: engines(f)})
		level := 0
		for i := range 5000 {
			r.Made(groupOf(i))
			time.Sleep(5 * ms)
			if c := r.FromCgroup(groupOf(i), "/"); !c.Described() {
				t.Fatalf("container %d is not described", i)
			}
			r.FromCgroup(groupOf(i)+"/init.scope", "/")
			time.Sleep(45 * ms)
			r.Removed(groupOf(i))
			level = max(level, r.Stats().Containers)
		}
		if most := int((grace + grace/6) / (50 * ms)); level > most+1 {
			t.Errorf("%d containers were known at a time, want at most %d", level, most)
		}
		time.Sleep(2 * grace)
		r.mu.RLock()
		left, kept := len(r.ids), r.groups.len()
		r.mu.RUnlock()
		if diff := cmp.Diff([2]int{}, [2]int{left, kept}); diff != "" {
			t.Errorf("containers and groups left (-want +got):\n%s", diff)
		}
	})
}
