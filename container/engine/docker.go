package engine

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/gyrsec/gyr/event"
)

// Docker is a runtime that speaks Docker's API on a unix socket: Docker, or
// Podman by its service.
type Docker struct {
	// kind is event.Details.Type.
	kind   string
	api    *dockerAPI
	images *imageCache
}

// NewDocker is the Docker daemon at a socket. It does not connect; each call
// fails with an error that wraps fs.ErrNotExist while there is no such file.
func NewDocker(socket string) *Docker { return newDockerEngine(typeDocker, socket) }

func newDockerEngine(kind, socket string) *Docker {
	return &Docker{kind: kind, api: newDockerAPI(socket), images: newImageCache()}
}

// Name is the runtime and its socket.
func (d *Docker) Name() string { return d.kind + " " + d.api.socket }

// Has reports whether the container may be one of this runtime, whose ids are all
// 64 hexadecimal digits.
func (d *Docker) Has(c *event.Container) bool {
	return isID(c.FullID) && (c.Type == d.kind || c.Type == "")
}

// Close gives up connections that are not in use.
func (d *Docker) Close() error {
	d.api.close()
	return nil
}

// Inspect asks for a container, for its image where that is not known yet, and
// for the containers whose namespaces it shares. What the answer about the
// container says is returned even if the others cannot be had.
func (d *Docker) Inspect(ctx context.Context, fullID string) (*event.Details, error) {
	fail := func(err error) (*event.Details, error) {
		return nil, fmt.Errorf("%s: container %.12s: %w", d.Name(), fullID, err)
	}
	c, err := d.container(ctx, fullID)
	if err != nil {
		return fail(err)
	}
	return d.describe(ctx, c), nil
}

func (d *Docker) container(ctx context.Context, id string) (*dockerContainer, error) {
	if !isID(id) {
		// The daemon would take it for the name of a container, or the beginning of an id.
		return nil, fmt.Errorf("%w: %.80q is not an id of this runtime", ErrNotFound, id)
	}
	var c dockerContainer
	if err := d.api.get(ctx, "/containers/"+id+"/json", nil, maxDockerObject, &c); err != nil {
		return nil, err
	}
	if c.ID != id {
		return nil, fmt.Errorf("the answer is about another container, %.80q", c.ID)
	}
	return &c, nil
}

// List names all containers, those that do not run, too.
func (d *Docker) List(ctx context.Context) ([]string, error) {
	var all []struct{ ID string }
	if err := d.api.get(ctx, "/containers/json", url.Values{"all": {"true"}}, maxDockerList, &all); err != nil {
		return nil, fmt.Errorf("%s: list of containers: %w", d.Name(), err)
	}
	ids := make([]string, 0, len(all))
	for _, c := range all {
		if isID(c.ID) {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}

// dockerEvent is one line of the event stream.
type dockerEvent struct {
	Type, Action string
	Actor        struct{ ID string }
}

// followed are the changes asked for, in Docker's words and, for the end of a
// container, Podman's.
const followed = `{"type":{"container":true},` +
	`"event":{"create":true,"start":true,"rename":true,"update":true,"destroy":true,"remove":true}}`

// Follow reads the daemon's events.
func (d *Docker) Follow(ctx context.Context, connected func(), tell func(Change)) error {
	fail := func(err error) error {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("%s: events: %w", d.Name(), err)
	}
	// The daemon answers before it begins to listen; what happens in between comes
	// because of `since`.
	now := time.Now()
	since := fmt.Sprintf("%d.%09d", now.Unix(), now.Nanosecond())
	resp, err := d.api.open(ctx, "/events", url.Values{"since": {since}, "filters": {followed}})
	if err != nil {
		return fail(err)
	}
	defer resp.Body.Close()
	connected()

	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxDockerEvent)
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var e dockerEvent
		if err := json.Unmarshal(line, &e); err != nil {
			return fail(fmt.Errorf("not an event of Docker's API: %w", err))
		}
		if change, ok := e.change(); ok {
			tell(change)
		}
	}
	switch err := lines.Err(); {
	case err == nil:
		return fail(fmt.Errorf("the daemon ended the stream: %w", io.EOF))
	case errors.Is(err, bufio.ErrTooLong):
		return fail(fmt.Errorf("an event is longer than %d bytes", maxDockerEvent))
	default:
		return fail(err)
	}
}

// change translates an event. The filter is not relied upon.
func (e *dockerEvent) change() (c Change, ok bool) {
	if !isID(e.Actor.ID) || e.Type != "container" {
		return Change{}, false
	}
	c.FullID = e.Actor.ID
	switch e.Action {
	case "create", "start", "rename", "update":
		c.Kind = Updated
	case "destroy", "remove":
		c.Kind = Removed
	default:
		return Change{}, false
	}
	return c, true
}
