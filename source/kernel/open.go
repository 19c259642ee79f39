package kernel

import (
	"bytes"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// cutMark is what a path begins with that is deeper than the kernel half
// follows (path_pieces in bpf/path.h).
const cutMark = "..."

// pathBuffer is memory for names made absolute, reused from event to event.
type pathBuffer struct{ b []byte }

// absolute is the name a program means by raw in directory dir: absolute and
// cleaned, symlinks not followed. Most names are so already and cost nothing.
// The result is valid until the next call.
func (p *pathBuffer) absolute(dir, raw string) string {
	switch {
	case raw == "":
		return ""
	case raw[0] == '/' && isClean(raw):
		return raw
	case raw[0] != '/' && dir == "":
		return raw // the directory is gone or unknown
	}
	p.b = p.b[:0]
	if raw[0] != '/' {
		if rest, cut := strings.CutPrefix(dir, cutMark); cut {
			p.b, dir = append(p.b, cutMark...), rest
		}
		p.b = appendClean(p.b, dir)
	}
	p.b = appendClean(p.b, raw)
	if len(p.b) == 0 {
		return "/"
	}
	return unsafe.String(&p.b[0], len(p.b))
}

// appendClean adds a path's components to dst, which holds an absolute path
// without a slash at its end; ".." takes one away.
func appendClean(dst []byte, path string) []byte {
	for path != "" {
		var c string
		c, path, _ = strings.Cut(path, "/")
		switch c {
		case "", ".":
		case "..":
			dst = dst[:max(0, bytes.LastIndexByte(dst, '/'))]
		default:
			dst = append(dst, '/')
			dst = append(dst, c...)
		}
	}
	return dst
}

// isClean reports whether an absolute path has no ".", "..", empty component or
// slash at its end.
func isClean(p string) bool {
	if len(p) > 1 && p[len(p)-1] == '/' {
		return false
	}
	for rest := p; ; {
		i := strings.IndexByte(rest, '/')
		if i < 0 || i+1 >= len(rest) {
			return true
		}
		rest = rest[i+1:]
		if rest[0] == '/' || rest[0] == '.' && dots(rest) {
			return false
		}
	}
}

// dots reports whether the first component is "." or "..".
func dots(rest string) bool {
	c, _, _ := strings.Cut(rest, "/")
	return c == "." || c == ".."
}

// Flags of an open file that only the kernel knows (enum in bpf/open.h).
const (
	openUpper   = 1 << 0
	openLower   = 1 << 1
	openCreated = 1 << 2
)

// openLayout says where the values of an open stand in its record.
type openLayout struct {
	fd, dirfd, flags, mode, dev, ino, resolve, imode, fflags int
	underDev, underIno                                       int
	name, realpath, dirpath                                  int
}

func newOpenLayout() openLayout {
	l := record.LayoutOf(event.FamilyOpen)
	return openLayout{
		fd: l.Num("fd"), dirfd: l.Num("dirfd"), flags: l.Num("flags"), mode: l.Num("mode"), dev: l.Num("dev"),
		ino: l.Num("ino"), resolve: l.Num("resolve"), imode: l.Num("imode"), fflags: l.Num("fflags"),
		underDev: l.Num("under_dev"), underIno: l.Num("under_ino"),
		name: l.Str("name"), realpath: l.Str("realpath"), dirpath: l.Str("dirpath"),
	}
}

func (w *worker) decodeOpen(r *record.Record, e *event.Event) {
	l := &w.source.open
	raw := r.Strs[l.name]
	dev, ino, layers := userDev(r.Nums[l.dev]), r.Nums[l.ino], r.Nums[l.fflags]
	flags := openFlags(uint32(r.Nums[l.flags]), layers)
	if e.Type == event.Creat {
		flags = event.OCreat | event.OWronly | event.OTrunc | flags&(event.OFCreated|event.FDUpper|event.FDLower)
	}
	e.HasFD = true
	e.FD = event.FD{
		Num: r.Res, Type: fileType(r.Nums[l.imode]),
		RawName: raw, Name: w.paths.absolute(r.Strs[l.dirpath], raw), RealName: r.Strs[l.realpath],
		Dev: dev, Ino: ino, UnderDev: userDev(r.Nums[l.underDev]), UnderIno: r.Nums[l.underIno], Flags: flags,
	}
	if r.Res < 0 {
		e.FD.Num = -1
	} else if r.Nums[l.resolve]&unix.RESOLVE_IN_ROOT != 0 && strings.HasPrefix(raw, "/") {
		// Such a name begins at the directory that was given, not at the root.
		e.FD.Name = e.FD.RealName
	}
	a := &e.Args
	fd, name, mode := event.Arg{Num: uint64(r.Res)}, event.Arg{Str: raw}, event.Arg{Num: r.Nums[l.mode]}
	arg := func(n uint64) event.Arg { return event.Arg{Num: n} }
	switch e.Type {
	case event.Open:
		a[0], a[1], a[2], a[3], a[4], a[5] = fd, name, arg(uint64(flags)), mode, arg(uint64(dev)), arg(ino)
	case event.Openat:
		a[0], a[1], a[2], a[3], a[4] = fd, arg(r.Nums[l.dirfd]), name, arg(uint64(flags)), mode
		a[5], a[6] = arg(uint64(dev)), arg(ino)
	case event.Openat2:
		a[0], a[1], a[2], a[3], a[4] = fd, arg(r.Nums[l.dirfd]), name, arg(uint64(flags)), mode
		a[5], a[6], a[7] = arg(resolveFlags(r.Nums[l.resolve])), arg(uint64(dev)), arg(ino)
	case event.Creat:
		a[0], a[1], a[2], a[3], a[4], a[5] = fd, name, mode, arg(uint64(dev)), arg(ino), arg(layers&(openUpper|openLower))
	}
}

// resolveFlags turns the kernel's flags of openat2 into Falco's (event's
// RESOLVE_ names, in that order of bits).
func resolveFlags(f uint64) (out uint64) {
	for i, bit := range [...]uint64{
		unix.RESOLVE_BENEATH, unix.RESOLVE_IN_ROOT, unix.RESOLVE_NO_MAGICLINKS, unix.RESOLVE_NO_SYMLINKS,
		unix.RESOLVE_NO_XDEV, resolveCached,
	} {
		if f&bit != 0 {
			out |= 1 << i
		}
	}
	return out
}

// resolveCached is RESOLVE_CACHED (linux/openat2.h), which x/sys lacks.
const resolveCached = 0x20

// fileType is the kind of an opened object by its inode's mode.
func fileType(mode uint64) event.FDType {
	switch mode & unix.S_IFMT {
	case 0:
		return event.FDFile // a failed open: what was asked for is a file
	case unix.S_IFDIR:
		return event.FDDirectory
	case unix.S_IFIFO:
		return event.FDPipe
	}
	return event.FDFile
}

// openFlags turns the kernel's open flags into Falco's.
func openFlags(f uint32, layers uint64) uint32 {
	var out uint32
	switch f & unix.O_ACCMODE {
	case unix.O_RDONLY:
		out = event.ORdonly
	case unix.O_WRONLY:
		out = event.OWronly
	case unix.O_RDWR:
		out = event.ORdwr
	}
	if f&unix.O_TMPFILE == unix.O_TMPFILE {
		out |= event.OTmpfile
	}
	if f&unix.O_PATH != 0 {
		// It can be neither read nor written: for that it has to be opened again,
		// through /proc, which is an event of its own.
		out = 0
	}
	for _, b := range openBits {
		if f&b.kernel == b.kernel {
			out |= b.falco
		}
	}
	if runtime.GOARCH == "amd64" && f&0o100000 != 0 { // x/sys has 0 for it: Go programs need not pass it
		out |= event.OLargefile
	}
	if layers&openCreated != 0 {
		out |= event.OFCreated
	}
	if layers&openUpper != 0 {
		out |= event.FDUpper
	}
	if layers&openLower != 0 {
		out |= event.FDLower
	}
	return out
}

var openBits = [...]struct{ kernel, falco uint32 }{
	{unix.O_CREAT, event.OCreat},
	{unix.O_APPEND, event.OAppend},
	{unix.O_EXCL, event.OExcl},
	{unix.O_NONBLOCK, event.ONonblock},
	{unix.O_TRUNC, event.OTrunc},
	{unix.O_DIRECT, event.ODirect},
	{unix.O_DIRECTORY, event.ODirectory},
	{unix.O_CLOEXEC, event.OCloexec},
	{unix.O_SYNC, event.OSync},
	{unix.O_DSYNC, event.ODsync},
}
