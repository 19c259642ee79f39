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

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/identity"
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

// Containers knows the containers of the machine. It must not block.
type Containers interface {
	// FromCgroup says which container a process in these cgroups belongs to, nil on
	// the host.
	FromCgroup(v2Path, v1Path string) *event.Container
	// Made is told of every cgroup that is made, and Removed of every one that is
	// removed, by its path in its hierarchy.
	Made(path string)
	Removed(path string)
}

// Wanted is what of the events is to be delivered.
type Wanted struct {
	// Types are the event types. Changes of processes are always followed; what
	// else happens costs nothing.
	Types event.TypeSet
	// Data are the types of which the first Payload bytes of what is read or
	// written are delivered, at most 4,095.
	Data    event.TypeSet
	Payload int
	// Answers says whether Options.Answer is to be given the answers of name
	// servers that programs receive. That needs Linux 6.3; before, none come.
	Answers bool
}

// With is what w and o ask for together.
func (w Wanted) With(o Wanted) Wanted {
	return Wanted{
		Types: w.Types.Union(o.Types), Data: w.Data.Union(o.Data), Payload: max(w.Payload, o.Payload),
		Answers: w.Answers || o.Answers,
	}
}

// HostFS says where the host's processes and files are found, which is elsewhere
// than usual for a sensor that runs in a container. The zero value means /proc
// and /.
type HostFS struct {
	// Proc is where proc is mounted that shows all processes, at most 128 bytes long.
	Proc string
	// Root is the root directory.
	Root string
}

func (h HostFS) proc() procfs {
	if h.Proc == "" {
		return ordinaryProc
	}
	return procfs(h.Proc)
}

// Machine reports whether process 1 there is the machine's first, and not that of
// a container that serves as a host to others, such as a node of kind. Where that
// cannot be seen it is taken to be.
func (h HostFS) Machine() bool {
	var st unix.Stat_t
	return unix.Stat(h.proc().path(1, "ns/pid"), &st) != nil || st.Ino == initialPIDNamespace
}

func (h HostFS) root() string {
	if h.Root == "" {
		return "/"
	}
	return h.Root
}

// Options of a Source.
type Options struct {
	Wanted
	// Files are those to be known by their identity, too.
	Files identity.Paths
	// Containers and Users resolve what the kernel does not know.
	Containers Containers
	// Held is the time (event.Event.Clock) of the oldest event that the handler has
	// put aside, 0 when there is none: what it may ask of processes stays known. Nil:
	// it never does.
	Held  func() int64
	Users event.Users
	Hosts event.Hosts
	// Answer is given answers of name servers, where they are wanted, as events
	// that no rule is to be asked about; see Handler.
	Answer Handler
	// Changed is told of arguments that changed during a call; see Handler for
	// how it is called. It needs tracefs; nil: nobody is told.
	Changed func(Change)
	// Host says where the host's processes and files are.
	Host HostFS
	// Hostname is the value of evt.hostname.
	Hostname string
	// RingBytes is the size of each ring, a power of two of at least a page;
	// 0 means DefaultRingBytes.
	RingBytes int
	Throttle  Throttle
	// Interval, if not nil, is told every second, and at the end, what became
	// of the events since. It must not block.
	Interval func(Interval)
	Log      *slog.Logger
}

// Source is the kernel half in place and the tables fed by it.
type Source struct {
	options Options
	proc    procfs
	self    int32 // this process among the host's
	loaded  *loaded
	decoder *record.Decoder
	table   *process.Table
	files   *identity.Watcher
	clock   *clock
	machine *machine
	handle  Handler

	namespaces namespaces

	open     openLayout
	exec     execLayout
	captures *captures
	roles    *[maxTypes]role
	convert  *converter

	types    atomic.Pointer[event.TypeSet] // delivered
	watching sync.Mutex
	// blind is set where the beginnings of calls cannot be watched.
	blind bool

	regroups  regroups
	num       atomic.Uint64
	malformed atomic.Uint64

	losses    *losses
	resync    *resync
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
	proc := o.Host.proc()
	self, err := proc.self()
	if err != nil {
		return nil, err
	}
	l, err := load(o.RingBytes, o.Throttle, self)
	if err != nil {
		return nil, err
	}
	s := &Source{
		options:  o,
		proc:     proc,
		self:     self,
		loaded:   l,
		decoder:  record.NewDecoder(),
		table:    process.NewTable(),
		clock:    newClock(),
		open:     newOpenLayout(),
		captures: newCaptures(),
		roles:    newRoles(),
		convert:  newConverter(),
		exec:     newExecLayout(),
	}
	s.files = identity.NewWatcher(string(proc), s.containerID)
	s.machine = newMachine(o.Hostname, s.table, s.clock, proc)
	if u, ok := o.Users.(*Users); ok {
		u.follow(s.table)
	}
	s.types.Store(&o.Types)
	s.losses = newLosses(s)
	s.resync = &resync{source: s}
	s.losses.resync = s.resync.demand
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
		w.event.Users, w.event.Hosts = s.options.Users, s.options.Hosts
		s.workers = append(s.workers, w)
	}
	return nil
}

// Run attaches the kernel half and delivers events to handle until ctx is done;
// then it detaches, delivers what is still in the rings and returns nil. ready,
// if not nil, is called once when events flow.
func (s *Source) Run(ctx context.Context, handle Handler, ready func()) error {
	s.handle = s.identified(handle)
	// Processes first, so that no event comes from one that was born unseen.
	if err := s.loaded.attach(); err != nil {
		return err
	}
	if err := s.Watch(s.options.Wanted); err != nil {
		return err
	}
	var group sync.WaitGroup
	for _, w := range s.workers {
		group.Go(w.run)
	}
	group.Go(s.lifecycle.run)
	s.followFiles(ctx, &group)
	if ready != nil {
		ready()
	}
	// Processes older than the sensor; an event that comes before its process has
	// been read looks it up itself.
	group.Go(s.scan)
	group.Go(func() { s.resync.run(ctx) })
	p := newPoller(s)
	p.run(ctx)
	s.loaded.detach()
	p.stop()
	for _, w := range s.workers {
		close(w.kick)
	}
	close(s.lifecycle.kick)
	group.Wait()
	s.checkLosses()
	return nil
}

// Watch changes what is delivered. It may be called while Run runs.
func (s *Source) Watch(w Wanted) error {
	s.watching.Lock()
	defer s.watching.Unlock()
	s.types.Store(&w.Types)
	if err := s.loaded.watch(&w); err != nil {
		return err
	}
	if s.options.Changed == nil || s.blind {
		return nil
	}
	if err := s.loaded.watchEntries(&w); err != nil {
		s.blind = true
		s.options.Log.Warn("arguments that change during a call are not noticed; what the kernel opened and connected is known all the same", "error", err)
	}
	return nil
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
