package kernel

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/cilium/ebpf"
)

// Throttle says what a process and a container may write to a ring that fills
// up (bpf/throttle.h, docs/loss.md). While no ring is fuller than a quarter
// nobody is throttled.
//
// The rates are events a second of 256 bytes, which is what an ordinary one
// takes; longer ones count as several. They hold while a ring is a quarter
// full, and halve with every sixteenth that it is fuller.
type Throttle struct {
	// Off lets whoever comes first fill the rings.
	Off bool
	// ProcessRate and ContainerRate are from 1 to 1,000,000,000; 0 means the
	// default.
	ProcessRate, ContainerRate int
}

// The default rates: more than any program needs for long, less than a reader
// that shares its processor with a few others keeps up with.
const (
	DefaultProcessRate   = 32_768
	DefaultContainerRate = 8 * DefaultProcessRate
)

// Of bpf/throttle.h.
const (
	priceUnit      = 256     // bytes the price is of
	lifecycleBytes = 4 << 20 // the ring of process changes
	levelsShift    = 4       // levels are sixteenths of a ring
	// maxFillCheck bounds how many bytes a CPU writes before it asks how full a
	// ring is. All CPUs together must not fill a level unasked.
	maxFillCheck = 32 << 10
	// maxBurstTime bounds how long one may write at full speed beforehand.
	maxBurstTime = time.Second
	// minBuckets is the number of processes (by family of events) and containers
	// accounts are kept of.
	minBuckets = 8192
	// bucketsPerCPU is what the kernel's LRU maps may hold back on each.
	bucketsPerCPU = 256
)

// price is the time in nanoseconds after which one that pays it may write
// another event.
func price(rate, standard int) uint32 {
	if rate == 0 {
		rate = standard
	}
	return uint32(max(1, int(time.Second)/rate))
}

// burstTime is how far ahead of its rate a process may be, in nanoseconds: an
// eighth of a ring.
func burstTime(ringBytes int, price uint32) uint32 {
	return uint32(min(uint64(ringBytes)/8/priceUnit*uint64(price), uint64(maxBurstTime)))
}

func fillCheck(ringBytes, cpus int) uint32 {
	return uint32(max(1, min(maxFillCheck, ringBytes>>levelsShift/cpus)))
}

// configureThrottle sets the throttle's part of the eBPF objects.
func configureThrottle(spec *ebpf.CollectionSpec, ringBytes int, t Throttle) error {
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return fmt.Errorf("ask for the number of CPUs: %w", err)
	}
	spec.Maps["lifecycle"].MaxEntries = lifecycleBytes
	spec.Maps["buckets"].MaxEntries = uint32(max(minBuckets, bucketsPerCPU*cpus))
	spec.Maps["groups"].MaxEntries = uint32(max(minBuckets/8, bucketsPerCPU*cpus))
	values := map[string]uint32{
		"ring_level":      uint32(bits.Len(uint(ringBytes))-1) - levelsShift,
		"lifecycle_level": uint32(bits.Len(uint(lifecycleBytes))-1) - levelsShift,
		"lifecycle_wake":  lifecycleBytes / 8,
		"fill_check":      fillCheck(min(ringBytes, lifecycleBytes), cpus),
	}
	if !t.Off {
		values["process_price"] = price(t.ProcessRate, DefaultProcessRate)
		values["group_price"] = price(t.ContainerRate, DefaultContainerRate)
		values["burst_time"] = burstTime(ringBytes, values["process_price"])
	}
	for name, value := range values {
		if err := spec.Variables[name].Set(value); err != nil {
			return fmt.Errorf("set %s in the eBPF objects: %w", name, err)
		}
	}
	return nil
}
