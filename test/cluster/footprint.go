package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// watchedDirs are directories of the machine in which a cluster of this machine
// would leave something, and hardly anything else does: their entries are to be the
// same before and after. (Of what is private nothing can get out.)
var watchedDirs = []string{
	"/etc", "/etc/cni", "/etc/cni/net.d", "/etc/kubernetes", "/opt", "/root/.kube", "/root/.kube/cache",
	"/run/containerd", "/run/netns", "/usr/libexec", "/usr/libexec/kubernetes",
	"/var/lib/cni", "/var/lib/containerd", "/var/lib/kubelet", "/var/log/pods", "/var/log/containers",
}

// footprint is what of the machine a cluster might change, line by line.
type footprint []string

// takeFootprint looks at the machine outside of any namespace of a test.
func takeFootprint() (footprint, error) {
	var f footprint
	for file := range settings {
		value, err := os.ReadFile(file)
		if err == nil {
			f = append(f, "setting "+file+" "+strings.TrimSpace(string(value)))
		}
	}
	for _, dir := range watchedDirs {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			f = append(f, "file "+filepath.Join(dir, e.Name()))
		}
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(mounts)) {
		if target := strings.Fields(line)[1]; belowPrivate(target) {
			f = append(f, "mount "+target)
		}
	}
	links, err := os.ReadDir("/sys/class/net")
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		f = append(f, "network device "+l.Name())
	}
	rules, err := exec.Command("iptables-save").Output()
	if err != nil {
		return nil, fmt.Errorf("iptables-save: %w", err)
	}
	for line := range strings.Lines(string(rules)) {
		if strings.HasPrefix(line, "-") {
			f = append(f, "iptables "+strings.TrimSpace(line))
		}
	}
	slices.Sort(f)
	return f, nil
}

func belowPrivate(path string) bool {
	return slices.ContainsFunc(privateDirs, func(d string) bool { return path == d || strings.HasPrefix(path, d+"/") })
}

// difference lists what is in one of the two only, a line each; "" if nothing.
func (f footprint) difference(after footprint) string {
	var b strings.Builder
	for _, line := range f {
		if !slices.Contains(after, line) {
			fmt.Fprintf(&b, "- %s\n", line)
		}
	}
	for _, line := range after {
		if !slices.Contains(f, line) {
			fmt.Fprintf(&b, "+ %s\n", line)
		}
	}
	return b.String()
}
