package engine

// NewPodman is Podman's service (`podman system service`) at a socket, asked by
// Docker's API, in which it says all that event.Details holds but one thing: of
// `--ipc=host` it says what it says of containers that share nothing. Like
// NewDocker it does not connect.
func NewPodman(socket string) *Docker { return newDockerEngine(typePodman, socket) }
