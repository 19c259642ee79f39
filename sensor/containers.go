package sensor

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/container"
	"github.com/gyrsec/gyr/container/engine"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel"
)

// containers knows the machine's containers and holds back events of those that
// are not described yet.
type containers struct {
	*container.Registry
	gate *container.Gate
}

func newContainers(c *config.Config, log *slog.Logger) *containers {
	k := &c.Containers
	engines, files := engine.New(engine.Config{
		Root:   engine.HostRoot(),
		Docker: sockets(k.Docker), Podman: sockets(k.Podman), Containerd: sockets(k.Containerd), CRI: sockets(k.CRI),
		Files: k.Files, LabelMax: k.LabelMax,
	})
	r := container.NewRegistry(container.Options{
		Engines: engines, Files: files, Nested: !hostFS().Machine(), Wait: k.Wait, Log: log,
	})
	return &containers{r, r.Gate()}
}

func sockets(r config.Runtime) []string {
	if !r.Enabled {
		return nil
	}
	return r.Sockets
}

// run follows the runtimes until stop is called, which judges all events that are
// still held.
func (c *containers) run(ctx context.Context) (stop func() error) {
	// Not ended by ctx: events are still to come then.
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	return func() error {
		end()
		err := <-ended
		c.gate.Close()
		return err
	}
}

// hold puts an event aside until it is known what its container is; false where
// it is to be judged now.
func (s *Sensor) hold(e *event.Event) bool {
	return s.containers != nil && s.containers.gate.Hold(e, s.judge)
}

// hostFS says where the host's processes and files are, which is elsewhere for a
// sensor in a container. Below HOST_ROOT there may be only some of it: its proc,
// as for Falco, or no more than the sockets of runtimes.
func hostFS() kernel.HostFS {
	var h kernel.HostFS
	root := os.Getenv("HOST_ROOT")
	if proc := filepath.Join(root, "proc"); root != "" {
		if _, err := os.Readlink(filepath.Join(proc, "self")); err == nil {
			h.Proc = proc
		}
	}
	for _, candidate := range []string{root, "/proc/1/root"} {
		if _, err := os.Stat(filepath.Join(candidate, hostFile)); candidate != "" && err == nil {
			h.Root = candidate
			break
		}
	}
	return h
}

// hostFile is in every root directory of a host.
const hostFile = "etc/passwd"
