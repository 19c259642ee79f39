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
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/dns"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/output"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/source/kernel"
)

// Options are what an instance gets besides its configuration.
type Options struct {
	// Stdout is where alerts are printed, if so configured, and with Stderr what the
	// programs write that get alerts.
	Stdout, Stderr io.Writer
	Log            *slog.Logger
	// Ready, if not nil, is called when events flow.
	Ready func(*Sensor)
}

// Sensor is one instance.
type Sensor struct {
	config  *config.Config
	options Options

	rules    atomic.Pointer[ruleset]
	counters *counters

	source    *kernel.Source
	drops     *drops
	names     *dns.Names
	receivers []receiver
	// outputs are nil while the sensor does not run.
	outputs output.Channels

	containers *containers

	started time.Time
	flow    flow
}

// New reads the rules the configuration names and prepares their alerts. Its
// error is an *rules.Errors where rules are wrong.
func New(c *config.Config, o Options) (*Sensor, error) {
	s := &Sensor{config: c, options: o, counters: newCounters(), names: newNames(c, o.Log), started: time.Now()}
	set, err := loadRuleset(c, s.counters, o.Log)
	if err != nil {
		return nil, err
	}
	if s.receivers, err = newReceivers(c, &s.options); err != nil {
		return nil, err
	}
	s.nameHosts(set)
	s.rules.Store(set)
	return s, nil
}

// Reload replaces the rules by those the configuration names now, and how their
// alerts look; the channels alerts go out on stay as they are. Where anything
// is wrong with the new rules, the old ones stay in force and the error says
// what. No event is missed: what the new rules need is captured before they take
// over, and what only the old ones needed until then. It may be called while Run
// runs.
func (s *Sensor) Reload(c *config.Config) error {
	next, err := loadRuleset(c, s.counters, s.options.Log)
	if err != nil {
		return err
	}
	before := s.rules.Load()
	after := next.wanted(c)
	if err := s.source.Watch(before.wanted(c).With(after)); err != nil {
		return err
	}
	s.source.WatchFiles(next.identities())
	s.nameHosts(next)
	s.rules.Store(next)
	return s.source.Watch(after)
}

// reloadRule is the name of the alert about a reload that failed: Falco's.
const reloadRule = "Falco internal: hot restart failure"

// ReloadFailed raises an alert that new rules or a new configuration were refused:
// whoever changed them may not see the log. Run has to run.
func (s *Sensor) ReloadFailed(err error) {
	s.emit(alert.NewInternal(reloadRule, rules.Critical, reloadRule+": "+err.Error(), nil, time.Now(), s.drops.format))
}

// Rules are the rules that are evaluated.
func (s *Sensor) Rules() []*rules.Rule { return s.rules.Load().engine.Rules() }

// Waiting are the rules whose event families are not captured yet.
func (s *Sensor) Waiting() []*rules.Rule { return s.rules.Load().set.Waiting }

// Warnings are what loading the rules gave to say.
func (s *Sensor) Warnings() []rules.Diagnostic { return s.rules.Load().set.Warnings }

// Files are the names of the rule files, in the order they were read.
func (s *Sensor) Files() []string { return s.rules.Load().files }

// Types are the event types some rule asks for.
func (s *Sensor) Types() []event.Type { return s.rules.Load().engine.Types().Slice() }

// closeLimit is how long the last alerts may take to be written.
const closeLimit = time.Second

// Run detects until ctx is done and returns the run's counters, with an error
// too, if it got as far as to watch. Errors of the kernel half wrap those of
// package kernel.
func (s *Sensor) Run(ctx context.Context) (sum Summary, err error) {
	ctx, exit := context.WithCancelCause(ctx)
	defer exit(nil)
	if s.drops, err = s.newDrops(exit); err != nil {
		return sum, err
	}
	host, err := hostname()
	if err != nil {
		return sum, err
	}
	go s.names.Run(ctx)
	s.containers = newContainers(s.config, s.options.Log)
	stopContainers := s.containers.run(ctx)
	s.source, err = kernel.Open(kernel.Options{
		Hostname:   host,
		Wanted:     s.rules.Load().wanted(s.config),
		Files:      s.rules.Load().identities(),
		Host:       hostFS(),
		Containers: s.containers,
		Held:       s.containers.gate.Oldest,
		Users:      kernel.NewUsers(hostFS()),
		Hosts:      s.names,
		Answer:     s.names.Observe,
		Changed:    newChanges(s.drops.format, s.emit).tell,
		RingBytes:  s.config.Engine.ModernEBPF.BufferBytes(),
		Throttle:   throttle(s.config.Gyr.Throttle),
		Interval: func(iv kernel.Interval) {
			s.drops.look(iv, time.Now())
			s.flow.tick()
		},
		Log: s.options.Log,
	})
	if err != nil {
		return sum, errors.Join(err, stopContainers())
	}
	defer s.source.Close()
	if len(s.Rules()) == 0 {
		s.options.Log.Warn("no rule is in force: nothing will be detected")
	}
	s.startOutputs(s.source.Watermark, s.drops.format)
	defer s.flow.begin(ctx, s.source)()
	ran := false
	err = s.source.Run(ctx, s.handle, func() {
		ran = true
		s.flow.flows()
		if s.options.Ready != nil {
			s.options.Ready(s)
		}
	})
	err = errors.Join(err, s.drops.ended, stopContainers())
	err = errors.Join(err, s.closeOutputs())
	sum, statErr := s.summary()
	sum.Ran = ran
	return sum, errors.Join(err, statErr)
}

// handle judges one event, once it is known what its container is.
func (s *Sensor) handle(e *event.Event) {
	s.names.Observe(e)
	if c := e.Process.Container; c == nil || c.Ready() || !s.hold(e) {
		s.judge(e)
	}
}

func (s *Sensor) judge(e *event.Event) {
	set := s.rules.Load()
	e.Static = set.static
	set.engine.Evaluate(e, func(r *rules.Rule) {
		set.matches[r].Add(1)
		if len(s.outputs) == 0 {
			return
		}
		// A flood of alerts must not cost the time to make them: whoever waits in
		// the same ring would have to wait for that.
		o := alert.OriginOf(e)
		s.outputs.Raise(&o, r, func() *alert.Alert { return set.formatters[r].Make(e) })
	})
}

// emit sends an alert about the sensor itself.
func (s *Sensor) emit(a *alert.Alert) { s.outputs.Send(a) }
