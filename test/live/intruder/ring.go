package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Of linux/io_uring.h.
const (
	ringSQPoll       = 1 << 1
	ringEnterWait    = 1 << 0
	ringEnterWake    = 1 << 1
	ringNeedsWakeup  = 1 << 0
	ringRegisterFile = 2
	ringOffsetSQEs   = 0x10000000

	opSendmsg  = 9
	opConnect  = 16
	opOpenat   = 18
	opRead     = 22
	opOpenat2  = 28
	opRename   = 35
	opUnlink   = 36
	opMkdir    = 37
	opSymlink  = 38
	opLink     = 39
	opSocket   = 45
	sqeFixed   = 1 << 0 // the descriptor is one of the ring's own table
	sqeAsync   = 1 << 4 // have a worker thread do it
	ringTable  = 4      // entries of that table
	ringLength = 8
)

// entry is struct io_uring_sqe.
type entry struct {
	opcode, flags      uint8
	priority           uint16
	fd                 int32
	offset, address    uint64
	length, opFlags    uint32
	userData           uint64
	buffer, persona    uint16
	fileIndex          uint32
	address3, reserved uint64
}

// completion is struct io_uring_cqe.
type completion struct {
	userData uint64
	result   int32
	flags    uint32
}

// queue is struct io_sqring_offsets; that of completions has the same size and,
// apart from the two named here, other members.
type queue struct {
	head, tail, mask, entries, flags, dropped, array, reserved uint32
	address                                                    uint64
}

type ringParameters struct {
	submissions, completions, flags, cpu, idle, features, workers uint32
	reserved                                                      [3]uint32
	sq, cq                                                        queue
}

// ring is an io_uring with one call under way at a time.
type ring struct {
	fd      int
	p       ringParameters
	memory  []byte // both queues
	entries []byte
}

// newRing makes a ring. Where poll is set, a thread of the kernel takes the
// calls, so that none is a system call of the program's.
func newRing(poll bool) (*ring, error) {
	r := &ring{}
	if poll {
		r.p.flags, r.p.idle = ringSQPoll, 1000
	}
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, ringLength, uintptr(unsafe.Pointer(&r.p)), 0)
	if errno != 0 {
		return nil, fmt.Errorf("io_uring_setup: %w", errno)
	}
	r.fd = int(fd)
	size := max(r.p.sq.array+4*r.p.submissions, r.cqes()+uint32(unsafe.Sizeof(completion{}))*r.p.completions)
	var err error
	if r.memory, err = unix.Mmap(r.fd, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE); err != nil {
		return nil, fmt.Errorf("mmap the queues: %w", err)
	}
	size = r.p.submissions * uint32(unsafe.Sizeof(entry{}))
	if r.entries, err = unix.Mmap(r.fd, ringOffsetSQEs, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE); err != nil {
		return nil, fmt.Errorf("mmap the entries: %w", err)
	}
	return r, nil
}

// cqes is where the completions begin.
func (r *ring) cqes() uint32 { return r.p.cq.dropped }

// ownTable gives the ring a table of files apart from the program's.
func (r *ring) ownTable() error {
	fds := [ringTable]int32{-1, -1, -1, -1}
	_, _, errno := unix.Syscall6(unix.SYS_IO_URING_REGISTER, uintptr(r.fd), ringRegisterFile, uintptr(unsafe.Pointer(&fds)), ringTable, 0, 0)
	if errno != 0 {
		return fmt.Errorf("io_uring_register: %w", errno)
	}
	return nil
}

func (r *ring) word(offset uint32) *uint32 { return (*uint32)(unsafe.Pointer(&r.memory[offset])) }

// do submits one call and waits for its result.
func (r *ring) do(e entry) (int, error) {
	tail := r.word(r.p.sq.tail)
	slot := *tail & *r.word(r.p.sq.mask)
	*(*entry)(unsafe.Pointer(&r.entries[slot*uint32(unsafe.Sizeof(e))])) = e
	*r.word(r.p.sq.array + 4*slot) = slot
	atomic.AddUint32(tail, 1)
	submit, flags := uintptr(1), uintptr(ringEnterWait)
	if r.p.flags&ringSQPoll != 0 {
		submit = 0
		if atomic.LoadUint32(r.word(r.p.sq.flags))&ringNeedsWakeup != 0 {
			flags |= ringEnterWake
		}
	}
	if _, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), submit, 1, flags, 0, 0); errno != 0 {
		return 0, fmt.Errorf("io_uring_enter: %w", errno)
	}
	head := r.word(r.p.cq.head)
	if *head == atomic.LoadUint32(r.word(r.p.cq.tail)) {
		return 0, fmt.Errorf("operation %d has not completed", e.opcode)
	}
	at := r.cqes() + (*head&*r.word(r.p.cq.mask))*uint32(unsafe.Sizeof(completion{}))
	result := (*completion)(unsafe.Pointer(&r.memory[at])).result
	atomic.AddUint32(head, 1)
	if result < 0 {
		return 0, fmt.Errorf("operation %d: %w", e.opcode, unix.Errno(-result))
	}
	return int(result), nil
}

// pin gives the address of memory that has to stay where it is until the ring
// is done with it: for good, as the program soon ends.
func pin[T any](v *T) uint64 {
	new(runtime.Pinner).Pin(v)
	return uint64(uintptr(unsafe.Pointer(v)))
}

// pinString is the address of a zero-terminated copy.
func pinString(s string) uint64 {
	b := append([]byte(s), 0)
	return pin(&b[0])
}
