package engine

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gyrsec/gyr/event"
	"go.uber.org/goleak"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestCRIOfCRIO(t *testing.T) {
	f := asCRIO()
	cri := f.start(t)
	for range 3 {
		got, err := cri.Inspect(t.Context(), criContainer)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(crioDetails(), got); diff != "" {
			t.Fatalf("details (-want +got):\n%s", diff)
		}
	}
	for _, once := range []string{"version", "pod", "image"} {
		if n := f.count(once); n != 1 {
			t.Errorf("%s was asked for %d times, want once", once, n)
		}
	}
	got, err := cri.Inspect(t.Context(), criPod)
	if err != nil {
		t.Fatal(err)
	}
	pod := crioDetails().Pod
	want := &event.Details{
		Type: "cri-o", Name: "webpod", Sandbox: true,
		Image: "registry.k8s.io/pause:3.9", ImageRepository: "registry.k8s.io/pause", ImageTag: "3.9",
		HostPID: event.Yes, HostNetwork: event.No, HostIPC: event.Yes,
		Labels: pod.Labels, Created: 4, Started: 4, IP: pod.IP, CNI: pod.CNI, Pod: pod,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sandbox (-want +got):\n%s", diff)
	}
}

// What a runtime may leave out costs only what it says.
func TestCRILittleSaid(t *testing.T) {
	for _, test := range []struct {
		name string
		take func(*fakeCRI)
		want func(*event.Details)
	}{
		{"no info", func(f *fakeCRI) { f.containers[criContainer].Info = nil }, func(d *event.Details) { d.Privileged = event.Unknown }},
		{"info that is no JSON", func(f *fakeCRI) { f.containers[criContainer].Info["info"] = `{"sandboxID":` }, func(d *event.Details) { d.Privileged = event.Unknown }},
		{"info of another form", func(f *fakeCRI) {
			f.containers[criContainer].Info["info"] = `{"config":[],"sandboxID":"` + criPod + `","runtimeSpec":7,"privileged":"yes"}`
		}, func(d *event.Details) { d.Privileged = event.Unknown }},
		{"no pod any more", func(f *fakeCRI) { f.pods = nil }, func(d *event.Details) {
			d.Pod.Labels, d.Pod.IP, d.Pod.CNI, d.IP, d.CNI = nil, "", "", "", ""
			d.HostPID, d.HostNetwork, d.HostIPC = event.Unknown, event.Unknown, event.Unknown
		}},
		{"a pod without status", func(f *fakeCRI) {
			f.pods[criPod] = &runtimeapi.PodSandboxStatusResponse{Status: &runtimeapi.PodSandboxStatus{Id: criPod}}
		}, func(d *event.Details) {
			d.Pod.Labels, d.Pod.IP, d.Pod.CNI, d.IP, d.CNI = nil, "", "", "", ""
			d.HostPID, d.HostNetwork, d.HostIPC = event.Unknown, event.Unknown, event.Unknown
		}},
		{"no image", func(f *fakeCRI) { f.images = nil }, func(d *event.Details) { d.ImageDigest = "" }},
		{"an image named by its id", func(f *fakeCRI) {
			f.containers[criContainer].Status.Image.Image = criImage
			f.containers[criContainer].Status.Image.UserSpecifiedImage = "quay.io/shop/web:5"
		}, func(*event.Details) {}},
		{"labels of nobody", func(f *fakeCRI) { f.containers[criContainer].Status.Labels = nil }, func(d *event.Details) { d.Labels = nil }},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := asCRIO()
			test.take(f)
			got, err := f.start(t).Inspect(t.Context(), criContainer)
			if err != nil {
				t.Fatal(err)
			}
			want := crioDetails()
			test.want(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("details (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAskedImage(t *testing.T) {
	for _, test := range []struct {
		name, runtime             string
		found, byPod, byContainer string
		want                      string
	}{
		{"as found", "containerd", "docker.io/library/nginx:1.27", "", "sha256:" + strings.Repeat("e3", 32), "docker.io/library/nginx:1.27"},
		{"one of several names", "containerd", "docker.io/other/web:1", "nginx:1.27", "sha256:" + strings.Repeat("e3", 32), "docker.io/library/nginx:1.27"},
		{"without a tag", "containerd", "docker.io/library/nginx:latest", "nginx", "", "docker.io/library/nginx:latest"},
		{"by digest", "containerd", "docker.io/library/nginx@" + criDigest, "nginx@" + criDigest, "", "docker.io/library/nginx@" + criDigest},
		{"of a registry with a port", "containerd", "", "reg.example:5000/shop/web:5", "", "reg.example:5000/shop/web:5"},
		{"asked for without a kubelet", "containerd", "localhost/pause:1", "", "localhost/test:2", "localhost/test:2"},
		{"no name at all", "containerd", "localhost/test:2", "NOT A NAME", "", "localhost/test:2"},
		{"a short name", "cri-o", "quay.io/alias/nginx:1", "nginx:1", "", "quay.io/alias/nginx:1"},
		{"known by id only", "cri-o", strings.Repeat("e3", 32), "nginx:1", "", "nginx:1"},
		{"nothing known", "cri-o", "", "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			info := &criInfo{}
			info.Config.Image.Asked, info.Config.Image.Image = test.byPod, test.byContainer
			s := &runtimeapi.ContainerStatus{Image: &runtimeapi.ImageSpec{Image: test.found}}
			if got := askedImage(s, info, test.runtime); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Runtimes take the beginning of an id for the whole.
func TestCRIOtherID(t *testing.T) {
	f := asCRIO()
	f.containers["c1c1"], f.pods["d2d2"] = f.containers[criContainer], f.pods[criPod]
	cri := f.start(t)
	for _, id := range []string{"c1c1", "d2d2", strings.Repeat("0", 64), ""} {
		if got, err := cri.Inspect(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("Inspect(%q) = %+v, %v, want ErrNotFound", id, got, err)
		}
	}
}

func TestCRIFaults(t *testing.T) {
	defer goleak.VerifyNone(t)
	silent := func(t *testing.T, speak func(net.Conn)) *CRI {
		socket := filepath.Join(shortTempDir(t), "s")
		listener, err := net.Listen("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		var open sync.WaitGroup
		open.Go(func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				open.Go(func() { speak(conn); conn.Close() })
			}
		})
		cri := NewCRI(socket)
		t.Cleanup(func() { cri.Close(); listener.Close(); open.Wait() })
		return cri
	}
	for _, test := range []struct {
		name  string
		start func(*testing.T) *CRI
	}{
		{"no socket", func(t *testing.T) *CRI { return criAt(t, filepath.Join(t.TempDir(), "none")) }},
		{"hangs", func(t *testing.T) *CRI { return (&fakeCRI{hang: true}).start(t) }},
		{"accepts and says nothing", func(t *testing.T) *CRI {
			return silent(t, func(c net.Conn) { io.Copy(io.Discard, c) })
		}},
		{"speaks another protocol", func(t *testing.T) *CRI {
			return silent(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") })
		}},
		{"does not know CRI", func(t *testing.T) *CRI { return (&unknownService{}).start(t) }},
		{"answers with too much", func(t *testing.T) *CRI {
			f := asCRIO()
			f.containers[criContainer].Info["info"] = strings.Repeat(" ", maxMessage)
			return f.start(t)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			cri := test.start(t)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			began := time.Now()
			got, err := cri.Inspect(ctx, criContainer)
			if err == nil || errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), cri.socket) {
				t.Errorf("Inspect: %+v, %v, want an error that names the socket", got, err)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("Inspect took %v", took)
			}
		})
	}
}

// Another runtime may come to a socket.
func TestCRIOtherRuntime(t *testing.T) {
	socket := filepath.Join(shortTempDir(t), "s")
	first := asCRIO()
	stop := first.serve(t, socket)
	cri := criAt(t, socket)
	if got, err := cri.Inspect(t.Context(), criContainer); err != nil || got.Type != "cri-o" {
		t.Fatalf("first: %+v, %v", got, err)
	}
	stop()
	if _, err := cri.Inspect(t.Context(), criContainer); err == nil {
		t.Fatal("an answer from no runtime")
	}
	second := asCRIO()
	second.name, second.version = "containerd", "v2.2.9"
	second.serve(t, socket)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		got, err := cri.Inspect(t.Context(), criContainer)
		if err == nil {
			if got.Type != "containerd" {
				t.Errorf("type %q of the second runtime", got.Type)
			}
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestCRIFollow(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Run("unsupported", func(t *testing.T) {
		old := asCRIO()
		if err := old.start(t).Follow(t.Context(), func() {}, nil); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Follow: %v, want ErrUnsupported", err)
		}
		// It would take events from the kubelet.
		stealing := &fakeCRI{name: "containerd", version: "1.7.35", events: make(chan *runtimeapi.ContainerEventResponse)}
		if err := stealing.start(t).Follow(t.Context(), nil, nil); !errors.Is(err, errors.ErrUnsupported) || stealing.count("events") != 0 {
			t.Errorf("Follow of containerd 1.7: %v, events asked for %d times", err, stealing.count("events"))
		}
	})
	t.Run("supported", func(t *testing.T) {
		f := asCRIO()
		f.events = make(chan *runtimeapi.ContainerEventResponse)
		cri := f.start(t)
		if _, err := cri.Inspect(t.Context(), criContainer); err != nil {
			t.Fatal(err)
		}
		follower := startFollowing(t, t.Context(), cri)
		for _, e := range []struct {
			id   string
			kind runtimeapi.ContainerEventType
		}{
			{criContainer, runtimeapi.ContainerEventType_CONTAINER_CREATED_EVENT},
			{criContainer, runtimeapi.ContainerEventType_CONTAINER_STARTED_EVENT},
			{criContainer, runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT},
			{criContainer, runtimeapi.ContainerEventType_CONTAINER_DELETED_EVENT},
			{criPod, runtimeapi.ContainerEventType_CONTAINER_DELETED_EVENT},
			{criPod, 99},
		} {
			f.events <- &runtimeapi.ContainerEventResponse{ContainerId: e.id, ContainerEventType: e.kind}
		}
		close(f.events)
		err := <-follower.ended
		if err == nil || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Follow ended with %v, want an error that is not ErrUnsupported", err)
		}
		close(follower.changes)
		var got []Change
		for c := range follower.changes {
			got = append(got, c)
		}
		want := []Change{{criContainer, Updated}, {criContainer, Updated}, {criContainer, Removed}, {criPod, Removed}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
		if _, kept := cri.sandboxes.get(criPod); kept {
			t.Error("the sandbox is kept after its removal")
		}
	})
	t.Run("ended by the caller", func(t *testing.T) {
		f := asCRIO()
		f.events = make(chan *runtimeapi.ContainerEventResponse)
		ctx, cancel := context.WithCancel(t.Context())
		follower := startFollowing(t, ctx, f.start(t))
		cancel()
		if err := <-follower.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Follow ended with %v", err)
		}
	})
}

func TestBounded(t *testing.T) {
	b := newBounded[int](3)
	for i, key := range []string{"a", "b", "c", "d", "e"} {
		b.put(key, i)
		if got, ok := b.get(key); !ok || got != i {
			t.Errorf("%s: %d, %v", key, got, ok)
		}
	}
	if len(b.all) != 3 {
		t.Errorf("%d entries, want 3", len(b.all))
	}
	b.remove("e")
	if _, ok := b.get("e"); ok {
		t.Error("removed, and still there")
	}
}

func FuzzCRIInfo(f *testing.F) {
	for _, c := range asCRIO().containers {
		f.Add(c.Info["info"])
	}
	f.Add(`{"sandboxID":"x","config":{"image":{"image":"a","user_specified_image":"b:c@d"},"linux":{"security_context":{"privileged":true,"namespace_options":{"pid":2}}}}}`)
	f.Add(`{"cniResult":{"Interfaces":{}},"runtimeSpec":null,"image":"x"}`)
	f.Fuzz(func(t *testing.T, text string) {
		info := parseCRIInfo(map[string]string{"info": text})
		d := describeStatus(&runtimeapi.ContainerStatus{}, info, typeContainerd)
		s := newSandbox(&runtimeapi.PodSandboxStatus{}, info)
		s.describe(d)
		if d.Pod == nil || s.details.Pod == nil {
			t.Error("no pod")
		}
	})
}
