package ruletest

import (
	"math"
	"slices"
	"strconv"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

func eventDescribers() map[string]describer {
	open := func(set func(*file, *bool)) describer {
		return truth(func(b *builder, v bool) { set(&b.file, &v) })
	}
	return map[string]describer{
		"evt.res":            describeResult,
		"evt.rawres":         number(-maxErrno, math.MaxInt64, func(b *builder, n int64) { b.event.Res = n }),
		"evt.rawtime":        number(0, math.MaxInt64, func(b *builder, n int64) { b.event.Time = n }),
		"evt.cpu":            number(0, math.MaxUint16, func(b *builder, n int64) { b.event.CPU = uint16(n) }),
		"evt.arg":            describeArg,
		"evt.is_open_read":   open(func(f *file, v *bool) { f.read = v }),
		"evt.is_open_write":  open(func(f *file, v *bool) { f.write = v }),
		"evt.is_open_create": open(func(f *file, v *bool) { f.create = v }),
		"evt.is_open_exec":   open(func(f *file, v *bool) { f.exec = v }),
	}
}

// maxErrno is the greatest error number the kernel returns.
const maxErrno = 4095

// describeResult takes SUCCESS or the name of an error. What the field calls an
// error is asked of the field, so that there is one table of the names.
func describeResult(b *builder, v value) {
	s, ok := v.text()
	if !ok {
		return
	}
	names := []string{"SUCCESS"}
	e := &event.Event{Type: b.typ}
	for n := int64(0); n <= maxErrno; n++ {
		e.Reset()
		e.Type, e.Res = b.typ, -n
		name, known := v.ref.Text(e)
		if !known {
			v.fail("has no value for %v events", b.typ)
			return
		}
		if name == s {
			b.event.Res = -n
			b.expect(v, s)
			return
		}
		if name[0] == 'E' {
			// The name lives as long as the event.
			names = append(names, string([]byte(name)))
		}
	}
	v.fail("is SUCCESS or the name of an error such as ENOENT, not %q%s", cut(s), didYouMean(s, names))
}

// describeArg sets a parameter of the event.
func describeArg(b *builder, v value) {
	params := event.Describe(b.typ).Params
	i := slices.IndexFunc(params, func(p event.Param) bool { return p.Name == v.ref.Arg })
	if n, err := strconv.Atoi(v.ref.Arg); err == nil && n < len(params) {
		i = n
	}
	if i < 0 {
		b.noParam(v, params)
		return
	}
	p := &params[i]
	family := event.Describe(b.typ).Family
	switch {
	case p.Type.IsFlags(), p.Type.IsEnum():
		b.flagArg(v, family, i, p)
	case family == event.FamilyExec:
		b.execArg(v, p)
	case p.Name == "fd":
		v.l.fail(v.at.Line, v.at.Column, "%s cannot be set, it follows from other fields: give fd.num", v.ref.Name)
	case family == event.FamilyOpen && (p.Name == "dev" || p.Name == "ino"):
		v.l.fail(v.at.Line, v.at.Column, "%s cannot be set, it follows from other fields: give fd.%s", v.ref.Name, p.Name)
	case p.Get != nil || i >= event.MaxParams:
		v.l.fail(v.at.Line, v.at.Column, "%s cannot be set: it follows from other fields", v.ref.Name)
	case p.Type.IsText():
		if s, ok := v.text(); ok {
			if family == event.FamilyOpen {
				b.file.raw = &s
			}
			b.event.Args[i].Str = s
			b.expect(v, s)
		}
	case family == event.FamilyOpen && p.Name == "mode":
		if n, ok := v.number(0, 0o7777); ok {
			mode := uint32(n)
			b.file.mode = &mode
		}
	default:
		if n, ok := v.number(math.MinInt64, math.MaxInt64); ok {
			b.event.Args[i].Num = uint64(n)
		}
	}
}

func (b *builder) noParam(v value, params []event.Param) {
	if len(params) == 0 {
		v.l.fail(v.at.Line, v.at.Column, "the parameters of %v events are not known yet: %s cannot be set", b.typ, v.ref.Name)
		return
	}
	names := make([]string, len(params))
	for j, p := range params {
		names[j] = p.Name
	}
	v.l.fail(v.at.Line, v.at.Column, "%v events have no parameter %q%s", b.typ, cut(v.ref.Arg), didYouMean(v.ref.Arg, names))
}

func (b *builder) flagArg(v value, family event.Family, i int, p *event.Param) {
	bits, ok := v.flagBits(p)
	switch {
	case !ok:
	case family == event.FamilyExec:
		b.proc.ExeFlags = event.ExeFlags(bits)
	case family == event.FamilyOpen && p.Name == "flags":
		b.file.flags = &bits
	case p.Get == nil && i < event.MaxParams:
		b.event.Args[i].Num = uint64(bits)
	case family == event.FamilyNamespace:
		// Of what a clone tells only the flags are the call's own.
		b.event.Args[event.CloneFlags].Num = uint64(bits)
	}
}

// execArg sets what a program passed to execve; the other parameters are the
// new process's own.
func (b *builder) execArg(v value, p *event.Param) {
	places := map[string]int{"filename": event.ExecFilename, "exe": event.ExecExe, "args": event.ExecArgs}
	at, ok := places[p.Name]
	if !ok {
		give := "the process's own fields"
		switch p.Name {
		case "res":
			give = "evt.res"
		case "tid":
			give = "thread.tid"
		case "pid", "cwd", "env", "tty", "exe_ino", "pgid", "vpgid":
			give = "proc." + p.Name
		case "ptid":
			give = "proc.ppid"
		case "comm":
			give = "proc.name"
		case "trusted_exepath":
			give = "proc.exepath"
		case "uid", "loginuid":
			give = "user." + p.Name
		case "gid":
			give = "group.gid"
		case "cap_inheritable", "cap_permitted", "cap_effective":
			give = "thread." + p.Name
		}
		v.l.fail(v.at.Line, v.at.Column, "%s cannot be set, it follows from other fields: give %s", v.ref.Name, give)
		return
	}
	if s, ok := v.text(); ok {
		b.event.Args[at].Str = s
		b.expect(v, s)
	}
}

// capabilities reads names of capabilities; which bit has which name is asked
// of the field.
func capabilities(set func(*event.Process, uint64)) describer {
	return func(b *builder, v value) {
		list, ok := v.words(" ")
		if !ok {
			return
		}
		bits := map[string]uint64{}
		var names []string
		for i := range 64 {
			p := &event.Process{}
			set(p, 1<<i)
			if name, ok := capabilityName(v.ref, p); ok {
				bits[name] = 1 << i
				names = append(names, name)
			}
		}
		var all uint64
		for _, name := range list {
			if bits[name] == 0 {
				v.fail("has no capability %q%s", cut(name), didYouMean(name, names))
			}
			all |= bits[name]
		}
		set(b.proc, all)
	}
}

func capabilityName(ref *field.Ref, p *event.Process) (string, bool) {
	name, ok := ref.AppendText(nil, &event.Event{Type: event.Execve, Process: p})
	return string(name), ok && len(name) > 0
}
