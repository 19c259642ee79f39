package engine

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	containerdevents "github.com/containerd/containerd/api/events"
	"github.com/containerd/containerd/api/services/containers/v1"
	"github.com/containerd/containerd/api/services/events/v1"
	"github.com/containerd/containerd/api/services/namespaces/v1"
	"github.com/containerd/containerd/api/types"
	"github.com/google/go-cmp/cmp"
	"github.com/gyrsec/gyr/event"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// fakeContainerd answers for what a real one does not do when it is wanted. It
// has no service for images.
type fakeContainerd struct {
	containers map[string]*containers.Container // by namespace and id
	envelopes  chan *types.Envelope
	hang       bool
}

// The services are apart, because their methods have the same names.
type fakeNamespaces struct {
	namespaces.UnimplementedNamespacesServer
	of *fakeContainerd
}

func (f fakeNamespaces) List(ctx context.Context, _ *namespaces.ListNamespacesRequest) (*namespaces.ListNamespacesResponse, error) {
	if f.of.hang {
		<-ctx.Done()
	}
	answer := &namespaces.ListNamespacesResponse{}
	for _, name := range []string{"moby", "k8s.io", "default"} {
		answer.Namespaces = append(answer.Namespaces, &namespaces.Namespace{Name: name})
	}
	return answer, nil
}

type fakeContainers struct {
	containers.UnimplementedContainersServer
	of *fakeContainerd
}

func (f fakeContainers) Get(ctx context.Context, r *containers.GetContainerRequest) (*containers.GetContainerResponse, error) {
	in, _ := metadata.FromIncomingContext(ctx)
	namespace := strings.Join(in.Get("containerd-namespace"), ",")
	if c, ok := f.of.containers[namespace+"/"+r.ID]; ok {
		return &containers.GetContainerResponse{Container: c}, nil
	}
	return nil, status.Errorf(codes.NotFound, "container %q in namespace %q: not found", r.ID, namespace)
}

type fakeEvents struct {
	events.UnimplementedEventsServer
	of *fakeContainerd
}

func (f fakeEvents) Subscribe(_ *events.SubscribeRequest, s events.Events_SubscribeServer) error {
	for e := range f.of.envelopes {
		if err := s.Send(e); err != nil {
			return err
		}
	}
	return nil
}

func (f *fakeContainerd) start(t testing.TB) *Containerd {
	t.Helper()
	socket := filepath.Join(shortTempDir(t), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	namespaces.RegisterNamespacesServer(server, fakeNamespaces{of: f})
	containers.RegisterContainersServer(server, fakeContainers{of: f})
	events.RegisterEventsServer(server, fakeEvents{of: f})
	done := make(chan struct{})
	go func() { defer close(done); server.Serve(listener) }()
	c := NewContainerd(socket)
	t.Cleanup(func() { c.Close(); server.Stop(); <-done })
	return c
}

func TestContainerdNamespaces(t *testing.T) {
	f := &fakeContainerd{containers: map[string]*containers.Container{
		"default/both": {ID: "both", Image: "first"},
		"k8s.io/both":  {ID: "both", Image: "second"},
		"moby/docker":  {ID: "docker"},
		"k8s.io/odd":   {ID: "odd", Spec: &anypb.Any{TypeUrl: "something/else", Value: []byte("\x00\x01")}},
		// Its sandbox is gone.
		"k8s.io/left": {ID: "left", Spec: &anypb.Any{Value: []byte(`{"annotations":{"io.kubernetes.cri.container-type":"container",
			"io.kubernetes.cri.container-name":"main","io.kubernetes.cri.sandbox-id":"gone","io.kubernetes.cri.image-name":"a:1"}}`)}},
	}}
	c := f.start(t)
	for id, want := range map[string]*event.Details{
		"both": {Type: "containerd", Name: "both", Image: "first", ImageRepository: "first"},
		"odd":  {Type: "containerd", Name: "odd"},
		"left": {Type: "containerd", Name: "main", Image: "a:1", ImageRepository: "a", ImageTag: "1", Pod: &event.Pod{SandboxID: "gone"}},
	} {
		got, err := c.Inspect(t.Context(), id)
		if err != nil {
			t.Errorf("Inspect(%s): %v", id, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	// Docker tells its own.
	if got, err := c.Inspect(t.Context(), "docker"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Inspect of Docker's: %+v, %v, want ErrNotFound", got, err)
	}
}

func TestContainerdHangs(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Run("", func(t *testing.T) {
		c := (&fakeContainerd{hang: true}).start(t)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := c.Inspect(ctx, "x"); status.Code(err) != codes.DeadlineExceeded {
			t.Errorf("Inspect: %v", err)
		}
		if _, err := c.List(ctx); status.Code(err) != codes.DeadlineExceeded {
			t.Errorf("List: %v", err)
		}
	})
}

// envelope packs an event.
func envelope(t testing.TB, topic string, m proto.Message) *types.Envelope {
	t.Helper()
	e := &types.Envelope{Topic: topic, Namespace: "default"}
	if m != nil {
		packed, err := anypb.New(m)
		if err != nil {
			t.Fatal(err)
		}
		e.Event = packed
	}
	return e
}

func TestContainerdFollow(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Run("", func(t *testing.T) {
		f := &fakeContainerd{envelopes: make(chan *types.Envelope)}
		follower := startFollowing(t, t.Context(), f.start(t))
		for _, e := range []*types.Envelope{
			envelope(t, "/containers/create", &containerdevents.ContainerCreate{ID: "a"}),
			envelope(t, "/containers/update", &containerdevents.ContainerUpdate{ID: "a"}),
			envelope(t, "/tasks/start", &containerdevents.TaskStart{ContainerID: "a", Pid: 7}),
			envelope(t, "/tasks/oom", &containerdevents.TaskOOM{ContainerID: "a"}),
			envelope(t, "/containers/create", nil),
			envelope(t, "/containers/create", &containerdevents.ContainerCreate{}),
			{Topic: "/containers/create", Event: &anypb.Any{Value: []byte{0xff, 0xff}}},
			envelope(t, "/containers/delete", &containerdevents.ContainerDelete{ID: "a"}),
		} {
			f.envelopes <- e
		}
		close(f.envelopes)
		if err := <-follower.ended; err == nil || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Follow ended with %v", err)
		}
		close(follower.changes)
		var got []Change
		for c := range follower.changes {
			got = append(got, c)
		}
		want := []Change{{"a", Updated}, {"a", Updated}, {"a", Updated}, {"a", Removed}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	})
}

func FuzzContainerdEvent(f *testing.F) {
	b, err := proto.Marshal(&containerdevents.ContainerCreate{ID: "a", Image: "b"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("/containers/create", b)
	f.Add("/tasks/start", []byte{0x0a, 0x01, 'a'})
	f.Fuzz(func(t *testing.T, topic string, value []byte) {
		change, ok := changeOf(&types.Envelope{Topic: topic, Event: &anypb.Any{Value: value}})
		if ok == (change.FullID == "") {
			t.Errorf("%v %+v", ok, change)
		}
	})
}
