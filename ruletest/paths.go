package ruletest

import (
	"path"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/event"
)

// pathDescribers are the fields of calls that are given names of files and make
// no descriptor: the names are the calls' parameters, and fs.path.* another way
// to give them.
func pathDescribers() map[string]describer {
	named := func(second bool) describer {
		return func(b *builder, v value) {
			s, ok := v.text()
			if !ok {
				return
			}
			if event.Describe(b.typ).Family == event.FamilyOpen {
				b.file.name = &s
				b.expect(v, s)
				return
			}
			c, _ := b.typ.Capture(event.ArchAMD64)
			i := pathParam(&c, b.pathPlace(&c, second))
			if i < 0 {
				v.l.fail(v.at.Line, v.at.Column, "%s cannot be set: %v events have no such name", v.ref.Name, b.typ)
				return
			}
			b.event.Args[i].Str = s
			b.expect(v, s)
		}
	}
	return map[string]describer{
		"fs.path.name": named(false), "fs.path.source": named(false), "fs.path.target": named(true),
		"fd.name_changed": onFD(truth(func(b *builder, v bool) { b.event.FD.NameChanged = v })),
		"fd.connected":    onFD(truth(func(b *builder, v bool) { b.connected = &v })),
		"evt.buffer": text(func(b *builder, s string) {
			b.event.Data, b.event.DataLen = s, int64(len(s))
		}),
	}
}

// pathPlace is the place of a call's source or target among its names: a link
// is made from the second to the first.
func (b *builder) pathPlace(c *event.Capture, target bool) int {
	if c.Paths[1].Name == event.FromNothing {
		return 0
	}
	if linked := event.Describe(b.typ).Family == event.FamilyLink; target != linked {
		return 1
	}
	return 0
}

// pathParam is the place of path i among the event's arguments, -1 for none.
func pathParam(c *event.Capture, i int) int {
	if c.Paths[i].Name == event.FromNothing {
		return -1
	}
	return slices.Index(c.Args, c.Paths[i].Name)
}

// paths completes the names from the parameters that carry them.
func (b *builder) paths() {
	c, ok := b.typ.Capture(event.ArchAMD64)
	if !ok {
		return
	}
	for i := range c.Paths {
		at := pathParam(&c, i)
		if at < 0 || b.event.Args[at].Str == "" {
			continue
		}
		raw := b.event.Args[at].Str
		name := raw
		if !strings.HasPrefix(name, "/") && !c.Paths[i].Literal {
			name = b.proc.CWD + name
		}
		b.event.Paths[i] = event.Path{Raw: raw, Name: path.Clean(name)}
	}
}
