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

// pod reads a text of the Kubernetes pod of the event's container.
func pod(get func(*event.Pod) string) func(*event.Event) (string, bool) {
	return detail(func(d *event.Details) string {
		if d.Pod == nil {
			return ""
		}
		return get(d.Pod)
	})
}

// podUID is known from the control group before a runtime tells it.
func podUID(c *event.Container) string {
	if p := c.Details().Pod; p != nil && p.UID != "" {
		return p.UID
	}
	return c.PodUID
}

// containerType is what the runtime says of itself, else what the control group
// tells.
func containerType(c *event.Container) string {
	if d := c.Details(); d.Type != "" {
		return d.Type
	}
	return c.Type
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
	metadata := func(name, desc string, get func(*event.Details) string) Field {
		return text(name, desc, detail(get)).notLive()
	}
	keyed := func(name, desc string) Field {
		return later(name, desc, CharBuf).takes(ArgRequired|ArgIndex|ArgKey, bindNothing)
	}
	return []Field{
		text("container.id", "Short id of the container (12 digits), or host outside containers.", containerID),
		text("container.full_id", "Id of the container in full.", inside(func(c *event.Container) string { return c.FullID })),
		text("container.name", "Name of the container, or host outside containers.", onHost(detail(func(d *event.Details) string { return d.Name }))).notLive(),
		metadata("container.image", "Image of the container as it was asked for.", func(d *event.Details) string { return d.Image }),
		metadata("container.image.id", "Id of the image.", func(d *event.Details) string { return d.ImageID }),
		text("container.type", "Runtime of the container: docker, containerd, cri-o, podman, ...; host outside containers.", onHost(inside(containerType))),
		later("container.privileged", "true for privileged containers.", Bool),
		later("container.mounts", "Mounts of the container as source:destination:mode:writable:propagation, with commas between.", CharBuf),
		keyed("container.mount", "One mount of the container, by number or source: container.mount[0], container.mount[/data]."),
		keyed("container.mount.source", "Source of a mount, by number or destination."),
		keyed("container.mount.dest", "Destination of a mount, by number or source."),
		keyed("container.mount.mode", "Mode of a mount, by number or source."),
		keyed("container.mount.rdwr", "Whether a mount is writable, by number or source: true or false."),
		keyed("container.mount.propagation", "Propagation of a mount, by number or source."),
		metadata("container.image.repository", "Repository of the image, without tag.", func(d *event.Details) string { return d.ImageRepository }),
		metadata("container.image.tag", "Tag of the image.", func(d *event.Details) string { return d.ImageTag }),
		metadata("container.image.digest", "Digest of the image in its repository.", func(d *event.Details) string { return d.ImageDigest }),
		later("container.healthcheck", "Health check of the container.", CharBuf),
		later("container.liveness_probe", "Liveness probe of the container.", CharBuf),
		later("container.readiness_probe", "Readiness probe of the container.", CharBuf),
		later("container.start_ts", "Start of the container in nanoseconds since the epoch.", AbsTime),
		later("container.duration", "Nanoseconds since the container was started.", RelTime),
		later("container.ip", "Main IP address of the container.", CharBuf),
		later("container.cni.json", "What the network plugin of the container's pod answered, as JSON.", CharBuf),
		later("container.host_pid", "true where the container shares the host's PID namespace.", Bool),
		later("container.host_network", "true where the container shares the host's network namespace.", Bool),
		later("container.host_ipc", "true where the container shares the host's IPC namespace.", Bool),
		later("container.label", "One label of the container: container.label[NAME].", CharBuf).takes(ArgRequired|ArgKey, bindNothing),
		later("container.labels", "Labels of the container as name:value, with commas between.", CharBuf),
		later("proc.is_container_healthcheck", "true for processes of the container's health check.", Bool),
		later("proc.is_container_liveness_probe", "true for processes of the container's liveness probe.", Bool),
		later("proc.is_container_readiness_probe", "true for processes of the container's readiness probe.", Bool),
	}
}

func k8sFields() []Field {
	metadata := func(name, desc string, get func(*event.Pod) string) Field {
		return text(name, desc, pod(get)).notLive()
	}
	label := func(name, what string) Field {
		return later(name, "One label of the "+what+", by name.", CharBuf).takes(ArgRequired|ArgKey, bindNothing)
	}
	fields := []Field{
		metadata("k8s.pod.name", "Name of the Kubernetes pod.", func(p *event.Pod) string { return p.Name }),
		metadata("k8s.ns.name", "Namespace of the Kubernetes pod.", func(p *event.Pod) string { return p.Namespace }),
		later("k8s.pod.id", "Short id of the pod's sandbox container; k8s.pod.uid is the pod's own.", CharBuf),
		text("k8s.pod.uid", "Unique id of the pod.", inside(podUID)).notLive(),
		later("k8s.pod.sandbox_id", "Short id of the pod's sandbox container.", CharBuf),
		later("k8s.pod.full_sandbox_id", "Id of the pod's sandbox container in full.", CharBuf),
		label("k8s.pod.label", "pod"),
		later("k8s.pod.labels", "Labels of the pod as name:value, with commas between.", CharBuf),
		later("k8s.pod.ip", "IP address of the pod.", CharBuf),
		later("k8s.pod.cni.json", "What the network plugin of the pod answered, as JSON.", CharBuf),
	}
	for _, o := range []struct{ name, what string }{
		{"rc", "replication controller"}, {"svc", "service"}, {"ns", "namespace"}, {"rs", "replica set"}, {"deployment", "deployment"},
	} {
		prefix := "k8s." + o.name
		if o.name != "ns" {
			fields = append(fields, later(prefix+".name", "Name of the pod's "+o.what+".", CharBuf).deprecated())
		}
		fields = append(fields,
			later(prefix+".id", "Id of the pod's "+o.what+".", CharBuf).deprecated(),
			label(prefix+".label", o.what).deprecated(),
			later(prefix+".labels", "Labels of the pod's "+o.what+" as name:value, with commas between.", CharBuf).deprecated())
	}
	return fields
}
