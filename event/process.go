package event

import "sync/atomic"

// NoLoginUID is the login uid of a process that belongs to no login session;
// Falco prints it as -1.
const NoLoginUID = ^uint32(0)

// Process is one immutable state of a process: what it was between two changes
// (exec, rename, move to another cgroup). An event points at the state of its
// time, so whatever depends on the process alone can be decided once per value.
type Process struct {
	// Task is the process this value is a state of.
	Task *Task
	// PID is the thread-group id in the initial PID namespace, VPID the one in
	// the process's own.
	PID, VPID int32
	// PPID, PGID and SID are the parent, process group and session in the
	// initial PID namespace; PVPID, VPGID, VSID in the process's own (0 where
	// the other process is not visible there).
	PPID, PGID, SID    int32
	PVPID, VPGID, VSID int32
	// Start is the process's fork on the source's monotonic clock, ExecTime
	// its last exec (0 when it never did one); both in nanoseconds.
	Start, ExecTime int64
	// Name is the kernel's name of the process (at most 15 bytes).
	Name string
	// Exe is argv[0]; ExePath the path of the executable by the kernel, from
	// the process's root at the time of exec.
	Exe, ExePath string
	// Args is argv without argv[0]; ArgsLen the length in bytes of all of argv
	// before any was cut off, Truncated says that some was.
	Args      []string
	ArgsLen   uint64
	Truncated bool
	// ArgsLine is Args joined with blanks; Cmdline is Name and ArgsLine.
	ArgsLine, Cmdline string
	// Env holds "NAME=value" as at exec.
	Env []string
	// CWD is the working directory at the time of fork or exec, with a slash at
	// its end: rules written for Falco expect one. Empty when unknown.
	CWD string
	// TTY is the device number of the controlling terminal, 0 without one.
	TTY uint32
	// LoginUID is the audit login uid, NoLoginUID when unset.
	LoginUID uint32
	// UID and GID are effective ids at the time of fork or exec; the ids at an
	// event's own time are in the Event.
	UID, GID uint32
	// Capability sets as bit masks.
	CapInheritable, CapPermitted, CapEffective uint64
	// The executable's identity, times in nanoseconds since the epoch.
	ExeDev             uint32
	ExeIno             uint64
	ExeCtime, ExeMtime int64
	ExeFlags           ExeFlags
	// Use is what the process might use and had used when it began to run its
	// program: at its last exec, or at its fork where it has not made one. Nil
	// when unknown.
	Use *Use
	// Stdio are standard input, output and error as at its last exec, its own or
	// the one it inherited; nil when unknown.
	Stdio *[3]Stream
	// NamespaceStart is the start of the first process of its PID namespace, on
	// the clock of Start; 0 when unknown.
	NamespaceStart int64
	// Cgroup is the path in the cgroup v2 hierarchy, CgroupV1 in the first v1
	// hierarchy in which the process is not at the root.
	Cgroup, CgroupV1 string
	// CgroupID is the id of the cgroup in the v2 hierarchy, 0 when unknown.
	CgroupID uint64
	// Container is nil on the host.
	Container *Container
	// Incomplete marks a process that was never seen to start and could not be
	// read afterwards: its fields are empty because they are unknown.
	Incomplete bool

	since  int64
	parent *Task
	prev   atomic.Pointer[Process]
}

// Clone returns a copy of p's facts, to be changed and given to a task with
// Become.
func (p *Process) Clone() *Process {
	return &Process{
		PID: p.PID, VPID: p.VPID, PPID: p.PPID, PGID: p.PGID, SID: p.SID,
		PVPID: p.PVPID, VPGID: p.VPGID, VSID: p.VSID,
		Start: p.Start, ExecTime: p.ExecTime,
		Name: p.Name, Exe: p.Exe, ExePath: p.ExePath,
		Args: p.Args, ArgsLen: p.ArgsLen, Truncated: p.Truncated,
		ArgsLine: p.ArgsLine, Cmdline: p.Cmdline, Env: p.Env, CWD: p.CWD,
		TTY: p.TTY, LoginUID: p.LoginUID, UID: p.UID, GID: p.GID,
		CapInheritable: p.CapInheritable, CapPermitted: p.CapPermitted, CapEffective: p.CapEffective,
		ExeDev: p.ExeDev, ExeIno: p.ExeIno, ExeCtime: p.ExeCtime, ExeMtime: p.ExeMtime, ExeFlags: p.ExeFlags,
		Use: p.Use, Stdio: p.Stdio, NamespaceStart: p.NamespaceStart,
		Cgroup: p.Cgroup, CgroupV1: p.CgroupV1, CgroupID: p.CgroupID, Container: p.Container, Incomplete: p.Incomplete,
	}
}

// Use counts what a process may use and has used.
type Use struct {
	// Descriptors is the number of descriptors it may have open, -1 for any
	// number.
	Descriptors int64
	// Memory in KiB: all that is mapped, what of it is in memory, what is swapped
	// out.
	VMSize, VMResident, VMSwap uint64
	// Page faults of its main thread since it was forked: those that had to wait
	// for a disk, and those that had not.
	MajorFaults, MinorFaults uint64
}

// Stream is what a descriptor refers to, described in a few words.
type Stream struct {
	// Type is FDUnknown where the descriptor is closed.
	Type FDType
	// Name is a path, the tuple of an internet socket, the address of a unix
	// socket, or what the kernel calls an object that is in no directory
	// ("pipe:[4711]").
	Name string
}

// ExeFlags are facts about an executable file.
type ExeFlags uint8

// The facts.
const (
	ExeWritable   ExeFlags = 1 << iota // writable by the process
	ExeUpperLayer                      // in the upper layer of an overlayfs
	ExeLowerLayer                      // in a lower layer of an overlayfs
	ExeMemfd                           // an anonymous memory file
	ExeDeleted                         // no longer linked anywhere
)

// historyDepth is the number of past states a process keeps. Events are late
// by milliseconds; a process that execs more often than this in that time is
// seen with a later state than it had.
const historyDepth = 8

// Task is one process from fork to exit. Its identity is its PID and start
// time; its state is a chain of immutable Process values, newest first, that
// readers may walk without locks while one writer appends.
type Task struct {
	current atomic.Pointer[Process]
	exit    atomic.Int64
	reaper  atomic.Pointer[Task]
}

// NewTask makes the task of a process first seen in state p at time since,
// child of parent (nil when unknown).
func NewTask(p *Process, since int64, parent *Task) *Task {
	t := &Task{}
	p.Task, p.since, p.parent = t, since, parent
	t.current.Store(p)
	return t
}

// Become makes p the state of t from time since on. The parent is kept where
// parent is nil. Only one goroutine at a time may change a task.
func (t *Task) Become(p *Process, since int64, parent *Task) {
	old := t.current.Load()
	if parent == nil {
		parent = old.parent
	}
	p.Task, p.since, p.parent = t, since, parent
	p.prev.Store(old)
	t.current.Store(p)
	for depth := 1; old != nil; depth++ {
		if depth == historyDepth {
			old.prev.Store(nil)
		}
		old = old.prev.Load()
	}
}

// Replace puts p in the place of t's current state, to hold from the same time
// on, of the same parent.
func (t *Task) Replace(p *Process) {
	old := t.current.Load()
	p.Task, p.since, p.parent = t, old.since, old.parent
	p.prev.Store(old.prev.Load())
	t.current.Store(p)
}

// Exit records that the process ended at the given time and who takes over
// its children (nil when unknown).
func (t *Task) Exit(time int64, reaper *Task) {
	t.reaper.Store(reaper)
	t.exit.Store(time)
}

// Forget lets go of the states of a process that has ended, and with them of its
// ancestors. Its descendants still find whoever took them over.
func (t *Task) Forget() {
	t.current.Store(&Process{Task: t, Incomplete: true})
}

// ExitTime is the time the process ended, 0 while it lives.
func (t *Task) ExitTime() int64 { return t.exit.Load() }

// At returns the state the process had at the given time: the newest state
// that began at or before it, or the oldest known.
func (t *Task) At(time int64) *Process {
	p := t.current.Load()
	for p.since > time {
		prev := p.prev.Load()
		if prev == nil {
			break
		}
		p = prev
	}
	return p
}

// Current returns the newest state.
func (t *Task) Current() *Process { return t.current.Load() }

// maxReapers bounds the walk over parents that have ended.
const maxReapers = 64

// ParentAt returns the state at the given time of the process that was p's
// parent then: the one that forked it, or after its end whoever took over its
// children. It is nil when the parent is unknown.
func (p *Process) ParentAt(time int64) *Process {
	t := p.parent
	for range maxReapers {
		if t == nil {
			return nil
		}
		exit := t.exit.Load()
		if exit == 0 || exit > time {
			return t.At(time)
		}
		t = t.reaper.Load()
	}
	return nil
}

// Since is the time from which p holds, on the clock of Start.
func (p *Process) Since() int64 { return p.since }

// ParentTask is the task that forked p, or that p was last seen to have as
// parent; nil when unknown.
func (p *Process) ParentTask() *Task { return p.parent }
