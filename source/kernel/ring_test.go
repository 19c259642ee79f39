package kernel

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeRing is a ring in ordinary memory and the kernel's side of it.
type fakeRing struct {
	*ring
	pages []uint64 // keeps what the ring points into, aligned
	size  int
}

func newFakeRing(size int) *fakeRing {
	f := &fakeRing{pages: make([]uint64, 2), size: size}
	f.ring = &ring{consumer: &f.pages[0], producer: &f.pages[1], data: alignedBytes(size), mask: uint64(size) - 1}
	return f
}

// put writes a record as the kernel does: a length word with flags, a page
// offset nobody reads, the bytes, padding to 8.
func (f *fakeRing) put(record []byte, flags uint32) {
	pos := *f.producer
	if pos+uint64(len(record))+ringHeader-atomic.LoadUint64(f.consumer) > uint64(f.size) {
		panic("the fake ring is full")
	}
	word := make([]byte, ringHeader)
	binary.NativeEndian.PutUint32(word, uint32(len(record))|flags)
	for i, b := range append(word, record...) {
		f.data[(pos+uint64(i))&f.mask] = b
	}
	atomic.StoreUint64(f.producer, (pos+uint64(len(record))+ringHeader+7)&^7)
}

func (f *fakeRing) collect() (records []string, n int, unfinished bool) {
	n, unfinished = f.drain(func(b []byte) { records = append(records, string(b)) })
	return records, n, unfinished
}

func TestRing(t *testing.T) {
	f := newFakeRing(256)
	if f.pending() {
		t.Error("an empty ring has something pending")
	}
	// Many times around, with lengths that put every boundary everywhere.
	for i := range 1000 {
		want := []string{fmt.Sprint("first ", i), string(bytes.Repeat([]byte{'x'}, i%50))}
		f.put([]byte(want[0]), 0)
		f.put([]byte("not for you"), ringDiscard)
		f.put([]byte(want[1]), 0)
		if !f.pending() {
			t.Fatal("nothing pending in a ring with records")
		}
		got, n, unfinished := f.collect()
		if diff := cmp.Diff(want, got); diff != "" || n != 2 || unfinished {
			t.Fatalf("round %d: %d records, unfinished %v (-want +got):\n%s", i, n, unfinished, diff)
		}
		if f.pending() {
			t.Fatal("something pending in a ring that was drained")
		}
	}
}

func TestRingStopsAtUnfinished(t *testing.T) {
	f := newFakeRing(256)
	f.put([]byte("a"), 0)
	at := *f.producer
	f.put([]byte("b"), ringBusy)
	f.put([]byte("c"), 0)
	got, n, unfinished := f.collect()
	if diff := cmp.Diff([]string{"a"}, got); diff != "" || n != 1 || !unfinished {
		t.Fatalf("%d records, unfinished %v (-want +got):\n%s", n, unfinished, diff)
	}
	if *f.consumer != at {
		t.Errorf("the consumer stands at %d, want %d, before the unfinished record", *f.consumer, at)
	}
	binary.NativeEndian.PutUint32(f.data[at&f.mask:], 1)
	got, n, unfinished = f.collect()
	if diff := cmp.Diff([]string{"b", "c"}, got); diff != "" || n != 2 || unfinished {
		t.Fatalf("finished: %d records, unfinished %v (-want +got):\n%s", n, unfinished, diff)
	}
}

// Room is given back while a long drain goes on, not only at its end.
func TestRingReleasesRoom(t *testing.T) {
	f := newFakeRing(1 << 16)
	const records = 3 * commitEvery
	for range records {
		f.put(make([]byte, 8), 0)
	}
	seen, before, most := 0, *f.consumer, 0
	f.drain(func([]byte) {
		if *f.consumer != before {
			before, seen = *f.consumer, 0
		}
		seen++
		most = max(most, seen)
	})
	if most > commitEvery {
		t.Errorf("%d records were read without giving room back, want at most %d", most, commitEvery)
	}
	if *f.consumer != *f.producer {
		t.Error("the ring is not empty after draining it")
	}
}

// What comes while draining is left for the next time, and what first does
// happens before anything is read.
func TestRingDrainAfter(t *testing.T) {
	f := newFakeRing(256)
	f.put([]byte("old"), 0)
	var order []string
	n, _ := f.drainAfter(func() {
		order = append(order, "first")
		f.put([]byte("new"), 0)
	}, func(b []byte) { order = append(order, string(b)) })
	if diff := cmp.Diff([]string{"first", "old"}, order); diff != "" || n != 1 {
		t.Errorf("%d records (-want +got):\n%s", n, diff)
	}
	if got, _, _ := f.collect(); len(got) != 1 || got[0] != "new" {
		t.Errorf("then %q, want the new record", got)
	}
}

func TestRingAllocatesNothing(t *testing.T) {
	f := newFakeRing(256)
	record := make([]byte, 100)
	// Twice around first: the buffer for wrapped records has its size then.
	allocs := testing.AllocsPerRun(50, func() {
		f.put(record, 0)
		f.drain(func([]byte) {})
	})
	if put := testing.AllocsPerRun(50, func() {
		f.put(record, 0)
		*f.consumer = *f.producer
	}); allocs > put {
		t.Errorf("draining a record allocates %v times", allocs-put)
	}
}

// alignedBytes is memory at a multiple of 8, as pages are.
func alignedBytes(size int) []byte {
	return make([]byte, max(size, os.Getpagesize()))[:size]
}
