package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// newRulesCommand is the parent of the commands for those who write rules.
func newRulesCommand(stdout, stderr io.Writer, subcommands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use:   "rules",
		Short: "Check, explain and test rules",
		Long: `The commands here help to write rules. They need no root and no kernel.
To see whether files load, use gyr -V FILE; to see what they define, gyr -L.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("gyr rules has no command %q; gyr rules --help lists them", args[0])
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
