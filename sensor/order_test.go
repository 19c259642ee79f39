package sensor

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/gyrsec/gyr/alert"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// window is an order with what comes out of it and a watermark that a test
// moves.
type window struct {
	*order
	mark atomic.Int64
	stop chan struct{}

	mu  sync.Mutex
	out []string
}

func newWindow() *window {
	w := &window{stop: make(chan struct{})}
	w.order = newOrder(w.mark.Load, func(a *alert.Alert) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.out = append(w.out, a.Output)
	})
	return w
}

func (w *window) put(clock int64, name string) { w.add(&alert.Alert{Output: name}, clock) }

func (w *window) passed() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.out)
}

func (w *window) await(t *testing.T, n int) []string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); len(w.passed()) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q, want %d alerts", w.passed(), n)
		}
	}
	return w.passed()
}

func TestOrderByTime(t *testing.T) {
	w := newWindow()
	for _, a := range []struct {
		clock int64
		name  string
	}{{30, "c"}, {10, "a"}, {20, "b1"}, {20, "b2"}, {40, "d"}, {20, "b3"}} {
		w.put(a.clock, a.name)
	}
	check := func(mark int64, more bool, want ...string) {
		t.Helper()
		w.mark.Store(mark)
		if got := w.pass(false); got != more {
			t.Errorf("mark %d: alerts wait: %v, want %v", mark, got, more)
		}
		if diff := cmp.Diff(want, w.passed()); diff != "" {
			t.Errorf("mark %d (-want +got):\n%s", mark, diff)
		}
	}
	check(5, true)
	check(10, true, "a")
	check(29, true, "a", "b1", "b2", "b3") // those of one time as they came
	check(39, true, "a", "b1", "b2", "b3", "c")
	check(40, false, "a", "b1", "b2", "b3", "c", "d")
}

// An alert waits no longer than the limit for a watermark that does not come,
// and takes those before it along.
func TestOrderLimit(t *testing.T) {
	w := newWindow()
	go w.run(w.stop)
	begin := time.Now()
	w.put(20, "b")
	time.Sleep(orderLimit / 2)
	w.put(10, "a")
	got := w.await(t, 2)
	if diff := cmp.Diff([]string{"a", "b"}, got); diff != "" {
		// Only where the machine slept so long that b was due before a came.
		if time.Since(begin) < 3*orderLimit/2 {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if waited := time.Since(begin); waited < orderLimit {
		t.Errorf("passed on after %v, want no sooner than %v", waited, orderLimit)
	}
	close(w.stop)
	<-w.stopped
}

func TestOrderFollowsWatermark(t *testing.T) {
	w := newWindow()
	go w.run(w.stop)
	w.mark.Store(1 << 40)
	for i := range 100 {
		begin := time.Now()
		w.put(int64(i), fmt.Sprint(i))
		w.await(t, i+1)
		if took := time.Since(begin); took > orderLimit {
			t.Fatalf("an alert that is due took %v", took)
		}
	}
	// The watermark comes later than the alert, and wakes nobody.
	w.put(1<<40+1, "late")
	time.Sleep(3 * orderTick)
	if got := w.passed(); len(got) != 100 {
		t.Errorf("%q was passed on before its time", got[100:])
	}
	w.mark.Store(1<<40 + 1)
	w.await(t, 101)
	close(w.stop)
	<-w.stopped
}

// What waits at the end is passed on, in order.
func TestOrderEnd(t *testing.T) {
	w := newWindow()
	var want []string
	for _, i := range rand.Perm(1000) {
		w.put(int64(i), fmt.Sprintf("%04d", i))
		want = append(want, fmt.Sprintf("%04d", i))
	}
	go w.run(w.stop)
	close(w.stop)
	<-w.stopped
	slices.Sort(want)
	if diff := cmp.Diff(want, w.passed()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Many readers put alerts in; all come out, those of one reader in order.
func TestOrderConcurrent(t *testing.T) {
	w := newWindow()
	w.mark.Store(1 << 62)
	go w.run(w.stop)
	const readers, each = 4, 500
	var group sync.WaitGroup
	for r := range readers {
		group.Go(func() {
			for i := range each {
				w.put(int64(i), fmt.Sprintf("%d/%04d", r, i))
			}
		})
	}
	group.Wait()
	close(w.stop)
	<-w.stopped
	got := w.passed()
	if len(got) != readers*each {
		t.Fatalf("%d alerts, want %d", len(got), readers*each)
	}
	last := map[byte]string{}
	for _, name := range got {
		if name < last[name[0]] {
			t.Fatalf("%s came after %s", name, last[name[0]])
		}
		last[name[0]] = name
	}
}
