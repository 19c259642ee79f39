package kernel

import (
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Bits of a ring record's length word (linux/bpf.h).
const (
	ringBusy      = 1 << 31
	ringDiscard   = 1 << 30
	ringHeader    = 8
	commitEvery   = 128       // records between two releases of space
	commitAtBytes = 256 << 10 // or this many bytes
)

// ring reads one BPF ring buffer in place.
//
// The kernel maps the data twice in a row so that a record that wraps around is
// contiguous. Only the first copy is mapped here, which halves the memory
// charged to the process; the few records that wrap are put together in a
// buffer of their own.
//
// A ring is not safe for concurrent use but for pending, which any goroutine
// may call.
type ring struct {
	consumerPage []byte
	dataPages    []byte // producer page and data

	consumer *uint64
	producer *uint64
	data     []byte
	mask     uint64
	wrapped  []byte
}

func openRing(fd, size int) (*ring, error) {
	page := os.Getpagesize()
	consumer, err := unix.Mmap(fd, 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the ring buffer's consumer page: %w", err)
	}
	data, err := unix.Mmap(fd, int64(page), page+size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		_ = unix.Munmap(consumer)
		return nil, fmt.Errorf("map %d bytes of ring buffer: %w", size, err)
	}
	return &ring{
		consumerPage: consumer,
		dataPages:    data,
		consumer:     (*uint64)(unsafe.Pointer(&consumer[0])),
		producer:     (*uint64)(unsafe.Pointer(&data[0])),
		data:         data[page:],
		mask:         uint64(size) - 1,
	}, nil
}

func (r *ring) close() error {
	err := unix.Munmap(r.dataPages)
	if e := unix.Munmap(r.consumerPage); err == nil {
		err = e
	}
	return err
}

// pending reports whether there is something to read.
func (r *ring) pending() bool {
	return atomic.LoadUint64(r.consumer) != atomic.LoadUint64(r.producer)
}

// drain calls handle with each record written before the call, in order, and
// returns their number. The bytes are valid only during handle. It stops early
// at a record that is still being written; unfinished is then true.
func (r *ring) drain(handle func([]byte)) (n int, unfinished bool) {
	return r.drainTo(atomic.LoadUint64(r.producer), handle)
}

// drainAfter is drain, but calls first between looking how much there is and
// reading it: whatever first sees is at least as new as the records.
func (r *ring) drainAfter(first func(), handle func([]byte)) (n int, unfinished bool) {
	end := atomic.LoadUint64(r.producer)
	first()
	return r.drainTo(end, handle)
}

func (r *ring) drainTo(end uint64, handle func([]byte)) (n int, unfinished bool) {
	pos := atomic.LoadUint64(r.consumer)
	released := pos
	for pos < end {
		word := atomic.LoadUint32((*uint32)(unsafe.Pointer(&r.data[pos&r.mask])))
		if word&ringBusy != 0 {
			unfinished = true
			break
		}
		size := uint64(word &^ (ringBusy | ringDiscard))
		if word&ringDiscard == 0 {
			handle(r.bytes(pos+ringHeader, size))
			n++
		}
		pos += (size + ringHeader + 7) &^ 7
		// Space is released in batches: every release is a write to a cache line
		// that all producers read.
		if n%commitEvery == 0 || pos-released > commitAtBytes {
			atomic.StoreUint64(r.consumer, pos)
			released = pos
		}
	}
	atomic.StoreUint64(r.consumer, pos)
	return n, unfinished
}

func (r *ring) bytes(pos, size uint64) []byte {
	start := pos & r.mask
	if end := start + size; end <= uint64(len(r.data)) {
		return r.data[start:end]
	}
	r.wrapped = append(r.wrapped[:0], r.data[start:]...)
	r.wrapped = append(r.wrapped, r.data[:start+size-uint64(len(r.data))]...)
	return r.wrapped
}
