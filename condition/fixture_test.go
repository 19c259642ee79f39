package condition

import (
	"net/netip"
	"testing"

	"github.com/gyrsec/gyr/event"
)

// lineage makes systemd -> sshd -> bash -> cat; cat runs in a container.
func lineage() *event.Process {
	names := []string{"systemd", "sshd", "bash", "cat"}
	var p *event.Process
	for i, name := range names {
		q := &event.Process{
			PID: int32(i + 1), PPID: int32(i), VPID: int32(i + 1), Start: int64(i + 1), Name: name, Exe: name, ExePath: "/usr/bin/" + name, Cmdline: name,
			LoginUID: event.NoLoginUID,
		}
		var parent *event.Task
		if p != nil {
			parent = p.Task
		}
		event.NewTask(q, q.Start, parent)
		p = q
	}
	p.Args = []string{"-n", "/etc/Shadow"}
	p.ArgsLine, p.Cmdline = "-n /etc/Shadow", "cat -n /etc/Shadow"
	p.Env = []string{"PATH=/usr/bin", "B64=c2VjcmV0"}
	p.TTY = 34816
	p.ExeFlags = event.ExeUpperLayer
	p.CapEffective = 1 << 21
	p.Container = &event.Container{ID: "0123456789ab", FullID: "0123456789abcdef"}
	return p
}

// fileEvent is cat opening a file through a symbolic link.
func fileEvent() *event.Event {
	e := &event.Event{
		Num: 7, Time: 1_700_000_000_000_000_000, Clock: 1_000_000, Type: event.Openat, TID: 4, UID: 0, Res: 5, Process: lineage(), HasFD: true,
		FD: event.FD{Num: 5, Type: event.FDFile, Name: "/home/a/link", RawName: "link", RealName: "/etc/shadow", Ino: 99},
	}
	e.Args = [event.MaxParams]event.Arg{{Num: 5}, {}, {Str: "link"}, {Num: event.ORdonly}}
	return e
}

// socketEvent is a TCP connection, IPv4.
func socketEvent() *event.Event {
	return &event.Event{
		Num: 8, Clock: 1_000_000, Type: event.Connect, TID: 4, UID: 1000, Process: lineage(), HasFD: true,
		FD: event.FD{Num: 6, Type: event.FDIPv4, Socket: event.Socket{
			Local: netip.MustParseAddrPort("10.0.0.5:40312"), Remote: netip.MustParseAddrPort("93.184.216.34:443"), Proto: event.ProtoTCP, Connected: true,
		}},
	}
}

// socket6Event is the same over IPv6.
func socket6Event() *event.Event {
	e := socketEvent()
	e.FD.Type = event.FDIPv6
	e.FD.Socket.Local = netip.MustParseAddrPort("[fe80::1]:40312")
	e.FD.Socket.Remote = netip.MustParseAddrPort("[2001:db8::22]:22")
	return e
}

// orphanEvent is one of a process without parent, outside containers.
func orphanEvent() *event.Event {
	e := fileEvent()
	p := &event.Process{PID: 9, Name: "stray", Cmdline: "stray"}
	event.NewTask(p, 0, nil)
	e.Process = p
	return e
}

func compile(t testing.TB, text string) *Predicate {
	t.Helper()
	x, err := Parse(text)
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	p, err := Compile(x)
	if err != nil {
		t.Fatalf("Compile(%q): %v", text, err)
	}
	return p
}
