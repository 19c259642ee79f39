package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/condition"
)

// showing says which fields of an output show what a condition was about.
type showing struct {
	// asks are the fields of conditions; shows those of which one should be in
	// the output. A name that ends in a star stands for all that begin so.
	asks, shows []string
	add         string
}

func (o Options) showings() []showing {
	network := []string{"ip", "cip", "sip", "lip", "rip", "port", "cport", "sport", "lport", "rport", "net", "cnet", "snet", "lnet", "rnet"}
	var asksNetwork, showsNetwork []string
	for _, n := range network {
		asksNetwork = append(asksNetwork, "fd."+n, "fd."+n+".name")
		showsNetwork = append(showsNetwork, "fd."+n+"*")
	}
	file := []string{"fd.name*", "fd.realpath", "fs.path.*", "evt.arg*", "evt.rawarg*", "evt.abspath*", "evt.info"}
	list := []showing{
		{[]string{"fd.name", "fd.nameraw", "fd.directory", "fd.filename", "fd.realpath"}, append(file, "fd.directory", "fd.filename"), "%fd.name"},
		{[]string{"fs.path.name", "fs.path.nameraw", "fs.path.source", "fs.path.target"}, file, "%fs.path.name"},
		{asksNetwork, append(showsNetwork, "fd.name*", "evt.arg*", "evt.info"), "%fd.name"},
		{[]string{"proc.cmdline", "proc.args", "proc.cmdnargs"}, []string{"proc.cmdline", "proc.args", "proc.exeline", "evt.arg*", "evt.info"}, "%proc.cmdline"},
		{[]string{"proc.name", "proc.exe", "proc.exepath"}, []string{"proc.*", "evt.arg*", "evt.info"}, "%proc.exepath"},
		{[]string{"proc.pname", "proc.pexe", "proc.pexepath", "proc.pcmdline"}, []string{"proc.p*", "proc.a*"}, "%proc.pname"},
	}
	if o.NoContainerFields {
		list = append(list, showing{
			[]string{"container.id", "container.full_id", "container.name", "container.image.repository", "container.privileged"},
			[]string{"container.*", "k8s.*"}, "%container.id",
		})
	}
	return list
}

// output compares what the alert says with what the rule is about.
func (c *checker) output(s *subject) {
	at := s.location()
	if n := len(s.def.output); n > 0 {
		at = s.def.output[n-1].location()
	}
	var shown []string
	for _, ref := range s.rule.Template.Refs() {
		shown = append(shown, ref.Name)
	}
	if len(shown) == 0 {
		c.report(CodeOutputBare, at, s.title(), "the output has no field, so that all alerts of the rule look alike: add what a responder needs, as in \"user=%user.name command=%proc.cmdline\"")
		return
	}
	asked := askedFor(s.form, nil)
	for _, show := range c.options.showings() {
		i := slices.IndexFunc(asked, func(l *literal) bool { return slices.Contains(show.asks, l.name()) })
		if i < 0 || slices.ContainsFunc(shown, func(name string) bool { return covers(show.shows, name) }) {
			continue
		}
		c.report(CodeOutputLacks, at, s.title(), fmt.Sprintf(
			"the condition turns on %s, but the output does not show it: add %s", asked[i].left, show.add))
	}
}

func covers(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		prefix, open := strings.CutSuffix(p, "*")
		return name == p || open && strings.HasPrefix(name, prefix)
	})
}

// askedFor are the comparisons that have to hold, in themselves or as an
// alternative.
func askedFor(f *formula, found []*literal) []*literal {
	if f.lit == nil {
		for _, p := range f.of {
			found = askedFor(p, found)
		}
		return found
	}
	if f.lit.cmp == nil || isOff(f.lit) {
		return found
	}
	excludes := f.lit.neg != (f.lit.cmp.Op == condition.Ne)
	if f.lit.name() == "container.id" && slices.Equal(f.lit.constants(), []string{"host"}) {
		excludes = !excludes // all that is not the host is a container
	}
	if excludes {
		return found
	}
	return append(found, f.lit)
}
