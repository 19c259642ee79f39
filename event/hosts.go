package event

import "net/netip"

// Hosts tells by what names IP addresses are known. Implementations are safe for
// concurrent use and allocate nothing but room behind dst.
type Hosts interface {
	// AppendNames appends the names by which the address is known to p at a time on
	// the events' clock, the one to print first. Names are in lower case, without
	// a dot at the end.
	AppendNames(dst []string, addr netip.Addr, p *Process, clock int64) []string
}

// hostNames are the names an address has for an event.
type hostNames struct {
	addr  netip.Addr
	names []string
}

// HostNames returns the names of an address, as the event's process knows it,
// the one to print first. They are looked up once per event, so that what an
// alert shows is what its rule saw. The list lives as long as the event.
func (e *Event) HostNames(addr netip.Addr) []string {
	if e.Hosts == nil {
		return nil
	}
	for i := range e.hosts {
		if e.hosts[i].addr == addr {
			return e.hosts[i].names
		}
	}
	n := len(e.hosts)
	if n == cap(e.hosts) {
		e.hosts = append(e.hosts, hostNames{})
	}
	e.hosts = e.hosts[:n+1]
	h := &e.hosts[n]
	h.addr, h.names = addr, e.Hosts.AppendNames(h.names[:0], addr, e.Process, e.Clock)
	return h.names
}
