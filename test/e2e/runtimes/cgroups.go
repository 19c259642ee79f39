package runtimes

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// cgroups are the control groups that runtimes make, and do not always remove:
// the parents of their containers'. It is safe for concurrent use.
type cgroups struct {
	mu    sync.Mutex
	owned []string // directories of all hierarchies that were not there before
}

// own notes groups that are about to be made, children before parents.
func (c *cgroups) own(paths ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, path := range paths {
		for _, h := range Hierarchies() {
			dir := filepath.Join(h, path)
			if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && !slices.Contains(c.owned, dir) {
				c.owned = append(c.owned, dir)
			}
		}
	}
}

// remove removes the groups, and fails the test where a container's is still
// there a while after its end. A group with processes in it is another runtime's
// of this machine, which uses the same parents: where a process of the test's
// runtimes is left, that is seen from the process.
func (c *cgroups) remove(t testing.TB) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// Longer names first: children before parents.
	slices.SortFunc(c.owned, func(a, b string) int { return len(b) - len(a) })
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		var left []string
		for _, dir := range c.owned {
			if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
				left = append(left, deserted(dir)...)
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("runtimes left %d control groups without processes: %q", len(left), left[:min(10, len(left))])
			return
		}
	}
}

// deserted are the groups below one in which, and below which, no process is.
func deserted(dir string) []string {
	var empty []string
	children, _ := filepath.Glob(filepath.Join(dir, "*/cgroup.procs"))
	for _, procs := range children {
		pids, err := os.ReadFile(procs)
		child := filepath.Dir(procs)
		below, _ := filepath.Glob(filepath.Join(child, "*/cgroup.procs"))
		if err == nil && len(pids) == 0 && len(below) == 0 {
			empty = append(empty, child)
		}
		empty = append(empty, deserted(child)...)
	}
	return empty
}

// Hierarchies are where the control group hierarchies are mounted.
func Hierarchies() []string {
	var found []string
	mounts, _ := os.ReadFile("/proc/self/mounts")
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); len(f) > 2 && (f[2] == "cgroup" || f[2] == "cgroup2") {
			found = append(found, f[1])
		}
	}
	return found
}
