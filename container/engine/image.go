package engine

import "strings"

// splitImage takes the name of an image apart: "docker.io/library/debian:12" is
// repository "docker.io/library/debian" and tag "12". The registry stays with
// the repository, as it was asked for; parts that are not named are empty, and so
// is everything where ref is the id of an image, which names no repository.
func splitImage(ref string) (repository, tag, digest string) {
	if _, bare := imageID(ref); bare {
		return "", "", ""
	}
	repository, digest, _ = strings.Cut(ref, "@")
	// A colon before the last slash is that of the registry's port.
	if i := strings.LastIndexByte(repository, ':'); i > strings.LastIndexByte(repository, '/') {
		repository, tag = repository[:i], repository[i+1:]
	}
	return repository, tag, digest
}

// sameRepository reports whether two repositories are one: Docker leaves out
// "docker.io" and "library" where people did, and Podman writes them.
func sameRepository(a, b string) bool { return fullRepository(a) == fullRepository(b) }

func fullRepository(name string) string {
	const hub = "docker.io/"
	name = strings.TrimPrefix(name, "index."+hub)
	registry, _, found := strings.Cut(name, "/")
	switch {
	case !found:
		return hub + "library/" + name
	case registry == "docker.io":
		if rest := name[len(hub):]; !strings.Contains(rest, "/") {
			return hub + "library/" + rest
		}
		return name
	case strings.ContainsAny(registry, ".:") || registry == "localhost":
		return name
	}
	return hub + name
}
