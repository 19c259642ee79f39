package config_test

import (
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/gyrsec/gyr/event"
)

// Events built by hand, as the live source would hand them over. A builder
// changes an event that is otherwise the ordinary one of its kind.
type with func(*event.Event)

const (
	now = int64(100e9)
	pts = 34816
)

// program describes a process by its real path and its arguments; its name is
// the last part of the path or, where it is "name=path", the one given. Its
// parent is the system's first process.
func program(words ...string) *event.Process {
	p := one(words[0], words[1:]...)
	event.NewTask(p, 2, event.NewTask(one("/usr/lib/systemd/systemd"), 1, nil))
	return p
}

func one(path string, args ...string) *event.Process {
	name, real, ok := strings.Cut(path, "=")
	if !ok {
		name, real = filepath.Base(path), path
	}
	line := strings.Join(args, " ")
	return &event.Process{
		Name: name, Exe: name, ExePath: real, Args: args, ArgsLine: line,
		Cmdline: strings.TrimSpace(name + " " + line),
		PID:     70, VPID: 70, PPID: 60, SID: 50, PGID: 70, VPGID: 70, Start: 99e9, LoginUID: event.NoLoginUID,
	}
}

// under puts the event's process below others, the nearest first.
func under(paths ...string) with {
	return func(e *event.Event) {
		var parent *event.Task
		for i := len(paths) - 1; i >= 0; i-- {
			parent = event.NewTask(one(paths[i]), 1, parent)
		}
		event.NewTask(e.Process, 2, parent)
	}
}

// calledAs is the program's first argument.
func calledAs(name string) with { return func(e *event.Event) { e.Process.Exe = name } }

// parentLine is the parent's command line.
func parentLine(line string) with {
	return func(e *event.Event) { e.Process.ParentTask().Current().Cmdline = line }
}

// orphan takes the process's parents away: the runtime that started it has
// ended.
func orphan(e *event.Event) { event.NewTask(e.Process, 2, nil) }

func inContainer(e *event.Event) {
	e.Process.Container = &event.Container{ID: "3c6a9e0f1b2d", FullID: strings.Repeat("3c6a9e0f1b2d4857", 4), Type: "docker"}
}

func image(repository string) with {
	return func(e *event.Event) {
		inContainer(e)
		e.Process.Container.Image, e.Process.Container.ImageRepository = repository, repository
	}
}

func onTerminal(e *event.Event) { e.Process.TTY = pts }

func sessionLeader(e *event.Event) { e.Process.SID = e.Process.PID }

func first(e *event.Event) { e.Process.VPID = 1 }

func exeFlags(f event.ExeFlags) with { return func(e *event.Event) { e.Process.ExeFlags = f } }

func since(ns int64) with { return func(e *event.Event) { e.Process.Start = e.Clock - ns } }

func result(res int64) with {
	return func(e *event.Event) {
		e.Res = res
		if res < 0 && e.Type != event.Connect {
			e.FD.Num = res
			e.FD.RealName = ""
		}
	}
}

func newEvent(t event.Type, p *event.Process, changes []with) *event.Event {
	e := &event.Event{Num: 7, Time: 1e18, Clock: now, Type: t, TID: p.PID, Process: p}
	for _, change := range changes {
		change(e)
	}
	return e
}

// exec is a program that was started.
func exec(words []string, changes ...with) *event.Event {
	return newEvent(event.Execve, program(words...), changes)
}

// cmd is a program with its arguments.
func cmd(words ...string) []string { return words }

// filename is what the program gave to execve.
func filename(name string) with { return func(e *event.Event) { e.Args[0].Str = name } }

// open is a file that was opened.
func open(name string, flags uint32, by []string, changes ...with) *event.Event {
	e := newEvent(event.Openat, program(by...), nil)
	e.HasFD = true
	e.FD = event.FD{Num: 3, Type: event.FDFile, Name: name, RealName: name, RawName: name, Flags: flags}
	e.Args[0].Num, e.Args[3].Num = 3, uint64(flags)
	for _, change := range changes {
		change(e)
	}
	return e
}

func read(name string, by []string, changes ...with) *event.Event {
	return open(name, event.ORdonly, by, changes...)
}

func written(name string, by []string, changes ...with) *event.Event {
	return open(name, event.OWronly|event.OCreat, by, changes...)
}

func emptied(name string, by []string, changes ...with) *event.Event {
	return open(name, event.OWronly|event.OCreat|event.OTrunc, by, changes...)
}

// really is the path the kernel found behind the name.
func really(name string) with { return func(e *event.Event) { e.FD.RealName = name } }

// raw is the name as the program gave it.
func raw(name string) with { return func(e *event.Event) { e.FD.RawName = name } }

func directory(e *event.Event) { e.FD.Type = event.FDDirectory }

// creat is a file made with the old call.
func creat(name string, by []string, changes ...with) *event.Event {
	e := newEvent(event.Creat, program(by...), nil)
	e.HasFD = true
	e.FD = event.FD{Num: 3, Type: event.FDFile, Name: name, RealName: name, RawName: name}
	for _, change := range changes {
		change(e)
	}
	return e
}

// connect is a TCP connection to an address and port.
func connect(to string, by []string, changes ...with) *event.Event {
	e := newEvent(event.Connect, program(by...), nil)
	remote := netip.MustParseAddrPort(to)
	local := netip.MustParseAddrPort("192.168.1.5:40000")
	e.HasFD = true
	e.FD = event.FD{Num: 3, Type: event.FDIPv4, Socket: event.Socket{Local: local, Remote: remote, Proto: event.ProtoTCP}}
	if remote.Addr().Is6() {
		e.FD.Type = event.FDIPv6
		e.FD.Socket.Local = netip.MustParseAddrPort("[2001:db8::1]:40000")
	}
	for _, change := range changes {
		change(e)
	}
	return e
}

func udp(e *event.Event) { e.FD.Socket.Proto = event.ProtoUDP }

// connectUnix is a connection to a unix socket.
func connectUnix(path string, by []string, changes ...with) *event.Event {
	e := newEvent(event.Connect, program(by...), nil)
	e.HasFD = true
	e.FD = event.FD{Num: 3, Type: event.FDUnix, Name: path, RawName: path, Socket: event.Socket{Path: path}}
	for _, change := range changes {
		change(e)
	}
	return e
}

// The errors of calls that fail.
const (
	eperm        = -1
	enoent       = -2
	eagain       = -11
	eacces       = -13
	econnrefused = -111
	ealready     = -114
	einprogress  = -115
)
