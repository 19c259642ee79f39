package field

import (
	"testing"
	"unicode/utf8"

	"github.com/gyrsec/gyr/event"
)

func validUTF8(s string) bool { return utf8.ValidString(s) }

// The health check of the container is /bin/sh -c "curl -f localhost".
func TestProcessesOfProbes(t *testing.T) {
	const check = "proc.is_container_healthcheck"
	c := &event.Container{ID: "0123456789ab", FullID: "0123456789abcdef"}
	c.Describe(containerDetails())
	another := &event.Container{ID: "ba9876543210", FullID: "ba9876543210fedc"}
	another.Describe(containerDetails())
	command := []string{"-c", "curl -f localhost"}

	start := second
	process := func(parent *event.Process, in *event.Container, exe string, args ...string) *event.Process {
		start += second
		p := &event.Process{PID: int32(100 + start/second), Start: start, Exe: exe, Args: args, Container: in}
		var above *event.Task
		if parent != nil {
			above = parent.Task
		}
		event.NewTask(p, start, above)
		return p
	}
	becomes := func(p *event.Process, exe string, args ...string) *event.Process {
		start += second
		q := p.Clone()
		q.Exe, q.Args = exe, args
		p.Task.Become(q, start, nil)
		return q
	}
	shim := process(nil, nil, "/usr/bin/containerd-shim-runc-v2")
	first := process(shim, c, "/app")
	root := becomes(process(shim, c, "runc", "init"), "/bin/sh", command...)
	inNamespace := func(p *event.Process, vpid, pvpid int32) *event.Process {
		p.VPID, p.PVPID = vpid, pvpid
		return p
	}

	tests := []struct {
		name string
		p    *event.Process
		want map[string]string
	}{
		{"the container's own program", first, map[string]string{check: "false", "proc.is_container_liveness_probe": "false"}},
		{"the check", root, map[string]string{check: "true", "proc.is_container_readiness_probe": "false"}},
		{"what the check starts", process(process(root, c, "/usr/bin/curl", "-f", "localhost"), c, "/helper"), map[string]string{check: "true"}},
		{"the same command from inside", process(first, c, "/bin/sh", command...), map[string]string{check: "false"}},
		{"other arguments", process(shim, c, "/bin/sh", "-c", "curl -f localhost; id"), map[string]string{check: "false"}},
		{"fewer arguments", process(shim, c, "/bin/sh"), map[string]string{check: "false"}},
		{"another program", process(shim, c, "/bin/bash", command...), map[string]string{check: "false"}},
		{"the shell became the command", becomes(process(shim, c, "/bin/sh", command...), "/usr/bin/curl", "-f", "localhost"), map[string]string{check: "true"}},
		{"in a PID namespace of its own", inNamespace(process(shim, c, "/bin/sh", command...), 7, 0), map[string]string{check: "true"}},
		{"left to the container that holds the pod's PID namespace", inNamespace(process(process(shim, another, "/pause"), c, "/bin/sh", command...), 7, 1), map[string]string{check: "false"}},
		{"on the host", process(shim, nil, "/bin/sh", command...), map[string]string{check: "false"}},
		{"from another container", process(process(shim, another, "/usr/bin/dockerd"), c, "/bin/sh", command...), map[string]string{check: "true"}},
		{"a container in the check", process(root, another, "/app"), map[string]string{check: "false"}},
		{"liveness", process(shim, c, "/alive"), map[string]string{"proc.is_container_liveness_probe": "true", check: "false"}},
		{"readiness", process(shim, c, "/ready", "-v"), map[string]string{"proc.is_container_readiness_probe": "true", "proc.is_container_liveness_probe": "false"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkValues(t, func() *event.Event { return &event.Event{Clock: start, Process: tt.p} }, tt.want)
		})
	}
}

// Once the check is gone, what it left behind belongs to the container's first
// process.
func TestOrphanOfAProbe(t *testing.T) {
	c := &event.Container{ID: "0123456789ab", FullID: "0123456789abcdef"}
	c.Describe(containerDetails())
	shim := &event.Process{PID: 1}
	event.NewTask(shim, 0, nil)
	first := &event.Process{PID: 2, Exe: "/app", Container: c}
	event.NewTask(first, 0, shim.Task)
	root := &event.Process{PID: 3, Exe: "/alive", Container: c}
	event.NewTask(root, 10, shim.Task)
	left := &event.Process{PID: 4, Exe: "/miner", Container: c}
	event.NewTask(left, 20, root.Task)
	at := func(clock int64) func() *event.Event {
		return func() *event.Event { return &event.Event{Clock: clock, Process: left} }
	}
	checkValues(t, at(25), map[string]string{"proc.is_container_liveness_probe": "true"})
	root.Task.Exit(30, first.Task)
	checkValues(t, at(35), map[string]string{"proc.is_container_liveness_probe": "false"})
}
