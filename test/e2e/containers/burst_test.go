package containers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"
)

// The size of a burst: so many containers, so many started at a time.
const (
	burstSize     = 200
	burstParallel = 6
)

// told are the fields that an alert of a container has to tell, when its runtime
// has them.
var told = []string{
	"container.id", "container.name", "container.image.repository", "container.image.tag", "k8s.pod.name", "k8s.ns.name",
}

// burst starts n short-lived containers and returns what the alert of each has to
// say, by its mark.
func (s *stage) burst(t *testing.T, name string, n int) map[string]map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*limit)
	defer cancel()
	var mu sync.Mutex
	want := map[string]map[string]string{}
	began := time.Now()
	parallel(n, burstParallel, func(i int) {
		mark := fmt.Sprintf("%s-%d", name, i)
		w, err := s.run(ctx, mark, shortLived(mark))
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		want[mark] = w
	})
	t.Logf("%d containers started, run and gone in %.1f s", len(want), time.Since(began).Seconds())
	if len(want) != n {
		t.FailNow()
	}
	return want
}

// parallel calls do for 0 to n-1, so many at a time.
func parallel(n, at int, do func(int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range at {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// marked returns the alerts of marks in want. It waits until there is one for
// each, or fails the test.
func (g *gyr) marked(t *testing.T, want map[string]map[string]string) map[string][]alert {
	t.Helper()
	found := map[string][]alert{}
	seen := 0
	all := func() bool {
		for ; seen < len(g.alerts); seen++ {
			a := g.alerts[seen]
			if mark := markOf(a); want[mark] != nil {
				found[mark] = append(found[mark], a)
			}
		}
		return len(found) == len(want)
	}
	if !g.waitFor(t, limit, "an alert of each container", all) {
		missing := slices.DeleteFunc(slices.Sorted(maps.Keys(want)), func(m string) bool { return found[m] != nil })
		t.Errorf("%d of %d containers raised no alert, among them %q", len(missing), len(want), missing[:min(5, len(missing))])
	}
	return found
}

// outcome is how complete the alerts of a burst were.
type outcome struct {
	alerts int
	empty  int // without a value for a field that the container has
	delays []time.Duration
}

// judge compares the alerts of a burst with what they have to say: one for each
// container, and nothing in them that is wrong. What may be missing is counted.
func (g *gyr) judge(t *testing.T, want map[string]map[string]string) outcome {
	t.Helper()
	var o outcome
	wrong := 0
	for mark, alerts := range g.marked(t, want) {
		if len(alerts) != 1 {
			t.Errorf("the container %s raised %d alerts", mark, len(alerts))
		}
		a := alerts[0]
		o.alerts += len(alerts)
		o.delays = append(o.delays, a.delay(t))
		for field, value := range want[mark] {
			if got := a.text(field); got != value && got != "" {
				if wrong++; wrong < 10 {
					t.Errorf("%s: %s is %q, want %q", mark, field, got, value)
				}
			}
		}
		if slices.ContainsFunc(told, func(f string) bool { return want[mark][f] != "" && a.text(f) == "" }) {
			o.empty++
			if o.empty <= 3 {
				t.Logf("incomplete: %s", a.raw)
			}
		}
	}
	slices.Sort(o.delays)
	return o
}

// at is the delay that so many of a hundred alerts did not exceed.
func (o outcome) at(percent int) time.Duration {
	if len(o.delays) == 0 {
		return 0
	}
	return o.delays[min(len(o.delays)*percent/100, len(o.delays)-1)]
}

func (o outcome) String() string {
	return fmt.Sprintf("%d alerts, %d incomplete (%.1f %%); from event to alert: half within %v, 95 %% within %v, all within %v",
		o.alerts, o.empty, 100*float64(o.empty)/float64(max(1, o.alerts)),
		o.at(50).Round(time.Millisecond), o.at(95).Round(time.Millisecond), o.at(100).Round(time.Millisecond))
}

// testBurst holds that alerts of containers that live for a tenth of a second are
// complete.
func testBurst(t *testing.T, s *stage) {
	g := startGyr(t, s.place, rules, s.engines(s.socket).settings())
	o := g.judge(t, s.burst(t, "burst", burstSize))
	t.Log(o)
	if o.alerts != burstSize || o.empty > 0 {
		t.Errorf("want %d alerts, none of them incomplete", burstSize)
	}
}
