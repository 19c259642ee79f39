package event

// Type is an event type: what evt.type names. The zero Type is no event.
type Type uint16

// Family groups event types that are captured, filtered and counted together.
type Family uint8

// The families.
const (
	FamilyNone Family = iota
	FamilyProcess
	FamilyExec
	FamilyOpen
	FamilyConnect
	FamilyNetwork
	FamilyRename
	FamilyUnlink
	FamilyMkdir
	FamilyLink
	FamilyMode
	FamilyOwner
	FamilyMount
	FamilyDup
	FamilyTrace
	FamilyNamespace
	FamilyCredential
	FamilyModule
	FamilyBPF
	FamilyMemory
	FamilySignal
	FamilyIOUring
	FamilyIO
	FamilyOther
	families
)

// Families is the number of families, for arrays indexed by one.
const Families = int(families)

var familyNames = [families]string{
	FamilyNone: "none", FamilyProcess: "process", FamilyExec: "exec", FamilyOpen: "open", FamilyConnect: "connect",
	FamilyNetwork: "network", FamilyRename: "rename", FamilyUnlink: "unlink", FamilyMkdir: "mkdir",
	FamilyLink: "link", FamilyMode: "mode", FamilyOwner: "owner", FamilyMount: "mount", FamilyDup: "dup",
	FamilyTrace: "trace", FamilyNamespace: "namespace", FamilyCredential: "credential",
	FamilyModule: "module", FamilyBPF: "bpf", FamilyMemory: "memory", FamilySignal: "signal",
	FamilyIOUring: "io_uring", FamilyIO: "io", FamilyOther: "other",
}

// String is the family's name in metrics, statistics and rule files.
func (f Family) String() string { return familyNames[f] }

// Class says what kind of source event types come from.
type Class uint8

// The classes.
const (
	ClassSyscall    Class = iota // the system calls
	ClassTracepoint              // other hooks of the kernel
	ClassPlugin                  // sources beside the kernel
	ClassMeta                    // what a sensor tells of itself and of the machine
)

// String is the class's name.
func (c Class) String() string {
	return [...]string{"syscall", "tracepoint", "plugin", "metaevents"}[c]
}

// Direction says whether an event type is told when a call begins or when it
// returns. Events that are no calls count as beginnings.
type Direction uint8

// The directions.
const (
	DirExit Direction = iota
	DirEnter
	DirBoth
)

// Info describes an event type.
type Info struct {
	Name   string
	Family Family
	Class  Class
	// Direction says which events of the type Falco's table has. The live source
	// makes one event of a call, at its return, whatever the table has.
	Direction Direction
	// Category groups types for evt.category. Of io_read, io_write and io_other
	// the value of evt.category depends on the descriptor.
	Category string
	// Params are the parameters rules see as evt.arg.*, in Falco's order. Those
	// the event carries stand in Event.Args at the same place; behind MaxParams
	// there is no room, and such a parameter has a value only through Get.
	Params []Param
	// Enter are the parameters of the event at the call's beginning where those
	// are others than Params and Direction is DirBoth.
	Enter []Param
	// Extra are values the kernel half adds that are no parameters: the paths
	// and addresses it resolved. They follow the parameters in a record.
	Extra []Param
	// Call holds the numbers of the system call whose return is the event,
	// captured or not; nil where no architecture Gyr runs on has the call, and for
	// what is no call.
	Call *Call
}

// Captured reports whether the live source delivers events of this type: every
// system call, and the end of processes.
func (i *Info) Captured() bool {
	return i.Call != nil || i.Class == ClassTracepoint && i.Family == FamilyProcess
}

// Describe returns the description of t, which must be a valid type.
func Describe(t Type) *Info { return &schema[t] }

// String is the event type's name, the value of evt.type.
func (t Type) String() string { return schema[t].Name }

// ByName returns the type with that name, false when there is none.
func ByName(name string) (Type, bool) {
	for t := Type(1); int(t) < len(schema); t++ {
		if schema[t].Name == name {
			return t, true
		}
	}
	return 0, false
}

// Types calls yield for every event type, captured or not, in the order of the
// schema.
func Types(yield func(Type) bool) {
	for t := Type(1); int(t) < len(schema); t++ {
		if !yield(t) {
			return
		}
	}
}

// maxTypes bounds the number of event types; a test holds the schema to it.
const maxTypes = 512

// TypeSet is a set of event types. The zero value is empty.
type TypeSet [maxTypes / 64]uint64

// AllTypes returns the set of every event type.
func AllTypes() (s TypeSet) {
	for t := range Types {
		s.Add(t)
	}
	return s
}

// Add puts t into the set.
func (s *TypeSet) Add(t Type) { s[t/64] |= 1 << (t % 64) }

// Has reports whether t is in the set.
func (s *TypeSet) Has(t Type) bool { return s[t/64]&(1<<(t%64)) != 0 }

// Union returns the types that are in s or o.
func (s TypeSet) Union(o TypeSet) TypeSet {
	for i := range s {
		s[i] |= o[i]
	}
	return s
}

// Intersect returns the types that are in both s and o.
func (s TypeSet) Intersect(o TypeSet) TypeSet {
	for i := range s {
		s[i] &= o[i]
	}
	return s
}

// Complement returns the types that are not in s.
func (s TypeSet) Complement() TypeSet {
	all := AllTypes()
	for i := range s {
		s[i] = all[i] &^ s[i]
	}
	return s
}

// IsEmpty reports whether no type is in the set.
func (s TypeSet) IsEmpty() bool { return s == TypeSet{} }

// Slice lists the set's types in the order of the schema.
func (s TypeSet) Slice() []Type {
	var types []Type
	for t := range Types {
		if s.Has(t) {
			types = append(types, t)
		}
	}
	return types
}
