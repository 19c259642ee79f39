package field

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gyrsec/gyr/event"
)

func evtIOFields() []Field {
	read := typeSet("read", "pread", "readv", "preadv", "preadv2", "recv", "recvfrom", "recvmsg", "recvmmsg")
	write := typeSet("write", "pwrite", "writev", "pwritev", "pwritev2", "send", "sendto", "sendmsg", "sendmmsg")
	wait := typeSet("poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2", "nanosleep",
		"clock_nanosleep", "futex", "wait4", "waitid", "flock", "semop", "semtimedop", "pause")
	io := read.Union(write)
	return []Field{
		isType("evt.is_io", "true for calls that read from or write to a descriptor.", io),
		isType("evt.is_io_read", "true for calls that read from a descriptor.", read),
		isType("evt.is_io_write", "true for calls that write to a descriptor.", write),
		text("evt.io_dir", "read or write, for calls that do so; no value for others.", func(e *event.Event) (string, bool) {
			switch {
			case read.Has(e.Type):
				return "read", true
			case write.Has(e.Type):
				return "write", true
			}
			return "", false
		}),
		isType("evt.is_wait", "true for calls that wait, such as poll or nanosleep.", wait),
		boolean("evt.is_syslog", "true for writes to /dev/log.", func(e *event.Event) (bool, bool) {
			return write.Has(e.Type) && strings.Contains(givenName(e), "/dev/log"), true
		}),
		buffer("evt.buffer", "Beginning of the content read or written, as much of it as falco_libs.snaplen says; for the calls that some rule asks it of."),
		integer("evt.buflen", "Length in bytes of all the content read or written.", Uint64, func(e *event.Event) (int64, bool) {
			return e.DataLen, e.DataLen > 0 || io.Has(e.Type) && !e.Failed()
		}),
	}
}

func buffer(name, desc string) Field {
	f := text(name, desc, func(e *event.Event) (string, bool) { return e.Data, e.Data != "" })
	f.Type = ByteBuf
	return f
}

func typeSet(names ...string) (s event.TypeSet) {
	for _, name := range names {
		if t, ok := event.ByName(name); ok {
			s.Add(t)
		}
	}
	return s
}

// isType is live: it is false for the captured types.
func isType(name, desc string, set event.TypeSet) Field {
	return boolean(name, desc, func(e *event.Event) (bool, bool) { return set.Has(e.Type), true })
}

// openParams says where an opening call has its flags and mode; -1 where it has
// none.
type openParams struct {
	opens       bool
	flags, mode int
}

func evtOpenFields() []Field {
	var calls [typeCount]openParams
	for _, name := range []string{"open", "openat", "openat2", "open_by_handle_at", "creat"} {
		if t, ok := event.ByName(name); ok {
			calls[t] = openParams{true, paramIndex(t, "flags"), paramIndex(t, "mode")}
		}
	}
	// flags returns the open flags, 0 for other calls.
	flags := func(e *event.Event) uint64 {
		call := &calls[e.Type]
		switch {
		case e.Type == event.Creat:
			return creatFlags(e)
		case !call.opens || call.flags < 0:
			return 0
		}
		return e.Args[call.flags].Num
	}
	opened := func(name, desc string, bits uint64) Field {
		return boolean(name, desc, func(e *event.Event) (bool, bool) { return flags(e)&bits != 0, true })
	}
	const executable = 0o111
	return []Field{
		text("evt.abspath", "Absolute path a call was given: evt.abspath.src the first or only one, evt.abspath.dst the second or only one.", nil).
			takes(ArgRequired|ArgKey, bindAbsolutePath).fileName(),
		opened("evt.is_open_read", "true where a file was opened for reading; false for other events.", event.ORdonly),
		opened("evt.is_open_write", "true where a file was opened for writing; false for other events.", event.OWronly),
		boolean("evt.is_open_exec", "true where a file was created by opening it and made executable; false for other events.", func(e *event.Event) (bool, bool) {
			call := &calls[e.Type]
			return flags(e)&(event.OCreat|event.OTmpfile) != 0 && call.mode >= 0 && e.Args[call.mode].Num&executable != 0, true
		}),
		opened("evt.is_open_create", "true where opening a file created it; false for other events.", event.OFCreated),
	}
}

func bindAbsolutePath(r *Ref, which string, _ bool) error {
	if which != "src" && which != "dst" {
		return fmt.Errorf("field evt.abspath is written evt.abspath.src or evt.abspath.dst, not evt.abspath.%s", which)
	}
	uses := pathUses()
	r.Text = func(e *event.Event) (string, bool) {
		s := absolutePath(e, uses[e.Type], which == "dst")
		return s, s != ""
	}
	return nil
}

// typeCount is more than the greatest event type.
const typeCount = 64 * len(event.TypeSet{})

// paramIndex is the place of a parameter among those of t, -1 for none.
func paramIndex(t event.Type, name string) int {
	for i, p := range event.Describe(t).Params {
		if p.Name == name {
			return i
		}
	}
	return -1
}

func bindAround(r *Ref, arg string, _ bool) error {
	at, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		return fmt.Errorf("field evt.around takes a time in nanoseconds since the epoch, not [%s]", arg)
	}
	r.Int = func(e *event.Event) (int64, bool) {
		d := e.Time - at
		if d < 0 {
			d = -d
		}
		return (d + 999_999) / 1_000_000, true
	}
	return nil
}
