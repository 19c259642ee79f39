package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// networkWays reach an address by other calls than connect, or by sockets that
// look different.
func networkWays() map[string]way {
	return map[string]way{
		"connect":          {"ADDRESS:PORT", connect},
		"connect-mptcp":    {"ADDRESS:PORT", connectMultipath},
		"fastopen":         {"ADDRESS:PORT", fastOpen},
		"fastopen-sendmsg": {"ADDRESS:PORT", fastOpenMessage},
		"sendto":           {"ADDRESS:PORT", sendTo},
		"sendmsg":          {"ADDRESS:PORT", sendMessage},
		"sendmmsg":         {"ADDRESS:PORT", sendMessages},
	}
}

// rawAddress is an address as the kernel takes it, with its family.
func rawAddress(s string) (family int, raw []byte, err error) {
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return 0, nil, err
	}
	if a.Addr().Is4() {
		raw = binary.NativeEndian.AppendUint16(nil, unix.AF_INET)
		raw = binary.BigEndian.AppendUint16(raw, a.Port())
		raw = append(raw, a.Addr().AsSlice()...)
		return unix.AF_INET, append(raw, make([]byte, 8)...), nil
	}
	raw = binary.NativeEndian.AppendUint16(nil, unix.AF_INET6)
	raw = binary.BigEndian.AppendUint16(raw, a.Port())
	raw = append(raw, 0, 0, 0, 0)
	raw = append(raw, a.Addr().AsSlice()...)
	return unix.AF_INET6, append(raw, 0, 0, 0, 0), nil
}

// socketFor is a new socket and the address as the kernel takes it.
func socketFor(address string, kind, protocol int) (fd int, raw []byte, err error) {
	family, raw, err := rawAddress(address)
	if err != nil {
		return -1, nil, err
	}
	fd, err = unix.Socket(family, kind, protocol)
	if err != nil {
		return -1, nil, fmt.Errorf("socket: %w", err)
	}
	return fd, raw, nil
}

// connectRaw is connect with an address of any form.
func connectRaw(fd int, address, length uintptr) error {
	if _, _, errno := unix.Syscall(unix.SYS_CONNECT, uintptr(fd), address, length); errno != 0 {
		return fmt.Errorf("connect: %w", errno)
	}
	return nil
}

func connect(args []string) error { return connectBy(args[0], 0) }

func connectMultipath(args []string) error { return connectBy(args[0], unix.IPPROTO_MPTCP) }

func connectBy(address string, protocol int) error {
	fd, raw, err := socketFor(address, unix.SOCK_STREAM, protocol)
	if err != nil {
		return err
	}
	return connectRaw(fd, uintptr(pin(&raw[0])), uintptr(len(raw)))
}

// fastOpen connects by sending: TCP Fast Open needs no call of connect.
func fastOpen(args []string) error {
	fd, raw, err := socketFor(args[0], unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	data := []byte("GET / HTTP/1.0\r\n\r\n")
	_, _, errno := unix.Syscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)),
		unix.MSG_FASTOPEN, uintptr(unsafe.Pointer(&raw[0])), uintptr(len(raw)))
	if errno != 0 {
		return fmt.Errorf("sendto: %w", errno)
	}
	return answered(fd)
}

// answered waits for a byte from the other side, so that it is known to have
// been reached.
func answered(fd int) error {
	if n, err := unix.Read(fd, make([]byte, 1)); n != 1 || err != nil {
		return fmt.Errorf("no answer: %d bytes, %w", n, err)
	}
	return nil
}

// message is a msghdr with its data and address.
func message(raw, data []byte) *unix.Msghdr {
	vector := &unix.Iovec{Base: &data[0]}
	vector.SetLen(len(data))
	m := &unix.Msghdr{Name: &raw[0], Namelen: uint32(len(raw)), Iov: vector}
	m.SetIovlen(1)
	return m
}

func fastOpenMessage(args []string) error {
	fd, raw, err := socketFor(args[0], unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	m := message(raw, []byte("GET / HTTP/1.0\r\n\r\n"))
	if _, _, errno := unix.Syscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(m)), unix.MSG_FASTOPEN); errno != 0 {
		return fmt.Errorf("sendmsg: %w", errno)
	}
	return answered(fd)
}

// sent says whether a datagram has left; that nobody listens is told, if at all,
// by an error of a later call.
func sent(errno unix.Errno) error {
	if errno != 0 && !errors.Is(errno, unix.ECONNREFUSED) {
		return errno
	}
	return nil
}

func sendTo(args []string) error {
	fd, raw, err := socketFor(args[0], unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	data := []byte("x")
	_, _, errno := unix.Syscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)),
		0, uintptr(unsafe.Pointer(&raw[0])), uintptr(len(raw)))
	return sent(errno)
}

func sendMessage(args []string) error {
	fd, raw, err := socketFor(args[0], unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	_, _, errno := unix.Syscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(message(raw, []byte("x")))), 0)
	return sent(errno)
}

func sendMessages(args []string) error {
	fd, raw, err := socketFor(args[0], unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	// struct mmsghdr
	m := struct {
		unix.Msghdr
		sent uint32
	}{Msghdr: *message(raw, []byte("x"))}
	n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&m)), 1, 0, 0, 0)
	if errno == 0 && n != 1 {
		return fmt.Errorf("sendmmsg sent %d", n)
	}
	return sent(errno)
}
