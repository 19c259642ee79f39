package engine

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gyrsec/gyr/event"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// fakeCRI answers as it is told to, for what real runtimes do seldom, or are not
// at hand for.
type fakeCRI struct {
	runtimeapi.UnimplementedRuntimeServiceServer
	runtimeapi.UnimplementedImageServiceServer

	name, version string
	containers    map[string]*runtimeapi.ContainerStatusResponse
	pods          map[string]*runtimeapi.PodSandboxStatusResponse
	images        map[string]*runtimeapi.Image
	events        chan *runtimeapi.ContainerEventResponse // nil: Unimplemented
	hang          bool

	mu    sync.Mutex
	calls map[string]int
}

func (f *fakeCRI) called(ctx context.Context, name string) {
	f.mu.Lock()
	if f.calls == nil {
		f.calls = make(map[string]int)
	}
	f.calls[name]++
	f.mu.Unlock()
	if f.hang {
		<-ctx.Done()
	}
}

func (f *fakeCRI) count(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[name]
}

func (f *fakeCRI) Version(ctx context.Context, _ *runtimeapi.VersionRequest) (*runtimeapi.VersionResponse, error) {
	f.called(ctx, "version")
	return &runtimeapi.VersionResponse{Version: "0.1.0", RuntimeName: f.name, RuntimeVersion: f.version, RuntimeApiVersion: "v1"}, nil
}

func (f *fakeCRI) ContainerStatus(ctx context.Context, r *runtimeapi.ContainerStatusRequest) (*runtimeapi.ContainerStatusResponse, error) {
	f.called(ctx, "container")
	if c, ok := f.containers[r.ContainerId]; ok {
		return c, nil
	}
	return nil, status.Errorf(codes.NotFound, "could not find container %q", r.ContainerId)
}

func (f *fakeCRI) PodSandboxStatus(ctx context.Context, r *runtimeapi.PodSandboxStatusRequest) (*runtimeapi.PodSandboxStatusResponse, error) {
	f.called(ctx, "pod")
	if p, ok := f.pods[r.PodSandboxId]; ok {
		return p, nil
	}
	return nil, status.Errorf(codes.NotFound, "could not find pod %q", r.PodSandboxId)
}

func (f *fakeCRI) ListContainers(ctx context.Context, r *runtimeapi.ListContainersRequest) (*runtimeapi.ListContainersResponse, error) {
	f.called(ctx, "list")
	if _, ok := f.containers[r.GetFilter().GetId()]; ok {
		return &runtimeapi.ListContainersResponse{Containers: []*runtimeapi.Container{{Id: r.GetFilter().GetId(), PodSandboxId: criPod}}}, nil
	}
	return &runtimeapi.ListContainersResponse{}, nil
}

func (f *fakeCRI) ImageStatus(ctx context.Context, r *runtimeapi.ImageStatusRequest) (*runtimeapi.ImageStatusResponse, error) {
	f.called(ctx, "image")
	return &runtimeapi.ImageStatusResponse{Image: f.images[r.GetImage().GetImage()]}, nil
}

func (f *fakeCRI) GetContainerEvents(_ *runtimeapi.GetEventsRequest, s grpc.ServerStreamingServer[runtimeapi.ContainerEventResponse]) error {
	f.called(s.Context(), "events")
	if f.events == nil {
		return status.Error(codes.Unimplemented, "not here")
	}
	for {
		select {
		case e, ok := <-f.events:
			if !ok {
				return nil
			}
			if err := s.Send(e); err != nil {
				return err
			}
		case <-s.Context().Done():
			return s.Context().Err()
		}
	}
}

// serve answers at a socket until the test ends, or stop is called.
func (f *fakeCRI) serve(t testing.TB, socket string) (stop func()) {
	t.Helper()
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	runtimeapi.RegisterRuntimeServiceServer(server, f)
	runtimeapi.RegisterImageServiceServer(server, f)
	done := make(chan struct{})
	go func() { defer close(done); server.Serve(listener) }()
	stop = sync.OnceFunc(func() { server.Stop(); <-done })
	t.Cleanup(stop)
	return stop
}

// start serves and returns an engine that asks it.
func (f *fakeCRI) start(t testing.TB) *CRI {
	t.Helper()
	socket := filepath.Join(shortTempDir(t), "s")
	f.serve(t, socket)
	return criAt(t, socket)
}

func criAt(t testing.TB, socket string) *CRI {
	t.Helper()
	c := NewCRI(socket)
	t.Cleanup(func() { c.Close() })
	return c
}

var (
	criContainer = strings.Repeat("c1", 32)
	criPod       = strings.Repeat("d2", 32)
	criImage     = strings.Repeat("e3", 32)
	criDigest    = "sha256:" + strings.Repeat("f4", 32)
)

// asCRIO answers as CRI-O 1.28 does: an image's id without "sha256:", whether a
// container is privileged in the info, and the network in annotations.
func asCRIO() *fakeCRI {
	labels := map[string]string{
		labelContainerName: "main", labelPodName: "webpod", labelPodNamespace: "shop", labelPodUID: webUID,
	}
	return &fakeCRI{
		name: "cri-o", version: "1.28.1",
		containers: map[string]*runtimeapi.ContainerStatusResponse{criContainer: {
			Status: &runtimeapi.ContainerStatus{
				Id: criContainer, Metadata: &runtimeapi.ContainerMetadata{Name: "main"}, CreatedAt: 5, StartedAt: 6,
				Image: &runtimeapi.ImageSpec{Image: "quay.io/shop/web:5"}, ImageRef: criImage, Labels: labels,
				Mounts: []*runtimeapi.Mount{
					{HostPath: "/var/lib/kubelet/x", ContainerPath: "/etc/hosts"},
					{HostPath: "/srv", ContainerPath: "/srv", Readonly: true, Propagation: runtimeapi.MountPropagation_PROPAGATION_HOST_TO_CONTAINER},
					{HostPath: "/mnt", ContainerPath: "/mnt", Propagation: runtimeapi.MountPropagation_PROPAGATION_BIDIRECTIONAL},
				},
			},
			Info: map[string]string{"info": `{"sandboxID":"` + criPod + `","pid":42,"privileged":true,"runtimeSpec":{"ociVersion":"1.1.0","process":{"capabilities":{}},"linux":{}}}`},
		}},
		pods: map[string]*runtimeapi.PodSandboxStatusResponse{criPod: {
			Status: &runtimeapi.PodSandboxStatus{
				Id: criPod, Metadata: &runtimeapi.PodSandboxMetadata{Name: "webpod", Namespace: "shop", Uid: webUID}, CreatedAt: 4,
				Labels:  map[string]string{"app": "web"},
				Network: &runtimeapi.PodSandboxNetworkStatus{Ip: "10.85.0.7"},
				Linux: &runtimeapi.LinuxPodSandboxStatus{Namespaces: &runtimeapi.Namespace{Options: &runtimeapi.NamespaceOption{
					Pid: runtimeapi.NamespaceMode_NODE, Ipc: runtimeapi.NamespaceMode_NODE,
				}}},
			},
			Info: map[string]string{"info": `{"image":"registry.k8s.io/pause:3.9","pid":41,"runtimeSpec":{"annotations":{"io.kubernetes.cri-o.CNIResult":"{\"cniVersion\":\"1.0.0\"}"}}}`},
		}},
		images: map[string]*runtimeapi.Image{criImage: {
			Id: criImage, RepoTags: []string{"quay.io/shop/web:5"},
			RepoDigests: []string{"quay.io/other/web@sha256:00", "quay.io/shop/web@" + criDigest, "quay.io/more/web@sha256:01"},
		}},
	}
}

func crioDetails() *event.Details {
	pod := &event.Pod{
		Name: "webpod", Namespace: "shop", UID: webUID, SandboxID: criPod,
		Labels: []event.Label{{Name: "app", Value: "web"}}, IP: "10.85.0.7", CNI: `{"cniVersion":"1.0.0"}`,
	}
	return &event.Details{
		Type: "cri-o", Name: "main",
		Image: "quay.io/shop/web:5", ImageRepository: "quay.io/shop/web", ImageTag: "5", ImageDigest: criDigest, ImageID: criImage,
		Privileged: event.Yes, HostPID: event.Yes, HostNetwork: event.No, HostIPC: event.Yes,
		Mounts: []event.Mount{
			{Source: "/var/lib/kubelet/x", Destination: "/etc/hosts", Propagation: "rprivate", Writable: true},
			{Source: "/srv", Destination: "/srv", Propagation: "rslave"},
			{Source: "/mnt", Destination: "/mnt", Propagation: "rshared", Writable: true},
		},
		Labels: []event.Label{
			{Name: labelContainerName, Value: "main"}, {Name: labelPodName, Value: "webpod"},
			{Name: labelPodNamespace, Value: "shop"}, {Name: labelPodUID, Value: webUID},
		},
		Created: 5, Started: 6, IP: pod.IP, CNI: pod.CNI, Pod: pod,
	}
}

// unknownService is a gRPC server without CRI: containerd with its plugin off.
type unknownService struct{}

func (*unknownService) start(t *testing.T) *CRI {
	socket := filepath.Join(shortTempDir(t), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	done := make(chan struct{})
	go func() { defer close(done); server.Serve(listener) }()
	t.Cleanup(func() { server.Stop(); <-done })
	return criAt(t, socket)
}
