package ruletest

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// Event is one event of a test.
type Event struct {
	// Text is the event as the test describes it: name=value, joined with
	// blanks.
	Text  string
	Event *event.Event
}

// describer puts what a test says of a field into the event being built.
type describer func(b *builder, v value)

// check is a field that must read, on the finished event, as the test says.
type check struct {
	v    value
	ref  *field.Ref
	want string
}

// expect notes that the field must read so.
func (b *builder) expect(v value, want string) {
	b.checks = append(b.checks, check{v, v.ref, want})
}

// Describers of the common kinds.

func text(set func(*builder, string)) describer {
	return func(b *builder, v value) {
		if s, ok := v.text(); ok {
			set(b, s)
			b.expect(v, s)
		}
	}
}

func number(lowest, highest int64, set func(*builder, int64)) describer {
	return func(b *builder, v value) {
		if n, ok := v.number(lowest, highest); ok {
			set(b, n)
			b.expect(v, strconv.FormatInt(n, 10))
		}
	}
}

func truth(set func(*builder, bool)) describer {
	return func(b *builder, v value) {
		if t, ok := v.truth(); ok {
			set(b, t)
			b.expect(v, strconv.FormatBool(t))
		}
	}
}

// describers are the fields a test can describe an event by.
func describers() map[string]describer {
	all := map[string]describer{}
	for _, part := range []map[string]describer{
		eventDescribers(), processDescribers(), ancestorDescribers(), userDescribers(), containerDescribers(), podDescribers(),
		fileDescribers(), pathDescribers(), socketDescribers(),
	} {
		for name, d := range part {
			all[name] = d
		}
	}
	return all
}

// instead names, for fields that follow from others, what to give in their
// place.
func instead(name string) string {
	switch name {
	case "evt.failed", "evt.count.error", "evt.arg.res":
		return "evt.res"
	case "evt.args", "evt.info", "evt.rawarg":
		return "evt.arg.NAME"
	case "syscall.type", "evt.category", "evt.type.is", "evt.source", "evt.dir":
		return "evt.type"
	case "evt.time", "evt.time.s", "evt.time.iso8601", "evt.datetime", "evt.datetime.s", "evt.rawtime.s", "evt.rawtime.ns":
		return "evt.rawtime"
	case "fd.directory", "fd.filename", "fd.containername", "fd.containerdirectory", "fd.uid":
		return "fd.name"
	case "fs.path.nameraw":
		return "fd.nameraw"
	case "fd.typechar", "fd.types", "fd.sockfamily":
		return "fd.type"
	case "fd.ip", "fd.net", "fd.snet", "fd.rnet":
		return "fd.sip or fd.cip"
	case "fd.cnet", "fd.lnet":
		return "fd.cip"
	case "fd.port":
		return "fd.sport or fd.cport"
	case "proc.cmdnargs", "proc.cmdlenargs", "proc.exeline":
		return "proc.exe and proc.args"
	case "proc.is_sid_leader":
		return "proc.pid and proc.sid"
	case "proc.is_pgid_leader":
		return "proc.pid and proc.pgid"
	case "proc.is_vpgid_leader":
		return "proc.vpid and proc.vpgid"
	case "container.mount", "container.mount.source", "container.mount.dest", "container.mount.mode", "container.mount.rdwr", "container.mount.propagation":
		return "container.mounts"
	case "container.start_ts":
		return "container.duration"
	case "k8s.pod.id":
		return "k8s.pod.uid"
	case "proc.is_container_healthcheck":
		return "container.healthcheck and proc.exe and proc.args"
	case "proc.is_container_liveness_probe":
		return "container.liveness_probe and proc.exe and proc.args"
	case "proc.is_container_readiness_probe":
		return "container.readiness_probe and proc.exe and proc.args"
	}
	return ""
}

// describe makes the event a test describes, the n-th of that test.
func (l *loader) describe(n *yaml.Node, number int) (Event, bool) {
	before := len(l.problems)
	entries := l.mapping(n, "an event")
	typ, ok := l.eventType(n, entries)
	if !ok {
		return Event{}, false
	}
	b := newBuilder(l, n, typ, number)
	for _, e := range entries {
		if e.key != "evt.type" {
			l.describeField(b, e)
		}
	}
	if len(l.problems) > before {
		return Event{}, false
	}
	e := b.build()
	if len(l.problems) == before {
		l.contradictions(b, e)
	}
	return Event{Text: eventText(entries), Event: e}, len(l.problems) == before
}

func (l *loader) eventType(n *yaml.Node, entries []entry) (event.Type, bool) {
	e := find(entries, "evt.type")
	if e == nil {
		if n.Kind == yaml.MappingNode {
			l.fail(n.Line, n.Column, "the event has no type: add \"evt.type: execve\", openat, connect, ...")
		}
		return 0, false
	}
	name, ok := l.text(e.value, "evt.type")
	if !ok {
		return 0, false
	}
	t, ok := event.ByName(name)
	if !ok {
		var names []string
		for t := range event.Types {
			names = append(names, t.String())
		}
		l.fail(e.value.Line, e.value.Column, "no event type is named %q%s", cut(name), didYouMean(name, names))
	}
	return t, ok
}

func (l *loader) describeField(b *builder, e entry) {
	ref, err := field.Bind(e.key, "", false)
	if err != nil {
		l.fail(e.at.Line, e.at.Column, "%v", err)
		return
	}
	v := value{l, ref, e.at, e.value}
	if d := l.describers[ref.Field.Name]; d != nil {
		d(b, v)
		return
	}
	switch give := instead(ref.Field.Name); {
	case give != "":
		l.fail(e.at.Line, e.at.Column, "%s cannot be set, it follows from other fields: give %s", ref.Name, give)
	case !ref.Field.Live:
		l.fail(e.at.Line, e.at.Column, "%s cannot be set: no event has a value for it yet, and a condition on it never holds", ref.Name)
	default:
		l.fail(e.at.Line, e.at.Column, "%s cannot be set from the outside: leave it out", ref.Name)
	}
}

// contradictions reports fields that read otherwise than the test says,
// because something else it says does not go with them.
func (l *loader) contradictions(b *builder, e *event.Event) {
	for _, c := range b.checks {
		got, ok := c.ref.AppendText(nil, e)
		switch {
		case ok && string(got) == c.want:
		case ok:
			l.fail(c.v.node.Line, c.v.node.Column, "%s cannot be %q with what else is said of this %v event: it is %q there",
				c.ref.Name, cut(c.want), e.Type, cut(string(got)))
		default:
			l.fail(c.v.node.Line, c.v.node.Column, "%s cannot be %q with what else is said of this %v event: it has no value there",
				c.ref.Name, cut(c.want), e.Type)
		}
	}
}

// eventText repeats a description on one line.
func eventText(entries []entry) string {
	parts := make([]string, len(entries))
	for i, e := range entries {
		parts[i] = e.key + "=" + nodeText(e.value)
	}
	return strings.Join(parts, " ")
}

func nodeText(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		parts := make([]string, len(n.Content))
		for i, c := range n.Content {
			parts[i] = plain(resolve(c).Value)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case yaml.MappingNode:
		parts := make([]string, 0, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, plain(resolve(n.Content[i]).Value)+"="+plain(resolve(n.Content[i+1]).Value))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return plain(n.Value)
}

// plain is a text in quotes where it would not be told apart from what is
// around it, or a terminal would obey it.
func plain(s string) string {
	special := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
	if s == "" || strings.ContainsFunc(s, special) || !utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	return s
}

// flagBits reads the names of a parameter's bits, or the one name of its number.
func (v value) flagBits(p *event.Param) (bits uint32, ok bool) {
	names, ok := v.words("| ")
	if ok && p.Type.IsEnum() && len(names) != 1 {
		v.fail("is one name, such as %s", exampleOf(p.Flags))
		return 0, false
	}
	known := make([]string, len(p.Flags))
	for i, f := range p.Flags {
		known[i] = f.Name
	}
	for _, name := range names {
		switch i := slices.Index(known, name); {
		case i < 0:
			v.fail("has no flag %q%s", cut(name), didYouMean(name, known))
			ok = false
		case p.Flags[i].Bit == event.BitUnknown:
			v.fail("cannot be %s: no event has that flag", name)
			ok = false
		default:
			bits |= p.Flags[i].Bit
		}
	}
	return bits, ok
}

func exampleOf(set event.FlagSet) string {
	if len(set) == 0 {
		return "a number"
	}
	return set[0].Name
}
