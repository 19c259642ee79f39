package kernel

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/features"

	"github.com/gyrsec/gyr/event"
)

// optional says which of the programs that not every kernel has a hook for are
// of use.
type optional struct{ uring, answers, registers bool }

// fit makes the programs fit the running kernel.
func fit(spec *ebpf.CollectionSpec) (o optional, err error) {
	kernel, err := btf.LoadKernelSpec()
	if err != nil {
		return o, fmt.Errorf("read the kernel's types: %w", err)
	}
	release, err := kernelRelease()
	if err != nil {
		return o, err
	}
	fitWhole(spec, release)
	if o.uring, err = fitURing(spec, kernel); err != nil {
		return o, err
	}
	if o.answers, err = hasTracepoint(kernel, "sock_recv_length"); err != nil {
		return o, err
	}
	if !o.answers {
		disarm(spec, "on_receive")
	}
	// Since Linux 5.15: which call a task is in, asked in the middle of it.
	err = features.HaveProgramHelper(ebpf.TracePoint, asm.FnTaskPtRegs)
	if err != nil && !errors.Is(err, ebpf.ErrNotSupported) {
		return o, fmt.Errorf("ask whether programs may read a task's registers: %w", err)
	}
	if o.registers = err == nil; !o.registers {
		disarm(spec, "on_tcp_state")
	}
	return o, nil
}

// preemptible is the first kernel that preempts programs at trace points.
var preemptible = [2]int{7, 0}

// fitWhole chooses, of each program that has two forms, the one that serves on
// this kernel: see AT_RETURN in bpf/slot.h.
func fitWhole(spec *ebpf.CollectionSpec, release string) {
	major, minor, ok := parseRelease(release)
	whole := ok && !older(major, minor, preemptible)
	for _, name := range []string{"dispatch", "exit_call", "exit_exec", "exit_open", "exit_state", "on_exec"} {
		if whole {
			// Under the name by which it is known; nobody asks for the other.
			spec.Programs[name], spec.Programs["whole_"+name] = spec.Programs["whole_"+name], spec.Programs[name]
		}
		disarm(spec, "whole_"+name)
	}
}

func hasTracepoint(kernel *btf.Spec, name string) (bool, error) {
	var hook *btf.Typedef
	err := kernel.TypeByName("btf_trace_"+name, &hook)
	if errors.Is(err, btf.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the trace point %s: %w", name, err)
	}
	return true, nil
}

// disarm puts programs that do nothing in the place of some whose hook the
// kernel lacks: a collection is loaded as a whole.
func disarm(spec *ebpf.CollectionSpec, names ...string) {
	for _, name := range names {
		p := spec.Programs[name]
		if p.Type == ebpf.Tracing {
			p.AttachTo = "sched_process_exit"
		}
		p.Instructions = asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}
	}
}

// watchAnswers has name servers' answers told once someone wants them.
func (l *loaded) watchAnswers(w *Wanted) error {
	if !w.Answers || !l.optional.answers || l.answersWatched {
		return nil
	}
	l.answersWatched = true
	return l.attachOne(l.objects.OnReceive)
}

// watchFastOpen has connections told that are made by sending, where connects
// are wanted.
func (l *loaded) watchFastOpen(w *Wanted) error {
	if !w.Types.Has(event.Connect) || !l.optional.registers || l.fastOpenWatched {
		return nil
	}
	l.fastOpenWatched = true
	return l.attachOne(l.objects.OnTcpState)
}
