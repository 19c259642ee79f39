package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/sensor"
	"github.com/gyrsec/gyr/server"
)

// flags are the command line, by Falco's names.
type flags struct {
	config       string
	rules        []string
	options      []string
	unbuffered   bool
	dryRun       bool
	validate     []string
	describeAll  bool
	describeRule string
	list         string
	listEvents   bool
	format       string
	markdown     bool
	names        bool
	ignored      bool
	ruleSchema   bool
	configSchema bool
	version      bool
	support      bool
	listPlugins  bool
	pluginInfo   string
	pidFile      string
	seconds      uint
	pageSize     bool
	print        []string
	disable      []string
	enable       []string
	verbose      bool
}

func newCommand(stdout, stderr io.Writer) *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "gyr [flags]",
		Short: "Detect threats on this machine at run time",
		Long: `gyr watches the system calls of every process on this machine and in its
containers, and raises an alert when a rule matches. It reads Falco's rule
files and configuration; without any, those inside the binary serve.

It needs root (or CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE) and Linux 5.8 or
later with BTF. Alerts go to standard output, everything else to standard error.

To look at rules, fields and event types (-V, -L, -l, --list, --list-events) it
needs neither. Of several such flags the first in Falco's order counts.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("unexpected argument %q: gyr takes flags only (rules files with -r FILE), or one of the commands rules and config; gyr --help lists them", args[0])
			}
			return nil
		},
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(*cobra.Command, []string) error {
			return run(f, stdout, stderr)
		},
	}
	c.SetOut(stdout)
	c.SetErr(stderr)
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return fmt.Errorf("%w; gyr --help lists the flags", err)
	})
	c.CompletionOptions.DisableDefaultCmd = true
	c.AddCommand(newRulesCommand(stdout, stderr,
		newLintCommand(stdout, stderr), newExplainCommand(stdout), newTestCommand(stdout, stderr)), newConfigCommand(stdout, stderr))
	f.register(c)
	return c
}

// register defines the flags, in the order --help lists them.
func (f *flags) register(c *cobra.Command) {
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVarP(&f.config, "config", "c", "", "configuration `file` (default /etc/falco/falco.yaml if it exists, else the one inside the binary)")
	fs.StringArrayVarP(&f.rules, "rules", "r", nil, "rules `file` or directory, instead of the configured ones; may be repeated")
	fs.StringArrayVarP(&f.options, "option", "o", nil, "set a configuration key, as `key=value` (json_output=true); may be repeated")
	fs.BoolVarP(&f.unbuffered, "unbuffered", "U", false, "write each alert at once")
	fs.BoolVar(&f.dryRun, "dry-run", false, "check configuration and rules, then stop")
	fs.StringArrayVarP(&f.validate, "validate", "V", nil, "check a rules `file` or directory and say what is wrong in it, then stop; may be repeated, the files are loaded together")
	fs.BoolVarP(&f.describeAll, "describe-all", "L", false, "describe all rules, then stop; with -o json_output=true in all detail, macros and lists too; with -V those of the files validated")
	fs.StringVarP(&f.describeRule, "describe", "l", "", "describe the `rule` of that name, as -L does for all")
	fs.StringVar(&f.list, "list", "", "list the fields conditions and outputs may use, with =`source` (syscall) those of one source")
	fs.Lookup("list").NoOptDefVal = allSources
	fs.BoolVar(&f.listEvents, "list-events", false, "list the event types and their parameters")
	fs.StringVar(&f.format, "format", formatText, "how --list and --list-events print: `text`, markdown or json")
	fs.BoolVar(&f.markdown, "markdown", false, "deprecated: use --format markdown")
	fs.BoolVarP(&f.names, "names", "N", false, "with --list, print only the names of the fields")
	fs.BoolVarP(&f.ignored, "ignored", "i", false, "list the event types that are ignored unless a rule asks for them")
	fs.BoolVar(&f.ruleSchema, "rule-schema", false, "print a JSON schema of rules files, for editors")
	fs.BoolVar(&f.configSchema, "config-schema", false, "print a JSON schema of the configuration, for editors")
	fs.BoolVar(&f.version, "version", false, "print the version; with -o json_output=true as JSON")
	fs.BoolVar(&f.support, "support", false, "print what helps to look into a problem, as JSON: version, system, configuration and rules")
	fs.BoolVar(&f.listPlugins, "list-plugins", false, "list the plugins of Falco whose work is built in")
	fs.StringVar(&f.pluginInfo, "plugin-info", "", "print what the `plugin` of that name is, and a JSON schema of its init_config")
	fs.StringVarP(&f.pidFile, "pidfile", "P", "", "write the process id to a `file`, and remove it at the end")
	fs.UintVarP(&f.seconds, "max-seconds", "M", 0, "stop after that many `seconds`")
	fs.BoolVar(&f.pageSize, "page-size", false, "print the size of a page of memory")
	fs.StringArrayVar(&f.disable, "disable-source", nil, "do not watch the event `source`; may be repeated")
	fs.StringArrayVar(&f.enable, "enable-source", nil, "watch only the event `source` (syscall); may be repeated, not with --disable-source")
	fs.StringArrayVarP(&f.print, "print", "p", nil, "deprecated: append an `output` to that of all rules; use append_output in the configuration")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "say at the end how long it took and how many events there were")
}

// run does the first thing asked for, in Falco's order.
func run(f flags, stdout, stderr io.Writer) error {
	switch {
	case f.configSchema:
		_, err := stdout.Write(config.Schema())
		return err
	case f.ruleSchema:
		_, err := io.WriteString(stdout, rules.Schema())
		return err
	case f.ignored:
		return listIgnored(stdout)
	case f.listEvents:
		o, err := f.listOptions(stderr)
		if err != nil {
			return err
		}
		return listEvents(stdout, o)
	case f.version:
		return writeVersion(f, stdout)
	case f.pageSize:
		fmt.Fprintf(stdout, "Your system page size is: %d bytes\n", os.Getpagesize())
		return nil
	case f.pluginInfo != "":
		return writePlugin(stdout, f.pluginInfo)
	case f.listPlugins:
		return listPlugins(stdout)
	case f.list != "":
		o, err := f.listOptions(stderr)
		if err != nil {
			return err
		}
		return listFields(stdout, o)
	}
	return inspect(f, stdout, stderr)
}

// inspect does what needs a configuration: look at rules, or detect.
func inspect(f flags, stdout, stderr io.Writer) error {
	if err := f.checkSources(); err != nil {
		return err
	}
	c, warnings, err := loadConfig(f)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: logLevel(c.LogLevel)}))
	for _, w := range warnings {
		log.Warn(w.String())
	}
	switch {
	case len(f.validate) > 0:
		return validateFiles(f, c, stdout, stderr)
	case f.describes():
		return describeRules(f, c, stdout, stderr)
	case f.support:
		return writeSupport(f, c, stdout)
	}
	for _, p := range f.print {
		log.Warn("-p is deprecated and will go: use append_output in the configuration", "output", p)
	}
	return detect(f, c, warnings, log, stdout, stderr)
}

// gcPercent trades a little CPU for memory: a sensor's live heap is small, and
// what it makes is mostly short-lived.
const gcPercent = 50

func detect(f flags, c *config.Config, warnings []config.Warning, log *slog.Logger, stdout, stderr io.Writer) error {
	debug.SetGCPercent(gcPercent)
	reload := newReloader(f, c, log)
	defer reload.stop()
	var web *server.Server // nil: off
	s, err := sensor.New(c, sensor.Options{
		Stdout: stdout, Stderr: stderr, Log: log,
		Ready: func(s *sensor.Sensor) {
			s.WriteGreeting(stderr)
			if web != nil {
				log.Info("webserver: listening", "url", web.URL())
			}
			reload.start(s)
		},
	})
	if err != nil {
		return err
	}
	for _, w := range s.Warnings() {
		fmt.Fprintln(stderr, w.String())
	}
	if f.dryRun {
		fmt.Fprintf(stderr, "gyr: configuration and %d rules are valid, %d rules wait for event families that are not captured yet\n", len(s.Rules()), len(s.Waiting()))
		return nil
	}
	logFiles(log, c, warnings)
	// A reader of the alerts that goes away is an error of writing, to be
	// counted, and not the end of the program.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	ctx, unlimited := f.limit(ctx)
	defer unlimited()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	context.AfterFunc(ctx, reload.end)
	if c.Webserver.Enabled {
		web, err = server.Start(server.Options{
			Webserver: c.Webserver, Metrics: c.Metrics.Enabled, Version: version, Sensor: s, Log: log,
		})
		if err != nil {
			return err
		}
		defer web.Stop()
	}
	forget, err := f.writePID()
	if err != nil {
		return err
	}
	defer forget()
	started := time.Now()
	sum, err := s.Run(ctx)
	if sum.Ran {
		writeWithin(stdout, sum.WriteSummary)
		if f.verbose {
			elapsed := time.Since(started).Seconds()
			fmt.Fprintf(stderr, "Elapsed time: %.3f, Captured Events: %d, %.2f eps\n", elapsed, sum.Events, float64(sum.Events)/elapsed)
		}
		sum.WriteDrops(stderr)
		fmt.Fprintln(stderr, sum.Line())
	}
	return err
}

// summaryLimit is how long the summary may take to be written: a reader that
// hangs must not keep the program from ending.
const summaryLimit = 500 * time.Millisecond

func writeWithin(w io.Writer, write func(io.Writer)) {
	var text bytes.Buffer
	write(&text)
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = w.Write(text.Bytes()) // nobody is left to tell
	}()
	select {
	case <-written:
	case <-time.After(summaryLimit):
	}
}

func loadConfig(f flags) (*config.Config, []config.Warning, error) {
	path, err := f.configPath()
	if err != nil {
		return nil, nil, err
	}
	c, warnings, err := config.Load(path, f.options)
	if err != nil {
		return nil, nil, err
	}
	if len(f.rules) > 0 {
		for _, file := range f.rules {
			if _, err := os.Stat(file); err != nil {
				return nil, nil, fmt.Errorf("look for the rules given with -r: %w; name a file or a directory that exists", err)
			}
		}
		c.RulesFiles = f.rules
	}
	if err := f.appendPrinted(c); err != nil {
		return nil, nil, err
	}
	if f.unbuffered {
		c.BufferedOutputs = false
	}
	return c, warnings, nil
}

// configPath is the configuration file to read, "" for the one inside the binary.
func (f *flags) configPath() (string, error) {
	if f.config != "" {
		return f.config, nil
	}
	path, err := config.Path()
	if err != nil {
		return "", fmt.Errorf("look for the configuration: %w", err)
	}
	return path, nil
}

// logLevel maps Falco's levels, which are syslog's, to slog's.
func logLevel(name string) slog.Level {
	switch name {
	case "debug":
		return slog.LevelDebug
	case "warning":
		return slog.LevelWarn
	case "error", "critical", "alert", "emergency":
		return slog.LevelError
	}
	return slog.LevelInfo
}
