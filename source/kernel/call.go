package kernel

import (
	"encoding/binary"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// decodeCall makes an event of the record of any call that has no layout of its
// own, by what the schema says of the call.
func (w *worker) decodeCall(r *record.Record, e *event.Event) {
	c := w.source.captures.of(r)
	w.decodePaths(r, e, c)
	w.resolver.paths(e)
	if c.FD != event.FromNothing {
		w.decodeDescriptor(r, e)
	}
	if c.Data.Kind != event.DataNone && c.Data.Kind != event.DataStruct {
		e.Data, e.DataLen = r.Strs[record.Data], max(0, r.Res)
	}
	params := event.Describe(e.Type).Params
	for i, from := range c.Args {
		if i < event.MaxParams && c.Params[i] < len(params) {
			e.Args[i] = w.value(r, e, c, from, c.Params[i], params[c.Params[i]].Type)
		}
	}
	e.Missing = c.Missing
	w.source.convert.settle(e)
}

func (w *worker) decodePaths(r *record.Record, e *event.Event, c *event.Capture) {
	for i, path := range c.Paths {
		if path.Name == event.FromNothing {
			continue
		}
		at := textOf(c, path.Name)
		if at < 0 || at > 1 {
			continue
		}
		raw, dir := r.Strs[record.Name0+2*at], r.Strs[record.Dir0+2*at]
		p := &e.Paths[i]
		p.Raw = raw
		if path.Literal && !strings.HasPrefix(raw, "/") {
			p.Name = raw
			continue
		}
		p.Name = w.names[i].absolute(dir, raw)
	}
}

// textOf is the place of a string among those of the record, -1 for none.
func textOf(c *event.Capture, s event.Source) int {
	for i, t := range c.Texts {
		if t.At == s {
			return i
		}
	}
	return -1
}

// text is one of the record's strings.
func text(r *record.Record, c *event.Capture, s event.Source) string {
	switch textOf(c, s) {
	case 0:
		return r.Strs[record.Name0]
	case 1:
		return r.Strs[record.Name1]
	case 2:
		return r.Strs[record.Text]
	}
	return ""
}

// decodeDescriptor fills in the descriptor the call is about. A file has no
// name here but the kernel's: the program gave a number.
func (w *worker) decodeDescriptor(r *record.Record, e *event.Event) {
	n := &r.Nums
	e.HasFD = true
	e.FD = event.FD{
		Num: max(-1, int64(n[record.FD])),
		Dev: userDev(n[record.Dev]), Ino: n[record.Ino],
	}
	if n[record.SockFamily] == 0 && w.source.roles[e.Type] == roleClient {
		// The socket is gone from its place before the call returned: what the
		// program passed is all there is. That one connects by TCP is likely.
		n[record.SockFamily], n[record.SockProto] = sockaddrFamily(r.Strs[record.Sockaddr]), unix.IPPROTO_TCP
	}
	switch {
	case n[record.SockFamily] != 0:
		w.decodeSocket(r, e)
	case n[record.InodeMode] != 0 || n[record.Ino] != 0:
		path := r.Strs[record.ObjectPath]
		e.FD.Type = objectKind(n[record.InodeMode], path)
		switch e.FD.Type {
		case event.FDFile, event.FDDirectory:
		case event.FDMemfd:
			path = path[1:] // "memfd:NAME", no path of any file system
		default:
			path = "" // what is in no directory has no name but its kind
		}
		e.FD.Name, e.FD.RealName = path, path
		if layers := n[record.FileFlags]; layers != 0 {
			e.FD.Flags = openFlags(0, layers) &^ event.ORdonly
		}
	}
}

// anonymousKinds are the kinds of what has a descriptor but is no file, by the
// name of their inode.
var anonymousKinds = [...]struct {
	name string
	kind event.FDType
}{
	{"[eventpoll]", event.FDEventpoll}, {"[eventfd]", event.FDEvent}, {"inotify", event.FDInotify},
	{"[timerfd]", event.FDTimer}, {"[signalfd]", event.FDSignal}, {"[io_uring]", event.FDIOUring},
	{"[userfaultfd]", event.FDUserfault}, {"[pidfd]", event.FDPid}, {"bpf", event.FDBPF},
}

// objectKind is the kind of what is behind a descriptor, by its inode's mode and
// the kernel's name of it.
func objectKind(mode uint64, path string) event.FDType {
	if strings.HasPrefix(path, "/memfd:") {
		return event.FDMemfd
	}
	name := strings.TrimPrefix(path, "/")
	if mode&unix.S_IFMT != 0 {
		return fileType(mode)
	}
	for _, a := range anonymousKinds {
		if strings.HasPrefix(name, a.name) {
			return a.kind
		}
	}
	return event.FDUnknown
}

// value is one parameter of the event.
func (w *worker) value(r *record.Record, e *event.Event, c *event.Capture, from event.Source, param int, t event.ParamType) event.Arg {
	if from.IsText() {
		return event.Arg{Str: text(r, c, from)}
	}
	if f, ok := from.Field(); ok {
		return event.Arg{Num: w.source.convert.value(e.Type, param, structField(r.Strs[record.Data], f))}
	}
	n := &r.Nums
	var v uint64
	switch from {
	case event.FromResult:
		return event.Arg{Num: uint64(r.Res)}
	case event.FromData:
		return event.Arg{Str: r.Strs[record.Data]}
	case event.FromDataLen:
		return event.Arg{Num: uint64(max(0, r.Res))}
	case event.FromFDName:
		return event.Arg{Str: r.Strs[record.ObjectPath]}
	case event.FromFDDev:
		return event.Arg{Num: uint64(e.FD.Dev)}
	case event.FromFDIno:
		return event.Arg{Num: e.FD.Ino}
	case event.FromAddr:
		return event.Arg{Str: addressText(r.Strs[record.Sockaddr])}
	case event.FromCall:
		return event.Arg{Num: nativeNumber(e.Type, r.Flags&record.Narrow != 0)}
	case event.FromID:
		id, _ := e.Type.ID()
		return event.Arg{Num: uint64(id)}
	case event.FromHighLow1:
		v = n[record.Arg1]<<32 | n[record.Arg2]&(1<<32-1)
	case event.FromLowHigh3:
		v = n[record.Arg4]<<32 | n[record.Arg3]&(1<<32-1)
	case event.FromLowHigh4:
		v = n[record.Arg5]<<32 | n[record.Arg4]&(1<<32-1)
	default:
		i, ok := from.Arg()
		if !ok {
			return event.Arg{}
		}
		v = narrowed(n[i], t)
	}
	return event.Arg{Num: w.source.convert.value(e.Type, param, v)}
}

// addressText is an address a program passed, as Falco prints one; empty for one
// of another family than the internet's and unix.
func addressText(raw string) string {
	if a := sockaddr(raw); a.IsValid() {
		return string(event.AppendAddrPort(nil, a))
	}
	if sockaddrFamily(raw) == unix.AF_UNIX {
		return unixName(raw)
	}
	return ""
}

// narrowed takes of a register what its type has: the rest of one that holds an
// int is whatever the program left there.
func narrowed(v uint64, t event.ParamType) uint64 {
	switch t {
	case event.Int32, event.FDNum, event.PID, event.Errno:
		return uint64(int64(int32(v)))
	case event.Int16:
		return uint64(int64(int16(v)))
	case event.Uint32, event.UID, event.GID, event.Mode, event.Flags32, event.EnumFlags32,
		// The narrower types are Falco's, for numbers of its own: the kernel's take more.
		event.Flags16, event.Flags8, event.EnumFlags16, event.EnumFlags8:
		return v & (1<<32 - 1)
	case event.Uint16:
		return v & (1<<16 - 1)
	case event.Uint8, event.SigType:
		return v & (1<<8 - 1)
	}
	return v
}

// structField is a number in a struct of the program's; 0 where the struct
// could not be read that far.
func structField(data string, f event.StructField) uint64 {
	at := func(offset, size int) uint64 {
		if offset+size > len(data) {
			return 0
		}
		var b [8]byte
		copy(b[:size], data[offset:offset+size])
		return binary.LittleEndian.Uint64(b[:])
	}
	switch f.Kind {
	case event.FieldUint16:
		return at(f.Offset, 2)
	case event.FieldUint32:
		return at(f.Offset, 4)
	case event.FieldTime:
		return at(f.Offset, 8)*1e9 + at(f.Offset+8, 8)
	case event.FieldCaps:
		return at(f.Offset, 4) | at(f.Offset+12, 4)<<32
	}
	return at(f.Offset, 8)
}
