package condition

import (
	"net/netip"
	"testing"

	"github.com/gyrsec/gyr/event"
)

// hosts gives an address two names.
type hosts struct{}

func (hosts) AppendNames(dst []string, addr netip.Addr, _ *event.Process, _ int64) []string {
	if addr == netip.MustParseAddr("93.184.216.34") {
		return append(dst, "www.example.com", "edge-7.cdn.example.net")
	}
	return dst
}

func namedEvent() *event.Event {
	e := socketEvent()
	e.Hosts = hosts{}
	return e
}

func TestMatchHostNames(t *testing.T) {
	checkMatches(t, namedEvent, map[string]bool{
		// One of the names suffices.
		"fd.sip.name = www.example.com": true, "fd.sip.name == edge-7.cdn.example.net": true, "fd.sip.name = example.com": false,
		"fd.rip.name in (a.b, edge-7.cdn.example.net)": true, "fd.sip.name in (a, b)": false, "fd.sip.name in ()": false,
		"fd.sip.name in (a, b, c, d, e, www.example.com)": true, "fd.sip.name intersects (a, www.example.com)": true,
		"fd.sip.name startswith edge-": true, "fd.sip.name endswith .example.net": true, "fd.sip.name contains cdn": true, "fd.sip.name startswith x": false,
		"fd.sip.name glob edge-?.*": true, "fd.sip.name glob *.org": false, "fd.sip.name regex '.*[.]net'": true, "fd.sip.name pmatch (a, www.example.com)": true, "fd.sip.name pmatch (www)": false,
		"fd.sip.name icontains CDN": true, "fd.sip.name iglob EDGE*": true, "fd.sip.name exists": true, "fd.sip.name = anyof (a, www.example.com)": true,
		"fd.sip.name endswith anyof (.a, .b, .c, .d, .e, .net)":                      true,
		"fd.sip.name = a or fd.sip.name = b or fd.sip.name = edge-7.cdn.example.net": true,
		"fd.sip.name startswith a or fd.sip.name endswith .net":                      true,
		"fd.sip.name = www.example.com and fd.sip.name = edge-7.cdn.example.net":     true,
		// Every name has to be another one.
		"fd.sip.name != www.example.com": false, "fd.sip.name != edge-7.cdn.example.net": false, "fd.sip.name != example.com": true,
		"fd.sip.name != allof (a, b)": true, "fd.sip.name != allof (a, www.example.com)": false,
		"not fd.sip.name = www.example.com": false, "not fd.sip.name in (a, b)": true, "not fd.sip.name in (a, edge-7.cdn.example.net)": false,
		// Names have no case, and the dot at the end changes nothing.
		"fd.sip.name = WWW.Example.com": true, "fd.sip.name in (a, Www.EXAMPLE.com.)": true, "fd.sip.name = www.example.com.": true, "fd.sip.name != WWW.example.COM.": false,
		"fd.sip.name endswith .EXAMPLE.net.": true, "fd.sip.name startswith WWW.": true, "fd.sip.name contains .Example.": true, "fd.sip.name contains com.": false,
		"fd.sip.name glob WWW.*": true, "fd.sip.name = .": false, "fd.sip.name startswith ''": true,
		"tolower(fd.sip.name) = edge-7.cdn.example.net": true, "tolower(fd.sip.name) exists": true, "toupper(fd.sip.name) = WWW.EXAMPLE.COM": true, "len(fd.sip.name) = 15": true,
		// An address without a name has none of those excluded.
		"fd.cip.name = a": false, "fd.cip.name != a": true, "fd.cip.name exists": false, "not fd.cip.name exists": true, "fd.cip.name in (a)": false, "not fd.cip.name in (a)": true,
		"fd.cip.name startswith ''": false, "fd.cip.name contains ''": false,
	})
	// Without an address there is nothing to compare.
	for _, e := range []func() *event.Event{fileEvent, func() *event.Event {
		e := namedEvent()
		e.FD.Socket.Remote = netip.AddrPort{}
		return e
	}} {
		checkMatches(t, e, map[string]bool{
			"fd.sip.name = a": false, "fd.sip.name != a": false, "not fd.sip.name = a": true, "not fd.sip.name != a": true, "fd.sip.name exists": false,
			"fd.sip.name in (a)": false, "fd.sip.name != allof (a, b)": false,
		})
	}
}

func TestHostNamesDoNotAllocate(t *testing.T) {
	for _, text := range []string{
		"fd.sip.name = example.com", "fd.sip.name != example.com", "fd.sip.name in (a, b, c, d, e, f, g)", "not fd.sip.name endswith .org",
		"fd.cip.name = x or fd.sip.name startswith y or fd.sip.name glob *z or fd.sip.name regex 'a+' or tolower(fd.sip.name) = x",
	} {
		p := compile(t, text)
		e := namedEvent()
		if n := testing.AllocsPerRun(200, func() { p.Match(e); reuse(e); e.Hosts = hosts{} }); n != 0 {
			t.Errorf("%s allocates %v times", text, n)
		}
	}
}
