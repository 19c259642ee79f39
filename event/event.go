// Package event is the model every other part of Gyr speaks: an Event, the
// Process that caused it, the File or Socket it is about and the Container it
// ran in, and the schema of all event types.
//
// The package is pure: it knows nothing of eBPF, capture files or rules, and
// does no system call. A source (live kernel, capture file) fills Events; an
// engine judges them.
//
// # Lifetime
//
// An Event and every string in it that does not belong to its Process is valid
// only until the handler it was given to returns: a source reuses the Event and
// the memory its strings point into. Copy what must live longer. A *Process is
// immutable and may be kept.
package event

import "unsafe"

// MaxParams is the largest number of parameters a captured event type may have
// that are carried in Event.Args (types whose parameters come from the Process
// may have more).
const MaxParams = 12

// Arg is the raw value of one event parameter: Num for numbers, descriptors,
// flags and results (sign-extended), Str for paths, strings and bytes.
type Arg struct {
	Num uint64
	Str string
}

// Event is one system call at its return, or another occurrence a rule can be
// asked about. The zero value is ready to be filled; Reset prepares it for
// reuse.
type Event struct {
	// Num counts the events of a source from 1, before any filtering in user
	// space. Shards of one source count together.
	Num uint64
	// Time is the wall-clock time of the event in nanoseconds since the epoch.
	Time int64
	// Clock is the same moment on the source's monotonic clock in nanoseconds
	// (live: since boot, suspended time included). Process values are looked up
	// by it.
	Clock int64
	// Type says what happened; Info(Type) describes its parameters.
	Type Type
	// CPU is the processor the event arose on.
	CPU uint16
	// TID is the thread in the initial PID namespace.
	TID int32
	// UID and GID are the thread's effective ids at the time of the event, in
	// the initial user namespace.
	UID, GID uint32
	// Res is the return value: 0 or a count or a descriptor on success, a
	// negated errno on failure.
	Res int64
	// Process is the value the process had at the time of the event. It is
	// never nil in an event handed to an engine; a process of which nothing is
	// known has Incomplete set.
	Process *Process
	// Args are the parameters in the order of Info(Type).Params, for types
	// whose parameters are carried by the event. Read them through Param.
	Args [MaxParams]Arg
	// Missing has bit i set where Args[i] is not known, as Capture.Missing.
	Missing uint16
	// FD is the descriptor the event is about, when HasFD.
	FD    FD
	HasFD bool
	// Paths are the file names the call was given where it makes no descriptor of
	// them, in the order of its parameters: of a rename the old and the new.
	Paths [2]Path
	// Data is the beginning of what was read or written, where a rule asks for
	// it; DataLen the length of all of it.
	Data    string
	DataLen int64
	// Names selects the names of files conditions see. See FileName.
	Names Names
	// Users resolves ids to names; nil where the source knows none.
	Users Users
	// Hosts tells the names of addresses; nil where the source knows none.
	Hosts Hosts
	// Static tells the values of the fields the configuration defines; nil where
	// there are none.
	Static Statics
	// Machine is asked for what events do not carry; nil where there is none.
	Machine Machine
	// First and Previous are the times of the source's first event and of the
	// one before this, on the clock of Time; 0 where the source does not say.
	First, Previous int64

	socketName string
	buf        []byte
	hosts      []hostNames
}

// Reset clears e for reuse and keeps its scratch memory.
func (e *Event) Reset() {
	*e = Event{Users: e.Users, Hosts: e.Hosts, Machine: e.Machine, buf: e.buf[:0], hosts: e.hosts[:0]}
}

// SocketName is the tuple of the event's socket in Falco's form
// ("127.0.0.1:40312->127.0.0.1:22"), made once per event in scratch memory.
func (e *Event) SocketName() string {
	if e.socketName == "" {
		e.socketName = e.Text(e.FD.Socket.AppendTuple)
	}
	return e.socketName
}

// Text calls write to append text to the event's scratch memory and returns
// what was appended as a string that lives as long as the event. It does not
// allocate once the scratch memory has grown to the size events need.
func (e *Event) Text(write func([]byte) []byte) string {
	start := len(e.buf)
	e.buf = write(e.buf)
	b := e.buf[start:]
	if len(b) == 0 {
		return ""
	}
	return unsafe.String(&b[0], len(b))
}

// Failed reports whether the call returned an error.
func (e *Event) Failed() bool { return e.Res < 0 }

// Param returns parameter i of the event's type and whether it has a value
// here.
func (e *Event) Param(i int) (Arg, bool) {
	params := Describe(e.Type).Params
	if i < 0 || i >= len(params) {
		return Arg{}, false
	}
	if get := params[i].Get; get != nil {
		return get(e)
	}
	if i >= MaxParams || e.Missing>>i&1 != 0 {
		return Arg{}, false
	}
	return e.Args[i], true
}

// Users resolves user and group ids to names, in the files of the root
// directory a process sees. ok is false where the id has no entry there.
// Implementations are safe for concurrent use and do not allocate for ids seen
// before.
type Users interface {
	User(uid uint32, p *Process) (u User, ok bool)
	Group(gid uint32, p *Process) (name string, ok bool)
}

// User is an entry of a user database.
type User struct{ Name, Home, Shell string }
