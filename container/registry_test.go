package container

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gyrsec/gyr/container/engine"
	"github.com/gyrsec/gyr/event"
)

func TestOneValueForEachContainer(t *testing.T) {
	r := running(t, Options{})
	r.Made(groupOf(1))
	first := r.FromCgroup(groupOf(1), "/")
	if first == nil || first.FullID != idOf(1) {
		t.Fatalf("got %+v", first)
	}
	for _, paths := range [][2]string{
		{groupOf(1), "/"}, {groupOf(1), groupOf(1)}, {"/", groupOf(1)}, {groupOf(1) + "/init.scope", ""},
	} {
		if c := r.FromCgroup(paths[0], paths[1]); c != first {
			t.Errorf("%q: another value (%+v) for the same container", paths, c)
		}
	}
	if c := r.FromCgroup(groupOf(2), "/"); c == first {
		t.Error("another container has the same value")
	}
	for range 2 {
		if c := r.FromCgroup("/system.slice/ssh.service", "/"); c != nil {
			t.Errorf("the host's service is container %+v", c)
		}
	}
	r.Made("/system.slice/ssh.service")
	r.Removed("/system.slice/ssh.service")
	if n := r.Stats().Containers; n != 2 {
		t.Errorf("%d containers known, want 2", n)
	}
}

// TestPathThatSaysMore sees a container first by a path without its pod.
func TestPathThatSaysMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{inspect: says(full("web"))}
		r := running(t, Options{Engines: engines(f)})
		r.Made("/" + idOf(1))
		synctest.Wait()
		poor := r.FromCgroup("/"+idOf(1), "")
		rich := r.FromCgroup(podGroupOf(1), "")
		if rich.PodUID != podOfTests || rich.Type != Containerd {
			t.Errorf("got %+v", rich)
		}
		if !rich.Described() || !poor.Ready() {
			t.Error("what was known of the container is lost with its first value")
		}
		if again := r.FromCgroup("/"+idOf(1), ""); again != rich {
			t.Errorf("the path that says less gives another value: %+v", again)
		}
	})
}

// TestNamesOfTwoRuntimes has containers that are called alike.
func TestNamesOfTwoRuntimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{inspect: says(full("ctr")), has: func(c *event.Container) bool { return c.Type == Containerd }}
		f.follow = func(ctx context.Context, connected func(), tell func(engine.Change)) error {
			connected()
			time.Sleep(time.Second)
			tell(engine.Change{FullID: "web", Kind: engine.Removed})
			<-ctx.Done()
			return nil
		}
		r := running(t, Options{Engines: engines(f)})
		ctr, lxc := r.FromCgroup("/default/web", ""), r.FromCgroup("/lxc/web", "")
		synctest.Wait()
		if ctr == nil || lxc == nil || ctr == lxc || ctr.Details().Name != "ctr" || lxc.Described() {
			t.Fatalf("got %+v and %+v", ctr, lxc)
		}
		time.Sleep(time.Second + 2*grace)
		if r.FromCgroup("/default/web", "") == ctr || r.FromCgroup("/lxc/web", "") != lxc {
			t.Error("the wrong one was removed")
		}
	})
}

func TestKnownGroupDoesNotAllocate(t *testing.T) {
	r := running(t, Options{})
	r.FromCgroup(podGroupOf(1), "/")
	r.FromCgroup("/system.slice", "/")
	if n := testing.AllocsPerRun(100, func() {
		r.FromCgroup(podGroupOfOne, "/")
		r.FromCgroup("/system.slice", "/")
	}); n != 0 {
		t.Errorf("%v allocations for remembered groups, want 0", n)
	}
}

var podGroupOfOne = podGroupOf(1)

// TestRegistryKeepsNoCallerMemory reuses the bytes of a path after the call, as a
// source reuses those of its events.
func TestRegistryKeepsNoCallerMemory(t *testing.T) {
	r := running(t, Options{})
	var e event.Event
	path := e.Text(func(dst []byte) []byte { return append(dst, groupOf(1)...) })
	first := r.FromCgroup(path, "")
	e.Reset()
	e.Text(func(dst []byte) []byte { return append(dst, groupOf(2)...) })
	if first.FullID != idOf(1) {
		t.Errorf("the container's id changed with the caller's memory to %q", first.FullID)
	}
	if c := r.FromCgroup(groupOf(1), ""); c != first {
		t.Error("the path was forgotten with the caller's memory")
	}
}

func TestRegistryConcurrently(t *testing.T) {
	r := running(t, Options{Engines: engines(&fake{inspect: says(full("x"))})})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 2000 {
				n := (i*7 + g) % 64
				if c := r.FromCgroup(groupOf(n), "/"); c.FullID != idOf(n) {
					t.Errorf("got %s, want %s", c.FullID, idOf(n))
				}
				switch i % 50 {
				case 1:
					r.Made(groupOf(n))
				case 2:
					r.Removed(groupOf(n))
				case 3:
					r.Stats()
				}
			}
		})
	}
	wg.Wait()
}

// TestContainerIsForgottenAfterItsEnd removes groups, and makes one anew.
func TestContainerIsForgottenAfterItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{inspect: says(full("web"))}
		r := running(t, Options{Engines: engines(f)})
		var made [4]*event.Container
		for i := range made {
			made[i] = r.FromCgroup(groupOf(i), "")
		}
		synctest.Wait()
		r.Removed(groupOf(0))
		r.Removed(groupOf(0)) // the same in another hierarchy
		r.Removed(groupOf(1) + "/init.scope")
		r.Removed(groupOf(2))
		r.Removed("/docker")
		time.Sleep(10 * time.Second)
		if c := r.FromCgroup(groupOf(0), ""); c != made[0] {
			t.Error("forgotten while events may still be on their way")
		}
		r.Made(groupOf(2)) // it starts again
		r.Made(groupOf(2))
		r.Removed(groupOf(3))
		time.Sleep(grace - 9*time.Second)
		if n := r.Stats().Containers; n != 3 {
			t.Errorf("%d containers known, want 3", n)
		}
		if _, n := f.asks(idOf(2)); n != 2 {
			t.Errorf("the one that started again was asked about %d times, want 2", n)
		}
		time.Sleep(grace)
		if n := r.Stats().Containers; n != 2 {
			t.Errorf("%d containers known, want 2", n)
		}
		for i, want := range []bool{false, true, true, false} {
			if got := r.FromCgroup(groupOf(i), "") == made[i]; got != want {
				t.Errorf("container %d is still known: %v, want %v", i, got, want)
			}
			if made[i].Details().Name != "web" {
				t.Errorf("container %d lost its details", i)
			}
		}
	})
}

// TestAfterTheEnd asks a registry that has ended.
func TestAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{inspect: hangs}
		r := NewRegistry(Options{Engines: engines(f)})
		before := r.FromCgroup(groupOf(1), "")
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
		after := r.FromCgroup(groupOf(2), "")
		r.Removed(groupOf(1))
		r.Made(groupOf(1))
		synctest.Wait()
		if !before.Ready() || !after.Ready() {
			t.Error("events still wait")
		}
		if all, _ := f.asks(""); all != 1 || f.closed != 1 {
			t.Errorf("asked %d times, closed %d times, want once each", all, f.closed)
		}
	})
}
