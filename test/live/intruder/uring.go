package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// uringWays do by io_uring what no system call of the program's shows. How it is
// done is the last argument: "enter" by io_uring_enter, "poll" by a thread of
// the kernel's, "async" by a worker thread.
func uringWays() map[string]way {
	return map[string]way{
		"uring-open":         {"FILE HOW", uringOpen},
		"uring-open2":        {"FILE HOW", uringOpen2},
		"uring-dirfd":        {"DIRECTORY NAME HOW", uringOpenAt},
		"uring-open-direct":  {"FILE HOW", uringOpenDirect},
		"uring-connect":      {"ADDRESS:PORT HOW", uringConnect},
		"uring-socket":       {"ADDRESS:PORT HOW", uringSocket},
		"uring-fastopen":     {"ADDRESS:PORT HOW", uringFastOpen},
		"uring-unlink":       {"FILE HOW", uringUnlink},
		"uring-rename":       {"FROM TO HOW", uringRename},
		"uring-mkdir":        {"DIRECTORY HOW", uringMkdir},
		"uring-symlink":      {"TARGET LINK HOW", uringSymlink},
		"uring-link":         {"TARGET LINK HOW", uringLink},
		"uring-only-created": {"", func([]string) error { _, err := newRing(false); return err }},
	}
}

// here is AT_FDCWD as a number without sign.
const here = 1<<32 - 100

// ringFor is the ring and the flags of an entry for a way of doing it.
func ringFor(how string) (*ring, uint8, error) {
	if !slices.Contains([]string{"enter", "poll", "async"}, how) {
		return nil, 0, fmt.Errorf("no way %q", how)
	}
	r, err := newRing(how == "poll")
	if how == "async" {
		return r, sqeAsync, err
	}
	return r, 0, err
}

func uringRead(want identity, how string, e entry) error {
	r, flags, err := ringFor(how)
	if err != nil {
		return err
	}
	e.flags |= flags
	fd, err := r.do(e)
	if err != nil {
		return err
	}
	return readFrom(fd, want)
}

func uringOpen(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	return uringRead(want, args[1], entry{opcode: opOpenat, fd: unix.AT_FDCWD, address: pinString(args[0])})
}

func uringOpen2(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	how := &unix.OpenHow{Flags: unix.O_RDONLY}
	return uringRead(want, args[1], entry{
		opcode: opOpenat2, fd: unix.AT_FDCWD, address: pinString(args[0]), length: unix.SizeofOpenHow, offset: pin(how),
	})
}

func uringOpenAt(args []string) error {
	want, err := identityOf(args[0] + "/" + args[1])
	if err != nil {
		return err
	}
	dir, err := directory(args[0])
	if err != nil {
		return err
	}
	return uringRead(want, args[2], entry{opcode: opOpenat, fd: int32(dir), address: pinString(args[1])})
}

// uringOpenDirect opens a file into the ring's own table, where the program has
// no descriptor for it, and reads it by the ring.
func uringOpenDirect(args []string) error {
	info, err := os.Stat(args[0])
	if err != nil {
		return err
	}
	r, flags, err := ringFor(args[1])
	if err != nil {
		return err
	}
	if err := r.ownTable(); err != nil {
		return err
	}
	if _, err := r.do(entry{opcode: opOpenat, flags: flags, fd: unix.AT_FDCWD, address: pinString(args[0]), fileIndex: 1}); err != nil {
		return err
	}
	content := make([]byte, info.Size()+1)
	n, err := r.do(entry{opcode: opRead, flags: flags | sqeFixed, fd: 0, address: pin(&content[0]), length: uint32(len(content))})
	if err != nil {
		return err
	}
	if int64(n) != info.Size() {
		return fmt.Errorf("%w: it has %d bytes, not %d", errOtherFile, n, info.Size())
	}
	return nil
}

func uringConnect(args []string) error {
	family, raw, err := rawAddress(args[0])
	if err != nil {
		return err
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	r, flags, err := ringFor(args[1])
	if err != nil {
		return err
	}
	_, err = r.do(entry{opcode: opConnect, flags: flags, fd: int32(fd), address: pin(&raw[0]), offset: uint64(len(raw))})
	return err
}

// uringSocket makes the socket by the ring, too, in the ring's own table.
func uringSocket(args []string) error {
	family, raw, err := rawAddress(args[0])
	if err != nil {
		return err
	}
	r, flags, err := ringFor(args[1])
	if err != nil {
		return err
	}
	if err := r.ownTable(); err != nil {
		return err
	}
	if _, err := r.do(entry{opcode: opSocket, flags: flags, fd: int32(family), offset: unix.SOCK_STREAM, fileIndex: 1}); err != nil {
		return err
	}
	_, err = r.do(entry{opcode: opConnect, flags: flags | sqeFixed, fd: 0, address: pin(&raw[0]), offset: uint64(len(raw))})
	return err
}

// uringFastOpen connects by sending.
func uringFastOpen(args []string) error {
	fd, raw, err := socketFor(args[0], unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	r, flags, err := ringFor(args[1])
	if err != nil {
		return err
	}
	data := []byte("GET / HTTP/1.0\r\n\r\n")
	m := message(raw, data)
	_, err = r.do(entry{opcode: opSendmsg, flags: flags, fd: int32(fd), address: pin(m), length: 1, opFlags: unix.MSG_FASTOPEN})
	if errors.Is(err, unix.EINPROGRESS) { // connecting, and nothing was sent yet
		_, err = unix.Write(fd, data)
	}
	if err != nil {
		return err
	}
	return answered(fd)
}

// uringPaths does what changes names.
func uringPaths(how string, e entry) error {
	r, flags, err := ringFor(how)
	if err != nil {
		return err
	}
	e.flags |= flags
	_, err = r.do(e)
	return err
}

func uringUnlink(args []string) error {
	return uringPaths(args[1], entry{opcode: opUnlink, fd: unix.AT_FDCWD, address: pinString(args[0])})
}

func uringMkdir(args []string) error {
	return uringPaths(args[1], entry{opcode: opMkdir, fd: unix.AT_FDCWD, address: pinString(args[0]), length: 0o700})
}

// Those with two names have the second in the offset, and the directory it is
// relative to in the length.
func uringRename(args []string) error {
	return uringPaths(args[2], entry{
		opcode: opRename, fd: unix.AT_FDCWD, address: pinString(args[0]), offset: pinString(args[1]), length: here,
	})
}

func uringLink(args []string) error {
	return uringPaths(args[2], entry{
		opcode: opLink, fd: unix.AT_FDCWD, address: pinString(args[0]), offset: pinString(args[1]), length: here,
	})
}

func uringSymlink(args []string) error {
	return uringPaths(args[2], entry{
		opcode: opSymlink, fd: unix.AT_FDCWD, address: pinString(args[0]), offset: pinString(args[1]),
	})
}
