package sensor

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/dns"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/source/kernel"
)

// wanted is what the rules ask of the source.
func (s *ruleset) wanted(c *config.Config) kernel.Wanted {
	w := kernel.Wanted{Types: s.engine.Types(), Payload: c.Libs.Snaplen}
	for _, r := range s.engine.Rules() {
		if s.readsData(r) {
			w.Data = w.Data.Union(r.Predicate.Types())
		}
	}
	_, names := s.engine.HostNames()
	w.Answers = names && c.Gyr.DNS.ObserveAnswers
	if names {
		// A process in a pod is told the address of the Kubernetes API when it is
		// started.
		w.Types.Add(event.Execve)
		w.Types.Add(event.Execveat)
	}
	return w
}

// readsData reports whether the rule's condition or alerts show what a call read
// or wrote.
func (s *ruleset) readsData(r *rules.Rule) bool {
	for _, ref := range slices.Concat(r.Predicate.Fields(), s.formatters[r].Refs()) {
		switch ref.Name {
		case "evt.buffer", "evt.args", "evt.info", "evt.arg.data", "evt.rawarg.data":
			return true
		}
	}
	return false
}

// newNames learns the names of addresses as configured.
func newNames(c *config.Config, log *slog.Logger) *dns.Names {
	o := dns.Options{ObserveAnswers: c.Gyr.DNS.ObserveAnswers, Getenv: os.Getenv, Environ: readEnviron, Log: log}
	if c.Gyr.DNS.ResolveRuleNames {
		o.Lookup = net.DefaultResolver.LookupNetIP
	}
	return dns.New(o)
}

// nameHosts tells which names the rules compare with.
func (s *Sensor) nameHosts(set *ruleset) {
	compared, _ := set.engine.HostNames()
	s.names.SetRuleNames(compared)
}

// readEnviron is the environment a process was started with, nil where it is
// gone.
func readEnviron(pid int32) []string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		return nil
	}
	return strings.Split(string(bytes.TrimRight(b, "\x00")), "\x00")
}
