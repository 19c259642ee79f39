package container_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/gyrsec/gyr/container"
	"github.com/gyrsec/gyr/event"
)

func TestResolverGivesOnePointer(t *testing.T) {
	r := container.NewResolver(0)
	first := r.FromCgroup("/docker/"+id, "/")
	if first == nil || first.FullID != id {
		t.Fatalf("got %+v, want container %s", first, id)
	}
	for _, paths := range [][2]string{
		{"/docker/" + id, "/"},
		{"/docker/" + id, "/docker/" + id},
		{"/", "/docker/" + id},
		{"/docker/" + id + "/init.scope", ""},
	} {
		if c := r.FromCgroup(paths[0], paths[1]); c != first {
			t.Errorf("%q: another pointer (%+v) for the same container", paths, c)
		}
	}
	if c := r.FromCgroup("/docker/"+inner, "/"); c == first {
		t.Error("another container got the same pointer")
	}
	for range 2 {
		if c := r.FromCgroup("/system.slice/ssh.service", "/"); c != nil {
			t.Errorf("the host's service is container %+v", c)
		}
	}
}

// TestResolverIsBounded asks for far more groups than are kept: the one in
// constant use stays, and answers stay right after eviction.
func TestResolverIsBounded(t *testing.T) {
	const size = 8
	r := container.NewResolver(size)
	hot := r.FromCgroup("/docker/"+id, "/")
	for i := range 20 * size {
		full := fmt.Sprintf("%064x", i)
		if c := r.FromCgroup("/docker/"+full, "/"); c == nil || c.FullID != full {
			t.Fatalf("container %d: got %+v", i, c)
		}
		if c := r.FromCgroup("/docker/"+id, "/"); c != hot {
			t.Fatalf("the container in use was forgotten after %d others", i)
		}
	}
	if n := r.Len(); n > 2*size {
		t.Errorf("%d groups kept, want at most %d", n, 2*size)
	}
}

// TestResolverKeepsNoCallerMemory reuses the bytes of a path after the call,
// as a source reuses those of its events.
func TestResolverKeepsNoCallerMemory(t *testing.T) {
	r := container.NewResolver(0)
	buf := []byte("/docker/" + id)
	var e event.Event
	path := e.Text(func(dst []byte) []byte { return append(dst, buf...) })
	first := r.FromCgroup(path, "")
	e.Reset()
	e.Text(func(dst []byte) []byte { return append(dst, "/docker/"+inner...) })
	if first.FullID != id {
		t.Errorf("the container's id changed with the caller's memory to %q", first.FullID)
	}
	if c := r.FromCgroup("/docker/"+id, ""); c != first {
		t.Error("the path was forgotten with the caller's memory")
	}
}

func TestResolverConcurrently(t *testing.T) {
	r := container.NewResolver(16)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 2000 {
				full := fmt.Sprintf("%064x", (i*7+g)%64)
				if c := r.FromCgroup("/docker/"+full, "/"); c.FullID != full {
					t.Errorf("got %s, want %s", c.FullID, full)
				}
			}
		})
	}
	wg.Wait()
}

func TestResolverHitDoesNotAllocate(t *testing.T) {
	r := container.NewResolver(0)
	path := "/kubepods/besteffort/pod" + pod + "/" + id
	r.FromCgroup(path, "/")
	if n := testing.AllocsPerRun(100, func() { r.FromCgroup(path, "/") }); n != 0 {
		t.Errorf("%v allocations for a remembered group, want 0", n)
	}
}
