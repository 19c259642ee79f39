package ruletest

import (
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/gyrsec/gyr/event"
)

func processDescribers() map[string]describer {
	id := func(set func(*builder, int32)) describer {
		return number(0, math.MaxInt32, func(b *builder, n int64) { set(b, int32(n)) })
	}
	exeFlag := func(bit event.ExeFlags) describer {
		return truth(func(b *builder, v bool) {
			b.proc.ExeFlags &^= bit
			if v {
				b.proc.ExeFlags |= bit
			}
		})
	}
	when := func(set func(*event.Process, int64)) describer {
		return number(1, math.MaxInt64, func(b *builder, n int64) { set(b.proc, n) })
	}
	return map[string]describer{
		"proc.name":     named(0),
		"proc.exe":      text(func(b *builder, s string) { b.self.exe = &s }),
		"proc.exepath":  text(func(b *builder, s string) { b.self.exePath = &s }),
		"proc.cmdline":  text(func(b *builder, s string) { b.self.cmdline = &s }),
		"proc.args":     describeArgs,
		"proc.env":      describeEnv,
		"proc.cwd":      describeCWD,
		"proc.duration": describeDuration(0),

		"proc.tty":   number(0, math.MaxUint32, func(b *builder, n int64) { b.proc.TTY = uint32(n) }),
		"proc.pid":   id(func(b *builder, n int32) { b.self.pid = &n }),
		"proc.vpid":  id(func(b *builder, n int32) { b.vpid = &n }),
		"proc.sid":   id(func(b *builder, n int32) { b.proc.SID = n }),
		"proc.pgid":  id(func(b *builder, n int32) { b.pgid = &n }),
		"proc.vpgid": id(func(b *builder, n int32) { b.vpgid = &n }),

		"proc.is_exe_writable":    exeFlag(event.ExeWritable),
		"proc.is_exe_upper_layer": exeFlag(event.ExeUpperLayer),
		"proc.is_exe_lower_layer": exeFlag(event.ExeLowerLayer),
		"proc.is_exe_from_memfd":  exeFlag(event.ExeMemfd),

		"proc.exe_ino":       when(func(p *event.Process, n int64) { p.ExeIno = uint64(n) }),
		"proc.exe_ino.ctime": when(func(p *event.Process, n int64) { p.ExeCtime = n }),
		"proc.exe_ino.mtime": when(func(p *event.Process, n int64) { p.ExeMtime = n }),

		"thread.cap_permitted":   capabilities(func(p *event.Process, bits uint64) { p.CapPermitted = bits }),
		"thread.cap_inheritable": capabilities(func(p *event.Process, bits uint64) { p.CapInheritable = bits }),
		"thread.cap_effective":   capabilities(func(p *event.Process, bits uint64) { p.CapEffective = bits }),
	}
}

// named sets the name of the process, or of the ancestor so many steps away.
func named(depth int) describer {
	return func(b *builder, v value) {
		if s, ok := v.text(); ok && checkName(v, s) {
			b.ancestor(depth).name = &s
			b.expect(v, s)
		}
	}
}

func checkName(v value, s string) bool {
	if len(s) > maxName {
		v.fail("has at most %d bytes, the kernel cuts off the rest: give %q, and the whole name in proc.exepath or proc.aexepath", maxName, s[:maxName])
		return false
	}
	return true
}

// describeArgs takes a list of arguments, or one text whose words they are.
func describeArgs(b *builder, v value) {
	switch {
	case v.ref.HasArg:
		v.l.fail(v.at.Line, v.at.Column, "%s cannot be set alone: give proc.args as a list", v.ref.Name)
	case v.node.Kind == yaml.ScalarNode:
		if s, ok := v.text(); ok {
			b.self.argsLine = &s
			b.expect(v, s)
		}
	default:
		if list, ok := v.texts(); ok {
			b.self.args, b.self.argsGiven = list, true
			b.expect(v, strings.Join(list, " "))
		}
	}
}

// describeEnv takes a list of NAME=value, a mapping, or with an argument one
// variable.
func describeEnv(b *builder, v value) {
	switch {
	case v.ref.HasArg:
		if s, ok := v.text(); ok {
			b.proc.Env = append(b.proc.Env, v.ref.Arg+"="+s)
			b.expect(v, s)
		}
	case v.node.Kind == yaml.MappingNode:
		for _, e := range v.l.mapping(v.node, v.ref.Name) {
			if s, ok := v.l.text(e.value, "a variable of "+v.ref.Name); ok {
				b.proc.Env = append(b.proc.Env, e.key+"="+s)
			}
		}
	default:
		list, ok := v.texts()
		for _, s := range list {
			if ok && !strings.Contains(s, "=") {
				v.fail("is a list of NAME=value, not %q", cut(s))
			}
		}
		b.proc.Env = append(b.proc.Env, list...)
	}
}

// describeCWD adds the slash at the end that working directories have.
func describeCWD(b *builder, v value) {
	s, ok := v.text()
	if !ok {
		return
	}
	if !strings.HasPrefix(s, "/") {
		v.fail("is an absolute path, not %q", cut(s))
		return
	}
	b.proc.CWD = strings.TrimRight(s, "/") + "/"
	b.expect(v, b.proc.CWD)
}

func describeDuration(depth int) describer {
	return func(b *builder, v value) {
		if d, ok := v.duration(); ok {
			b.ancestor(depth).age = &d
			b.expect(v, strconv.FormatInt(d, 10))
		}
	}
}

// ancestorDescribers are the fields of the parent, and those that have an index
// for any ancestor or take the list of all, the parent first.
func ancestorDescribers() map[string]describer {
	all := map[string]describer{
		"proc.ppid.duration": describeDuration(1),
		"proc.ppid": number(1, math.MaxInt32, func(b *builder, n int64) {
			pid := int32(n)
			b.ancestor(1).pid = &pid
		}),
		"proc.apid": ancestral(func(p *program, v value, s string) {
			n, err := strconv.ParseInt(s, 10, 32)
			if err != nil || n < 0 {
				v.fail("is a number, not %q", cut(s))
				return
			}
			pid := int32(n)
			p.pid = &pid
		}),
		"proc.aname": ancestral(func(p *program, v value, s string) {
			if checkName(v, s) {
				p.name = &s
			}
		}),
		"proc.pname": named(1),
	}
	for name, set := range map[string]func(*program, string){
		"exe":     func(p *program, s string) { p.exe = &s },
		"exepath": func(p *program, s string) { p.exePath = &s },
		"cmdline": func(p *program, s string) { p.cmdline = &s },
		"args":    func(p *program, s string) { p.argsLine = &s },
	} {
		if name != "args" {
			all["proc.p"+name] = text(func(b *builder, s string) { set(b.ancestor(1), s) })
		}
		all["proc.a"+name] = ancestral(func(p *program, _ value, s string) { set(p, s) })
	}
	return all
}

// ancestral sets one fact of an ancestor, or those of all ancestors.
func ancestral(set func(p *program, v value, s string)) describer {
	return func(b *builder, v value) {
		if !v.ref.HasArg {
			if v.node.Kind != yaml.SequenceNode {
				v.fail("takes a list, the parent first; with an index, as %s[1] for the parent, a single value", v.ref.Name)
				return
			}
			b.given = true
			list, _ := v.texts()
			for i, s := range list {
				b.setAncestor(v, i+1, s, set)
			}
			return
		}
		s, ok := v.text()
		n, err := strconv.Atoi(v.ref.Arg)
		if ok && err == nil {
			b.setAncestor(v, n, s, set)
			b.expect(v, s)
		}
	}
}

func (b *builder) setAncestor(v value, n int, s string, set func(*program, value, string)) {
	p := b.ancestor(n)
	if p == nil {
		v.fail("goes too far up: ancestors can be described up to the 64th")
		return
	}
	set(p, v, s)
	// The same may be said in another way, which must not count silently.
	if ref, err := bindIndex(v.ref.Field.Name, n); err == nil {
		b.checks = append(b.checks, check{v, ref, s})
	}
}
