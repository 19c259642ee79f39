package containers

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/moby/client"

	"github.com/gyrsec/gyr/test/e2e/runtimes"
)

// mountField is where a container sees the host's /etc, or what is below it.
const mountField = "container.mount.dest[/etc*]"

// awaitLabel waits for an alert that has a label, too. The first may not: where
// the runtime is slow to answer, its files speak, and not all have labels.
func (g *gyr) awaitLabel(t *testing.T, mark string, want map[string]string, label, value string) {
	t.Helper()
	want = maps.Clone(want)
	want[label] = value
	g.await(t, label+" of "+mark, func(a alert) bool { return markOf(a) == mark && complete(a, want) })
}

// testDockerKinds tries the kinds of containers that Docker's command line
// makes, and what happens to them while they run.
func testDockerKinds(t *testing.T, s *stage, d *runtimes.Docker) {
	older := s.keep(t, "older", repeating("older"))
	g := startGyr(t, s.place, rules, s.engines(s.socket).settings())
	run := func(t *testing.T, args ...string) string {
		t.Helper()
		return strings.TrimSpace(d.CLI(t, append([]string{"run", "--network", "none"}, args...)...))
	}
	// first waits for the first alert with a mark and compares it.
	first := func(t *testing.T, mark string, want map[string]string) alert {
		t.Helper()
		a := g.await(t, "an alert with the mark "+mark, func(a alert) bool { return markOf(a) == mark })
		compare(t, a, want)
		return a
	}

	t.Run("older than gyr", func(t *testing.T) { first(t, "older", older) })
	t.Run("cgroup namespace of its own", func(t *testing.T) {
		id := run(t, append([]string{"--detach", "--name", "private", "--cgroupns", "private", image}, marked("private", "exec sleep 1000")...)...)
		first(t, "private", wanted(id, "private"))
	})
	t.Run("over at once", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "id")
		run(t, "--rm", "--name", "over", "--cidfile", file, image, "true", markPrefix+"over;")
		id, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first(t, "over", wanted(string(id), "over"))
	})
	t.Run("exec", func(t *testing.T) {
		d.CLI(t, append([]string{"exec", "older"}, marked("exec", "")...)...)
		first(t, "exec", older)
	})
	t.Run("renamed", func(t *testing.T) {
		d.CLI(t, "rename", "older", "newer")
		want := wanted(older["container.full_id"], "newer")
		g.await(t, "the new name", func(a alert) bool { return markOf(a) == "older" && complete(a, want) })
		d.CLI(t, "rename", "newer", "older")
	})
	t.Run("health", func(t *testing.T) {
		id := run(t, append([]string{"--detach", "--name", "health", "--health-interval", "300ms",
			"--health-cmd", "true " + markPrefix + "healthy;", image}, marked("unasked", "exec sleep 1000")...)...)
		want := wanted(id, "health")
		want["proc.is_container_healthcheck"] = "false"
		first(t, "unasked", want)
		want["proc.is_container_healthcheck"] = "true"
		first(t, "healthy", want)
	})
	t.Run("privileged, with mounts", func(t *testing.T) {
		id := run(t, append([]string{"--detach", "--name", "mighty", "--privileged", "--volume", "/etc:/host/etc:ro",
			image}, repeating("mighty")...)...)
		want := wanted(id, "mighty")
		want["container.privileged"], want[mountField], want["container.image"] = "true", "/host/etc", image
		if a := first(t, "mighty", want); !strings.Contains(a.text("container.mounts"), "/etc:/host/etc:") {
			t.Errorf("container.mounts is %q", a.text("container.mounts"))
		}
		g.awaitLabel(t, "mighty", want, "container.label[team]", "sales")
		compare(t, g.find(func(a alert) bool { return markOf(a) == "older" })[0], map[string]string{"container.privileged": "false", mountField: ""})
	})
	t.Run("container in a container", func(t *testing.T) { testNested(t, s, g) })
}

// testNested runs a container inside another's control group, as a runtime in a
// container does: an alert names the one that the machine's own runtime made.
func testNested(t *testing.T, s *stage, g *gyr) {
	outer := s.keep(t, "outer", repeating("outer"))
	if err := s.place.Bundle(t).Run(t.Context(), "/docker/"+outer["container.full_id"]+"/docker/", marked("inner", "")); err != nil {
		t.Fatal(err)
	}
	compare(t, g.await(t, "an alert of the inner container", func(a alert) bool { return markOf(a) == "inner" }), outer)
}

// testPodmanKinds does the same with Podman's.
func testPodmanKinds(t *testing.T, s *stage, d *runtimes.Podman) {
	older := s.keep(t, "older", repeating("older"))
	g := startGyr(t, s.place, rules, s.engines(s.socket).settings())
	first := func(t *testing.T, mark string, want map[string]string) {
		t.Helper()
		compare(t, g.await(t, "an alert with the mark "+mark, func(a alert) bool { return markOf(a) == mark }), want)
	}
	run := func(t *testing.T, args ...string) string {
		t.Helper()
		return strings.TrimSpace(d.CLI(t, append([]string{"run", "--network", "none", "--pull", "never"}, args...)...))
	}

	t.Run("older than gyr", func(t *testing.T) { first(t, "older", older) })
	// By the command line, which asks no service.
	t.Run("cgroup namespace of its own", func(t *testing.T) {
		id := run(t, append([]string{"--detach", "--name", "private", "--cgroupns", "private", image}, marked("private", "exec sleep 1000")...)...)
		first(t, "private", wanted(id, "private"))
	})
	t.Run("exec", func(t *testing.T) {
		d.CLI(t, append([]string{"exec", "older"}, marked("exec", "")...)...)
		first(t, "exec", older)
	})
	t.Run("privileged, with mounts", func(t *testing.T) {
		id := run(t, append([]string{"--detach", "--name", "mighty", "--privileged", "--volume", "/etc:/host/etc:ro",
			image}, repeating("mighty")...)...)
		want := wanted(id, "mighty")
		want["container.privileged"], want[mountField] = "true", "/host/etc"
		first(t, "mighty", want)
		g.awaitLabel(t, "mighty", want, "container.label[team]", "sales")
	})
	t.Run("renamed", func(t *testing.T) {
		if _, err := d.Client.ContainerRename(t.Context(), "older", client.ContainerRenameOptions{NewName: "newer"}); err != nil {
			t.Fatal(err)
		}
		want := wanted(older["container.full_id"], "newer")
		g.await(t, "the new name", func(a alert) bool { return markOf(a) == "older" && complete(a, want) })
		if _, err := d.Client.ContainerRename(t.Context(), "newer", client.ContainerRenameOptions{NewName: "older"}); err != nil {
			t.Fatal(err)
		}
	})
}

// testPodKinds tries the kinds of containers that a kubelet makes.
func testPodKinds(t *testing.T, s *stage, c *runtimes.Containerd) {
	older := s.keep(t, "older", repeating("older"))
	g := startGyr(t, s.place, rules, s.engines(s.socket).settings())
	first := func(t *testing.T, mark string, want map[string]string) {
		t.Helper()
		compare(t, g.await(t, "an alert with the mark "+mark, func(a alert) bool { return markOf(a) == mark }), want)
	}
	t.Run("older than gyr", func(t *testing.T) { first(t, "older", older) })
	t.Run("exec", func(t *testing.T) {
		if err := c.Exec(t.Context(), older["container.full_id"], marked("exec", "")); err != nil {
			t.Fatal(err)
		}
		first(t, "exec", older)
	})
	t.Run("two in a pod, one privileged, with mounts", func(t *testing.T) {
		pod := &runtimes.Pod{Name: "pair", Namespace: "shop", UID: podUID("pair"), Labels: map[string]string{"app": "till"}}
		if err := c.RunPod(t.Context(), t, pod); err != nil {
			t.Fatal(err)
		}
		for _, o := range []runtimes.Container{
			{Name: "humble", Image: image, Args: repeating("humble")},
			{Name: "mighty", Image: image, Args: repeating("mighty"), Privileged: true, Mounts: []string{"/etc"}},
		} {
			id, err := c.Run(t.Context(), pod, o)
			if err != nil {
				t.Fatal(err)
			}
			want := wanted(id, o.Name)
			want["k8s.pod.name"], want["k8s.ns.name"], want["k8s.pod.uid"] = "pair", "shop", pod.UID
			want["k8s.pod.sandbox_id"] = pod.ID[:12]
			want["container.privileged"], want[mountField] = "false", ""
			if o.Privileged {
				want["container.privileged"], want[mountField] = "true", "/host/etc"
			}
			first(t, o.Name, want)
			g.awaitLabel(t, o.Name, want, "k8s.pod.label[app]", "till")
		}
	})
}
