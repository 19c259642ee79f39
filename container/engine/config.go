package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
)

// Config says which runtimes a machine may have and where they are asked. Paths
// are the host's; those of sockets may be patterns (path/filepath.Match).
type Config struct {
	// Root is where the host's root folder is seen from here; empty is "/".
	Root string
	// The sockets of runtimes, by the interface that is spoken there.
	Docker, Podman, Containerd, CRI []string
	// Files says whether to read what runtimes leave on disk.
	Files bool
	// LabelMax is the length in bytes of the longest value of a label that is
	// kept; 0 keeps none but empty ones.
	LabelMax int
}

// New returns the engines for a configuration, those first whose word counts
// more, and the one that reads files, nil where there is to be none. A socket need
// not exist yet; but what a pattern stands for is looked up once.
//
// CRI comes before containerd's own interface, because it knows of pods.
func New(c Config) (engines []Engine, files Engine) {
	root := strings.TrimSuffix(c.Root, "/")
	for _, kind := range []struct {
		sockets []string
		open    func(string) Engine
	}{
		{c.CRI, func(s string) Engine { return NewCRI(s) }},
		{c.Containerd, func(s string) Engine { return NewContainerd(s) }},
		{c.Docker, func(s string) Engine { return NewDocker(s) }},
		{c.Podman, func(s string) Engine { return NewPodman(s) }},
	} {
		for _, s := range places(root, kind.sockets) {
			size := maxDetails
			if s.user != 0 {
				size = maxUserDetails
			}
			e := modest{shortLabels{atSocket{kind.open(s.path), s.path}, c.LabelMax}, size}
			engines = append(engines, owned{e, s.user})
		}
	}
	if c.Files {
		files = modest{shortLabels{NewBundles(c.Root), c.LabelMax}, maxDetails}
	}
	return engines, files
}

// HostRoot is where the host's root folder is seen from here: what HOST_ROOT
// names, or the root folder of process 1 where that has other mounts than this
// process and may be looked at (a container that shares the host's PID
// namespace); empty where this process has the host's files itself.
func HostRoot() string {
	if root := os.Getenv("HOST_ROOT"); root != "" {
		if root = filepath.Clean(root); root == "/" {
			return ""
		}
		return root
	}
	return rootOfInit("/proc")
}

// rootOfInit is the root folder of process 1 as proc shows it, empty where it is
// this process's own or no host's.
func rootOfInit(proc string) string {
	own, err := os.Readlink(filepath.Join(proc, "self/ns/mnt"))
	if err != nil {
		return ""
	}
	first, err := os.Readlink(filepath.Join(proc, "1/ns/mnt"))
	if err != nil || first == own {
		return ""
	}
	// Where the containers of a pod share a PID namespace, process 1 is the one
	// that holds it: its image is empty but for that program.
	root := filepath.Join(proc, "1/root")
	if info, err := os.Stat(filepath.Join(root, "usr")); err != nil || !info.IsDir() {
		return ""
	}
	return root
}

// place is a socket: where it is seen from here, and the user whose runtime is
// there, 0 for the machine's own.
type place struct {
	path string
	user uint32
}

// places are the sockets, each once, whatever it is called.
func places(root string, sockets []string) []place {
	var found []place
	for _, s := range sockets {
		all := []string{s}
		if strings.ContainsAny(s, `*?[\`) {
			all = expand(root, s)
		}
		for _, one := range all {
			path := inRoot(root, one)
			if !slices.ContainsFunc(found, func(other place) bool { return same(path, other.path) }) {
				found = append(found, place{path, userOf(root, one, path)})
			}
		}
	}
	return found
}

// userOf is the user whose runtime is at a socket, given as it was configured and
// as a path that is found from here. In a user's own folder it is that user,
// wherever a link there leads; elsewhere whoever owns the socket.
func userOf(root, configured, path string) uint32 {
	for _, folder := range [...]string{filepath.Clean(configured), strings.TrimPrefix(path, root)} {
		rest, ok := strings.CutPrefix(strings.TrimPrefix(folder, "/var"), "/run/user/")
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, "/")
		if uid, err := strconv.ParseUint(name, 10, 32); err == nil {
			return uint32(uid)
		}
	}
	var s unix.Stat_t
	if unix.Stat(path, &s) != nil {
		return 0
	}
	return s.Uid
}

// expand lists the paths below root that a pattern stands for.
func expand(root, pattern string) []string {
	// The root itself is no pattern.
	quoted := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(root)
	found, err := filepath.Glob(quoted + pattern)
	if err != nil {
		return nil // a pattern that is none fits nothing
	}
	for i := range found {
		found[i] = strings.TrimPrefix(found[i], root)
	}
	return found
}

// same reports whether two paths are one file, where it exists.
func same(a, b string) bool {
	if a == b {
		return true
	}
	var x, y unix.Stat_t
	return unix.Stat(a, &x) == nil && unix.Stat(b, &y) == nil && x.Dev == y.Dev && x.Ino == y.Ino
}

// maxLinks is how many symbolic links a path may lead through, as in the kernel.
const maxLinks = 40

// inRoot is the path below root, followed as someone would whose root folder it
// is: links that begin with a slash, such as the /var/run of many systems, lead
// to this process's files otherwise. What does not exist stands as it is.
func inRoot(root, path string) string {
	resolved := "" // below root, without links
	rest := path
	for links := 0; rest != ""; {
		var name string
		name, rest, _ = strings.Cut(strings.TrimLeft(rest, "/"), "/")
		switch name {
		case "", ".":
			continue
		case "..":
			resolved = parentOf(resolved)
			continue
		}
		next := resolved + "/" + name
		target, err := os.Readlink(root + next)
		if err != nil || links == maxLinks {
			resolved = next
			continue
		}
		links++
		if filepath.IsAbs(target) {
			resolved = ""
		}
		rest = target + "/" + rest
	}
	return root + resolved
}

// parentOf is the folder above; that of the root is itself.
func parentOf(path string) string {
	return path[:max(0, strings.LastIndexByte(path, '/'))]
}

// atSocket tells of a runtime that is not there apart from one that is and does
// not answer: while its socket does not exist, errors wrap fs.ErrNotExist.
type atSocket struct {
	Engine
	socket string
}

// Inspect implements Engine.
func (a atSocket) Inspect(ctx context.Context, fullID string) (*event.Details, error) {
	d, err := a.Engine.Inspect(ctx, fullID)
	return d, a.explain(err)
}

// List implements Engine.
func (a atSocket) List(ctx context.Context) ([]string, error) {
	ids, err := a.Engine.List(ctx)
	return ids, a.explain(err)
}

// Follow implements Engine.
func (a atSocket) Follow(ctx context.Context, connected func(), tell func(Change)) error {
	return a.explain(a.Engine.Follow(ctx, connected, tell))
}

func (a atSocket) explain(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrNotFound), errors.Is(err, errors.ErrUnsupported), errors.Is(err, fs.ErrNotExist):
		return err
	}
	if _, gone := os.Lstat(a.socket); errors.Is(gone, fs.ErrNotExist) {
		return fmt.Errorf("%w (%w)", err, fs.ErrNotExist)
	}
	return err
}

// owned says whose containers an engine knows.
type owned struct {
	Engine
	user uint32
}

// User implements Owned.
func (o owned) User() uint32 { return o.user }

// shortLabels leaves out labels that are too long to be of use.
type shortLabels struct {
	Engine
	longest int
}

// Inspect implements Engine.
func (s shortLabels) Inspect(ctx context.Context, fullID string) (*event.Details, error) {
	d, err := s.Engine.Inspect(ctx, fullID)
	if err != nil || d == nil {
		return d, err
	}
	long := func(l event.Label) bool { return len(l.Value) > s.longest }
	if slices.ContainsFunc(d.Labels, long) {
		shorter := *d
		shorter.Labels = slices.DeleteFunc(slices.Clone(d.Labels), long)
		d = &shorter
	}
	if d.Pod != nil && slices.ContainsFunc(d.Pod.Labels, long) {
		shorter, pod := *d, *d.Pod
		pod.Labels = slices.DeleteFunc(slices.Clone(pod.Labels), long)
		shorter.Pod = &pod
		d = &shorter
	}
	return d, err
}
