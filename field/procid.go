package field

import (
	"strings"

	"github.com/gyrsec/gyr/event"
)

func procPID(p *event.Process) int64 { return int64(p.PID) }

func procIDFields() []Field {
	return []Field{
		integer("proc.loginshellid", "Process id of the oldest shell among the process and its ancestors.", Int64, loginShell),
		procInt("proc.tty", "Device number of the controlling terminal; 0 without one.", Uint32, func(p *event.Process) int64 { return int64(p.TTY) }),
		procInt("proc.pid", "Process id, as the host numbers it.", Int64, procPID),
		integer("proc.ppid", "Process id of the parent, or once that has ended of whoever took the process over.", Int64, parentPID),
		integer("proc.apid", "proc.pid of an ancestor; see proc.aexe for the index.", Int64, nil).takes(ArgOptional|ArgIndex, bindAncestorPID),
		procInt("proc.vpid", "Process id in the process's own PID namespace: 1 for the first process of a container.", Int64, func(p *event.Process) int64 { return int64(p.VPID) }),
		procInt("proc.pvpid", "Process id of the parent in the process's own PID namespace.", Int64, func(p *event.Process) int64 { return int64(p.PVPID) }),
		procInt("proc.sid", "Session id.", Int64, func(p *event.Process) int64 { return int64(p.SID) }),
		procInt("proc.vpgid", "Process group id in the process's own PID namespace.", Int64, func(p *event.Process) int64 { return int64(p.VPGID) }),
		procInt("proc.pgid", "Process group id, as the host numbers it.", Int64, func(p *event.Process) int64 { return int64(p.PGID) }),
		procBool("proc.is_sid_leader", "true for the leader of a session.", func(p *event.Process) bool { return p.SID == p.PID }),
		procBool("proc.is_vpgid_leader", "true for the leader of a process group, as seen in its PID namespace.", func(p *event.Process) bool { return p.VPGID == p.VPID }),
		procBool("proc.is_pgid_leader", "true for the leader of a process group.", func(p *event.Process) bool { return p.PGID == p.PID }),
	}
}

func parentPID(e *event.Event) (int64, bool) {
	if up := parent(e); up != nil {
		return procPID(up), true
	}
	if e.Process == nil || e.Process.PPID == 0 && e.Process.Incomplete {
		return 0, false
	}
	return int64(e.Process.PPID), true
}

// loginShell takes every program whose name ends in "sh" for a shell.
func loginShell(e *event.Event) (int64, bool) {
	var pid int64
	for p, depth := e.Process, 0; p != nil; p, depth = NextAncestor(e, p, depth), depth+1 {
		if strings.HasSuffix(p.Name, "sh") {
			pid = procPID(p)
		}
	}
	return pid, pid != 0
}

// procLeaderFields describe the process that leads the session or group: it has
// their number as its id. Where it has ended, the eldest ancestor that is still in
// the session or group stands for it.
func procLeaderFields() []Field {
	pgid := func(p *event.Process) int32 { return p.PGID }
	groups := []struct {
		prefix, what string
		number       func(*event.Process) int32
	}{
		{"proc.sid", "session", func(p *event.Process) int32 { return p.SID }},
		// It is the same process, whoever numbers the group.
		{"proc.vpgid", "process group (as seen in its PID namespace)", pgid},
		{"proc.pgid", "process group", pgid},
	}
	var fields []Field
	for _, g := range groups {
		leader := func(e *event.Event) *event.Process { return leader(e, g.number) }
		name := g.prefix + ".name"
		if g.prefix == "proc.sid" {
			name = "proc.sname"
		}
		fields = append(fields,
			text(name, "proc.name of the leader of the "+g.what+", or where it has ended of the eldest ancestor in it.", textOf(leader, procName)),
			text(g.prefix+".exe", "proc.exe of the leader of the "+g.what+"; see "+name+".", textOf(leader, procExe)),
			text(g.prefix+".exepath", "proc.exepath of the leader of the "+g.what+"; see "+name+".", textOf(leader, procExePath)))
	}
	return fields
}

// leader finds the leader of the session or group of the event's process. While
// anyone is in it no other process gets its number as id.
func leader(e *event.Event, number func(*event.Process) int32) *event.Process {
	p := e.Process
	if p == nil {
		return nil
	}
	n := number(p)
	if n == p.PID {
		return p
	}
	if n != 0 && e.Machine != nil {
		if l := e.Machine.Process(n, e.Clock); l != nil {
			return l
		}
	}
	return eldest(e, func(q, of *event.Process) bool { return number(q) == number(of) })
}
