package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// groupName is the control group below which the kubelet makes those of pods: one
// for each cluster, so that all of a cluster's can be found, and no other
// kubelet's are touched.
func groupName(dir string) string { return filepath.Base(dir) }

// makeGroups makes a control group in every hierarchy.
func makeGroups(name string) error {
	roots, err := hierarchies()
	if err != nil {
		return err
	}
	for _, root := range roots {
		if err := os.Mkdir(filepath.Join(root, name), 0o755); err != nil {
			return err
		}
		// An unset set of processors is empty, and no process can join the group.
		for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
			value, err := os.ReadFile(filepath.Join(root, file))
			if err != nil {
				continue
			}
			if err := os.WriteFile(filepath.Join(root, name, file), value, 0o644); err != nil {
				return err
			}
		}
		// v2: what the kubelet limits, it limits in the group's children.
		controllers, err := os.ReadFile(filepath.Join(root, name, "cgroup.controllers"))
		if err != nil {
			continue
		}
		for c := range strings.FieldsSeq(string(controllers)) {
			if err := os.WriteFile(filepath.Join(root, name, "cgroup.subtree_control"), []byte("+"+c), 0o644); err != nil {
				return fmt.Errorf("letting pods be limited by %s: %w", c, err)
			}
		}
	}
	return nil
}

// hierarchies are the mount points of control groups.
func hierarchies() ([]string, error) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); f[2] == "cgroup" || f[2] == "cgroup2" {
			found = append(found, f[1])
		}
	}
	return found, nil
}

// removeGroups removes a control group and those below it in every hierarchy; they
// can be removed a moment after the last process in them has ended.
func removeGroups(name string, limit time.Duration) error {
	roots, err := hierarchies()
	if err != nil {
		return err
	}
	return retry(limit, func() error {
		var failed error
		for _, root := range roots {
			var dirs []string
			filepath.WalkDir(filepath.Join(root, name), func(path string, d fs.DirEntry, err error) error {
				if err == nil && d.IsDir() {
					dirs = append(dirs, path)
				}
				return nil // it may be going just now
			})
			for _, dir := range slices.Backward(dirs) {
				if err := syscall.Rmdir(dir); err != nil && !errors.Is(err, syscall.ENOENT) {
					failed = fmt.Errorf("removing the control group %s: %w", dir, err)
				}
			}
		}
		return failed
	})
}
