package event

// Flag is one named bit of a flag parameter, or one named number of an
// enumeration.
type Flag struct {
	Name string
	Bit  uint32
}

// BitUnknown stands for the bit of a flag whose name alone is known. No value
// prints as that name.
const BitUnknown = 1<<32 - 1

// FlagSet names the bits of a flag parameter, in the order they are printed, or
// the numbers of an enumeration. They are Falco's, which stay the same on every
// architecture, not the kernel's.
type FlagSet []Flag

// AppendNames appends the names of the bits set in v, joined with "|"; for 0
// the name that stands for no bit, if the set has one.
func (s FlagSet) AppendNames(dst []byte, v uint32) []byte {
	start, none := len(dst), v == 0
	for _, f := range s {
		if f.Bit == BitUnknown {
			continue
		}
		if f.Bit != 0 && v&f.Bit == f.Bit || f.Bit == 0 && none {
			if len(dst) > start {
				dst = append(dst, '|')
			}
			dst = append(dst, f.Name...)
			v &^= f.Bit
		}
	}
	return dst
}

// AppendName appends the name of the number v, the first if it has several;
// nothing if it has none.
func (s FlagSet) AppendName(dst []byte, v uint32) []byte {
	for _, f := range s {
		if f.Bit == v && v != BitUnknown {
			return append(dst, f.Name...)
		}
	}
	return dst
}

// The bits of open flags as Falco numbers them (not the kernel's, which differ
// between architectures).
const (
	ORdonly    = 1 << 0
	OWronly    = 1 << 1
	OCreat     = 1 << 2
	OAppend    = 1 << 3
	ODsync     = 1 << 4
	OExcl      = 1 << 5
	ONonblock  = 1 << 6
	OSync      = 1 << 7
	OTrunc     = 1 << 8
	ODirect    = 1 << 9
	ODirectory = 1 << 10
	OLargefile = 1 << 11
	OCloexec   = 1 << 12
	OTmpfile   = 1 << 13
	OFCreated  = 1 << 14
	FDUpper    = 1 << 15
	FDLower    = 1 << 16

	// ORdwr is reading and writing.
	ORdwr = ORdonly | OWronly
)

// OpenFlags returns the names of open flags, in the order Falco prints them.
func OpenFlags() FlagSet { return openFlags }

var openFlags = FlagSet{
	{"O_LARGEFILE", OLargefile},
	{"O_DIRECTORY", ODirectory},
	{"O_DIRECT", ODirect},
	{"O_TRUNC", OTrunc},
	{"O_SYNC", OSync},
	{"O_NONBLOCK", ONonblock},
	{"O_EXCL", OExcl},
	{"O_DSYNC", ODsync},
	{"O_APPEND", OAppend},
	{"O_CREAT", OCreat},
	{"O_RDWR", ORdwr},
	{"O_WRONLY", OWronly},
	{"O_RDONLY", ORdonly},
	{"O_CLOEXEC", OCloexec},
	{"O_NONE", 0},
	{"O_TMPFILE", OTmpfile},
	{"O_F_CREATED", OFCreated},
	{"FD_UPPER_LAYER", FDUpper},
	{"FD_LOWER_LAYER", FDLower},
}

var resolveFlags = FlagSet{
	{"RESOLVE_BENEATH", 1 << 0},
	{"RESOLVE_IN_ROOT", 1 << 1},
	{"RESOLVE_NO_MAGICLINKS", 1 << 2},
	{"RESOLVE_NO_SYMLINKS", 1 << 3},
	{"RESOLVE_NO_XDEV", 1 << 4},
	{"RESOLVE_CACHED", 1 << 5},
}

var creatFlags = FlagSet{
	{"FD_UPPER_LAYER_CREAT", 1 << 0},
	{"FD_LOWER_LAYER_CREAT", 1 << 1},
}

var exeFlags = FlagSet{
	{"EXE_WRITABLE", uint32(ExeWritable)},
	{"EXE_UPPER_LAYER", uint32(ExeUpperLayer)},
	{"EXE_FROM_MEMFD", uint32(ExeMemfd)},
	{"EXE_LOWER_LAYER", uint32(ExeLowerLayer)},
}
