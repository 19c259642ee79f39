package field

import (
	"fmt"
	"strconv"

	"github.com/gyrsec/gyr/event"
)

func evtArgFields() []Field {
	return []Field{
		text("evt.args", "All parameters of the event as name=value, joined with blanks.", allArgs),
		text("evt.arg", "One parameter of the event by name or place: evt.arg.flags, evt.arg[0]. Numbers that have a name (flags, errors, users) are given by it.", nil).
			takes(ArgRequired|ArgIndex|ArgKey, bindEventArg),
		Field{Name: "evt.rawarg", Desc: "One parameter of the event by name, with its own type: evt.rawarg.res.", Type: Dynamic, Live: true}.
			takes(ArgRequired|ArgIndex|ArgKey, bindRawArg),
		text("evt.info", "What evt.args gives.", allArgs),
	}
}

// argPlaces finds, for every event type, the parameter an argument names.
func argPlaces(f *Field, arg string) (func(event.Type) int, error) {
	if n, err := strconv.Atoi(arg); err == nil {
		if n < 0 || n > maxIndex {
			return nil, fmt.Errorf("field %s takes an index from 0 to %d, not [%s]", f.Name, maxIndex, arg)
		}
		return func(event.Type) int { return n }, nil
	}
	places := make([]int8, typeCount)
	for i := range places {
		places[i] = -1
	}
	for t := range event.Types {
		places[t] = int8(paramIndex(t, arg))
	}
	if arg == "flags" {
		places[event.Creat] = impliedFlags
	}
	return func(t event.Type) int { return int(places[t]) }, nil
}

// impliedFlags is the place of creat's flags. It is given none: it does what open
// does with certain ones. A rule that looks for these would be evaded by whoever
// says creat instead.
const impliedFlags = -2

// argument is what stands at a place that argPlaces found.
func argument(e *event.Event, i int) (p *event.Param, a event.Arg, ok bool) {
	if i == impliedFlags {
		return &event.Describe(event.Open).Params[openFlagsPlace], event.Arg{Num: creatFlags(e)}, true
	}
	if a, ok = e.Param(i); !ok {
		return nil, a, false
	}
	return &event.Describe(e.Type).Params[i], a, true
}

// openFlagsPlace is the place of the flags among open's parameters.
const openFlagsPlace = 2

// creatFlags is what creat means, in open's flags: creat_flags are two of them.
func creatFlags(e *event.Event) uint64 {
	flags := event.OWronly | event.OCreat | event.OTrunc | uint64(e.FD.Flags)
	for i, p := range event.Describe(event.Creat).Params {
		if a, ok := e.Param(i); ok && p.Name == "creat_flags" {
			flags |= a.Num & 1 * event.FDUpper
			flags |= a.Num >> 1 & 1 * event.FDLower
		}
	}
	return flags
}

// bindEventArg accepts every name: parameters of events that are not captured
// yet have no place in the schema.
func bindEventArg(r *Ref, arg string, _ bool) error {
	place, err := argPlaces(r.Field, arg)
	r.Text = func(e *event.Event) (string, bool) {
		p, a, ok := argument(e, place(e.Type))
		if !ok {
			return "", false
		}
		if p.Type.IsText() {
			return a.Str, true
		}
		file := givenName(e)
		return e.Text(func(dst []byte) []byte {
			start := len(dst)
			if dst = appendMeaning(dst, e, p, a.Num, file); len(dst) > start {
				return dst
			}
			return appendNumber(dst, p, a.Num)
		}), true
	}
	return err
}

// maxPrinted is more than any event type has parameters.
const maxPrinted = 32

func allArgs(e *event.Event) (string, bool) {
	// Parameters and names may be made in the scratch memory themselves, so they
	// are read before it is written.
	var args [maxPrinted]event.Arg
	var known [maxPrinted]bool
	params := event.Describe(e.Type).Params
	params = params[:min(len(params), maxPrinted)]
	for i := range params {
		args[i], known[i] = e.Param(i)
	}
	file := givenName(e)
	return e.Text(func(dst []byte) []byte {
		for i := range params {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = append(dst, params[i].Name...)
			dst = append(dst, '=')
			if known[i] {
				dst = appendArg(dst, e, &params[i], args[i], file)
			} else {
				dst = append(dst, "<NA>"...)
			}
		}
		return dst
	}), true
}

// appendArg writes a value, and for a number its meaning behind it in
// parentheses: -2(ENOENT).
func appendArg(dst []byte, e *event.Event, p *event.Param, a event.Arg, file string) []byte {
	if p.Type.IsText() {
		return append(dst, a.Str...)
	}
	dst = appendNumber(dst, p, a.Num)
	open := len(dst)
	dst = append(dst, '(')
	dst = appendMeaning(dst, e, p, a.Num, file)
	if len(dst) == open+1 {
		return dst[:open]
	}
	return append(dst, ')')
}

func appendNumber(dst []byte, p *event.Param, n uint64) []byte {
	switch {
	case p.Type.IsSigned():
		return strconv.AppendInt(dst, int64(n), 10)
	case p.Type == event.Mode:
		return appendOctal(dst, n)
	case p.Type == event.UID, p.Type == event.GID, p.Type == event.Uint32, p.Type.IsFlags(), p.Type.IsEnum():
		n = uint64(uint32(n))
	}
	if p.Name == "mode" {
		return appendOctal(dst, n)
	}
	return strconv.AppendUint(dst, n, 10)
}

func appendOctal(dst []byte, n uint64) []byte {
	if n != 0 {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, n, 8)
}

// atFDCWD stands for the working directory where a directory's descriptor is
// expected.
const atFDCWD = -100

// appendMeaning writes what a number stands for; nothing where it is just a
// number. file is the name of the event's file.
func appendMeaning(dst []byte, e *event.Event, p *event.Param, n uint64, file string) []byte {
	switch p.Type {
	case event.Mode:
		return modeNames.AppendNames(dst, uint32(n))
	case event.Errno:
		if int64(n) < 0 && e.Type != event.ProcExit {
			return append(dst, errnoName(-int64(n))...)
		}
	case event.UID:
		name, _ := userName(e, uint32(n))
		return append(dst, name...)
	case event.GID:
		name, _ := groupName(e, uint32(n))
		return append(dst, name...)
	case event.FDNum:
		return appendFDMeaning(dst, e, int64(n), file)
	case event.SyscallID:
		return append(dst, e.Type.String()...)
	}
	return p.AppendNames(dst, n)
}

// givenName is the name of the event's file as the program gave it: parameters
// stay the same whichever name conditions are tried on.
func givenName(e *event.Event) string {
	if socket(e) != nil {
		return e.SocketName()
	}
	return e.FD.Name
}

func appendFDMeaning(dst []byte, e *event.Event, n int64, file string) []byte {
	switch {
	case n == atFDCWD:
		return append(dst, "AT_FDCWD"...)
	case n < 0:
		return append(dst, errnoName(-n)...)
	case !e.HasFD || e.FD.Num != n:
		return dst
	}
	dst = append(dst, '<')
	dst = append(dst, e.FD.Type.Char()...)
	switch e.FD.Socket.Proto {
	case event.ProtoTCP:
		dst = append(dst, 't')
	case event.ProtoUDP:
		dst = append(dst, 'u')
	}
	dst = append(dst, '>')
	return append(dst, file...)
}

// modeNames are the bits of a file's mode.
var modeNames = event.FlagSet{
	{Name: "S_IXOTH", Bit: 0o1}, {Name: "S_IWOTH", Bit: 0o2}, {Name: "S_IROTH", Bit: 0o4},
	{Name: "S_IXGRP", Bit: 0o10}, {Name: "S_IWGRP", Bit: 0o20}, {Name: "S_IRGRP", Bit: 0o40},
	{Name: "S_IXUSR", Bit: 0o100}, {Name: "S_IWUSR", Bit: 0o200}, {Name: "S_IRUSR", Bit: 0o400},
	{Name: "S_ISVTX", Bit: 0o1000}, {Name: "S_ISGID", Bit: 0o2000}, {Name: "S_ISUID", Bit: 0o4000},
}

// bindRawArg takes the type from the first event type with the parameter, as
// users of evt.rawarg expect; other events have a value where their parameter
// is of the same kind.
func bindRawArg(r *Ref, arg string, _ bool) error {
	place, err := argPlaces(r.Field, arg)
	if err != nil {
		return err
	}
	found := false
	for t := range event.Types {
		params := event.Describe(t).Params
		if i := place(t); i >= 0 && i < len(params) {
			r.Type, found = rawType(params[i].Type), true
			break
		}
	}
	if !found {
		// A parameter of events that are not captured yet: nearly all are numbers.
		r.Type = Uint64
		return nil
	}
	value := func(e *event.Event) (event.Arg, bool) {
		p, a, ok := argument(e, place(e.Type))
		return a, ok && rawType(p.Type).IsText() == r.Type.IsText()
	}
	if r.Type.IsText() {
		r.Text = func(e *event.Event) (string, bool) { a, ok := value(e); return a.Str, ok }
	} else {
		r.Int = func(e *event.Event) (int64, bool) { a, ok := value(e); return int64(a.Num), ok }
	}
	return nil
}

func rawType(t event.ParamType) Type {
	switch t {
	case event.Int64, event.FDNum, event.PID, event.Errno:
		return Int64
	case event.Int32:
		return Int32
	case event.Int16:
		return Int16
	case event.AbsTime:
		return AbsTime
	case event.RelTime:
		return RelTime
	case event.Uint64:
		return Uint64
	case event.ByteBuf:
		return ByteBuf
	}
	if t.IsText() {
		return CharBuf
	}
	return Uint32
}
