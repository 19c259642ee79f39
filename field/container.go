package field

import "github.com/gyrsec/gyr/event"

// host is the container.id of processes outside all containers.
const host = "host"

// containerID is the container's short id, or host. It is unknown where
// nothing is known of the process.
func containerID(e *event.Event) (string, bool) {
	switch {
	case e.Process == nil:
		return "", false
	case e.Process.Container == nil:
		return host, true
	}
	return e.Process.Container.ID, e.Process.Container.ID != ""
}

// inside reads a text of the event's container. What is empty is not known.
func inside(get func(*event.Container) string) func(*event.Event) (string, bool) {
	return func(e *event.Event) (string, bool) {
		if e.Process == nil || e.Process.Container == nil {
			return "", false
		}
		s := get(e.Process.Container)
		return s, s != ""
	}
}

// detail reads a text of what a runtime told of the event's container.
func detail(get func(*event.Details) string) func(*event.Event) (string, bool) {
	return inside(func(c *event.Container) string { return get(c.Details()) })
}

// containerType is what the runtime says of itself, else what the control group
// tells.
func containerType(c *event.Container) string {
	if d := c.Details(); d.Type != "" {
		return d.Type
	}
	return c.Type
}

// fact reads something that is so or not, as far as a runtime told.
func fact(get func(*event.Details) event.Fact) func(*event.Event) (bool, bool) {
	return func(e *event.Event) (bool, bool) {
		if e.Process == nil || e.Process.Container == nil {
			return false, false
		}
		f := get(e.Process.Container.Details())
		return f == event.Yes, f != event.Unknown
	}
}

// told returns what a runtime told of the event's container, nil where it is on
// the host or nobody told anything yet.
func told(e *event.Event) *event.Details {
	if e.Process == nil || e.Process.Container == nil || !e.Process.Container.Described() {
		return nil
	}
	return e.Process.Container.Details()
}

// onHost gives processes outside all containers the value "host".
func onHost(get func(*event.Event) (string, bool)) func(*event.Event) (string, bool) {
	return func(e *event.Event) (string, bool) {
		if e.Process != nil && e.Process.Container == nil {
			return host, true
		}
		return get(e)
	}
}

func containerFields() []Field {
	words := func(name, desc string, get func(*event.Details) string) Field {
		return text(name, desc, detail(get))
	}
	truth := func(name, desc string, get func(*event.Details) event.Fact) Field {
		return boolean(name, desc, fact(get))
	}
	return concat([]Field{
		text("container.id", "Short id of the container (12 digits, or its name where it has no other id), or host outside containers.", containerID),
		text("container.full_id", "Id of the container in full.", inside(func(c *event.Container) string { return c.FullID })),
		text("container.name", "Name of the container, or host outside containers.", onHost(detail(func(d *event.Details) string { return d.Name }))),
		words("container.image", "Image of the container as it was asked for.", func(d *event.Details) string { return d.Image }),
		words("container.image.id", "Id of the image.", func(d *event.Details) string { return d.ImageID }),
		text("container.type", "Runtime of the container: docker, containerd, cri-o, podman, lxc, ...; host outside containers.", onHost(inside(containerType))),
		truth("container.privileged", "true for privileged containers.", func(d *event.Details) event.Fact { return d.Privileged }),
	}, mountFields(), []Field{
		words("container.image.repository", "Repository of the image, without tag.", func(d *event.Details) string { return d.ImageRepository }),
		words("container.image.tag", "Tag of the image.", func(d *event.Details) string { return d.ImageTag }),
		words("container.image.digest", "Digest of the image in its repository.", func(d *event.Details) string { return d.ImageDigest }),
	}, probeFields(), []Field{
		integer("container.start_ts", "Start of the container in nanoseconds since the epoch: that of the first process of its PID namespace, or where it has none of its own what the runtime says.", AbsTime, containerStart),
		integer("container.duration", "Nanoseconds since container.start_ts.", RelTime, func(e *event.Event) (int64, bool) {
			start, ok := containerStart(e)
			return e.Time - start, ok
		}),
		words("container.ip", "Main IP address of the container, or of its pod.", containerIP),
		words("container.cni.json", "What the network plugin answered for the container or its pod, as JSON.", containerCNI),
		truth("container.host_pid", "true where the container shares the host's PID namespace.", func(d *event.Details) event.Fact { return d.HostPID }),
		truth("container.host_network", "true where the container shares the host's network namespace.", func(d *event.Details) event.Fact { return d.HostNetwork }),
		truth("container.host_ipc", "true where the container shares the host's IPC namespace.", func(d *event.Details) event.Fact { return d.HostIPC }),
		labelField("container.label", "container", containerLabels),
		labelsField("container.labels", "container", containerLabels),
	}, probeProcessFields())
}

// containerStart is by the kernel where the container has a PID namespace of its
// own: that needs no runtime to answer, and is exact.
func containerStart(e *event.Event) (int64, bool) {
	p := e.Process
	if p == nil || p.Container == nil {
		return 0, false
	}
	d := p.Container.Details()
	if d.HostPID != event.Yes && p.VPID != p.PID && p.NamespaceStart != 0 {
		return wall(e, p.NamespaceStart), true
	}
	return d.Started, d.Started != 0
}

// containerIP is the pod's where the container has none of its own: all
// containers of a pod have one address.
func containerIP(d *event.Details) string {
	if d.IP == "" && d.Pod != nil {
		return d.Pod.IP
	}
	return d.IP
}

func containerCNI(d *event.Details) string {
	if d.CNI == "" && d.Pod != nil {
		return d.Pod.CNI
	}
	return d.CNI
}
