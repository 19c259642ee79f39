package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/lint"
	"github.com/gyrsec/gyr/rules"
)

// newLintCommand makes "gyr rules lint".
func newLintCommand(stdout, stderr io.Writer) *cobra.Command {
	var files []string
	format := "text"
	c := &cobra.Command{
		Use:   "lint [flags] [FILE...]",
		Short: "Find what loads but is wrong in rule files",
		Long: `lint reads rule files as the sensor does and finds what loads but is wrong:
rules that can never match or that an earlier one hides, exceptions that a
renamed program evades, outputs that leave out what the condition turns on.
Files that belong together are named together, in their order; without any, the
configured ones are looked at.

Each finding has a code, which "gyr rules explain CODE" explains. The exit code
is 1 where there is an error or a warning.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(_ *cobra.Command, args []string) error {
			return runLint(stdout, stderr, format, append(slices.Clip(files), args...))
		},
	}
	c.Flags().SortFlags = false
	c.Flags().StringArrayVarP(&files, "rules", "r", nil, "rules `file` or directory; may be repeated")
	c.Flags().StringVar(&format, "format", format, "how to print the findings: text, json or sarif")
	return c
}

func runLint(stdout, stderr io.Writer, format string, files []string) error {
	write := map[string]func([]lint.Finding) error{
		"text":  func(f []lint.Finding) error { return lint.WriteText(stdout, f) },
		"json":  func(f []lint.Finding) error { return lint.WriteJSON(stdout, f) },
		"sarif": func(f []lint.Finding) error { return lint.WriteSARIF(stdout, f, version) },
	}[format]
	if write == nil {
		return fmt.Errorf("unknown format %q: use text, json or sarif", format)
	}
	sources, options, err := lintSources(stderr, files)
	if err != nil {
		return err
	}
	findings, err := lint.Check(sources, options)
	if err != nil {
		return err
	}
	if err := write(findings); err != nil {
		return fmt.Errorf("write the findings: %w", err)
	}
	if n := lint.Count(findings, lint.Warning); n > 0 {
		return fmt.Errorf("findings to mend: %d; gyr rules explain CODE explains each", n)
	}
	return nil
}

// lintSources reads the files named, or the configured ones, and says what of
// the configuration matters to them.
func lintSources(stderr io.Writer, files []string) ([]rules.Source, lint.Options, error) {
	c := config.Default()
	for _, file := range files {
		if _, err := os.Stat(file); err != nil {
			return nil, lint.Options{}, fmt.Errorf("look for the rules to check: %w; name a file or a directory that exists", err)
		}
	}
	if c.RulesFiles = files; len(files) == 0 {
		path := ""
		if _, err := os.Stat(config.DefaultPath); err == nil {
			path = config.DefaultPath
		}
		configured, warnings, err := config.Load(path, nil)
		if err != nil {
			return nil, lint.Options{}, err
		}
		for _, w := range warnings {
			fmt.Fprintln(stderr, w.String())
		}
		c = configured
	}
	found, _, err := c.RulesSources()
	if err != nil {
		return nil, lint.Options{}, err
	}
	if len(found) == 0 {
		return nil, lint.Options{}, errors.New("there are no rules to check: name a file")
	}
	var sources []rules.Source
	for _, f := range found {
		sources = append(sources, rules.Source{Name: f.Name, Data: f.Data})
	}
	return sources, lint.Options{NoContainerFields: !c.SuggestedOutput()}, nil
}

// newExplainCommand makes "gyr rules explain".
func newExplainCommand(stdout io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:           "explain [CODE...]",
		Short:         "Explain the codes of gyr rules lint",
		Long:          "explain prints what a finding's code means, with an example of wrong and of right. Without a code it lists all.",
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, c := range lint.Codes() {
					fmt.Fprintf(stdout, "%s %-8s %s\n", c.ID, c.Severity, c.Title)
				}
			}
			for i, id := range args {
				c, ok := lint.Lookup(strings.ToUpper(id))
				if !ok {
					return fmt.Errorf("unknown code %q: gyr rules explain lists all", id)
				}
				if i > 0 {
					fmt.Fprintln(stdout)
				}
				if err := lint.Explain(stdout, c); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
