package engine

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/event"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// ociSpec is what is of use here of an OCI runtime configuration: the
// config.json of a bundle, which runtimes also hand out by their interfaces.
// It is read in part because a container's start waits for it, and seccomp
// filters and device lists, which nobody asks for, are most of it.
type ociSpec struct {
	Process *struct {
		Capabilities *specs.LinuxCapabilities `json:"capabilities"`
	} `json:"process"`
	Mounts      []specs.Mount     `json:"mounts"`
	Annotations map[string]string `json:"annotations"`
	Linux       *struct {
		Namespaces []specs.LinuxNamespace `json:"namespaces"`
	} `json:"linux"`
}

func parseSpec(b []byte) (*ociSpec, error) {
	var s ociSpec
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("reading an OCI runtime configuration: %w", err)
	}
	return &s, nil
}

// describe adds to d what the configuration alone says, and what d does not
// know yet.
func (s *ociSpec) describe(d *event.Details) {
	known(&d.Privileged, s.privileged())
	s.hostNamespaces(d)
	if d.Mounts == nil {
		d.Mounts = s.mounts()
	}
}

// hostNamespaces adds to d which namespaces of the host the container shares.
func (s *ociSpec) hostNamespaces(d *event.Details) {
	known(&d.HostPID, s.hostNamespace(specs.PIDNamespace))
	known(&d.HostNetwork, s.hostNamespace(specs.NetworkNamespace))
	known(&d.HostIPC, s.hostNamespace(specs.IPCNamespace))
}

// known sets a fact that is not known yet.
func known(fact *event.Fact, value event.Fact) {
	if *fact == event.Unknown {
		*fact = value
	}
}

// privileged tells whether the container was asked for as a privileged one,
// which the configuration does not say in a word. Every runtime does two things
// then that none does otherwise, not even with each capability added by name:
// all capabilities together with a writable /sys.
//
// Of the capabilities those are looked for that no runtime grants by itself,
// not all: "all" means all that the runtime knew when it was built and that its
// machine could grant, so newer ones (CAP_BPF) and ones the machine lacks
// (CAP_SYS_RESOURCE, often) are missing in privileged containers, too. Seccomp
// filters and masked paths tell nothing: unprivileged containers of CRI have
// neither unless the kubelet asks for them.
func (s *ociSpec) privileged() event.Fact {
	if s.Process == nil || s.Linux == nil {
		return event.Unknown
	}
	if s.Process.Capabilities == nil {
		return event.No
	}
	for _, name := range [...]string{
		"CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_PTRACE", "CAP_SYS_BOOT", "CAP_SYS_TIME",
		"CAP_NET_ADMIN", "CAP_DAC_READ_SEARCH", "CAP_MAC_ADMIN", "CAP_SYSLOG",
	} {
		if !slices.Contains(s.Process.Capabilities.Bounding, name) {
			return event.No
		}
	}
	sys := event.No
	for _, m := range s.Mounts {
		// The last mount on a place is the one that is seen.
		if path.Clean(m.Destination) == "/sys" {
			sys = event.FactOf(!slices.Contains(m.Options, "ro"))
		}
	}
	return sys
}

// hostNamespace tells whether the container shares one of the host's namespaces:
// it is asked to make none of its own, or to join process 1's.
func (s *ociSpec) hostNamespace(kind specs.LinuxNamespaceType) event.Fact {
	if s.Linux == nil {
		return event.Unknown
	}
	for _, n := range s.Linux.Namespaces {
		if n.Type != kind {
			continue
		}
		switch {
		case n.Path == "":
			return event.No
		case strings.HasPrefix(n.Path, "/proc/1/ns/"), strings.HasSuffix(n.Path, "/docker/netns/default"):
			return event.Yes
		case strings.Contains(n.Path, "/netns/"):
			// Made by and named for a container or a pod.
			return event.No
		}
		// That of another process, which may itself share the host's: the sandbox
		// of a pod, or the container of --net=container:X.
		return event.Unknown
	}
	return event.Yes
}

// mounts are the files and folders of the host that were asked to be seen in
// the container: not the file systems each container has, and not the files a
// runtime makes for each container (/etc/hosts and the like).
func (s *ociSpec) mounts() []event.Mount {
	var found []event.Mount
	for _, m := range s.Mounts {
		bind := m.Type == "bind" || slices.Contains(m.Options, "bind") || slices.Contains(m.Options, "rbind")
		if !bind || strings.Contains(m.Source, "/io.containerd.grpc.v1.cri/sandboxes/") ||
			strings.Contains(m.Source, "-containers/") && strings.Contains(m.Source, "/userdata/") {
			continue
		}
		found = append(found, event.Mount{
			Source: m.Source, Destination: m.Destination,
			Propagation: propagation(m.Options),
			Writable:    !slices.Contains(m.Options, "ro"),
		})
	}
	return found
}

// propagation finds how mounts made later spread among a mount's options.
func propagation(options []string) string {
	for _, o := range options {
		switch o {
		case "private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable":
			return o
		}
	}
	return ""
}
