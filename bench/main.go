// Bench measures what watching a machine costs it: how much longer loads take,
// the sensor's own processor time and memory, the events it loses, how soon it
// is ready and how late an alert is.
//
// Every load is a process of its own, written with bare system calls on a
// pinned thread, and runs alternately with nothing attached, with an empty
// program at the return of every system call (the least any such sensor
// costs), with Gyr, and with the other sensors given. Results are medians over
// the rounds and ratios to the same load with nothing attached in the same
// round, so that a machine that slows down meanwhile does not count. The report
// goes to standard output as Markdown, progress to standard error.
//
// It needs root, and a machine with nothing else to do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	rounds    int
	gyr       string
	scale     float64
	only      string
	program   string
	peers     listFlag
	peerReady string
	peerWait  time.Duration
	verbose   bool
}

// listFlag is a flag that may be given several times.
type listFlag []string

func (l *listFlag) String() string     { return strings.Join(*l, ", ") }
func (l *listFlag) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	if len(os.Args) > 1 && os.Args[1] == workerCommand {
		if err := work(os.Args[2:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench: load:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "how often each load runs under each sensor")
	flag.StringVar(&o.gyr, "gyr", "bin/gyr", "the `program` measured")
	flag.Float64Var(&o.scale, "scale", 1, "size of the loads: 0.1 for a quick look")
	flag.StringVar(&o.only, "only", "", "measure only these, by comma: "+strings.Join(measurements(), ", "))
	flag.StringVar(&o.program, "exec", "", "the `program` the exec load starts (a static one of 140 bytes)")
	flag.Var(&o.peers, "peer", "another sensor to measure, as `'name=command arguments'`; may be repeated")
	flag.StringVar(&o.peerReady, "peer-ready", "", "`text` in a line peers print when they are ready")
	flag.DurationVar(&o.peerWait, "peer-wait", 5*time.Second, "how long to wait for peers without -peer-ready")
	flag.BoolVar(&o.verbose, "v", false, "show what the sensors print on standard error")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measurements are the names -only takes.
func measurements() []string {
	var names []string
	for _, l := range loads {
		names = append(names, l.name)
	}
	return append(names, "idle", "latency")
}

func run(ctx context.Context, o options) error {
	wanted, err := selection(o.only)
	if err != nil {
		return err
	}
	if o.rounds < 1 || o.scale <= 0 {
		return errors.New("-rounds and -scale must be positive")
	}
	if os.Geteuid() != 0 {
		return errors.New("needs root: it loads eBPF programs; sudo make bench")
	}
	if _, err := os.Stat(o.gyr); err != nil {
		return fmt.Errorf("no program to measure: %w; make build makes one", err)
	}
	b, err := newBench(o)
	if err != nil {
		return err
	}
	defer b.close()
	return b.run(ctx, wanted)
}

// selection parses -only; nil is everything.
func selection(only string) (func(string) bool, error) {
	if only == "" {
		return func(string) bool { return true }, nil
	}
	names := strings.Split(only, ",")
	for _, n := range names {
		if !slices.Contains(measurements(), n) {
			return nil, fmt.Errorf("-only %s: there is no such measurement; there are %s", n, strings.Join(measurements(), ", "))
		}
	}
	return func(name string) bool { return slices.Contains(names, name) }, nil
}
