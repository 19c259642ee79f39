package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gyrsec/gyr/event"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// runPlain starts a container with ctr, outside CRI, which goes with the test.
func (d *daemon) runPlain(t testing.TB, id string, flags ...string) {
	t.Helper()
	args := append([]string{"run", "-d", "--snapshotter", "native", "--runc-root", d.dir + "/runc", "--cgroup", d.cgroup() + "/" + id}, flags...)
	d.ctr(t, "default", append(args, testImage, id)...)
	t.Cleanup(func() {
		d.ctr(t, "default", "tasks", "delete", "--force", id)
		d.ctr(t, "default", "containers", "delete", id)
	})
}

func TestLiveContainerdInspect(t *testing.T) {
	d := startContainerd(t)
	pods := startPods(t, d)
	plainID, rootID := "plain-"+d.name, "root-"+d.name
	d.runPlain(t, plainID, "--label", "team=probe", "--label", "nerdctl/name=shop-web", "--mount", "type=bind,src=/etc,dst=/host/etc,options=rbind:rslave:rw")
	d.runPlain(t, rootID, "--privileged", "--net-host")
	engine := NewContainerd(d.socket)
	defer engine.Close()

	labels := []event.Label{
		{Name: "io.containerd.image.config.stop-signal", Value: "SIGTERM"},
		{Name: "nerdctl/name", Value: "shop-web"}, {Name: "team", Value: "probe"},
	}
	plain := &event.Details{
		Type: "containerd", Name: "shop-web", Image: testImage, ImageRepository: "localhost/test", ImageTag: "2",
		Privileged: event.No, HostPID: event.No, HostNetwork: event.No, HostIPC: event.No,
		Mounts: []event.Mount{{Source: "/etc", Destination: "/host/etc", Propagation: "rslave", Writable: true}},
		Labels: labels,
	}
	root := &event.Details{
		Type: "containerd", Name: rootID, Image: testImage, ImageRepository: "localhost/test", ImageTag: "2",
		Privileged: event.Yes, HostPID: event.No, HostNetwork: event.Yes, HostIPC: event.No,
		Labels: labels[:1],
	}
	// What containerd says of a container of a pod is what CRI says, as far as it
	// goes.
	main := wantContainer("main", wantPod("webpod", webUID, pods.web))
	for _, test := range []struct {
		id   string
		want *event.Details
	}{{plainID, plain}, {rootID, root}, {pods.main, main}} {
		got, err := engine.Inspect(t.Context(), test.id)
		if err != nil {
			t.Errorf("Inspect(%s): %v", test.id, err)
			continue
		}
		if got.ImageDigest == "" || got.Created == 0 {
			t.Errorf("%s: digest %q, created %d", test.id, got.ImageDigest, got.Created)
		}
		got.Labels = slices.DeleteFunc(got.Labels, func(l event.Label) bool { return strings.HasPrefix(l.Name, "io.cri-containerd.") })
		got.Mounts = slices.DeleteFunc(got.Mounts, func(m event.Mount) bool { return test.id == rootID })
		if diff := cmp.Diff(test.want, got, volatile, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.id, diff)
		}
	}
	if _, err := engine.Inspect(t.Context(), "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Inspect of none: %v, want ErrNotFound", err)
	}
	ids, err := engine.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{plainID, rootID, pods.web, pods.main, pods.tool, pods.root}
	if diff := cmp.Diff(want, ids, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}

// follower runs an engine's Follow and keeps what it tells.
type follower struct {
	changes chan Change
	ended   chan error
}

func startFollowing(t testing.TB, ctx context.Context, e Engine) *follower {
	t.Helper()
	f := &follower{changes: make(chan Change, 1000), ended: make(chan error, 1)}
	connected := make(chan struct{})
	go func() {
		f.ended <- e.Follow(ctx, func() { close(connected) }, func(c Change) { f.changes <- c })
	}()
	select {
	case <-connected:
	case err := <-f.ended:
		t.Fatalf("Follow: %v", err)
	case <-time.After(10 * time.Second):
		t.Fatal("Follow does not connect")
	}
	return f
}

// expect waits for changes, in this order, with any others between them.
func (f *follower) expect(t testing.TB, want ...Change) {
	t.Helper()
	late := time.After(10 * time.Second)
	for _, w := range want {
		for got := (Change{}); got != w; {
			select {
			case got = <-f.changes:
			case <-late:
				t.Fatalf("was not told of %+v", w)
			}
		}
	}
}

func TestLiveContainerdFollow(t *testing.T) {
	d := startContainerd(t)
	engine := NewContainerd(d.socket)
	defer engine.Close()
	ctx, cancel := context.WithCancel(t.Context())
	f := startFollowing(t, ctx, engine)

	short := "short-" + d.name
	d.ctr(t, "moby", "containers", "create", "--rootfs", d.dir, "docker")
	d.ctr(t, "default", "run", "--rm", "--snapshotter", "native", "--runc-root", d.dir+"/runc", "--cgroup", d.cgroup()+"/"+short, testImage, short, "/bin/busybox", "true")
	f.expect(t, Change{short, Updated}, Change{short, Updated}, Change{short, Removed})
	pod := podConfig("webpod", webUID)
	sandbox := d.runPod(t, pod)
	container := d.runContainer(t, sandbox, pod, containerConfig("main", pod, false))
	if _, err := d.runtime.StopContainer(t.Context(), &runtimeapi.StopContainerRequest{ContainerId: container}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.runtime.RemoveContainer(t.Context(), &runtimeapi.RemoveContainerRequest{ContainerId: container}); err != nil {
		t.Fatal(err)
	}
	f.expect(t, Change{sandbox, Updated}, Change{container, Updated}, Change{container, Updated}, Change{container, Removed})

	cancel()
	if err := <-f.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Follow ended with %v", err)
	}
}
