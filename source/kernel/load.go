package kernel

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
)

// maxRings bounds the number of rings of events, and with it the goroutines
// that read them.
const maxRings = 4

// loaded is the kernel half in place: programs, maps, attachments.
type loaded struct {
	objects gyrObjects
	rings   []*ebpf.Map
	links   []link.Link
	// attached are the programs of the links, closed ones too.
	attached []*ebpf.Program
	// dispatching is set once the dispatcher is attached.
	dispatching bool
	optional    optional
	// These are set once the programs about io_uring, name servers' answers and
	// connections made by sending are attached.
	ringsWatched, answersWatched, fastOpenWatched bool
	// entered are the calls whose beginning is watched.
	entered event.TypeSet
	entries []tracepoint
}

// load puts the programs into the kernel without attaching them.
func load(ringBytes int, throttle Throttle, self int32) (_ *loaded, err error) {
	if err := rlimit.RemoveMemlock(); err != nil && !errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("raise the limit of locked memory: %w", err)
	}
	spec, err := loadGyr()
	if err != nil {
		return nil, fmt.Errorf("read the embedded eBPF objects: %w", err)
	}
	count := ringCount()
	if err := configure(spec, count, ringBytes, self); err != nil {
		return nil, err
	}
	if err := configureThrottle(spec, ringBytes, throttle); err != nil {
		return nil, err
	}
	l := &loaded{}
	if l.optional, err = fit(spec); err != nil {
		return nil, explainLoad(err)
	}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	all, err := loadCollection(spec)
	if err != nil {
		return nil, explainLoad(err)
	}
	defer all.Close() // what nobody asked for
	if err := all.Assign(&l.objects); err != nil {
		return nil, fmt.Errorf("take the eBPF programs over: %w", err)
	}
	for i := range count {
		ring, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.RingBuf, MaxEntries: uint32(ringBytes)})
		if err != nil {
			return nil, fmt.Errorf("make ring buffer %d of %d bytes: %w", i, ringBytes, err)
		}
		l.rings = append(l.rings, ring)
		if err := l.objects.Rings.Put(uint32(i), ring); err != nil {
			return nil, fmt.Errorf("put ring buffer %d in place: %w", i, err)
		}
	}
	return l, nil
}

// ringCount is a power of two, at most one for each CPU.
func ringCount() int {
	n := 1
	for n*2 <= min(maxRings, runtime.NumCPU()) {
		n *= 2
	}
	return n
}

func configure(spec *ebpf.CollectionSpec, rings, ringBytes int, self int32) error {
	spec.Maps["rings"].MaxEntries = uint32(rings)
	spec.Maps["rings"].InnerMap.MaxEntries = uint32(ringBytes)
	for name, value := range map[string]uint32{
		"ring_mask": uint32(rings - 1),
		"ring_wake": uint32(ringBytes / 8),
		"self_tgid": uint32(self),
	} {
		if err := spec.Variables[name].Set(value); err != nil {
			return fmt.Errorf("set %s in the eBPF objects: %w", name, err)
		}
	}
	// Odd, so that no bit of what is multiplied with it is lost.
	if err := spec.Variables["hash_key"].Set(rand.Uint64() | 1); err != nil {
		return fmt.Errorf("set hash_key in the eBPF objects: %w", err)
	}
	return nil
}

// explainLoad turns a refusal of the kernel into something to act on.
func explainLoad(err error) error {
	var refused *ebpf.VerifierError
	switch {
	case errors.Is(err, unix.EMFILE):
		return fmt.Errorf("load the eBPF programs: %w: raise the limit (ulimit -n 1024)", err)
	case errors.As(err, &refused):
		return fmt.Errorf("the kernel's verifier refused a program (please report this with the kernel's version): %w", err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("load the eBPF programs: %w: %w: in a container it must not be confined (seccomp, AppArmor); kernel.lockdown=confidentiality forbids it altogether", ErrPrivilege, err)
	case errors.Is(err, btf.ErrNotSupported), errors.Is(err, ebpf.ErrNotSupported):
		return fmt.Errorf("load the eBPF programs: %w: %w", ErrNoBTF, err)
	}
	return fmt.Errorf("load the eBPF programs: %w", err)
}

// attach starts the flow of process changes.
func (l *loaded) attach() error {
	for _, p := range []*ebpf.Program{
		l.objects.OnFork, l.objects.OnExec, l.objects.OnExit, l.objects.OnRename,
		l.objects.OnCgroupAttach, l.objects.OnCgroupMkdir, l.objects.OnCgroupRmdir,
	} {
		if err := l.attachOne(p); err != nil {
			return err
		}
	}
	return nil
}

func (l *loaded) attachOne(p *ebpf.Program) error {
	if p.Type() == ebpf.TracePoint {
		return l.attachWhole(p)
	}
	at, err := link.AttachTracing(link.TracingOptions{Program: p})
	if err != nil {
		return fmt.Errorf("attach %s: %w", p, err)
	}
	l.links, l.attached = append(l.links, at), append(l.attached, p)
	return nil
}

// attachWhole attaches a program of the form that is not preempted.
func (l *loaded) attachWhole(p *ebpf.Program) error {
	to := "raw_syscalls/sys_exit"
	if p == l.objects.OnExec {
		to = "sched/sched_process_exec"
	}
	fs, err := openTracefs()
	if err != nil {
		return err
	}
	defer fs.close()
	at, err := fs.attachTo(to, p)
	if err != nil {
		return fmt.Errorf("attach %s to %s: %w", p, to, err)
	}
	l.entries, l.attached = append(l.entries, at), append(l.attached, p)
	return nil
}

func isMissing(err error) bool { return errors.Is(err, ebpf.ErrKeyNotExist) }

// detach ends the flow of events; what is in the rings stays readable.
func (l *loaded) detach() {
	for _, at := range l.links {
		_ = at.Close()
	}
	l.links = nil
	for _, at := range l.entries {
		at.close()
	}
	l.entries = nil
}

func (l *loaded) close() {
	l.detach()
	for _, r := range l.rings {
		_ = r.Close()
	}
	_ = l.objects.Close()
}
