package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Follow implements Engine. Runtimes that tell nothing by this interface are
// containerd before 1.7, and containerd 1.7, which gives each event to one of
// those who ask, so that asking would take them from the kubelet; Containerd
// follows both.
func (c *CRI) Follow(ctx context.Context, connected func(), tell func(Change)) error {
	if c.dialErr != nil {
		return c.dialErr
	}
	version, err := c.runtimeVersion(ctx)
	if err != nil {
		return fmt.Errorf("asking %s what it is: %w", c.Name(), err)
	}
	if !version.broadcasts() {
		return fmt.Errorf("%s is containerd %s, which does not tell of its containers by CRI: %w", c.Name(), version.version, errors.ErrUnsupported)
	}
	streaming, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.runtime.GetContainerEvents(streaming, &runtimeapi.GetEventsRequest{})
	if err == nil {
		err = follow(streaming, stream.Recv, connected, func(e *runtimeapi.ContainerEventResponse) { c.tell(e, tell) })
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.lost(err)
	if status.Code(err) == codes.Unimplemented {
		return fmt.Errorf("%s does not tell of its containers: %w", c.Name(), errors.ErrUnsupported)
	}
	return fmt.Errorf("following %s: %w", c.Name(), err)
}

func (c *CRI) tell(e *runtimeapi.ContainerEventResponse, tell func(Change)) {
	switch e.GetContainerEventType() {
	case runtimeapi.ContainerEventType_CONTAINER_CREATED_EVENT, runtimeapi.ContainerEventType_CONTAINER_STARTED_EVENT:
		tell(Change{FullID: e.GetContainerId(), Kind: Updated})
	case runtimeapi.ContainerEventType_CONTAINER_DELETED_EVENT:
		c.sandboxes.remove(e.GetContainerId())
		tell(Change{FullID: e.GetContainerId(), Kind: Removed})
	}
}

// broadcasts reports whether every client gets all events of the runtime.
func (v runtimeVersion) broadcasts() bool {
	if v.name != typeContainerd {
		return true
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(v.version, "v"), ".")
	n, err := strconv.Atoi(major)
	return err == nil && n >= 2
}
