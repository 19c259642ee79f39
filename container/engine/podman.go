package engine

// NewPodman is Podman's service (`podman system service`) at a socket, asked by
// Docker's API; like NewDocker it does not connect. Podman 4.3 differs in three
// things: whether a container has the host's IPC namespace it does not say, so
// that is not known; while it starts a container, an answer about it waits; and
// its events come up to 250 ms late.
func NewPodman(socket string) *Docker { return newDockerEngine(typePodman, socket) }
