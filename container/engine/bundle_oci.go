package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gyrsec/gyr/event"
)

// maxNamespaces bounds the namespaces of containerd that are looked at; there
// are one to three.
const maxNamespaces = 64

// taskNamespaces lists the namespaces that have tasks, by name, without Docker's.
func (b *Bundles) taskNamespaces(tasks string) []string {
	names, err := b.files.names(tasks, maxNamespaces)
	if err != nil {
		return nil
	}
	slices.Sort(names)
	return slices.DeleteFunc(names, func(name string) bool { return name == namespaceDocker || !validID(name) })
}

// fromTasks reads the bundle that containerd makes for a container's task.
func (b *Bundles) fromTasks(id string) (*event.Details, error) {
	for _, tasks := range b.tasks {
		for _, namespace := range b.taskNamespaces(tasks) {
			bundle := tasks + "/" + namespace
			spec, written, err := b.spec(bundle + "/" + id)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			// The bundle is made when the container is started.
			d := &event.Details{Type: typeContainerd, Started: written}
			inPod := describeCRI(d, spec.Annotations)
			spec.describe(d)
			if inPod && !d.Sandbox && validID(d.Pod.SandboxID) {
				if sandbox, _, err := b.spec(bundle + "/" + d.Pod.SandboxID); err == nil {
					sandbox.hostNamespaces(d)
				}
			}
			if !inPod {
				d.Name = spec.Annotations["nerdctl/name"]
			}
			if d.Name == "" {
				d.Name = id
			}
			return d, nil
		}
	}
	return nil, ErrNotFound
}

// spec reads the configuration in a bundle, and when it was written.
func (b *Bundles) spec(bundle string) (*ociSpec, int64, error) {
	content, written, err := b.files.readDated(bundle + "/config.json")
	if err != nil {
		return nil, 0, err
	}
	spec, err := parseSpec(content)
	return spec, written, err
}

// fromStorage reads what CRI-O and Podman keep of a container.
func (b *Bundles) fromStorage(id string) (*event.Details, error) {
	if !isID(id) {
		return nil, ErrNotFound
	}
	for _, folder := range b.storage {
		spec, written, err := b.spec(folder + "/" + id + "/userdata")
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		d := &event.Details{Started: written}
		// Podman notes some of CRI-O's annotations, too.
		if spec.Annotations["io.container.manager"] == "libpod" {
			if err := b.describePodman(d, spec.Annotations, id); err != nil {
				return nil, err
			}
		} else if !describeCRI(d, spec.Annotations) {
			return nil, fmt.Errorf("%s/%s: made by a runtime that is not known", folder, id)
		}
		if d.Pod != nil && !d.Sandbox && isID(d.Pod.SandboxID) {
			b.addStoredSandbox(d)
		}
		spec.describe(d)
		return d, nil
	}
	return nil, ErrNotFound
}

// addStoredSandbox adds what CRI-O notes of a container's sandbox.
func (b *Bundles) addStoredSandbox(d *event.Details) {
	for _, folder := range b.storage {
		spec, _, err := b.spec(folder + "/" + d.Pod.SandboxID + "/userdata")
		if err != nil {
			continue
		}
		var sandbox event.Details
		if !describeCRI(&sandbox, spec.Annotations) || !sandbox.Sandbox {
			continue
		}
		d.Pod.Labels, d.Pod.IP, d.Pod.CNI = sandbox.Pod.Labels, sandbox.Pod.IP, sandbox.Pod.CNI
		d.IP, d.CNI = sandbox.IP, sandbox.CNI
		spec.hostNamespaces(&sandbox)
		d.HostNetwork, d.HostIPC = sandbox.HostNetwork, sandbox.HostIPC
		return
	}
}

// storedContainer is an entry in the list of containers that
// github.com/containers/storage keeps. Its metadata are JSON, too.
type storedContainer struct {
	ID       string    `json:"id"`
	Names    []string  `json:"names"`
	Image    string    `json:"image"`
	Metadata string    `json:"metadata"`
	Created  time.Time `json:"created"`
}

func (b *Bundles) describePodman(d *event.Details, annotations map[string]string, id string) error {
	d.Type = typePodman
	d.Privileged = factOfWord(strings.ToLower(annotations["io.podman.annotations.privileged"]))
	for _, folder := range b.storage {
		for _, list := range [...]string{"containers.json", "volatile-containers.json"} {
			content, err := b.files.read(folder + "/" + list)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			found, err := describeStored(d, content, id)
			if err != nil {
				return fmt.Errorf("reading %s/%s: %w", folder, list, err)
			}
			if found {
				return nil
			}
		}
	}
	return nil
}

// describeStored adds what a list of containers says of one of them.
func describeStored(d *event.Details, list []byte, id string) (found bool, err error) {
	var all []storedContainer
	if err := json.Unmarshal(list, &all); err != nil {
		return false, err
	}
	i := slices.IndexFunc(all, func(c storedContainer) bool { return c.ID == id })
	if i < 0 {
		return false, nil
	}
	metadata := jsonMap(all[i].Metadata)
	if d.Name = metadata["name"]; d.Name == "" && len(all[i].Names) > 0 {
		d.Name = all[i].Names[0]
	}
	setImage(d, metadata["image-name"])
	if id, ok := imageID(all[i].Image); ok {
		d.ImageID = id
	}
	if !all[i].Created.IsZero() {
		d.Created = all[i].Created.UnixNano()
	}
	return true, nil
}
