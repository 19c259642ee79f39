package ruletest

import (
	"math"
	"path"
	"strings"

	"github.com/gyrsec/gyr/event"
)

func fileDescribers() map[string]describer {
	layer := func(bit uint32) describer {
		return onFD(truth(func(b *builder, v bool) {
			b.file.layers &^= bit
			if v {
				b.file.layers |= bit
			}
		}))
	}
	return map[string]describer{
		"fd.name": onFD(func(b *builder, v value) {
			s, ok := v.text()
			switch {
			case !ok:
			case !strings.HasPrefix(s, "/") && event.Describe(b.typ).Family == event.FamilyOpen:
				v.fail("is an absolute path: what the program wrote goes to fd.nameraw")
			default:
				b.file.name = &s
				b.expect(v, s)
			}
		}),
		"fd.nameraw":  onFD(text(func(b *builder, s string) { b.file.raw = &s })),
		"fd.realpath": onFD(text(func(b *builder, s string) { b.file.real = &s })),
		"fd.num":      onFD(number(-1, math.MaxInt32, func(b *builder, n int64) { b.file.num = &n })),
		"fd.type":     onFD(describeFDType),
		"fd.dev":      onFD(number(1, math.MaxInt32, func(b *builder, n int64) { b.event.FD.Dev = uint32(n) })),
		"fd.ino":      onFD(number(1, math.MaxInt64, func(b *builder, n int64) { b.event.FD.Ino = uint64(n) })),

		"fd.is_upper_layer": layer(event.FDUpper),
		"fd.is_lower_layer": layer(event.FDLower),
	}
}

// onFD is for fields of the descriptor, which not every event has.
func onFD(d describer) describer {
	return func(b *builder, v value) {
		switch event.Describe(b.typ).Family {
		case event.FamilyExec, event.FamilyProcess:
			v.l.fail(v.at.Line, v.at.Column, "%s cannot be set: %v events are about no file descriptor", v.ref.Name, b.typ)
			return
		}
		b.event.HasFD = true
		d(b, v)
	}
}

func describeFDType(b *builder, v value) {
	s, ok := v.text()
	if !ok {
		return
	}
	var names []string
	for t := event.FDFile; t <= event.FDPid; t++ {
		if t.String() == s {
			b.fdType = &t
			b.expect(v, s)
			return
		}
		names = append(names, t.String())
	}
	v.fail("has no kind of descriptor %q%s", cut(s), didYouMean(s, names))
}

// open completes an opened file.
func (b *builder) open() {
	e, f := b.event, &b.file
	e.HasFD = true
	switch {
	case f.name == nil && f.raw == nil:
		b.l.fail(b.node.Line, b.node.Column, "the %v event has no file: add \"fd.name: /path\"", b.typ)
		return
	case f.name == nil:
		name := *f.raw
		if !strings.HasPrefix(name, "/") {
			name = b.proc.CWD + name
		}
		name = path.Clean(name)
		f.name = &name
	}
	flags := f.openFlags()
	if b.typ == event.Creat {
		flags = event.OCreat | event.OWronly | event.OTrunc | flags&event.OFCreated
	}
	flags |= f.layers
	e.FD.Name, e.FD.RawName, e.FD.Flags = *f.name, or(f.raw, *f.name), flags
	e.FD.RealName = or(f.real, e.FD.Name)
	e.FD.Type = or(b.fdType, event.FDFile)
	if e.FD.Num = or(f.num, 3); e.Res > 0 {
		e.FD.Num = e.Res
	}
	fd := e.FD.Num
	if fd < 0 && !e.Failed() {
		b.l.fail(b.node.Line, b.node.Column, "the %v event makes no descriptor, and does not fail: add \"evt.res: ENOENT\" or another error", b.typ)
		return
	}
	if e.Failed() {
		// What was not opened has neither a kind nor a path of its own.
		e.FD.Num, e.FD.RealName, e.FD.Type = -1, "", event.FDUnknown
		fd = e.Res
	} else {
		e.Res = fd
	}
	for i, p := range event.Describe(b.typ).Params {
		switch p.Name {
		case "fd":
			e.Args[i].Num = uint64(fd)
		case "dirfd":
			if e.Args[i].Num == 0 {
				const atFDCWD = -100
				e.Args[i].Num = uint64(math.MaxUint64 + atFDCWD + 1)
			}
		case "name":
			e.Args[i].Str = e.FD.RawName
		case "flags":
			e.Args[i].Num = uint64(flags)
		case "mode":
			e.Args[i].Num = uint64(f.openMode())
		case "dev":
			e.Args[i].Num = uint64(e.FD.Dev)
		case "ino":
			e.Args[i].Num = e.FD.Ino
		}
	}
}

// openFlags are the flags as given, or those that make the event what the test
// says: opened for reading where it says nothing.
func (f *file) openFlags() uint32 {
	if f.flags != nil {
		return *f.flags
	}
	var flags uint32
	if or(f.write, false) {
		flags |= event.OWronly
	}
	if or(f.read, !or(f.write, false)) {
		flags |= event.ORdonly
	}
	if or(f.create, false) {
		flags |= event.OCreat | event.OFCreated
	}
	if or(f.exec, false) {
		flags |= event.OCreat
	}
	return flags
}

func (f *file) openMode() uint32 {
	const readable, executable = 0o644, 0o755
	switch {
	case f.mode != nil:
		return *f.mode
	case or(f.exec, false):
		return executable
	case f.openFlags()&event.OCreat != 0:
		return readable
	}
	return 0
}

// numberArg sets a parameter that follows from something else, where the event
// carries it.
func (b *builder) numberArg(name string, n int64) {
	for i, p := range event.Describe(b.typ).Params {
		if p.Name == name && p.Get == nil && i < event.MaxParams {
			b.event.Args[i].Num = uint64(n)
		}
	}
}

// otherFD completes the descriptor of other events than opens and connects.
func (b *builder) otherFD() {
	e, f := b.event, &b.file
	if !e.HasFD {
		return
	}
	if b.ends.given() {
		b.connect()
		return
	}
	e.FD.Num, e.FD.Type = or(f.num, 3), or(b.fdType, event.FDFile)
	b.numberArg("fd", e.FD.Num)
	e.FD.Name = or(f.name, "")
	e.FD.RawName, e.FD.RealName = or(f.raw, e.FD.Name), or(f.real, e.FD.Name)
	e.FD.Flags = f.layers
}
