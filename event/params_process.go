package event

// execParams are the parameters of execve, and without the last of execveat:
// nearly all of them describe the process the call made, so they are read from
// its value. filename is the program's own string.
//
// They and cloneParams are made of named functions only, so that the compiler
// lays out the schema and start has only to join its parts.
var execParams = [...]Param{
	{Name: "res", Type: Errno, Get: result},
	{Name: "exe", Type: CharBuf, Get: execExe},
	{Name: "args", Type: ByteBuf, Get: execArgs},
	{Name: "tid", Type: PID, Get: threadID},
	{Name: "pid", Type: PID, Get: processPID},
	{Name: "ptid", Type: PID, Get: processPPID},
	{Name: "cwd", Type: CharBuf, Get: processCWD},
	{Name: "fdlimit", Type: Uint64, Get: processFDLimit},
	{Name: "pgft_maj", Type: Uint64, Get: processMajorFaults},
	{Name: "pgft_min", Type: Uint64, Get: processMinorFaults},
	{Name: "vm_size", Type: Uint32, Get: processVMSize},
	{Name: "vm_rss", Type: Uint32, Get: processVMResident},
	{Name: "vm_swap", Type: Uint32, Get: processVMSwap},
	{Name: "comm", Type: CharBuf, Get: processName},
	{Name: "cgroups", Type: ByteBuf, Get: processCgroup},
	{Name: "env", Type: ByteBuf, Get: processEnv},
	{Name: "tty", Type: Uint32, Get: processTTY},
	{Name: "vpgid", Type: PID, Get: processVPGID},
	{Name: "loginuid", Type: UID, Get: processLoginUID},
	{Name: "flags", Type: Flags32, Flags: exeFlags, Get: processExeFlags},
	{Name: "cap_inheritable", Type: Uint64, Get: processCapInheritable},
	{Name: "cap_permitted", Type: Uint64, Get: processCapPermitted},
	{Name: "cap_effective", Type: Uint64, Get: processCapEffective},
	{Name: "exe_ino", Type: Uint64, Get: processExeIno},
	{Name: "exe_ino_ctime", Type: AbsTime, Get: processExeCtime},
	{Name: "exe_ino_mtime", Type: AbsTime, Get: processExeMtime},
	{Name: "uid", Type: UID, Get: eventUID},
	{Name: "trusted_exepath", Type: FSPath, Get: processExePath},
	{Name: "pgid", Type: PID, Get: processPGID},
	{Name: "gid", Type: GID, Get: eventGID},
	{Name: "filename", Type: FSPath, Get: execFilename},
}

// cloneParams are the parameters of the calls that make processes. As those of
// exec they describe the process the event belongs to: in the parent's event
// the parent, in the child's the child.
var cloneParams = []Param{
	{Name: "res", Type: PID, Get: result},
	{Name: "exe", Type: CharBuf, Get: processExe},
	{Name: "args", Type: ByteBuf, Get: processArgs},
	{Name: "tid", Type: PID, Get: threadID},
	{Name: "pid", Type: PID, Get: processPID},
	{Name: "ptid", Type: PID, Get: processPPID},
	{Name: "cwd", Type: CharBuf, Get: processCWD},
	{Name: "fdlimit", Type: Int64, Get: processFDLimit},
	{Name: "pgft_maj", Type: Uint64, Get: processMajorFaults},
	{Name: "pgft_min", Type: Uint64, Get: processMinorFaults},
	{Name: "vm_size", Type: Uint32, Get: processVMSize},
	{Name: "vm_rss", Type: Uint32, Get: processVMResident},
	{Name: "vm_swap", Type: Uint32, Get: processVMSwap},
	{Name: "comm", Type: CharBuf, Get: processName},
	{Name: "cgroups", Type: ByteBuf, Get: processCgroup},
	{Name: "flags", Type: Flags32, Flags: cloneFlags, Get: cloneFlagBits},
	{Name: "uid", Type: Uint32, Get: eventUID},
	{Name: "gid", Type: Uint32, Get: eventGID},
	{Name: "vtid", Type: PID, Get: threadVTID},
	{Name: "vpid", Type: PID, Get: processVPID},
	{Name: "pidns_init_start_ts", Type: Uint64, Get: processNamespaceStart},
}

// The places of what an exec carries in Event.Args.
const (
	ExecFilename = iota
	ExecExe
	ExecArgs
)

// The places of what procexit carries in Event.Args, among its parameters.
const (
	ExitStatus = 0
	ExitReaper = 4
)

// CloneFlags is the place of a clone's flags in Event.Args.
const CloneFlags = 0

// execExe and execArgs are, for an exec that failed, what the program passed,
// and for one that succeeded the new program's own.
func execExe(e *Event) (Arg, bool) {
	if e.Failed() {
		return e.Args[ExecExe], true
	}
	return processExe(e)
}

func execArgs(e *Event) (Arg, bool) {
	if e.Failed() {
		return e.Args[ExecArgs], true
	}
	return processArgs(e)
}

func execFilename(e *Event) (Arg, bool)  { return e.Args[ExecFilename], true }
func cloneFlagBits(e *Event) (Arg, bool) { return e.Args[CloneFlags], true }

func threadVTID(e *Event) (Arg, bool) {
	tid, ok := e.VirtualTID()
	return Arg{Num: uint64(tid)}, ok
}

// processUse is what the event's process used, the zero Use where that is not
// known.
func processUse(e *Event) (Use, bool) {
	if e.Process.Use == nil {
		return Use{}, false
	}
	return *e.Process.Use, true
}

func processFDLimit(e *Event) (Arg, bool) {
	u, ok := processUse(e)
	return Arg{Num: uint64(u.Descriptors)}, ok
}

func processMajorFaults(e *Event) (Arg, bool) {
	u, ok := processUse(e)
	return Arg{Num: u.MajorFaults}, ok
}

func processMinorFaults(e *Event) (Arg, bool) {
	u, ok := processUse(e)
	return Arg{Num: u.MinorFaults}, ok
}

func processVMSize(e *Event) (Arg, bool) {
	u, ok := processUse(e)
	return Arg{Num: u.VMSize}, ok
}

func processVMResident(e *Event) (Arg, bool) {
	u, ok := processUse(e)
	return Arg{Num: u.VMResident}, ok
}

func processVMSwap(e *Event) (Arg, bool) {
	u, ok := processUse(e)
	return Arg{Num: u.VMSwap}, ok
}

// processNamespaceStart is in nanoseconds since the machine was booted, as
// Falco's parameter is; the field of that name counts from the epoch.
func processNamespaceStart(e *Event) (Arg, bool) {
	start := e.Process.NamespaceStart
	return Arg{Num: uint64(start)}, start != 0
}

func processEnv(e *Event) (Arg, bool) {
	return Arg{Str: e.Text(func(dst []byte) []byte { return appendJoined(dst, e.Process.Env) })}, true
}

func appendJoined(dst []byte, parts []string) []byte {
	for i, p := range parts {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, p...)
	}
	return dst
}

func threadID(e *Event) (Arg, bool) { return Arg{Num: uint64(e.TID)}, true }
func eventUID(e *Event) (Arg, bool) { return Arg{Num: uint64(e.UID)}, true }
func eventGID(e *Event) (Arg, bool) { return Arg{Num: uint64(e.GID)}, true }

// processPPID is the parent's id, or once that has ended that of whoever took
// the process over.
func processPPID(e *Event) (Arg, bool) {
	if up := e.Process.ParentAt(e.Clock); up != nil {
		return Arg{Num: uint64(up.PID)}, true
	}
	return Arg{Num: uint64(e.Process.PPID)}, true
}

func processPID(e *Event) (Arg, bool)      { return Arg{Num: uint64(e.Process.PID)}, true }
func processPGID(e *Event) (Arg, bool)     { return Arg{Num: uint64(e.Process.PGID)}, true }
func processVPID(e *Event) (Arg, bool)     { return Arg{Num: uint64(e.Process.VPID)}, true }
func processVPGID(e *Event) (Arg, bool)    { return Arg{Num: uint64(e.Process.VPGID)}, true }
func processTTY(e *Event) (Arg, bool)      { return Arg{Num: uint64(e.Process.TTY)}, true }
func processLoginUID(e *Event) (Arg, bool) { return Arg{Num: uint64(e.Process.LoginUID)}, true }
func processExeFlags(e *Event) (Arg, bool) { return Arg{Num: uint64(e.Process.ExeFlags)}, true }
func processExeIno(e *Event) (Arg, bool)   { return Arg{Num: e.Process.ExeIno}, true }
func processExeCtime(e *Event) (Arg, bool) { return Arg{Num: uint64(e.Process.ExeCtime)}, true }
func processExeMtime(e *Event) (Arg, bool) { return Arg{Num: uint64(e.Process.ExeMtime)}, true }

func processCapInheritable(e *Event) (Arg, bool) { return Arg{Num: e.Process.CapInheritable}, true }
func processCapPermitted(e *Event) (Arg, bool)   { return Arg{Num: e.Process.CapPermitted}, true }
func processCapEffective(e *Event) (Arg, bool)   { return Arg{Num: e.Process.CapEffective}, true }

func processName(e *Event) (Arg, bool)    { return Arg{Str: e.Process.Name}, true }
func processExe(e *Event) (Arg, bool)     { return Arg{Str: e.Process.Exe}, true }
func processExePath(e *Event) (Arg, bool) { return Arg{Str: e.Process.ExePath}, true }
func processArgs(e *Event) (Arg, bool)    { return Arg{Str: e.Process.ArgsLine}, true }
func processCWD(e *Event) (Arg, bool)     { return Arg{Str: e.Process.CWD}, true }
func processCgroup(e *Event) (Arg, bool)  { return Arg{Str: e.Process.Cgroup}, true }

// The parts of the status a process ended with, which is Args[0].
func exitCode(e *Event) (Arg, bool)   { return Arg{Num: e.Args[0].Num >> 8 & 0xff}, true }
func exitSignal(e *Event) (Arg, bool) { return Arg{Num: e.Args[0].Num & 0x7f}, true }
func exitCore(e *Event) (Arg, bool)   { return Arg{Num: e.Args[0].Num >> 7 & 1}, true }
