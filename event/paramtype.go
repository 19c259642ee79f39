package event

// ParamType is the type of an event parameter, by the names of Falco's event
// table.
type ParamType uint8

// The parameter types. Those from CharBuf on are text.
const (
	Int64 ParamType = iota
	Int32
	Int16
	Uint64
	Uint32
	Uint16
	Uint8
	FDNum
	PID
	UID
	GID
	Errno
	Mode
	AbsTime
	RelTime
	SigType
	SigSet
	SyscallID
	Flags32
	Flags16
	Flags8
	EnumFlags32
	EnumFlags16
	EnumFlags8
	CharBuf
	ByteBuf
	FSPath
	FSRelPath
	SockAddr
	SockTuple
	FDList
	// Dynamic is a value whose type each event tells itself; sources give it as
	// text.
	Dynamic
	paramTypes
)

var paramTypeNames = [paramTypes]string{
	Int64: "INT64", Int32: "INT32", Int16: "INT16", Uint64: "UINT64", Uint32: "UINT32", Uint16: "UINT16", Uint8: "UINT8",
	FDNum: "FD", PID: "PID", UID: "UID", GID: "GID", Errno: "ERRNO", Mode: "MODE", AbsTime: "ABSTIME", RelTime: "RELTIME",
	SigType: "SIGTYPE", SigSet: "SIGSET", SyscallID: "SYSCALLID",
	Flags32: "FLAGS32", Flags16: "FLAGS16", Flags8: "FLAGS8",
	EnumFlags32: "ENUMFLAGS32", EnumFlags16: "ENUMFLAGS16", EnumFlags8: "ENUMFLAGS8",
	CharBuf: "CHARBUF", ByteBuf: "BYTEBUF", FSPath: "FSPATH", FSRelPath: "FSRELPATH",
	SockAddr: "SOCKADDR", SockTuple: "SOCKTUPLE", FDList: "FDLIST", Dynamic: "DYNAMIC",
}

// String is the name Falco's event table has for the type.
func (t ParamType) String() string { return paramTypeNames[t] }

// IsText reports whether the parameter's value is Arg.Str rather than Arg.Num.
func (t ParamType) IsText() bool { return t >= CharBuf }

// IsSigned reports whether the parameter's value is negative where the highest
// bit of Arg.Num is set.
func (t ParamType) IsSigned() bool {
	return t <= Int16 || t == FDNum || t == PID || t == Errno
}

// IsFlags reports whether each bit of the value has a meaning of its own.
func (t ParamType) IsFlags() bool { return t >= Flags32 && t <= Flags8 }

// IsEnum reports whether the whole value is one of the numbers the flag set
// names.
func (t ParamType) IsEnum() bool { return t >= EnumFlags32 && t <= EnumFlags8 }

// Param describes one parameter of an event type.
type Param struct {
	Name string
	Type ParamType
	// Flags names the bits of a type with IsFlags, the numbers of one with
	// IsEnum.
	Flags FlagSet
	// Get derives the value where the event does not carry it in Args (the
	// parameters of execve are the new process's own). Nil: Args.
	Get func(*Event) (Arg, bool)
}

// AppendNames appends what the flag set calls the value v: the names of its
// bits, joined with "|", or of the one number it is; nothing for a type without
// names.
func (p *Param) AppendNames(dst []byte, v uint64) []byte {
	switch {
	case p.Type.IsFlags():
		return p.Flags.AppendNames(dst, uint32(v))
	case p.Type.IsEnum():
		return p.Flags.AppendName(dst, uint32(v))
	}
	return dst
}
