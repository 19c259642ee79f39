package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/rules"
)

// writeJSON prints a value as JSON, indented, with < and > left alone.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// validateFiles judges the rule files given with -V: the verdicts go to stdout,
// the text of warnings to stderr. The error counts the files that are invalid.
func validateFiles(f flags, c *config.Config, stdout, stderr io.Writer) error {
	files, unreadable := readRules(c, f.validate)
	verdicts, set := rules.Validate(files, rules.Options{Static: c.StaticNames()})
	verdicts = append(verdicts, unreadable...)
	var invalid []string
	for _, v := range verdicts {
		if !v.OK() {
			invalid = append(invalid, v.Name)
		}
	}
	failed := error(nil)
	if len(invalid) > 0 {
		failed = fmt.Errorf("%d of %d rules files are invalid: %s", len(invalid), len(verdicts), strings.Join(invalid, ", "))
	}
	var overview *rules.Overview
	if failed == nil && f.describes() {
		var err error
		if overview, err = f.overview(set); err != nil {
			return err
		}
	}
	if c.JSONOutput {
		document := map[string]any{"falco_load_results": verdicts}
		if overview != nil {
			document["falco_describe_results"] = overview
		}
		return errors.Join(writeJSON(stdout, document), failed)
	}
	for _, v := range verdicts {
		fmt.Fprint(stdout, v.Result())
		fmt.Fprint(stderr, v.WarningText())
	}
	if overview != nil {
		fmt.Fprintln(stdout)
		writeOverview(stdout, overview)
	}
	return failed
}

// readRules reads files of rules, of a directory all of them. What cannot be
// read has its verdict already.
func readRules(c *config.Config, paths []string) (files []rules.Source, unreadable []rules.Verdict) {
	for _, path := range paths {
		// Of the configuration, names that do not exist would be skipped, and
		// the default ones found inside the binary.
		if _, err := os.Stat(path); err != nil {
			unreadable = append(unreadable, rules.Unreadable(path, reason(err)))
			continue
		}
		one := *c
		one.RulesFiles = []string{path}
		sources, _, err := one.RulesSources()
		if err != nil {
			unreadable = append(unreadable, rules.Unreadable(path, reason(err)))
			continue
		}
		for _, s := range sources {
			files = append(files, rules.Source{Name: s.Name, Data: s.Data})
		}
	}
	return files, unreadable
}

// reason is what the system said about a file, without its name.
func reason(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
