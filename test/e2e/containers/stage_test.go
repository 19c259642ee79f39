package containers

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/gyrsec/gyr/test/e2e/runtimes"
)

// The image of all containers. The registry has a port: a colon that begins no
// tag.
const (
	imageRepository = "registry.example:5000/shop/cart"
	imageTag        = "1.4"
	image           = imageRepository + ":" + imageTag
)

// lifetime is how long a short-lived container runs.
const lifetime = 100 * time.Millisecond

// shortLived is a command with a mark that ends after lifetime.
func shortLived(mark string) []string {
	return marked(mark, fmt.Sprintf("exec sleep %g", lifetime.Seconds()))
}

// stage is a runtime that runs.
type stage struct {
	place *runtimes.Place
	// socket is where the runtime answers; engines are the settings that have gyr ask
	// it on a socket, which may be another.
	socket  string
	engines func(socket string) engines
	grpc    bool // what the runtime speaks; HTTP otherwise
	files   bool // its files tell all that alerts say
	// run starts a container that ends and goes by itself, and returns when it has been
	// started. It returns what an alert of it must say.
	run func(ctx context.Context, name string, args []string) (map[string]string, error)
	// keep starts one that stays until the test ends.
	keep func(t *testing.T, name string, args []string) map[string]string
	// stop and start the runtime, under running containers.
	stop, start func(t testing.TB)
}

func dockerStage(t *testing.T) (*stage, *runtimes.Docker) {
	t.Helper()
	p := runtimes.New(t)
	d := p.Docker(t)
	d.Load(t, p.Archive(t, runtimes.Image{Reference: image, Labels: map[string]string{"team": "sales"}}))
	return &stage{
		place: p, socket: d.Socket, files: true, engines: func(socket string) engines { return engines{docker: socket} },
		run: runOf(d.Client), keep: keepOf(d.Client, "docker"), stop: d.Stop, start: d.Start,
	}, d
}

func podmanStage(t *testing.T) (*stage, *runtimes.Podman) {
	t.Helper()
	p := runtimes.New(t)
	d := p.Podman(t)
	d.Load(t, p.Archive(t, runtimes.Image{Reference: image, Labels: map[string]string{"team": "sales"}}))
	return &stage{
		place: p, socket: d.Socket, engines: func(socket string) engines { return engines{podman: socket} },
		run: runOf(d.Client), keep: keepOf(d.Client, "podman"), stop: d.Stop, start: d.Start,
	}, d
}

// runOf starts containers by Docker's API.
func runOf(c *client.Client) func(context.Context, string, []string) (map[string]string, error) {
	return func(ctx context.Context, name string, args []string) (map[string]string, error) {
		return create(ctx, c, name, args, true)
	}
}

func keepOf(c *client.Client, kind string) func(*testing.T, string, []string) map[string]string {
	return func(t *testing.T, name string, args []string) map[string]string {
		t.Helper()
		want, err := create(t.Context(), c, name, args, false)
		if err != nil {
			t.Fatalf("starting a container with %s: %v", kind, err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			defer cancel()
			if err := runtimes.Remove(ctx, c, name); err != nil {
				t.Errorf("removing the container %s: %v", name, err)
			}
		})
		return want
	}
}

func create(ctx context.Context, c *client.Client, name string, args []string, short bool) (map[string]string, error) {
	made, err := c.ContainerCreate(ctx, client.ContainerCreateOptions{
		Name:       name,
		Config:     &container.Config{Image: image, Cmd: args},
		HostConfig: &container.HostConfig{NetworkMode: "none", AutoRemove: short},
	})
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", name, err)
	}
	if _, err := c.ContainerStart(ctx, made.ID, client.ContainerStartOptions{}); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return wanted(made.ID, name), nil
}

// wanted is what every alert of a container says.
func wanted(id, name string) map[string]string {
	return map[string]string{
		"container.id": id[:12], "container.full_id": id, "container.name": name,
		"container.image.repository": imageRepository, "container.image.tag": imageTag,
	}
}

func containerdStage(t *testing.T) (*stage, *runtimes.Containerd) {
	t.Helper()
	p := runtimes.New(t)
	c := p.Containerd(t)
	c.Load(t, p.Archive(t, runtimes.Image{Reference: image, Labels: map[string]string{"team": "sales"}}))
	start := func(ctx context.Context, name string, args []string) (*runtimes.Pod, string, map[string]string, error) {
		pod := &runtimes.Pod{Name: name + "-x7f4q", Namespace: "shop-" + name, UID: podUID(name)}
		if err := c.RunPod(ctx, t, pod); err != nil {
			return nil, "", nil, err
		}
		id, err := c.Run(ctx, pod, runtimes.Container{Name: name, Image: image, Args: args})
		if err != nil {
			return pod, "", nil, err
		}
		want := wanted(id, name)
		want["k8s.pod.name"], want["k8s.ns.name"], want["k8s.pod.uid"] = pod.Name, pod.Namespace, pod.UID
		return pod, id, want, nil
	}
	return &stage{
		place: p, socket: c.Socket, grpc: true, files: true, engines: func(socket string) engines { return engines{cri: socket} },
		run: func(ctx context.Context, name string, args []string) (map[string]string, error) {
			pod, id, want, err := start(ctx, name, args)
			if err != nil {
				return nil, err
			}
			// A kubelet removes what has ended; nothing else does.
			return want, errors.Join(c.Wait(ctx, id), c.Remove(ctx, id), c.RemovePod(ctx, pod.ID))
		},
		keep: func(t *testing.T, name string, args []string) map[string]string {
			t.Helper()
			pod, _, want, err := start(t.Context(), name, args)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				ctx, cancel := context.WithTimeout(context.Background(), limit)
				defer cancel()
				if err := c.RemovePod(ctx, pod.ID); err != nil {
					t.Errorf("removing the pod %s: %v", pod.Name, err)
				}
			})
			return want
		},
		stop: c.Stop, start: c.Start,
	}, c
}

// podUID is a uid for a pod, always the same for the same name.
func podUID(name string) string {
	var n uint64
	for _, c := range []byte(name) {
		n = n*131 + uint64(c)
	}
	return fmt.Sprintf("7f6c2b6e-0a5e-4d7b-%04x-%012x", n>>48, n&(1<<48-1))
}
