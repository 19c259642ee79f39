package engine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gyrsec/gyr/event"
)

// A containerd's files describe its containers as its API does, as far as they
// go.
func TestLiveBundlesOfContainerd(t *testing.T) {
	d := startContainerd(t)
	// Its folder as a root, in which it is configured to keep its state in /run.
	if err := os.MkdirAll(filepath.Join(d.dir, "etc/containerd"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "etc/containerd/config.toml"), []byte("version = 2\nstate = \"/run\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	bundles := NewBundles(d.dir)
	defer bundles.Close()
	began := time.Now()
	pods := startPods(t, d)
	plainID := "plain-" + d.name
	d.runPlain(t, plainID)

	main := wantContainer("main", wantPod("webpod", webUID, pods.web))
	main.Labels, main.Pod.Labels = nil, nil
	root := wantContainer("root", wantPod("toolpod", toolUID, pods.tool))
	root.Labels, root.Pod.Labels = nil, nil
	root.Privileged, root.HostPID = event.Yes, event.Yes
	pause := &event.Details{
		Type: "containerd", Name: "webpod", Sandbox: true, Pod: main.Pod,
		Privileged: event.No, HostPID: event.No, HostNetwork: event.Yes, HostIPC: event.No,
	}
	if d.version(t).broadcasts() {
		// containerd 1.6 does not note it.
		pause.Image, pause.ImageRepository, pause.ImageTag = pauseImage, "localhost/pause", "1"
	}
	plain := &event.Details{
		Type: "containerd", Name: plainID,
		Privileged: event.No, HostPID: event.No, HostNetwork: event.No, HostIPC: event.No,
	}
	for id, want := range map[string]*event.Details{pods.main: main, pods.root: root, pods.web: pause, plainID: plain} {
		got, err := bundles.Inspect(t.Context(), id)
		if err != nil {
			t.Errorf("Inspect(%s): %v", id, err)
			continue
		}
		if diff := cmp.Diff(want, got, volatile); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
		if age := time.Unix(0, got.Started).Sub(began); age < -time.Second || age > time.Minute {
			t.Errorf("%s: started %v after the test began", want.Name, age)
		}
	}
	ids, err := bundles.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{pods.web, pods.main, pods.tool, pods.root, plainID}
	if diff := cmp.Diff(want, ids, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}

// Podman's files are there before it starts a container's first process; that a
// restricted machine refuses to start it changes nothing in them.
func TestLiveBundlesOfPodman(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to run podman")
	}
	podman, err := exec.LookPath("podman")
	if err != nil {
		t.Skipf("needs podman: %v", err)
	}
	if _, err := exec.LookPath("runc"); err != nil {
		t.Skipf("needs runc: %v", err)
	}
	root := shortTempDir(t)
	run := func(args ...string) (string, error) {
		common := []string{
			"--root", root + "/var/lib/containers/storage", "--runroot", root + "/run/containers/storage",
			"--tmpdir", root + "/tmp", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--runtime", "runc", "--events-backend", "none",
		}
		out, err := exec.Command(podman, append(common, args...)...).Output()
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("%w: %s", err, failed.Stderr)
		}
		return strings.TrimSpace(string(out)), err
	}
	archive := filepath.Join(root, "image.tar")
	writeImage(t, archive, testImage)
	if out, err := run("load", "-q", "-i", archive); err != nil {
		t.Fatalf("podman load: %v %s", err, out)
	}
	t.Cleanup(func() { run("rm", "--all", "--force") })
	ids := make(map[string]string)
	for name, flags := range map[string][]string{
		"web":  {"--net", "none", "-v", "/etc:/host/etc:ro"},
		"tool": {"--privileged", "--net", "host", "--pid", "host"},
	} {
		args := append([]string{"create", "--name", name, "--pids-limit", "0"}, flags...)
		id, err := run(append(args, testImage)...)
		if err != nil {
			t.Fatalf("podman create: %v", err)
		}
		ids[name] = id
		run("start", id)
	}
	bundles := NewBundles(root)
	defer bundles.Close()
	for _, want := range []*event.Details{{
		Type: "podman", Name: "web", Image: testImage, ImageRepository: "localhost/test", ImageTag: "2",
		Privileged: event.No, HostPID: event.No, HostNetwork: event.No, HostIPC: event.No,
		Mounts: []event.Mount{{Source: "/etc", Destination: "/host/etc", Propagation: "rprivate"}},
	}, {
		Type: "podman", Name: "tool", Image: testImage, ImageRepository: "localhost/test", ImageTag: "2",
		Privileged: event.Yes, HostPID: event.Yes, HostNetwork: event.Yes, HostIPC: event.No,
	}} {
		got, err := bundles.Inspect(t.Context(), ids[want.Name])
		if err != nil {
			t.Errorf("Inspect: %v", err)
			continue
		}
		if diff := cmp.Diff(want, got, volatile); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
		if got.ImageID == "" || got.Created == 0 || got.Started == 0 {
			t.Errorf("%s: image id %q, created %d, started %d", want.Name, got.ImageID, got.Created, got.Started)
		}
	}
	list, err := bundles.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{ids["web"], ids["tool"]}, list, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	if _, err := bundles.Inspect(t.Context(), strings.Repeat("0", 64)); !errors.Is(err, ErrNotFound) {
		t.Errorf("Inspect of no container: %v", err)
	}
}

// Docker's files say what its API says.
func TestLiveBundlesOfDocker(t *testing.T) {
	d := startDocker(t)
	// Its folder as a root, in which it is configured to keep its data in /data.
	if err := os.MkdirAll(filepath.Join(d.dir, "etc/docker"), 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(d.dir, "etc/docker/daemon.json"), `{"data-root":"/data"}`)
	bundles := openBundles(t, d.dir)
	ids := []string{
		d.run(t, "run", "-d", "--name", "web", "--label", "app=web", "-v", "/etc:/host/etc:ro", "-v", "files:/data",
			"--health-cmd", "/bin/busybox true | cat", testImage),
		d.run(t, "run", "-d", "--name", "tool", "--pid", "host", "--ipc", "host", "--network", "host", testImage),
		// A machine may refuse to start a privileged container.
		d.run(t, "create", "--name", "root", "--privileged", testImage),
	}
	for _, id := range ids {
		want, err := d.Inspect(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		got, err := bundles.Inspect(t.Context(), id)
		if err != nil {
			t.Errorf("%s: %v", want.Name, err)
			continue
		}
		// The digest is not in these files.
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(event.Details{}, "ImageDigest")); diff != "" {
			t.Errorf("%s (-API +files):\n%s", want.Name, diff)
		}
	}
	list, err := bundles.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids, list, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}
