package live

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// known is what the room's name server knows: names and addresses.
var known = [...][2]string{
	{"kubernetes.default.svc.cluster.local", ownAPIServer},
	{"pool.minexmr.com", remote},
}

// resolves are calls that ask the room's name server, as a C library does.
func resolves(name string) string {
	q := query(name)
	return fmt.Sprintf("%sconnect @1 in:127.0.0.1:53 16 , sendto @1 hex:%s %d 0 0 0 , recvfrom @1 buf:512 512 0 0 0", udp, hex.EncodeToString(q), len(q))
}

// query is a DNS query for an IPv4 address.
func query(name string) []byte {
	b := []byte{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0} // recursion desired, one question
	for label := range strings.SplitSeq(name, ".") {
		b = append(append(b, byte(len(label))), label...)
	}
	return append(b, 0, 0, 1, 0, 1) // A, IN
}

// serveNames starts the room's name server. The goroutine has to be in the
// room.
func serveNames(t *testing.T) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		t.Errorf("starting a name server: %v", err)
		return
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		b := make([]byte, 512)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			c.WriteTo(answer(b[:n]), from)
		}
	}()
}

// answer is the reply to a query, with no answer for names that are unknown.
func answer(q []byte) []byte {
	for _, k := range known {
		if string(q[2:]) != string(query(k[0])[2:]) {
			continue
		}
		b := append([]byte{}, q...)
		b[2], b[3], b[7] = 0x81, 0x80, 1         // a response, one answer
		b = append(b, 0xc0, 12, 0, 1, 0, 1)      // the question's name, A, IN
		b = binary.BigEndian.AppendUint32(b, 60) // seconds it holds
		b = append(b, 0, 4)                      // length
		return append(b, netip.MustParseAddr(k[1]).AsSlice()...)
	}
	return append(append([]byte{}, q[:2]...), 0x81, 0x83, 0, 0, 0, 0, 0, 0, 0, 0)
}
