package container

import "strings"

// maxName is longer than any name a runtime takes: containerd's have at most 76
// bytes, a machine's 64.
const maxName = 128

// named reads a path component, below others, that is the name of a container
// which has no other id:
//
//	/NAMESPACE/NAME                       containerd by ctr or nerdctl
//	.../lxc.payload.NAME, .../lxc/NAME    LXC, LXD, Incus; not their lxc.monitor.NAME
//	.../machine-lxc\x2d7\x2dNAME.scope    libvirt's LXC, with the domain's number
//	.../NAME.libvirt-lxc, .../libvirt/lxc/NAME
//	.../bpm-NAME, .../bpm-NAME.scope      BOSH's process manager
//
// Of containerd's namespaces those count that programs make by themselves: a
// group of the host could have any other name.
func named(above, component string) (member, bool) {
	m := member{id: component}
	switch {
	case strings.HasPrefix(component, "lxc.payload."):
		m = member{component[len("lxc.payload."):], LXC}
	case strings.HasSuffix(component, ".libvirt-lxc"):
		m = member{strings.TrimSuffix(component, ".libvirt-lxc"), LibvirtLXC}
	case strings.HasPrefix(component, libvirtPrefix):
		m = member{libvirtName(component), LibvirtLXC}
	case strings.HasPrefix(component, "bpm-"):
		m = member{strings.TrimSuffix(component[len("bpm-"):], ".scope"), BPM}
	default:
		m.runtime = namesOf(above)
	}
	return m, m.runtime != "" && isName(m.id)
}

// namesOf is the runtime whose containers' names stand below the path, empty
// where there is none.
func namesOf(path string) string {
	switch above, last := cutLast(path); last {
	case "lxc":
		if _, parent := cutLast(above); parent == "libvirt" {
			return LibvirtLXC
		}
		return LXC
	case "lxc.payload":
		return LXC
	}
	return namespace(path)
}

// namespace is the runtime whose namespace the path is, so that its containers
// are right below; empty where it is none.
func namespace(path string) string {
	above, last := cutLast(path)
	switch last {
	case "default", "k8s.io", "moby", "nerdctl":
		if isRoot(above) {
			return Containerd
		}
	case "buildkit":
		if isRoot(above) {
			return Containerd
		}
		if above, last = cutLast(above); last == "docker" && isRoot(above) {
			return Docker
		}
	}
	return ""
}

// isRoot reports whether the path is where a runtime sees the root: it is, or it
// is the group of a container in which the runtime runs.
func isRoot(path string) bool {
	if path == "" {
		return true
	}
	above, last := cutLast(path)
	if last == ".." {
		return true
	}
	_, ok := parseMember(above, last)
	return ok
}

// libvirtPrefix begins the scope of a container of libvirt's, as systemd spells
// "machine-lxc-".
const libvirtPrefix = `machine-lxc\x2d`

// libvirtName is the name of the container whose scope it is; the number of its
// domain before it changes with each start.
func libvirtName(component string) string {
	name, isScope := strings.CutSuffix(component[len(libvirtPrefix):], ".scope")
	if !isScope {
		return ""
	}
	name = strings.ReplaceAll(name, `\x2d`, "-")
	if number, rest, ok := strings.Cut(name, "-"); ok && number != "" && strings.Trim(number, "0123456789") == "" {
		return rest
	}
	return name
}

// isName reports whether a container can be called so. What systemd makes, also
// in a container, is none.
func isName(s string) bool {
	if s == "" || len(s) > maxName || !isAlphanumeric(s[0]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	for _, unit := range [...]string{".scope", ".service", ".slice", ".mount", ".socket", ".swap", ".device", ".timer", ".target"} {
		if strings.HasSuffix(s, unit) {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
