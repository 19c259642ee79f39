package dns

import (
	"net/netip"
	"strings"

	"github.com/gyrsec/gyr/event"
)

// apiEnv is the variable in which Kubernetes tells every container of a pod the
// address of its API.
const apiEnv = "KUBERNETES_SERVICE_HOST"

// apiNames are the names of the Kubernetes API service within a cluster, the
// one rules mention first.
func apiNames() []string {
	return []string{"kubernetes.default.svc.cluster.local", "kubernetes.default.svc", "kubernetes.default", "kubernetes"}
}

// apiAncestors bounds how far up the processes of a container are searched for
// the variable.
const apiAncestors = 16

// apiAddress returns what a process's environment says is the API's address, as
// it is written there; "" where it says nothing. A process started without its
// environment (env -i) inherits what those that started it in the container
// were told: the last of them that the container began with always was.
func apiAddress(p *event.Process, clock int64) string {
	start := p
	for range apiAncestors {
		if p == nil || !sameContainer(p, start) {
			return ""
		}
		if s := apiVariable(p.Env); s != "" {
			return s
		}
		p = p.ParentAt(clock)
	}
	return ""
}

func sameContainer(p, q *event.Process) bool { return containerID(p) == containerID(q) }

// containerID names the container a process runs in, "" for the host.
func containerID(p *event.Process) string {
	if p == nil || p.Container == nil {
		return ""
	}
	if p.Container.FullID != "" {
		return p.Container.FullID
	}
	return p.Container.ID
}

func apiVariable(env []string) string {
	for _, v := range env {
		if rest, ok := strings.CutPrefix(v, apiEnv); ok && strings.HasPrefix(rest, "=") {
			return rest[1:]
		}
	}
	return ""
}

// isAddress reports whether the text stands for the address. It does not
// allocate.
func isAddress(text string, addr netip.Addr) bool {
	if text == "" {
		return false
	}
	var buf [64]byte
	if string(addr.AppendTo(buf[:0])) == text {
		return true
	}
	if !strings.Contains(text, ":") || !addr.Is6() {
		return false
	}
	// An IPv6 address can be written in many ways, in brackets too.
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return err == nil && a.Unmap() == addr
}
