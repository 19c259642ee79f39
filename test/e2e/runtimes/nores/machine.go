package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// capSysResource is the capability's number, and its bit in a set.
const capSysResource = 24

// machine is what root may do here.
type machine struct {
	bounding    uint64 // capabilities, by number
	oomScoreAdj int64
	hard        map[string]uint64 // limits, by OCI's names
}

// resources are the kernel's numbers of the limits whose hard value a runtime
// may want to raise.
var resources = map[string]int{
	"RLIMIT_CORE": syscall.RLIMIT_CORE, "RLIMIT_CPU": syscall.RLIMIT_CPU, "RLIMIT_NOFILE": syscall.RLIMIT_NOFILE,
	"RLIMIT_NPROC": 6, "RLIMIT_MEMLOCK": 8, "RLIMIT_STACK": syscall.RLIMIT_STACK,
}

func readMachine() (machine, error) {
	m := machine{hard: map[string]uint64{}}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return m, err
	}
	for line := range strings.Lines(string(status)) {
		if v, ok := strings.CutPrefix(line, "CapBnd:"); ok {
			if m.bounding, err = strconv.ParseUint(strings.TrimSpace(v), 16, 64); err != nil {
				return m, fmt.Errorf("/proc/self/status: %w", err)
			}
		}
	}
	score, err := os.ReadFile("/proc/self/oom_score_adj")
	if err != nil {
		return m, err
	}
	if m.oomScoreAdj, err = strconv.ParseInt(strings.TrimSpace(string(score)), 10, 64); err != nil {
		return m, fmt.Errorf("/proc/self/oom_score_adj: %w", err)
	}
	for name, resource := range resources {
		var l syscall.Rlimit
		if err := syscall.Getrlimit(resource, &l); err != nil {
			return m, fmt.Errorf("getrlimit %s: %w", name, err)
		}
		m.hard[name] = l.Max
	}
	return m, nil
}

// limit takes out of a process's description what the machine cannot grant. What
// it cannot read is left for the runtime to judge.
func (m machine) limit(process map[string]any) {
	if m.bounding&(1<<capSysResource) != 0 {
		return
	}
	sets, _ := process["capabilities"].(map[string]any)
	for name, set := range sets {
		if list, ok := set.([]any); ok {
			sets[name] = slices.DeleteFunc(list, func(c any) bool { return c == "CAP_SYS_RESOURCE" })
		}
	}
	if score, ok := process["oomScoreAdj"].(json.Number); ok {
		if n, err := score.Int64(); err == nil && n < m.oomScoreAdj {
			process["oomScoreAdj"] = m.oomScoreAdj
		}
	}
	limits, _ := process["rlimits"].([]any)
	for _, l := range limits {
		if l, ok := l.(map[string]any); ok {
			m.limitResource(l)
		}
	}
}

func (m machine) limitResource(l map[string]any) {
	name, _ := l["type"].(string)
	most, ok := m.hard[name]
	if !ok {
		return
	}
	for _, key := range []string{"hard", "soft"} {
		n, ok := l[key].(json.Number)
		if !ok {
			continue
		}
		if v, err := strconv.ParseUint(n.String(), 10, 64); err == nil && v > most {
			l[key] = most
		}
	}
}
