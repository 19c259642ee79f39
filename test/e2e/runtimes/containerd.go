package runtimes

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	criapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// sandboxImage is what containerd makes a pod's first container of.
const sandboxImage = "localhost/pause:1"

// Containerd is a containerd of the test's own, with the CRI plugin by which a
// kubelet drives it.
type Containerd struct {
	// Socket speaks CRI and containerd's own API.
	Socket string
	// State is its directory of running containers, by default /run/containerd.
	State string
	// CRI is the client by which the test makes pods and containers.
	CRI criapi.RuntimeServiceClient

	place  *Place
	daemon *daemon
	ctr    string
}

// Containerd starts a containerd. At the end of the test its pods and containers
// are removed and it is stopped.
func (p *Place) Containerd(t testing.TB) *Containerd {
	t.Helper()
	c := p.containerd(t, "containerd", p.dir(t, "containerd", "state"), fmt.Sprintf(`
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %q
  # The sandbox asks for a lower score than root may give here.
  restrict_oom_score_adj = true
  disable_apparmor = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = %q
    conf_dir = %q
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = %q
`, sandboxImage, p.dir(t, "cni", "bin"), p.dir(t, "cni", "conf"), p.wrapper(t, "runc")))
	connection, err := grpc.NewClient("unix://"+c.Socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	c.CRI = criapi.NewRuntimeServiceClient(connection)
	p.write(t, "etc/containerd/config.toml", "version = 2\nroot = %q\nstate = %q\n", filepath.Join(p.Dir, "containerd", "root"), c.State)
	c.Start(t)
	t.Cleanup(func() { c.removePods(t) })
	c.Load(t, p.Archive(t, Image{Reference: sandboxImage, Cmd: []string{"/bin/sleep", "1000000"}}))
	return c
}

// containerd writes a configuration with more in it and describes the daemon,
// which keeps what runs in the directory state.
func (p *Place) containerd(t testing.TB, name, state, more string) *Containerd {
	t.Helper()
	c := &Containerd{
		Socket: filepath.Join(p.Dir, name+".sock"), State: state,
		place: p, ctr: require(t, "ctr", "containerd"),
	}
	config := p.write(t, name+"/config.toml", `version = 2
root = %q
state = %q
oom_score = 0
[grpc]
  address = %q
[ttrpc]
  address = %q
[plugins."io.containerd.internal.v1.opt"]
  path = %q
%s`, p.dir(t, name, "root"), c.State, c.Socket, c.Socket+".ttrpc", p.dir(t, name, "opt"), more)
	c.daemon = p.daemon(t, name, nil, require(t, "containerd", "containerd"), "-c", config)
	return c
}

// Start starts the daemon again after Stop.
func (c *Containerd) Start(t testing.TB) {
	t.Helper()
	c.daemon.start(t, func() error {
		if c.CRI == nil {
			_, err := c.place.try(nil, c.ctr, "--address", c.Socket, "version")
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		// No network: the runtime is ready, the network need not be.
		status, err := c.CRI.Status(ctx, &criapi.StatusRequest{})
		if err != nil {
			return err
		}
		for _, s := range status.GetStatus().GetConditions() {
			if s.Type == criapi.RuntimeReady && !s.Status {
				return fmt.Errorf("%s: %s", s.Reason, s.Message)
			}
		}
		return nil
	})
}

// Stop stops the daemon. Containers go on.
func (c *Containerd) Stop(t testing.TB) {
	t.Helper()
	c.daemon.stop(t)
}

// Load makes an image known to the CRI plugin.
func (c *Containerd) Load(t testing.TB, archive string) {
	t.Helper()
	c.Ctr(t, "images", "import", archive)
}

// Ctr runs containerd's own command line tool in the CRI plugin's namespace.
func (c *Containerd) Ctr(t testing.TB, args ...string) string {
	t.Helper()
	return c.place.command(t, nil, append([]string{c.ctr, "--address", c.Socket, "--namespace", "k8s.io"}, args...)...)
}

// removePods removes all pods with their containers.
func (c *Containerd) removePods(t testing.TB) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	pods, err := c.CRI.ListPodSandbox(ctx, &criapi.ListPodSandboxRequest{})
	if err != nil {
		t.Errorf("listing the pods that the test left: %v", err)
		return
	}
	for _, p := range pods.GetItems() {
		if err := c.RemovePod(ctx, p.Id); err != nil {
			t.Errorf("removing the pod %s: %v", p.GetMetadata().GetName(), err)
		}
	}
}
