package record

import "encoding/binary"

// encode lays a record out as the kernel half does.
func encode(r *Record, nums []uint64, strs []string) []byte {
	le := binary.NativeEndian
	b := make([]byte, HeaderSize)
	le.PutUint16(b[4:], r.Type)
	le.PutUint16(b[6:], r.CPU)
	le.PutUint64(b[8:], uint64(r.Time))
	le.PutUint64(b[16:], uint64(r.Start))
	le.PutUint64(b[24:], r.CgroupID)
	le.PutUint32(b[32:], uint32(r.PID))
	le.PutUint32(b[36:], uint32(r.TID))
	le.PutUint32(b[40:], r.UID)
	le.PutUint32(b[44:], r.GID)
	le.PutUint64(b[48:], uint64(r.Res))
	le.PutUint64(b[56:], r.Flags)
	for _, n := range nums {
		b = le.AppendUint64(b, n)
	}
	for _, s := range strs {
		b = le.AppendUint16(b, uint16(len(s)))
	}
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	for _, s := range strs {
		b = append(b, s...)
	}
	le.PutUint32(b, uint32(len(b)))
	return b
}
