package runtimes

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/moby/moby/client"
)

// Docker is a dockerd of the test's own, on a containerd of its own.
type Docker struct {
	service
	// Data is its data root, by default /var/lib/docker.
	Data string
	// Containerd is its containerd; it has no CRI plugin.
	Containerd *Containerd

	place  *Place
	docker string
}

// service speaks Docker's API.
type service struct {
	Socket string
	// Client is the client by which the test makes containers.
	Client *client.Client

	daemon *daemon
}

// Start starts it again after Stop.
func (s *service) Start(t testing.TB) {
	t.Helper()
	s.daemon.start(t, ping(s.Client))
}

// Stop stops it. Containers go on.
func (s *service) Stop(t testing.TB) {
	t.Helper()
	s.daemon.stop(t)
}

// Load makes an image known.
func (s *service) Load(t testing.TB, archive string) { t.Helper(); load(t, s.Client, archive) }

// Docker starts a dockerd. At the end of the test its containers are removed and
// it is stopped.
func (p *Place) Docker(t testing.TB) *Docker {
	t.Helper()
	exec := p.dir(t, "docker", "exec")
	// As that which Docker starts by itself, where it finds none.
	c := p.containerd(t, "docker-containerd", filepath.Join(exec, "containerd", "daemon"), `disabled_plugins = ["io.containerd.grpc.v1.cri"]`)
	c.Start(t)
	d := &Docker{
		service: service{Socket: filepath.Join(p.Dir, "docker.sock")}, Data: p.dir(t, "docker", "data"), Containerd: c,
		place: p, docker: require(t, "docker", "docker.io"),
	}
	d.Client = p.client(t, d.Socket)
	p.cgroups.own("/docker")
	p.write(t, "etc/docker/daemon.json", `{"data-root": %q, "exec-root": %q}`, d.Data, exec)
	p.unmounts(t, d.Data)
	d.daemon = p.daemon(t, "dockerd", nil, require(t, "dockerd", "docker.io"),
		"--config-file", p.write(t, "docker/daemon.json", "{}"),
		"--host", "unix://"+d.Socket, "--containerd", c.Socket, "--pidfile", filepath.Join(p.Dir, "docker", "pid"),
		"--data-root", d.Data, "--exec-root", exec,
		// Containers go on where the daemon is stopped and started again.
		"--live-restore", "--shutdown-timeout", "1",
		"--exec-opt", "native.cgroupdriver=cgroupfs", "--add-runtime", "nores="+p.wrapper(t, "runc"), "--default-runtime", "nores",
		"--bridge", "none", "--iptables=false", "--ip-forward=false", "--ip-masq=false", "--userland-proxy=false",
	)
	d.Start(t)
	t.Cleanup(func() { p.removeContainers(t, d.Client) })
	return d
}

// CLI runs docker's command line and returns what it prints.
func (d *Docker) CLI(t testing.TB, args ...string) string {
	t.Helper()
	return d.place.command(t, nil, append([]string{d.docker, "--host", "unix://" + d.Socket}, args...)...)
}

// client speaks Docker's API on a socket.
func (p *Place) client(t testing.TB, socket string) *client.Client {
	t.Helper()
	c, err := client.New(client.WithHost("unix://" + socket))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func ping(c *client.Client) func() error {
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		_, err := c.Ping(ctx, client.PingOptions{})
		return err
	}
}

func load(t testing.TB, c *client.Client, archive string) {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	answer, err := c.ImageLoad(ctx, f)
	if err != nil {
		t.Fatalf("loading %s: %v", archive, err)
	}
	defer answer.Close()
	if _, err := io.Copy(io.Discard, answer); err != nil {
		t.Fatalf("loading %s: %v", archive, err)
	}
}

// removeContainers removes all containers. Some may be going by themselves.
func (p *Place) removeContainers(t testing.TB, c *client.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for last := error(nil); ; time.Sleep(50 * time.Millisecond) {
		left, err := c.ContainerList(ctx, client.ContainerListOptions{All: true})
		if err != nil {
			t.Errorf("removing the containers that the test left: %v", errors.Join(err, last))
			return
		}
		if len(left.Items) == 0 {
			return
		}
		for _, l := range left.Items {
			last = Remove(ctx, c, l.ID)
		}
	}
}

// Remove kills a container and removes it.
func Remove(ctx context.Context, c *client.Client, name string) error {
	// Podman would ask it to end first, and a shell that is process 1 hears nothing.
	c.ContainerKill(ctx, name, client.ContainerKillOptions{Signal: "KILL"})
	_, err := c.ContainerRemove(ctx, name, client.ContainerRemoveOptions{Force: true})
	return err
}
