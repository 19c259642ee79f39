package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// memoryWays pass pointers to memory that is not there, or only in part, and
// lengths that cannot be.
func memoryWays() map[string]way {
	return map[string]way{
		"bad-path":      {"", badPath},
		"bad-address":   {"ADDRESS:PORT", badAddress},
		"bad-arguments": {"FILE", badArguments},
		"bad-message":   {"ADDRESS:PORT", badMessage},
		"edge-open":     {"FILE", edgeOpen},
		"edge-connect":  {"ADDRESS:PORT", edgeConnect},
		"edge-exec":     {"FILE ARGUMENT", edgeExec},
		"no-arguments":  {"FILE", execWithoutArguments},
		"null-argv":     {"FILE", execWithoutArgv},
	}
}

const nowhere = 0xdead000 // an address at which nothing is

// atEnd copies b to where memory ends, and returns where that is: the page behind
// it cannot be read.
func atEnd(b []byte) uintptr {
	const page = 4096
	memory, err := unix.Mmap(-1, 0, 3*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err == nil {
		// Not given back, which would let something else move in.
		err = unix.Mprotect(memory[2*page:], unix.PROT_NONE)
	}
	if err != nil {
		panic(err)
	}
	at := 2*page - len(b)
	copy(memory[at:], b)
	return uintptr(unsafe.Pointer(&memory[at]))
}

func textAtEnd(s string) uintptr { return atEnd(append([]byte(s), 0)) }

// pointersAtEnd puts a list of pointers where memory ends.
func pointersAtEnd(list ...uintptr) uintptr {
	var b []byte
	for _, p := range list {
		b = binary.NativeEndian.AppendUint64(b, uint64(p))
	}
	return atEnd(b)
}

// call makes a system call that has to fail in one of some ways.
func call(what string, number uintptr, args [6]uintptr, want ...error) error {
	_, _, errno := unix.Syscall6(number, args[0], args[1], args[2], args[3], args[4], args[5])
	if !slices.ContainsFunc(want, func(w error) bool { return errors.Is(errno, w) }) {
		return fmt.Errorf("%s: %w, want one of %v", what, errno, want)
	}
	return nil
}

func badPath([]string) error {
	cwd := unix.AT_FDCWD
	here := uintptr(cwd)
	name := uintptr(pin(&newText("/etc/shadow")[0]))
	half := atEnd([]byte("/etc/shadow")) // without its zero
	how := atEnd([]byte{0, 0, 0, 0})
	return errors.Join(
		call("open nowhere", unix.SYS_OPENAT, [6]uintptr{here, nowhere}, unix.EFAULT),
		call("open at NULL", unix.SYS_OPENAT, [6]uintptr{here, 0}, unix.EFAULT),
		call("open in the kernel", unix.SYS_OPENAT, [6]uintptr{here, 1<<64 - 1<<31}, unix.EFAULT),
		call("open half a name", unix.SYS_OPENAT, [6]uintptr{here, half}, unix.EFAULT),
		call("openat2 without how", unix.SYS_OPENAT2, [6]uintptr{here, name, nowhere, unix.SizeofOpenHow}, unix.EFAULT),
		call("openat2 with half of how", unix.SYS_OPENAT2, [6]uintptr{here, name, how, unix.SizeofOpenHow}, unix.EFAULT),
		call("openat2 with a how of 1 MiB", unix.SYS_OPENAT2, [6]uintptr{here, name, how, 1 << 20}, unix.E2BIG, unix.EFAULT),
		call("unlink nowhere", unix.SYS_UNLINKAT, [6]uintptr{here, nowhere}, unix.EFAULT),
		call("rename half a name", unix.SYS_RENAMEAT2, [6]uintptr{here, half, here, nowhere}, unix.EFAULT),
		call("symlink nowhere", unix.SYS_SYMLINKAT, [6]uintptr{nowhere, here, half}, unix.EFAULT),
		call("mount nowhere", unix.SYS_MOUNT, [6]uintptr{nowhere, half, nowhere, 0, nowhere}, unix.EFAULT),
	)
}

func badAddress(args []string) error {
	fd, raw, err := socketFor(args[0], unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	local, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	s, l := uintptr(fd), uintptr(local)
	good := uintptr(unsafe.Pointer(&raw[0]))
	half := atEnd(raw[:4])
	unnamed := atEnd([]byte{unix.AF_UNIX, 0})
	return errors.Join(
		call("connect nowhere", unix.SYS_CONNECT, [6]uintptr{s, nowhere, uintptr(len(raw))}, unix.EFAULT),
		call("connect by half an address", unix.SYS_CONNECT, [6]uintptr{s, half, uintptr(len(raw))}, unix.EFAULT),
		call("connect with length 0", unix.SYS_CONNECT, [6]uintptr{s, good, 0}, unix.EINVAL),
		call("connect with length 1", unix.SYS_CONNECT, [6]uintptr{s, good, 1}, unix.EINVAL),
		call("connect with length 3", unix.SYS_CONNECT, [6]uintptr{s, good, 3}, unix.EINVAL),
		call("connect with length 1 MiB", unix.SYS_CONNECT, [6]uintptr{s, good, 1 << 20}, unix.EINVAL),
		call("connect with length -1", unix.SYS_CONNECT, [6]uintptr{s, good, 1<<64 - 1}, unix.EINVAL),
		call("connect without a name", unix.SYS_CONNECT, [6]uintptr{l, unnamed, 2}, unix.EINVAL),
		call("bind nowhere", unix.SYS_BIND, [6]uintptr{s, nowhere, 16}, unix.EFAULT),
		call("bind with length 1", unix.SYS_BIND, [6]uintptr{s, good, 1}, unix.EINVAL),
		call("bind with length 1 MiB", unix.SYS_BIND, [6]uintptr{s, good, 1 << 20}, unix.EINVAL),
		call("sendto nowhere", unix.SYS_SENDTO, [6]uintptr{s, good, 1, 0, nowhere, 16}, unix.EFAULT),
		call("sendto with length 1 MiB", unix.SYS_SENDTO, [6]uintptr{s, good, 1, 0, good, 1 << 20}, unix.EINVAL),
		call("accept nowhere", unix.SYS_ACCEPT4, [6]uintptr{s, nowhere, nowhere}, unix.EINVAL, unix.EFAULT),
	)
}

func badArguments(args []string) error {
	name := uintptr(pin(&newText(args[0])[0]))
	half := pointersAtEnd(name)           // without its end
	bad := pointersAtEnd(name, 0x1000, 0) // one argument is nowhere
	unended := pointersAtEnd(name, atEnd([]byte("argument")), 0)
	return errors.Join(
		call("exec nowhere", unix.SYS_EXECVE, [6]uintptr{nowhere, half, 0}, unix.EFAULT),
		call("exec with argv nowhere", unix.SYS_EXECVE, [6]uintptr{name, nowhere, 0}, unix.EFAULT),
		call("exec with half of argv", unix.SYS_EXECVE, [6]uintptr{name, half, 0}, unix.EFAULT),
		call("exec with an argument nowhere", unix.SYS_EXECVE, [6]uintptr{name, bad, 0}, unix.EFAULT),
		call("exec with half an argument", unix.SYS_EXECVE, [6]uintptr{name, unended, 0}, unix.EFAULT),
		call("exec with an environment nowhere", unix.SYS_EXECVE, [6]uintptr{name, 0, nowhere}, unix.EFAULT),
		call("execveat nowhere", unix.SYS_EXECVEAT, [6]uintptr{3, nowhere, bad, 0, unix.AT_EMPTY_PATH}, unix.EFAULT),
	)
}

func badMessage(args []string) error {
	fd, raw, err := socketFor(args[0], unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	s := uintptr(fd)
	change := func(f func(*unix.Msghdr)) uintptr {
		m := message(raw, []byte("x"))
		f(m)
		return uintptr(pin(m))
	}
	nowherePointer := func() *byte { p := uintptr(nowhere); return *(**byte)(unsafe.Pointer(&p)) }
	half := atEnd(make([]byte, 24))
	send := func(what string, m uintptr, want ...error) error {
		return call(what, unix.SYS_SENDMSG, [6]uintptr{s, m}, want...)
	}
	return errors.Join(
		send("sendmsg nowhere", nowhere, unix.EFAULT),
		send("sendmsg half a message", half, unix.EFAULT),
		send("sendmsg to nowhere", change(func(m *unix.Msghdr) { m.Name = nowherePointer() }), unix.EFAULT),
		send("sendmsg to length -1", change(func(m *unix.Msghdr) { m.Namelen = 1<<32 - 1 }), unix.EINVAL),
		send("sendmsg to length 1", change(func(m *unix.Msghdr) { m.Namelen = 1 }), unix.EINVAL),
		send("sendmsg without data", change(func(m *unix.Msghdr) { m.Iov = (*unix.Iovec)(unsafe.Pointer(nowherePointer())) }), unix.EFAULT),
		send("sendmsg of 2^40 pieces", change(func(m *unix.Msghdr) { m.SetIovlen(1 << 40) }), unix.EMSGSIZE),
		send("sendmsg with control nowhere", change(func(m *unix.Msghdr) { m.Control = nowherePointer(); m.SetControllen(64) }), unix.EFAULT),
		call("sendmmsg nowhere", unix.SYS_SENDMMSG, [6]uintptr{s, nowhere, 1 << 20}, unix.EFAULT),
		call("recvmsg nowhere", unix.SYS_RECVMSG, [6]uintptr{s, nowhere, unix.MSG_DONTWAIT}, unix.EFAULT),
		call("recvmmsg nowhere", unix.SYS_RECVMMSG, [6]uintptr{s, nowhere, 1 << 20, unix.MSG_DONTWAIT}, unix.EFAULT, unix.EAGAIN),
	)
}

// edgeOpen reads a file whose name ends where the memory ends.
func edgeOpen(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	cwd := unix.AT_FDCWD
	fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(cwd), textAtEnd(args[0]), unix.O_RDONLY, 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return readFrom(int(fd), want)
}

// edgeConnect connects to an address that ends where the memory ends.
func edgeConnect(args []string) error {
	fd, raw, err := socketFor(args[0], unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	return connectRaw(fd, atEnd(raw), uintptr(len(raw)))
}

// edgeExec runs a program whose name, arguments and environment end where the
// memory ends.
func edgeExec(args []string) error {
	var env []uintptr
	for _, v := range os.Environ() {
		env = append(env, textAtEnd(v))
	}
	name, argument := textAtEnd(args[0]), textAtEnd(args[1])
	environment := pointersAtEnd(append(env, 0)...)
	argv := pointersAtEnd(name, argument, 0)
	_, _, errno := unix.Syscall(unix.SYS_EXECVE, name, argv, environment)
	return errno
}

// environment is the program's own, as the kernel takes it.
func environment() uintptr {
	env, err := syscall.SlicePtrFromStrings(os.Environ())
	if err != nil {
		return 0
	}
	return uintptr(pin(&env[0]))
}

// execWithoutArguments runs a program with an argv of no strings.
func execWithoutArguments(args []string) error {
	none := new([1]uintptr)
	name := newText(args[0])
	_, _, errno := unix.Syscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(&name[0])), uintptr(unsafe.Pointer(none)), environment())
	return errno
}

// execWithoutArgv runs a program without any argv.
func execWithoutArgv(args []string) error {
	name := newText(args[0])
	_, _, errno := unix.Syscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(&name[0])), 0, environment())
	return errno
}
