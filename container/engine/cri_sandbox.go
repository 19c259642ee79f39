package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"

	"github.com/gyrsec/gyr/event"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// sandbox is what the containers of a pod share.
type sandbox struct {
	// details describe the sandbox as a container.
	details *event.Details
	probes  map[string]probes // by container
}

// describe adds the pod's share to one of its containers.
func (s *sandbox) describe(d *event.Details) {
	of := s.details.Pod
	pod := *of
	// A container's own labels name the pod, too; where both do they agree.
	for _, both := range [...]struct{ value, other *string }{
		{&pod.Name, &d.Pod.Name}, {&pod.Namespace, &d.Pod.Namespace}, {&pod.UID, &d.Pod.UID},
	} {
		if *both.value == "" {
			*both.value = *both.other
		}
	}
	d.Pod = &pod
	d.IP, d.CNI = pod.IP, pod.CNI
	d.HostNetwork, d.HostIPC = s.details.HostNetwork, s.details.HostIPC
	known(&d.HostPID, s.details.HostPID)
	p := s.probes[d.Name]
	d.Liveness, d.Readiness = p.liveness, p.readiness
}

// sandbox asks for a pod's sandbox, or takes it from those it has asked for
// before: once it is ready, nothing of use in it changes. The error is the
// runtime's.
func (c *CRI) sandbox(ctx context.Context, id string) (*sandbox, error) {
	if s, ok := c.sandboxes.get(id); ok {
		return s, nil
	}
	answer, err := c.runtime.PodSandboxStatus(ctx, &runtimeapi.PodSandboxStatusRequest{PodSandboxId: id, Verbose: true})
	if err != nil {
		return nil, err
	}
	of := answer.GetStatus()
	if of.GetId() != id {
		return nil, status.Error(codes.NotFound, "another pod has an id that begins so")
	}
	s := newSandbox(of, parseCRIInfo(answer.GetInfo()))
	if of.GetState() == runtimeapi.PodSandboxState_SANDBOX_READY && (s.details.IP != "" || s.details.HostNetwork == event.Yes) {
		c.sandboxes.put(id, s)
	}
	return s, nil
}

func newSandbox(of *runtimeapi.PodSandboxStatus, info *criInfo) *sandbox {
	pod := &event.Pod{
		Name: of.GetMetadata().GetName(), Namespace: of.GetMetadata().GetNamespace(), UID: of.GetMetadata().GetUid(),
		SandboxID: of.GetId(), Labels: sortedLabels(of.GetLabels()), IP: of.GetNetwork().GetIp(), CNI: info.cni(of),
	}
	d := &event.Details{
		Name: pod.Name, Labels: pod.Labels, IP: pod.IP, CNI: pod.CNI, Pod: pod, Sandbox: true,
		// A sandbox is created and started in one.
		Created: of.GetCreatedAt(), Started: of.GetCreatedAt(),
		Privileged: info.privileged(),
	}
	if options := of.GetLinux().GetNamespaces().GetOptions(); options != nil {
		d.HostPID = event.FactOf(options.GetPid() == runtimeapi.NamespaceMode_NODE)
		d.HostNetwork = event.FactOf(options.GetNetwork() == runtimeapi.NamespaceMode_NODE)
		d.HostIPC = event.FactOf(options.GetIpc() == runtimeapi.NamespaceMode_NODE)
	}
	image := info.Image
	if image == "" && info.RuntimeSpec != nil {
		image = info.RuntimeSpec.Annotations["io.kubernetes.cri-o.Image"]
	}
	setImage(d, image)
	return &sandbox{details: d, probes: parseProbes(of.GetAnnotations())}
}

// cni is what the network plugin answered. containerd puts it into the info,
// CRI-O into the annotations of the OCI configuration and, lately, the pod's.
func (i *criInfo) cni(of *runtimeapi.PodSandboxStatus) string {
	const annotation = "io.kubernetes.cri-o.CNIResult"
	if len(i.CNIResult) > 0 && !bytes.Equal(i.CNIResult, []byte("null")) {
		var compact bytes.Buffer
		if json.Compact(&compact, i.CNIResult) == nil {
			return compact.String()
		}
	}
	if s := of.GetAnnotations()[annotation]; s != "" {
		return s
	}
	if i.RuntimeSpec != nil {
		return i.RuntimeSpec.Annotations[annotation]
	}
	return ""
}

// bounded is a map that, when it is full, gives up an entry for a new one. Keys
// are ids, which are never given anew, so what is left in it is not wrong.
type bounded[V any] struct {
	mu  sync.Mutex
	max int
	all map[string]V
}

func newBounded[V any](max int) *bounded[V] {
	return &bounded[V]{max: max, all: make(map[string]V)}
}

func (b *bounded[V]) get(key string) (V, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, ok := b.all[key]
	return v, ok
}

func (b *bounded[V]) put(key string, v V) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.all) >= b.max {
		for other := range b.all {
			delete(b.all, other)
			break
		}
	}
	b.all[key] = v
}

func (b *bounded[V]) remove(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.all, key)
}
