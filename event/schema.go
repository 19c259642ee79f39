package event

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
var schema = append(captured[:], uncaptured()...)

// captured are the types the live source delivers.
var captured = [...]Info{
	Execve: {
		Name: "execve", Family: FamilyExec, Category: "process", Params: execParams(true), Extra: execExtra,
		Call: &Call{AMD64: 59, ARM64: 221},
	},
	Execveat: {
		Name: "execveat", Family: FamilyExec, Category: "process", Params: execParams(false), Extra: execExtra,
		Call: &Call{AMD64: 322, ARM64: 281},
	},
	Open: {
		Name: "open", Family: FamilyOpen, Category: "file",
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "name", Type: FSPath}, {Name: "flags", Type: Flags32, Flags: openFlags},
			{Name: "mode", Type: Uint32}, {Name: "dev", Type: Uint32}, {Name: "ino", Type: Uint64},
		},
		Extra: openExtra, Call: &Call{AMD64: 2, ARM64: -1},
	},
	Openat: {
		Name: "openat", Family: FamilyOpen, Category: "file",
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "dirfd", Type: FDNum}, {Name: "name", Type: FSRelPath},
			{Name: "flags", Type: Flags32, Flags: openFlags}, {Name: "mode", Type: Uint32},
			{Name: "dev", Type: Uint32}, {Name: "ino", Type: Uint64},
		},
		Extra: openExtra, Call: &Call{AMD64: 257, ARM64: 56},
	},
	Openat2: {
		Name: "openat2", Family: FamilyOpen, Category: "file",
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "dirfd", Type: FDNum}, {Name: "name", Type: FSRelPath},
			{Name: "flags", Type: Flags32, Flags: openFlags}, {Name: "mode", Type: Uint32},
			{Name: "resolve", Type: Flags32, Flags: resolveFlags},
			{Name: "dev", Type: Uint32}, {Name: "ino", Type: Uint64},
		},
		Extra: openExtra, Call: &Call{AMD64: 437, ARM64: 437},
	},
	Creat: {
		Name: "creat", Family: FamilyOpen, Category: "file",
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "name", Type: FSPath}, {Name: "mode", Type: Uint32},
			{Name: "dev", Type: Uint32}, {Name: "ino", Type: Uint64},
			{Name: "creat_flags", Type: Flags32, Flags: creatFlags},
		},
		Extra: openExtra, Call: &Call{AMD64: 85, ARM64: -1},
	},
	Connect: {
		Name: "connect", Family: FamilyConnect, Category: "net",
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "tuple", Type: SockTuple, Get: tuple},
			{Name: "fd", Type: FDNum}, {Name: "addr", Type: SockAddr, Get: remoteAddress},
		},
		Extra: connectExtra, Call: &Call{AMD64: 42, ARM64: 203},
	},
	ProcExit: {
		Name: "procexit", Family: FamilyProcess, Category: "process",
		Params: []Param{{Name: "status", Type: Errno}},
	},
}
