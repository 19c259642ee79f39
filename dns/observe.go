package dns

import (
	"time"

	"github.com/gyrsec/gyr/event"
)

// Port is the port of name servers.
const Port = 53

// SnapLen is how much of what a process receives Observe makes use of, in bytes:
// the usual limit of a message over UDP. With 512, the oldest limit, only the
// last of many addresses are lost.
const SnapLen = 1232

// Types returns the event types whose data Observe reads: the calls that
// receive. It needs Data of up to SnapLen bytes, and FD with the socket; only
// what comes from port Port is looked at (for a UDP socket that is not
// connected, whose peer may be unknown, whatever comes).
func Types() event.TypeSet {
	var set event.TypeSet
	for _, name := range []string{"read", "readv", "recv", "recvfrom", "recvmsg", "recvmmsg"} {
		if t, ok := event.ByName(name); ok {
			set.Add(t)
		}
	}
	return set
}

// Observe learns from an event: the answer of a name server that a process
// received, or the environment a process in a container was started with. Other
// events cost next to nothing; e and what it points to is not kept.
func (n *Names) Observe(e *event.Event) {
	switch {
	case n.cache == nil || e.Failed():
	case n.types.Has(e.Type):
		n.observeData(e)
	case e.Type == event.Execve || e.Type == event.Execveat:
		n.observeStart(e)
	}
}

func (n *Names) observeData(e *event.Event) {
	if !e.HasFD || len(e.Data) < headerSize || (e.FD.Type != event.FDIPv4 && e.FD.Type != event.FDIPv6) {
		return
	}
	s, msg := &e.FD.Socket, e.Data
	switch {
	case s.Proto == event.ProtoTCP:
		if s.Remote.Port() != Port {
			return
		}
		msg = stream(msg)
	case s.Proto != event.ProtoUDP, s.Remote.IsValid() && s.Remote.Port() != Port:
		return
	}
	a, err := parse(msg)
	if err != nil {
		return
	}
	n.cache.store(containerID(e.Process), a.names, a.addrs, time.Duration(a.ttl)*time.Second, e.Clock, n.mentioned)
}

// stream returns the first message of what came over TCP, where each has its
// length before it. Programs often read the length by itself, and the message
// begins at once: with the number of questions, which is one, at the place where
// the flags are otherwise, which are not one in a response.
func stream(data string) string {
	if len(data) < 2+headerSize || number16(data[4:]) == 1 {
		return data
	}
	size := int(number16(data))
	return data[2:min(len(data), 2+size)]
}

// observeStart learns the address of the Kubernetes API from the environment of
// a process that starts in a container. Programs it starts without one are known
// by it, too.
func (n *Names) observeStart(e *event.Event) {
	if p := e.Process; p != nil && p.Container != nil {
		if text := apiVariable(p.Env); text != "" {
			n.learnAPI(containerID(p), text, e.Clock)
		} else {
			n.askEnviron(p, e.Clock)
		}
	}
}
