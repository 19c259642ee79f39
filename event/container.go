package event

import "sync/atomic"

// Container is a container that processes run in. What tells it from others
// follows from the control group and never changes; what a runtime says of it
// (Details) arrives later, and may be said anew.
//
// There is one value for each container, so that all its processes, and events
// that still wait, see the details as soon as they are known. It must not be
// copied.
type Container struct {
	// ID is what rules and people see: the first 12 digits of FullID, or all of
	// it where it is a name (LXC, `ctr run`); never "host". FullID is the runtime's
	// own.
	ID, FullID string
	// Type is the runtime as far as the control group tells: docker, containerd,
	// cri-o, podman, lxc, ..., or empty.
	Type string
	// PodUID is the uid of the Kubernetes pod, where the control group is in one.
	PodUID string
	// User is the user whose own service manager (systemd's user@UID.service) the
	// control group is below, 0 for the machine's: there the user, by a rootless
	// runtime or by hand, makes groups of any name.
	User uint32

	details atomic.Pointer[Details]
	ready   atomic.Bool
}

// ContainerKey tells containers apart: FullID alone does not, since users may call
// theirs like others. The zero value is the host.
type ContainerKey struct {
	User   uint32
	FullID string
}

// Key is the container's; nil is the host.
func (c *Container) Key() ContainerKey {
	if c == nil {
		return ContainerKey{}
	}
	return ContainerKey{c.User, c.FullID}
}

// Details returns what is known of the container now. The value is never nil,
// and must not be changed.
func (c *Container) Details() *Details {
	if d := c.details.Load(); d != nil {
		return d
	}
	return &unknownDetails
}

// unknownDetails is never written to.
var unknownDetails Details

// Described reports whether a runtime has said what the container is.
func (c *Container) Described() bool { return c.details.Load() != nil }

// Describe makes d what is known of the container; d must not be changed
// afterwards.
func (c *Container) Describe(d *Details) { c.details.Store(d) }

// Ready reports whether events of the container may be judged: its details are
// known, or have been waited for long enough, and no event that waited for them
// is still to come.
func (c *Container) Ready() bool { return c.ready.Load() }

// SetReady makes the container ready. It never becomes unready again.
func (c *Container) SetReady() { c.ready.Store(true) }

// Details are what a runtime tells of a container. What is empty is not known,
// or the container has none.
type Details struct {
	// Type is the runtime: docker, containerd, cri-o, podman, ...
	Type string
	Name string
	// Image is the image as it was asked for; Repository and Tag are its parts
	// ("docker.io/library/debian", "12"), Digest what its repository knows it by
	// ("sha256:..."), ImageID the runtime's own id for it, without "sha256:".
	Image, ImageRepository, ImageTag, ImageDigest, ImageID string

	Privileged                    Fact
	HostPID, HostNetwork, HostIPC Fact

	Mounts []Mount
	// Labels are sorted by name.
	Labels []Label
	// Created and Started are in nanoseconds since the epoch, 0 when unknown.
	Created, Started int64
	// IP is the main address; CNI what the network plugin answered, as JSON.
	IP, CNI string

	// Healthcheck, Liveness and Readiness are the commands by which the container
	// is asked how it does, nil where there is none.
	Healthcheck, Liveness, Readiness *Probe

	// Pod is the Kubernetes pod, nil where there is none.
	Pod *Pod
	// Sandbox is set on the container that holds a pod's namespaces (pause).
	Sandbox bool
}

// Pod is the Kubernetes pod of a container.
type Pod struct {
	Name, Namespace, UID string
	// SandboxID is the full id of the container that holds its namespaces.
	SandboxID string
	// Labels are sorted by name.
	Labels []Label
	// IP is its main address; CNI what the network plugin answered, as JSON.
	IP, CNI string
}

// Fact is something that is so, is not so, or is not known.
type Fact uint8

// The values of a Fact.
const (
	Unknown Fact = iota
	No
	Yes
)

// FactOf is Yes or No.
func FactOf(b bool) Fact {
	if b {
		return Yes
	}
	return No
}

// Mount is a directory or file of the host, or a volume, that a container sees.
type Mount struct {
	Source, Destination string
	// Mode is the runtime's own word for options ("ro,z"); Propagation is rprivate,
	// rslave, ...
	Mode, Propagation string
	Writable          bool
}

// Label is a name and its value.
type Label struct{ Name, Value string }

// Probe is a command that is run in a container to ask how it does.
type Probe struct {
	Exe  string
	Args []string
}
