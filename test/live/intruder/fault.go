package main

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Of linux/userfaultfd.h.
const (
	faultAPI         = 0xAA
	faultAPICall     = 0xC018AA3F
	faultRegister    = 0xC020AA00
	faultCopy        = 0xC028AA03
	faultMissing     = 1
	faultEventLength = 32
)

// faults is memory of one page that is not there yet: who touches it waits for
// this program. The kernel, too.
type faults struct {
	fd   int
	page []byte
}

func ioctl[T any](fd int, request uintptr, argument *T) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(argument))); errno != 0 {
		return errno
	}
	return nil
}

func newFaults() (*faults, error) {
	fd, _, errno := unix.Syscall(unix.SYS_USERFAULTFD, unix.O_CLOEXEC, 0, 0)
	if errno != 0 {
		return nil, fmt.Errorf("userfaultfd: %w", errno)
	}
	f := &faults{fd: int(fd)}
	if err := ioctl(f.fd, faultAPICall, &struct{ api, features, ioctls uint64 }{api: faultAPI}); err != nil {
		return nil, fmt.Errorf("UFFDIO_API: %w", err)
	}
	var err error
	if f.page, err = unix.Mmap(-1, 0, pathMax, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS); err != nil {
		return nil, fmt.Errorf("mmap: %w", err)
	}
	if err := f.register(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *faults) address() uint64 { return uint64(uintptr(unsafe.Pointer(&f.page[0]))) }

func (f *faults) register() error {
	err := ioctl(f.fd, faultRegister, &struct{ start, length, mode, ioctls uint64 }{
		start: f.address(), length: pathMax, mode: faultMissing,
	})
	if err != nil {
		return fmt.Errorf("UFFDIO_REGISTER: %w", err)
	}
	return nil
}

// forget takes the page away again.
func (f *faults) forget() error { return unix.Madvise(f.page, unix.MADV_DONTNEED) }

// fill waits until somebody needs the page, calls before, and gives it the page
// with a text.
func (f *faults) fill(s string, before func()) error {
	if _, err := unix.Read(f.fd, make([]byte, faultEventLength)); err != nil {
		return fmt.Errorf("wait for a fault: %w", err)
	}
	before()
	source := newText(s)
	err := ioctl(f.fd, faultCopy, &struct{ to, from, length, mode, copied uint64 }{
		to: f.address(), from: uint64(uintptr(unsafe.Pointer(&source[0]))), length: pathMax,
	})
	if err != nil {
		return fmt.Errorf("UFFDIO_COPY: %w", err)
	}
	return nil
}

// faultOpen opens a file by a name that is not in memory when the call begins,
// so that nobody can read it then, and is another when it returns.
func faultOpen(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	link, err := slowName(args[0], args[2])
	if err != nil {
		return err
	}
	f, err := newFaults()
	if err != nil {
		return err
	}
	name := text(f.page)
	start := func() *change {
		f.forget()
		return name.later(args[1], func() error { return f.fill(link, func() {}) })
	}
	return race(start, func() (bool, error) {
		fd, err := name.open()
		if err != nil {
			return false, nil // changed while the kernel took it
		}
		defer unix.Close(fd)
		got, err := identityOfFD(fd)
		return got == want, err
	})
}

// faultFlags opens a file by openat2 with flags that say something else when the
// call returns. The kernel takes the flags first, and then waits for the name.
func faultFlags(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	f, err := newFaults()
	if err != nil {
		return err
	}
	how := &unix.OpenHow{Flags: unix.O_RDONLY}
	filled := make(chan error, 1)
	go func() { filled <- f.fill(args[0], func() { how.Flags = unix.O_WRONLY }) }()
	here := unix.AT_FDCWD
	fd, _, errno := unix.Syscall6(unix.SYS_OPENAT2, uintptr(here), uintptr(unsafe.Pointer(&f.page[0])),
		uintptr(unsafe.Pointer(how)), unix.SizeofOpenHow, 0, 0)
	if err := <-filled; err != nil {
		return err
	}
	if errno != 0 {
		return fmt.Errorf("openat2: %w", errno)
	}
	return readFrom(int(fd), want)
}

// faultRename renames a file and changes one of the names as soon as the kernel
// has taken it and waits for the other: which it takes first is its own affair.
func faultRename(args []string) error {
	here := unix.AT_FDCWD
	for second, taken := range [][2]string{{args[0], args[1]}, {args[1], args[0]}} {
		f, err := newFaults()
		if err != nil {
			return err
		}
		first, filled := newText(taken[0]), make(chan error, 1)
		go func() { filled <- f.fill(taken[1], func() { first.become(args[2]) }) }()
		names := [2]uintptr{uintptr(unsafe.Pointer(&first[0])), uintptr(unsafe.Pointer(&f.page[0]))}
		_, _, errno := unix.Syscall6(unix.SYS_RENAMEAT2, uintptr(here), names[second], uintptr(here), names[1-second], 0, 0)
		if err := <-filled; err != nil {
			return err
		}
		if errno == 0 {
			if _, err := identityOf(args[1]); err == nil {
				return nil
			}
			if err := unix.Rename(args[2], args[0]); err != nil { // it went to the changed name
				return err
			}
		}
	}
	return fmt.Errorf("%s is not called %s", args[0], args[1])
}
