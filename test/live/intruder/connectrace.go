package main

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// busyServer listens at a port of all addresses and takes no connection until
// told: those that come then wait.
type busyServer struct {
	fd      int
	waiting []int
}

func newBusyServer(address string) (*busyServer, error) {
	fd, raw, err := socketFor(address, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, err
	}
	port := int(raw[2])<<8 | int(raw[3])
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return nil, err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: port}); err != nil {
		return nil, fmt.Errorf("bind: %w", err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s := &busyServer{fd: fd}
	for range 4 {
		c, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			return nil, err
		}
		unix.Connect(c, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
		s.waiting = append(s.waiting, c)
	}
	return s, nil
}

// serve takes what waits, and the next that come.
func (s *busyServer) serve() {
	for _, c := range s.waiting {
		unix.Close(c)
	}
	for {
		if _, _, err := unix.Accept(s.fd); err != nil {
			return
		}
	}
}

// connectSlowly connects to a server that lets it wait, does something
// meanwhile, and returns the socket's other descriptor, kept aside.
func connectSlowly(address string, meanwhile func(fd int, raw []byte)) (int, error) {
	s, err := newBusyServer(address)
	if err != nil {
		return -1, err
	}
	fd, raw, err := socketFor(address, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, err
	}
	kept, err := unix.Dup(fd)
	if err != nil {
		return -1, err
	}
	runtime.LockOSThread()
	thread := unix.Gettid()
	go func() {
		awaitCall(thread, unix.SYS_CONNECT)
		meanwhile(fd, raw)
		s.serve()
	}()
	return kept, connectRaw(fd, uintptr(pin(&raw[0])), uintptr(len(raw)))
}

// connectedTo makes sure where a socket is connected.
func connectedTo(fd int, address string) error {
	_, raw, err := rawAddress(address)
	if err != nil {
		return err
	}
	peer, err := unix.Getpeername(fd)
	if err != nil {
		return fmt.Errorf("getpeername: %w", err)
	}
	if p, ok := peer.(*unix.SockaddrInet4); !ok || p.Port != int(raw[2])<<8|int(raw[3]) || [4]byte(raw[4:8]) != p.Addr {
		return fmt.Errorf("connected to %v, not %s", peer, address)
	}
	return nil
}

// connectChanged connects to an address that is another in the program's memory
// when the call returns.
func connectChanged(args []string) error {
	_, other, err := rawAddress(args[1])
	if err != nil {
		return err
	}
	kept, err := connectSlowly(args[0], func(_ int, raw []byte) { copy(raw, other) })
	if err != nil {
		return err
	}
	return connectedTo(kept, args[0])
}

// connectClosed connects by a descriptor that is closed when the call returns;
// the socket lives on under another.
func connectClosed(args []string) error {
	kept, err := connectSlowly(args[0], func(fd int, _ []byte) { unix.Close(fd) })
	if err != nil {
		return err
	}
	return connectedTo(kept, args[0])
}
