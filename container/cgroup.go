// Package container finds out which container a process runs in, and what is
// known of that container.
//
// Which container it is follows from the path of the process's control group
// alone: every runtime puts a container's processes into a group whose name
// holds the container's id. That needs no runtime to be asked and holds from
// the first instruction of the container on.
package container

import (
	"strconv"
	"strings"

	"github.com/gyrsec/gyr/event"
)

const (
	// fullIDLen is the number of hexadecimal digits of a container's full id;
	// the same in every runtime that this package knows.
	fullIDLen = 64
	// host is the id of no container: by it rules know the host.
	host = "host"
	// shortIDLen is the number of digits shown to people and rules.
	shortIDLen = 12
)

// The values of event.Container.Type, by Falco's names.
const (
	Docker     = "docker"
	Containerd = "containerd"
	CRIO       = "cri-o"
	Podman     = "podman"
	LXC        = "lxc"
	LibvirtLXC = "libvirt-lxc"
	BPM        = "bpm"
)

// FromCgroup returns the container a process in these control groups belongs
// to, nil when it runs on the host. v2Path is the path in the cgroup v2
// hierarchy, v1Path one in a v1 hierarchy; both as the host sees them, either
// may be empty. The v2 path decides where both name a container.
//
// Of containers in containers the innermost counts; see Outermost. What a
// container's own init system makes below its group (init.scope,
// system.slice/...) is still that container.
//
// The id is taken from a path component that is an id, or that is one in the
// form a known runtime gives it. Where containers have names only (LXC,
// `ctr run IMAGE NAME`) the name is the id; see named for the paths in which
// one is taken for a container.
func FromCgroup(v2Path, v1Path string) *event.Container {
	if c := fromPath(v2Path, false); c != nil {
		return c
	}
	return fromPath(v1Path, false)
}

// Outermost is FromCgroup, but of containers in containers the outermost counts:
// the one that the machine's own runtime made. Names of groups below that are
// whatever those in it choose, ids of other containers among them.
func Outermost(v2Path, v1Path string) *event.Container {
	if c := fromPath(v2Path, true); c != nil {
		return c
	}
	return fromPath(v1Path, true)
}

func fromPath(path string, outermost bool) *event.Container {
	var found member
	var at, above string
	for rest := path; rest != ""; {
		var component string
		rest, component = cutLast(rest)
		if m, ok := parseMember(rest, component); ok {
			if found, at, above = m, component, rest; !outermost {
				break
			}
		}
	}
	if found.id == "" {
		return nil
	}
	return newContainer(found, at, above)
}

// newContainer describes the container of member m, whose own path component
// and those above it are given.
func newContainer(m member, component, above string) *event.Container {
	c := &event.Container{
		FullID: strings.Clone(m.id),
		Type:   m.runtime,
		User:   managerOf(above),
	}
	switch {
	case isFullID(c.FullID):
		c.ID = c.FullID[:shortIDLen]
	case c.FullID == host:
		c.ID = c.Type + "/" + host // no rule may take it for the host
	default:
		c.ID = c.FullID
	}
	// The pod stands in the component itself only in the form
	// SLICE:RUNTIME:ID, else in one above.
	for {
		if uid, ok := podUID(component); ok && c.PodUID == "" {
			c.PodUID = uid
		}
		if c.Type == "" {
			c.Type = runtimeOfParent(component)
		}
		if above == "" {
			return c
		}
		above, component = cutLast(above)
		if _, ok := parseMember(above, component); ok {
			// From here on the path is that of the container around this one.
			return c
		}
	}
}

// managerOf is the user to whose service manager the groups below a path belong,
// 0 where that is nobody or root.
func managerOf(path string) uint32 {
	for component := range strings.SplitSeq(path, "/") {
		name, ok := strings.CutPrefix(component, "user@")
		if !ok {
			continue
		}
		if name, ok = strings.CutSuffix(name, ".service"); ok {
			if uid, err := strconv.ParseUint(name, 10, 32); err == nil {
				return uint32(uid)
			}
		}
	}
	return 0
}

// cutLast splits a path at its last slash.
func cutLast(path string) (above, component string) {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

// member is what the control group of one container says.
type member struct {
	id      string
	runtime string
}

// parseMember reads a path component, below others, that names a container.
func parseMember(above, component string) (member, bool) {
	if m, ok := parseID(component); ok {
		if m.runtime == "" && m.id == component {
			m.runtime = namespace(above)
		}
		return m, true
	}
	return named(above, component)
}

// parseID reads a path component that holds a container's id.
func parseID(component string) (member, bool) {
	// A cgroupfs runtime that was given a systemd parent: SLICE:PREFIX:ID.
	if i := strings.LastIndexByte(component, ':'); i >= 0 {
		id := component[i+1:]
		j := strings.LastIndexByte(component[:i], ':')
		runtime, known := runtimeOfPrefix(component[j+1 : i])
		return member{id, runtime}, known && isFullID(id)
	}
	name := strings.TrimSuffix(component, ".scope")
	if len(name) < fullIDLen {
		return member{}, false
	}
	id := name[len(name)-fullIDLen:]
	if !isFullID(id) {
		return member{}, false
	}
	prefix := name[:len(name)-fullIDLen]
	if prefix == "" {
		return member{id: id}, name == component
	}
	if prefix[len(prefix)-1] != '-' {
		return member{}, false
	}
	// Exact prefixes: "libpod-conmon" and "crio-conmon" are the monitors of a
	// container, which run on the host.
	runtime, known := runtimeOfPrefix(prefix[:len(prefix)-1])
	return member{id, runtime}, known
}

// runtimeOfPrefix is the runtime that names its groups with the prefix; known
// is false when none does, and runtime empty where the prefix does not tell
// who asked for the container.
func runtimeOfPrefix(prefix string) (runtime string, known bool) {
	switch prefix {
	case "docker":
		return Docker, true
	case "cri-containerd", "containerd", "nerdctl":
		return Containerd, true
	case "crio":
		return CRIO, true
	case "libpod", "libpod-payload":
		return Podman, true
	case "runc", "crun", "youki":
		return "", true
	}
	return "", false
}

// runtimeOfParent guesses who made a container whose group is a bare id from a
// component above it.
func runtimeOfParent(component string) string {
	switch {
	case component == "docker", component == "ecs":
		return Docker
	case component == "libpod_parent":
		return Podman
	case strings.HasPrefix(component, "kubepods"):
		// CRI-O writes its name before the id; Docker under a kubelet is gone
		// since Kubernetes 1.24.
		return Containerd
	}
	return ""
}

func isFullID(s string) bool { return len(s) == fullIDLen && isHex(s) }

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
