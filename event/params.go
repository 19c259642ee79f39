package event

// openExtra is what the kernel half adds to an open: the path of what was
// opened, the directory a relative name started from, the inode's mode, the
// descriptor's flags.
var openExtra = []Param{
	{Name: "realpath", Type: FSPath},
	{Name: "dirpath", Type: FSPath},
	{Name: "imode", Type: Uint32},
	{Name: "fflags", Type: Uint32},
}

// connectExtra is the socket behind a connect, from the kernel's own
// structures, and the address the program passed.
var connectExtra = []Param{
	{Name: "ino", Type: Uint64},
	{Name: "family", Type: Uint32},
	{Name: "proto", Type: Uint32},
	{Name: "lport", Type: Uint32},
	{Name: "rport", Type: Uint32},
	{Name: "laddr", Type: ByteBuf},
	{Name: "raddr", Type: ByteBuf},
	{Name: "sockaddr", Type: ByteBuf},
}

// execExtra is what a failed exec tells: nothing about the process changed, so
// all there is are the strings the program passed, argv with a NUL behind each.
var execExtra = []Param{
	{Name: "filename", Type: FSPath},
	{Name: "argv", Type: ByteBuf},
}

// attempt selects, for a failed exec, one of its parameters as the program
// passed it (Args of execve hold filename, exe, args), and for one that
// succeeded the new program's own.
func attempt(arg int, done func(*Process) string) func(*Event) (Arg, bool) {
	return func(e *Event) (Arg, bool) {
		if e.Failed() {
			return e.Args[arg], true
		}
		return Arg{Str: done(e.Process)}, true
	}
}

// The places of what an exec carries in Event.Args.
const (
	ExecFilename = iota
	ExecExe
	ExecArgs
)

func result(e *Event) (Arg, bool) { return Arg{Num: uint64(e.Res)}, true }

func tuple(e *Event) (Arg, bool) {
	name := e.SocketName()
	return Arg{Str: name}, name != ""
}

// remoteAddress is the address the program asked to connect to.
func remoteAddress(e *Event) (Arg, bool) {
	if e.FD.Type == FDUnix {
		return Arg{Str: e.FD.Socket.Path}, e.FD.Socket.Path != ""
	}
	if !e.FD.Socket.Remote.IsValid() {
		return Arg{}, false
	}
	return Arg{Str: e.Text(func(dst []byte) []byte { return appendAddrPort(dst, e.FD.Socket.Remote) })}, true
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

func num(get func(*Event) uint64) func(*Event) (Arg, bool) {
	return func(e *Event) (Arg, bool) { return Arg{Num: get(e)}, true }
}

func text(get func(*Event) string) func(*Event) (Arg, bool) {
	return func(e *Event) (Arg, bool) { return Arg{Str: get(e)}, true }
}

// execParams are the parameters of execve and execveat: nearly all of them
// describe the process the call made, so they are read from its value.
// filename, which execve alone has, is the program's own string.
func execParams(filename bool) []Param {
	p := []Param{
		{Name: "res", Type: Errno, Get: result},
		{Name: "exe", Type: CharBuf, Get: attempt(ExecExe, func(p *Process) string { return p.Exe })},
		{Name: "args", Type: ByteBuf, Get: attempt(ExecArgs, func(p *Process) string { return p.ArgsLine })},
		{Name: "tid", Type: PID, Get: num(func(e *Event) uint64 { return uint64(e.TID) })},
		{Name: "pid", Type: PID, Get: num(func(e *Event) uint64 { return uint64(e.Process.PID) })},
		{Name: "ptid", Type: PID, Get: num(func(e *Event) uint64 { return uint64(e.Process.PPID) })},
		{Name: "cwd", Type: CharBuf, Get: text(func(e *Event) string { return e.Process.CWD })},
		{Name: "comm", Type: CharBuf, Get: text(func(e *Event) string { return e.Process.Name })},
		{Name: "cgroups", Type: ByteBuf, Get: text(func(e *Event) string { return e.Process.Cgroup })},
		{Name: "env", Type: ByteBuf, Get: text(func(e *Event) string {
			return e.Text(func(dst []byte) []byte { return appendJoined(dst, e.Process.Env) })
		})},
		{Name: "tty", Type: Uint32, Get: num(func(e *Event) uint64 { return uint64(e.Process.TTY) })},
		{Name: "vpgid", Type: PID, Get: num(func(e *Event) uint64 { return uint64(e.Process.VPGID) })},
		{Name: "loginuid", Type: UID, Get: num(func(e *Event) uint64 { return uint64(e.Process.LoginUID) })},
		{Name: "flags", Type: Flags32, Flags: exeFlags, Get: num(func(e *Event) uint64 { return uint64(e.Process.ExeFlags) })},
		{Name: "cap_inheritable", Type: Uint64, Get: num(func(e *Event) uint64 { return e.Process.CapInheritable })},
		{Name: "cap_permitted", Type: Uint64, Get: num(func(e *Event) uint64 { return e.Process.CapPermitted })},
		{Name: "cap_effective", Type: Uint64, Get: num(func(e *Event) uint64 { return e.Process.CapEffective })},
		{Name: "exe_ino", Type: Uint64, Get: num(func(e *Event) uint64 { return e.Process.ExeIno })},
		{Name: "exe_ino_ctime", Type: AbsTime, Get: num(func(e *Event) uint64 { return uint64(e.Process.ExeCtime) })},
		{Name: "exe_ino_mtime", Type: AbsTime, Get: num(func(e *Event) uint64 { return uint64(e.Process.ExeMtime) })},
		{Name: "uid", Type: UID, Get: num(func(e *Event) uint64 { return uint64(e.UID) })},
		{Name: "trusted_exepath", Type: FSPath, Get: text(func(e *Event) string { return e.Process.ExePath })},
		{Name: "pgid", Type: PID, Get: num(func(e *Event) uint64 { return uint64(e.Process.PGID) })},
		{Name: "gid", Type: GID, Get: num(func(e *Event) uint64 { return uint64(e.GID) })},
	}
	if filename {
		p = append(p, Param{Name: "filename", Type: FSPath, Get: func(e *Event) (Arg, bool) { return e.Args[ExecFilename], true }})
	}
	return p
}
