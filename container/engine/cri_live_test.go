package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gyrsec/gyr/event"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const (
	webUID  = "7f6c2b6e-0a5e-4d7b-9a1e-1d0d9b6a0001"
	toolUID = "7f6c2b6e-0a5e-4d7b-9a1e-1d0d9b6a0002"
)

// livePods are a pod with a common container and one with a privileged one.
type livePods struct {
	web, main  string // sandbox and container
	tool, root string
}

func startPods(t testing.TB, d *daemon) livePods {
	t.Helper()
	var p livePods
	web := podConfig("webpod", webUID)
	p.web = d.runPod(t, web)
	p.main = d.runContainer(t, p.web, web, containerConfig("main", web, false))
	tool := podConfig("toolpod", toolUID)
	tool.Linux.SecurityContext.Privileged = true
	tool.Linux.SecurityContext.NamespaceOptions.Pid = runtimeapi.NamespaceMode_NODE
	p.tool = d.runPod(t, tool)
	p.root = d.runContainer(t, p.tool, tool, containerConfig("root", tool, true))
	return p
}

// wantPod is the pod of podConfig.
func wantPod(name, uid, sandbox string) *event.Pod {
	return &event.Pod{
		Name: name, Namespace: "shop", UID: uid, SandboxID: sandbox,
		Labels: []event.Label{
			{Name: "app", Value: "web"}, {Name: labelPodName, Value: name},
			{Name: labelPodNamespace, Value: "shop"}, {Name: labelPodUID, Value: uid},
		},
	}
}

// wantContainer is the container of containerConfig in a pod of podConfig.
func wantContainer(name string, pod *event.Pod) *event.Details {
	return &event.Details{
		Type: "containerd", Name: name,
		Image: testImage, ImageRepository: "localhost/test", ImageTag: "2",
		Privileged: event.No, HostPID: event.No, HostNetwork: event.Yes, HostIPC: event.No,
		Mounts: []event.Mount{{Source: "/etc", Destination: "/host/etc", Propagation: "rprivate"}},
		Labels: []event.Label{
			{Name: labelContainerName, Value: name}, {Name: labelPodName, Value: pod.Name},
			{Name: labelPodNamespace, Value: pod.Namespace}, {Name: labelPodUID, Value: pod.UID},
		},
		Pod: pod,
	}
}

// volatile are details that differ from run to run.
var volatile = cmpopts.IgnoreFields(event.Details{}, "Created", "Started", "ImageID", "ImageDigest")

func TestLiveCRIInspect(t *testing.T) {
	d := startContainerd(t)
	began := time.Now()
	pods := startPods(t, d)
	cri := NewCRI(d.socket)
	defer cri.Close()

	common := wantContainer("main", wantPod("webpod", webUID, pods.web))
	common.Liveness = &event.Probe{Exe: "/bin/busybox", Args: []string{"test", "-e", "/live"}}
	common.Readiness = &event.Probe{Exe: "/bin/busybox", Args: []string{"true"}}
	root := wantContainer("root", wantPod("toolpod", toolUID, pods.tool))
	root.Privileged, root.HostPID = event.Yes, event.Yes
	pause := &event.Details{
		Type: "containerd", Name: "webpod", Sandbox: true,
		Image: pauseImage, ImageRepository: "localhost/pause", ImageTag: "1",
		Privileged: event.No, HostPID: event.No, HostNetwork: event.Yes, HostIPC: event.No,
		Labels: common.Pod.Labels, Pod: common.Pod,
	}
	for _, test := range []struct {
		name, id string
		want     *event.Details
	}{{"common", pods.main, common}, {"privileged", pods.root, root}, {"sandbox", pods.web, pause}} {
		t.Run(test.name, func(t *testing.T) {
			got, err := cri.Inspect(t.Context(), test.id)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, volatile); diff != "" {
				t.Errorf("details (-want +got):\n%s", diff)
			}
			for _, at := range []int64{got.Created, got.Started} {
				if age := time.Unix(0, at).Sub(began); age < -time.Second || age > time.Minute {
					t.Errorf("created or started %v after the test began", age)
				}
			}
			if _, ok := imageID(got.ImageID); !ok && !got.Sandbox {
				t.Errorf("image id %q", got.ImageID)
			}
		})
	}
	for _, id := range []string{strings.Repeat("0", 64), "plain", pods.main[:12], pods.web[:12]} {
		if got, err := cri.Inspect(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("Inspect(%q) = %v, %v, want ErrNotFound", id, got, err)
		}
	}
	ids, err := cri.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{pods.web, pods.main, pods.tool, pods.root}
	if diff := cmp.Diff(want, ids, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}

func TestLiveCRIFollow(t *testing.T) {
	d := startContainerd(t)
	cri := NewCRI(d.socket)
	defer cri.Close()
	version, err := cri.runtimeVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !version.broadcasts() {
		if err := cri.Follow(t.Context(), func() {}, func(Change) {}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Follow: %v, want ErrUnsupported", err)
		}
		t.Skipf("needs containerd 2 to follow by CRI, has %s; name one with GYR_CONTAINERD", version.version)
	}
	ctx, cancel := context.WithCancel(t.Context())
	f := startFollowing(t, ctx, cri)
	pod := podConfig("webpod", webUID)
	sandbox := d.runPod(t, pod)
	container := d.runContainer(t, sandbox, pod, containerConfig("main", pod, false))
	f.expect(t, Change{sandbox, Updated}, Change{container, Updated}, Change{container, Updated})
	if _, err := cri.Inspect(t.Context(), container); err != nil {
		t.Error(err)
	}
	if _, kept := cri.sandboxes.get(sandbox); !kept {
		t.Error("the sandbox is not kept")
	}
	d.removePod(t, sandbox)
	f.expect(t, Change{container, Removed}, Change{sandbox, Removed})
	if _, kept := cri.sandboxes.get(sandbox); kept {
		t.Error("the sandbox is kept after its removal")
	}
	cancel()
	if err := <-f.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Follow ended with %v", err)
	}
}

// After a start of its own the runtime is asked again, and detection went on: a
// call meanwhile fails at once.
func TestLiveCRIRestart(t *testing.T) {
	d := startContainerd(t)
	cri := NewCRI(d.socket)
	defer cri.Close()
	pod := podConfig("webpod", webUID)
	sandbox := d.runPod(t, pod)
	container := d.runContainer(t, sandbox, pod, containerConfig("main", pod, false))
	if _, err := cri.Inspect(t.Context(), container); err != nil {
		t.Fatal(err)
	}
	d.stop()
	began := time.Now()
	if _, err := cri.Inspect(t.Context(), container); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("Inspect while containerd is down: %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("Inspect while containerd is down took %v", took)
	}
	d.start(t)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got, err := cri.Inspect(t.Context(), container)
		if err == nil {
			if got.Pod.Name != "webpod" {
				t.Errorf("pod %+v", got.Pod)
			}
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}
