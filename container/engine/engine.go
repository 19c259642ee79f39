// Package engine asks container runtimes what they know of containers: Docker
// and Podman by Docker's API, containerd and CRI-O by the Kubernetes container
// runtime interface (CRI), containerd by its own, and the files runtimes leave
// on disk, which need no runtime to answer.
//
// An engine only translates: what is asked when, how long an answer is waited
// for and what is kept is decided by package container.
package engine

import (
	"context"
	"errors"

	"github.com/gyrsec/gyr/event"
)

// ErrNotFound says that the runtime answered and does not have the container, at
// least not yet.
var ErrNotFound = errors.New("no such container")

// Engine is one runtime. Its methods may be called from several goroutines, and
// connect anew where the runtime was away.
type Engine interface {
	// Name is the kind and the place: "docker /var/run/docker.sock".
	Name() string
	// Has reports whether the engine may know a container at all, without asking
	// it: of the runtimes on a machine only one has made it.
	Has(c *event.Container) bool
	// Inspect describes the container with the full id. The error wraps
	// ErrNotFound where the runtime has none.
	Inspect(ctx context.Context, fullID string) (*event.Details, error)
	// List names the containers that exist by their full ids.
	List(ctx context.Context) ([]string, error)
	// Follow tells what happens to containers until ctx is done or the runtime goes
	// away; it calls connected once when from then on nothing is missed. The error
	// wraps errors.ErrUnsupported where the runtime tells nothing by itself.
	Follow(ctx context.Context, connected func(), tell func(Change)) error
	// Close gives up connections.
	Close() error
}

// Owned is an Engine whose containers are those of one user. Others are the
// machine's own.
type Owned interface {
	Engine
	// User is the user, 0 for the machine's own. Only of containers with the same
	// event.Container.User the engine's word counts: a user can put anything at a
	// socket of theirs.
	User() uint32
}

// Change is something that happened to a container.
type Change struct {
	FullID string
	Kind   Kind
}

// Kind of a Change.
type Kind uint8

// The kinds of changes.
const (
	Updated Kind = iota // created, started, renamed or changed otherwise: ask again
	Removed             // it does not exist any more
)
