package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
)

// subject is what a load runs under.
type subject struct {
	name  string
	start func(context.Context) (running, error)
}

// running is a subject in place.
type running interface {
	// usage is what it has used so far.
	usage() (usage, error)
	// stop ends it and returns what it counted; nil where it counts nothing.
	stop() (counters, error)
}

// usage is what a subject takes of the machine. Memory is in bytes.
type usage struct {
	CPU       time.Duration
	RSS, Peak int64
	// Ready is how long it took from its start until it watched.
	Ready time.Duration
}

// nothing is the machine as it is.
type nothing struct{}

func startNothing(context.Context) (running, error) { return nothing{}, nil }

func (nothing) usage() (usage, error)   { return usage{}, nil }
func (nothing) stop() (counters, error) { return nil, nil }

// floor is an empty program at the return of every system call: what a sensor
// that watches system calls costs before it has done anything.
type floor struct {
	program *ebpf.Program
	link    link.Link
}

// floorSpec is the program: return 0.
func floorSpec() *ebpf.ProgramSpec {
	return &ebpf.ProgramSpec{
		Name: "bench_floor", Type: ebpf.Tracing, AttachType: ebpf.AttachTraceRawTp, AttachTo: "sys_exit",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
		License:      "Dual BSD/GPL",
	}
}

func startFloor(context.Context) (running, error) {
	p, err := ebpf.NewProgram(floorSpec())
	if err != nil {
		return nil, fmt.Errorf("loading an empty program: %w", err)
	}
	l, err := link.AttachTracing(link.TracingOptions{Program: p})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("attaching an empty program: %w", err), p.Close())
	}
	return &floor{program: p, link: l}, nil
}

func (*floor) usage() (usage, error) { return usage{}, nil }

func (f *floor) stop() (counters, error) {
	return nil, errors.Join(f.link.Close(), f.program.Close())
}
