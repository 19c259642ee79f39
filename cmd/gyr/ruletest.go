package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/ruletest"
)

// testFlags are the flags of gyr rules test.
type testFlags struct {
	junit, run string
	verbose    bool
}

func newTestCommand(stdout, stderr io.Writer) *cobra.Command {
	var f testFlags
	c := &cobra.Command{
		Use:   "test FILE...",
		Short: "Run tests of rules",
		Long: `gyr rules test runs test files: YAML files that describe events by their fields
and say which alerts they must raise, and no others. It needs no root and no
kernel. It ends with exit code 1 where a test fails or a file does not load.

A test file names the rule files it is for, relative to itself;
"` + config.EmbeddedRules + `" is the file inside the binary.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("name the test files: gyr rules test FILE")
			}
			return nil
		},
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(_ *cobra.Command, args []string) error {
			return runTests(f, args, stdout)
		},
	}
	c.SetOut(stdout)
	c.SetErr(stderr)
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.junit, "junit", "", "write the results as JUnit XML to `file`")
	fs.StringVar(&f.run, "run", "", "run only the tests whose name matches `regexp`")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "name the tests that pass, too, and print their alerts")
	return c
}

func runTests(f testFlags, files []string, stdout io.Writer) error {
	var match *regexp.Regexp
	if f.run != "" {
		var err error
		if match, err = regexp.Compile(f.run); err != nil {
			return fmt.Errorf("--run %q: %w", f.run, err)
		}
	}
	var report ruletest.Report
	for _, name := range files {
		results, err := runTestFile(name, match)
		report.Files = append(report.Files, ruletest.FileReport{Name: name, Results: results, Err: err})
	}
	if err := report.Write(stdout, f.verbose); err != nil {
		return fmt.Errorf("print the results: %w", err)
	}
	if f.junit != "" {
		if err := writeJUnit(&report, f.junit); err != nil {
			return err
		}
	}
	passed, failed := report.Count()
	switch {
	case failed > 0:
		return fmt.Errorf("%d of %d tests failed", failed, passed+failed)
	case passed == 0 && match != nil:
		return fmt.Errorf("no test's name matches --run %q", f.run)
	}
	return nil
}

func runTestFile(name string, match *regexp.Regexp) ([]ruletest.Result, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the test file: %w", err)
	}
	suite, err := ruletest.Load(name, data, readTestedRules)
	if err != nil {
		return nil, err
	}
	return suite.Run(match)
}

// readTestedRules reads a rule file that a test file names.
func readTestedRules(path string) ([]byte, error) {
	switch path {
	case config.EmbeddedRules:
		return config.DefaultRules(), nil
	case config.EmbeddedLocalRules:
		return config.LocalRules(), nil
	}
	return os.ReadFile(path)
}

func writeJUnit(r *ruletest.Report, name string) error {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("write the results for --junit: %w", err)
	}
	return errors.Join(r.WriteJUnit(file), file.Close())
}
