package event

import (
	"slices"
	"strings"
	"unsafe"
)

// Clone returns a copy of e that shares no memory a source reuses: it may be
// kept as long as one likes, and read while e is filled anew. What it points at
// stays the same: the Process, which never changes, and those who answer for
// Users, Hosts, Static and Machine.
func (e *Event) Clone() *Event {
	c := *e
	c.buf, c.hosts = nil, slices.Clone(e.hosts)
	total := 0
	c.eachText(func(s *string) { total += len(*s) })
	// One piece of memory for all of them: an event has a dozen short strings.
	text := make([]byte, 0, total)
	c.eachText(func(s *string) {
		start := len(text)
		if text = append(text, *s...); len(text) > start {
			*s = unsafe.String(&text[start], len(text)-start)
		}
	})
	for i := range c.hosts {
		c.hosts[i].names = slices.Clone(c.hosts[i].names)
		for j, name := range c.hosts[i].names {
			c.hosts[i].names[j] = strings.Clone(name)
		}
	}
	return &c
}

// CloneSize is about how many bytes of memory a Clone of e takes.
func (e *Event) CloneSize() int {
	size := int(unsafe.Sizeof(*e))
	e.eachText(func(s *string) { size += len(*s) })
	return size
}

// eachText calls f with every string of the event itself.
func (e *Event) eachText(f func(*string)) {
	for i := range e.Args {
		f(&e.Args[i].Str)
	}
	f(&e.FD.Name)
	f(&e.FD.RawName)
	f(&e.FD.RealName)
	f(&e.FD.Watched)
	f(&e.FD.Socket.Path)
	for i := range e.Paths {
		f(&e.Paths[i].Raw)
		f(&e.Paths[i].Name)
		f(&e.Paths[i].Real)
	}
	f(&e.Data)
	f(&e.socketName)
}
