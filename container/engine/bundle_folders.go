package engine

import (
	"encoding/json"
	"path"
	"strings"
)

// findFolders lists the places where runtimes keep files, by default and by
// their configuration. Which of them exist is seen when a container is asked
// for: a runtime may be installed later.
func (b *Bundles) findFolders() {
	states := []string{
		"/run/containerd",
		"/run/k3s/containerd",
		"/run/k0s/containerd",
		"/var/snap/microk8s/common/run/containerd",
	}
	if state := tomlTopLevel(b.config("/etc/containerd/config.toml"), "state"); state != "" {
		states = append(states, state)
	}
	b.docker = []string{"/var/lib/docker", "/var/snap/docker/common/var-lib-docker"}
	var daemon struct {
		DataRoot string `json:"data-root"`
		Graph    string `json:"graph"` // its name before Docker 17.05
		ExecRoot string `json:"exec-root"`
	}
	execRoot := "/run/docker"
	if json.Unmarshal([]byte(b.config("/etc/docker/daemon.json")), &daemon) == nil {
		for _, root := range []string{daemon.DataRoot, daemon.Graph} {
			if path.IsAbs(root) {
				b.docker = append(b.docker, path.Clean(root))
			}
		}
		if path.IsAbs(daemon.ExecRoot) {
			execRoot = path.Clean(daemon.ExecRoot)
		}
	}
	// Docker's own containerd may be used by others, too.
	states = append(states, execRoot+"/containerd/daemon")
	for _, state := range unique(states) {
		b.tasks = append(b.tasks, state+"/io.containerd.runtime.v2.task")
	}
	b.docker = unique(b.docker)
	b.storage = storageFolders(b.config("/etc/containers/storage.conf"))
}

// storageFolders lists where Podman and CRI-O keep containers: for good, and
// until the next boot.
func storageFolders(config string) []string {
	roots := []string{"/run/containers/storage", "/var/lib/containers/storage"}
	for _, key := range []string{"runroot", "graphroot"} {
		for line := range strings.Lines(config) {
			if root := tomlString(line, key); root != "" {
				roots = append(roots, root)
			}
		}
	}
	var folders []string
	for _, root := range unique(roots) {
		for _, driver := range []string{"overlay", "vfs", "btrfs", "zfs"} {
			folders = append(folders, root+"/"+driver+"-containers")
		}
	}
	return folders
}

// config reads a configuration file; one that cannot be read says nothing.
func (b *Bundles) config(name string) string {
	content, err := b.files.read(name)
	if err != nil {
		return ""
	}
	return string(content)
}

// tomlTopLevel finds a path among the members of a TOML file that stand before
// its first table. A whole parser would be a dependency for one line.
func tomlTopLevel(content, key string) string {
	for line := range strings.Lines(content) {
		if strings.HasPrefix(strings.TrimSpace(line), "[") {
			return ""
		}
		if value := tomlString(line, key); value != "" {
			return value
		}
	}
	return ""
}

// tomlString reads the line `key = "/path"`; empty where it is another line, or
// no absolute path.
func tomlString(line, key string) string {
	name, value, ok := strings.Cut(line, "=")
	if !ok || strings.TrimSpace(name) != key {
		return ""
	}
	value = strings.TrimSpace(value)
	if len(value) < 2 || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	value, _, ok = strings.Cut(value[1:], value[:1])
	if !ok || !path.IsAbs(value) || strings.ContainsAny(value, "\\\x00") {
		return ""
	}
	return path.Clean(value)
}

func unique(all []string) []string {
	var once []string
	seen := make(map[string]bool)
	for _, s := range all {
		if !seen[s] {
			seen[s] = true
			once = append(once, s)
		}
	}
	return once
}
