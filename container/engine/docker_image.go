package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gyrsec/gyr/event"
)

// dockerImage is what is of use of the answer about an image.
type dockerImage struct {
	RepoTags    []string // "debian:12"
	RepoDigests []string // "debian@sha256:..."
}

// describeImage says which image a container was made from.
func (d *Docker) describeImage(ctx context.Context, details *event.Details, c *dockerContainer) {
	details.Image = c.Config.Image
	details.ImageID = strings.TrimPrefix(c.Image, "sha256:")
	var image *dockerImage
	if _, ok := imageID(c.Image); ok {
		image, _ = d.images.get(ctx, c.Image, d.image)
	}

	repository, tag, digest := splitImage(details.Image)
	if startedByID(details.Image, details.ImageID) && !image.hasRepository(repository) {
		repository, tag, digest = splitImage(image.name())
	}
	if repository != "" && tag == "" && digest == "" {
		tag = "latest"
	}
	if digest == "" {
		digest = image.digest(repository)
	}
	details.ImageRepository, details.ImageTag, details.ImageDigest = repository, tag, digest
}

// image asks for an image. One that was deleted while containers of it exist has
// no names any more.
func (d *Docker) image(ctx context.Context, id string) (*dockerImage, error) {
	image := new(dockerImage)
	err := d.api.get(ctx, "/images/"+id+"/json", nil, maxDockerObject, image)
	if errors.Is(err, ErrNotFound) {
		return image, nil
	}
	image.RepoTags, image.RepoDigests = someNames(image.RepoTags), someNames(image.RepoDigests)
	return image, err
}

const (
	// maxNames is how many names of an image are kept, and maxNameBytes how long one
	// may be: a registry's and a repository's are shorter, and so is a digest.
	maxNames     = 64
	maxNameBytes = 1024
)

func someNames(all []string) (some []string) {
	for _, name := range all {
		if len(name) <= maxNameBytes && len(some) < maxNames && !strings.HasPrefix(name, "<none>") {
			some = append(some, name)
		}
	}
	return some
}

// startedByID reports whether an image was asked for by its id or the beginning
// of that, and not by name.
func startedByID(asked, id string) bool {
	digits, prefixed := strings.CutPrefix(asked, "sha256:")
	return prefixed || strings.HasPrefix(id, digits)
}

// name is a name of the image, empty where it has none.
func (i *dockerImage) name() string {
	switch {
	case i == nil:
		return ""
	case len(i.RepoTags) > 0:
		return i.RepoTags[0]
	case len(i.RepoDigests) > 0:
		return i.RepoDigests[0]
	}
	return ""
}

func (i *dockerImage) hasRepository(repository string) bool {
	return i != nil && slices.ContainsFunc(i.RepoTags, func(name string) bool {
		of, _, _ := splitImage(name)
		return sameRepository(of, repository)
	})
}

// digest is what the repository knows the image by. An image that has another
// name here than in the only repository it came from has that one's.
func (i *dockerImage) digest(repository string) string {
	if i == nil {
		return ""
	}
	for _, name := range i.RepoDigests {
		if of, _, digest := splitImage(name); sameRepository(of, repository) {
			return digest
		}
	}
	if len(i.RepoDigests) == 1 {
		_, _, digest := splitImage(i.RepoDigests[0])
		return digest
	}
	return ""
}

// imageCache holds what is known of images, so that of many containers of one
// image started together only the first asks for it.
type imageCache struct {
	mu  sync.Mutex
	all map[string]*imageEntry
	now func() time.Time
}

const (
	// maxImages bounds the images kept; they have some 200 bytes each.
	maxImages = 512
	// imageAge is how long what is known of an image holds: names can be given to it
	// and taken away.
	imageAge = time.Minute
)

// imageEntry is an image that is asked for, or was.
type imageEntry struct {
	since time.Time
	done  chan struct{} // closed once image and err stand
	image *dockerImage
	err   error
}

func newImageCache() *imageCache {
	return &imageCache{all: make(map[string]*imageEntry), now: time.Now}
}

// get returns the image, if need be by ask, which is called once for all that
// want it at a time. An error is not kept.
func (c *imageCache) get(ctx context.Context, id string, ask func(context.Context, string) (*dockerImage, error)) (*dockerImage, error) {
	for {
		entry, mine := c.entry(id)
		if mine {
			entry.image, entry.err = ask(ctx, id)
			if entry.err != nil {
				entry.image = nil
				c.forget(id, entry)
			}
			close(entry.done)
			return entry.image, entry.err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-entry.done:
		}
		// Whoever asked may have had less time than there is here.
		if errors.Is(entry.err, context.Canceled) || errors.Is(entry.err, context.DeadlineExceeded) {
			continue
		}
		return entry.image, entry.err
	}
}

// entry returns the entry of an image, and whether it is a new one, which the
// caller has to fill.
func (c *imageCache) entry(id string) (entry *imageEntry, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if e := c.all[id]; e != nil && now.Sub(e.since) < imageAge {
		return e, false
	}
	if len(c.all) >= maxImages {
		for other := range c.all { // any: those still wanted are soon known again
			delete(c.all, other)
			break
		}
	}
	entry = &imageEntry{since: now, done: make(chan struct{})}
	c.all[id] = entry
	return entry, true
}

func (c *imageCache) forget(id string, entry *imageEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all[id] == entry {
		delete(c.all, id)
	}
}
