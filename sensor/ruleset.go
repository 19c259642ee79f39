package sensor

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/engine"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
)

// ruleset is a set of rules ready to be evaluated, with all that their alerts
// need. It is immutable; a reload makes another.
type ruleset struct {
	files      []string
	sums       []string // SHA-256 of each of the files, in hexadecimal
	loaded     time.Time
	set        *rules.Set
	engine     *engine.Engine
	formatters map[*rules.Rule]*alert.Formatter
	matches    map[*rules.Rule]*atomic.Uint64
	// static are the values of static fields.
	static event.StaticValues
}

// loadRuleset reads and compiles the rules the configuration names.
func loadRuleset(c *config.Config, counts *counters, log *slog.Logger) (*ruleset, error) {
	s := &ruleset{loaded: time.Now(), static: statics(c)}
	if err := s.read(c, log); err != nil {
		return nil, err
	}
	minimum, ok := rules.ParsePriority(c.Priority)
	if !ok {
		return nil, fmt.Errorf("priority %q in the configuration is none", c.Priority)
	}
	s.engine = engine.New(s.set, engine.Options{MinPriority: minimum, AllMatches: c.RuleMatching == config.MatchAll})
	if err := s.prepare(c, counts); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *ruleset) read(c *config.Config, log *slog.Logger) error {
	files, skipped, err := c.RulesSources()
	if err != nil {
		return err
	}
	for _, name := range skipped {
		log.Debug("rules file does not exist, skipped", "file", name)
	}
	if len(files) == 0 {
		return fmt.Errorf("no rules: %s: there is no rules file; name one with -r FILE, or name one that exists under rules_files", strings.Join(c.RulesFiles, ", "))
	}
	var sources []rules.Source
	for _, f := range files {
		s.files = append(s.files, f.Name)
		s.sums = append(s.sums, fmt.Sprintf("%x", sha256.Sum256(f.Data)))
		sources = append(sources, rules.Source{Name: f.Name, Data: f.Data})
	}
	if s.set, err = rules.Load(sources, rules.Options{Select: selectors(c), Static: c.StaticNames()}); err != nil {
		return err
	}
	for _, one := range s.set.IdleSelectors {
		log.Warn("an entry under rules in the configuration fits no rule: it has no effect", "entry", one.String())
	}
	if len(s.set.Rules)+len(s.set.Waiting)+len(s.set.Macros)+len(s.set.Lists) == 0 {
		return fmt.Errorf("no rules: %s: there is no rule in it; write one (- rule: ...), or leave -r out for the default rules", strings.Join(s.files, ", "))
	}
	return nil
}

// selectors are those that switch rules on and off.
func selectors(c *config.Config) []rules.Selector {
	var list []rules.Selector
	for _, s := range c.Rules {
		list = append(list, rules.Selector(s))
	}
	return list
}

// prepare makes the formatters and finds the counters of all rules.
func (s *ruleset) prepare(c *config.Config, counts *counters) error {
	host, err := hostname()
	if err != nil {
		return err
	}
	o := alert.Options{
		ISOTime: c.TimeFormatISO8601, Hostname: host,
		IncludeOutput: c.JSONIncludeOutputProperty, IncludeTags: c.JSONIncludeTagsProperty,
		IncludeFields: c.JSONIncludeOutputFieldsProperty, IncludeMessage: c.JSONIncludeMessageProperty,
		BufferBase64: c.BufferFormatBase64, Append: appends(c),
	}
	for _, f := range c.StaticFields {
		o.Static = append(o.Static, f.Name)
	}
	slices.Sort(o.Static)
	s.formatters = map[*rules.Rule]*alert.Formatter{}
	s.matches = map[*rules.Rule]*atomic.Uint64{}
	for _, r := range s.engine.Rules() {
		if s.formatters[r], err = alert.NewFormatter(r, o); err != nil {
			return fmt.Errorf("rule %q: %w", r.Name, err)
		}
		s.matches[r] = counts.of(r)
	}
	return nil
}

// appends are the additions to the outputs of rules.
func appends(c *config.Config) []alert.Append {
	var list []alert.Append
	for _, a := range c.AppendOutput {
		to := alert.Append{Source: a.Match.Source, Tags: a.Match.Tags, Rule: a.Match.Rule, Output: a.ExtraOutput, Suggested: a.SuggestedOutput}
		for _, x := range a.ExtraFields {
			to.Fields = append(to.Fields, alert.ExtraField(x))
		}
		list = append(list, to)
	}
	return list
}

// statics are the values of the static fields.
func statics(c *config.Config) event.StaticValues {
	values := event.StaticValues{}
	for _, f := range c.StaticFields {
		values[f.Name] = f.Value
	}
	return values
}

// hostname is what alerts say as hostname: FALCO_HOSTNAME where it is set, as
// in a pod, whose own name would say nothing about the node.
func hostname() (string, error) {
	if name := os.Getenv("FALCO_HOSTNAME"); name != "" {
		return name, nil
	}
	name, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("ask for the host's name: %w", err)
	}
	return name, nil
}

// counters count the matches of rules by name and priority. They outlive the
// rules: those of a rule go on after a reload.
type counters struct {
	mu     sync.Mutex
	counts map[counted]*atomic.Uint64
}

type counted struct {
	name     string
	priority rules.Priority
}

func newCounters() *counters { return &counters{counts: map[counted]*atomic.Uint64{}} }

func (c *counters) of(r *rules.Rule) *atomic.Uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := counted{r.Name, r.Priority}
	if c.counts[key] == nil {
		c.counts[key] = &atomic.Uint64{}
	}
	return c.counts[key]
}

// each calls yield with every counter that is not zero.
func (c *counters) each(yield func(counted, uint64)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, n := range c.counts {
		if count := n.Load(); count > 0 {
			yield(key, count)
		}
	}
}
