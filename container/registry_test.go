package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/gyrsec/gyr/container/engine"
	"github.com/gyrsec/gyr/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ms = time.Millisecond

// fake is a runtime that behaves as a test wants.
type fake struct {
	name    string
	has     func(*event.Container) bool
	inspect func(ctx context.Context, n int) (*event.Details, error) // n counts the asks about one container from 1
	list    func() ([]string, error)
	follow  func(ctx context.Context, connected func(), tell func(engine.Change)) error

	mu       sync.Mutex
	asked    map[string][]time.Time
	now, max int // asks under way, and at most
	closed   int
}

func (f *fake) Name() string { return f.name }

func (f *fake) Has(c *event.Container) bool { return f.has == nil || f.has(c) }

func (f *fake) Inspect(ctx context.Context, id string) (*event.Details, error) {
	f.mu.Lock()
	if f.asked == nil {
		f.asked = map[string][]time.Time{}
	}
	f.asked[id] = append(f.asked[id], time.Now())
	n := len(f.asked[id])
	f.now++
	f.max = max(f.max, f.now)
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.now--
	}()
	return f.inspect(ctx, n)
}

func (f *fake) List(context.Context) ([]string, error) {
	if f.list == nil {
		return nil, errors.ErrUnsupported
	}
	return f.list()
}

func (f *fake) Follow(ctx context.Context, connected func(), tell func(engine.Change)) error {
	if f.follow == nil {
		return fmt.Errorf("following: %w", errors.ErrUnsupported)
	}
	return f.follow(ctx, connected, tell)
}

func (f *fake) Close() error { f.closed++; return nil }

// asks are the times of all asks, and how many about the container with the id.
func (f *fake) asks(id string) (all, one int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, times := range f.asked {
		all += len(times)
	}
	return all, len(f.asked[id])
}

// The ways a runtime may answer.
type inspect = func(context.Context, int) (*event.Details, error)

func says(d event.Details) inspect {
	return func(context.Context, int) (*event.Details, error) { return &d, nil }
}

func fails(err error) inspect {
	return func(context.Context, int) (*event.Details, error) { return nil, fmt.Errorf("asking: %w", err) }
}

func hangs(ctx context.Context, _ int) (*event.Details, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// after takes its time to answer.
func after(d time.Duration, then inspect) inspect {
	return func(ctx context.Context, n int) (*event.Details, error) {
		if !sleep(ctx, d) {
			return nil, ctx.Err()
		}
		return then(ctx, n)
	}
}

// from does not know a container until a time after its first ask.
func from(d time.Duration, then inspect) inspect {
	var first time.Time
	return func(ctx context.Context, n int) (*event.Details, error) {
		if first.IsZero() {
			first = time.Now()
		}
		if time.Since(first) < d {
			return fails(engine.ErrNotFound)(ctx, n)
		}
		return then(ctx, n)
	}
}

var (
	notFound = fails(engine.ErrNotFound)
	noSocket = fails(&net.OpError{Op: "dial", Net: "unix", Err: fs.ErrNotExist})
	garbage  = fails(errors.New("invalid character '<' looking for beginning of value"))
)

const podOfTests = "7f6c2b6e-0a5e-4d7b-9a1e-1d0d9b6a0001"

func idOf(i int) string       { return fmt.Sprintf("%064x", i) }
func groupOf(i int) string    { return "/docker/" + idOf(i) }
func podGroupOf(i int) string { return "/kubepods/besteffort/pod" + podOfTests + "/" + idOf(i) }

// running runs a registry for the time of a test.
func running(t *testing.T, o Options) *Registry {
	t.Helper()
	r := NewRegistry(o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ending the registry: %v", err)
		}
	})
	return r
}

func engines(all ...*fake) (list []engine.Engine) {
	for i, f := range all {
		if f.name == "" {
			f.name = fmt.Sprint("fake", i)
		}
		list = append(list, f)
	}
	return list
}

// full is what a runtime that is well says.
func full(name string) event.Details {
	return event.Details{Name: name, Image: "localhost/" + name + ":1", Pod: &event.Pod{Name: name + "-pod"}}
}

// TestWhenEventsMayBeJudged goes through the states runtimes can be in: how long
// events of a new container wait, and what is known of it then and at last.
func TestWhenEventsMayBeJudged(t *testing.T) {
	bare := full("runtime")
	bare.Pod = nil
	tests := []struct {
		name    string
		engines []inspect
		files   inspect
		other   bool // the engines are for other containers
		inPod   bool
		wait    time.Duration
		ready   time.Duration
		by      string // whose name the container has when it is ready
		finally string // and after two minutes
	}{
		{name: "nobody to ask"},
		{name: "runtimes of other containers", engines: []inspect{says(full("other"))}, other: true},
		{name: "the runtime answers", engines: []inspect{after(3*ms, says(full("runtime")))}, ready: 3 * ms, by: "runtime"},
		{name: "the runtime does not know it at once", engines: []inspect{from(60*ms, says(full("runtime")))}, ready: 80 * ms, by: "runtime"},
		{name: "the runtime never knows it", engines: []inspect{notFound}, ready: time.Second},
		{name: "the runtime knows it late", engines: []inspect{from(4*time.Second, says(full("runtime")))}, ready: time.Second, finally: "runtime"},
		{name: "the runtime hangs", engines: []inspect{hangs}, ready: time.Second},
		{name: "the runtime is slow", engines: []inspect{after(5*time.Second, says(full("runtime")))}, ready: time.Second, finally: "runtime"},
		{name: "the runtime answers rubbish", engines: []inspect{garbage}, ready: time.Second},
		{name: "the runtime says nothing", engines: []inspect{func(context.Context, int) (*event.Details, error) { return nil, nil }}, ready: time.Second},
		{name: "there is no runtime", engines: []inspect{noSocket}},
		{name: "a short wait", engines: []inspect{hangs}, wait: 300 * ms, ready: 300 * ms},

		{name: "files and a runtime that is well", engines: []inspect{after(20*ms, says(full("runtime")))}, files: says(full("files")), ready: 20 * ms, by: "runtime"},
		{name: "files and a slow runtime", engines: []inspect{after(2*time.Second, says(full("runtime")))}, files: says(full("files")), ready: 100 * ms, by: "files", finally: "runtime"},
		{name: "files and a runtime that hangs", engines: []inspect{hangs}, files: says(full("files")), ready: 100 * ms, by: "files"},
		{name: "files and a runtime that answers rubbish", engines: []inspect{garbage}, files: says(full("files")), ready: 100 * ms, by: "files"},
		{name: "files and no runtime", engines: []inspect{noSocket}, files: after(1*ms, says(full("files"))), ready: 1 * ms, by: "files"},
		{name: "files alone", files: says(full("files")), by: "files"},
		{name: "files that are not there yet", files: from(25*ms, says(full("files"))), ready: 30 * ms, by: "files"},
		{name: "no files and no runtime", engines: []inspect{noSocket}, files: notFound, ready: 100 * ms},
		{name: "no files and a runtime that never knows it", engines: []inspect{notFound}, files: notFound, ready: time.Second},

		{name: "one of three runtimes", engines: []inspect{noSocket, notFound, after(7*ms, says(full("runtime")))}, ready: 7 * ms, by: "runtime"},
		{name: "two runtimes know it", engines: []inspect{after(4*ms, says(full("first"))), says(full("second"))}, by: "second", finally: "first"},
		{name: "in a pod, told by two", inPod: true, engines: []inspect{says(bare), after(50*ms, says(full("cri")))}, ready: 50 * ms, by: "runtime"},
		{name: "in a pod, files without its name", inPod: true, engines: []inspect{hangs}, files: says(bare), ready: time.Second, by: "runtime"},
		{name: "in a pod, the sandbox", inPod: true, engines: []inspect{hangs, says(event.Details{Name: "pause", Sandbox: true, Pod: &event.Pod{Name: "web"}})}, by: "pause"},
		{name: "a runtime that knows no image", engines: []inspect{after(9*ms, says(event.Details{Name: "rootfs"}))}, ready: 9 * ms, by: "rootfs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := Options{Wait: tt.wait}
				for i, in := range tt.engines {
					o.Engines = append(o.Engines, &fake{name: fmt.Sprint(i), inspect: in, has: func(*event.Container) bool { return !tt.other }})
				}
				if tt.files != nil {
					o.Files = &fake{name: "files", inspect: tt.files}
				}
				r := running(t, o)
				path := groupOf(1)
				if tt.inPod {
					path = podGroupOf(1)
				}
				began := time.Now()
				r.Made(path)
				c := r.FromCgroup(path, "")
				for synctest.Wait(); !c.Ready(); synctest.Wait() {
					time.Sleep(ms)
					if time.Since(began) > time.Minute {
						t.Fatal("never ready")
					}
				}
				if got := time.Since(began); got != tt.ready {
					t.Errorf("ready after %v, want %v", got, tt.ready)
				}
				if got := c.Details().Name; got != tt.by {
					t.Errorf("then described by %q, want %q", got, tt.by)
				}
				time.Sleep(2 * time.Minute)
				want := tt.finally
				if want == "" {
					want = tt.by
				}
				if got := c.Details().Name; got != want {
					t.Errorf("at last described by %q, want %q", got, want)
				}
			})
		})
	}
}

// TestMergeFillsEveryField takes each field of the details from the second where
// the first has none, and from the first where it has.
func TestMergeFillsEveryField(t *testing.T) {
	fill := func(v reflect.Value, n int) {
		for i := range v.NumField() {
			switch f := v.Field(i); f.Kind() {
			case reflect.String:
				f.SetString(fmt.Sprint(v.Type().Field(i).Name, n))
			case reflect.Int64:
				f.SetInt(int64(n))
			case reflect.Uint8:
				f.SetUint(uint64(n))
			case reflect.Bool:
				f.SetBool(true)
			case reflect.Slice:
				f.Set(reflect.MakeSlice(f.Type(), n, n))
			case reflect.Pointer:
				f.Set(reflect.New(f.Type().Elem()))
			default:
				t.Fatalf("say here what becomes of a %s", f.Kind())
			}
		}
	}
	filled := func(n int) *event.Details {
		d := &event.Details{}
		fill(reflect.ValueOf(d).Elem(), n)
		fill(reflect.ValueOf(d.Pod).Elem(), n)
		d.Healthcheck.Exe, d.Liveness.Exe, d.Readiness.Exe = fmt.Sprint("h", n), fmt.Sprint("l", n), fmt.Sprint("r", n)
		return d
	}
	one, two := filled(1), filled(2)
	for _, tt := range []struct {
		name       string
		a, b, want *event.Details
	}{
		{"the first has all", one, two, one},
		{"the first has nothing", &event.Details{}, two, two},
		{"the second has nothing", one, &event.Details{}, one},
		{"the first's pod is empty", &event.Details{Pod: &event.Pod{}}, two, two},
	} {
		if diff := cmp.Diff(tt.want, merge(tt.a, tt.b)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if diff := cmp.Diff(filled(1), one); diff != "" {
		t.Errorf("merging changed what it was given:\n%s", diff)
	}
}

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
