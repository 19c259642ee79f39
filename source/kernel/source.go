// Package kernel is the live source of events: programs in the kernel (eBPF,
// folder bpf) that tell what processes do, and the half in user space that
// loads them, reads their rings and makes events of what they tell.
//
// It needs Linux 5.8 with BTF and CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE.
// Nothing of it is pinned: when the Source is closed or its process ends, the
// kernel takes the programs out.
package kernel

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// DefaultRingBytes is the size of each ring of events; there are up to four.
const DefaultRingBytes = 8 << 20

// forgetAfter is how long a process that ended stays known after all rings have
// been read past its end.
const forgetAfter = time.Second

// Handler is given every event. It is called from several goroutines, but for
// the events of one process in the order they happened. The event is valid only
// during the call.
type Handler func(*event.Event)

// Containers says which container a process in these cgroups belongs to, nil
// on the host.
type Containers interface {
	FromCgroup(v2Path, v1Path string) *event.Container
}

// Options of a Source.
type Options struct {
	// Types are the event types to deliver. Changes of processes are always
	// followed; what else happens costs nothing.
	Types event.TypeSet
	// Containers and Users resolve what the kernel does not know.
	Containers Containers
	Users      event.Users
	// RingBytes is the size of each ring, a power of two of at least a page;
	// 0 means DefaultRingBytes.
	RingBytes int
	Log       *slog.Logger
}

// Source is the kernel half in place and the tables fed by it.
type Source struct {
	options Options
	loaded  *loaded
	decoder *record.Decoder
	table   *process.Table
	clock   *clock
	handle  Handler

	open    openLayout
	connect connectLayout
	exec    execLayout

	types    atomic.Pointer[event.TypeSet] // delivered
	watching sync.Mutex

	num       atomic.Uint64
	malformed atomic.Uint64

	lifecycle *changes
	workers   []*worker
}

// Open loads the kernel half, without attaching it yet: after Open, Run cannot
// fail for want of privilege. Errors wrap ErrPrivilege, ErrNoBTF or
// ErrKernelOld where that is the cause.
func Open(o Options) (*Source, error) {
	if err := preflight(); err != nil {
		return nil, err
	}
	if o.RingBytes == 0 {
		o.RingBytes = DefaultRingBytes
	}
	l, err := load(o.RingBytes)
	if err != nil {
		return nil, err
	}
	s := &Source{
		options: o,
		loaded:  l,
		decoder: record.NewDecoder(),
		table:   process.NewTable(),
		clock:   newClock(),
		open:    newOpenLayout(),
		connect: newConnectLayout(),
		exec:    newExecLayout(),
	}
	s.types.Store(&o.Types)
	if err := s.openRings(); err != nil {
		s.Close()
		return nil, err
	}
	// Loading leaves tens of megabytes of garbage behind; a sensor runs for
	// months after it.
	debug.FreeOSMemory()
	return s, nil
}

func (s *Source) openRings() error {
	r, err := openRing(s.loaded.objects.Lifecycle.FD(), int(s.loaded.objects.Lifecycle.MaxEntries()))
	if err != nil {
		return err
	}
	s.lifecycle = newChanges(s, r)
	for i, m := range s.loaded.rings {
		r, err := openRing(m.FD(), s.options.RingBytes)
		if err != nil {
			return fmt.Errorf("ring %d: %w", i, err)
		}
		w := newWorker(s, r)
		w.event.Users = s.options.Users
		s.workers = append(s.workers, w)
	}
	return nil
}

// Run attaches the kernel half and delivers events to handle until ctx is done;
// then it detaches, delivers what is still in the rings and returns nil. ready,
// if not nil, is called once when events flow.
func (s *Source) Run(ctx context.Context, handle Handler, ready func()) error {
	s.handle = handle
	// Processes first, so that no event comes from one that was born unseen.
	if err := s.loaded.attach(); err != nil {
		return err
	}
	if err := s.Watch(s.options.Types); err != nil {
		return err
	}
	var group sync.WaitGroup
	for _, w := range s.workers {
		group.Go(w.run)
	}
	group.Go(s.lifecycle.run)
	if ready != nil {
		ready()
	}
	// Processes older than the sensor; an event that comes before its process has
	// been read looks it up itself.
	group.Go(s.scan)
	p := newPoller(s)
	p.run(ctx)
	s.loaded.detach()
	p.stop()
	for _, w := range s.workers {
		close(w.kick)
	}
	close(s.lifecycle.kick)
	group.Wait()
	return nil
}

// Watch changes the event types that are delivered. It may be called while Run
// runs, by one goroutine at a time.
func (s *Source) Watch(types event.TypeSet) error {
	s.watching.Lock()
	defer s.watching.Unlock()
	s.types.Store(&types)
	return s.loaded.watch(types)
}

// Watermark is a moment on the source's monotonic clock (event.Event.Clock) up
// to which every event has been handled.
func (s *Source) Watermark() int64 {
	now := sinceBoot()
	low := s.lifecycle.settled(now)
	for _, w := range s.workers {
		low = min(low, w.settled(now))
	}
	return low
}

// Close takes the kernel half out. The Source must not be running.
func (s *Source) Close() {
	if s.lifecycle != nil {
		_ = s.lifecycle.ring.close()
	}
	for _, w := range s.workers {
		_ = w.ring.close()
	}
	s.loaded.close()
}
