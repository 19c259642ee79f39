package main

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// call32 makes a system call as 32-bit programs do, by int 0x80. Its number
// means another call than with 64 bits.
func call32(number, a, b, c, d, e uint32) int32

// Numbers of 32-bit calls.
const (
	open32       = 5
	creat32      = 8
	unlink32     = 10
	execve32     = 11
	socketcall32 = 102
	openat32     = 295
	connect32    = 362
	sendmsg32    = 370
	openat232    = 437

	// connectOf is socketcall's number of connect.
	connectOf = 3
	// x32 is the bit of system-call numbers that means the x32 ABI: pointers of
	// 32 bits in 64-bit programs.
	x32 = 0x40000000
)

// compatWays make system calls that only amd64 has: creat, and those with the
// numbers and arguments of 32-bit programs, from this 64-bit one.
func compatWays() map[string]way {
	return map[string]way{
		"creat":            {"FILE", create},
		"int80-open":       {"FILE", int80Open},
		"int80-openat":     {"FILE", int80Openat},
		"int80-openat2":    {"FILE", int80Openat2},
		"int80-creat":      {"FILE", int80Creat},
		"int80-unlink":     {"FILE", int80Unlink},
		"int80-execve":     {"FILE", int80Execve},
		"int80-connect":    {"ADDRESS:PORT", int80Connect},
		"int80-socketcall": {"ADDRESS:PORT", int80Socketcall},
		"int80-sendmsg":    {"ADDRESS:PORT", int80Sendmsg},
		"x32-open":         {"FILE", x32Open},
	}
}

func create(args []string) error {
	name := newText(args[0])
	if _, _, errno := unix.Syscall(unix.SYS_CREAT, uintptr(unsafe.Pointer(&name[0])), 0o600, 0); errno != 0 {
		return errno
	}
	return nil
}

// low is memory that 32-bit calls can be told of: it lies below 4 GiB.
type low struct{ free []byte }

func newLow() (*low, error) {
	memory, err := unix.Mmap(-1, 0, 1<<16, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_32BIT)
	if err != nil {
		return nil, fmt.Errorf("mmap below 4 GiB: %w", err)
	}
	return &low{memory}, nil
}

// put copies b to low memory and returns where it is, a multiple of 8.
func (l *low) put(b []byte) uint32 {
	at := uint32(uintptr(unsafe.Pointer(&l.free[0])))
	copy(l.free, b)
	l.free = l.free[(len(b)+7)&^7:]
	return at
}

func (l *low) text(s string) uint32 { return l.put(append([]byte(s), 0)) }

func (l *low) words(w ...uint32) uint32 {
	var b []byte
	for _, v := range w {
		b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
	}
	return l.put(b)
}

// result is that of a 32-bit call.
func result(n int32) (int, error) {
	if n < 0 {
		return -1, unix.Errno(-n)
	}
	return int(n), nil
}

// int80Read opens a file by a 32-bit call and reads it.
func int80Read(file string, open func(*low) int32) error {
	want, err := identityOf(file)
	if err != nil {
		return err
	}
	l, err := newLow()
	if err != nil {
		return err
	}
	fd, err := result(open(l))
	if err != nil {
		return err
	}
	return readFrom(fd, want)
}

func cwd32() uint32 { fd := int32(unix.AT_FDCWD); return uint32(fd) }

func int80Open(args []string) error {
	return int80Read(args[0], func(l *low) int32 { return call32(open32, l.text(args[0]), unix.O_RDONLY, 0, 0, 0) })
}

func int80Openat(args []string) error {
	return int80Read(args[0], func(l *low) int32 { return call32(openat32, cwd32(), l.text(args[0]), unix.O_RDONLY, 0, 0) })
}

func int80Openat2(args []string) error {
	return int80Read(args[0], func(l *low) int32 {
		return call32(openat232, cwd32(), l.text(args[0]), l.put(make([]byte, unix.SizeofOpenHow)), unix.SizeofOpenHow, 0)
	})
}

// int80Call is a 32-bit call of which only the success matters.
func int80Call(call func(*low) int32) error {
	l, err := newLow()
	if err != nil {
		return err
	}
	_, err = result(call(l))
	return err
}

func int80Creat(args []string) error {
	return int80Call(func(l *low) int32 { return call32(creat32, l.text(args[0]), 0o600, 0, 0, 0) })
}

func int80Unlink(args []string) error {
	return int80Call(func(l *low) int32 { return call32(unlink32, l.text(args[0]), 0, 0, 0, 0) })
}

// int80Execve replaces the program and keeps the environment.
func int80Execve(args []string) error {
	return int80Call(func(l *low) int32 {
		var env []uint32
		for _, v := range unix.Environ() {
			if strings.HasPrefix(v, "GYR_") {
				env = append(env, l.text(v))
			}
		}
		return call32(execve32, l.text(args[0]), l.words(l.text(args[0]), 0), l.words(append(env, 0)...), 0, 0)
	})
}

func int80Connect(args []string) error {
	family, raw, err := rawAddress(args[0])
	if err != nil {
		return err
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	return int80Call(func(l *low) int32 { return call32(connect32, uint32(fd), l.put(raw), uint32(len(raw)), 0, 0) })
}

// int80Socketcall connects by the one call that once stood for all of sockets.
func int80Socketcall(args []string) error {
	family, raw, err := rawAddress(args[0])
	if err != nil {
		return err
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	return int80Call(func(l *low) int32 {
		return call32(socketcall32, connectOf, l.words(uint32(fd), l.put(raw), uint32(len(raw))), 0, 0, 0)
	})
}

// int80Sendmsg sends a datagram by a message whose pointers have 32 bits.
func int80Sendmsg(args []string) error {
	fd, raw, err := socketFor(args[0], unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	return int80Call(func(l *low) int32 {
		vector := l.words(l.text("x"), 1)
		return call32(sendmsg32, uint32(fd), l.words(l.put(raw), uint32(len(raw)), vector, 1, 0, 0, 0), 0, 0, 0)
	})
}

// x32Open reads a file by the x32 ABI's openat. Kernels without that ABI do not
// have the call, and then nothing can be done by it: that is printed.
func x32Open(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	l, err := newLow()
	if err != nil {
		return err
	}
	dir := unix.AT_FDCWD
	fd, _, errno := unix.Syscall6(x32|unix.SYS_OPENAT, uintptr(dir), uintptr(l.text(args[0])), unix.O_RDONLY, 0, 0, 0)
	switch {
	case errors.Is(errno, unix.ENOSYS):
		fmt.Println("ENOSYS")
		return nil
	case errno != 0:
		return errno
	}
	return readFrom(int(fd), want)
}
