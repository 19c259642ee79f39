package engine

import (
	"context"
	"fmt"

	containerdevents "github.com/containerd/containerd/api/events"
	"github.com/containerd/containerd/api/services/events/v1"
	"github.com/containerd/containerd/api/types"
	"google.golang.org/protobuf/proto"
)

// Topics of containerd's events that are followed. The end of a task is not: its
// container is still there, and may be started again.
const (
	topicCreate = "/containers/create"
	topicUpdate = "/containers/update"
	topicStart  = "/tasks/start"
	topicDelete = "/containers/delete"
)

// Follow implements Engine.
func (c *Containerd) Follow(ctx context.Context, connected func(), tell func(Change)) error {
	if c.dialErr != nil {
		return c.dialErr
	}
	streaming, cancel := context.WithCancel(ctx)
	defer cancel()
	var filters []string
	for _, topic := range []string{topicCreate, topicUpdate, topicStart, topicDelete} {
		filters = append(filters, fmt.Sprintf("topic==%q,namespace!=%s", topic, namespaceDocker))
	}
	stream, err := c.events.Subscribe(streaming, &events.SubscribeRequest{Filters: filters})
	if err == nil {
		err = follow(streaming, stream.Recv, connected, func(e *types.Envelope) {
			if change, ok := changeOf(e); ok {
				tell(change)
			}
		})
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("following %s: %w", c.Name(), err)
}

// changeOf reads an event; ok is false where it is none of those asked for.
func changeOf(e *types.Envelope) (change Change, ok bool) {
	value := e.GetEvent().GetValue()
	switch e.GetTopic() {
	case topicCreate:
		return read(value, &containerdevents.ContainerCreate{}, (*containerdevents.ContainerCreate).GetID, Updated)
	case topicUpdate:
		return read(value, &containerdevents.ContainerUpdate{}, (*containerdevents.ContainerUpdate).GetID, Updated)
	case topicStart:
		return read(value, &containerdevents.TaskStart{}, (*containerdevents.TaskStart).GetContainerID, Updated)
	case topicDelete:
		return read(value, &containerdevents.ContainerDelete{}, (*containerdevents.ContainerDelete).GetID, Removed)
	}
	return Change{}, false
}

func read[M proto.Message](value []byte, message M, id func(M) string, kind Kind) (Change, bool) {
	if err := proto.Unmarshal(value, message); err != nil || id(message) == "" {
		return Change{}, false
	}
	return Change{FullID: id(message), Kind: kind}, true
}
