package runtimes

import (
	"path/filepath"
	"testing"
)

// Podman is a Podman with storage of its own and its service, which speaks
// Docker's API.
type Podman struct {
	service
	// Data is its storage, by default /var/lib/containers/storage.
	Data string

	place  *Place
	podman []string
	env    []string
}

// Podman starts Podman's service. At the end of the test its containers are
// removed and it is stopped.
func (p *Place) Podman(t testing.TB) *Podman {
	t.Helper()
	require(t, "conmon", "conmon")
	d := &Podman{service: service{Socket: filepath.Join(p.Dir, "podman.sock")}, Data: p.dir(t, "podman", "data"), place: p}
	d.env = []string{
		// The locks of containers are in shared memory otherwise, and those of all
		// Podmans of the machine in the same.
		"CONTAINERS_CONF=" + p.write(t, "podman/containers.conf", `[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
runtime = "runc"
[engine.runtimes]
runc = [%q]
`, p.wrapper(t, "runc")),
		"CONTAINERS_STORAGE_CONF=" + p.write(t, "etc/containers/storage.conf", "[storage]\ndriver = \"overlay\"\nrunroot = %q\ngraphroot = %q\n",
			filepath.Join(p.Dir, "podman", "run"), d.Data),
	}
	d.podman = []string{
		require(t, "podman", "podman"), "--root", d.Data, "--runroot", p.dir(t, "podman", "run"), "--tmpdir", p.dir(t, "podman", "tmp"),
	}
	p.cgroups.own("/libpod_parent/conmon", "/libpod_parent")
	d.Client = p.client(t, d.Socket)
	p.unmounts(t, filepath.Join(d.Data, "overlay"))
	d.daemon = p.daemon(t, "podman", d.env, append(d.podman, "system", "service", "--time", "0", "unix://"+d.Socket)...)
	d.Start(t)
	t.Cleanup(func() {
		p.removeContainers(t, d.Client)
	})
	return d
}

// CLI runs podman's command line and returns what it prints.
func (d *Podman) CLI(t testing.TB, args ...string) string {
	t.Helper()
	return d.place.command(t, d.env, append(d.podman, args...)...)
}
