package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// workerCommand is the first argument of this program's own child processes.
const workerCommand = "worker"

// load is one kind of work whose slow-down is measured.
type load struct {
	name, title string
	// rounds is the work of one process at -scale 1.
	rounds int
	// everyCPU runs a process on each processor at once, else on the first.
	everyCPU bool
	// work does n rounds on path.
	work func(n int, path string) error
}

var loads = []load{
	{"open", "open+read+close of an unwatched file, one processor", 2_000_000, false, openReadClose},
	{"open-all", "open+read+close of an unwatched file, every processor at once", 2_000_000, true, openReadClose},
	{"exec", "fork+exec of a small static program", 5_000, false, forkExec},
	{"getppid", "getppid storm", 20_000_000, false, getppid},
}

// timing is what one process of a load measured of itself. CPU is that of its
// thread and of its children.
type timing struct {
	Wall, CPU time.Duration
}

// work is the worker: it makes itself ready, says so with a line, waits for a
// line, does the work and prints a timing. So several can begin at once, and
// nothing of their start is measured.
func work(args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet(workerCommand, flag.ContinueOnError)
	name := flags.String("load", "", "")
	cpu := flags.Int("cpu", -1, "")
	rounds := flags.Int("n", 0, "")
	path := flags.String("path", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *name == probeLoad {
		return probe(*path, in, out)
	}
	for _, l := range loads {
		if l.name != *name {
			continue
		}
		// The collector and the scheduler have no business in a loop that
		// does not allocate.
		debug.SetGCPercent(-1)
		runtime.LockOSThread()
		if err := pin(*cpu); err != nil {
			return err
		}
		return l.measure(*rounds, *path, in, out)
	}
	return fmt.Errorf("no load %q", *name)
}

func (l load) measure(rounds int, path string, in io.Reader, out io.Writer) error {
	// Caches of the file system, page faults and the like.
	if err := l.work(min(rounds, max(rounds/100, 10)), path); err != nil {
		return err
	}
	fmt.Fprintln(out, "ready")
	if _, err := in.Read(make([]byte, 1)); err != nil {
		return nil // not wanted any more
	}
	wall, cpu := clock(unix.CLOCK_MONOTONIC), busy()
	if err := l.work(rounds, path); err != nil {
		return err
	}
	t := timing{CPU: busy() - cpu, Wall: clock(unix.CLOCK_MONOTONIC) - wall}
	return json.NewEncoder(out).Encode(t)
}

// pin keeps this thread on one processor; all of them where cpu is negative.
func pin(cpu int) error {
	if cpu < 0 {
		return nil
	}
	var set unix.CPUSet
	set.Set(cpu)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("pinning to processor %d: %w", cpu, err)
	}
	return nil
}

func clock(id int32) time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(id, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

// busy is the processor time of this thread and of all children waited for.
func busy() time.Duration {
	var children unix.Rusage
	if unix.Getrusage(unix.RUSAGE_CHILDREN, &children) != nil {
		return 0
	}
	return clock(unix.CLOCK_THREAD_CPUTIME_ID) +
		time.Duration(children.Utime.Nano()+children.Stime.Nano())
}

// openReadClose uses raw system calls: Go's own would tell the scheduler about
// each.
func openReadClose(n int, path string) error {
	name, err := unix.BytePtrFromString(path)
	if err != nil {
		return err
	}
	at := unix.AT_FDCWD
	var buf [64]byte
	for range n {
		fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(at), uintptr(unsafe.Pointer(name)),
			unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
		if errno != 0 {
			return fmt.Errorf("opening %s: %w", path, errno)
		}
		syscall.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&buf)), uintptr(len(buf)))
		syscall.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
	}
	return nil
}

// forkExec starts a program n times, one after the other, by a clone that
// shares memory until the exec, as posix_spawn does.
func forkExec(n int, path string) error {
	args := []string{filepath.Base(path)}
	attr := &syscall.ProcAttr{Env: []string{"PATH=/usr/bin:/bin"}}
	for range n {
		pid, err := syscall.ForkExec(path, args, attr)
		if err != nil {
			return fmt.Errorf("starting %s: %w", path, err)
		}
		var status syscall.WaitStatus
		for {
			_, err = syscall.Wait4(pid, &status, 0, nil)
			if err != syscall.EINTR {
				break
			}
		}
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", path, err)
		}
		if status != 0 {
			return fmt.Errorf("%s ended with wait status %#x", path, uint32(status))
		}
	}
	return nil
}

func getppid(n int, _ string) error {
	for range n {
		syscall.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
	}
	return nil
}
