package engine

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gyrsec/gyr/event"
)

// The runtimes by the names event.Details.Type has for them.
const (
	typeContainerd = "containerd"
	typeCRIO       = "cri-o"
	typePodman     = "podman"
	typeDocker     = "docker"
)

// Labels the kubelet puts on containers and pods, and the annotation kubectl
// keeps on what it applied.
const (
	labelContainerName = "io.kubernetes.container.name"
	labelPodName       = "io.kubernetes.pod.name"
	labelPodNamespace  = "io.kubernetes.pod.namespace"
	labelPodUID        = "io.kubernetes.pod.uid"
	lastApplied        = "kubectl.kubernetes.io/last-applied-configuration"
)

// describeCRI adds to d what the CRI plugins of containerd and CRI-O note in the
// annotations of a container's OCI configuration. It reports whether one of
// them made the container.
func describeCRI(d *event.Details, annotations map[string]string) bool {
	switch {
	case annotations["io.kubernetes.cri.container-type"] != "":
		describeContainerd(d, annotations)
	case annotations["io.kubernetes.cri-o.ContainerType"] != "":
		describeCRIO(d, annotations)
	default:
		return false
	}
	return true
}

func describeContainerd(d *event.Details, a map[string]string) {
	const prefix = "io.kubernetes.cri."
	d.Type = typeContainerd
	d.Pod = &event.Pod{
		Name: a[prefix+"sandbox-name"], Namespace: a[prefix+"sandbox-namespace"],
		UID: a[prefix+"sandbox-uid"], SandboxID: a[prefix+"sandbox-id"],
	}
	d.Name = a[prefix+"container-name"]
	image := a[prefix+"image-name"]
	if a[prefix+"container-type"] == "sandbox" {
		d.Sandbox, d.Name = true, d.Pod.Name
		image = a[prefix+"podsandbox.image-name"] // from containerd 2 on
	}
	setImage(d, image)
}

func describeCRIO(d *event.Details, a map[string]string) {
	const prefix = "io.kubernetes.cri-o."
	d.Type = typeCRIO
	labels := jsonMap(a[prefix+"Labels"])
	d.Labels = sortedLabels(labels)
	d.Pod = podOf(labels)
	d.Pod.SandboxID = a[prefix+"SandboxID"]
	if d.Pod.Namespace == "" {
		d.Pod.Namespace = a[prefix+"Namespace"]
	}
	d.Name = jsonMap(a[prefix+"Metadata"])["name"]
	if d.Name == "" {
		d.Name = labels[labelContainerName]
	}
	if a[prefix+"ContainerType"] == "sandbox" {
		d.Sandbox = true
		d.Pod.Labels = d.Labels
		d.Pod.IP, d.Pod.CNI = a[prefix+"IP.0"], a[prefix+"CNIResult"]
		d.IP, d.CNI = d.Pod.IP, d.Pod.CNI
		d.Name = a[prefix+"KubeName"]
		if d.Pod.Name == "" {
			d.Pod.Name = d.Name
		}
		known(&d.HostNetwork, factOfWord(a[prefix+"HostNetwork"]))
	}
	image := a[prefix+"ImageName"]
	if image == "" {
		image = a[prefix+"Image"]
	}
	setImage(d, image)
	if id, ok := imageID(a[prefix+"ImageRef"]); ok {
		d.ImageID = id
	}
	if at, err := time.Parse(time.RFC3339Nano, a[prefix+"Created"]); err == nil {
		d.Created = at.UnixNano()
	}
}

// podOf reads the pod from the kubelet's labels.
func podOf(labels map[string]string) *event.Pod {
	return &event.Pod{Name: labels[labelPodName], Namespace: labels[labelPodNamespace], UID: labels[labelPodUID]}
}

func factOfWord(s string) event.Fact {
	switch s {
	case "true":
		return event.Yes
	case "false":
		return event.No
	}
	return event.Unknown
}

// jsonMap reads an annotation that holds a JSON object, of which only texts are
// of use.
func jsonMap(s string) map[string]string {
	var all map[string]any
	if json.Unmarshal([]byte(s), &all) != nil {
		return nil
	}
	texts := make(map[string]string, len(all))
	for name, value := range all {
		if text, ok := value.(string); ok {
			texts[name] = text
		}
	}
	return texts
}

func sortedLabels(labels map[string]string) []event.Label {
	if len(labels) == 0 {
		return nil
	}
	sorted := make([]event.Label, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		sorted = append(sorted, event.Label{Name: name, Value: labels[name]})
	}
	return sorted
}

// setImage fills in the image as it was asked for, or only its id where that is
// all that is known.
func setImage(d *event.Details, image string) {
	if id, ok := imageID(image); ok {
		d.ImageID = id
		return
	}
	if image == "" {
		return
	}
	var digest string
	d.Image = image
	d.ImageRepository, d.ImageTag, digest = splitImage(image)
	if digest != "" {
		d.ImageDigest = digest
	}
}

// imageID reads an image's id, which containerd writes with "sha256:" and CRI-O
// without.
func imageID(s string) (string, bool) {
	id := strings.TrimPrefix(s, "sha256:")
	if len(id) != 64 || strings.Trim(id, "0123456789abcdef") != "" {
		return "", false
	}
	return id, true
}

// manifest is what is of use of a pod's manifest.
type manifest struct {
	Spec struct {
		Containers     []manifestContainer `json:"containers"`
		InitContainers []manifestContainer `json:"initContainers"`
	} `json:"spec"`
}

type manifestContainer struct {
	Name           string         `json:"name"`
	LivenessProbe  *manifestProbe `json:"livenessProbe"`
	ReadinessProbe *manifestProbe `json:"readinessProbe"`
}

type manifestProbe struct {
	Exec *struct {
		Command []string `json:"command"`
	} `json:"exec"`
}

// probes are the commands by which the kubelet asks how a container does.
type probes struct{ liveness, readiness *event.Probe }

// parseProbes reads the probes of a pod's containers, by container, from its
// annotations. Runtimes are not told of probes, which the kubelet runs like any
// other command; what kubectl noted of a pod that was applied is the only place
// on the machine that names them.
func parseProbes(annotations map[string]string) map[string]probes {
	var m manifest
	if text := annotations[lastApplied]; text == "" || json.Unmarshal([]byte(text), &m) != nil {
		return nil
	}
	var found map[string]probes
	for _, c := range append(m.Spec.Containers, m.Spec.InitContainers...) {
		p := probes{liveness: c.LivenessProbe.probe(), readiness: c.ReadinessProbe.probe()}
		if p == (probes{}) {
			continue
		}
		if found == nil {
			found = make(map[string]probes)
		}
		found[c.Name] = p
	}
	return found
}

func (p *manifestProbe) probe() *event.Probe {
	if p == nil || p.Exec == nil || len(p.Exec.Command) == 0 || p.Exec.Command[0] == "" {
		return nil
	}
	return &event.Probe{Exe: p.Exec.Command[0], Args: p.Exec.Command[1:]}
}
