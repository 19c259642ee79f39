// Package sensor wires one running instance: the live source, the compiled
// rules, the channels alerts go out on.
//
// An instance is made in two steps so that everything that can be wrong is
// known before anything is watched: New reads configuration and rules and needs
// no privilege; Run loads the kernel half and detects until its context ends.
package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/container"
	"github.com/gyrsec/gyr/engine"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/output"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/source/kernel"
)

// Options are what an instance gets besides its configuration.
type Options struct {
	// Stdout is where alerts are printed, if so configured.
	Stdout io.Writer
	Log    *slog.Logger
	// Ready, if not nil, is called when events flow.
	Ready func(*Sensor)
}

// Sensor is one instance.
type Sensor struct {
	config  *config.Config
	options Options

	files      []string
	set        *rules.Set
	engine     *engine.Engine
	formatters map[*rules.Rule]*alert.Formatter
	matches    map[*rules.Rule]*atomic.Uint64

	source *kernel.Source
	order  *order
	stdout *output.Writer
}

// New reads the rules the configuration names and prepares their alerts. Its
// error is an *rules.Errors where rules are wrong.
func New(c *config.Config, o Options) (*Sensor, error) {
	s := &Sensor{config: c, options: o}
	if err := s.loadRules(); err != nil {
		return nil, err
	}
	minimum, ok := rules.ParsePriority(c.Priority)
	if !ok {
		return nil, fmt.Errorf("priority %q in the configuration is none", c.Priority)
	}
	s.engine = engine.New(s.set, engine.Options{MinPriority: minimum, AllMatches: c.RuleMatching == config.MatchAll})
	return s, s.makeFormatters()
}

func (s *Sensor) loadRules() error {
	files, skipped, err := s.config.RulesSources()
	if err != nil {
		return err
	}
	for _, name := range skipped {
		s.options.Log.Debug("rules file does not exist, skipped", "file", name)
	}
	if len(files) == 0 {
		return fmt.Errorf("no rules: %s: there is no rules file; name one with -r FILE, or name one that exists under rules_files", strings.Join(s.config.RulesFiles, ", "))
	}
	var sources []rules.Source
	for _, f := range files {
		s.files = append(s.files, f.Name)
		sources = append(sources, rules.Source{Name: f.Name, Data: f.Data})
	}
	if s.set, err = rules.Load(sources, rules.Options{}); err != nil {
		return err
	}
	if len(s.set.Rules)+len(s.set.Waiting)+len(s.set.Macros)+len(s.set.Lists) == 0 {
		return fmt.Errorf("no rules: %s: there is no rule in it; write one (- rule: ...), or leave -r out for the default rules", strings.Join(s.files, ", "))
	}
	return nil
}

func (s *Sensor) makeFormatters() error {
	host, err := hostname()
	if err != nil {
		return err
	}
	c := s.config
	o := alert.Options{
		ISOTime: c.TimeFormatISO8601, Hostname: host,
		IncludeOutput: c.JSONIncludeOutputProperty, IncludeTags: c.JSONIncludeTagsProperty,
		IncludeFields: c.JSONIncludeOutputFieldsProperty, IncludeMessage: c.JSONIncludeMessageProperty,
		Append: []alert.Append{{Suggested: c.SuggestedOutput()}},
	}
	s.formatters = map[*rules.Rule]*alert.Formatter{}
	s.matches = map[*rules.Rule]*atomic.Uint64{}
	for _, r := range s.engine.Rules() {
		if s.formatters[r], err = alert.NewFormatter(r, o); err != nil {
			return fmt.Errorf("rule %q: %w", r.Name, err)
		}
		s.matches[r] = &atomic.Uint64{}
	}
	return nil
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

// Rules are the rules that are evaluated; Waiting those that wait for event
// families that are not captured yet; Warnings what loading them gave to say;
// Files where they came from.
func (s *Sensor) Rules() []*rules.Rule { return s.engine.Rules() }

// Waiting are the rules whose event families are not captured yet.
func (s *Sensor) Waiting() []*rules.Rule { return s.set.Waiting }

// Warnings are what loading the rules gave to say.
func (s *Sensor) Warnings() []rules.Diagnostic { return s.set.Warnings }

// Files are the names of the rule files, in the order they were read.
func (s *Sensor) Files() []string { return s.files }

// Types are the event types some rule asks for.
func (s *Sensor) Types() []event.Type { return s.engine.Types().Slice() }

// closeLimit is how long the last alerts may take to be written.
const closeLimit = time.Second

// Run detects until ctx is done and returns the run's counters, with an error
// too, if it got as far as to watch. Errors of the kernel half wrap those of
// package kernel.
func (s *Sensor) Run(ctx context.Context) (sum Summary, err error) {
	s.source, err = kernel.Open(kernel.Options{
		Types:      s.engine.Types(),
		Containers: container.NewResolver(0),
		Users:      kernel.NewUsers(),
		RingBytes:  s.config.Engine.ModernEBPF.BufferBytes(),
		Log:        s.options.Log,
	})
	if err != nil {
		return sum, err
	}
	defer s.source.Close()
	if len(s.engine.Rules()) == 0 {
		s.options.Log.Warn("no rule is in force: nothing will be detected")
	}
	if s.config.StdoutOutput.Enabled {
		format := output.Text
		if s.config.JSONOutput {
			format = output.JSON
		}
		s.stdout = output.NewWriter("stdout", s.options.Stdout, output.Options{
			Format: format, Buffered: s.config.BufferedOutputs,
			Failing: func(err error) {
				s.options.Log.Error("alerts are lost; they are counted, and the next are tried again", "error", err)
			},
		})
	}
	s.order = newOrder(s.source.Watermark, s.emit)
	stop := make(chan struct{})
	var ordering sync.WaitGroup
	ordering.Go(func() { s.order.run(stop) })
	ran := false
	err = s.source.Run(ctx, s.handle, func() {
		ran = true
		if s.options.Ready != nil {
			s.options.Ready(s)
		}
	})
	close(stop)
	ordering.Wait()
	if s.stdout != nil {
		err = errors.Join(err, s.stdout.Close(closeLimit))
	}
	sum, statErr := s.summary()
	sum.Ran = ran
	return sum, errors.Join(err, statErr)
}

// handle judges one event.
func (s *Sensor) handle(e *event.Event) {
	s.engine.Evaluate(e, func(r *rules.Rule) {
		s.matches[r].Add(1)
		s.order.add(s.formatters[r].Make(e), e.Clock)
	})
}

func (s *Sensor) emit(a *alert.Alert) {
	if s.stdout != nil {
		s.stdout.Send(a)
	}
}
