package dns

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Go's own resolver, fed with the same bytes, has to read the same addresses:
// the messages of these tests are real ones, and the parser reads them right.
func TestResolverOfGoAgrees(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var reply atomic.Pointer[string]
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if n > headerSize {
				_, _ = conn.WriteTo(append(buf[:2:2], (*reply.Load())[2:]...), from)
			}
		}
	}()
	defer func() { _ = conn.Close(); <-done }()
	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	for _, tt := range []struct{ name, msg string }{
		{"an address", head1 + recordA},
		{"two", head2 + recordA + "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x01\x02\x03\x04"},
		{"an alias", head2 + "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x0a\x00\x06\x03www\xc0\x0c" + "\xc0\x29" + recordA[2:]},
		{"a chain", head3 + "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x0a\x00\x04\x01a\xc0\x0c" + "\xc0\x29\x00\x05\x00\x01\x00\x00\x00\x14\x00\x04\x01b\xc0\x0c" + "\x01b\xc0\x0c" + recordA[2:]},
		{"a name written out", head1 + "\x07EXAMPLE\x03cOm\x00" + recordA[2:]},
		{"other kinds beside", head2 + "\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x01\x00\x03\x02hi" + recordA},
	} {
		t.Run(tt.name, func(t *testing.T) {
			reply.Store(&tt.msg)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			theirs, err := r.LookupNetIP(ctx, "ip4", "example.com.")
			if err != nil {
				t.Fatal(err)
			}
			ours, err := parse(tt.msg)
			if err != nil {
				t.Fatal(err)
			}
			var a, b []string
			for _, addr := range theirs {
				a = append(a, addr.Unmap().String())
			}
			for _, addr := range ours.addrs {
				b = append(b, addr.String())
			}
			slices.Sort(a)
			slices.Sort(b)
			if fmt.Sprint(a) != fmt.Sprint(b) || !strings.HasPrefix(ours.names[0], "example.com") {
				t.Errorf("Go reads %v, this package %v", a, b)
			}
		})
	}
}
