package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// processCPU is the processor time of all threads of a process, those that
// ended too, in nanoseconds: /proc/PID/stat counts in hundredths of a second.
func processCPU(pid int) (time.Duration, error) {
	// The clock's number, as clock_getcpuclockid(3) makes it: the complement of
	// the process id, then 2 for time as the scheduler keeps it.
	id := int32(^pid<<3 | 2)
	var ts unix.Timespec
	if err := unix.ClockGettime(id, &ts); err != nil {
		return 0, fmt.Errorf("reading the processor time of process %d: %w", pid, err)
	}
	return time.Duration(ts.Nano()), nil
}

// processMemory is the resident memory of a process, now and at its peak, in
// bytes.
func processMemory(pid int) (rss, peak int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	return statusBytes(string(status), "VmRSS"), statusBytes(string(status), "VmHWM"), nil
}

// statusBytes reads a line like "VmRSS:   1234 kB"; 0 where there is none.
func statusBytes(status, key string) int64 {
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		if name != key {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return 0
		}
		return n << 10
	}
	return 0
}

// machine describes this one for the head of the report.
func machine() string {
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return "unknown machine"
	}
	model := "unknown processor"
	cpuinfo, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(cpuinfo)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	return fmt.Sprintf("Linux %s %s, %s", unix.ByteSliceToString(uts.Release[:]), unix.ByteSliceToString(uts.Machine[:]), model)
}
