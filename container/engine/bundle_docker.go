package engine

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/event"
)

// dockerFiles are Docker's config.v2.json and, in HostConfig, its hostconfig.json:
// what the API tells, but for the mounts.
type dockerFiles struct {
	dockerContainer
	MountPoints map[string]struct {
		Source, Destination        string
		Mode, Relabel, Propagation string
		RW                         bool
	}
}

// fromDocker reads what Docker keeps of a container.
func (b *Bundles) fromDocker(id string) (*event.Details, error) {
	if !isID(id) {
		return nil, ErrNotFound
	}
	for _, root := range b.docker {
		folder := root + "/containers/" + id
		config, err := b.files.read(folder + "/config.v2.json")
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		host, err := b.files.read(folder + "/hostconfig.json")
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		d, err := describeDocker(config, host)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", folder, err)
		}
		return d, nil
	}
	return nil, ErrNotFound
}

// describeDocker reads Docker's two files of a container; host may be empty.
func describeDocker(config, host []byte) (*event.Details, error) {
	var c dockerFiles
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, fmt.Errorf("config.v2.json: %w", err)
	}
	if len(host) > 0 {
		if err := json.Unmarshal(host, &c.HostConfig); err != nil {
			return nil, fmt.Errorf("hostconfig.json: %w", err)
		}
	}
	d := &event.Details{
		Type: typeDocker, Name: strings.TrimPrefix(c.Name, "/"),
		Labels:  sortedLabels(c.Config.Labels),
		Created: nanoseconds(c.Created), Started: nanoseconds(c.State.StartedAt),
		Healthcheck: c.healthcheck(),
	}
	setImage(d, c.Config.Image)
	if id, ok := imageID(c.Image); ok {
		d.ImageID = id
	}
	for _, m := range c.MountPoints {
		d.Mounts = append(d.Mounts, event.Mount{
			Source: m.Source, Destination: m.Destination,
			Mode: cmp.Or(m.Mode, m.Relabel), Propagation: m.Propagation, Writable: m.RW,
		})
	}
	slices.SortFunc(d.Mounts, func(a, b event.Mount) int { return strings.Compare(a.Destination, b.Destination) })
	if len(host) > 0 {
		d.Privileged = event.FactOf(c.HostConfig.Privileged)
		d.HostNetwork = hostMode(c.HostConfig.NetworkMode)
		d.HostPID = hostMode(c.HostConfig.PidMode)
		d.HostIPC = hostMode(c.HostConfig.IpcMode)
		d.IP = c.ip()
	}
	if pod := podOf(c.Config.Labels); pod.Name != "" {
		// Kubernetes by way of cri-dockerd.
		d.Pod = pod
		pod.SandboxID = c.Config.Labels[labelDockerSandbox]
		if d.Sandbox = c.Config.Labels[labelDockerType] == "podsandbox"; d.Sandbox {
			pod.SandboxID, pod.IP = c.ID, d.IP
		}
	}
	return d, nil
}

// hostMode tells whether a namespace is the host's by Docker's word for it.
// Another container's may be.
func hostMode(mode string) event.Fact {
	if strings.HasPrefix(mode, "container:") {
		return event.Unknown
	}
	return event.FactOf(mode == "host")
}
