package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// namespaces are those a confined process is in. They are held open: once one is
// gone, the next that anybody makes may bear its number.
type namespaces struct{ mount, network *os.File }

func namespacesOf(pid int) (n namespaces, err error) {
	if n.mount, err = os.Open(fmt.Sprintf("/proc/%d/ns/mnt", pid)); err != nil {
		return n, err
	}
	if n.network, err = os.Open(fmt.Sprintf("/proc/%d/ns/net", pid)); err != nil {
		n.mount.Close()
	}
	return n, err
}

func (n namespaces) close() {
	n.mount.Close()
	n.network.Close()
}

// has reports whether a process is in one of them.
func (n namespaces) has(pid int) bool {
	return same(n.mount, fmt.Sprintf("/proc/%d/ns/mnt", pid)) || same(n.network, fmt.Sprintf("/proc/%d/ns/net", pid))
}

func same(file *os.File, name string) bool {
	a, err := file.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(name)
	return err == nil && os.SameFile(a, b)
}

// inhabitants are the processes in one of the namespaces, and those of pods, which
// are in others but below the cluster's control group.
func (n namespaces) inhabitants(group string) []int {
	var found []int
	links, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range links {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		if n.has(pid) || inGroup(pid, group) {
			found = append(found, pid)
		}
	}
	return found
}

func inGroup(pid int, group string) bool {
	groups, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return strings.Contains(string(groups), ":/"+group+"/")
}

// endProcesses kills all inhabitants, and those that they start meanwhile.
func endProcesses(n namespaces, group string, limit time.Duration) error {
	return retry(limit, func() error {
		pids := n.inhabitants(group)
		for _, pid := range pids {
			syscall.Kill(pid, syscall.SIGKILL)
		}
		if len(pids) > 0 {
			return fmt.Errorf("processes %v do not end when killed", pids)
		}
		return nil
	})
}

// retry calls f until it returns no error; past the limit it returns the last.
func retry(limit time.Duration, f func() error) error {
	for deadline := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		err := f()
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}
