package ruletest

import (
	"net/netip"
	"strings"

	"github.com/gyrsec/gyr/event"
)

// hosts are the names of the addresses of one event.
type hosts map[netip.Addr][]string

// AppendNames implements event.Hosts.
func (h hosts) AppendNames(dst []string, addr netip.Addr, _ *event.Process, _ int64) []string {
	return append(dst, h[addr]...)
}

// given reports whether the test says which host the end is.
func (e *end) given() bool { return e.addr.IsValid() || e.names != nil }

// hostNames are the names of an address, that which outputs show first. Names of
// hosts have no case, and events carry them in lower case.
func (v value) hostNames() ([]string, bool) {
	names, ok := v.texts()
	if !ok {
		return nil, false
	}
	if len(names) == 0 {
		v.fail("is a name or a list of names: leave it out for an address without one")
		return nil, false
	}
	for _, name := range names {
		switch {
		case name == "" || strings.ContainsAny(name, " /:") || strings.HasSuffix(name, "."):
			v.fail("is the name of a host such as www.example.com, not %q", cut(name))
			return nil, false
		case name != strings.ToLower(name):
			v.fail("is in lower case, as events have names of hosts: %q", strings.ToLower(cut(name)))
			return nil, false
		}
	}
	return names, true
}
