package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// sensor is a program that watches the machine: how to start it, and how to
// know that it does.
type sensor struct {
	command []string
	// ready is part of the line it prints when it watches; where it is empty,
	// wait is how long to give it.
	ready string
	wait  time.Duration
	// alert, if not nil, is given each line of standard output and when it was
	// read (CLOCK_MONOTONIC).
	alert   func(line string, at time.Duration)
	verbose bool
}

const (
	readyLimit = 30 * time.Second
	stopLimit  = 15 * time.Second
	// keptLines bounds what is remembered of a sensor that talks a lot.
	keptLines = 200
)

// sensorProcess is a running sensor.
type sensorProcess struct {
	cmd     *exec.Cmd
	ready   time.Duration
	printed sync.WaitGroup
	alerts  atomic.Int64

	mu    sync.Mutex
	lines []string // the last it printed besides alerts
}

// start starts a sensor and returns when it watches.
func (s sensor) start(ctx context.Context) (running, error) {
	p := &sensorProcess{cmd: exec.CommandContext(ctx, s.command[0], s.command[1:]...)}
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = stopLimit
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a sensor: %w", err)
	}
	watching := make(chan struct{})
	var once sync.Once
	notice := func(line string) {
		if s.ready != "" && strings.Contains(line, s.ready) {
			once.Do(func() { p.ready = time.Since(began); close(watching) })
		}
	}
	p.printed.Go(func() {
		eachLine(stdout, func(line string) {
			at := clock(clockMonotonic)
			p.alerts.Add(1)
			if s.alert != nil {
				s.alert(line, at)
			}
			// Counters may be here too; they come last.
			p.keep(line)
			notice(line)
		})
	})
	p.printed.Go(func() {
		eachLine(stderr, func(line string) {
			if s.verbose {
				fmt.Fprintln(os.Stderr, line)
			}
			p.keep(line)
			notice(line)
		})
	})
	if err := p.await(ctx, s, watching); err != nil {
		_, stopErr := p.stop()
		return nil, errors.Join(err, stopErr)
	}
	return p, nil
}

// await waits until the sensor watches.
func (p *sensorProcess) await(ctx context.Context, s sensor, watching <-chan struct{}) error {
	ended := make(chan struct{})
	go func() { p.printed.Wait(); close(ended) }()
	limit := readyLimit
	if s.ready == "" {
		limit = s.wait
	}
	select {
	case <-watching:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-ended:
		return fmt.Errorf("%s ended before it watched; it printed:\n%s", s.command[0], p.said())
	case <-time.After(limit):
		if s.ready == "" {
			p.ready = limit
			return nil
		}
		return fmt.Errorf("%s has not printed %q after %v, but:\n%s", s.command[0], s.ready, limit, p.said())
	}
}

func (p *sensorProcess) keep(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.lines) == keptLines {
		p.lines = append(p.lines[:0], p.lines[keptLines/2:]...)
	}
	p.lines = append(p.lines, line)
}

func (p *sensorProcess) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

func (p *sensorProcess) usage() (usage, error) {
	cpu, err := processCPU(p.cmd.Process.Pid)
	if err != nil {
		return usage{}, err
	}
	rss, peak, err := processMemory(p.cmd.Process.Pid)
	return usage{CPU: cpu, RSS: rss, Peak: peak, Ready: p.ready}, err
}

// stop ends the sensor as an operator would and reads its counters. An exit
// status other than 0 is an error.
func (p *sensorProcess) stop() (counters, error) {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return nil, err
	}
	kill := time.AfterFunc(stopLimit, func() { p.cmd.Process.Kill() })
	defer kill.Stop()
	// The pipes are to be read to their end before Wait closes them.
	p.printed.Wait()
	err := p.cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	c := lastCounters(p.lines)
	if c == nil {
		c = counters{}
	}
	if _, ok := c["alerts"]; !ok {
		c["alerts"] = p.alerts.Load()
	}
	if err != nil {
		err = fmt.Errorf("%s: %w; it printed:\n%s", p.cmd.Path, err, strings.Join(p.lines, "\n"))
	}
	return c, err
}

// eachLine calls f with each line of r, without its end.
func eachLine(r io.Reader, f func(string)) {
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			f(strings.TrimRight(line, "\r\n"))
		}
		if err != nil {
			return
		}
	}
}
