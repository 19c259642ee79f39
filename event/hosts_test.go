package event

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// counted names every address after the number of times it was asked.
type counted struct{ asked int }

func (c *counted) AppendNames(dst []string, addr netip.Addr, p *Process, clock int64) []string {
	c.asked++
	if !addr.Is4() || p == nil || clock != 7 {
		return dst
	}
	return append(dst, [...]string{"", "first", "second", "third"}[c.asked], p.Name)
}

func TestHostNames(t *testing.T) {
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	p := &Process{Name: "curl"}
	e := &Event{Process: p, Clock: 7}
	if got := e.HostNames(a); got != nil {
		t.Errorf("without Hosts: %q", got)
	}
	e.Hosts = &counted{}
	for _, tt := range []struct {
		addr netip.Addr
		want []string
	}{
		{a, []string{"first", "curl"}}, {b, []string{"second", "curl"}}, {a, []string{"first", "curl"}}, {b, []string{"second", "curl"}},
	} {
		if diff := cmp.Diff(tt.want, e.HostNames(tt.addr)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.addr, diff)
		}
	}
	e.Reset()
	e.Process, e.Clock = p, 7
	if diff := cmp.Diff([]string{"third", "curl"}, e.HostNames(b)); diff != "" {
		t.Errorf("the next event (-want +got):\n%s", diff)
	}
	e.Hosts = &counted{}
	if n := testing.AllocsPerRun(100, func() {
		e.Reset()
		e.Process = p // at another time: no names
		if len(e.HostNames(a))+len(e.HostNames(b)) != 0 {
			t.Error("names at another time")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
