package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gyrsec/gyr/event"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// CRI asks a runtime by the interface the kubelet uses: containerd, CRI-O, and
// what is built on them (k3s, RKE2, microk8s).
type CRI struct {
	socket  string
	conn    *grpc.ClientConn
	dialErr error
	runtime runtimeapi.RuntimeServiceClient
	images  runtimeapi.ImageServiceClient

	sandboxes *bounded[*sandbox]
	imageIDs  *bounded[imageIDs]

	mu      sync.Mutex
	version *runtimeVersion // nil until asked, and after the connection was lost
}

// runtimeVersion is what a runtime says of itself.
type runtimeVersion struct{ name, version string }

// Limits of what is kept: a node has some hundred pods at most, and an entry is a
// few kilobytes.
const (
	maxCRISandboxes = 1024
	maxCRIImages    = 1024
)

// NewCRI returns the engine for the runtime at a unix socket. It connects when
// it is first asked.
func NewCRI(socket string) *CRI {
	c := &CRI{
		socket:    socket,
		sandboxes: newBounded[*sandbox](maxCRISandboxes),
		imageIDs:  newBounded[imageIDs](maxCRIImages),
	}
	c.conn, c.dialErr = dial(socket)
	c.runtime = runtimeapi.NewRuntimeServiceClient(c.conn)
	c.images = runtimeapi.NewImageServiceClient(c.conn)
	return c
}

// Name implements Engine.
func (c *CRI) Name() string { return "cri " + c.socket }

// Has implements Engine.
func (c *CRI) Has(container *event.Container) bool {
	switch container.Type {
	case typeContainerd, typeCRIO, "":
		return true
	}
	return false
}

// Close implements Engine.
func (c *CRI) Close() error {
	if c.dialErr != nil {
		return nil
	}
	return c.conn.Close()
}

// Inspect implements Engine. A pod's sandbox is a container, too.
func (c *CRI) Inspect(ctx context.Context, fullID string) (*event.Details, error) {
	if c.dialErr != nil {
		return nil, c.dialErr
	}
	d, err := c.inspect(ctx, fullID)
	switch {
	case err == nil:
		return d, nil
	case notFound(err):
		return nil, fmt.Errorf("%s: %w: %s", c.Name(), ErrNotFound, fullID)
	}
	c.lost(err)
	return nil, fmt.Errorf("asking %s for container %s: %w", c.Name(), fullID, err)
}

func (c *CRI) inspect(ctx context.Context, fullID string) (*event.Details, error) {
	version, err := c.runtimeVersion(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := c.runtime.ContainerStatus(ctx, &runtimeapi.ContainerStatusRequest{ContainerId: fullID, Verbose: true})
	if notFound(err) {
		s, err := c.sandbox(ctx, fullID)
		if err != nil {
			return nil, err
		}
		d := *s.details
		d.Type = version.name
		return &d, nil
	}
	if err != nil {
		return nil, err
	}
	// Runtimes take the beginning of an id for the whole.
	if answer.GetStatus().GetId() != fullID {
		return nil, status.Error(codes.NotFound, "another container has an id that begins so")
	}
	info := parseCRIInfo(answer.GetInfo())
	d := describeStatus(answer.GetStatus(), info, version.name)
	c.addImageIDs(ctx, d, answer.GetStatus())
	return d, c.addSandbox(ctx, d, info, fullID)
}

// addSandbox adds what the container has from its pod: the network above all.
func (c *CRI) addSandbox(ctx context.Context, d *event.Details, info *criInfo, fullID string) error {
	id := info.SandboxID
	if id == "" {
		list, err := c.runtime.ListContainers(ctx, &runtimeapi.ListContainersRequest{Filter: &runtimeapi.ContainerFilter{Id: fullID}})
		if err != nil {
			return err
		}
		if len(list.GetContainers()) == 0 {
			return nil
		}
		id = list.GetContainers()[0].GetPodSandboxId()
	}
	d.Pod.SandboxID = id
	s, err := c.sandbox(ctx, id)
	if notFound(err) {
		// Removed in this moment; the container is described without it.
		return nil
	}
	if err != nil {
		return err
	}
	s.describe(d)
	return nil
}

// runtimeVersion asks once a connection what the runtime is.
func (c *CRI) runtimeVersion(ctx context.Context) (runtimeVersion, error) {
	c.mu.Lock()
	known := c.version
	c.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	answer, err := c.runtime.Version(ctx, &runtimeapi.VersionRequest{})
	if err != nil {
		return runtimeVersion{}, err
	}
	v := runtimeVersion{answer.GetRuntimeName(), answer.GetRuntimeVersion()}
	c.mu.Lock()
	c.version = &v
	c.mu.Unlock()
	return v, nil
}

// lost forgets what belonged to a connection that err says is lost: behind the
// socket there may be another version of the runtime next time.
func (c *CRI) lost(err error) {
	if status.Code(err) != codes.Unavailable {
		return
	}
	c.mu.Lock()
	c.version = nil
	c.mu.Unlock()
}

// List implements Engine.
func (c *CRI) List(ctx context.Context) ([]string, error) {
	if c.dialErr != nil {
		return nil, c.dialErr
	}
	containers, errContainers := c.runtime.ListContainers(ctx, &runtimeapi.ListContainersRequest{})
	pods, errPods := c.runtime.ListPodSandbox(ctx, &runtimeapi.ListPodSandboxRequest{})
	if err := errors.Join(errContainers, errPods); err != nil {
		c.lost(errContainers)
		return nil, fmt.Errorf("asking %s which containers there are: %w", c.Name(), err)
	}
	ids := make([]string, 0, len(containers.GetContainers())+len(pods.GetItems()))
	for _, one := range containers.GetContainers() {
		ids = append(ids, one.GetId())
	}
	for _, pod := range pods.GetItems() {
		ids = append(ids, pod.GetId())
	}
	return ids, nil
}
