package field

import (
	"net/netip"
	"strconv"

	"github.com/gyrsec/gyr/event"
)

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

func fdSocketFields() []Field {
	fields := []Field{
		anyOf("fd.ip", "IP address of either end: for conditions only.", IPAddr, "fd.cip", "fd.sip"),
		anyOf("fd.port", "Port of either end: for conditions only.", Port, "fd.cport", "fd.sport"),
		anyOf("fd.net", "IP address of either end, compared with networks: for conditions only.", IPNet, "fd.cnet", "fd.snet"),
		later("fd.proto", "Service of either end's port: for conditions only.", Port).filterOnly(),
		text("fd.l4proto", "Transport protocol of a socket: tcp, udp, icmp or raw.", func(e *event.Event) (string, bool) {
			s := socket(e)
			if s == nil {
				return "", false
			}
			return s.Proto.String(), s.Proto != event.ProtoUnknown
		}),
		text("fd.sockfamily", "Family of a socket: ip or unix.", func(e *event.Event) (string, bool) {
			switch {
			case socket(e) != nil:
				return "ip", true
			case e.HasFD && e.FD.Type == event.FDUnix:
				return "unix", true
			}
			return "", false
		}),
		boolean("fd.is_server", "true where the process is the end that was connected to.", func(e *event.Event) (bool, bool) { return e.FD.Socket.Server, e.HasFD }),
		boolean("fd.connected", "true where the socket is connected; a connection still being made is not.", func(e *event.Event) (bool, bool) {
			return e.FD.Socket.Connected, e.HasFD
		}),
	}
	for _, end := range ends {
		fields = append(fields, endFields(end.letter, end.what, end.get)...)
	}
	return fields
}

func endFields(letter, what string, get func(*event.Socket) netip.AddrPort) []Field {
	addr := func(e *event.Event) (netip.Addr, bool) {
		s := socket(e)
		if s == nil {
			return netip.Addr{}, false
		}
		a := get(s)
		return a.Addr().Unmap(), a.IsValid()
	}
	network := address("fd."+letter+"net", "IP address of the "+what+", compared with networks: for conditions only.", addr).filterOnly()
	network.Type = IPNet
	return []Field{
		address("fd."+letter+"ip", "IP address of the "+what+".", addr),
		integer("fd."+letter+"port", "Port of the "+what+".", Port, func(e *event.Event) (int64, bool) {
			s := socket(e)
			if s == nil {
				return 0, false
			}
			a := get(s)
			return int64(a.Port()), a.IsValid()
		}),
		later("fd."+letter+"proto", "Name of the service the port of the "+what+" stands for.", CharBuf),
		network,
		hostName("fd."+letter+"ip.name", "Domain name of the "+what+"'s address, from DNS answers seen in the process's container or from resolving the names in rules. "+
			"Where there are several, a comparison holds if it does for one of them, and != if it does for all.",
			func(e *event.Event) ([]string, bool) {
				a, ok := addr(e)
				if !ok {
					return nil, false
				}
				return e.HostNames(a), true
			}),
	}
}
