package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The names subjects have in the report.
const (
	nothingName = "nothing"
	floorName   = "empty program"
	gyrName     = "gyr"
)

// bench is one run of this program.
type bench struct {
	options
	dir      string // with the files that are opened
	program  string // that the exec load starts
	tiny     string // the folder of that, when it was made here
	subjects []subject
}

// sample is one run of a load under a subject.
type sample struct {
	timing
	Sensor               time.Duration // processor time of the sensor meanwhile
	RSS, Peak            int64
	Events, Lost, Alerts int64 // -1 where not known
	Ready                time.Duration
}

func newBench(o options) (*bench, error) {
	b := &bench{options: o, program: o.program}
	var err error
	if b.dir, err = os.MkdirTemp("", "gyr-bench-"); err != nil {
		return nil, err
	}
	if err := b.prepare(); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) prepare() error {
	if err := os.WriteFile(b.file(), []byte("a small file\n"), 0o644); err != nil {
		return err
	}
	if b.program == "" {
		// Beside this program and not among temporary files, where starting
		// programs is what rules look for.
		self, err := os.Executable()
		if err != nil {
			return err
		}
		if b.tiny, err = os.MkdirTemp(filepath.Dir(self), "bench-"); err != nil {
			return err
		}
		b.program = filepath.Join(b.tiny, "true")
		if err := writeProgram(b.program); err != nil {
			return err
		}
	}
	b.subjects = []subject{
		{nothingName, startNothing},
		{floorName, startFloor},
		{gyrName, b.gyr().start},
	}
	for _, p := range b.peers {
		name, command, ok := strings.Cut(p, "=")
		if !ok || strings.TrimSpace(command) == "" {
			return fmt.Errorf("-peer %q: want 'name=command arguments'", p)
		}
		s := sensor{command: strings.Fields(command), ready: b.peerReady, wait: b.peerWait, verbose: b.verbose}
		b.subjects = append(b.subjects, subject{name, s.start})
	}
	return nil
}

// gyr is the program measured, with the arguments given. It leaves the port of
// its server to one that guards this machine, and that machine's log alone.
func (b *bench) gyr(args ...string) sensor {
	return sensor{command: append([]string{b.options.gyr, "-o", "webserver.enabled=false", "-o", "syslog_output.enabled=false"}, args...), ready: "watching", verbose: b.verbose}
}

// file is the unwatched file the open loads open.
func (b *bench) file() string { return filepath.Join(b.dir, "file") }

func (b *bench) close() {
	os.RemoveAll(b.dir)
	if b.tiny != "" {
		os.RemoveAll(b.tiny)
	}
}

func (b *bench) run(ctx context.Context, wanted func(string) bool) error {
	r := &report{machine: machine(), rounds: b.rounds, scale: b.scale}
	for _, l := range loads {
		if !wanted(l.name) {
			continue
		}
		samples, err := b.measure(ctx, l)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		r.loads = append(r.loads, loadResult{load: l, order: b.subjects, samples: samples})
	}
	var err error
	if wanted("idle") {
		if r.idle, err = b.idle(ctx); err != nil {
			return fmt.Errorf("idle: %w", err)
		}
	}
	if wanted("latency") {
		progress("latency: %d alerts", probes)
		if r.latency, r.missed, err = b.latency(ctx); err != nil {
			return fmt.Errorf("latency: %w", err)
		}
		r.latencyMeasured = true
	}
	return r.write(os.Stdout)
}

// measure runs a load under every subject in turn, round after round. Each
// round begins with another subject, so that none is always first.
func (b *bench) measure(ctx context.Context, l load) (map[string][]sample, error) {
	samples := map[string][]sample{}
	for round := range b.rounds {
		for i := range b.subjects {
			s := b.subjects[(i+round)%len(b.subjects)]
			got, err := b.once(ctx, l, s)
			if err != nil {
				return nil, fmt.Errorf("under %s: %w", s.name, err)
			}
			progress("%s, round %d of %d, %s: %.2f s", l.name, round+1, b.rounds, s.name, got.Wall.Seconds())
			samples[s.name] = append(samples[s.name], got)
		}
	}
	return samples, nil
}

// once runs a load under a subject.
func (b *bench) once(ctx context.Context, l load, s subject) (_ sample, err error) {
	p, err := s.start(ctx)
	if err != nil {
		return sample{}, err
	}
	stopped := false
	defer func() {
		if !stopped {
			_, stopErr := p.stop()
			err = errors.Join(err, stopErr)
		}
	}()
	// What is done once at the start is not the load's.
	before, err := settled(ctx, p)
	if err != nil {
		return sample{}, err
	}
	path := b.file()
	if l.name == "exec" {
		path = b.program
	}
	t, err := l.run(ctx, max(int(float64(l.rounds)*b.scale), 1), path)
	if err != nil {
		return sample{}, err
	}
	after, err := settled(ctx, p)
	if err != nil {
		return sample{}, err
	}
	stopped = true
	c, err := p.stop()
	return sample{
		timing: t, Sensor: after.CPU - before.CPU, RSS: after.RSS, Peak: after.Peak, Ready: after.Ready,
		Events: c.get("events"), Lost: c.get("lost"), Alerts: c.get("alerts"),
	}, err
}

// settled waits until a subject has worked off what it has before it, that is,
// until it uses next to no processor time, and returns its usage then.
func settled(ctx context.Context, r running) (usage, error) {
	const step, limit = 100 * time.Millisecond, 15 * time.Second
	last, err := r.usage()
	for began := time.Now(); err == nil && time.Since(began) < limit; {
		select {
		case <-time.After(step):
		case <-ctx.Done():
			return usage{}, ctx.Err()
		}
		var now usage
		if now, err = r.usage(); err == nil && now.CPU-last.CPU < step/50 {
			return now, nil
		}
		last = now
	}
	return last, err
}

// idleResult is what a sensor takes when there is nothing to do.
type idleResult struct {
	name  string
	share []float64 // of one processor
	rss   []float64 // bytes
}

// idle measures the sensors with no load running.
func (b *bench) idle(ctx context.Context) ([]idleResult, error) {
	period := max(time.Duration(b.scale*float64(10*time.Second)), 2*time.Second)
	var results []idleResult
	for _, s := range b.subjects {
		if s.name == nothingName || s.name == floorName {
			continue
		}
		r := idleResult{name: s.name}
		for round := range min(b.rounds, 3) {
			progress("idle, round %d, %s: %v", round+1, s.name, period)
			before, after, err := idleOnce(ctx, s, period)
			if err != nil {
				return nil, err
			}
			r.share = append(r.share, (after.CPU-before.CPU).Seconds()/period.Seconds())
			r.rss = append(r.rss, float64(after.RSS))
		}
		results = append(results, r)
	}
	return results, nil
}

func idleOnce(ctx context.Context, s subject, period time.Duration) (before, after usage, err error) {
	p, err := s.start(ctx)
	if err != nil {
		return before, after, err
	}
	defer func() {
		_, stopErr := p.stop()
		err = errors.Join(err, stopErr)
	}()
	if before, err = settled(ctx, p); err != nil {
		return before, after, err
	}
	select {
	case <-time.After(period):
	case <-ctx.Done():
		return before, after, ctx.Err()
	}
	after, err = p.usage()
	return before, after, err
}

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
