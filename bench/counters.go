package main

import (
	"regexp"
	"strconv"
	"strings"
)

// counters are the key=value pairs of a line a sensor prints when it ends.
type counters map[string]int64

var pair = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_.-]*)=(\d+)(?:[,;:)\]}]|\.?(?:\s|$))`)

// lastCounters finds the last line that has the number of events, and reads
// all its pairs; nil where no line has it. Values that are no whole numbers are
// passed over. Of a key that is there twice the first counts: totals come
// before their parts.
func lastCounters(lines []string) counters {
	for i := len(lines) - 1; i >= 0; i-- {
		if !strings.Contains(lines[i], "events=") {
			continue
		}
		c := counters{}
		for _, m := range pair.FindAllStringSubmatch(lines[i], -1) {
			n, err := strconv.ParseInt(m[2], 10, 64)
			if _, seen := c[m[1]]; err == nil && !seen {
				c[m[1]] = n
			}
		}
		if _, ok := c["events"]; ok {
			return c
		}
	}
	return nil
}

// get is a counter, or -1 where the sensor has none of that name.
func (c counters) get(key string) int64 {
	if n, ok := c[key]; ok {
		return n
	}
	return -1
}
