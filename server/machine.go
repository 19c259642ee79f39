package server

import (
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// machine is what metrics tell of the machine.
type machine struct {
	kernel string // its release
	booted time.Time
	cpus   int
}

func newMachine() (m machine, err error) {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return m, fmt.Errorf("ask for the kernel's release: %w", err)
	}
	var up unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &up); err != nil {
		return m, fmt.Errorf("ask for the time since boot: %w", err)
	}
	return machine{
		kernel: unix.ByteSliceToString(name.Release[:]), cpus: runtime.NumCPU(),
		booted: time.Now().Add(-time.Duration(up.Nano())),
	}, nil
}
