package field

import (
	"net/netip"

	"github.com/gyrsec/gyr/event"
)

// The functions here make rows of the catalogue from the getter that fits the
// type. Rows made with a getter are live; those made with later have no value
// yet.

func text(name, desc string, get func(*event.Event) (string, bool)) Field {
	return Field{Name: name, Desc: desc, Type: CharBuf, Live: true, get: getters{text: get}}
}

func integer(name, desc string, t Type, get func(*event.Event) (int64, bool)) Field {
	return Field{Name: name, Desc: desc, Type: t, Live: true, get: getters{int: get}}
}

func boolean(name, desc string, get func(*event.Event) (bool, bool)) Field {
	return Field{Name: name, Desc: desc, Type: Bool, Live: true, get: getters{bool: get}}
}

func address(name, desc string, get func(*event.Event) (netip.Addr, bool)) Field {
	return Field{Name: name, Desc: desc, Type: IPAddr, Live: true, get: getters{addr: get}}
}

// hostName is a text of which an event can have several, all true at once: the
// names of an address. Outputs show the first.
func hostName(name, desc string, get func(*event.Event) ([]string, bool)) Field {
	f := text(name, desc, func(e *event.Event) (string, bool) {
		if names, _ := get(e); len(names) > 0 {
			return names[0], true
		}
		return "", false
	})
	f.HostName, f.get.names = true, get
	return f
}

// later is a field that rules may name and no source provides yet.
func later(name, desc string, t Type) Field {
	return Field{Name: name, Desc: desc, Type: t}
}

func (f Field) deprecated() Field { f.Deprecated = true; return f }
func (f Field) filterOnly() Field { f.FilterOnly = true; return f }
func (f Field) fileName() Field   { f.FileName = true; return f }

// anyOf makes a field a comparison of which holds if it holds for one of the
// named fields.
func anyOf(name, desc string, t Type, names ...string) Field {
	return Field{Name: name, Desc: desc, Type: t, FilterOnly: true, Live: true, get: getters{any: names}}
}

// takes gives a field an argument; bind makes the getter.
func (f Field) takes(arg ArgKind, bind func(r *Ref, arg string, hasArg bool) error) Field {
	f.Arg = arg
	f.get.bind = bind
	return f
}

// process is the process of e, or nil where nothing is known of it.
func process(e *event.Event) *event.Process { return e.Process }

// procText is a text of the event's process. An empty text is a value, unless
// the process is one nothing is known of.
func procText(name, desc string, get func(*event.Process) string) Field {
	return text(name, desc, textOf(process, get))
}

// whose picks the process a field is about: the event's own, its parent, ...
type whose func(*event.Event) *event.Process

func textOf(who whose, get func(*event.Process) string) func(*event.Event) (string, bool) {
	return func(e *event.Event) (string, bool) {
		p := who(e)
		if p == nil {
			return "", false
		}
		s := get(p)
		return s, s != "" || !p.Incomplete
	}
}

func procInt(name, desc string, t Type, get func(*event.Process) int64) Field {
	return integer(name, desc, t, intOf(process, get))
}

func intOf(who whose, get func(*event.Process) int64) func(*event.Event) (int64, bool) {
	return func(e *event.Event) (int64, bool) {
		p := who(e)
		if p == nil {
			return 0, false
		}
		n := get(p)
		return n, n != 0 || !p.Incomplete
	}
}

func procBool(name, desc string, get func(*event.Process) bool) Field {
	return boolean(name, desc, func(e *event.Event) (bool, bool) {
		p := e.Process
		if p == nil || p.Incomplete {
			return false, false
		}
		return get(p), true
	})
}
