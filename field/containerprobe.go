package field

import (
	"slices"

	"github.com/gyrsec/gyr/event"
)

// probeOf picks one of the commands by which a container is asked how it does.
type probeOf func(*event.Details) *event.Probe

func healthcheck(d *event.Details) *event.Probe    { return d.Healthcheck }
func livenessProbe(d *event.Details) *event.Probe  { return d.Liveness }
func readinessProbe(d *event.Details) *event.Probe { return d.Readiness }

func probeFields() []Field {
	command := func(name, what string, of probeOf) Field {
		return text(name, "Command by which "+what+".", func(e *event.Event) (string, bool) {
			d := told(e)
			if d == nil || of(d) == nil {
				return "", false
			}
			probe := of(d)
			return e.Text(func(dst []byte) []byte {
				dst = append(dst, probe.Exe...)
				for _, arg := range probe.Args {
					dst = append(append(dst, ' '), arg...)
				}
				return dst
			}), true
		})
	}
	return []Field{
		command("container.healthcheck", "the runtime asks whether the container is healthy", healthcheck),
		command("container.liveness_probe", "Kubernetes asks whether the container is alive", livenessProbe),
		command("container.readiness_probe", "Kubernetes asks whether the container is ready", readinessProbe),
	}
}

func probeProcessFields() []Field {
	in := func(name, what string, of probeOf) Field {
		return boolean(name, "true for processes of "+what+": the one a runtime started in the container with exactly that command, and what it starts.",
			func(e *event.Event) (bool, bool) { return probing(e, of) })
	}
	return []Field{
		in("proc.is_container_healthcheck", "the container's health check", healthcheck),
		in("proc.is_container_liveness_probe", "the container's liveness probe", livenessProbe),
		in("proc.is_container_readiness_probe", "the container's readiness probe", readinessProbe),
	}
}

// probing reports whether the event's process belongs to a run of the probe.
func probing(e *event.Event, of probeOf) (yes, ok bool) {
	p := e.Process
	switch {
	case p == nil || p.Incomplete:
		return false, false
	case p.Container == nil:
		return false, true
	case !p.Container.Described():
		return false, false
	}
	probe := of(p.Container.Details())
	if probe == nil {
		return false, true
	}
	first := entered(e)
	return !orphan(first) && ran(first, probe), true
}

// orphan reports whether a process has its parent in its own PID namespace, where
// no runtime is: containers that share one (those of a pod may) leave their
// orphans to each other.
func orphan(p *event.Process) bool { return p.PVPID != 0 && p.VPID != p.PID }

// entered is the process that a runtime put into the container of the event's
// process, from which that descends: the command asked of the runtime is its.
// A process of the container can make itself one only by leaving an orphan to a
// process outside; see orphan.
func entered(e *event.Event) *event.Process {
	p := e.Process
	for depth := 0; ; depth++ {
		q := NextAncestor(e, p, depth)
		if q == nil || q.Container == nil || q.Container.FullID != p.Container.FullID {
			return p
		}
		p = q
	}
}

// ran reports whether the process runs the probe's command, or did before it
// became another program: `sh -c COMMAND` becomes the command.
func ran(p *event.Process, probe *event.Probe) bool {
	for {
		if p.Exe == probe.Exe && slices.Equal(p.Args, probe.Args) {
			return true
		}
		if p.Task == nil {
			return false
		}
		before := p.Task.At(p.Since() - 1)
		if before.Since() >= p.Since() {
			return false
		}
		p = before
	}
}
