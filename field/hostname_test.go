package field

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

func TestHostNames(t *testing.T) {
	at := func(change func(*event.Event)) func() *event.Event {
		return func() *event.Event {
			e := connectEvent()
			change(e)
			return e
		}
	}
	unnamed := netip.MustParseAddrPort("198.51.100.1:443")
	tests := []struct {
		name  string
		field string
		event func() *event.Event
		names []string
		ok    bool
		text  string
	}{
		{"several", "fd.sip.name", connectEvent, []string{"www.example.com", "edge.example.net"}, true, "www.example.com"},
		{"one", "fd.lip.name", connectEvent, []string{"web-0.shop"}, true, "web-0.shop"},
		{"of a server's client", "fd.cip.name", at(func(e *event.Event) { e.FD.Socket.Server = true }), []string{"www.example.com", "edge.example.net"}, true, "www.example.com"},
		{"IPv4 within IPv6", "fd.sip.name", at(func(e *event.Event) {
			e.FD.Type, e.FD.Socket.Remote = event.FDIPv6, netip.MustParseAddrPort("[::ffff:93.184.216.34]:443")
		}), []string{"www.example.com", "edge.example.net"}, true, "www.example.com"},
		{"an address without a name", "fd.sip.name", at(func(e *event.Event) { e.FD.Socket.Remote = unnamed }), nil, true, none},
		{"nobody who knows names", "fd.sip.name", at(func(e *event.Event) { e.Hosts = nil }), nil, true, none},
		{"no peer", "fd.rip.name", at(func(e *event.Event) { e.FD.Socket.Remote = netip.AddrPort{} }), nil, false, none},
		{"a file", "fd.sip.name", at(func(e *event.Event) { e.FD.Type = event.FDFile }), nil, false, none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := mustBind(t, tt.field)
			names, ok := r.Names(tt.event())
			if diff := cmp.Diff(tt.names, names); diff != "" || ok != tt.ok {
				t.Errorf("%v, names (-want +got):\n%s", ok, diff)
			}
			if got := render(r, tt.event()); got != tt.text {
				t.Errorf("text %q, want %q", got, tt.text)
			}
			want := `"` + tt.text + `"`
			if tt.text == none {
				want = "null"
			}
			if got := string(r.AppendJSON(nil, tt.event())); got != want {
				t.Errorf("JSON %s, want %s", got, want)
			}
		})
	}
}

func TestOnlyNamesOfHostsHaveSeveral(t *testing.T) {
	for f := range All {
		if r := mustBind(t, liveReference(f)); (r.Names != nil) != f.HostName || f.HostName && f.Type != CharBuf {
			t.Errorf("%s: names %v, name of a host %v", f.Name, r.Names != nil, f.HostName)
		}
	}
}
