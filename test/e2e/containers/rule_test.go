package containers

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
)

// markRule is raised by every program that is started in a container with a mark
// in its arguments.
const markRule = "Marked Program In Container"

// hostRule is raised by every program that is started on the host with one.
const hostRule = "Marked Program On Host"

// markPrefix begins every mark.
const markPrefix = "gyr-mark-"

// rules are those of these tests. The output adds to the fields that every alert
// of a container has.
const rules = `
- rule: ` + markRule + `
  desc: A program was started in a container, with a mark in its arguments.
  condition: evt.type in (execve, execveat) and container.id != host and proc.args contains "` + markPrefix + `"
  output: >
    marked | rawtime=%evt.rawtime args=%proc.args type=%container.type full=%container.full_id image=%container.image imageid=%container.image.id
    privileged=%container.privileged mounts=%container.mounts etc=%container.mount.dest[/etc*] start=%container.start_ts
    healthcheck=%proc.is_container_healthcheck podid=%k8s.pod.uid sandbox=%k8s.pod.sandbox_id label=%container.label[team]
    podlabel=%k8s.pod.label[app]
  priority: NOTICE
- rule: ` + hostRule + `
  desc: A program was started on the host, with a mark in its arguments.
  condition: evt.type in (execve, execveat) and container.id = host and proc.args contains "` + markPrefix + `"
  output: marked | rawtime=%evt.rawtime args=%proc.args
  priority: NOTICE
`

// markOf is the mark in the arguments of an alert's process.
func markOf(a alert) string {
	_, rest, ok := strings.Cut(a.text("proc.args"), markPrefix)
	if a.Rule != markRule || !ok {
		return ""
	}
	mark, _, _ := strings.Cut(rest, ";")
	return mark
}

// marked is a command with a mark, after which it does what more says.
func marked(mark, more string) []string {
	return []string{"sh", "-c", ": " + markPrefix + mark + ";" + more}
}

// engines are the settings by which gyr asks these runtimes and no others.
// Each is a place's socket, "" for a runtime that is not to be asked.
type engines struct {
	docker, podman, cri, containerd string
	// noFiles turns off that gyr reads what runtimes leave on disk.
	noFiles bool
}

func (e engines) settings() string {
	one := func(name, socket string) string {
		if socket == "" {
			return fmt.Sprintf("      %s: {enabled: false}\n", name)
		}
		return fmt.Sprintf("      %s: {enabled: true, sockets: [%q]}\n", name, socket)
	}
	text := `plugins:
- name: container
  library_path: libcontainer.so
  init_config:
    engines:
` + one("docker", e.docker) + one("podman", e.podman) + one("cri", e.cri) + one("containerd", e.containerd)
	for _, name := range []string{"lxc", "libvirt_lxc", "bpm"} {
		text += one(name, "")
	}
	if e.noFiles {
		text += "gyr: {containers: {files: false}}\n"
	}
	return text
}

// require skips a test that was not asked for.
func require(t *testing.T) {
	t.Helper()
	if os.Getenv("GYR_E2E") != "containers" {
		t.Skip("starts real container runtimes: runs with GYR_E2E=containers, as make e2e-containers does")
	}
}

// freePort is a TCP port nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
