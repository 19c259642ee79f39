package container

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gyrsec/gyr/container/engine"
	"github.com/gyrsec/gyr/event"
)

// TestRuntimesThatHang begins and ends with runtimes that take connections and
// never answer, while events wait and asks are under way.
func TestRuntimesThatHang(t *testing.T) {
	dir, err := os.MkdirTemp("", "gyr") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var silence sync.WaitGroup
	silence.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			silence.Go(func() { defer c.Close(); io.Copy(io.Discard, c) })
		}
	})
	defer silence.Wait()
	defer listener.Close()

	once := func() { beginAndEnd(t, dir) }
	once()
	before := descriptors(t)
	for range 20 {
		once()
	}
	// Those of the silent runtime end when it hears of it.
	for range 200 {
		if descriptors(t) <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d descriptors are open, before it were %d", descriptors(t), before)
}

// beginAndEnd has events wait for a runtime at the socket s below root, and ends.
func beginAndEnd(t *testing.T, root string) {
	t.Helper()
	socket := []string{"/s"}
	engines, files := engine.New(engine.Config{Root: root, Docker: socket, Podman: socket, Containerd: socket, CRI: socket, Files: true})
	r := NewRegistry(Options{Engines: engines, Files: files})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	var judged atomic.Int64
	held := int64(0)
	for i := range 20 {
		c := r.FromCgroup("/"+idOf(i), "")
		for range 50 {
			if r.Gate().Hold(&event.Event{Process: &event.Process{Container: c}}, func(*event.Event) { judged.Add(1) }) {
				held++
			}
		}
	}
	began := time.Now()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	r.Gate().Close()
	if took := time.Since(began); took > time.Second {
		t.Errorf("the end took %v", took)
	}
	if n := judged.Load(); n != held || held == 0 {
		t.Errorf("%d of %d held events were judged", n, held)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
