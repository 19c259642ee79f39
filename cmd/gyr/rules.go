package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// newRulesCommand is the parent of the commands for those who write rules.
func newRulesCommand(stdout, stderr io.Writer, subcommands ...*cobra.Command) *cobra.Command {
	c := newParentCommand("rules", stdout, stderr, subcommands...)
	c.Short = "Check, explain and test rules"
	c.Long = `The commands here help to write rules. They need no root and no kernel.
To see whether files load, use gyr -V FILE; to see what they define, gyr -L.`
	return c
}

// newParentCommand is a command that only has others, which it lists.
func newParentCommand(name string, stdout, stderr io.Writer, subcommands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: name,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("gyr %s has no command %q; gyr %s --help lists them", name, args[0], name)
			}
			return nil
		},
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	c.SetOut(stdout)
	c.SetErr(stderr)
	c.AddCommand(subcommands...)
	return c
}
