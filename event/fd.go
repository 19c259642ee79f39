package event

import (
	"net/netip"
	"strconv"
)

// FDType is the kind of object behind a file descriptor, by Falco's names.
type FDType uint8

// The kinds of descriptors.
const (
	FDUnknown FDType = iota
	FDFile
	FDDirectory
	FDIPv4
	FDIPv6
	FDUnix
	FDPipe
	FDEvent
	FDSignal
	FDEventpoll
	FDInotify
	FDTimer
	FDNetlink
	FDBPF
	FDUserfault
	FDIOUring
	FDMemfd
	FDPid
)

// Names and type characters are those of fd.type and fd.typechar.
var fdTypes = [...]struct {
	name string
	char string
}{
	FDUnknown: {"", "o"}, FDFile: {"file", "f"}, FDDirectory: {"directory", "d"},
	FDIPv4: {"ipv4", "4"}, FDIPv6: {"ipv6", "6"}, FDUnix: {"unix", "u"},
	FDPipe: {"pipe", "p"}, FDEvent: {"event", "e"}, FDSignal: {"signalfd", "s"},
	FDEventpoll: {"eventpoll", "l"}, FDInotify: {"inotify", "i"}, FDTimer: {"timerfd", "t"},
	FDNetlink: {"netlink", "n"}, FDBPF: {"bpf", "b"}, FDUserfault: {"userfaultfd", "u"},
	FDIOUring: {"io_uring", "r"}, FDMemfd: {"memfd", "m"}, FDPid: {"pidfd", "P"},
}

// String is the value of fd.type.
func (t FDType) String() string { return fdTypes[t].name }

// Char is the value of fd.typechar: one character.
func (t FDType) Char() string { return fdTypes[t].char }

// IsSocket reports whether the descriptor is a socket rules can ask about.
func (t FDType) IsSocket() bool { return t == FDIPv4 || t == FDIPv6 || t == FDUnix }

// FD is a file descriptor with what it refers to.
type FD struct {
	// Num is the descriptor, negative where none was made.
	Num  int64
	Type FDType
	// Name is the absolute path the program asked for: its own string, made
	// absolute with the directory it was relative to and cleaned of ".", ".."
	// and double slashes, symlinks not followed.
	Name string
	// RawName is the program's own string, unchanged.
	RawName string
	// RealName is the path of the object the kernel opened, from the process's
	// root; empty where nothing was opened.
	RealName string
	// Watched is a name by which rules know the file, where that is neither Name
	// nor RealName: the file is reached by a hard link or a bind mount of it.
	// Empty for nearly all files.
	Watched string
	// Dev is the device number in the kernel's user-space encoding (major<<8 |
	// minor for small numbers), Ino the inode number.
	Dev uint32
	Ino uint64
	// UnderDev and UnderIno are those of the file in a layer that a file of an
	// overlay stands for; 0 for others.
	UnderDev uint32
	UnderIno uint64
	// Flags are the open flags as Falco prints them (OpenFlags names them).
	Flags  uint32
	Socket Socket
	// NameChanged is set where the call gave the descriptor another name: a UDP
	// socket that sends to another peer than before.
	NameChanged bool
}

// Protocol is a transport protocol, by the names of fd.l4proto.
type Protocol uint8

// The transport protocols fd.l4proto tells apart.
const (
	ProtoUnknown Protocol = iota
	ProtoTCP
	ProtoUDP
	ProtoICMP
	ProtoRaw
)

// String is the value of fd.l4proto; empty when unknown.
func (p Protocol) String() string {
	return [...]string{"", "tcp", "udp", "icmp", "raw"}[p]
}

// Socket is one end of a connection, as the process that owns the descriptor
// sees it.
type Socket struct {
	Local, Remote netip.AddrPort
	Proto         Protocol
	// Server is set on the descriptor of the accepting side.
	Server bool
	// Connected is set where the kernel holds the socket to be connected.
	Connected bool
	// Path is the address of a unix socket: a path, or "@" and an abstract
	// name.
	Path string
}

// Client and Server sides: the client is the one that connected.
func (s *Socket) Client() netip.AddrPort {
	if s.Server {
		return s.Remote
	}
	return s.Local
}

// ServerSide is the address that was connected to.
func (s *Socket) ServerSide() netip.AddrPort {
	if s.Server {
		return s.Local
	}
	return s.Remote
}

// AppendTuple appends the connection as Falco prints it: client->server, the
// address alone of a socket that is bound and not connected, or the path of a
// unix socket.
func (s *Socket) AppendTuple(dst []byte) []byte {
	if !s.Remote.IsValid() && !s.Local.IsValid() {
		return append(dst, s.Path...)
	}
	if !s.Remote.IsValid() {
		return AppendAddrPort(dst, s.Local)
	}
	dst = AppendAddrPort(dst, s.Client())
	dst = append(dst, "->"...)
	return AppendAddrPort(dst, s.ServerSide())
}

// AppendAddrPort appends addr:port without brackets around an IPv6 address, as
// Falco does.
func AppendAddrPort(dst []byte, a netip.AddrPort) []byte {
	if !a.IsValid() {
		return dst
	}
	dst = a.Addr().AppendTo(dst)
	dst = append(dst, ':')
	return strconv.AppendUint(dst, uint64(a.Port()), 10)
}
