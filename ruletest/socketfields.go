package ruletest

import (
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/gyrsec/gyr/event"
)

func socketDescribers() map[string]describer {
	all := map[string]describer{
		"fd.is_server": onFD(truth(func(b *builder, v bool) { b.event.FD.Socket.Server = v })),
		"fd.l4proto":   onFD(describeProtocol),
	}
	for letter, pick := range map[string]func(*ends) *end{
		"c": func(e *ends) *end { return &e.client }, "s": func(e *ends) *end { return &e.server },
		"l": func(e *ends) *end { return &e.local }, "r": func(e *ends) *end { return &e.remote },
	} {
		all["fd."+letter+"ip"] = onFD(func(b *builder, v value) {
			if a, ok := v.address(); ok {
				pick(&b.ends).addr = a
				b.expect(v, a.String())
			}
		})
		all["fd."+letter+"port"] = onFD(func(b *builder, v value) {
			if n, ok := v.number(0, math.MaxUint16); ok {
				port := uint16(n)
				pick(&b.ends).port = &port
				b.expect(v, strconv.FormatInt(n, 10))
			}
		})
		all["fd."+letter+"ip.name"] = onFD(func(b *builder, v value) {
			if names, ok := v.hostNames(); ok {
				pick(&b.ends).names = names
				b.expect(v, names[0])
			}
		})
	}
	return all
}

// ends are the ends of a connection by all the names a test may use.
type ends struct{ client, server, local, remote end }

// given reports whether the test says anything of them.
func (e *ends) given() bool {
	return e.client.given() || e.server.given() || e.local.given() || e.remote.given()
}

// settle finds the local and the remote end: the client is the local one
// unless the process is the server.
func (e *ends) settle(isServer bool) (local, remote end) {
	near, far := e.client, e.server
	if isServer {
		near, far = far, near
	}
	return e.local.or(near), e.remote.or(far)
}

// or is the end with what is not said of it taken from another name's.
func (e end) or(other end) end {
	if !e.addr.IsValid() {
		e.addr = other.addr
	}
	if e.port == nil {
		e.port = other.port
	}
	if e.names == nil {
		e.names = other.names
	}
	return e
}

func describeProtocol(b *builder, v value) {
	s, ok := v.text()
	if !ok {
		return
	}
	var names []string
	for p := event.ProtoTCP; p <= event.ProtoRaw; p++ {
		if p.String() == s {
			b.event.FD.Socket.Proto = p
			b.expect(v, s)
			return
		}
		names = append(names, p.String())
	}
	v.fail("is one of %s, not %q", strings.Join(names, ", "), cut(s))
}

// connect completes a connection: to an address, or to the path of a unix
// socket.
func (b *builder) connect() {
	e := b.event
	e.HasFD = true
	e.FD.Num = or(b.file.num, 3)
	b.numberArg("fd", e.FD.Num)
	if name := or(b.file.name, ""); !b.ends.given() && strings.Contains(name, "->") {
		b.ends.tuple(name)
	}
	local, remote := b.ends.settle(e.FD.Socket.Server)
	if !remote.addr.IsValid() && remote.names != nil {
		remote.addr = netip.AddrFrom4([4]byte{203, 0, 113, 10})
	}
	switch {
	case remote.addr.IsValid() && remote.port == nil:
		b.l.fail(b.node.Line, b.node.Column, "the connection has an address and no port: add \"fd.sport: 443\"")
	case remote.addr.IsValid():
		b.internet(local, remote)
	case b.file.name != nil:
		e.FD.Type = or(b.fdType, event.FDUnix)
		e.FD.Name, e.FD.RawName = *b.file.name, or(b.file.raw, *b.file.name)
		e.FD.RealName = or(b.file.real, "")
		e.FD.Socket.Path = *b.file.name
	default:
		b.l.fail(b.node.Line, b.node.Column, "the %v event leads nowhere: add \"fd.sip:\" and \"fd.sport:\", or \"fd.name:\" with the path of a unix socket", b.typ)
	}
}

func (b *builder) internet(local, remote end) {
	s, kind := &b.event.FD.Socket, event.FDIPv4
	ordinary := netip.AddrFrom4([4]byte{192, 168, 1, 5})
	if remote.addr.Is6() {
		ordinary, kind = netip.MustParseAddr("2001:db8::1"), event.FDIPv6
	}
	if !local.addr.IsValid() {
		local.addr = ordinary
	}
	if local.addr.Is6() != remote.addr.Is6() {
		b.l.fail(b.node.Line, b.node.Column, "one end of the connection has an IPv4 address and the other an IPv6 address")
		return
	}
	b.event.FD.Type = or(b.fdType, kind)
	if s.Proto == event.ProtoUnknown {
		s.Proto = event.ProtoTCP
	}
	s.Local = netip.AddrPortFrom(local.addr, or(local.port, 40000))
	s.Remote = netip.AddrPortFrom(remote.addr, *remote.port)
	names := hosts{remote.addr: remote.names}
	if local.names != nil {
		names[local.addr] = local.names
	}
	b.event.Hosts = names
}

// tuple reads both ends from a connection's name, client->server.
func (e *ends) tuple(name string) {
	client, server, _ := strings.Cut(name, "->")
	for _, part := range []struct {
		text string
		end  *end
	}{{client, &e.client}, {server, &e.server}} {
		i := strings.LastIndexByte(part.text, ':')
		addr, err := netip.ParseAddr(part.text[:max(i, 0)])
		port, errPort := strconv.ParseUint(part.text[i+1:], 10, 16)
		if err != nil || errPort != nil || addr.Zone() != "" {
			continue // reads as something else then, and is reported
		}
		p := uint16(port)
		part.end.addr, part.end.port = addr.Unmap(), &p
	}
}
