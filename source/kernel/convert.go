package kernel

import (
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
)

// conversion turns a value as the kernel knows it into Falco's.
type conversion func(uint64) uint64

// converter turns the numbers of system calls' arguments into Falco's, which
// are the same on every architecture. It is immutable and safe for concurrent
// use.
type converter struct {
	// values are the conversions by event type and place in Info.Params, nil
	// where the kernel's number is Falco's.
	values [][]conversion
	// whole is, by event type, what depends on several values at once.
	whole []func(*event.Event)
}

// rule says how a parameter of some calls is converted: by the names of the
// kernel's numbers among the parameter's names, or by a function.
type rule struct {
	calls []string
	param string
	names map[uint64]string
	by    conversion
}

func newConverter() *converter {
	n := len(event.AllTypes().Slice()) + 1
	c := &converter{values: make([][]conversion, n), whole: make([]func(*event.Event), n)}
	rules := slices.Concat(flagRules(), numberRules())
	for t := range event.Types {
		params := event.Describe(t).Params
		c.values[t] = make([]conversion, len(params))
		for i := range params {
			c.values[t][i] = conversionOf(t, &params[i], rules)
		}
		c.whole[t] = wholes()[t.String()]
	}
	return c
}

// value is Falco's number for v, the value of the parameter at that place of
// Info.Params.
func (c *converter) value(t event.Type, param int, v uint64) uint64 {
	if convert := c.values[t][param]; convert != nil {
		return convert(v)
	}
	return v
}

// settle completes an event whose parameters are all there: values that have
// a meaning only together with another, and the texts of dynamic ones.
func (c *converter) settle(e *event.Event) {
	if complete := c.whole[e.Type]; complete != nil {
		complete(e)
	}
}

// conversionOf is the rule for a parameter, or what its type asks for where
// there is none: flags without a name are dropped, as Falco does.
func conversionOf(t event.Type, p *event.Param, rules []rule) conversion {
	for i := range rules {
		r := &rules[i]
		if r.param != p.Name || !slices.Contains(r.calls, t.String()) {
			continue
		}
		if r.by != nil {
			return r.by
		}
		if p.Type.IsEnum() {
			return numbersOf(p.Flags, r.names)
		}
		return bitsOf(p.Flags, r.names)
	}
	switch {
	case p.Type.IsFlags():
		known := uint64(0)
		for _, f := range p.Flags {
			if f.Bit != event.BitUnknown {
				known |= uint64(f.Bit)
			}
		}
		return func(v uint64) uint64 { return v & known }
	case p.Type == event.Mode:
		return func(v uint64) uint64 { return v & permissions }
	case p.Type == event.Int16: // from a struct of the program's, where it has no sign
		return func(v uint64) uint64 { return uint64(int64(int16(v))) }
	}
	return nil
}

// permissions are the bits of a mode that say who may do what.
const permissions = 0o7777

// bitsOf converts bit by bit: names are those of the kernel's bits in the set.
func bitsOf(set event.FlagSet, names map[uint64]string) conversion {
	type pair struct{ kernel, falco uint64 }
	var pairs []pair
	for kernel, name := range names {
		if falco, ok := bitOf(set, name); ok {
			pairs = append(pairs, pair{kernel, falco})
		}
	}
	return func(v uint64) (out uint64) {
		for _, p := range pairs {
			if v&p.kernel == p.kernel {
				out |= p.falco
			}
		}
		return out
	}
}

// numbersOf converts a number as a whole. One without a name becomes the set's
// own number for that, if it has one, and else stays, without a name.
func numbersOf(set event.FlagSet, names map[uint64]string) conversion {
	numbers := make(map[uint64]uint64, len(names))
	for kernel, name := range names {
		if falco, ok := bitOf(set, name); ok {
			numbers[kernel] = falco
		}
	}
	unknown, hasUnknown := uint64(0), false
	for _, f := range set {
		if strings.HasSuffix(f.Name, "UNKNOWN") && f.Bit != event.BitUnknown {
			unknown, hasUnknown = uint64(f.Bit), true
		}
	}
	return func(v uint64) uint64 {
		if n, ok := numbers[v]; ok {
			return n
		}
		if hasUnknown {
			return unknown
		}
		return v
	}
}

func bitOf(set event.FlagSet, name string) (uint64, bool) {
	for _, f := range set {
		if f.Name == name && f.Bit != event.BitUnknown {
			return uint64(f.Bit), true
		}
	}
	return 0, false
}

// makeNode adds the type to a node's mode: none means a regular file.
func makeNode(mode uint64) uint64 {
	kind := mode & unix.S_IFMT
	if kind == 0 {
		kind = unix.S_IFREG
	}
	return mode&permissions | kind
}

// mountMagic once had to stand in the upper half of mount's flags, and is still
// taken for nothing there.
const mountMagic = 0xc0ed

func mountFlags(v uint64) uint64 {
	if v>>16 == mountMagic {
		return v & 0xffff
	}
	return v
}

// futexOp keeps the operation and the two bits beside it that Falco names.
func futexOp(v uint64) uint64 {
	const operation, private, realtime = 127, 128, 256
	return v & (operation | private | realtime)
}

// quotaCommand, quotaType and quotaFormat take the command apart: its upper 24
// bits say what is to be done, the lower 8 for users or groups.
func quotaCommand(v uint64) uint64 {
	const (
		generic = 0x800000
		xfs     = 'X' << 8
	)
	order := [...]uint64{ // as Falco counts bits
		generic + 2, generic + 3, generic + 4, generic + 5, generic + 6, generic + 7, generic + 8, generic + 1,
		xfs + 1, xfs + 2, xfs + 3, xfs + 4, xfs + 5, xfs + 6, xfs + 7,
	}
	if i := slices.Index(order[:], v>>8&0xffffff); i >= 0 {
		return 1 << i
	}
	return 0
}

func quotaType(v uint64) uint64 {
	switch v & 0xff {
	case 0:
		return 1 << 0 // users
	case 1:
		return 1 << 1 // groups
	}
	return 0
}

func quotaFormat(id uint64) uint64 {
	switch id {
	case 1: // QFMT_VFS_OLD
		return 1 << 1
	case 2: // QFMT_VFS_V0
		return 1 << 2
	case 4: // QFMT_VFS_V1
		return 1 << 3
	}
	return quotaFormatNone
}

// quotaFormatNone is Falco's number for a command that names no format.
const quotaFormatNone = 1 << 0

// nativeNumber is the number of a call on this machine, by its first for 32-bit
// programs.
func nativeNumber(t event.Type, narrow bool) uint64 {
	call := event.Describe(t).Call
	switch {
	case narrow && runtime.GOARCH == "arm64" && len(call.ARM) > 0:
		return uint64(call.ARM[0])
	case narrow && runtime.GOARCH == "amd64" && len(call.I386) > 0:
		return uint64(call.I386[0])
	case runtime.GOARCH == "arm64":
		return uint64(max(0, call.ARM64))
	}
	return uint64(max(0, call.AMD64))
}
