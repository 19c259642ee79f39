package field

import "github.com/gyrsec/gyr/event"

// wall is a moment of the source's clock as time since the epoch.
func wall(e *event.Event, clock int64) int64 { return e.Time - (e.Clock - clock) }

func procTimeFields() []Field {
	age := func(who whose) func(*event.Event) (int64, bool) {
		return started(who, func(e *event.Event, p *event.Process) int64 { return e.Clock - p.Start })
	}
	begin := func(who whose) func(*event.Event) (int64, bool) {
		return started(who, func(e *event.Event, p *event.Process) int64 { return wall(e, p.Start) })
	}
	return []Field{
		integer("proc.duration", "Nanoseconds since the process was started.", RelTime, age(process)),
		integer("proc.ppid.duration", "Nanoseconds since the parent process was started.", RelTime, age(parent)),
		integer("proc.pid.ts", "Start of the process in nanoseconds since the epoch.", RelTime, begin(process)),
		integer("proc.ppid.ts", "Start of the parent process in nanoseconds since the epoch.", RelTime, begin(parent)),
	}
}

// started reads a time of a process whose start is known.
func started(who whose, get func(*event.Event, *event.Process) int64) func(*event.Event) (int64, bool) {
	return func(e *event.Event) (int64, bool) {
		p := who(e)
		if p == nil || p.Start == 0 {
			return 0, false
		}
		return get(e, p), true
	}
}

func procExeFields() []Field {
	fact := func(bit event.ExeFlags) func(*event.Process) bool {
		return func(p *event.Process) bool { return p.ExeFlags&bit != 0 }
	}
	return []Field{
		procBool("proc.is_exe_writable", "true where the process may write its own executable file.", fact(event.ExeWritable)),
		procBool("proc.is_exe_upper_layer", "true where the executable is in the upper layer of an overlay file system: added or changed since the container was made.", fact(event.ExeUpperLayer)),
		procBool("proc.is_exe_lower_layer", "true where the executable is in a lower layer of an overlay file system: part of the image.", fact(event.ExeLowerLayer)),
		procBool("proc.is_exe_from_memfd", "true where the executable is an anonymous file in memory.", fact(event.ExeMemfd)),
		integer("proc.exe_ino", "Inode number of the executable file.", Int64, known(func(p *event.Process) int64 { return int64(p.ExeIno) })),
		integer("proc.exe_ino.ctime", "Last change of the executable's inode, in nanoseconds since the epoch.", AbsTime, known(func(p *event.Process) int64 { return p.ExeCtime })),
		integer("proc.exe_ino.mtime", "Last change of the executable's content, in nanoseconds since the epoch.", AbsTime, known(func(p *event.Process) int64 { return p.ExeMtime })),
		integer("proc.exe_ino.ctime_duration_proc_start", "Nanoseconds between the last change of the executable's inode and the start of the process.", AbsTime, exeAge),
		integer("proc.exe_ino.ctime_duration_pidns_start", "Nanoseconds from the start of the process's PID namespace to the last change of the executable's inode; no value where the inode is older.", AbsTime, exeNewness),
		integer("proc.pidns_init_start_ts", "Start of the first process of the process's PID namespace, in nanoseconds since the epoch.", Uint64, func(e *event.Event) (int64, bool) {
			if e.Process == nil || e.Process.NamespaceStart == 0 {
				return 0, false
			}
			return wall(e, e.Process.NamespaceStart), true
		}),
	}
}

// known reads a number of the executable of which 0 means that it is not known.
func known(get func(*event.Process) int64) func(*event.Event) (int64, bool) {
	return func(e *event.Event) (int64, bool) {
		if e.Process == nil {
			return 0, false
		}
		t := get(e.Process)
		return t, t != 0
	}
}

func exeAge(e *event.Event) (int64, bool) {
	p := e.Process
	if p == nil || p.Start == 0 || p.ExeCtime == 0 {
		return 0, false
	}
	// A file changed after the start (a late exec) has no age; unsigned
	// comparison must not take it for a very old one.
	return max(0, wall(e, p.Start)-p.ExeCtime), true
}

// exeNewness is how much later than its container, roughly, an executable was
// made or changed.
func exeNewness(e *event.Event) (int64, bool) {
	p := e.Process
	if p == nil || p.NamespaceStart == 0 || p.ExeCtime == 0 {
		return 0, false
	}
	d := p.ExeCtime - wall(e, p.NamespaceStart)
	return d, d > 0
}
