// Package field is the catalogue of what a rule can ask of an event: every
// field's name, type, argument, description and the code that reads it, once.
// Conditions are type-checked against it, outputs are rendered with it, and
// the lists of fields shown to users are printed from it.
//
// The names, types and values are those Falco's users know. A field whose
// value no source provides yet exists (so that rules naming it load) with
// Live unset, and has no value.
//
// Bind turns a reference as a rule writes it into a Ref, whose getter reads
// the value from an event without allocating.
package field

import "iter"

// Type is the type of a field's value.
type Type uint8

// The types, by Falco's names.
const (
	CharBuf Type = iota
	ByteBuf
	Bool
	Int16
	Int32
	Int64
	Uint32
	Uint64
	Port
	IPAddr
	IPNet
	AbsTime
	RelTime
	Double
	// Dynamic is the type of evt.rawarg in the catalogue; a Ref to it has the
	// type of the event parameter it names.
	Dynamic
)

var typeNames = [...]string{
	CharBuf: "CHARBUF", ByteBuf: "BYTEBUF", Bool: "BOOL", Int16: "INT16", Int32: "INT32", Int64: "INT64",
	Uint32: "UINT32", Uint64: "UINT64", Port: "PORT", IPAddr: "IPADDR", IPNet: "IPNET", AbsTime: "ABSTIME",
	RelTime: "RELTIME", Double: "DOUBLE", Dynamic: "DYNAMIC",
}

// String is Falco's name of the type.
func (t Type) String() string { return typeNames[t] }

// IsText reports whether values are strings or bytes.
func (t Type) IsText() bool { return t == CharBuf || t == ByteBuf }

// IsInt reports whether values are integers: numbers, ports and times in
// nanoseconds.
func (t Type) IsInt() bool {
	switch t {
	case Int16, Int32, Int64, Uint32, Uint64, Port, AbsTime, RelTime:
		return true
	}
	return false
}

// Unsigned reports whether integers of the type are to be compared and printed
// as unsigned. Times are not: clocks that differ can make one negative.
func (t Type) Unsigned() bool { return t == Uint32 || t == Uint64 || t == Port }

// ArgKind says what argument a field takes, and in which forms.
type ArgKind uint8

// The bits of an ArgKind. No bit: the field takes no argument.
const (
	// ArgRequired: the field has no meaning without an argument.
	ArgRequired ArgKind = 1 << iota
	// ArgOptional: the field may be used with and without an argument.
	ArgOptional
	// ArgIndex: the argument may be a number.
	ArgIndex
	// ArgKey: the argument may be a name.
	ArgKey
)

// Allowed reports whether an argument may be given.
func (k ArgKind) Allowed() bool { return k != 0 }

// String describes the argument for lists of fields: "none",
// "required:INDEX,KEY", "optional:INDEX", ...
func (k ArgKind) String() string {
	if k == 0 {
		return "none"
	}
	s := "optional:"
	if k&ArgRequired != 0 {
		s = "required:"
	}
	switch k & (ArgIndex | ArgKey) {
	case ArgIndex | ArgKey:
		s += "INDEX,KEY"
	case ArgIndex:
		s += "INDEX"
	case ArgKey:
		s += "KEY"
	}
	return s
}

// Field is one entry of the catalogue. Fields are shared and must not be
// changed.
type Field struct {
	// Name is what rules call the field, Class the group it is listed under,
	// Desc one or two sentences for users.
	Name, Class, Desc string
	// Type is the type of a value, or of one element of a list.
	Type Type
	// List is set where the field has any number of values.
	List bool
	// Arg says whether an argument may or must follow the name.
	Arg ArgKind
	// Sources are the event sources that have the field; none stands for all.
	Sources []string
	// FilterOnly fields can be used in conditions, not in outputs.
	FilterOnly bool
	// Deprecated fields still load; using one deserves a warning.
	Deprecated bool
	// Live is set where the live source can provide a value today.
	Live bool
	// FileName is set where the value depends on which name of the event's
	// file is asked for (event.Event.Names).
	FileName bool
	// HostName is set where values are names of hosts: events have them only
	// where event.Event.Hosts knows any (Ref.Names).
	HostName bool

	get getters
}

// Lookup finds a field by its exact name, without argument.
func Lookup(name string) (*Field, bool) {
	f, ok := byName[name]
	return f, ok
}

// All calls yield for every field in the order of the catalogue.
func All(yield func(*Field) bool) {
	for i := range catalogue {
		if !yield(&catalogue[i]) {
			return
		}
	}
}

var _ iter.Seq[*Field] = All

// catalogue and byName are filled once and only read afterwards.
var (
	catalogue = buildCatalogue()
	byName    = indexCatalogue(catalogue)
)

func buildCatalogue() []Field {
	classes := []struct {
		name   string
		fields []Field
	}{
		{"evt", evtFields()},
		{"process", processFields()},
		{"user", userFields()},
		{"group", groupFields()},
		{"fd", fdFields()},
		{"fs.path", fsPathFields()},
		{"fdlist", fdListFields()},
		{"container", containerFields()},
		{"k8s", k8sFields()},
		{"k8saudit", k8sAuditFields()},
		{"json", jsonFields()},
		{Static, staticFields()},
	}
	var all []Field
	for _, c := range classes {
		for _, f := range c.fields {
			f.Class = c.name
			f.Sources = sourcesOf(f.Class, f.Name)
			all = append(all, f)
		}
	}
	return all
}

func indexCatalogue(all []Field) map[string]*Field {
	m := make(map[string]*Field, len(all))
	for i := range all {
		m[all[i].Name] = &all[i]
	}
	return m
}
