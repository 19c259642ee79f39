// Package condition is the language rules are written in: it parses, prints,
// type-checks and compiles conditions such as
//
//	evt.type = execve and proc.name in (bash, sh) and not proc.pname = cron
//
// The steps are separate: Parse makes a tree without knowing macros or fields,
// Expand puts macros in, Compile checks names and types against the catalogue
// of fields and makes a Predicate, which is evaluated without allocating.
// Print turns a tree back into text, in one canonical form.
//
// A field that has no value for an event makes every comparison with it false,
// != too; so "proc.pname != x" and "not proc.pname = x" differ where the
// parent is unknown.
package condition

// Expr is a node of a condition: *And, *Or, *Not, *Macro, *Compare or *Exists.
// Trees are not changed once made; Expand shares what it need not replace.
type Expr interface{ expr() }

// And holds where all of Of (two or more) hold.
type And struct{ Of []Expr }

// Or holds where one of Of (two or more) holds.
type Or struct{ Of []Expr }

// Not holds where X does not.
type Not struct{ X Expr }

// Macro stands for a condition defined elsewhere.
type Macro struct {
	Name   string
	Offset int // in bytes from the start of the parsed text
}

// Compare holds where Left has a value that stands in the relation Op to the
// right-hand side.
type Compare struct {
	Left     Operand
	Op       Op
	Modifier Modifier
	// Values is the right-hand side: one value, or the elements of a list when
	// List is set. Elements of a list are plain values.
	Values []Value
	List   bool
	// Macro is the macro Expand took the comparison from, "" if none; Offset is
	// that of the reference then.
	Macro  string
	Offset int
}

// Exists holds where the operand has a value.
type Exists struct {
	Left   Operand
	Macro  string // as in Compare
	Offset int
}

func (*And) expr()     {}
func (*Or) expr()      {}
func (*Not) expr()     {}
func (*Macro) expr()   {}
func (*Compare) expr() {}
func (*Exists) expr()  {}

// Operand is something with a value: *FieldRef, *Transform, or, as a
// transformer's argument, *Literal or *ListLiteral.
type Operand interface{ operand() }

// FieldRef is a field as written.
type FieldRef struct {
	Name   string
	Arg    string // the text in brackets, unquoted and unescaped
	HasArg bool
	Offset int
}

// Transform is a transformer applied to operands: tolower(proc.name).
type Transform struct {
	Name   string
	Params []Operand
	Arg    string // the text in brackets after it: getopt(proc.args, "ab:")[a]
	HasArg bool
	Offset int
}

// Literal is a value as a transformer's argument.
type Literal struct{ Value Value }

// ListLiteral is a list of operands as a transformer's argument.
type ListLiteral struct{ Of []Operand }

func (*FieldRef) operand()    {}
func (*Transform) operand()   {}
func (*Literal) operand()     {}
func (*ListLiteral) operand() {}

// Value is one value on the right-hand side of a comparison.
type Value struct {
	// Text is the value, unquoted and unescaped.
	Text string
	// Quoted is set where it was written in quotes.
	Quoted bool
	Offset int
	// Operand is set, and Text empty, where the value is computed.
	Operand Operand
}

// Op is a comparison operator.
type Op uint8

// The operators.
const (
	Eq Op = iota
	// EqEq is another spelling of Eq, kept as written.
	EqEq
	Ne
	Lt
	Le
	Gt
	Ge
	Contains
	IContains
	BContains
	StartsWith
	BStartsWith
	EndsWith
	Glob
	IGlob
	Regex
	In
	Intersects
	PMatch
	exists // has no right-hand side; used in type checks only
)

var opNames = [...]string{
	Eq: "=", EqEq: "==", Ne: "!=", Lt: "<", Le: "<=", Gt: ">", Ge: ">=", Contains: "contains", IContains: "icontains",
	BContains: "bcontains", StartsWith: "startswith", BStartsWith: "bstartswith", EndsWith: "endswith",
	Glob: "glob", IGlob: "iglob", Regex: "regex", In: "in", Intersects: "intersects", PMatch: "pmatch",
	exists: "exists",
}

// String is the operator as written.
func (o Op) String() string { return opNames[o] }

// Modifier says how many elements of a list the operator must hold for.
type Modifier uint8

// The modifiers.
const (
	NoModifier Modifier = iota
	OneOf
	AnyOf
	AllOf
)

var modifierNames = [...]string{NoModifier: "", OneOf: "oneof", AnyOf: "anyof", AllOf: "allof"}

// String is the modifier as written, "" for none.
func (m Modifier) String() string { return modifierNames[m] }
