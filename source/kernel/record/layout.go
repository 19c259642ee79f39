// Package record is the contract between the two halves of the live source:
// how the kernel half lays out what it tells, and how to read it. It is pure,
// so that the decoder can be fuzzed and used on recorded bytes anywhere.
//
// A record is a header, then the numbers, then the lengths of the strings, then
// the strings, each group in the order of the layout. Layouts of events come
// from the schema in package event; those of process changes are here. The C
// header of the kernel half is generated from both.
package record

import (
	"slices"

	"github.com/gyrsec/gyr/event"
)

// Kind says what a record in the ring of process changes tells.
type Kind uint16

// The kinds of process changes.
const (
	Exec Kind = iota + 1
	Fork
	Exit
	Rename
	Cgroup
	State
	CgroupMade
	CgroupRemoved
)

// Flags of a record's header.
const (
	ArgsCut    = 1 << 0 // argv or the environment was longer than was kept
	PathCut    = 1 << 1 // a path was deeper or longer than was followed
	Unreadable = 1 << 2 // memory of the program could not be read
	Deleted    = 1 << 3 // the file had no name any more
	Narrow     = 1 << 4 // a 32-bit program made the call
	Answer     = 1 << 5 // the data is a name server's answer: no event
	Shared     = 1 << 6 // the descriptor had changed hands before the call returned
	Changed    = 1 << 7 // not an event, but what an argument was and what it became
	Threads    = 1 << 8 // others may write the memory the name is in
)

// The numbers of an exec or fork record, by their place.
const (
	PPID = iota
	PStart
	PGID
	SID
	VPID
	PVPID
	VPGID
	VSID
	TTY
	LoginUID
	CapInheritable
	CapPermitted
	CapEffective
	ExeDev
	ExeIno
	ExeCtime
	ExeMtime
	ExeFlags
	ArgsLen
	EnvLen
	FDLimit
	MajorFaults
	MinorFaults
	VMSize // memory in pages
	VMResident
	VMSwap
	NamespaceStart
	StreamKinds // of standard input, output, error
	processNums = iota + 2
)

// The strings of an exec or fork record, by their place.
const (
	Comm = iota
	ExePath
	CWD
	CgroupV2
	CgroupV1
	Args
	ArgsTail // what is left of argv, or the end of it
	Env
	Filename
	Streams     // standard input, output, error
	processStrs = iota + 2
)

// The values of the other process changes.
const (
	ReaperPID   = 0
	ReaperStart = 1
	exitNums    = 2

	NewName    = 0
	renameStrs = 1

	Hierarchy  = 0
	CgroupID   = 1 // of the cgroup in the hierarchy
	cgroupNums = 2
	NewCgroup  = 0
	cgroupStrs = 1
)

var processNumNames = [processNums]string{
	PPID: "PPID", PStart: "PSTART", PGID: "PGID", SID: "SID", VPID: "VPID", PVPID: "PVPID", VPGID: "VPGID", VSID: "VSID",
	TTY: "TTY", LoginUID: "LOGINUID", CapInheritable: "CAP_INHERITABLE", CapPermitted: "CAP_PERMITTED",
	CapEffective: "CAP_EFFECTIVE", ExeDev: "EXE_DEV", ExeIno: "EXE_INO", ExeCtime: "EXE_CTIME", ExeMtime: "EXE_MTIME",
	ExeFlags: "EXE_FLAGS", ArgsLen: "ARGS_LEN", EnvLen: "ENV_LEN",
	FDLimit: "FD_LIMIT", MajorFaults: "MAJOR_FAULTS", MinorFaults: "MINOR_FAULTS",
	VMSize: "VM_SIZE", VMResident: "VM_RESIDENT", VMSwap: "VM_SWAP", NamespaceStart: "NAMESPACE_START",
	StreamKinds: "STDIN", StreamKinds + 1: "STDOUT", StreamKinds + 2: "STDERR",
}

var processStrNames = [processStrs]string{
	Comm: "COMM", ExePath: "EXEPATH", CWD: "CWD", CgroupV2: "CGROUP", CgroupV1: "CGROUP_V1", Args: "ARGS", ArgsTail: "ARGS_TAIL", Env: "ENV",
	Filename: "FILENAME", Streams: "STDIN", Streams + 1: "STDOUT", Streams + 2: "STDERR",
}

// shape is the number of numbers and strings a record has.
type shape struct{ nums, strs int }

func (k Kind) shape() (shape, bool) {
	switch k {
	case Exec, Fork, State:
		return shape{processNums, processStrs}, true
	case Exit:
		return shape{exitNums, 0}, true
	case Rename:
		return shape{0, renameStrs}, true
	case Cgroup, CgroupMade, CgroupRemoved:
		return shape{cgroupNums, cgroupStrs}, true
	}
	return shape{}, false
}

// Layout says where each value stands in the records of a family: all its event
// types have the same, with a place for every value one of them carries.
type Layout struct {
	Nums, Strs []string
}

// LayoutOf derives a family's layout from the schema: the parameters its types
// carry (those not derived from elsewhere) and the extras, each name once. It
// is for families with HasOwnLayout; others have none.
func LayoutOf(f event.Family) Layout {
	var l Layout
	if !HasOwnLayout(f) {
		return l
	}
	add := func(params []event.Param) {
		for _, p := range params {
			names := &l.Nums
			if p.Type.IsText() {
				names = &l.Strs
			}
			if p.Get == nil && !slices.Contains(*names, p.Name) {
				*names = append(*names, p.Name)
			}
		}
	}
	for t := range event.Types {
		if info := event.Describe(t); info.Family == f && info.Call != nil {
			add(info.Params)
		}
	}
	for t := range event.Types {
		if info := event.Describe(t); info.Family == f && info.Call != nil {
			add(info.Extra)
		}
	}
	return l
}

// Num and Str return the place of a value by its name, -1 when there is none.
func (l Layout) Num(name string) int { return slices.Index(l.Nums, name) }

// Str is Num for strings.
func (l Layout) Str(name string) int { return slices.Index(l.Strs, name) }
