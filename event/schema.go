package event

import "slices"

// The event types the live source captures, and those other code has to name.
// Types without a constant are found by name.
const (
	Execve Type = iota + 1
	Execveat
	Open
	Openat
	Openat2
	Creat
	Connect
	ProcExit
)

// schema is the one description of event types. The header of the kernel half
// is generated from it, the decoder reads records by it, and evt.arg.*, the
// capture plan and --list-events are derived from it. It is never changed.
//
// The order matters where several types have a parameter of the same name: the
// first gives evt.rawarg its type.
var schema = slices.Concat(captured[:], netTypes[:], processTypes[:], ioTypes[:], userTypes[:], memoryTypes[:],
	fileTypes[:], metaTypes[:], genericTypes[:])

// captured are the types the live source delivers.
var captured = [...]Info{
	Execve: {
		Name: "execve", Family: FamilyExec, Category: "process", Params: execParams[:], Extra: execExtra,
		Call: &Call{AMD64: 59, ARM64: 221, I386: []int{11}, ARM: []int{11}},
	},
	Execveat: {
		Name: "execveat", Family: FamilyExec, Category: "process", Params: execParams[:len(execParams)-1], Extra: execExtra,
		Call: &Call{AMD64: 322, ARM64: 281, I386: []int{358}, ARM: []int{387}},
	},
	Open: {
		Name: "open", Family: FamilyOpen, Category: "file",
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "name", Type: FSPath}, {Name: "flags", Type: Flags32, Flags: openFlags},
			{Name: "mode", Type: Uint32}, {Name: "dev", Type: Uint32}, {Name: "ino", Type: Uint64},
		},
		Direction: DirBoth, Enter: []Param{
			{Name: "name", Type: FSPath}, {Name: "flags", Type: Flags32, Flags: openFlags}, {Name: "mode", Type: Uint32},
		},
		Extra: openExtra, Call: &Call{AMD64: 2, ARM64: -1, I386: []int{5}, ARM: []int{5}},
	},
	Openat: {
		Name: "openat", Family: FamilyOpen, Category: "file",
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "dirfd", Type: FDNum}, {Name: "name", Type: FSRelPath},
			{Name: "flags", Type: Flags32, Flags: openFlags}, {Name: "mode", Type: Uint32},
			{Name: "dev", Type: Uint32}, {Name: "ino", Type: Uint64},
		},
		Direction: DirBoth, Enter: []Param{
			{Name: "dirfd", Type: FDNum}, {Name: "name", Type: FSRelPath},
			{Name: "flags", Type: Flags32, Flags: openFlags}, {Name: "mode", Type: Uint32},
		},
		Extra: openExtra, Call: &Call{AMD64: 257, ARM64: 56, I386: []int{295}, ARM: []int{322}},
	},
	Openat2: {
		Name: "openat2", Family: FamilyOpen, Category: "file",
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "dirfd", Type: FDNum}, {Name: "name", Type: FSRelPath},
			{Name: "flags", Type: Flags32, Flags: openFlags}, {Name: "mode", Type: Uint32},
			{Name: "resolve", Type: Flags32, Flags: resolveFlags},
			{Name: "dev", Type: Uint32}, {Name: "ino", Type: Uint64},
		},
		Direction: DirBoth, Enter: []Param{
			{Name: "dirfd", Type: FDNum}, {Name: "name", Type: FSRelPath},
			{Name: "flags", Type: Flags32, Flags: openFlags}, {Name: "mode", Type: Uint32},
			{Name: "resolve", Type: Flags32, Flags: resolveFlags},
		},
		Extra: openExtra, Call: &Call{AMD64: 437, ARM64: 437, I386: []int{437}, ARM: []int{437}},
	},
	Creat: {
		Name: "creat", Family: FamilyOpen, Category: "file",
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "name", Type: FSPath}, {Name: "mode", Type: Uint32},
			{Name: "dev", Type: Uint32}, {Name: "ino", Type: Uint64},
			{Name: "creat_flags", Type: Flags16, Flags: creatFlags},
		},
		Direction: DirBoth, Enter: []Param{{Name: "name", Type: FSPath}, {Name: "mode", Type: Uint32}},
		Extra: openExtra, Call: &Call{AMD64: 85, ARM64: -1, I386: []int{8}, ARM: []int{8}},
	},
	Connect: {
		Name: "connect", Family: FamilyConnect, Category: "net",
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "tuple", Type: SockTuple, Get: tuple},
			{Name: "fd", Type: FDNum}, {Name: "addr", Type: SockAddr, Get: remoteAddress},
		},
		Direction: DirBoth, Enter: []Param{{Name: "fd", Type: FDNum}, {Name: "addr", Type: SockAddr}},
		Extra: connectExtra, Call: &Call{AMD64: 42, ARM64: 203, I386: []int{362}, ARM: []int{283}},
	},
	ProcExit: {
		Name: "procexit", Family: FamilyProcess, Category: "process", Class: ClassTracepoint, Direction: DirEnter,
		Params: []Param{
			{Name: "status", Type: Errno}, {Name: "ret", Type: Errno, Get: exitCode}, {Name: "sig", Type: SigType, Get: exitSignal},
			{Name: "core", Type: Uint8, Get: exitCore}, {Name: "reaper_tid", Type: PID},
		},
	},
}
