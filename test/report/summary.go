package main

import (
	"fmt"
	"io"
)

// summarize prints every skipped and every failed test, then the totals on a
// line of their own.
func summarize(out io.Writer, results []result) {
	count := map[string]int{}
	for _, r := range results {
		count[r.Outcome]++
	}
	if count["skip"] > 0 {
		fmt.Fprintln(out, "skipped:")
		for _, r := range results {
			if r.Outcome == "skip" {
				fmt.Fprintf(out, "  %s: %s\n", r.name(), r.Reason)
			}
		}
	}
	if count["fail"] > 0 {
		fmt.Fprintln(out, "failed:")
		for _, r := range results {
			if r.Outcome == "fail" {
				fmt.Fprintf(out, "  %s\n", r.name())
			}
		}
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", count["pass"], count["fail"], count["skip"])
}
