package kernel

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// decodeSocket fills in the socket behind the event's descriptor. What the
// kernel says of it counts; the address the program passed is used where the
// kernel keeps none: a connection that failed, a datagram sent to an address.
func (w *worker) decodeSocket(r *record.Record, e *event.Event) {
	n := &r.Nums
	e.FD.Type = socketKind(n[record.SockFamily])
	switch e.FD.Type {
	case event.FDUnix:
		w.decodeUnix(r, e)
	case event.FDIPv4, event.FDIPv6:
		w.decodeInet(r, e)
	}
}

func (w *worker) decodeUnix(r *record.Record, e *event.Event) {
	raw := unixName(r.Strs[record.Sockaddr])
	e.FD.RawName = raw
	e.FD.Name = raw
	if !strings.HasPrefix(raw, "@") {
		e.FD.Name = w.names[0].absolute(e.Process.CWD, raw)
	}
	e.FD.RealName = r.Strs[record.ObjectPath]
	// The program passed none: the address of whoever listens, or its own.
	for _, address := range []string{r.Strs[record.RemoteAddr], r.Strs[record.LocalAddr]} {
		if e.FD.Name == "" && e.FD.RealName == "" {
			e.FD.Name = unixName(address)
		}
	}
	if e.FD.Name == "" {
		e.FD.Name = e.FD.RealName
	}
	e.FD.Socket.Path = e.FD.Name
	e.FD.Socket.Connected = r.Nums[record.SockState] == tcpEstablished
}

// The states of a socket that matter (TCP_ESTABLISHED and TCP_LISTEN of the
// kernel, which other protocols have too).
const (
	tcpEstablished = 1
	tcpListen      = 10
)

func (w *worker) decodeInet(r *record.Record, e *event.Event) {
	n, s := &r.Nums, &e.FD.Socket
	s.Proto = protocol(n[record.SockProto])
	s.Local = known(addrPort(r.Strs[record.LocalAddr], n[record.LocalPort]))
	s.Remote = known(addrPort(r.Strs[record.RemoteAddr], n[record.RemotePort]))
	s.Connected = n[record.SockState] == tcpEstablished
	passed := sockaddr(r.Strs[record.Sockaddr])
	switch w.source.roles[e.Type] {
	case roleClient:
		// A socket that could not be connected may have forgotten the address.
		if !s.Remote.IsValid() {
			s.Remote = passed
		}
	case roleBinder:
		s.Server = true
		if !s.Local.IsValid() {
			s.Local = passed
		}
		s.Remote = netip.AddrPort{}
	case roleAcceptor:
		s.Server = true
	case rolePeer:
		if passed.IsValid() {
			s.Remote = passed
		}
		s.Server = serves(s)
		w.noteName(r, e)
	default:
		s.Server = n[record.SockState] == tcpListen || serves(s)
	}
	if e.FD.Type == event.FDIPv6 && (s.Remote.Addr().Is4() || !s.Remote.IsValid() && s.Local.Addr().Is4()) {
		e.FD.Type = event.FDIPv4
	}
}

// role is what a call tells of who serves whom.
type role uint8

const (
	roleUnknown  role = iota
	roleClient        // connect
	roleBinder        // bind, listen
	roleAcceptor      // accept
	rolePeer          // a message to or from an address
)

func newRoles() *[maxTypes]role {
	var roles [maxTypes]role
	for r, names := range map[role][]string{
		roleClient:   {"connect"},
		roleBinder:   {"bind", "listen"},
		roleAcceptor: {"accept", "accept4"},
		rolePeer:     {"sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "send", "recv"},
	} {
		for _, name := range names {
			if t, ok := event.ByName(name); ok {
				roles[t] = r
			}
		}
	}
	return &roles
}

// maxTypes bounds the number of event types.
const maxTypes = 64 * len(event.TypeSet{})

// firstEphemeral is where the ports begin that the kernel gives to clients
// (net.ipv4.ip_local_port_range, by default).
const firstEphemeral = 32768

// serves guesses whether the local end is the one that was asked, by the ports:
// the kernel does not keep who began. Where both are of one kind the lower
// serves.
func serves(s *event.Socket) bool {
	if !s.Remote.IsValid() || !s.Local.IsValid() {
		return s.Local.IsValid() // bound, and to be reached by anyone
	}
	local, remote := s.Local.Port(), s.Remote.Port()
	if high := local >= firstEphemeral; high != (remote >= firstEphemeral) {
		return !high
	}
	return local < remote
}

// noteName marks a message that goes to or comes from another address than the
// one before on the same socket, the first included.
func (w *worker) noteName(r *record.Record, e *event.Event) {
	s := &e.FD.Socket
	if s.Proto == event.ProtoTCP || s.Connected || !s.Remote.IsValid() || e.Res < 0 {
		return
	}
	ino := r.Nums[record.Ino]
	if w.peers[ino] == s.Remote {
		return
	}
	if len(w.peers) >= maxPeers {
		clear(w.peers) // the first message of each counts as changed again
	}
	w.peers[ino] = s.Remote
	e.FD.NameChanged = true
}

// maxPeers bounds the sockets whose last peer is remembered, per ring.
const maxPeers = 4096

// known is the address of an end that has one; a socket that was not bound or
// connected has port 0.
func known(a netip.AddrPort) netip.AddrPort {
	if a.Port() == 0 {
		return netip.AddrPort{}
	}
	return a
}

func protocol(p uint64) event.Protocol {
	switch p {
	case unix.IPPROTO_TCP, unix.IPPROTO_MPTCP:
		return event.ProtoTCP
	case unix.IPPROTO_UDP:
		return event.ProtoUDP
	case unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6:
		return event.ProtoICMP
	case unix.IPPROTO_RAW:
		return event.ProtoRaw
	}
	return event.ProtoUnknown
}

// addrPort makes an address of 4 or 16 bytes in network order. An IPv4 address
// in an IPv6 socket is an IPv4 address.
func addrPort(addr string, port uint64) netip.AddrPort {
	switch len(addr) {
	case 4:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte([]byte(addr))), uint16(port))
	case 16:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte([]byte(addr))).Unmap(), uint16(port))
	}
	return netip.AddrPort{}
}

// sockaddr reads an internet address as a program passes it; the zero AddrPort
// for any other.
func sockaddr(b string) netip.AddrPort {
	if len(b) < 8 {
		return netip.AddrPort{}
	}
	port := uint64(b[2])<<8 | uint64(b[3])
	switch binary.NativeEndian.Uint16([]byte(b[:2])) {
	case unix.AF_INET:
		return addrPort(b[4:8], port)
	case unix.AF_INET6:
		if len(b) >= 24 {
			return addrPort(b[8:24], port)
		}
	}
	return netip.AddrPort{}
}

// sockaddrFamily is the family of an address as a program passes it, 0 where
// there is none.
func sockaddrFamily(b string) uint64 {
	if len(b) < 2 {
		return 0
	}
	return uint64(binary.NativeEndian.Uint16([]byte(b[:2])))
}

// unixName is the name in a unix socket address: a path, "@" and an abstract
// name, or nothing.
func unixName(sockaddr string) string {
	if len(sockaddr) <= 2 {
		return ""
	}
	name := sockaddr[2:]
	if name[0] == 0 {
		return "@" + name[1:]
	}
	name, _, _ = strings.Cut(name, "\x00")
	return name
}
