package engine

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gyrsec/gyr/event"
)

// Labels that dockershim and cri-dockerd put on the containers they make.
const (
	labelDockerType     = "io.kubernetes.docker.type" // podsandbox or container
	labelDockerSandbox  = "io.kubernetes.sandbox.id"
	labelDockerLog      = "io.kubernetes.container.logpath"
	prefixPodAnnotation = "annotation."
)

// dockerContainer is what is of use of the answer about a container.
type dockerContainer struct {
	ID      string `json:"Id"`
	Name    string
	Image   string
	Created string
	State   struct{ StartedAt string }
	Config  struct {
		Image       string
		Labels      map[string]string
		Healthcheck struct{ Test []string }
		// Shell is what CMD-SHELL is run by, empty where it is the usual one.
		Shell []string
	}
	HostConfig struct {
		Privileged                    bool
		NetworkMode, PidMode, IpcMode string
	}
	Mounts []struct {
		Source, Destination, Mode, Propagation string
		RW                                     bool
	}
	NetworkSettings struct {
		dockerEndpoint // of the default network, left out by newer daemons
		Networks       map[string]dockerEndpoint
	}
}

// dockerEndpoint is a container's end of a network.
type dockerEndpoint struct{ IPAddress, GlobalIPv6Address string }

func (e dockerEndpoint) ip() string {
	if e.IPAddress != "" {
		return e.IPAddress
	}
	return e.GlobalIPv6Address
}

func (d *Docker) describe(ctx context.Context, c *dockerContainer) *event.Details {
	details := &event.Details{
		Type:        d.kind,
		Name:        strings.TrimPrefix(c.Name, "/"),
		Privileged:  event.FactOf(c.HostConfig.Privileged),
		Labels:      sortedLabels(c.Config.Labels),
		Created:     nanoseconds(c.Created),
		Started:     nanoseconds(c.State.StartedAt),
		Healthcheck: c.healthcheck(),
	}
	for _, m := range c.Mounts {
		details.Mounts = append(details.Mounts, event.Mount{
			Source: m.Source, Destination: m.Destination, Mode: m.Mode, Propagation: m.Propagation, Writable: m.RW,
		})
	}
	// The daemon tells them in another order each time.
	slices.SortFunc(details.Mounts, func(a, b event.Mount) int { return strings.Compare(a.Destination, b.Destination) })
	d.describeImage(ctx, details, c)
	others := neighbours{d: d, known: map[string]*dockerContainer{c.ID: c}}
	others.describeNamespaces(ctx, details, c)
	others.describePod(ctx, details, c)
	return details
}

// nanoseconds reads a time; 0 is what did not happen yet.
func nanoseconds(s string) int64 {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Unix() <= 0 {
		return 0
	}
	return t.UnixNano()
}

// healthcheck is the command that asks how the container does, the image's
// where the container has none of its own: the daemon puts it in.
func (c *dockerContainer) healthcheck() *event.Probe {
	test := c.Config.Healthcheck.Test
	if len(test) < 2 || test[1] == "" { // NONE, or none
		return nil
	}
	switch test[0] {
	case "CMD":
		return &event.Probe{Exe: test[1], Args: test[2:]}
	case "CMD-SHELL":
		command := []string{"/bin/sh", "-c"}
		if len(c.Config.Shell) > 0 {
			command = c.Config.Shell
		}
		command = append(slices.Clone(command), strings.Join(test[1:], " "))
		return &event.Probe{Exe: command[0], Args: command[1:]}
	}
	return nil
}

// ip is the address on the container's main network: the one it was started with.
func (c *dockerContainer) ip() string {
	networks := c.NetworkSettings.Networks
	main := c.HostConfig.NetworkMode
	if main == "default" {
		main = "bridge"
	}
	if ip := networks[main].ip(); ip != "" {
		return ip
	}
	if ip := c.NetworkSettings.ip(); ip != "" {
		return ip
	}
	for _, name := range slices.Sorted(maps.Keys(networks)) {
		if ip := networks[name].ip(); ip != "" {
			return ip
		}
	}
	return ""
}

// neighbours are the containers whose namespaces a container shares, asked for
// once each.
type neighbours struct {
	d     *Docker
	known map[string]*dockerContainer
}

// get returns the container with the id, nil where it cannot be had.
func (n neighbours) get(ctx context.Context, id string) *dockerContainer {
	c, asked := n.known[id]
	if !asked {
		c, _ = n.d.container(ctx, id)
		n.known[id] = c
	}
	return c
}

// maxSharing is how many containers may lie between one and the owner of its
// namespace.
const maxSharing = 4

// owner follows "container:ID" to the container that has a namespace for itself,
// or the host's; nil where that cannot be had.
func (n neighbours) owner(ctx context.Context, c *dockerContainer, mode func(*dockerContainer) string) *dockerContainer {
	for range maxSharing {
		id, shared := strings.CutPrefix(mode(c), "container:")
		if !shared {
			return c
		}
		if c = n.get(ctx, id); c == nil {
			return nil
		}
	}
	return nil
}

func (n neighbours) describeNamespaces(ctx context.Context, details *event.Details, c *dockerContainer) {
	network := func(c *dockerContainer) string { return c.HostConfig.NetworkMode }
	pid := func(c *dockerContainer) string { return c.HostConfig.PidMode }
	ipc := func(c *dockerContainer) string { return c.HostConfig.IpcMode }
	isHost := func(mode func(*dockerContainer) string) event.Fact {
		owner := n.owner(ctx, c, mode)
		if owner == nil {
			return event.Unknown
		}
		return event.FactOf(mode(owner) == "host")
	}
	details.HostNetwork, details.HostPID, details.HostIPC = isHost(network), isHost(pid), isHost(ipc)
	if n.d.kind == typePodman && c.HostConfig.IpcMode == "shareable" {
		details.HostIPC = event.Unknown // see NewPodman
	}
	if owner := n.owner(ctx, c, network); owner != nil {
		details.IP = owner.ip()
	}
}

// describePod reads the labels of a container that a kubelet made through Docker.
func (n neighbours) describePod(ctx context.Context, details *event.Details, c *dockerContainer) {
	labels := c.Config.Labels
	if labels[labelPodName] == "" {
		return
	}
	pod := podOf(labels)
	details.Pod = pod
	details.Sandbox = labels[labelDockerType] == "podsandbox"
	pod.SandboxID = labels[labelDockerSandbox]
	if details.Sandbox {
		pod.SandboxID = c.ID
	}
	if pod.SandboxID == "" {
		return
	}
	sandbox := n.get(ctx, pod.SandboxID)
	if sandbox == nil {
		return
	}
	pod.IP = sandbox.ip()
	// The pod's labels and annotations are labels of its sandbox.
	podLabels, annotations := make(map[string]string), make(map[string]string)
	for name, value := range sandbox.Config.Labels {
		if annotation, is := strings.CutPrefix(name, prefixPodAnnotation); is {
			annotations[annotation] = value
		} else if name != labelDockerType && name != labelDockerLog && name != labelDockerSandbox {
			podLabels[name] = value
		}
	}
	pod.Labels = sortedLabels(podLabels)
	if !details.Sandbox {
		asked := parseProbes(annotations)[labels[labelContainerName]]
		details.Liveness, details.Readiness = asked.liveness, asked.readiness
	}
}
