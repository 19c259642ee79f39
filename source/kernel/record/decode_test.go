package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

// header is one with a different value in every place.
func header(t uint16) Record {
	return Record{
		Type: t, CPU: 3, Time: 1 << 40, Start: 1<<40 - 5, CgroupID: 1<<63 + 1,
		PID: 1234, TID: 1235, UID: 1000, GID: ^uint32(0), Res: -13, Flags: ArgsCut | Deleted,
	}
}

// values makes numbers and strings that differ from each other; one string in
// three is empty.
func values(s shape) (nums []uint64, strs []string) {
	for i := range s.nums {
		nums = append(nums, ^uint64(i))
	}
	for i := range s.strs {
		strs = append(strs, strings.Repeat(string(rune('a'+i)), i%3*(i+1)))
	}
	return nums, strs
}

// kinds are those of process changes.
var kinds = []Kind{Exec, Fork, Exit, Rename, Cgroup, State, CgroupMade, CgroupRemoved}

// sample is a well-formed record of a type or kind.
type sample struct {
	name   string
	shape  shape
	bytes  []byte
	want   Record
	decode func([]byte, *Record) error
}

func samples(t testing.TB) (all []sample) {
	t.Helper()
	d := NewDecoder()
	add := func(name string, number uint16, s shape, decode func([]byte, *Record) error) {
		want := header(number)
		nums, strs := values(s)
		copy(want.Nums[:], nums)
		copy(want.Strs[:], strs)
		want.NumCount, want.StrCount = s.nums, s.strs
		all = append(all, sample{name, s, encode(&want, nums, strs), want, decode})
	}
	for number, s := range d.shapes {
		if s != (shape{}) {
			add(event.Type(number).String(), uint16(number), s, d.Event)
		}
	}
	for _, k := range kinds {
		s, ok := k.shape()
		if !ok {
			t.Fatalf("kind %d has no shape", k)
		}
		add(fmt.Sprint("change ", k), uint16(k), s, d.Change)
	}
	return all
}

func TestDecode(t *testing.T) {
	all := samples(t)
	if len(all) < len(kinds)+7 {
		t.Fatalf("only %d types and kinds of records", len(all))
	}
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			// A record may be followed by padding.
			for _, padding := range []int{0, 7} {
				var got Record
				if err := s.decode(append(s.bytes[:len(s.bytes):len(s.bytes)], make([]byte, padding)...), &got); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(s.want, got); diff != "" {
					t.Errorf("padding %d (-want +got):\n%s", padding, diff)
				}
			}
			// Cut anywhere, it is refused.
			for n := range s.bytes {
				var got Record
				if err := s.decode(s.bytes[:n], &got); !errors.Is(err, ErrMalformed) {
					t.Fatalf("the first %d of %d bytes: error %v, want ErrMalformed", n, len(s.bytes), err)
				}
			}
		})
	}
}

func TestDecodeMalformed(t *testing.T) {
	d := NewDecoder()
	open := func(change func([]byte)) []byte {
		s := d.shapes[event.Openat]
		r := header(uint16(event.Openat))
		nums, strs := values(s)
		b := encode(&r, nums, strs)
		change(b)
		return b
	}
	le := binary.NativeEndian
	lens := HeaderSize + 8*d.shapes[event.Openat].nums
	tests := map[string]struct {
		bytes []byte
		says  string
	}{
		"nothing":             {nil, "0 bytes, a header has 64"},
		"longer than it is":   {open(func(b []byte) { le.PutUint32(b, uint32(len(b))+1) }), "says it has"},
		"no length":           {open(func(b []byte) { le.PutUint32(b, 0) }), "says it has 0 bytes"},
		"huge length":         {open(func(b []byte) { le.PutUint32(b, ^uint32(0)) }), "says it has 4294967295 bytes"},
		"header only":         {open(func(b []byte) { le.PutUint32(b, HeaderSize) }), "its fixed part has"},
		"string too long":     {open(func(b []byte) { le.PutUint16(b[lens:], ^uint16(0)) }), "string 0 has 65535 bytes"},
		"strings longer":      {open(func(b []byte) { le.PutUint16(b[lens+4:], le.Uint16(b[lens+4:])+1) }), "string 2 has"},
		"type 0":              {open(func(b []byte) { le.PutUint16(b[4:], 0) }), "event type 0 is not captured"},
		"type of no call":     {open(func(b []byte) { le.PutUint16(b[4:], uint16(event.ProcExit)) }), "is not captured"},
		"type that is none":   {open(func(b []byte) { le.PutUint16(b[4:], ^uint16(0)) }), "event type 65535 is not captured"},
		"first type too many": {open(func(b []byte) { le.PutUint16(b[4:], uint16(len(d.shapes))) }), "is not captured"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var r Record
			err := d.Event(test.bytes, &r)
			if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want ErrMalformed that says %q", err, test.says)
			}
		})
	}
	for _, kind := range []uint16{0, uint16(CgroupRemoved) + 1, ^uint16(0)} {
		var r Record
		b := open(func(b []byte) { le.PutUint16(b[4:], kind) })
		if err := d.Change(b, &r); !errors.Is(err, ErrMalformed) {
			t.Errorf("kind %d: error %v, want ErrMalformed", kind, err)
		}
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	var r Record
	for _, s := range samples(t) {
		if n := testing.AllocsPerRun(100, func() { _ = s.decode(s.bytes, &r) }); n != 0 {
			t.Errorf("%s: %v allocations, want 0", s.name, n)
		}
	}
}

func FuzzEvent(f *testing.F)  { fuzz(f, NewDecoder().Event) }
func FuzzChange(f *testing.F) { fuzz(f, NewDecoder().Change) }

// fuzz decodes anything: it is either refused or, encoded again, the same.
func fuzz(f *testing.F, decode func([]byte, *Record) error) {
	for _, s := range samples(f) {
		f.Add(s.bytes)
		f.Add(s.bytes[:len(s.bytes)-1])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var r Record
		if err := decode(b, &r); err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("error %v does not wrap ErrMalformed", err)
			}
			return
		}
		if r.NumCount > maxValues || r.StrCount > maxValues {
			t.Fatalf("%d numbers, %d strings", r.NumCount, r.StrCount)
		}
		first, last := uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&b[len(b)-1]))
		for _, s := range r.Strs[:r.StrCount] {
			if at := uintptr(unsafe.Pointer(unsafe.StringData(s))); s != "" && (at < first || at+uintptr(len(s))-1 > last) {
				t.Fatal("a string lies outside the record")
			}
		}
		var again Record
		if err := decode(encode(&r, r.Nums[:r.NumCount], r.Strs[:r.StrCount]), &again); err != nil {
			t.Fatalf("encoded again: %v", err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Fatalf("encoded again (-first +second):\n%s", diff)
		}
	})
}
