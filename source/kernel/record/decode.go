package record

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/gyrsec/gyr/event"
)

// HeaderSize is the length of a record's header in bytes.
const HeaderSize = 64

// maxValues bounds the numbers and the strings of any record.
const maxValues = 32

// ErrMalformed is wrapped by every error of the decoder.
var ErrMalformed = fmt.Errorf("malformed record")

// Record is a decoded record. Its strings point into the bytes it was decoded
// from.
type Record struct {
	Type               uint16 // an event.Type, or a Kind in the ring of process changes
	CPU                uint16
	Time               int64 // ns since boot
	Start              int64 // the same clock: when the process was forked
	CgroupID           uint64
	PID, TID           int32
	UID, GID           uint32
	Res                int64
	Flags              uint64
	Nums               [maxValues]uint64
	Strs               [maxValues]string
	NumCount, StrCount int
}

// Decoder reads records. It is immutable and safe for concurrent use.
type Decoder struct {
	shapes []shape // by event type; the zero shape: not captured
}

// NewDecoder returns a decoder for the schema's events.
func NewDecoder() *Decoder {
	d := &Decoder{shapes: make([]shape, len(event.AllTypes().Slice())+1)}
	for t := range event.Types {
		d.shapes[t], _ = shapeOf(event.Describe(t))
	}
	return d
}

// Event decodes a record of the rings of events into r.
func (d *Decoder) Event(b []byte, r *Record) error {
	if err := decodeHeader(b, r); err != nil {
		return err
	}
	if int(r.Type) >= len(d.shapes) || d.shapes[r.Type] == (shape{}) {
		return fmt.Errorf("%w: event type %d is not captured", ErrMalformed, r.Type)
	}
	s := d.shapes[r.Type]
	if r.Flags&Changed != 0 {
		s = shape{callNums, callStrs}
	}
	return decodeValues(b, s, r)
}

// Change decodes a record of the ring of process changes into r.
func (d *Decoder) Change(b []byte, r *Record) error {
	if err := decodeHeader(b, r); err != nil {
		return err
	}
	s, ok := Kind(r.Type).shape()
	if !ok {
		return fmt.Errorf("%w: kind of process change %d is unknown", ErrMalformed, r.Type)
	}
	return decodeValues(b, s, r)
}

func decodeHeader(b []byte, r *Record) error {
	if len(b) < HeaderSize {
		return fmt.Errorf("%w: %d bytes, a header has %d", ErrMalformed, len(b), HeaderSize)
	}
	le := binary.NativeEndian
	if n := le.Uint32(b); uint64(n) > uint64(len(b)) || n < HeaderSize {
		return fmt.Errorf("%w: says it has %d bytes, there are %d", ErrMalformed, n, len(b))
	}
	r.Type = le.Uint16(b[4:])
	r.CPU = le.Uint16(b[6:])
	r.Time = int64(le.Uint64(b[8:]))
	r.Start = int64(le.Uint64(b[16:]))
	r.CgroupID = le.Uint64(b[24:])
	r.PID = int32(le.Uint32(b[32:]))
	r.TID = int32(le.Uint32(b[36:]))
	r.UID = le.Uint32(b[40:])
	r.GID = le.Uint32(b[44:])
	r.Res = int64(le.Uint64(b[48:]))
	r.Flags = le.Uint64(b[56:])
	return nil
}

func decodeValues(b []byte, s shape, r *Record) error {
	le := binary.NativeEndian
	b = b[:le.Uint32(b)]
	lens := HeaderSize + 8*s.nums
	at := (lens + 2*s.strs + 7) &^ 7
	if len(b) < at {
		return fmt.Errorf("%w: %d bytes, its fixed part has %d", ErrMalformed, len(b), at)
	}
	for i := range s.nums {
		r.Nums[i] = le.Uint64(b[HeaderSize+8*i:])
	}
	for i := range s.strs {
		n := int(le.Uint16(b[lens+2*i:]))
		if n > len(b)-at {
			return fmt.Errorf("%w: string %d has %d bytes, %d are left", ErrMalformed, i, n, len(b)-at)
		}
		r.Strs[i] = view(b[at : at+n])
		at += n
	}
	r.NumCount, r.StrCount = s.nums, s.strs
	return nil
}

// view makes a string of bytes without copying them.
func view(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return unsafe.String(&b[0], len(b))
}
