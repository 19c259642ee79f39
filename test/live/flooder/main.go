// Command flooder opens and closes a file as fast as it can until its standard
// input ends:
//
//	flooder PROCESSES THREADS FILE
//
// It starts copies of itself for all but the first process.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

func main() {
	if err := run(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, "flooder:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("usage: flooder PROCESSES THREADS FILE")
	}
	processes, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	threads, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	name, err := unix.BytePtrFromString(args[3])
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for range processes - 1 {
		c := exec.Command(self, "1", args[2], args[3])
		// A file is handed on as it is: all copies wait for the same end.
		c.Stdin, c.Stderr = os.Stdin, os.Stderr
		if err := c.Start(); err != nil {
			return err
		}
	}
	runtime.GOMAXPROCS(threads + 1)
	for range threads {
		go flood(name)
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// flood uses raw system calls: Go's own would tell the scheduler about each.
func flood(name *byte) {
	runtime.LockOSThread()
	at := unix.AT_FDCWD
	for {
		fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(at), uintptr(unsafe.Pointer(name)), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
		if errno == 0 {
			syscall.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
		}
	}
}
