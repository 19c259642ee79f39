package kernel

import (
	"fmt"
	"runtime"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// Where the ways of making calls have their slots (enum in bpf/slot.h).
const (
	slotCompat     = 512
	slotSocketcall = 1024
	slotX32        = 1056
	firstX32       = 512
)

// Arguments beyond the registers' six (enum in bpf/slot.h), and none.
const (
	argumentResult = 6
	argumentCWD    = 7
	noArgument     = -1
)

// The forms of data and the flags of a plan (enums in bpf/slot.h).
const (
	planNothing = iota
	planBytes
	planIovec
	planMessage

	planLengthAt    = 1 << 0
	planResultBytes = 1 << 1
	planReads       = 1 << 2
)

// slot is a place in the kernel half's table of programs: one call made one way.
type slot struct {
	at   uint32
	arch event.Arch
}

// nativeArch is how programs of the machine's own width make calls, narrowArch
// how 32-bit ones do.
func nativeArch() event.Arch {
	if runtime.GOARCH == "arm64" {
		return event.ArchARM64
	}
	return event.ArchAMD64
}

func narrowArch() event.Arch {
	if runtime.GOARCH == "arm64" {
		return event.ArchARM
	}
	return event.ArchI386
}

// slotsOf lists the slots of an event type on this machine.
func slotsOf(t event.Type) (slots []slot) {
	info := event.Describe(t)
	native, narrow := nativeArch(), narrowArch()
	for _, n := range info.Numbers(native) {
		slots = append(slots, slot{uint32(n), native})
	}
	for _, n := range info.Numbers(narrow) {
		slots = append(slots, slot{uint32(slotCompat + n), narrow})
	}
	if narrow != event.ArchI386 {
		return slots
	}
	for _, n := range info.Numbers(event.ArchX32) {
		if n >= firstX32 { // the others are amd64's
			slots = append(slots, slot{uint32(slotX32 + n - firstX32), event.ArchX32})
		}
	}
	for n := range slotX32 - slotSocketcall {
		if named, ok := event.SocketCall(n); ok && named == t {
			slots = append(slots, slot{uint32(slotSocketcall + n), narrow})
		}
	}
	return slots
}

// planOf tells the kernel half how to make a type's record.
func planOf(t event.Type, arch event.Arch, w *Wanted) gyrPlan {
	c, _ := t.Capture(arch)
	p := gyrPlan{
		Type: uint16(t), Family: uint8(event.Describe(t).Family),
		Fd: argumentOf(c.FD), Text: noArgument,
		Name: [2]int8{noArgument, noArgument}, Dir: [2]int8{noArgument, noArgument},
		Addr: argumentOf(c.Addr.At), AddrLen: argumentOf(c.Addr.Len),
		DataAt: argumentOf(c.Data.At), DataLen: argumentOf(c.Data.Len),
		TextWhen: guardOf(textGuard(&c)), DataWhen: guardOf(c.Data.When),
	}
	for i, text := range c.Texts {
		switch i {
		case 0, 1:
			p.Name[i] = argumentOf(text.At)
		case 2:
			p.Text = argumentOf(text.At)
		}
	}
	for i, path := range c.Paths {
		switch {
		case path.Name == event.FromNothing || path.Literal:
		case path.Dir == event.FromNothing:
			p.Dir[i] = argumentCWD
		default:
			p.Dir[i] = argumentOf(path.Dir)
		}
	}
	if c.Addr.LenAt {
		p.Flags |= planLengthAt
	}
	payload := 0
	if w.Data.Has(t) {
		payload = min(w.Payload, maxPayload)
	}
	planData(&p, &c, payload)
	return p
}

func planData(p *gyrPlan, c *event.Capture, payload int) {
	switch c.Data.Kind {
	case event.DataBuffer:
		p.Data = planBytes
	case event.DataVector:
		p.Data = planIovec
	case event.DataMessage, event.DataMessages:
		p.Data = planMessage
	case event.DataStruct:
		p.Data, p.DataSize, p.DataLen = planBytes, uint16(c.Data.Size), noArgument
		return
	default:
		return
	}
	if payload == 0 && p.Data != planMessage { // a message has the address
		p.Data = planNothing
	}
	p.DataSize = uint16(payload)
	if c.Data.Kind != event.DataMessages {
		p.Flags |= planResultBytes
	}
	if c.Data.Filled {
		p.Flags |= planReads
	}
}

// maxPayload is how much of a call's data is kept at most, in bytes.
const maxPayload = 4095

// textGuard is the guard of the last text, the only one that has one.
func textGuard(c *event.Capture) event.Guard {
	if n := len(c.Texts); n > 0 {
		return c.Texts[n-1].When
	}
	return event.Guard{}
}

func guardOf(g event.Guard) gyrGuard {
	return gyrGuard{Values: g.Values, Argument: uint64(max(0, argumentOf(g.Arg)))}
}

// argumentOf is the place of an argument as the kernel half counts.
func argumentOf(s event.Source) int8 {
	if s == event.FromResult {
		return argumentResult
	}
	if n, ok := s.Arg(); ok {
		return int8(n)
	}
	return noArgument
}

// programOf is the program that serves a call of this type.
func programOf(o *gyrObjects, f event.Family) *ebpf.Program {
	switch f {
	case event.FamilyExec:
		return o.ExitExec
	case event.FamilyOpen:
		return o.ExitOpen
	}
	return o.ExitCall
}

// watch puts the programs of the calls that are wanted behind the dispatcher and
// takes those of all others away.
func (l *loaded) watch(w *Wanted) error {
	if err := l.watchURing(w); err != nil {
		return err
	}
	if err := l.watchAnswers(w); err != nil {
		return err
	}
	if err := l.watchFastOpen(w); err != nil {
		return err
	}
	needed := false
	for t := range event.Types {
		info := event.Describe(t)
		if !info.Captured() || info.Call == nil {
			continue
		}
		for _, s := range slotsOf(t) {
			if !w.Types.Has(t) {
				if err := l.objects.Calls.Delete(s.at); err != nil && !isMissing(err) {
					return fmt.Errorf("take the program of %s away: %w", info.Name, err)
				}
				continue
			}
			needed = true
			if err := l.objects.Plans.Put(s.at, planOf(t, s.arch, w)); err != nil {
				return fmt.Errorf("plan %s: %w", info.Name, err)
			}
			if err := l.objects.Calls.Put(s.at, programOf(&l.objects, info.Family)); err != nil {
				return fmt.Errorf("put the program of %s in place: %w", info.Name, err)
			}
		}
	}
	if needed {
		if err := l.watchState(w); err != nil {
			return err
		}
	}
	if !needed || l.dispatching {
		return nil // while no rule asks for a system call none pays for the hook
	}
	l.dispatching = true
	return l.attachOne(l.objects.Dispatch)
}

// captures is how each type's event comes out of a record, for programs of the
// machine's own width and for 32-bit ones.
type captures struct{ wide, narrow []event.Capture }

func newCaptures() *captures {
	n := len(event.AllTypes().Slice()) + 1
	c := &captures{make([]event.Capture, n), make([]event.Capture, n)}
	for t := range event.Types {
		c.wide[t], _ = t.Capture(nativeArch())
		c.narrow[t], _ = t.Capture(narrowArch())
	}
	return c
}

func (c *captures) of(r *record.Record) *event.Capture {
	if r.Flags&record.Narrow != 0 {
		return &c.narrow[r.Type]
	}
	return &c.wide[r.Type]
}

// socketKind is the kind of a descriptor by the family of its socket.
func socketKind(family uint64) event.FDType {
	switch family {
	case unix.AF_INET:
		return event.FDIPv4
	case unix.AF_INET6:
		return event.FDIPv6
	case unix.AF_UNIX:
		return event.FDUnix
	case unix.AF_NETLINK:
		return event.FDNetlink
	}
	return event.FDUnknown
}
