package container

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gyrsec/gyr/event"
)

// TestFloodOfContainers makes 100,000 control groups that look like containers,
// as fast as it can: memory, goroutines and asks stay within bounds, and a real
// container among them is described.
func TestFloodOfContainers(t *testing.T) {
	for _, removed := range []bool{false, true} {
		t.Run(fmt.Sprint("removed=", removed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				flood(t, removed)
			})
		})
	}
}

func flood(t *testing.T, removed bool) {
	const n, burst = 100_000, 5000
	real := groupOf(n + 1)
	daemon := &fake{inspect: notFound}
	files := &fake{name: "files", inspect: notFound}
	r := running(t, Options{Engines: engines(daemon), Files: files})
	began, goroutines := time.Now(), 0
	for i := range n {
		r.Made(groupOf(i))
		if c := r.FromCgroup(groupOf(i), ""); c == nil {
			t.Fatal("no container")
		}
		if removed {
			r.Removed(groupOf(i))
		}
		if i%burst == 0 {
			time.Sleep(ms)
			goroutines = max(goroutines, runtime.NumGoroutine())
			s := r.Stats()
			if s.Containers > maxContainers || s.Engines[0].Queued > 2*askQueue {
				t.Fatalf("after %d: %+v", i, s)
			}
		}
	}
	if goroutines > 200 {
		t.Errorf("%d goroutines", goroutines)
	}
	r.mu.RLock()
	kept := r.groups.len()
	r.mu.RUnlock()
	if kept > 2*maxGroups {
		t.Errorf("%d groups kept", kept)
	}

	daemon.mu.Lock()
	daemon.inspect = says(full("real"))
	daemon.mu.Unlock()
	c := r.FromCgroup(real, "")
	time.Sleep(DefaultWait)
	if c.Details().Name != "real" {
		t.Error("the real container is not described in time")
	}
	spent := time.Since(began)
	if all, _ := daemon.asks(""); float64(all) > runtimeAsks.burst+spent.Seconds()*runtimeAsks.perSecond+askWorkers {
		t.Errorf("the runtime was asked %d times in %v", all, spent)
	}
	if all, _ := files.asks(""); float64(all) > fileAsks.burst+spent.Seconds()*fileAsks.perSecond+askWorkers {
		t.Errorf("files were looked for %d times in %v", all, spent)
	}
	time.Sleep(5 * time.Minute)
	s := r.Stats()
	if s.Waiting > 0 || s.Engines[0].Queued > 0 {
		t.Errorf("long afterwards: %+v", s)
	}
	if removed && s.Containers > 1 {
		t.Errorf("%d containers known, but one exists", s.Containers)
	}
	if got := runtime.NumGoroutine(); got > 20 {
		t.Errorf("%d goroutines left", got)
	}
}

// TestKnownContainersOutliveAFlood keeps those a runtime knows.
func TestKnownContainersOutliveAFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{inspect: says(full("real")), has: func(c *event.Container) bool { return c.Type == Docker }}
		r := running(t, Options{Engines: engines(f)})
		c := r.FromCgroup(groupOf(1), "")
		synctest.Wait()
		for i := range 3 * maxContainers {
			r.Made("/libpod_parent/libpod-" + idOf(i+10))
		}
		if again := r.FromCgroup(groupOf(1)+"/init.scope", ""); again != c {
			t.Error("a container that exists was forgotten for ones that do not")
		}
		if s := r.Stats(); s.Containers > maxContainers || s.Evicted == 0 {
			t.Errorf("%+v", s)
		}
	})
}

// TestEvictionTakesTheLeastUsed has no runtime that could tell which are real.
func TestEvictionTakesTheLeastUsed(t *testing.T) {
	r := running(t, Options{})
	used := r.FromCgroup(groupOf(0), "")
	idle := r.FromCgroup(groupOf(1), "")
	for i := range 3 * maxContainers {
		r.Made(groupOf(i + 10))
		if r.FromCgroup(groupOf(0), "") != used {
			t.Fatalf("the container in use was forgotten after %d others", i)
		}
	}
	if r.FromCgroup(groupOf(1), "") == idle {
		t.Error("one that was not used is still kept")
	}
}
