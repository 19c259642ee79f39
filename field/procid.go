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
		procInt("proc.ppid", "Process id of the parent.", Int64, func(p *event.Process) int64 { return int64(p.PPID) }),
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

// procLeaderFields describe the process that leads the session or group. It is
// taken to be the eldest ancestor in it: the leader itself, or where that has
// ended the nearest to it.
func procLeaderFields() []Field {
	groups := []struct {
		prefix, what string
		same         func(p, of *event.Process) bool
	}{
		{"proc.sid", "session", func(p, of *event.Process) bool { return p.SID == of.SID }},
		{"proc.vpgid", "process group (as seen in its PID namespace)", func(p, of *event.Process) bool { return p.VPGID == of.VPGID && p.PGID == of.PGID }},
		{"proc.pgid", "process group", func(p, of *event.Process) bool { return p.PGID == of.PGID }},
	}
	var fields []Field
	for _, g := range groups {
		leader := func(e *event.Event) *event.Process { return eldest(e, g.same) }
		name := g.prefix + ".name"
		if g.prefix == "proc.sid" {
			name = "proc.sname"
		}
		fields = append(fields,
			text(name, "proc.name of the leader of the "+g.what+".", textOf(leader, procName)),
			text(g.prefix+".exe", "proc.exe of the leader of the "+g.what+".", textOf(leader, procExe)),
			text(g.prefix+".exepath", "proc.exepath of the leader of the "+g.what+".", textOf(leader, procExePath)))
	}
	return fields
}
