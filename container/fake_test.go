package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"sync"
	"testing"
	"time"

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

func idOf(i int) string { return fmt.Sprintf("%064x", i) }

func groupOf(i int) string { return "/docker/" + idOf(i) }

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
