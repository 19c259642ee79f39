package engine

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gyrsec/gyr/event"
)

// check compares what the engine says of a container with want, and the times
// with the present.
func (d *dockerDaemon) check(t *testing.T, id string, want *event.Details) {
	t.Helper()
	got, err := d.Inspect(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, got, cmpopts.IgnoreFields(event.Details{}, "Created", "Started", "ImageID")); diff != "" {
		t.Errorf("%s: -want +got:\n%s", want.Name, diff)
	}
	if len(got.ImageID) != 64 {
		t.Errorf("%s: image id %q", want.Name, got.ImageID)
	}
	if age := time.Since(time.Unix(0, got.Created)); age < 0 || age > time.Minute {
		t.Errorf("%s: created %v ago", want.Name, age)
	}
	if age := time.Since(time.Unix(0, got.Started)); got.Started != 0 && (got.Started < got.Created || age < 0) {
		t.Errorf("%s: started %v ago, created at %d", want.Name, age, got.Created)
	}
}

// plain is what a container of testImage is that nothing was said of.
func plain(kind, name string) event.Details {
	return event.Details{
		Type: kind, Name: name, Image: testImage, ImageRepository: "localhost/test", ImageTag: "2",
		Privileged: event.No, HostPID: event.No, HostNetwork: event.No, HostIPC: event.No,
	}
}

func TestLiveDockerInspect(t *testing.T) {
	d := startDocker(t)
	web := d.run(t, "run", "-d", "--name", "web", "--label", "app=web", "--label", "a=", "-v", "/etc:/host/etc:ro", "-v", "files:/data",
		"--health-cmd", "/bin/busybox true | cat", testImage)
	shared := d.run(t, "run", "-d", "--name", "shared", "--network", "container:web", "--pid", "host", "--ipc", "host", testImage)
	// A machine may refuse to start a privileged container.
	privileged := d.run(t, "create", "--name", "privileged", "--privileged", "--network", "host", "--no-healthcheck", testImage)

	want := plain("docker", "web")
	want.Labels = []event.Label{{Name: "a"}, {Name: "app", Value: "web"}}
	want.Mounts = []event.Mount{
		{Source: filepath.Join(d.dir, "data/volumes/files/_data"), Destination: "/data", Mode: "z", Writable: true},
		{Source: "/etc", Destination: "/host/etc", Mode: "ro", Propagation: "rprivate"},
	}
	want.IP = "172.31.250.2"
	want.Healthcheck = &event.Probe{Exe: "/bin/sh", Args: []string{"-c", "/bin/busybox true | cat"}}
	d.check(t, web, &want)

	want = plain("docker", "shared")
	want.HostPID, want.HostIPC, want.IP = event.Yes, event.Yes, "172.31.250.2"
	d.check(t, shared, &want)

	want = plain("docker", "privileged")
	want.Privileged, want.HostNetwork = event.Yes, event.Yes
	d.check(t, privileged, &want)
	if got, _ := d.Inspect(t.Context(), privileged); got.Started != 0 {
		t.Error("never started, but at", got.Started)
	}

	ids, err := d.List(t.Context())
	if diff := gocmp.Diff([]string{web, shared, privileged}, ids, cmpopts.SortSlices(cmp.Less[string])); err != nil || diff != "" {
		t.Errorf("%v; -want +got:\n%s", err, diff)
	}
	if _, err := d.Inspect(t.Context(), strings.Repeat("0", 64)); !errors.Is(err, ErrNotFound) {
		t.Errorf("of no container: %v", err)
	}
}

// The names of images: by tag, by digest and by id, from a registry with a port;
// and what a container has from its image.
func TestLiveDockerImages(t *testing.T) {
	d := startDocker(t)
	from := d.run(t, "create", testImage)
	d.run(t, "commit", "--change", `HEALTHCHECK CMD ["/bin/busybox","true"]`, "--change", "LABEL team=probe", from, "localhost/checked")
	checked := d.run(t, "create", "--name", "checked", "--label", "app=web", "localhost/checked")
	want := plain("docker", "checked")
	want.Image, want.ImageRepository, want.ImageTag = "localhost/checked", "localhost/checked", "latest"
	want.Labels = []event.Label{{Name: "app", Value: "web"}, {Name: "team", Value: "probe"}}
	want.Healthcheck = &event.Probe{Exe: "/bin/busybox", Args: []string{"true"}}
	d.check(t, checked, &want)

	unchecked := d.run(t, "create", "--name", "unchecked", "--no-healthcheck", "localhost/checked")
	want.Name, want.Labels, want.Healthcheck = "unchecked", want.Labels[1:], nil
	d.check(t, unchecked, &want)

	listener := d.listen(t)
	repository := listener.Addr().String() + "/team/test"
	digest := startRegistry(t, listener, filepath.Join(d.dir, "load.tar")).digest
	d.run(t, "rmi", "-f", testImage)
	d.run(t, "pull", "-q", repository+":1.2")
	id := d.run(t, "images", "-q", "--no-trunc", repository)
	for name, image := range map[string]string{
		"by-tag": repository + ":1.2", "by-digest": repository + "@" + digest, "by-id": id, "by-short-id": id[len("sha256:"):][:12],
	} {
		want := plain("docker", name)
		want.Image, want.ImageRepository, want.ImageTag, want.ImageDigest = image, repository, "1.2", digest
		if name == "by-digest" {
			want.ImageTag = ""
		}
		d.check(t, d.run(t, "create", "--name", name, image), &want)
	}
	// The names of an image can be taken away while containers of it exist.
	d.images = newImageCache()
	d.run(t, "rmi", "-f", repository+":1.2", repository+"@"+digest)
	for _, container := range []string{"by-tag", "by-id"} {
		id := d.run(t, "inspect", "-f", "{{.Id}}", container)
		got, err := d.Inspect(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"by-tag": repository}[container]
		if got.ImageRepository != want || got.ImageDigest != "" || len(got.ImageID) != 64 {
			t.Errorf("%s: repository %q, digest %q, id %q", container, got.ImageRepository, got.ImageDigest, got.ImageID)
		}
	}
}

func TestLivePodmanInspect(t *testing.T) {
	d := startPodman(t)
	web := d.run(t, "run", "-d", "--net", "none", "--name", "web", "--label", "app=web", "-v", "/etc:/host/etc:ro",
		"--health-cmd", "/bin/busybox true | cat", "--health-interval", "disable", testImage)
	shared := d.run(t, "create", "--name", "shared", "--network", "container:web", "--pid", "host", testImage)
	id := d.run(t, "images", "-q", "--no-trunc", testImage)
	privileged := d.run(t, "create", "--name", "privileged", "--privileged", "--network", "host", "--health-cmd", "none", id)
	image, err := d.image(t.Context(), id)
	if err != nil || len(image.RepoDigests) != 1 {
		t.Fatal(err, image)
	}
	_, _, digest := splitImage(image.RepoDigests[0])

	want := plain("podman", "web")
	want.ImageDigest = digest
	want.HostIPC = event.Unknown
	want.Labels = []event.Label{{Name: "app", Value: "web"}}
	want.Mounts = []event.Mount{{Source: "/etc", Destination: "/host/etc", Propagation: "rprivate"}}
	want.Healthcheck = &event.Probe{Exe: "/bin/sh", Args: []string{"-c", "/bin/busybox true | cat"}}
	d.check(t, web, &want)

	want = plain("podman", "shared")
	want.ImageDigest, want.HostPID, want.HostIPC = digest, event.Yes, event.Unknown
	d.check(t, shared, &want)

	want = plain("podman", "privileged")
	want.Image, want.ImageDigest = id, digest
	want.Privileged, want.HostNetwork, want.HostIPC = event.Yes, event.Yes, event.Unknown
	d.check(t, privileged, &want)

	ids, err := d.List(t.Context())
	if diff := gocmp.Diff([]string{web, shared, privileged}, ids, cmpopts.SortSlices(cmp.Less[string])); err != nil || diff != "" {
		t.Errorf("%v; -want +got:\n%s", err, diff)
	}
	if _, err := d.Inspect(t.Context(), strings.Repeat("0", 64)); !errors.Is(err, ErrNotFound) {
		t.Errorf("of no container: %v", err)
	}
}

func TestLiveDockerFollow(t *testing.T) {
	d := startDocker(t)
	d.follow(t, "bridge", Updated) // `docker update` tells
}

func TestLivePodmanFollow(t *testing.T) {
	d := startPodman(t)
	d.follow(t, "none")
}

// follow checks what is told of a container's life and of the daemon's end;
// updated is what is told when the container's limits change.
func (d *dockerDaemon) follow(t *testing.T, network string, updated ...Kind) {
	changes, connected, ended := make(chan Change, 100), make(chan struct{}), make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	go func() {
		ended <- d.Follow(ctx, func() { close(connected) }, func(c Change) { changes <- c })
	}()
	select {
	case <-connected:
	case err := <-ended:
		t.Fatal(err)
	}
	id := d.run(t, "create", "--network", network, "--name", "web", testImage)
	d.run(t, "start", "web")
	d.run(t, "rename", "web", "shop")
	if len(updated) > 0 {
		d.run(t, "update", "--restart", "no", "shop")
	}
	d.remove(t, "shop")
	want := append([]Kind{Updated, Updated, Updated}, updated...) // created, started, renamed
	for _, kind := range append(want, Removed) {
		select {
		case c := <-changes:
			if c != (Change{id, kind}) {
				t.Errorf("told of %+v, want kind %d of %s", c, kind, id)
			}
		case err := <-ended:
			t.Fatal(err)
		}
	}
	d.stop()
	err := <-ended
	if err == nil || ctx.Err() != nil {
		t.Errorf("after the daemon's end: %v", err)
	}
	if _, err := d.Inspect(t.Context(), id); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("of a daemon that is gone: %v", err)
	}
}
