package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/containerd/containerd/api/services/containers/v1"
	"github.com/containerd/containerd/api/services/events/v1"
	"github.com/containerd/containerd/api/services/images/v1"
	"github.com/containerd/containerd/api/services/namespaces/v1"
	"github.com/gyrsec/gyr/event"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// Docker keeps its containers in containerd's namespace moby, and knows more of
// them than containerd does.
const namespaceDocker = "moby"

// Containerd asks containerd by its own interface, for containers that CRI does
// not know, those of ctr and nerdctl, and for the events of all: it tells them in
// every version and to everyone who asks, which CRI does not.
type Containerd struct {
	socket     string
	conn       *grpc.ClientConn
	dialErr    error
	namespaces namespaces.NamespacesClient
	containers containers.ContainersClient
	images     images.ImagesClient
	events     events.EventsClient
}

// NewContainerd returns the engine for containerd's unix socket. It connects
// when it is first asked.
func NewContainerd(socket string) *Containerd {
	c := &Containerd{socket: socket}
	c.conn, c.dialErr = dial(socket)
	c.namespaces = namespaces.NewNamespacesClient(c.conn)
	c.containers = containers.NewContainersClient(c.conn)
	c.images = images.NewImagesClient(c.conn)
	c.events = events.NewEventsClient(c.conn)
	return c
}

// Name implements Engine.
func (c *Containerd) Name() string { return "containerd " + c.socket }

// Has implements Engine.
func (c *Containerd) Has(container *event.Container) bool {
	return container.Type == typeContainerd || container.Type == ""
}

// Close implements Engine.
func (c *Containerd) Close() error {
	if c.dialErr != nil {
		return nil
	}
	return c.conn.Close()
}

// Inspect implements Engine. Ids are unique within a namespace of containerd
// only; of containers with one id in several the first namespace's is meant, by
// name.
func (c *Containerd) Inspect(ctx context.Context, fullID string) (*event.Details, error) {
	if c.dialErr != nil {
		return nil, c.dialErr
	}
	all, err := c.namespaceNames(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking %s for container %s: %w", c.Name(), fullID, err)
	}
	for _, namespace := range all {
		ctx := inNamespace(ctx, namespace)
		answer, err := c.containers.Get(ctx, &containers.GetContainerRequest{ID: fullID})
		if notFound(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("asking %s for container %s: %w", c.Name(), fullID, err)
		}
		return c.describe(ctx, answer.GetContainer())
	}
	return nil, fmt.Errorf("%s: %w: %s", c.Name(), ErrNotFound, fullID)
}

// inNamespace makes calls go to a namespace of containerd.
func inNamespace(ctx context.Context, namespace string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "containerd-namespace", namespace)
}

// namespaceNames lists the namespaces by name, without Docker's.
func (c *Containerd) namespaceNames(ctx context.Context) ([]string, error) {
	answer, err := c.namespaces.List(ctx, &namespaces.ListNamespacesRequest{})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, n := range answer.GetNamespaces() {
		if n.GetName() != namespaceDocker {
			names = append(names, n.GetName())
		}
	}
	slices.Sort(names)
	return names, nil
}

// List implements Engine.
func (c *Containerd) List(ctx context.Context) ([]string, error) {
	if c.dialErr != nil {
		return nil, c.dialErr
	}
	all, err := c.namespaceNames(ctx)
	var ids []string
	for _, namespace := range all {
		var more []string
		if more, err = c.list(inNamespace(ctx, namespace)); err != nil {
			break
		}
		ids = append(ids, more...)
	}
	if err != nil {
		return nil, fmt.Errorf("asking %s which containers there are: %w", c.Name(), err)
	}
	return ids, nil
}

// list names the containers of one namespace. They are sent one by one, because
// with their configurations thousands would not fit in one message.
func (c *Containerd) list(ctx context.Context) ([]string, error) {
	stream, err := c.containers.ListStream(ctx, &containers.ListContainersRequest{})
	if err != nil {
		return nil, err
	}
	var ids []string
	for {
		one, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return ids, nil
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, one.GetContainer().GetID())
	}
}
