package record

import "github.com/gyrsec/gyr/event"

// The numbers of a call's record, by their place: its six arguments as the
// program passed them, and what the descriptor it is about refers to.
const (
	Arg0 = iota
	Arg1
	Arg2
	Arg3
	Arg4
	Arg5
	FD
	Dev
	Ino
	InodeMode
	FileFlags
	SockFamily
	SockType
	SockProto
	SockState
	LocalPort
	RemotePort
	callNums
)

// The strings of a call's record, by their place: up to two names with the
// directories they are relative to, another string, the path of the
// descriptor's object, the addresses of its socket, the address and the data
// the program passed.
const (
	Name0 = iota
	Dir0
	Name1
	Dir1
	Text
	ObjectPath
	LocalAddr
	RemoteAddr
	Sockaddr
	Data
	callStrs
)

var callNumNames = [callNums]string{
	Arg0: "A0", Arg1: "A1", Arg2: "A2", Arg3: "A3", Arg4: "A4", Arg5: "A5",
	FD: "FD", Dev: "DEV", Ino: "INO", InodeMode: "IMODE", FileFlags: "FFLAGS",
	SockFamily: "SFAMILY", SockType: "STYPE", SockProto: "SPROTO", SockState: "SSTATE",
	LocalPort: "LPORT", RemotePort: "RPORT",
}

var callStrNames = [callStrs]string{
	Name0: "NAME0", Dir0: "DIR0", Name1: "NAME1", Dir1: "DIR1", Text: "TEXT", ObjectPath: "PATH",
	LocalAddr: "LADDR", RemoteAddr: "RADDR", Sockaddr: "SOCKADDR", Data: "DATA",
}

// HasOwnLayout reports whether the records of a family's calls are laid out by
// the schema (LayoutOf) rather than as those of all other calls.
func HasOwnLayout(f event.Family) bool { return f == event.FamilyOpen || f == event.FamilyExec }

// shapeOf is the shape of the records of an event type; false for what is told
// in another way than by a call's return.
func shapeOf(info *event.Info) (shape, bool) {
	if !info.Captured() || info.Call == nil {
		return shape{}, false
	}
	if HasOwnLayout(info.Family) {
		l := LayoutOf(info.Family)
		return shape{len(l.Nums), len(l.Strs)}, true
	}
	return shape{callNums, callStrs}, true
}
