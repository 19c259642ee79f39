package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

// hostTree makes a root folder as hosts have them: /var/run is a link to /run.
func hostTree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{"run/crio", "run/containerd", "run/user/1000/podman", "run/user/1001/podman", "run/user/1002", "var", "usr", "opt"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"run/docker.sock", "run/crio/crio.sock", "run/containerd/containerd.sock", "run/user/1000/podman/podman.sock", "run/user/1001/podman/podman.sock"} {
		if err := os.WriteFile(filepath.Join(root, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"var/run": "/run", "opt/relative": "../run/crio", "opt/other.sock": "/var/run/crio/crio.sock", "opt/loop": "loop", "opt/up": "../../../../run", "opt/away": "/nowhere",
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(filepath.Join(root, "run/docker.sock"), filepath.Join(root, "opt/docker.sock")); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestPlaces(t *testing.T) {
	root := hostTree(t)
	tests := []struct {
		name    string
		sockets []string
		want    []string
	}{
		{"none", nil, nil},
		{"as it is", []string{"/run/docker.sock"}, []string{"/run/docker.sock"}},
		{"by a link from the host's root, not ours", []string{"/var/run/docker.sock"}, []string{"/run/docker.sock"}},
		{"not there yet", []string{"/var/run/k3s/containerd/containerd.sock", "/nowhere/a.sock"}, []string{"/run/k3s/containerd/containerd.sock", "/nowhere/a.sock"}},
		{"twice", []string{"/run/crio/crio.sock", "/var/run/crio/crio.sock"}, []string{"/run/crio/crio.sock"}},
		{"twice, not there yet", []string{"/run/k.sock", "/var/run/k.sock", "/run/./x/../k.sock"}, []string{"/run/k.sock"}},
		{"by relative and by several links", []string{"/opt/relative/crio.sock", "/opt/other.sock"}, []string{"/run/crio/crio.sock"}},
		{"by another name of the same", []string{"/run/docker.sock", "/opt/docker.sock"}, []string{"/run/docker.sock"}},
		{"nothing is above the root", []string{"/../../run/docker.sock", "/opt/up/docker.sock"}, []string{"/run/docker.sock"}},
		{"in circles", []string{"/opt/loop/a.sock"}, []string{"/opt/loop/a.sock"}},
		{"into nothing", []string{"/opt/away/a.sock"}, []string{"/nowhere/a.sock"}},
		{"a pattern", []string{"/run/podman/podman.sock", "/run/user/*/podman/podman.sock"}, []string{"/run/podman/podman.sock", "/run/user/1000/podman/podman.sock", "/run/user/1001/podman/podman.sock"}},
		{"a pattern that fits nothing", []string{"/run/user/*/docker.sock"}, nil},
		{"a pattern that is none", []string{"/run/[x"}, nil},
		{"two patterns", []string{"/run/*.sock", "/run/d*"}, []string{"/run/docker.sock"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range places(root, tt.sockets) {
				below, ok := strings.CutPrefix(p.path, root)
				if !ok {
					t.Errorf("%s is outside of %s", p.path, root)
				}
				got = append(got, below)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("places of %q (-want +got):\n%s", tt.sockets, diff)
			}
		})
	}
}

// A root folder may have characters in its name that mean something in patterns.
func TestPlacesBelowAnOddRoot(t *testing.T) {
	root := filepath.Join(t.TempDir(), `a[b*c\d`)
	if err := os.MkdirAll(filepath.Join(root, "run"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "run/a.sock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want := []place{{root + "/run/a.sock", uint32(os.Getuid())}}
	if diff := cmp.Diff(want, places(root, []string{"/run/*.sock"}), cmp.AllowUnexported(place{})); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

// What is at a socket that a user can make says nothing of containers of others,
// wherever the user lets it lead.
func TestUsersOfSockets(t *testing.T) {
	root := hostTree(t)
	mine := uint32(os.Getuid())
	for name, target := range map[string]string{
		"run/user/1002/podman.sock": "/run/docker.sock", "run/user/1002/later.sock": "/opt/evil.sock", "opt/hers.sock": "/run/user/1001/podman/podman.sock",
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	for socket, want := range map[string]uint32{
		"/run/docker.sock": mine, "/run/nothing.sock": 0, "/opt/relative/crio.sock": mine,
		"/run/user/1000/podman/podman.sock": 1000, "/var/run/user/1001/podman/podman.sock": 1001, "/run/user/1003/nothing.sock": 1003,
		"/run/user/1002/podman.sock": 1002, "/run/user/1002/later.sock": 1002, "/opt/hers.sock": 1001,
		"/run/../run/user/1000/podman/podman.sock": 1000, "/run/user/podman.sock": 0,
	} {
		found := places(root, []string{socket})
		if len(found) != 1 || found[0].user != want {
			t.Errorf("%s: %+v, want user %d", socket, found, want)
		}
	}
	engines, _ := New(Config{Root: root, Podman: []string{"/run/podman/podman.sock", "/run/user/*/podman/podman.sock"}})
	var users []uint32
	for _, e := range engines {
		defer e.Close()
		users = append(users, e.(Owned).User())
	}
	if diff := cmp.Diff([]uint32{0, 1000, 1001}, users); diff != "" {
		t.Errorf("users of engines (-want +got):\n%s", diff)
	}
}

func TestNew(t *testing.T) {
	root := hostTree(t)
	engines, files := New(Config{
		Root: root + "/", Docker: []string{"/var/run/docker.sock"}, Podman: []string{"/run/user/*/podman/podman.sock"},
		Containerd: []string{"/run/containerd/containerd.sock"}, CRI: []string{"/run/containerd/containerd.sock", "/var/run/crio/crio.sock", "/run/crio/crio.sock"},
		Files: true,
	})
	defer func() {
		for _, e := range append(engines, files) {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}
	}()
	var names []string
	for _, e := range engines {
		names = append(names, strings.ReplaceAll(e.Name(), root, ""))
	}
	want := []string{
		"cri /run/containerd/containerd.sock", "cri /run/crio/crio.sock", "containerd /run/containerd/containerd.sock",
		"docker /run/docker.sock", "podman /run/user/1000/podman/podman.sock", "podman /run/user/1001/podman/podman.sock",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("engines (-want +got):\n%s", diff)
	}
	if files == nil || !strings.HasPrefix(files.Name(), "files") {
		t.Errorf("files are read by %v", files)
	}
	if engines, files := New(Config{}); engines != nil || files != nil {
		t.Errorf("nothing is configured, and there are %d engines, and %v", len(engines), files)
	}
}

func TestHostRoot(t *testing.T) {
	for value, want := range map[string]string{"/host": "/host", "/host/": "/host", "/": "", "/a/../b": "/b"} {
		t.Setenv("HOST_ROOT", value)
		if got := HostRoot(); got != want {
			t.Errorf("HOST_ROOT=%s: %q, want %q", value, got, want)
		}
	}
}

func TestRootOfInit(t *testing.T) {
	proc := func(own, first string, folders ...string) string {
		dir := t.TempDir()
		for _, f := range append(folders, "self/ns", "1/ns") {
			if err := os.MkdirAll(filepath.Join(dir, f), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		for name, ns := range map[string]string{"self/ns/mnt": own, "1/ns/mnt": first} {
			if ns == "" {
				continue
			}
			if err := os.Symlink(ns, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	shared := proc("mnt:[2]", "mnt:[1]", "1/root/usr")
	tests := []struct{ name, proc, want string }{
		{"on the host", proc("mnt:[1]", "mnt:[1]", "1/root/usr"), ""},
		{"in a container with the host's processes", shared, filepath.Join(shared, "1/root")},
		{"process 1 may not be looked at", proc("mnt:[2]", "", "1/root/usr"), ""},
		{"no proc", t.TempDir(), ""},
		{"process 1 holds a pod's namespaces", proc("mnt:[2]", "mnt:[1]", "1/root/dev"), ""},
	}
	for _, tt := range tests {
		if got := rootOfInit(tt.proc); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// described is a runtime with one container.
type described struct {
	Engine
	details *event.Details
	err     error
}

func (d described) Inspect(context.Context, string) (*event.Details, error) { return d.details, d.err }

func TestLongLabelsAreLeftOut(t *testing.T) {
	details := func() *event.Details {
		return &event.Details{
			Name: "web", Labels: []event.Label{{Name: "a", Value: "12345"}, {Name: "b", Value: "123456"}, {Name: "a name that is long"}},
			Pod: &event.Pod{Name: "web-0", Labels: []event.Label{{Name: "app", Value: "123456"}, {Name: "x", Value: "1"}}},
		}
	}
	given := details()
	got, err := shortLabels{described{details: given}, 5}.Inspect(t.Context(), "id")
	if err != nil {
		t.Fatal(err)
	}
	want := details()
	want.Labels = []event.Label{{Name: "a", Value: "12345"}, {Name: "a name that is long"}}
	want.Pod.Labels = []event.Label{{Name: "x", Value: "1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
	// What the engine gave may be somebody else's, too.
	if diff := cmp.Diff(details(), given); diff != "" {
		t.Errorf("the engine's own value was changed (-want +got):\n%s", diff)
	}
	if same, _ := (shortLabels{described{details: given}, 6}).Inspect(t.Context(), "id"); same != given {
		t.Error("details were copied though nothing is too long")
	}
	if _, err := (shortLabels{described{err: ErrNotFound}, 6}).Inspect(t.Context(), "id"); !errors.Is(err, ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

// failing is a runtime that does nothing but fail.
type failing struct {
	Engine
	err error
}

func (f failing) Inspect(context.Context, string) (*event.Details, error) { return nil, f.err }
func (f failing) List(context.Context) ([]string, error)                  { return nil, f.err }
func (f failing) Follow(context.Context, func(), func(Change)) error      { return f.err }

func TestRuntimesThatAreNotThere(t *testing.T) {
	there := filepath.Join(t.TempDir(), "there.sock")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("connection refused")
	tests := []struct {
		name, socket string
		err          error
		notThere     bool
	}{
		{"it is there and fails", there, refused, false},
		{"it is not there", there + ".not", refused, true},
		{"it says so itself", there + ".not", fmt.Errorf("dialing: %w", fs.ErrNotExist), true},
		{"it answered before it went", there + ".not", ErrNotFound, false},
		{"it has no events", there + ".not", errors.ErrUnsupported, false},
		{"all is well", there + ".not", nil, false},
	}
	for _, tt := range tests {
		a := atSocket{failing{err: tt.err}, tt.socket}
		_, inspect := a.Inspect(t.Context(), "id")
		_, list := a.List(t.Context())
		for what, err := range map[string]error{"Inspect": inspect, "List": list, "Follow": a.Follow(t.Context(), nil, nil)} {
			if errors.Is(err, fs.ErrNotExist) != tt.notThere || !errors.Is(err, tt.err) {
				t.Errorf("%s: %s: %v", tt.name, what, err)
			}
		}
	}
}

// Of the runtimes by gRPC, too.
func TestRuntimesByGRPCThatAreNotThere(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "not.sock")
	engines, _ := New(Config{CRI: []string{socket}, Containerd: []string{socket}, Docker: []string{socket}, Podman: []string{socket}})
	for _, e := range engines {
		if _, err := e.Inspect(t.Context(), strings.Repeat("a", 64)); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", e.Name(), err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

func FuzzInRoot(f *testing.F) {
	f.Add("/run/docker.sock")
	f.Add("/a/../../b/./c//d")
	f.Add("..")
	root := f.TempDir()
	f.Fuzz(func(t *testing.T, path string) {
		if strings.IndexByte(path, 0) >= 0 {
			return
		}
		// Without links it is what the path says.
		if got, want := inRoot(root, path), strings.TrimSuffix(root+filepath.Clean("/"+path), "/"); got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	})
}
