package kernel

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// rawSockaddr is an internet address as a program passes it.
func rawSockaddr(a netip.AddrPort) string {
	var b []byte
	if a.Addr().Is4() {
		b = binary.NativeEndian.AppendUint16(b, unix.AF_INET)
		b = binary.BigEndian.AppendUint16(b, a.Port())
		ip := a.Addr().As4()
		return string(append(append(b, ip[:]...), make([]byte, 8)...))
	}
	b = binary.NativeEndian.AppendUint16(b, unix.AF_INET6)
	b = binary.BigEndian.AppendUint16(b, a.Port())
	b = append(b, 0, 0, 0, 0) // flow
	ip := a.Addr().As16()
	return string(append(append(b, ip[:]...), 0, 0, 0, 0))
}

func unixSockaddr(path string) string {
	return string(binary.NativeEndian.AppendUint16(nil, unix.AF_UNIX)) + path
}

func TestSockaddr(t *testing.T) {
	for _, text := range []string{"127.0.0.1:22", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:443", "[2001:db8::5]:8080", "[::]:0"} {
		want := netip.MustParseAddrPort(text)
		if got := sockaddr(rawSockaddr(want)); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
	mapped := netip.MustParseAddrPort("[::ffff:10.1.2.3]:80")
	if got, want := sockaddr(rawSockaddr(mapped)), netip.MustParseAddrPort("10.1.2.3:80"); got != want {
		t.Errorf("%v: got %v, want %v", mapped, got, want)
	}
	short := rawSockaddr(netip.MustParseAddrPort("[::1]:443"))[:23]
	for _, none := range []string{"", "\x02", "\x02\x00\x00\x16\x7f\x00\x00", short, unixSockaddr("/run/x.sock")} {
		if got := sockaddr(none); got.IsValid() {
			t.Errorf("%q is read as %v", none, got)
		}
	}
}

// Any address is either none or, encoded again, the same.
func FuzzSockaddr(f *testing.F) {
	for _, text := range []string{"127.0.0.1:22", "[::1]:443", "[::ffff:10.1.2.3]:80"} {
		f.Add(rawSockaddr(netip.MustParseAddrPort(text)))
	}
	f.Add(unixSockaddr("/run/x.sock"))
	f.Add(unixSockaddr("\x00abstract"))
	f.Fuzz(func(t *testing.T, b string) {
		a := sockaddr(b)
		if a.IsValid() {
			if again := sockaddr(rawSockaddr(a)); again != a {
				t.Errorf("%q is %v, and that again %v", b, a, again)
			}
		}
		if name := unixName(b); len(name) > len(b) {
			t.Errorf("%q has the name %q", b, name)
		}
	})
}

func TestUnixName(t *testing.T) {
	tests := map[string]string{
		"":                         "",
		"\x01":                     "",
		unixSockaddr(""):           "", // unnamed
		unixSockaddr("/run/x"):     "/run/x",
		unixSockaddr("/x\x00\x00"): "/x",
		unixSockaddr("rel"):        "rel",
		unixSockaddr("\x00abs"):    "@abs",
		unixSockaddr("\x00a\x00b"): "@a\x00b", // every byte of an abstract name counts
		unixSockaddr("\x00"):       "@",
	}
	for raw, want := range tests {
		if got := unixName(raw); got != want {
			t.Errorf("unixName(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestProtocol(t *testing.T) {
	for number, want := range map[uint64]string{6: "tcp", 17: "udp", 1: "icmp", 58: "icmp", 255: "raw", 0: "", 132: "", ^uint64(0): ""} {
		if got := protocol(number).String(); got != want {
			t.Errorf("protocol %d: %q, want %q", number, got, want)
		}
	}
}

func TestDecodeConnect(t *testing.T) {
	w := newTestWorker()
	bytesOf := func(a string) string { return string(netip.MustParseAddr(a).AsSlice()) }
	inet := func(family, proto uint64, laddr string, lport uint64, raddr string, rport uint64, passed string) record.Record {
		var r record.Record
		r.Type = uint16(event.Connect)
		r.Nums[record.Arg0], r.Nums[record.FD], r.Nums[record.Ino] = 5, 5, 99
		r.Nums[record.SockFamily], r.Nums[record.SockProto] = family, proto
		r.Nums[record.LocalPort], r.Nums[record.RemotePort] = lport, rport
		r.Strs[record.LocalAddr], r.Strs[record.RemoteAddr] = bytesOf(laddr), bytesOf(raddr)
		if passed != "" {
			r.Strs[record.Sockaddr] = rawSockaddr(netip.MustParseAddrPort(passed))
		}
		return r
	}
	local := func(path, real string) record.Record {
		var r record.Record
		r.Type = uint16(event.Connect)
		r.Nums[record.Arg0], r.Nums[record.FD], r.Nums[record.SockFamily] = 5, 5, unix.AF_UNIX
		r.Strs[record.Sockaddr], r.Strs[record.ObjectPath] = unixSockaddr(path), real
		return r
	}
	tests := map[string]struct {
		record    record.Record
		kind      event.FDType
		name      string
		proto     string
		nameagain string
	}{
		"IPv4": {inet(unix.AF_INET, 6, "127.0.0.1", 40312, "127.0.0.1", 22, "127.0.0.1:22"), event.FDIPv4, "127.0.0.1:40312->127.0.0.1:22", "tcp", ""},
		"IPv6": {inet(unix.AF_INET6, 17, "::1", 1, "2001:db8::5", 53, "[2001:db8::5]:53"), event.FDIPv6, "::1:1->2001:db8::5:53", "udp", ""},
		"IPv4 in IPv6": {
			inet(unix.AF_INET6, 6, "::ffff:10.0.0.1", 1, "::ffff:10.0.0.2", 80, "[::ffff:10.0.0.2]:80"), event.FDIPv4, "10.0.0.1:1->10.0.0.2:80", "tcp", "",
		},
		"refused, and forgotten": {
			inet(unix.AF_INET, 6, "127.0.0.1", 40000, "0.0.0.0", 0, "127.0.0.1:9"), event.FDIPv4, "127.0.0.1:40000->127.0.0.1:9", "tcp", "",
		},
		"unix":          {local("/run/x.sock\x00", "/run/x.sock"), event.FDUnix, "/run/x.sock", "", "/run/x.sock"},
		"relative unix": {local("../x.sock", "/home/x.sock"), event.FDUnix, "/home/x.sock", "", "/home/x.sock"},
		"abstract unix": {local("\x00bus/..", ""), event.FDUnix, "@bus/..", "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := &event.Event{Type: event.Connect, Process: &event.Process{CWD: "/home/u/"}}
			w.decodeCall(&test.record, e)
			if e.FD.Type != test.kind || e.FileName() != test.name || e.FD.Socket.Proto.String() != test.proto || e.FD.RealName != test.nameagain {
				t.Errorf("type %v name %q proto %q real %q, want %v %q %q %q",
					e.FD.Type, e.FileName(), e.FD.Socket.Proto, e.FD.RealName, test.kind, test.name, test.proto, test.nameagain)
			}
			if e.FD.Num != 5 || !e.HasFD {
				t.Errorf("descriptor %d, want 5", e.FD.Num)
			}
			if a, ok := e.Param(2); !ok || a.Num != 5 {
				t.Errorf("parameter fd is %d, want 5", a.Num)
			}
		})
	}
}

func TestDecodeFailedExec(t *testing.T) {
	w := newTestWorker()
	l := &w.source.exec
	tests := map[string]struct{ argv, exe, args string }{
		"none":      {"", "", ""},
		"alone":     {"ls\x00", "ls", ""},
		"arguments": {"ls\x00-l\x00/tmp\x00", "ls", "-l /tmp"},
		"cut":       {"ls\x00-l\x00/tm", "ls", "-l /tm"},
		"no name":   {"\x00-l\x00", "", "-l"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var r record.Record
			r.Strs[l.filename], r.Strs[l.argv] = "./nofile", test.argv
			e := &event.Event{Type: event.Execve, Res: -2, Process: &event.Process{Exe: "sh"}}
			w.decodeFailedExec(&r, e)
			got := params(e)
			if got["filename"].Str != "./nofile" || got["exe"].Str != test.exe || got["args"].Str != test.args {
				t.Errorf("filename %q exe %q args %q, want ./nofile %q %q", got["filename"].Str, got["exe"].Str, got["args"].Str, test.exe, test.args)
			}
		})
	}
}
