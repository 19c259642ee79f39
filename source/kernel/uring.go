package kernel

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"github.com/gyrsec/gyr/event"
)

// slotURing is where the plans of io_uring's operations begin (enum in
// bpf/slot.h).
const slotURing = 1104

// uringOperations are the operations of io_uring that do what a system call
// does, by the name of the call. Those not here are about descriptors that were
// opened or connected before.
var uringOperations = map[string][]uint32{
	"accept4":   {13},
	"connect":   {16},
	"openat":    {18},
	"openat2":   {28},
	"renameat2": {35},
	"unlinkat":  {36},
	"mkdirat":   {37},
	"symlinkat": {38},
	"linkat":    {39},
	"socket":    {45},
	"sendmsg":   {9, 48},
	"sendto":    {26, 47},
	"bind":      {56},
	"listen":    {57},
}

// Names of the trace point of a submitted request: the second, of Linux 6.0 to
// 6.3, has the request in the same place.
var uringSubmitNames = []string{"io_uring_submit_req", "io_uring_submit_sqe"}

// fitURing makes the programs about io_uring fit the kernel and reports whether
// they are of use. Where it has no io_uring, or (before 6.0) one whose trace
// points tell something else, programs that do nothing take their place: a
// collection is loaded as a whole.
func fitURing(spec *ebpf.CollectionSpec, kernel *btf.Spec) (bool, error) {
	hook, err := uringHook(kernel)
	if err != nil {
		return false, err
	}
	if hook != "" {
		spec.Programs["uring_submit"].AttachTo = hook
		return true, nil
	}
	disarm(spec, "uring_submit", "uring_complete")
	return false, nil
}

// uringHook is the name of the trace point, empty where there is none that
// serves.
func uringHook(kernel *btf.Spec) (string, error) {
	for _, name := range uringSubmitNames {
		var hook *btf.Typedef
		err := kernel.TypeByName("btf_trace_"+name, &hook)
		switch {
		case errors.Is(err, btf.ErrNotFound):
			continue
		case err != nil:
			return "", fmt.Errorf("look for the trace point %s: %w", name, err)
		}
		if firstIsRequest(hook) {
			return name, nil
		}
	}
	return "", nil
}

// firstIsRequest reports whether the trace point's first value, behind the one
// every trace point has, is the request.
func firstIsRequest(hook *btf.Typedef) bool {
	pointer, ok := hook.Type.(*btf.Pointer)
	if !ok {
		return false
	}
	proto, ok := pointer.Target.(*btf.FuncProto)
	if !ok || len(proto.Params) < 2 {
		return false
	}
	request, ok := proto.Params[1].Type.(*btf.Pointer)
	if !ok {
		return false
	}
	s, ok := btf.UnderlyingType(request.Target).(*btf.Struct)
	if c, isConst := request.Target.(*btf.Const); isConst {
		s, ok = btf.UnderlyingType(c.Type).(*btf.Struct)
	}
	return ok && s.Name == "io_kiocb"
}

// watchURing tells the kernel half which operations are wanted.
func (l *loaded) watchURing(w *Wanted) error {
	if !l.optional.uring {
		return nil
	}
	needed := false
	for name, operations := range uringOperations {
		t, ok := event.ByName(name)
		if !ok {
			continue
		}
		var p gyrPlan // of no type: not wanted
		if w.Types.Has(t) {
			p, needed = planOf(t, nativeArch(), w), true
		}
		for _, op := range operations {
			if err := l.objects.Plans.Put(slotURing+op, p); err != nil {
				return fmt.Errorf("plan operation %d of io_uring: %w", op, err)
			}
		}
	}
	if !needed || l.ringsWatched {
		return nil
	}
	l.ringsWatched = true
	for _, p := range []*ebpf.Program{l.objects.UringComplete, l.objects.UringSubmit} {
		if err := l.attachOne(p); err != nil {
			return err
		}
	}
	return nil
}
