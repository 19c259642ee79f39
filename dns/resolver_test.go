package dns

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// world answers look-ups and remembers them.
type world struct {
	mu    sync.Mutex
	addrs map[string][]string
	asked []string
	delay time.Duration
}

var errNoSuchName = errors.New("no such name")

func (w *world) lookup(ctx context.Context, network, host string) ([]netip.Addr, error) {
	w.mu.Lock()
	w.asked = append(w.asked, host)
	delay := w.delay
	texts, ok := w.addrs[host]
	w.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(delay):
	}
	if network != "ip" || !ok {
		return nil, errNoSuchName
	}
	var addrs []netip.Addr
	for _, s := range texts {
		addrs = append(addrs, netip.MustParseAddr(s))
	}
	return addrs, nil
}

func (w *world) set(name string, addrs ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.addrs == nil {
		w.addrs = map[string][]string{}
	}
	w.addrs[name] = addrs
	if addrs == nil {
		delete(w.addrs, name)
	}
}

// questions are those asked since the last call.
func (w *world) questions() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = nil
	slices.Sort(asked)
	return asked
}

func (r *Resolver) names(addr string) string {
	return strings.Join(r.appendNames(nil, 0, netip.MustParseAddr(addr)), " ")
}

// inWorld runs a test of a resolver, on a clock of its own.
func inWorld(t *testing.T, test func(t *testing.T, w *world, r *Resolver, log *bytes.Buffer)) {
	synctest.Test(t, func(t *testing.T) {
		w, log := &world{}, &bytes.Buffer{}
		r := NewResolver(w.lookup, slog.New(slog.NewTextHandler(log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); r.Run(ctx) }()
		test(t, w, r, log)
		cancel()
		<-done
	})
}

// pass lets time go by.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestResolverRefreshes(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world, r *Resolver, _ *bytes.Buffer) {
		w.set("a.example", "192.0.2.1", "::ffff:192.0.2.2")
		w.set("b.example", "192.0.2.1", "2001:db8::1")
		if got := r.names("192.0.2.1"); got != "" {
			t.Errorf("before anything was asked: %q", got)
		}
		r.SetNames([]string{"B.example.", "a.example", "a.example", "192.0.2.77", "*.x", ""})
		synctest.Wait()
		if diff := cmp.Diff([]string{"a.example", "b.example"}, w.questions()); diff != "" {
			t.Error(diff)
		}
		for addr, want := range map[string]string{"192.0.2.1": "a.example b.example", "192.0.2.2": "a.example", "2001:db8::1": "b.example", "192.0.2.77": ""} {
			if got := r.names(addr); got != want {
				t.Errorf("%s: %q, want %q", addr, got, want)
			}
		}
		w.set("a.example", "192.0.2.9")
		pass(RefreshInterval * 6 / 5)
		if got := w.questions(); len(got) < 2 || len(got) > 3 {
			t.Errorf("asked %q within the interval", got)
		}
		if r.names("192.0.2.9") != "a.example" || r.names("192.0.2.2") != "a.example" {
			t.Error("an address that is new is not there, or one answered before is gone")
		}
		pass(AddressLife + 2*RefreshInterval)
		if r.names("192.0.2.9") != "a.example" || r.names("192.0.2.2") != "" {
			t.Error("an address is there that is no longer answered")
		}
	})
}

func TestResolverFails(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world, r *Resolver, log *bytes.Buffer) {
		w.set("good.example", "192.0.2.1")
		r.SetNames([]string{"good.example", "bad.example"})
		synctest.Wait()
		pass(24 * time.Hour)
		bad := 0
		for _, name := range w.questions() {
			if name == "bad.example" {
				bad++
			}
		}
		if bad < 24 || bad > 40 {
			t.Errorf("a name that does not exist was asked for %d times in a day", bad)
		}
		if n := strings.Count(log.String(), "bad.example"); n != 1 || strings.Contains(log.String(), "good.example") {
			t.Errorf("said %d times:\n%s", n, log)
		}
		// It comes to be, and goes again: the address stays a while, and is said anew.
		w.set("bad.example", "192.0.2.3")
		pass(2 * MaxRetry)
		if r.names("192.0.2.3") != "bad.example" {
			t.Error("a name that came to be was not found")
		}
		w.set("bad.example")
		pass(10 * time.Minute)
		if r.names("192.0.2.3") != "bad.example" {
			t.Error("a name was forgotten at the first failure")
		}
		pass(3 * time.Hour)
		if r.names("192.0.2.3") != "" {
			t.Error("a name is there that has not been answered for hours")
		}
		if n := strings.Count(log.String(), "bad.example"); n != 2 {
			t.Errorf("said %d times:\n%s", n, log)
		}
	})
}

// However many names cannot be resolved, one message says so, and names a few.
func TestResolverSaysFailuresTogether(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world, r *Resolver, log *bytes.Buffer) {
		w.set("good.example", "192.0.2.1")
		names := []string{"good.example"}
		for i := range 100 {
			names = append(names, fmt.Sprintf("n%02d.example", i))
		}
		r.SetNames(names)
		synctest.Wait()
		pass(24 * time.Hour)
		if n := strings.Count(log.String(), "\n"); n != 1 {
			t.Errorf("%d messages:\n%s", n, log)
		}
		const want = `count=100 names="n00.example, n01.example, n02.example, n03.example, n04.example, and 95 more" error="no such name"`
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in:\n%s", want, log)
		}
		// Those that are new are said by themselves, those known are not said again.
		r.SetNames(append(names, "new.example"))
		synctest.Wait()
		if n := strings.Count(log.String(), "\n"); n != 2 || !strings.Contains(log.String(), "count=1 names=new.example error") {
			t.Errorf("%d messages:\n%s", n, log)
		}
	})
}

func TestResolverReplacesNames(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world, r *Resolver, _ *bytes.Buffer) {
		w.set("a.example", "192.0.2.1")
		w.set("b.example", "192.0.2.1")
		r.SetNames([]string{"a.example"})
		synctest.Wait()
		r.SetNames([]string{"b.example"})
		synctest.Wait()
		w.questions()
		if got := r.names("192.0.2.1"); got != "b.example" {
			t.Errorf("names %q", got)
		}
		r.SetNames(nil)
		pass(time.Hour)
		if got := w.questions(); got != nil || r.names("192.0.2.1") != "" {
			t.Errorf("without names, asked %q; names %q", got, r.names("192.0.2.1"))
		}
	})
}

// A name server that does not answer holds up neither the end nor others for
// long.
func TestResolverWithoutAnswers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world, r *Resolver, _ *bytes.Buffer) {
		w.delay = time.Hour
		r.SetNames([]string{"a.example", "b.example", "c.example"})
		pass(LookupTimeout)
		w.mu.Lock()
		w.delay = 0
		w.mu.Unlock()
		w.set("d.example", "192.0.2.4")
		r.SetNames([]string{"a.example", "d.example"})
		synctest.Wait()
		if r.names("192.0.2.4") != "d.example" {
			t.Error("a name that can be resolved waits for those that cannot")
		}
		w.mu.Lock()
		w.delay = time.Hour
		w.mu.Unlock()
		pass(RefreshInterval) // leaves it waiting for an answer
	})
}

func TestResolverIsBounded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world, r *Resolver, log *bytes.Buffer) {
		var names []string
		for i := range 2 * MaxRuleNames {
			names = append(names, fmt.Sprintf("n%d.example", i))
		}
		var many []string
		for i := range 3 * maxNameAddrs {
			many = append(many, address(i).String())
		}
		w.set("n0.example", many...)
		r.SetNames(names)
		synctest.Wait()
		if n := len(w.questions()); n != MaxRuleNames || !strings.Contains(log.String(), "more names than are resolved") {
			t.Errorf("asked %d names; log:\n%.300s", n, log)
		}
		w.set("n0.example", many[2*maxNameAddrs:]...)
		pass(2 * RefreshInterval)
		if n := len(*r.table.Load()); n != maxNameAddrs {
			t.Errorf("%d addresses", n)
		}
		if r.names(many[3*maxNameAddrs-1]) == "" || r.names(many[0]) != "" {
			t.Error("not the addresses answered last are kept")
		}
	})
}
