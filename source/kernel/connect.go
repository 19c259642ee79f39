package kernel

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// connectLayout says where the values of a connect stand in its record.
type connectLayout struct {
	fd, ino, family, proto, lport, rport int
	laddr, raddr, sockaddr               int
}

func newConnectLayout() connectLayout {
	l := record.LayoutOf(event.FamilyConnect)
	return connectLayout{
		fd: l.Num("fd"), ino: l.Num("ino"), family: l.Num("family"), proto: l.Num("proto"),
		lport: l.Num("lport"), rport: l.Num("rport"),
		laddr: l.Str("laddr"), raddr: l.Str("raddr"), sockaddr: l.Str("sockaddr"),
	}
}

// connectFD is the place of the descriptor among connect's parameters.
const connectFD = 2

func (w *worker) decodeConnect(r *record.Record, e *event.Event) {
	l := &w.source.connect
	fd := int64(r.Nums[l.fd])
	e.HasFD = true
	e.FD = event.FD{Num: fd, Ino: r.Nums[l.ino]}
	e.Args[connectFD].Num = uint64(fd)
	if r.Nums[l.family] == unix.AF_UNIX {
		e.FD.Type = event.FDUnix
		e.FD.RawName = unixName(r.Strs[l.sockaddr])
		e.FD.Name = w.paths.absolute(e.Process.CWD, e.FD.RawName)
		if strings.HasPrefix(e.FD.RawName, "@") {
			e.FD.Name = e.FD.RawName
		}
		e.FD.RealName = r.Strs[l.raddr]
		e.FD.Socket.Path = e.FD.Name
		return
	}
	s := &e.FD.Socket
	s.Proto = protocol(r.Nums[l.proto])
	s.Local = addrPort(r.Strs[l.laddr], r.Nums[l.lport])
	s.Remote = addrPort(r.Strs[l.raddr], r.Nums[l.rport])
	// A socket that could not be connected may have forgotten the address.
	if !s.Remote.IsValid() || s.Remote.Port() == 0 || s.Remote.Addr().IsUnspecified() {
		if a := sockaddr(r.Strs[l.sockaddr]); a.IsValid() {
			s.Remote = a
		}
	}
	e.FD.Type = event.FDIPv4
	if r.Nums[l.family] == unix.AF_INET6 && !s.Remote.Addr().Is4() {
		e.FD.Type = event.FDIPv6
	}
}

func protocol(p uint64) event.Protocol {
	switch p {
	case unix.IPPROTO_TCP:
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

// decodeFailedExec fills in what a program tried to run.
func (w *worker) decodeFailedExec(r *record.Record, e *event.Event) {
	l := &w.source.exec
	e.Args[event.ExecFilename].Str = r.Strs[l.filename]
	exe, args, _ := strings.Cut(strings.TrimSuffix(r.Strs[l.argv], "\x00"), "\x00")
	e.Args[event.ExecExe].Str = exe
	if args != "" {
		e.Args[event.ExecArgs].Str = strings.ReplaceAll(args, "\x00", " ")
	}
}

// execLayout says where the values of a failed exec stand in its record.
type execLayout struct{ filename, argv int }

func newExecLayout() execLayout {
	l := record.LayoutOf(event.FamilyExec)
	return execLayout{filename: l.Str("filename"), argv: l.Str("argv")}
}
