package field

import (
	"net/netip"
	"strings"

	"github.com/gyrsec/gyr/event"
)

func fdFields() []Field { return concat(fdNameFields(), fdSocketFields(), fdNodeFields()) }

func fdNameFields() []Field {
	return []Field{
		integer("fd.num", "Number of the file descriptor; negative where the call made none.", Int64, func(e *event.Event) (int64, bool) { return e.FD.Num, e.HasFD }),
		text("fd.type", "Kind of the descriptor: file, directory, ipv4, ipv6, unix, pipe, event, signalfd, eventpoll, inotify, timerfd, netlink, bpf, memfd, pidfd, ...", func(e *event.Event) (string, bool) {
			if !e.HasFD {
				return "", false
			}
			s := e.FD.Type.String()
			return s, s != ""
		}),
		text("fd.typechar", "Kind of the descriptor as one character: f file, d directory, 4 IPv4, 6 IPv6, u unix socket, p pipe, e eventfd, s signalfd, l eventpoll, i inotify, t timerfd, m memfd, o other.", func(e *event.Event) (string, bool) {
			if !e.HasFD {
				return "", false
			}
			return e.FD.Type.Char(), true
		}),
		text("fd.name", "Absolute path of a file, or client->server of a connection. A condition on it holds if it does for the path as the program gave it, for the one the kernel found, or for the one by which rules know the file.", fdName).fileName(),
		text("fd.directory", "Directory of a file: its path up to the last slash.", fdDirectory).fileName(),
		text("fd.filename", "Name of a file without its directory.", fdFilename).fileName(),
		text("fd.nameraw", "Path exactly as the program gave it.", func(e *event.Event) (string, bool) { return e.FD.RawName, e.HasFD && e.FD.RawName != "" }),
		text("fd.realpath", "Path of the file the kernel opened, symbolic links followed. Falco has no such field.", func(e *event.Event) (string, bool) { return e.FD.RealName, e.HasFD && e.FD.RealName != "" }),
		text("fd.uid", "Thread id and descriptor number in one: unique while the descriptor is open.", fdUID),
		text("fd.containername", "container.id and fd.name with a colon between.", inContainer(fdName)).fileName(),
		text("fd.containerdirectory", "container.id and fd.directory with a colon between.", inContainer(fdDirectory)).fileName(),
		boolean("fd.name_changed", "true where the event gave the descriptor another name, as when a UDP socket is used for another peer.", func(e *event.Event) (bool, bool) { return e.FD.NameChanged, e.HasFD }),
		Field{Name: "fd.types", Desc: "Kinds of the descriptors the event is about; with an index, that one.", Type: CharBuf, List: true, Live: true}.
			takes(ArgOptional|ArgIndex, bindTypes),
	}
}

func fdName(e *event.Event) (string, bool) {
	name := e.FileName()
	return name, name != ""
}

// isFile reports whether the event's descriptor has a path. One that was never
// made has no kind; what has a path was meant to be a file.
func isFile(e *event.Event) bool {
	return e.HasFD && (e.FD.Type == event.FDFile || e.FD.Type == event.FDUnknown && e.FD.Name != "")
}

func fdDirectory(e *event.Event) (string, bool) {
	name := e.FileName()
	if e.HasFD && e.FD.Type == event.FDDirectory {
		return name, name != ""
	}
	i := strings.LastIndexByte(name, '/')
	switch {
	case !isFile(e) || i < 0:
		return "", false
	case i == 0:
		return "/", true
	}
	return name[:i], true
}

func fdFilename(e *event.Event) (string, bool) {
	if !isFile(e) {
		return "", false
	}
	name := e.FileName()
	return name[strings.LastIndexByte(name, '/')+1:], name != ""
}

func fdUID(e *event.Event) (string, bool) {
	if !e.HasFD || e.FD.Num < 0 {
		return "", false
	}
	return e.Text(func(dst []byte) []byte { return appendInt(appendInt(dst, int64(e.TID)), e.FD.Num) }), true
}

func inContainer(get func(*event.Event) (string, bool)) func(*event.Event) (string, bool) {
	return func(e *event.Event) (string, bool) {
		name, ok := get(e)
		if !ok {
			return "", false
		}
		id, _ := containerID(e)
		return e.Text(func(dst []byte) []byte {
			dst = append(dst, id...)
			dst = append(dst, ':')
			return append(dst, name...)
		}), true
	}
}

func bindTypes(r *Ref, arg string, hasArg bool) error {
	n := 0
	if hasArg {
		var err error
		if n, err = index(r.Field, arg); err != nil {
			return err
		}
	}
	// No captured event is about several descriptors.
	r.At = func(e *event.Event, i int) (string, bool) {
		s := e.FD.Type.String()
		return s, i == 0 && n == 0 && e.HasFD && s != ""
	}
	return nil
}

func fdNodeFields() []Field {
	layer := func(bit uint32) func(*event.Event) (bool, bool) {
		return func(e *event.Event) (bool, bool) { return e.FD.Flags&bit != 0, e.HasFD && !e.FD.Type.IsSocket() }
	}
	dev := func(get func(uint32) uint32) func(*event.Event) (int64, bool) {
		return func(e *event.Event) (int64, bool) { return int64(get(e.FD.Dev)), e.HasFD && e.FD.Dev != 0 }
	}
	return []Field{
		integer("fd.dev", "Device number of the file: major and minor in one.", Int32, dev(func(d uint32) uint32 { return d })),
		integer("fd.dev.major", "Major number of the file's device.", Int32, dev(func(d uint32) uint32 { return d >> 8 & 0xfff })),
		integer("fd.dev.minor", "Minor number of the file's device.", Int32, dev(func(d uint32) uint32 { return d&0xff | d>>12&0xfff00 })),
		integer("fd.ino", "Inode number of the file.", Int64, func(e *event.Event) (int64, bool) { return int64(e.FD.Ino), e.HasFD && e.FD.Ino != 0 }),
		boolean("fd.is_upper_layer", "true where the file is in the upper layer of an overlay file system.", layer(event.FDUpper)),
		boolean("fd.is_lower_layer", "true where the file is in a lower layer of an overlay file system.", layer(event.FDLower)),
	}
}

// socket is the event's network socket, nil if it has none.
func socket(e *event.Event) *event.Socket {
	if !e.HasFD || e.FD.Type != event.FDIPv4 && e.FD.Type != event.FDIPv6 {
		return nil
	}
	return &e.FD.Socket
}

// ends are the four ways to name an end of a connection.
var ends = [...]struct {
	letter, what string
	get          func(*event.Socket) netip.AddrPort
}{
	{"c", "client (the end that connected)", (*event.Socket).Client},
	{"s", "server (the end that was connected to)", (*event.Socket).ServerSide},
	{"l", "local end", func(s *event.Socket) netip.AddrPort { return s.Local }},
	{"r", "remote end", func(s *event.Socket) netip.AddrPort { return s.Remote }},
}
