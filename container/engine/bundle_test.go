package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gyrsec/gyr/event"
)

// Ids of containers in files made here.
var (
	bundleA = strings.Repeat("a", 64)
	bundleB = strings.Repeat("b", 64)
)

// writeFiles makes a tree below a new folder, by path.
func writeFiles(t testing.TB, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	for name, content := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func openBundles(t testing.TB, root string) *Bundles {
	t.Helper()
	b := NewBundles(root)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// Files as Docker 20.10 writes them, shortened.
const (
	dockerConfigFile = `{"StreamConfig":{},"State":{"Running":true,"Pid":4242,"StartedAt":"2026-01-02T03:04:06.5Z","FinishedAt":"0001-01-01T00:00:00Z","Health":null},
"ID":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","Created":"2026-01-02T03:04:05.000000006Z","Path":"sh","Args":["-c","x"],
"Config":{"Hostname":"x","Image":"registry.example:5000/shop/cart:1.4","Labels":{"team":"sales","app":"cart"},
 "Healthcheck":{"Test":["CMD-SHELL","test -e /ready"],"Interval":30000000000}},
"Image":"sha256:73019b69a2871696029dcfde70b0508e11342f4f04b5d82fb3ef6b6b07312e68",
"NetworkSettings":{"Bridge":"","Networks":{"bridge":{"IPAddress":"172.17.0.2","IPPrefixLen":16}}},
"Name":"/cart-1","Driver":"overlay2",
"MountPoints":{"/data":{"Source":"/srv/data","Destination":"/data","RW":false,"Name":"","Driver":"","Type":"bind","Relabel":"ro","Propagation":"rprivate"},
 "/cache":{"Source":"/var/lib/docker/volumes/cache/_data","Destination":"/cache","RW":true,"Name":"cache","Driver":"local","Type":"volume","Relabel":"z","Propagation":""}}}`
	dockerHostFile = `{"Binds":["/srv/data:/data:ro"],"NetworkMode":"default","Privileged":true,"PidMode":"host","IpcMode":"private"}`
)

func dockerDetails() *event.Details {
	return &event.Details{
		Type: "docker", Name: "cart-1",
		Image: "registry.example:5000/shop/cart:1.4", ImageRepository: "registry.example:5000/shop/cart", ImageTag: "1.4",
		ImageID:    "73019b69a2871696029dcfde70b0508e11342f4f04b5d82fb3ef6b6b07312e68",
		Privileged: event.Yes, HostPID: event.Yes, HostNetwork: event.No, HostIPC: event.No,
		Mounts: []event.Mount{
			{Source: "/var/lib/docker/volumes/cache/_data", Destination: "/cache", Mode: "z", Writable: true},
			{Source: "/srv/data", Destination: "/data", Mode: "ro", Propagation: "rprivate"},
		},
		Labels:  []event.Label{{Name: "app", Value: "cart"}, {Name: "team", Value: "sales"}},
		Created: 1767323045000000006, Started: 1767323046500000000, IP: "172.17.0.2",
		Healthcheck: &event.Probe{Exe: "/bin/sh", Args: []string{"-c", "test -e /ready"}},
	}
}

func TestBundlesDocker(t *testing.T) {
	kubernetes := strings.Replace(dockerConfigFile, `"team":"sales"`,
		`"io.kubernetes.docker.type":"podsandbox","io.kubernetes.pod.name":"webpod","io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.uid":"`+webUID+`"`, 1)
	kubernetes = strings.Replace(kubernetes, `"/cart-1"`, `"/k8s_POD_webpod_shop_`+webUID+`_0"`, 1)
	for _, test := range []struct {
		name, folder, config, host string
		others                     map[string]string
		change                     func(*event.Details)
	}{
		{"usual place", "var/lib/docker", dockerConfigFile, dockerHostFile, nil, func(*event.Details) {}},
		{"data-root", "srv/docker", dockerConfigFile, dockerHostFile,
			map[string]string{"etc/docker/daemon.json": `{"data-root":"/srv/docker/","debug":true}`}, func(*event.Details) {}},
		{"graph", "srv/docker", dockerConfigFile, dockerHostFile,
			map[string]string{"etc/docker/daemon.json": `{"graph":"/srv/docker"}`}, func(*event.Details) {}},
		{"another container's network", "var/lib/docker", dockerConfigFile, `{"NetworkMode":"container:` + bundleB + `"}`, nil, func(d *event.Details) {
			d.HostNetwork, d.HostPID, d.Privileged = event.Unknown, event.No, event.No
		}},
		{"of a pod", "var/lib/docker", kubernetes, dockerHostFile, nil, func(d *event.Details) {
			d.Name, d.Sandbox = "k8s_POD_webpod_shop_"+webUID+"_0", true
			d.Pod = &event.Pod{Name: "webpod", Namespace: "shop", UID: webUID, SandboxID: bundleA, IP: d.IP}
			d.Labels = []event.Label{
				{Name: "app", Value: "cart"}, {Name: labelDockerType, Value: "podsandbox"}, {Name: labelPodName, Value: "webpod"},
				{Name: labelPodNamespace, Value: "shop"}, {Name: labelPodUID, Value: webUID},
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{
				test.folder + "/containers/" + bundleA + "/config.v2.json":  test.config,
				test.folder + "/containers/" + bundleA + "/hostconfig.json": test.host,
			}
			for name, content := range test.others {
				files[name] = content
			}
			b := openBundles(t, writeFiles(t, files))
			got, err := b.Inspect(t.Context(), bundleA)
			if err != nil {
				t.Fatal(err)
			}
			want := dockerDetails()
			test.change(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("details (-want +got):\n%s", diff)
			}
			list, err := b.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{bundleA}, list); diff != "" {
				t.Errorf("List (-want +got):\n%s", diff)
			}
		})
	}
}

// CRI-O writes config.json into the folder that ends with the machine's boot;
// what the pod shares it notes with the sandbox.
func TestBundlesCRIO(t *testing.T) {
	const place = "run/containers/storage/overlay-containers/"
	labels := `"io.kubernetes.cri-o.Labels":"{\"app\":\"web\",\"io.kubernetes.pod.name\":\"webpod\",\"io.kubernetes.pod.namespace\":\"shop\",\"io.kubernetes.pod.uid\":\"` + webUID + `\"}"`
	b := openBundles(t, writeFiles(t, map[string]string{
		place + bundleA + "/userdata/config.json": `{"process":{"capabilities":{"bounding":["CAP_CHOWN"]}},
			"annotations":{"io.kubernetes.cri-o.ContainerType":"container","io.kubernetes.cri-o.Metadata":"{\"name\":\"main\",\"attempt\":0}",
			"io.kubernetes.cri-o.SandboxID":"` + bundleB + `","io.kubernetes.cri-o.ImageName":"quay.io/shop/web:5",` + labels + `},
			"linux":{"namespaces":[{"type":"pid"},{"type":"network","path":"/proc/77/ns/net"},{"type":"ipc","path":"/proc/77/ns/ipc"}]}}`,
		place + bundleB + "/userdata/config.json": `{"process":{},"annotations":{"io.kubernetes.cri-o.ContainerType":"sandbox",
			"io.kubernetes.cri-o.KubeName":"webpod","io.kubernetes.cri-o.SandboxID":"` + bundleB + `","io.kubernetes.cri-o.HostNetwork":"false",
			"io.kubernetes.cri-o.IP.0":"10.85.0.7",` + labels + `},
			"linux":{"namespaces":[{"type":"pid"},{"type":"network","path":"/var/run/netns/x"},{"type":"ipc"}]}}`,
		place + "containers.json": `[]`,
	}))
	podLabels := []event.Label{
		{Name: "app", Value: "web"}, {Name: labelPodName, Value: "webpod"}, {Name: labelPodNamespace, Value: "shop"}, {Name: labelPodUID, Value: webUID},
	}
	want := &event.Details{
		Type: "cri-o", Name: "main", Image: "quay.io/shop/web:5", ImageRepository: "quay.io/shop/web", ImageTag: "5",
		Privileged: event.No, HostPID: event.No, HostNetwork: event.No, HostIPC: event.No,
		Labels: podLabels, IP: "10.85.0.7",
		Pod: &event.Pod{Name: "webpod", Namespace: "shop", UID: webUID, SandboxID: bundleB, IP: "10.85.0.7", Labels: podLabels},
	}
	got, err := b.Inspect(t.Context(), bundleA)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(event.Details{}, "Started")); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
	list, err := b.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{bundleA, bundleB}, list, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}

func TestBundlesNerdctl(t *testing.T) {
	b := openBundles(t, writeFiles(t, map[string]string{
		"etc/containerd/config.toml": "version = 2\nstate = '/srv/run' # not the usual place\n[grpc]\n  address = \"/x\"\n",
		"srv/run/io.containerd.runtime.v2.task/default/" + bundleA + "/config.json": `{"annotations":{"nerdctl/name":"web"}}`,
		// What Docker has started is told by Docker's files, which are gone here.
		"srv/run/io.containerd.runtime.v2.task/moby/" + bundleB + "/config.json": `{}`,
	}))
	got, err := b.Inspect(t.Context(), bundleA)
	if err != nil || got.Name != "web" || got.Type != "containerd" {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := b.Inspect(t.Context(), bundleB); !errors.Is(err, ErrNotFound) {
		t.Errorf("of Docker's: %+v, %v", got, err)
	}
}

// An id comes from the name of a control group; it must not lead anywhere else,
// and neither must what lies at its place.
func TestBundlesHostile(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(outside, []byte(`{"annotations":{"nerdctl/name":"outside"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	const tasks = "run/containerd/io.containerd.runtime.v2.task/"
	root := writeFiles(t, map[string]string{
		"etc/config.json":                  `{}`,
		tasks + "default/good/config.json": `{}`,
		tasks + "default/bad/config.json":  `{"process":`,
		tasks + "default/list/config.json": `[]`,
		tasks + "default/huge/config.json": `{}`,
		tasks + "default/a/x":              ``,
	})
	at := func(id string) string { return filepath.Join(root, tasks, "default", id, "config.json") }
	for _, id := range []string{"link", "magic", "pipe", "folder"} {
		if err := os.Mkdir(filepath.Dir(at(id)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := os.Open(filepath.Dir(outside))
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	for _, err := range []error{
		os.Symlink(outside, at("link")),
		os.Symlink(fmt.Sprintf("/proc/self/fd/%d/config.json", folder.Fd()), at("magic")),
		syscall.Mkfifo(at("pipe"), 0o644),
		os.Mkdir(at("folder"), 0o755),
		os.Truncate(at("huge"), maxFile+1),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b := openBundles(t, root)
	if _, err := b.Inspect(t.Context(), "good"); err != nil {
		t.Errorf("a common one: %v", err)
	}
	for _, id := range []string{
		"", ".", "..", "../../../../etc", "a/..", "default/good", "../default/good", "-a", "a-", "a..b", "a\x00b", "a\nb", "ä",
		strings.Repeat("a", 77), strings.Repeat("a", 100_000), "a", "link", "none",
	} {
		if got, err := b.Inspect(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("Inspect(%.100q) = %+v, %v, want ErrNotFound", id, got, err)
		}
	}
	for id, want := range map[string]string{
		"bad": "unexpected end", "list": "cannot unmarshal array", "huge": "more than", "pipe": "no regular file", "folder": "no regular file",
	} {
		if _, err := b.Inspect(t.Context(), id); err == nil || errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), want) {
			t.Errorf("Inspect(%q): %v, want an error with %q", id, err, want)
		}
	}
	// Links of /proc lead out of any root; from the machine's own they are seen.
	all := openBundles(t, "/")
	all.tasks = []string{filepath.Join(root, tasks)}
	if _, err := all.Inspect(t.Context(), "good"); err != nil {
		t.Errorf("a common one: %v", err)
	}
	if got, err := all.Inspect(t.Context(), "magic"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a link of /proc: %+v, %v, want ErrNotFound", got, err)
	}
}

func TestBundlesNoRoot(t *testing.T) {
	b := NewBundles(filepath.Join(t.TempDir(), "none"))
	defer b.Close()
	if _, err := b.Inspect(t.Context(), bundleA); err == nil || errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "none") {
		t.Errorf("Inspect: %v", err)
	}
	if _, err := b.List(t.Context()); err == nil {
		t.Error("List gives no error")
	}
	if err := b.Follow(t.Context(), nil, nil); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Follow: %v", err)
	}
}

func TestDescribeStored(t *testing.T) {
	// As Podman 4.3 writes it.
	list := `[{"id":"` + bundleB + `"},{"id":"` + bundleA + `","names":["web"],"image":"0716262e2dbba28079b14506af75a086ccd43bdfbac8c86e4e067565761ea182",
		"metadata":"{\"image-name\":\"localhost/bb:2\",\"name\":\"web\",\"created-at\":1795431743}","created":"2026-01-02T03:04:05.000000006Z"}]`
	var got event.Details
	found, err := describeStored(&got, []byte(list), bundleA)
	want := event.Details{
		Name: "web", Image: "localhost/bb:2", ImageRepository: "localhost/bb", ImageTag: "2",
		ImageID: "0716262e2dbba28079b14506af75a086ccd43bdfbac8c86e4e067565761ea182", Created: 1767323045000000006,
	}
	if diff := cmp.Diff(want, got); !found || err != nil || diff != "" {
		t.Errorf("%v, %v (-want +got):\n%s", found, err, diff)
	}
	if found, err := describeStored(&got, []byte(list), strings.Repeat("c", 64)); found || err != nil {
		t.Errorf("of another: %v, %v", found, err)
	}
}

func TestStorageFolders(t *testing.T) {
	got := storageFolders("[storage]\ndriver = \"overlay\"\n# graphroot = \"/no\"\ngraphroot = \"/srv/storage/\"\nrunroot=\"relative\"\n")
	for want, expect := range map[string]bool{
		"/run/containers/storage/overlay-containers": true, "/var/lib/containers/storage/vfs-containers": true,
		"/srv/storage/overlay-containers": true, "/no/overlay-containers": false, "relative/overlay-containers": false,
	} {
		found := false
		for _, g := range got {
			found = found || g == want
		}
		if found != expect {
			t.Errorf("%s: %v, want %v", want, found, expect)
		}
	}
}

func FuzzDescribeDocker(f *testing.F) {
	f.Add([]byte(dockerConfigFile), []byte(dockerHostFile))
	f.Add([]byte(`{"Config":{"Healthcheck":{"Test":["CMD"]}},"MountPoints":{"a":null},"NetworkSettings":{"Networks":{"a":null}}}`), []byte(`{}`))
	f.Fuzz(func(t *testing.T, config, host []byte) {
		d, err := describeDocker(config, host)
		if err == nil && d.Type != typeDocker {
			t.Errorf("type %q", d.Type)
		}
	})
}

func FuzzDescribeStored(f *testing.F) {
	f.Add([]byte(`[{"id":"` + bundleA + `","metadata":"{\"image-name\":1}"}]`))
	f.Fuzz(func(t *testing.T, list []byte) {
		var d event.Details
		describeStored(&d, list, bundleA)
	})
}

func FuzzTOMLTopLevel(f *testing.F) {
	f.Add("state = \"/run\"\n[grpc]\nstate=\"/no\"")
	f.Fuzz(func(t *testing.T, content string) {
		if got := tomlTopLevel(content, "state"); got != "" && (!filepath.IsAbs(got) || filepath.Clean(got) != got) {
			t.Errorf("%q is no clean absolute path", got)
		}
	})
}

func FuzzValidID(f *testing.F) {
	f.Add("a/../b")
	f.Add(bundleA)
	f.Fuzz(func(t *testing.T, id string) {
		if validID(id) && (filepath.Base(id) != id || id == "." || id == ".." || strings.ContainsAny(id, "/\x00\n ")) {
			t.Errorf("%q is taken for an id", id)
		}
	})
}
