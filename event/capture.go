package event

import "slices"

// Source says where a value of an event comes from: a register, the result, or
// memory one of them points to.
type Source int16

// The sources. Those beyond are values of a struct; Field takes them apart.
const (
	// FromNothing: the value is not known.
	FromNothing Source = iota
	// FromResult is what the call returned.
	FromResult
	// FromArg0 to FromArg5 are the registers with the call's arguments.
	FromArg0
	FromArg1
	FromArg2
	FromArg3
	FromArg4
	FromArg5
	// FromText0 to FromText5 are the NUL-terminated strings those point to.
	FromText0
	FromText1
	FromText2
	FromText3
	FromText4
	FromText5
	// FromCall is the number of the call itself, FromID Falco's number of it
	// (Type.ID).
	FromCall
	FromID
	// FromData is what Capture.Data describes, FromDataLen the length of all of
	// it, FromControl the control messages beside it.
	FromData
	FromDataLen
	FromControl
	// FromAddr is the socket address Capture.Addr describes.
	FromAddr
	// FromFDName, FromFDDev and FromFDIno are the kernel's name, the device and
	// the inode number of the file behind Capture.FD.
	FromFDName
	FromFDDev
	FromFDIno
	// FromHighLow1 is a number of 64 bits in two registers, argument 1 its upper
	// half and argument 2 its lower; FromLowHigh3 and FromLowHigh4 have the lower
	// half in arguments 3 and 4 and the upper in the one after.
	FromHighLow1
	FromLowHigh3
	FromLowHigh4
)

// Sources from here on are values in the struct that is Capture.Data: the
// offset in bytes is added.
const (
	fromUint16 Source = (iota + 1) << 8
	fromUint32
	fromUint64
	fromTime
	fromCaps
	fromStructEnd
)

// Arg is the number of the register the source is or points from, false where
// it is another kind of source.
func (s Source) Arg() (n int, ok bool) {
	switch {
	case s >= FromArg0 && s <= FromArg5:
		return int(s - FromArg0), true
	case s >= FromText0 && s <= FromText5:
		return int(s - FromText0), true
	}
	return 0, false
}

// IsText reports whether the source is a string a register points to.
func (s Source) IsText() bool { return s >= FromText0 && s <= FromText5 }

// Field says which value of a struct the source is, false where it is none.
func (s Source) Field() (f StructField, ok bool) {
	if s < fromUint16 || s >= fromStructEnd {
		return StructField{}, false
	}
	return StructField{Kind: FieldKind(s>>8 - 1), Offset: int(s & 0xff)}, true
}

// FieldKind is the form of a number in a struct.
type FieldKind uint8

// The forms, all in the byte order of the machine.
const (
	FieldUint16 FieldKind = iota
	FieldUint32
	FieldUint64
	// FieldTime is a struct timespec of two 64-bit numbers, the value
	// nanoseconds.
	FieldTime
	// FieldCaps is a set of capabilities whose lower 32 bits stand at the offset
	// and whose upper ones 12 bytes behind.
	FieldCaps
)

// StructField is a number in a struct.
type StructField struct {
	Kind   FieldKind
	Offset int // in bytes
}

// Guard restricts something to calls with certain values of an argument. The
// zero Guard restricts nothing.
type Guard struct {
	Arg Source
	// Values has bit n set where n is such a value.
	Values uint64
}

// Allows reports whether a call with these arguments is not kept out.
func (g Guard) Allows(args *[6]uint64) bool {
	if g.Values == 0 {
		return true
	}
	n, _ := g.Arg.Arg()
	return args[n] < 64 && g.Values>>args[n]&1 != 0
}

// PathArg is a file name among a call's arguments.
type PathArg struct {
	// Name is the string, FromNothing where the call has no such name.
	Name Source
	// Dir is the descriptor of the directory the name is relative to;
	// FromNothing: the working directory.
	Dir Source
	// Literal is set where the string is not resolved: the target of a symlink,
	// the device of a mount.
	Literal bool
}

// TextArg is a string among a call's arguments.
type TextArg struct {
	At   Source
	When Guard
}

// AddrArg is a socket address among a call's arguments.
type AddrArg struct {
	At, Len Source
	// LenAt is set where Len points to the length instead of being it.
	LenAt bool
}

// DataKind is the form of the memory a call works on.
type DataKind uint8

// The forms of data.
const (
	DataNone DataKind = iota
	// DataBuffer is Len bytes at At.
	DataBuffer
	// DataVector is Len struct iovec at At.
	DataVector
	// DataMessage is a struct msghdr at At.
	DataMessage
	// DataMessages is Len struct mmsghdr at At.
	DataMessages
	// DataStruct is a struct of Size bytes at At; there is no payload.
	DataStruct
)

// DataArg is the memory a call works on.
type DataArg struct {
	Kind DataKind
	At   Source
	Len  Source
	Size int
	// Filled is set where the call writes to it: there is as much as it
	// returned, and nothing where it failed.
	Filled bool
	When   Guard
}

// Capture describes how a system call's event comes out of its registers.
type Capture struct {
	// Args are the sources of Event.Args, place by place: FromNothing also for
	// parameters that are derived (Param.Get). They stand for the parameters of
	// the same place, except where Params says otherwise.
	Args []Source
	// Params are the parameters Args stand for, by their place in Info.Params.
	Params []int
	// Missing has bit i set where place i of Event.Args stands for a parameter
	// whose value is not known.
	Missing uint16
	// FD is the descriptor the event is about.
	FD Source
	// Paths are the file names, in the order of Event.Paths.
	Paths [2]PathArg
	// Texts are the strings to read, those of Paths first, the less important
	// last.
	Texts []TextArg
	Addr  AddrArg
	Data  DataArg
}

// Capture returns how the event of the type comes out of a call that a program
// of the architecture makes; false for what is no system call.
//
// Of 32-bit x86, three calls pass their arguments in memory at argument 0: mmap
// (number 90), select (82) and, with the kind of call in argument 0 and the
// memory at argument 1, socketcall. What is said here holds once they are read.
func (t Type) Capture(arch Arch) (Capture, bool) {
	info := Describe(t)
	if info.Call == nil {
		return Capture{}, false
	}
	x := exceptionOf(info.Name)
	_, hasID := t.ID()
	c := Capture{Args: x.args, FD: x.fd, Paths: x.paths, Addr: x.addr, Data: x.data}
	if c.Args == nil {
		c.inOrder(info, x.returnsFD, hasID)
	}
	if arch == ArchI386 || arch == ArchARM {
		c.narrow(info.Name, arch)
	}
	c.place(info, x.params)
	c.listTexts(x.when)
	return c, true
}

// inOrder is the rule for most calls: their parameters are the arguments, in
// that order.
func (c *Capture) inOrder(info *Info, returnsFD, hasID bool) {
	params := info.Params
	if len(params) > 0 && &params[0] == &genericParams[0] {
		c.Args = []Source{FromNothing, FromCall}
		if hasID {
			c.Args[0] = FromID
		}
		return
	}
	c.Args = make([]Source, min(len(params), MaxParams))
	next, paths := FromArg0, 0
	if returnsFD && c.FD == FromNothing {
		c.FD = FromResult
	}
	for i, p := range params {
		if i == 0 && returnsFD && p.Get == nil {
			c.Args[i] = FromResult
		}
		if i >= MaxParams || p.Get != nil || c.Args[i] != FromNothing {
			continue
		}
		c.Args[i] = next
		if p.Type.IsText() && p.Type != Dynamic {
			c.Args[i] = FromText0 + next - FromArg0
		}
		switch {
		case p.Type == FSPath:
			c.Paths[paths] = PathArg{Name: c.Args[i]}
			paths++
		case p.Type == FSRelPath:
			c.Paths[paths] = PathArg{Name: c.Args[i], Dir: next - 1}
			paths++
		case p.Type == FDNum && c.FD == FromNothing && !isDirectory(params, i):
			c.FD = next
		}
		next++
	}
}

// isDirectory reports whether the parameter is the descriptor of the directory
// the next is relative to.
func isDirectory(params []Param, i int) bool {
	return i+1 < len(params) && params[i+1].Type == FSRelPath
}

// narrow changes what is elsewhere for 32-bit programs: a register holds half a
// position, and structs with machine words have another layout, which is not
// read.
func (c *Capture) narrow(name string, arch Arch) {
	switch name {
	case "pread", "pwrite":
		c.Args = slices.Clone(c.Args)
		c.Args[4] = FromLowHigh3
		if arch == ArchARM {
			c.Args[4] = FromLowHigh4 // pairs begin at an even register
		}
	case "preadv", "pwritev":
		c.Args = slices.Clone(c.Args)
		c.Args[4] = FromLowHigh3
	case "getrlimit", "setrlimit", "prlimit", "nanosleep", "ppoll", "sendfile":
		c.Args = slices.Clone(c.Args)
		for i, s := range c.Args {
			if _, ok := s.Field(); ok {
				c.Args[i] = FromNothing
			}
		}
		c.Data = DataArg{}
	}
}

// place notes which parameters the sources stand for, and those without.
func (c *Capture) place(info *Info, params []int) {
	args := slices.Clone(c.Args) // the table's own
	if params == nil {
		for i := range args {
			params = append(params, i)
		}
	}
	for i, p := range params {
		switch {
		case p != i:
		case info.Params[i].Get != nil:
			args[i] = FromNothing
		case args[i] == FromNothing:
			c.Missing |= 1 << i
		}
	}
	c.Args, c.Params = args, params
}

// listTexts gathers the strings the other parts name. when is the guard of the
// last one.
func (c *Capture) listTexts(when Guard) {
	add := func(s Source) {
		if !s.IsText() {
			return
		}
		for _, t := range c.Texts {
			if t.At == s {
				return
			}
		}
		c.Texts = append(c.Texts, TextArg{At: s})
	}
	for _, p := range c.Paths {
		add(p.Name)
	}
	for _, s := range c.Args {
		add(s)
	}
	if n := len(c.Texts); n > 0 {
		c.Texts[n-1].When = when
	}
}
