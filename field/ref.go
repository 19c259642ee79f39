package field

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/gyrsec/gyr/event"
)

// ErrUnknown is wrapped by Bind's errors for names that are no field.
var ErrUnknown = errors.New("unknown field")

// getters reads a field's value; exactly one is set in a field that can have
// one. ok=false means that the event has no value for the field.
type getters struct {
	text  func(*event.Event) (string, bool)
	int   func(*event.Event) (int64, bool)
	bool  func(*event.Event) (bool, bool)
	addr  func(*event.Event) (netip.Addr, bool)
	float func(*event.Event) (float64, bool)
	at    func(*event.Event, int) (string, bool)
	of    func(*event.Event, *event.Process) (string, bool)
	ofInt func(*event.Event, *event.Process) (int64, bool)
	names func(*event.Event) ([]string, bool)
	// json, where set, is the number printed in JSON instead of the text.
	json func(*event.Event) int64
	// any names the fields of which one has to satisfy a comparison.
	any []string
	// bind fills the getters of a reference with an argument, or without one
	// where it is optional.
	bind func(r *Ref, arg string, hasArg bool) error
}

// Ref is a field as a rule refers to it, argument included. It is immutable
// and safe for concurrent use.
//
// Exactly the getter that fits Type is set (At, Of or OfInt for fields with many
// values); none of them allocates, apart from the event's scratch memory. A
// getter's ok=false means "no value". Strings live as long as the event.
type Ref struct {
	Field *Field
	// Name is the reference as written, for example "proc.aname[2]".
	Name string
	// Arg is the argument, when HasArg.
	Arg    string
	HasArg bool
	// Type is the type of the value; for evt.rawarg that of the parameter.
	Type Type
	// Unsigned integers are carried in Int as their bits.
	Unsigned bool

	Text  func(*event.Event) (string, bool)
	Int   func(*event.Event) (int64, bool)
	Bool  func(*event.Event) (bool, bool)
	Addr  func(*event.Event) (netip.Addr, bool)
	Float func(*event.Event) (float64, bool)
	// At returns the i-th value of a list, from 0; false behind the last.
	At func(e *event.Event, i int) (string, bool)
	// Of and OfInt return the value for one ancestor of the event's process
	// (NextAncestor walks them). A comparison holds if it does for one of them.
	Of    func(e *event.Event, p *event.Process) (string, bool)
	OfInt func(e *event.Event, p *event.Process) (int64, bool)
	// Names, of names of hosts, returns all of them, where Text returns the first.
	// A comparison holds if it does for one; != only if it does for all, also
	// where there is none. false means that there is no address to have a name.
	Names func(e *event.Event) ([]string, bool)
	// Each calls yield for each value of a list or ancestor field until it
	// returns false; nil for others. It is for outputs: unlike the getters, it
	// makes callers allocate.
	Each func(e *event.Event, yield func(string) bool)
	// Any holds the references of which one has to satisfy a comparison
	// (fd.ip, fd.port, fd.net); the getters are nil then.
	Any []*Ref
}

// Bind resolves a field reference. The argument may be in name after a dot
// ("evt.arg.flags") or in brackets ("proc.aname[2]"), or in arg when hasArg.
// Errors say what is wrong and what to do; they wrap ErrUnknown where the name
// is no field.
func Bind(name, arg string, hasArg bool) (*Ref, error) {
	if !hasArg {
		if i := strings.IndexByte(name, '['); i > 0 && strings.HasSuffix(name, "]") {
			name, arg, hasArg = name[:i], name[i+1:len(name)-1], true
			if n := len(arg); n >= 2 && (arg[0] == '"' || arg[0] == '\'') && arg[n-1] == arg[0] {
				arg = arg[1 : n-1]
			}
		}
	}
	f, ok := Lookup(name)
	written := name
	switch {
	case ok && hasArg:
		written = name + "[" + arg + "]"
	case !ok:
		// The longest field the name starts with takes the rest as argument.
		f, arg, hasArg, ok = splitArg(name, arg, hasArg)
		if !ok {
			return nil, unknown(name)
		}
	}
	return bind(f, written, arg, hasArg)
}

func splitArg(name, arg string, hasArg bool) (*Field, string, bool, bool) {
	if hasArg {
		return nil, "", false, false
	}
	for i := lastDot(name); i > 0; i = lastDot(name[:i]) {
		if f, ok := Lookup(name[:i]); ok {
			return f, name[i+1:], true, f.Arg.Allowed() && f.dotted()
		}
	}
	return nil, arg, false, false
}

// maxName is more than any field's name has bytes.
const maxName = 64

// lastDot is the last place a field's name may end at; looking further would
// take time in the square of what a rule file may hold.
func lastDot(name string) int {
	return strings.LastIndexByte(name[:min(len(name), maxName)], '.')
}

// Known reports whether text reads as a reference to a field that events of the
// source have, argument included, which may still be one that Bind refuses.
func Known(text, source string) bool {
	name, _, _ := strings.Cut(text, "[")
	if !strings.Contains(name, ".") {
		return false
	}
	f, ok := Lookup(name)
	if !ok {
		f, _, _, ok = splitArg(name, "", false)
	}
	return ok && f.In(source)
}

// dotted reports whether the field's argument may follow after a dot.
func (f *Field) dotted() bool {
	switch f.Name {
	case "evt.arg", "evt.rawarg", "evt.abspath", "evt.type.is", "thread.cgroup", "container.label", "k8s.pod.label", Static:
		return true
	}
	return false
}

func unknown(name string) error {
	if s := Nearest(name); s != "" {
		return fmt.Errorf("%w %s: did you mean %s?", ErrUnknown, name, s)
	}
	return fmt.Errorf("%w %s: gyr --list shows the fields there are", ErrUnknown, name)
}

func bind(f *Field, written, arg string, hasArg bool) (*Ref, error) {
	switch {
	case hasArg && !f.Arg.Allowed():
		return nil, fmt.Errorf("field %s takes no argument: remove [%s]", f.Name, arg)
	case !hasArg && f.Arg&ArgRequired != 0:
		return nil, fmt.Errorf("field %s needs an argument: write %s", f.Name, f.example())
	case hasArg && arg == "":
		return nil, fmt.Errorf("field %s has an empty argument: write %s", f.Name, f.example())
	}
	r := &Ref{Field: f, Name: written, Arg: arg, HasArg: hasArg, Type: f.Type}
	g := &f.get
	r.Text, r.Int, r.Bool, r.Addr, r.Float = g.text, g.int, g.bool, g.addr, g.float
	r.At, r.Of, r.OfInt, r.Names = g.at, g.of, g.ofInt, g.names
	for _, name := range g.any {
		part, err := Bind(name, "", false)
		if err != nil {
			return nil, err
		}
		r.Any = append(r.Any, part)
	}
	if g.bind != nil {
		if err := g.bind(r, arg, hasArg); err != nil {
			return nil, err
		}
	}
	r.Unsigned = r.Type.Unsigned()
	r.absent()
	if r.At != nil || r.Of != nil || r.OfInt != nil {
		r.Each = r.each
	}
	return r, nil
}

// absent gives a reference whose value no source provides the getter of its
// type, so that users of references need not ask for nil.
func (r *Ref) absent() {
	if r.Text != nil || r.Int != nil || r.Bool != nil || r.Addr != nil || r.Float != nil ||
		r.At != nil || r.Of != nil || r.OfInt != nil || r.Any != nil {
		return
	}
	switch {
	case r.Field.List:
		r.At = func(*event.Event, int) (string, bool) { return "", false }
	case r.Type.IsText():
		r.Text = func(*event.Event) (string, bool) { return "", false }
	case r.Type.IsInt():
		r.Int = func(*event.Event) (int64, bool) { return 0, false }
	case r.Type == Bool:
		r.Bool = func(*event.Event) (bool, bool) { return false, false }
	case r.Type == Double:
		r.Float = func(*event.Event) (float64, bool) { return 0, false }
	default:
		r.Addr = func(*event.Event) (netip.Addr, bool) { return netip.Addr{}, false }
	}
}

// example is how a reference with argument looks.
func (f *Field) example() string {
	switch f.Name {
	case "evt.arg", "evt.rawarg":
		return f.Name + ".NAME or " + f.Name + "[0]"
	case "evt.abspath":
		return "evt.abspath.src or evt.abspath.dst"
	case "evt.type.is":
		return "evt.type.is.NAME"
	case "thread.cgroup":
		return "thread.cgroup.NAME"
	case Static:
		return "static.NAME"
	}
	if f.Arg&ArgKey != 0 {
		return f.Name + "[NAME]"
	}
	return f.Name + "[0]"
}
