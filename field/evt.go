package field

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gyrsec/gyr/event"
)

func evtFields() []Field {
	return concat(evtTimeFields(), evtSourceFields(), evtTypeFields(), evtArgFields(), evtResultFields(),
		evtIOFields(), evtOpenFields(), evtOldFields())
}

func evtTimeFields() []Field {
	epoch := func(e *event.Event) int64 { return e.Time }
	asNumber := func(f Field) Field { f.get.json = epoch; return f }
	return []Field{
		integer("evt.num", "Number of the event, counted from 1 before any filtering.", Uint64, func(e *event.Event) (int64, bool) { return int64(e.Num), true }),
		asNumber(text("evt.time", "Time of the event of day in local time, with nanoseconds.", clock("15:04:05.000000000"))),
		text("evt.time.s", "Time of the event of day in local time, in seconds.", clock("15:04:05")),
		asNumber(text("evt.time.iso8601", "Date and time of the event in UTC, in ISO 8601 form with nanoseconds.", iso8601)),
		text("evt.datetime", "Date and time of the event in local time, with nanoseconds.", clock("2006-01-02 15:04:05.000000000")),
		text("evt.datetime.s", "Date and time of the event in local time, in seconds.", clock("2006-01-02 15:04:05")),
		integer("evt.rawtime", "Time of the event in nanoseconds since the epoch.", AbsTime, func(e *event.Event) (int64, bool) { return e.Time, true }),
		integer("evt.rawtime.s", "Time of the event in whole seconds since the epoch.", AbsTime, func(e *event.Event) (int64, bool) { return e.Time / 1e9, true }),
		integer("evt.rawtime.ns", "Nanoseconds of the event's time within its second.", AbsTime, func(e *event.Event) (int64, bool) { return e.Time % 1e9, true }),
		integer("evt.reltime", "Nanoseconds since the first event.", RelTime, since(firstEvent, whole)),
		integer("evt.reltime.s", "Whole seconds since the first event.", RelTime, since(firstEvent, seconds)),
		integer("evt.reltime.ns", "Nanoseconds of evt.reltime within its second.", RelTime, since(firstEvent, fraction)),
		integer("evt.deltatime", "Nanoseconds since the previous event, of whatever process.", RelTime, since(previousEvent, whole)),
		integer("evt.deltatime.s", "Whole seconds since the previous event.", RelTime, since(previousEvent, seconds)),
		integer("evt.deltatime.ns", "Nanoseconds of evt.deltatime within its second.", RelTime, since(previousEvent, fraction)),
		asNumber(text("evt.outputtime", "What evt.time gives.", clock("15:04:05.000000000"))),
		integer("evt.around", "Used as evt.around[T]=D: the event is at most D milliseconds away from time T (nanoseconds since the epoch).", Uint64, nil).
			takes(ArgRequired|ArgIndex, bindAround).filterOnly(),
	}
}

func firstEvent(e *event.Event) int64    { return e.First }
func previousEvent(e *event.Event) int64 { return e.Previous }

func whole(d int64) int64    { return d }
func seconds(d int64) int64  { return d / 1e9 }
func fraction(d int64) int64 { return d % 1e9 }

// since is the time between another event and this, or a part of it. Events of
// several processors are numbered as they are read, so the other may be the later
// by a little: there is no time between them then.
func since(other func(*event.Event) int64, part func(int64) int64) func(*event.Event) (int64, bool) {
	return func(e *event.Event) (int64, bool) {
		before := other(e)
		return part(max(0, e.Time-before)), before != 0
	}
}

func clock(layout string) func(*event.Event) (string, bool) {
	return func(e *event.Event) (string, bool) {
		return e.Text(func(dst []byte) []byte { return time.Unix(0, e.Time).AppendFormat(dst, layout) }), true
	}
}

func iso8601(e *event.Event) (string, bool) {
	return e.Text(func(dst []byte) []byte {
		return time.Unix(0, e.Time).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000000000-0700")
	}), true
}

func evtSourceFields() []Field {
	return []Field{
		later("evt.pluginname", "Name of the plugin the event comes from. No value: plugins are not loaded.", CharBuf),
		later("evt.plugininfo", "The event in the words of the plugin it comes from. No value: plugins are not loaded.", CharBuf),
		text("evt.source", "Source of the event: syscall for system calls.", func(*event.Event) (string, bool) { return "syscall", true }),
		boolean("evt.is_async", "true for events that are not read from the source but made beside it.", func(*event.Event) (bool, bool) { return false, true }),
		later("evt.asynctype", "Kind of an event made beside the source. No value: there are none.", CharBuf),
		text("evt.hostname", "Name of the host the event arose on; FALCO_HOSTNAME where it is set in the environment.", func(e *event.Event) (string, bool) {
			if e.Machine == nil {
				return "", false
			}
			name := e.Machine.Hostname()
			return name, name != ""
		}),
	}
}

func evtTypeFields() []Field {
	return []Field{
		text("evt.type", "Name of the event: that of the system call, such as openat.", func(e *event.Event) (string, bool) { return e.Type.String(), true }),
		integer("evt.type.is", "1 for events of the type named, 0 for others: evt.type.is.openat.", Uint32, nil).takes(ArgRequired|ArgKey, bindTypeIs),
		text("syscall.type", "Name of the system call; no value for other events.", func(e *event.Event) (string, bool) {
			return e.Type.String(), event.Describe(e.Type).Class == event.ClassSyscall
		}),
		text("evt.category", "Group of the event: file, net, process, ...", category),
		integer("evt.cpu", "Number of the processor the event arose on.", Int16, func(e *event.Event) (int64, bool) { return int64(e.CPU), true }),
		text("evt.dir", "Always <: events are the returns of system calls.", func(*event.Event) (string, bool) { return "<", true }).deprecated(),
	}
}

// category is that of the event type; for input and output it is that of the
// descriptor, and internal events have none.
func category(e *event.Event) (string, bool) {
	c := event.Describe(e.Type).Category
	switch c {
	case "io_read", "io_write", "io_other":
		switch e.FD.Type {
		case event.FDFile, event.FDDirectory:
			return "file", true
		case event.FDIPv4, event.FDIPv6:
			return "net", true
		case event.FDUnix, event.FDPipe, event.FDEvent, event.FDSignal, event.FDInotify, event.FDUserfault:
			return "ipc", true
		}
		return "unknown", true
	case "internal":
		return "unknown", true
	}
	return c, true
}

// bindNothing is for arguments of fields that have no value yet.
func bindNothing(*Ref, string, bool) error { return nil }

// A number is one of Falco's own, which change from version to version: it
// stands for no event here.
func bindTypeIs(r *Ref, name string, _ bool) error {
	want, ok := event.ByName(name)
	if _, err := strconv.ParseUint(name, 10, 16); !ok && err != nil {
		return fmt.Errorf("field evt.type.is names no event type: %s; gyr --list-events shows those there are", name)
	}
	r.Int = func(e *event.Event) (int64, bool) {
		if e.Type == want {
			return 1, true
		}
		return 0, true
	}
	return nil
}

func evtResultFields() []Field {
	return []Field{
		text("evt.res", "SUCCESS, or the name of the error the call returned, such as ENOENT.", func(e *event.Event) (string, bool) {
			if !hasResult(e) {
				return "", false
			}
			if e.Res >= 0 {
				return "SUCCESS", true
			}
			return errnoText(e, e.Res), true
		}),
		integer("evt.rawres", "Return value of the call: negative for errors.", Int64, func(e *event.Event) (int64, bool) { return e.Res, hasResult(e) }),
		boolean("evt.failed", "true where the call returned an error.", func(e *event.Event) (bool, bool) { return e.Failed(), hasResult(e) }),
		count("evt.count", "1 for every event: for counting.", func(*event.Event) bool { return true }),
		count("evt.count.error", "1 for events that failed.", failed()),
		count("evt.count.error.file", "1 for file events that failed.", failed("file")),
		count("evt.count.error.net", "1 for network events that failed.", failed("net")),
		count("evt.count.error.memory", "1 for memory events that failed.", failed("memory")),
		count("evt.count.error.other", "1 for failed events that are neither file nor network nor memory events.", failed("")),
		count("evt.count.exit", "1 for the return of a call.", func(*event.Event) bool { return true }),
	}
}

// hasResult is false for the one captured event that is no call's return.
func hasResult(e *event.Event) bool { return e.Type != event.ProcExit }

func count(name, desc string, counts func(*event.Event) bool) Field {
	return integer(name, desc, Uint32, func(e *event.Event) (int64, bool) {
		if counts(e) {
			return 1, true
		}
		return 0, false
	})
}

// failed counts failures: all, those of a category, or with "" those of none
// that has a count of its own.
func failed(category ...string) func(*event.Event) bool {
	return func(e *event.Event) bool {
		if !e.Failed() || !hasResult(e) {
			return false
		}
		if len(category) == 0 {
			return true
		}
		c := event.Describe(e.Type).Category
		if category[0] == "" {
			return c != "file" && c != "net" && c != "memory"
		}
		return c == category[0]
	}
}

// evtOldFields measured the time between a call's start and its return, when
// both were events.
func evtOldFields() []Field {
	old := func(name string, t Type) Field {
		return later(name, "No value: only the return of a call is an event.", t).deprecated()
	}
	return []Field{
		old("evt.latency", RelTime), old("evt.latency.s", RelTime), old("evt.latency.ns", RelTime),
		old("evt.latency.quantized", Uint64), old("evt.latency.human", CharBuf), old("evt.wait_latency", RelTime),
	}
}
