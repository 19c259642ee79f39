package field

import "github.com/gyrsec/gyr/event"

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

// shortID is how many digits of a container's id people and rules see.
const shortID = 12

// sandboxID is the id of the container that holds the pod's namespaces; that
// container's own in itself.
func sandboxID(c *event.Container) string {
	d := c.Details()
	switch {
	case d.Pod != nil && d.Pod.SandboxID != "":
		return d.Pod.SandboxID
	case d.Sandbox:
		return c.FullID
	}
	return ""
}

func podIP(d *event.Details) string {
	switch {
	case d.Pod == nil:
		return ""
	case d.Pod.IP == "":
		return d.IP
	}
	return d.Pod.IP
}

func podCNI(d *event.Details) string {
	switch {
	case d.Pod == nil:
		return ""
	case d.Pod.CNI == "":
		return d.CNI
	}
	return d.Pod.CNI
}

func k8sFields() []Field {
	fields := []Field{
		text("k8s.pod.name", "Name of the Kubernetes pod.", pod(func(p *event.Pod) string { return p.Name })),
		text("k8s.ns.name", "Namespace of the Kubernetes pod.", pod(func(p *event.Pod) string { return p.Namespace })),
		text("k8s.pod.id", "The same as k8s.pod.uid, under its old name.", inside(podUID)),
		text("k8s.pod.uid", "Unique id of the pod, as Kubernetes has it. It is known from the control group already.", inside(podUID)),
		text("k8s.pod.sandbox_id", "Short id of the container that holds the pod's namespaces.", inside(func(c *event.Container) string {
			id := sandboxID(c)
			return id[:min(len(id), shortID)]
		})),
		text("k8s.pod.full_sandbox_id", "Id of the container that holds the pod's namespaces, in full.", inside(sandboxID)),
		labelField("k8s.pod.label", "pod", podLabels),
		labelsField("k8s.pod.labels", "pod", podLabels),
		text("k8s.pod.ip", "Main IP address of the pod.", detail(podIP)),
		text("k8s.pod.cni.json", "What the network plugin answered for the pod, as JSON.", detail(podCNI)),
	}
	return append(fields, formerK8sFields()...)
}

// formerK8sFields asked the API server once. Rules may name them.
func formerK8sFields() []Field {
	var fields []Field
	for _, o := range []struct{ name, what string }{
		{"rc", "replication controller"}, {"svc", "service"}, {"ns", "namespace"}, {"rs", "replica set"}, {"deployment", "deployment"},
	} {
		prefix := "k8s." + o.name
		if o.name != "ns" {
			fields = append(fields, later(prefix+".name", "Name of the pod's "+o.what+".", CharBuf).deprecated())
		}
		fields = append(fields,
			later(prefix+".id", "Id of the pod's "+o.what+".", CharBuf).deprecated(),
			later(prefix+".label", "One label of the "+o.what+", by name.", CharBuf).takes(ArgRequired|ArgKey, bindNothing).deprecated(),
			later(prefix+".labels", "Labels of the pod's "+o.what+" as name:value, with commas between.", CharBuf).deprecated())
	}
	return fields
}
