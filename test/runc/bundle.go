package runc

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// applets are the names under which busybox is found in the container.
var applets = []string{
	"sh", "ash", "ls", "cat", "cp", "mv", "rm", "ln", "id", "ps", "echo", "true", "sleep", "touch", "mkdir",
	"chmod", "tty", "nc", "wget", "vi", "find", "grep", "sed", "head", "tail", "readlink", "stat", "hostname",
}

// dockerCapabilities are those Docker grants a container by default.
var dockerCapabilities = []string{
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
	"CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
}

// The parts of an OCI runtime configuration that a bundle sets.
type (
	spec struct {
		Version  string  `json:"ociVersion"`
		Process  process `json:"process"`
		Root     root    `json:"root"`
		Hostname string  `json:"hostname"`
		Mounts   []mount `json:"mounts"`
		Linux    linux   `json:"linux"`
	}
	process struct {
		Terminal     bool                `json:"terminal"`
		User         user                `json:"user"`
		Args         []string            `json:"args"`
		Env          []string            `json:"env"`
		Cwd          string              `json:"cwd"`
		Capabilities map[string][]string `json:"capabilities"`
	}
	user struct {
		UID uint32 `json:"uid"`
		GID uint32 `json:"gid"`
	}
	root struct {
		Path string `json:"path"`
	}
	mount struct {
		Destination string   `json:"destination"`
		Type        string   `json:"type"`
		Source      string   `json:"source"`
		Options     []string `json:"options,omitempty"`
	}
	linux struct {
		CgroupsPath   string      `json:"cgroupsPath"`
		Namespaces    []namespace `json:"namespaces"`
		MaskedPaths   []string    `json:"maskedPaths"`
		ReadonlyPaths []string    `json:"readonlyPaths"`
	}
	namespace struct {
		Type string `json:"type"`
	}
)

// newSpec is the configuration of a container made to o.
func newSpec(o Options) spec {
	capabilities := map[string][]string{}
	for _, set := range []string{"bounding", "effective", "permitted"} {
		capabilities[set] = slices.Concat(o.Capabilities, dockerCapabilities)
	}
	s := spec{
		Version: "1.0.2",
		Process: process{
			Terminal: !o.NoTerminal, Args: o.Args, Cwd: "/",
			Env:          append([]string{"PATH=/usr/bin:/bin:/sbin", "HOME=/root", "TERM=dumb", "PS1=# "}, o.Env...),
			User:         user{UID: o.UID, GID: o.UID},
			Capabilities: capabilities,
		},
		Root: root{Path: "rootfs"}, Hostname: o.ID[:12],
		Mounts: []mount{
			{"/proc", "proc", "proc", nil},
			{"/dev", "tmpfs", "tmpfs", []string{"nosuid", "strictatime", "mode=755", "size=1024k"}},
			{"/dev/pts", "devpts", "devpts", []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}},
			{"/dev/shm", "tmpfs", "shm", []string{"nosuid", "nodev", "mode=1777", "size=1024k"}},
		},
		Linux: linux{
			CgroupsPath:   o.CgroupsPath,
			Namespaces:    []namespace{{"pid"}, {"ipc"}, {"uts"}, {"mount"}},
			MaskedPaths:   []string{"/proc/kcore", "/proc/keys", "/proc/timer_list"},
			ReadonlyPaths: []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
		},
	}
	if !o.HostNetwork {
		s.Linux.Namespaces = append(s.Linux.Namespaces, namespace{"network"})
	}
	for _, b := range o.Binds {
		s.Mounts = append(s.Mounts, mount{b.Target, "bind", b.Source, []string{"rbind", "rw"}})
	}
	return s
}

// writeBundle lays a bundle out in dir: config.json, and a rootfs that holds
// busybox and what a small system has in /etc.
func writeBundle(dir, busybox string, o Options) error {
	rootfs := filepath.Join(dir, "rootfs")
	for _, d := range []string{"bin", "etc", "root", "tmp", "usr/bin", "var/log"} {
		if err := os.MkdirAll(filepath.Join(rootfs, d), 0o755); err != nil {
			return err
		}
	}
	program, err := os.ReadFile(busybox)
	if err != nil {
		return err
	}
	files := map[string]string{
		"etc/passwd":   "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
		"etc/group":    "root:x:0:\nnogroup:x:65534:\n",
		"etc/shadow":   "root:*:19000:0:99999:7:::\n",
		"etc/hostname": o.ID[:12] + "\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(rootfs, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(rootfs, "bin/busybox"), program, 0o755); err != nil {
		return err
	}
	for _, name := range applets {
		if err := os.Symlink("busybox", filepath.Join(rootfs, "bin", name)); err != nil {
			return err
		}
	}
	config, err := json.MarshalIndent(newSpec(o), "", "\t")
	if err != nil {
		return fmt.Errorf("encoding config.json: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, "config.json"), config, 0o644)
}
