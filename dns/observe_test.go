package dns

import (
	"net/netip"
	"testing"

	"github.com/gyrsec/gyr/event"
)

func eventType(name string) event.Type {
	t, ok := event.ByName(name)
	if !ok {
		panic("no event type " + name)
	}
	return t
}

// received is what a process in a container gets from a name server.
func received(data string) *event.Event {
	return &event.Event{
		Type: eventType("recvfrom"), Res: int64(len(data)), Process: process(nil, &event.Container{ID: "c1"}), HasFD: true,
		FD: event.FD{Num: 5, Type: event.FDIPv4, Socket: event.Socket{
			Local: netip.MustParseAddrPort("10.0.0.5:41000"), Remote: netip.MustParseAddrPort("10.0.0.2:53"), Proto: event.ProtoUDP,
		}},
		Data: data, DataLen: int64(len(data)),
	}
}

func TestObserve(t *testing.T) {
	const reply = head1 + recordA
	tcp := func(e *event.Event) { e.FD.Socket.Proto = event.ProtoTCP }
	tests := []struct {
		name   string
		data   string
		change func(*event.Event)
		known  bool
	}{
		{"recvfrom", reply, func(*event.Event) {}, true},
		{"read", reply, func(e *event.Event) { e.Type = eventType("read") }, true},
		{"readv", reply, func(e *event.Event) { e.Type = eventType("readv") }, true},
		{"recvmsg", reply, func(e *event.Event) { e.Type = eventType("recvmsg") }, true},
		{"recvmmsg", reply, func(e *event.Event) { e.Type = eventType("recvmmsg") }, true},
		{"over IPv6", reply, func(e *event.Event) {
			e.FD.Type = event.FDIPv6
			e.FD.Socket.Remote = netip.MustParseAddrPort("[fd00::53]:53")
		}, true},
		{"a UDP socket that is not connected", reply, func(e *event.Event) { e.FD.Socket.Remote = netip.AddrPort{} }, true},
		{"the beginning of a long one", head2 + recordA + "\xc0\x0c\x00\x10", func(e *event.Event) { e.DataLen = 5000 }, true},
		{"over TCP", "\x00\x2d" + reply, tcp, true},
		{"over TCP, the length read before", reply, tcp, true},
		{"over TCP, with more behind", "\x00\x2d" + reply + "\x00\x10more", tcp, true},
		{"over TCP, only the beginning", "\x10\x00" + reply, tcp, true},

		{"over TCP, the length alone", "\x00\x2d", tcp, false},
		{"over TCP, from another port", "\x00\x2d" + reply, func(e *event.Event) {
			tcp(e)
			e.FD.Socket.Remote = netip.MustParseAddrPort("10.0.0.2:54")
		}, false},
		{"over TCP, from nobody", "\x00\x2d" + reply, func(e *event.Event) {
			tcp(e)
			e.FD.Socket.Remote = netip.AddrPort{}
		}, false},
		{"from another port", reply, func(e *event.Event) { e.FD.Socket.Remote = netip.MustParseAddrPort("10.0.0.2:5353") }, false},
		{"received by the name server", "\x12\x34\x01\x00" + reply[4:], func(e *event.Event) {
			e.FD.Socket.Local, e.FD.Socket.Remote = e.FD.Socket.Remote, e.FD.Socket.Local
		}, false},
		{"a query", "\x12\x34\x01\x00" + reply[4:], func(*event.Event) {}, false},
		{"sent", reply, func(e *event.Event) { e.Type = eventType("sendto") }, false},
		{"failed", reply, func(e *event.Event) { e.Res = -11 }, false},
		{"nothing", "", func(*event.Event) {}, false},
		{"no descriptor", reply, func(e *event.Event) { e.HasFD = false }, false},
		{"a file", reply, func(e *event.Event) { e.FD = event.FD{Type: event.FDFile, Name: "/x"} }, false},
		{"a unix socket", reply, func(e *event.Event) { e.FD = event.FD{Type: event.FDUnix} }, false},
		{"another protocol", reply, func(e *event.Event) { e.FD.Socket.Proto = event.ProtoRaw }, false},
		{"garbage", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", func(e *event.Event) { e.FD.Socket.Remote = netip.AddrPort{} }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := New(Options{ObserveAnswers: true, Log: quiet()})
			e := received(tt.data)
			tt.change(e)
			n.Observe(e)
			want := ""
			if tt.known {
				want = "example.com"
			}
			if got := n.of("93.184.216.34", e.Process, e.Clock); got != want {
				t.Errorf("names %q, want %q", got, want)
			}
			for _, p := range []*event.Process{process(nil, nil), process(nil, &event.Container{ID: "c2"})} {
				if got := n.of("93.184.216.34", p, e.Clock); got != "" {
					t.Errorf("in another container: %q", got)
				}
			}
		})
	}
}

// What is stored must not be the event's memory.
func TestObserveKeepsNothingOfTheEvent(t *testing.T) {
	n := New(Options{ObserveAnswers: true, Log: quiet()})
	data := []byte(head1 + recordA)
	e := received("")
	e.Data = e.Text(func(dst []byte) []byte { return append(dst, data...) })
	p := e.Process
	n.Observe(e)
	e.Reset()
	e.Text(func(dst []byte) []byte {
		for range data {
			dst = append(dst, 'x')
		}
		return dst
	})
	if got := n.of("93.184.216.34", p, 0); got != "example.com" {
		t.Errorf("names %q", got)
	}
}

// A process that a container's first one starts without environment is not seen
// with that of its parent: what the container was told is remembered.
func TestObserveStart(t *testing.T) {
	in := &event.Container{ID: "c1"}
	started := func(p *event.Process) *event.Event { return &event.Event{Type: event.Execve, Process: p} }
	for _, tt := range []struct {
		name string
		e    *event.Event
		want string
	}{
		{"a start in a container", started(process(nil, in, "KUBERNETES_SERVICE_HOST="+apiIP)), strings4},
		{"a start that failed", func() *event.Event {
			e := started(process(nil, in, "KUBERNETES_SERVICE_HOST="+apiIP))
			e.Res = -2
			return e
		}(), ""},
		{"a start without the variable", started(process(nil, in, "A=b")), ""},
		{"a name", started(process(nil, in, "KUBERNETES_SERVICE_HOST=api.example")), ""},
		{"a start on the host", started(process(nil, nil, "KUBERNETES_SERVICE_HOST="+apiIP)), ""},
		{"an open", &event.Event{Type: event.Openat, Process: process(nil, in, "KUBERNETES_SERVICE_HOST="+apiIP)}, ""},
	} {
		n := New(Options{ObserveAnswers: true, Log: quiet()})
		for range 3 {
			n.Observe(tt.e)
		}
		for p, want := range map[*event.Process]string{process(nil, in): tt.want, process(nil, nil): "", process(nil, &event.Container{ID: "c2"}): ""} {
			if got := n.of(apiIP, p, 0); got != want {
				t.Errorf("%s: %q, want %q", tt.name, got, want)
			}
		}
	}
}

const strings4 = "kubernetes.default.svc.cluster.local kubernetes.default.svc kubernetes.default kubernetes"

func TestObserveOfOthersDoesNotAllocate(t *testing.T) {
	n := New(Options{ObserveAnswers: true, Log: quiet()})
	in := &event.Container{ID: "c1"}
	open := &event.Event{Type: event.Openat, Process: process(nil, in)}
	data := received("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	data.FD.Socket.Remote = netip.AddrPort{}
	start := &event.Event{Type: event.Execve, Process: process(nil, in, "KUBERNETES_SERVICE_HOST="+apiIP)}
	n.Observe(start)
	if allocs := testing.AllocsPerRun(100, func() {
		n.Observe(open)
		n.Observe(data)
		n.Observe(start)
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
