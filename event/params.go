package event

// openExtra is what the kernel half adds to an open: the path of what was
// opened, the directory a relative name started from, the inode's mode, the
// descriptor's flags, and of a file in an overlay the one it is in a layer.
var openExtra = []Param{
	{Name: "realpath", Type: FSPath},
	{Name: "dirpath", Type: FSPath},
	{Name: "imode", Type: Uint32},
	{Name: "fflags", Type: Uint32},
	{Name: "under_dev", Type: Uint32},
	{Name: "under_ino", Type: Uint64},
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
	return Arg{Str: e.Text(func(dst []byte) []byte { return AppendAddrPort(dst, e.FD.Socket.Remote) })}, true
}
