package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gyrsec/gyr/config"
)

// newConfigCommand is the parent of the commands about the configuration.
func newConfigCommand(stdout, stderr io.Writer) *cobra.Command {
	c := newParentCommand("config", stdout, stderr, newConfigCheckCommand(stdout, stderr), newConfigShowCommand(stdout, stderr))
	c.Short = "Check the configuration, and show what is in force"
	c.Long = `The commands here read the configuration as gyr does: the main file, those it
names under config_files, and the settings given with -o. They need no root.`
	return c
}

// configFlags say which configuration is meant.
func configFlags(c *cobra.Command, f *flags) {
	c.SilenceUsage, c.SilenceErrors = true, true
	c.Args = cobra.NoArgs
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVarP(&f.config, "config", "c", "", "configuration `file` (default /etc/falco/falco.yaml if it exists, else the one inside the binary)")
	fs.StringArrayVarP(&f.options, "option", "o", nil, "set a configuration key, as `key=value`; may be repeated")
}

func newConfigCheckCommand(stdout, stderr io.Writer) *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "check",
		Short: "Say what is wrong in the configuration",
		Long: `Reads the configuration and says of each of its files whether it is valid. What
has no effect goes to standard error, with the place; what is wrong is an error.
Rules are not read: gyr --dry-run does that, too.`,
		RunE: func(*cobra.Command, []string) error { return checkConfig(f, stdout, stderr) },
	}
	configFlags(c, &f)
	return c
}

func checkConfig(f flags, stdout, stderr io.Writer) error {
	c, warnings, err := loadConfig(f)
	for _, w := range warnings {
		fmt.Fprintln(stderr, w.String())
	}
	if err != nil {
		return err
	}
	if len(c.Files) == 0 || c.Files[0].Name != f.config && c.Files[0].Name != config.DefaultPath {
		c.Files = append([]config.File{{Name: config.EmbeddedConfig}}, c.Files...)
	}
	for _, file := range c.Files {
		verdict := "Ok"
		if warned(file, warnings) {
			verdict = "Ok, with warnings"
		}
		if _, err := fmt.Fprintf(stdout, "%s: %s\n", file.Name, verdict); err != nil {
			return err
		}
	}
	return nil
}

func warned(file config.File, warnings []config.Warning) bool {
	return slices.ContainsFunc(warnings, func(w config.Warning) bool { return w.File == file.Name && w.Kind != config.NotInForce })
}

// logFiles says which files the configuration is made of, as Falco does.
func logFiles(log *slog.Logger, c *config.Config, warnings []config.Warning) {
	for _, file := range c.Files {
		verdict := "ok"
		if warned(file, warnings) {
			verdict = "failed"
		}
		log.Info("configuration: " + file.Name + " | schema validation: " + verdict)
	}
}

func newConfigShowCommand(stdout, stderr io.Writer) *cobra.Command {
	var f flags
	effective := false
	c := &cobra.Command{
		Use:   "show",
		Short: "Print the configuration",
		Long: `Prints the configuration as one file: the further ones and -o put in, what is in
the environment left there. With --effective, every value in force, defaults
included, in the form that -o takes, and where it was given.`,
		RunE: func(*cobra.Command, []string) error {
			if effective {
				return showEffective(f, stdout, stderr)
			}
			path, err := f.configPath()
			if err != nil {
				return err
			}
			text, err := config.Merged(path, f.options)
			if err != nil {
				return err
			}
			_, err = io.WriteString(stdout, text)
			return err
		},
	}
	configFlags(c, &f)
	c.Flags().BoolVar(&effective, "effective", false, "every value in force, and where it is from")
	return c
}

func showEffective(f flags, stdout, stderr io.Writer) error {
	path, err := f.configPath()
	if err != nil {
		return err
	}
	values, warnings, err := config.Explain(path, f.options)
	for _, w := range warnings {
		fmt.Fprintln(stderr, w.String())
	}
	if err != nil {
		return err
	}
	out := bufio.NewWriter(stdout)
	for _, v := range values {
		from := "default"
		if !v.Default {
			from = v.Origin.String()
		}
		fmt.Fprintf(out, "%s=%s  # %s\n", v.Key, shownValue(v.Value), from)
	}
	return out.Flush()
}

// shownValue is a value as -o takes it, on one line.
func shownValue(v any) string {
	if s, ok := v.(string); ok && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return s
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // of types JSON has
	return strings.TrimSuffix(b.String(), "\n")
}
