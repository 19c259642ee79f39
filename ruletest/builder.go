package ruletest

import (
	"net/netip"
	"path"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
)

// The ordinary event: what holds where a test says nothing else. Times in
// nanoseconds.
const (
	startTime  = 1_704_067_200 * second // 2024-01-01, 00:00 UTC
	startClock = 1000 * 24 * 3600 * second
	second     = int64(1e9)
	// maxAge is the longest time a process can have run: the clock leaves room
	// for ancestors that are older.
	maxAge = 999 * 24 * 3600 * second

	defaultProgram = "/usr/bin/app"
	firstProgram   = "/usr/lib/systemd/systemd"
	defaultPID     = 4000
	defaultSession = 3000
	// maxName is how much of a process's name the kernel keeps, in bytes.
	maxName = 15
)

// program is what a test says of what a process runs.
type program struct {
	name, exe, exePath, cmdline *string
	args                        []string
	argsGiven                   bool
	argsLine                    *string
	pid                         *int32
	age                         *int64
}

// builder gathers what a test says of an event until all is known.
type builder struct {
	l      *loader
	node   *yaml.Node
	typ    event.Type
	checks []check

	event     *event.Event
	proc      *event.Process
	container *event.Container
	details   event.Details
	pod       event.Pod
	// containerAge is how long before the event the container was started, in
	// nanoseconds.
	containerAge *int64
	place        place
	users        *users

	// self is the event's process, ancestors those above it, the parent first;
	// ordinary ones where noneGiven.
	self      program
	ancestors []program
	given     bool

	vpid, pgid, vpgid *int32
	file              file
	ends              ends
	fdType            *event.FDType
	connected         *bool
}

// place is what a test says of where a process runs.
type place uint8

const (
	unsaid place = iota
	onHost
	inContainer
)

// file is what a test says of an opened file.
type file struct {
	name, raw, real           *string
	flags, mode               *uint32
	read, write, create, exec *bool
	layers                    uint32
	num                       *int64
}

// end is one end of a connection.
type end struct {
	addr  netip.Addr
	port  *uint16
	names []string
}

func newBuilder(l *loader, n *yaml.Node, t event.Type, number int) *builder {
	at := int64(number) * 1e6
	b := &builder{
		container: &event.Container{},
		l:         l, node: n, typ: t,
		event: &event.Event{Num: uint64(number + 1), Time: startTime + at, Clock: startClock + at, Type: t},
		proc:  &event.Process{SID: defaultSession, LoginUID: event.NoLoginUID, CWD: "/"},
		users: &users{},
	}
	return b
}

// ancestor is the description of an ancestor, 1 being the parent; nil where
// there cannot be that many.
func (b *builder) ancestor(n int) *program {
	const most = 64
	switch {
	case n == 0:
		return &b.self
	case n > most:
		return nil
	}
	b.given = true
	for len(b.ancestors) < n {
		b.ancestors = append(b.ancestors, program{})
	}
	return &b.ancestors[n-1]
}

// build makes the event. Where something is missing it notes a problem.
func (b *builder) build() *event.Event {
	e := b.event
	b.users.fill(e, b.proc)
	b.processes()
	e.Process, e.TID, e.Users = b.proc, b.proc.PID, b.users
	switch event.Describe(b.typ).Family {
	case event.FamilyExec:
		if e.Args[event.ExecFilename].Str == "" && !e.Failed() && b.typ == event.Execve {
			e.Args[event.ExecFilename].Str = b.proc.ExePath
		}
	case event.FamilyOpen:
		b.open()
	case event.FamilyConnect:
		b.connect()
	default:
		b.numberArg("res", e.Res)
		b.otherFD()
		b.paths()
	}
	// A connection holds unless the test says otherwise.
	e.FD.Socket.Connected = or(b.connected, e.FD.Socket.Remote.IsValid() && !e.Failed())
	return e
}

// processes makes the event's process and those above it.
func (b *builder) processes() {
	if !b.given {
		name := firstProgram
		pid := int32(1)
		b.ancestors = []program{{exePath: &name, pid: &pid}}
	}
	clock := b.event.Clock
	var above *event.Task
	parentPID := int32(0)
	for i := len(b.ancestors) - 1; i >= 0; i-- {
		p := &event.Process{SID: 1, LoginUID: b.proc.LoginUID, CWD: "/"}
		b.ancestors[i].fill(p, defaultPID-1-int32(i))
		// Parents are older than their children.
		p.Start = clock - maxAge - int64(i)*second
		if age := b.ancestors[i].age; age != nil {
			p.Start = clock - *age
		}
		p.PPID, p.VPID, p.PGID, p.VPGID = parentPID, p.PID, p.PID, p.PID
		above, parentPID = event.NewTask(p, p.Start, above), p.PID
	}
	p := b.proc
	b.self.fill(p, defaultPID)
	p.PPID, p.PVPID = parentPID, parentPID
	p.VPID, p.PGID = or(b.vpid, p.PID), or(b.pgid, p.PID)
	p.VPGID = or(b.vpgid, p.PGID)
	p.VSID = p.SID
	p.Start = clock - second
	if b.self.age != nil {
		p.Start = clock - *b.self.age
	}
	p.ExecTime = p.Start
	p.UID, p.GID = b.event.UID, b.event.GID
	if b.place != onHost && b.place != unsaid {
		p.Container = b.fillContainer()
	}
	event.NewTask(p, p.Start, above)
}

func or[T any](given *T, ordinary T) T {
	if given != nil {
		return *given
	}
	return ordinary
}

// fill completes what a test says of a program: each of its names follows from
// those that are given.
func (g *program) fill(p *event.Process, pid int32) {
	p.PID = or(g.pid, pid)
	name, rest := g.names()
	p.Name = name
	p.ExePath = or(g.exePath, "/usr/bin/"+name)
	switch {
	case g.exePath == nil && g.exe != nil && strings.HasPrefix(*g.exe, "/"):
		p.ExePath = *g.exe
	case g.exePath == nil && g.name == nil && g.cmdline == nil && g.exe == nil:
		p.ExePath = defaultProgram
	}
	p.Exe = or(g.exe, name)
	switch {
	case g.argsGiven:
		p.Args, p.ArgsLine = g.args, strings.Join(g.args, " ")
	case g.argsLine != nil:
		p.Args, p.ArgsLine = strings.Fields(*g.argsLine), *g.argsLine
	default:
		p.Args, p.ArgsLine = strings.Fields(rest), rest
	}
	p.Cmdline = process.Cmdline(p.Name, p.ArgsLine)
	p.ArgsLen = uint64(len(p.Exe) + 1)
	for _, a := range p.Args {
		p.ArgsLen += uint64(len(a) + 1)
	}
}

// names are the program's name and its arguments as its command line has them.
func (g *program) names() (name, rest string) {
	line := or(g.cmdline, "")
	switch {
	case g.name != nil:
		name = *g.name
		rest, ok := strings.CutPrefix(line, name+" ")
		if !ok {
			_, rest, _ = strings.Cut(line, " ")
		}
		return name, rest
	case g.cmdline != nil:
		name, rest, _ = strings.Cut(line, " ")
	case or(g.exePath, "") != "":
		name = path.Base(*g.exePath)
	case or(g.exe, "") != "":
		name = path.Base(*g.exe)
	default:
		name = path.Base(defaultProgram)
	}
	return name[:min(len(name), maxName)], rest
}
