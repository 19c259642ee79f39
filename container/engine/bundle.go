package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/gyrsec/gyr/event"
)

// Bundles reads what runtimes leave on disk of the containers they start, so
// that a container is described at once and while its runtime hangs, is started
// anew or cannot be asked.
//
// A description may be partial. Of pods' containers the files have all but the
// pod's labels and address, of Docker's all but the image's digest, of Podman's
// all but labels. Of containers of ctr they have no image: Details.Image is
// empty then, and only Containerd can tell it.
//
// Rootless runtimes' files are not read. They belong to the users, who could
// write there what they wish about the containers of others.
type Bundles struct {
	files   *rootFiles
	openErr error

	tasks   []string // folders in which containerd keeps tasks, by namespace
	docker  []string // Docker's data roots
	storage []string // folders of containers by github.com/containers/storage
}

// NewBundles returns the engine for the files below root, the host's root folder
// as seen from here; empty is "/". Where Docker, containerd or Podman were
// configured to keep their files elsewhere, it is read once from their own
// configuration files.
func NewBundles(root string) *Bundles {
	if root == "" {
		root = "/"
	}
	b := &Bundles{}
	b.files, b.openErr = openRoot(root)
	if b.openErr == nil {
		b.findFolders()
	}
	return b
}

// Name implements Engine.
func (b *Bundles) Name() string {
	if b.openErr != nil {
		return "files"
	}
	return "files " + b.files.name
}

// Has implements Engine.
func (b *Bundles) Has(c *event.Container) bool {
	switch c.Type {
	case typeDocker, typeContainerd, typeCRIO, typePodman, "":
		return true
	}
	return false
}

// Close implements Engine.
func (b *Bundles) Close() error {
	if b.openErr != nil {
		return nil
	}
	return b.files.Close()
}

// Inspect implements Engine.
func (b *Bundles) Inspect(ctx context.Context, fullID string) (*event.Details, error) {
	if b.openErr != nil {
		return nil, b.openErr
	}
	// Ids are taken from names of control groups, which a process may have made
	// up, and become part of a path here.
	if !validID(fullID) {
		return nil, fmt.Errorf("%s: %w: %q, which no runtime gives", b.Name(), ErrNotFound, fullID)
	}
	for _, look := range [...]func(string) (*event.Details, error){b.fromDocker, b.fromTasks, b.fromStorage} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d, err := look(fullID)
		if err == nil {
			return d, nil
		}
		if !errors.Is(err, ErrNotFound) {
			return nil, fmt.Errorf("reading files of container %s: %w", fullID, err)
		}
	}
	return nil, fmt.Errorf("%s: %w: %s", b.Name(), ErrNotFound, fullID)
}

// maxListed bounds List where a folder holds what nobody expects.
const maxListed = 20_000

// List implements Engine.
func (b *Bundles) List(ctx context.Context) ([]string, error) {
	if b.openErr != nil {
		return nil, b.openErr
	}
	var ids []string
	seen := make(map[string]bool)
	add := func(folder string, isContainer func(string) bool) error {
		names, err := b.files.names(folder, maxListed)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("listing containers: %w", err)
		}
		for _, name := range names {
			if isContainer(name) && !seen[name] {
				seen[name] = true
				ids = append(ids, name)
			}
		}
		return ctx.Err()
	}
	for _, root := range b.docker {
		if err := add(root+"/containers", isID); err != nil {
			return nil, err
		}
	}
	for _, tasks := range b.tasks {
		for _, namespace := range b.taskNamespaces(tasks) {
			if err := add(tasks+"/"+namespace, validID); err != nil {
				return nil, err
			}
		}
	}
	for _, folder := range b.storage {
		if err := add(folder, isID); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// Follow implements Engine. Files tell nothing by themselves.
func (b *Bundles) Follow(context.Context, func(), func(Change)) error {
	return fmt.Errorf("%s: %w", b.Name(), errors.ErrUnsupported)
}

// validID reports whether s has the form of an id that a runtime gives: letters,
// digits, and, within, single characters of punctuation that names may have.
// containerd allows 76 characters, others 64 digits.
func validID(s string) bool {
	if len(s) == 0 || len(s) > 76 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		case (c == '.' || c == '_' || c == '-') && i > 0 && i < len(s)-1 && alnum(s[i-1]):
		default:
			return false
		}
	}
	return true
}

func alnum(c byte) bool { return c != '.' && c != '_' && c != '-' }

// isID reports whether s is an id as all runtimes but containerd alone give it.
func isID(s string) bool {
	id, ok := imageID(s)
	return ok && id == s
}
