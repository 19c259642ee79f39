package engine

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gyrsec/gyr/event"
)

// Ids of the containers and images of the tests.
var (
	idA  = strings.Repeat("a1", 32)
	idB  = strings.Repeat("b2", 32)
	idC  = strings.Repeat("c3", 32)
	idI  = "01feaa6a8ad2456f5d6c1372a5a112543b891f805fcc04aa9aa6185572ce6504"
	hash = "sha256:ec72c78bbd4ee457d72160bc86e8117ba9f839952963a5a61bf1d86f19021761"
)

// withIDs puts ids into an answer.
func withIDs(s string) string {
	return strings.NewReplacer("<A>", idA, "<B>", idB, "<C>", idC, "<I>", idI, "<HASH>", hash).Replace(s)
}

func TestDockerInspect(t *testing.T) {
	// As Docker 20.10 answers, without what nobody reads.
	f := &fakeDocker{answers: map[string]string{
		"/containers/" + idA + "/json": withIDs(`{"Id":"<A>","Created":"2026-11-23T10:54:06.267571935Z","Path":"/bin/sh",
			"State":{"Status":"running","Pid":20369,"StartedAt":"2026-11-23T10:54:06.455137958Z","FinishedAt":"0001-01-01T00:00:00Z"},
			"Image":"sha256:<I>","Name":"/web1","RestartCount":0,
			"HostConfig":{"Binds":["/etc:/host/etc:ro"],"NetworkMode":"default","Privileged":false,"PidMode":"","IpcMode":"private","Memory":0},
			"Mounts":[{"Type":"bind","Source":"/etc","Destination":"/host/etc","Mode":"ro","RW":false,"Propagation":"rprivate"},
			 {"Type":"volume","Name":"v","Source":"/var/lib/docker/volumes/v/_data","Destination":"/data","Driver":"local","Mode":"z","RW":true,"Propagation":""}],
			"Config":{"Hostname":"a1a1","Healthcheck":{"Test":["CMD-SHELL","curl -f localhost"],"Interval":5000000000},
			 "Image":"reg.example:5000/team/web:1.2","Labels":{"team":"probe","app":"web"},"Volumes":null},
			"NetworkSettings":{"Bridge":"","IPAddress":"172.17.0.2","Networks":{"bridge":{"IPAddress":"172.17.0.2"},"a":{"IPAddress":"10.0.0.2"}}}}`),
		"/images/sha256:" + idI + "/json": withIDs(`{"Id":"sha256:<I>","RepoTags":["other:1","reg.example:5000/team/web:1.2"],
			"RepoDigests":["other@sha256:00","reg.example:5000/team/web@<HASH>"]}`),
	}}
	d := f.start(t)
	got, err := d.Inspect(t.Context(), idA)
	if err != nil {
		t.Fatal(err)
	}
	want := &event.Details{
		Type: "docker", Name: "web1",
		Image: "reg.example:5000/team/web:1.2", ImageRepository: "reg.example:5000/team/web", ImageTag: "1.2", ImageDigest: hash, ImageID: idI,
		Privileged: event.No, HostPID: event.No, HostNetwork: event.No, HostIPC: event.No,
		Mounts: []event.Mount{
			{Source: "/var/lib/docker/volumes/v/_data", Destination: "/data", Mode: "z", Writable: true},
			{Source: "/etc", Destination: "/host/etc", Mode: "ro", Propagation: "rprivate"},
		},
		Labels:      []event.Label{{Name: "app", Value: "web"}, {Name: "team", Value: "probe"}},
		Created:     1795431246267571935,
		Started:     1795431246455137958,
		IP:          "172.17.0.2",
		Healthcheck: &event.Probe{Exe: "/bin/sh", Args: []string{"-c", "curl -f localhost"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got:\n" + diff)
	}
}

func TestDockerImageNames(t *testing.T) {
	type names struct{ Repository, Tag, Digest string }
	for name, c := range map[string]struct {
		asked, image string // as Config.Image, and the image's answer; "" for 404
		want         names
	}{
		"tag":                    {"debian:12", `{"RepoTags":["debian:12"],"RepoDigests":null}`, names{"debian", "12", ""}},
		"no tag":                 {"debian", `{"RepoTags":["debian:latest"],"RepoDigests":["debian@<HASH>"]}`, names{"debian", "latest", hash}},
		"no tag, port":           {"reg:5000/debian", `{}`, names{"reg:5000/debian", "latest", ""}},
		"digest":                 {"debian@<HASH>", `{"RepoTags":null,"RepoDigests":["debian@<HASH>"]}`, names{"debian", "", hash}},
		"tag and digest":         {"debian:12@<HASH>", `{}`, names{"debian", "12", hash}},
		"image is gone":          {"debian:12", "", names{"debian", "12", ""}},
		"id":                     {"sha256:<I>", `{"RepoTags":["localhost/bb:2","b:1"],"RepoDigests":["b@sha256:00","localhost/bb@<HASH>"]}`, names{"localhost/bb", "2", hash}},
		"bare id":                {"<I>", `{"RepoTags":["localhost/bb:2"]}`, names{"localhost/bb", "2", ""}},
		"beginning of id":        {"01feaa6a8ad2", `{"RepoTags":["localhost/bb:2"]}`, names{"localhost/bb", "2", ""}},
		"prefix and beginning":   {"sha256:01feaa", `{"RepoTags":["localhost/bb:2"]}`, names{"localhost/bb", "2", ""}},
		"name like an id":        {"01fe", `{"RepoTags":["zz:1","01fe:latest"]}`, names{"01fe", "latest", ""}},
		"hex, but another id":    {"cafe", `{"RepoTags":["zz:1"]}`, names{"cafe", "latest", ""}},
		"id without names":       {"<I>", `{"RepoTags":[],"RepoDigests":[]}`, names{}},
		"id, names given up":     {"<I>", `{"RepoTags":["<none>:<none>"],"RepoDigests":["<none>@<none>"]}`, names{}},
		"id, digest only":        {"<I>", `{"RepoTags":["<none>:<none>"],"RepoDigests":["debian@<HASH>"]}`, names{"debian", "", hash}},
		"id, image is gone":      {"<I>", "", names{}},
		"another tag of it":      {"mine:1", `{"RepoTags":["debian:12","mine:1"],"RepoDigests":["debian@<HASH>"]}`, names{"mine", "1", hash}},
		"several, none its":      {"mine:1", `{"RepoTags":["mine:1"],"RepoDigests":["a@sha256:00","b@sha256:11"]}`, names{"mine", "1", ""}},
		"Podman's way to write":  {"debian:12", `{"RepoDigests":["quay.io/x@sha256:00","docker.io/library/debian@<HASH>"]}`, names{"debian", "12", hash}},
		"the image's answer bad": {"debian:12", `<html>`, names{"debian", "12", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeDocker{answers: map[string]string{
				"/containers/" + idA + "/json": withIDs(`{"Id":"<A>","Image":"sha256:<I>","Config":{"Image":"` + c.asked + `"}}`),
			}}
			if c.image != "" {
				f.answers["/images/sha256:"+idI+"/json"] = withIDs(c.image)
			}
			got, err := f.start(t).Inspect(t.Context(), idA)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, names{got.ImageRepository, got.ImageTag, got.ImageDigest}); diff != "" {
				t.Error("-want +got:\n" + diff)
			}
			if got.Image != withIDs(c.asked) || got.ImageID != idI {
				t.Errorf("image %q, id %q", got.Image, got.ImageID)
			}
		})
	}
}

func TestDockerHealthcheck(t *testing.T) {
	for config, want := range map[string]*event.Probe{
		`{}`:                                                nil,
		`{"Healthcheck":null}`:                              nil,
		`{"Healthcheck":{}}`:                                nil,
		`{"Healthcheck":{"Test":[]}}`:                       nil,
		`{"Healthcheck":{"Test":["NONE"]}}`:                 nil,
		`{"Healthcheck":{"Test":["CMD"]}}`:                  nil,
		`{"Healthcheck":{"Test":["CMD",""]}}`:               nil,
		`{"Healthcheck":{"Test":["OTHER","x"]}}`:            nil,
		`{"Healthcheck":{"Test":["CMD","/up"]}}`:            {Exe: "/up", Args: []string{}},
		`{"Healthcheck":{"Test":["CMD","/up","-v","a b"]}}`: {Exe: "/up", Args: []string{"-v", "a b"}},
		`{"Healthcheck":{"Test":["CMD-SHELL","a | b"]}}`:    {Exe: "/bin/sh", Args: []string{"-c", "a | b"}},
		`{"Healthcheck":{"Test":["CMD-SHELL","a | b"]},"Shell":["/bin/bash","-eo","pipefail","-c"]}`: {
			Exe: "/bin/bash", Args: []string{"-eo", "pipefail", "-c", "a | b"}},
	} {
		f := &fakeDocker{answers: map[string]string{"/containers/" + idA + "/json": `{"Id":"` + idA + `","Config":` + config + `}`}}
		got, err := f.start(t).Inspect(t.Context(), idA)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Healthcheck); diff != "" {
			t.Errorf("%s (-want +got):\n%s", config, diff)
		}
	}
}

func TestDockerAddress(t *testing.T) {
	for name, c := range map[string]struct{ mode, settings, want string }{
		"none yet":         {"default", `{"IPAddress":"","Networks":{"bridge":{"IPAddress":""}}}`, ""},
		"bridge":           {"default", `{"Networks":{"a":{"IPAddress":"10.0.0.1"},"bridge":{"IPAddress":"10.0.0.2"}}}`, "10.0.0.2"},
		"own network":      {"shop", `{"Networks":{"a":{"IPAddress":"10.0.0.1"},"shop":{"IPAddress":"10.0.0.3"}}}`, "10.0.0.3"},
		"old daemon":       {"default", `{"IPAddress":"10.0.0.4"}`, "10.0.0.4"},
		"other network":    {"shop", `{"Networks":{"b":{"IPAddress":"10.0.0.6"},"a":{"IPAddress":"10.0.0.5"}}}`, "10.0.0.5"},
		"IPv6":             {"shop", `{"Networks":{"shop":{"IPAddress":"","GlobalIPv6Address":"fd00::7"}}}`, "fd00::7"},
		"host":             {"host", `{"Networks":{"host":{"IPAddress":""}}}`, ""},
		"nothing":          {"", `{}`, ""},
		"no networks":      {"none", `null`, ""},
		"network is null":  {"default", `{"Networks":{"bridge":null}}`, ""},
		"Podman's default": {"bridge", `{"IPAddress":"10.88.0.2","Networks":{"podman":{"IPAddress":"10.88.0.2"}}}`, "10.88.0.2"},
	} {
		f := &fakeDocker{answers: map[string]string{"/containers/" + idA + "/json": `{"Id":"` + idA + `","HostConfig":{"NetworkMode":"` + c.mode + `"},"NetworkSettings":` + c.settings + `}`}}
		got, err := f.start(t).Inspect(t.Context(), idA)
		if err != nil {
			t.Fatal(err)
		}
		if got.IP != c.want {
			t.Errorf("%s: %q, want %q", name, got.IP, c.want)
		}
	}
}

func TestDockerSharedNamespaces(t *testing.T) {
	type facts struct {
		PID, Network, IPC event.Fact
		IP                string
	}
	container := func(id, hostConfig, ip string) string {
		return withIDs(`{"Id":"` + id + `","HostConfig":` + hostConfig + `,"NetworkSettings":{"Networks":{"bridge":{"IPAddress":"` + ip + `"}}}}`)
	}
	for name, c := range map[string]struct {
		a, b, c string // host configurations, "" for none such
		want    facts
	}{
		"its own":        {a: `{"NetworkMode":"default","IpcMode":"private"}`, want: facts{event.No, event.No, event.No, "10.0.0.1"}},
		"the host's":     {a: `{"NetworkMode":"host","PidMode":"host","IpcMode":"host"}`, want: facts{event.Yes, event.Yes, event.Yes, "10.0.0.1"}},
		"another's":      {`{"NetworkMode":"container:<B>","PidMode":"container:<B>","IpcMode":"container:<B>"}`, `{"NetworkMode":"default"}`, ``, facts{event.No, event.No, event.No, "10.0.0.2"}},
		"the host's by":  {`{"NetworkMode":"container:<B>","IpcMode":"container:<B>"}`, `{"NetworkMode":"host","IpcMode":"host"}`, ``, facts{event.No, event.Yes, event.Yes, "10.0.0.2"}},
		"by two":         {`{"NetworkMode":"container:<B>"}`, `{"NetworkMode":"container:<C>"}`, `{"NetworkMode":"host"}`, facts{event.No, event.Yes, event.No, "10.0.0.3"}},
		"of one gone":    {a: `{"NetworkMode":"container:<B>","PidMode":"host"}`, want: facts{event.Yes, event.Unknown, event.No, ""}},
		"in a circle":    {`{"NetworkMode":"container:<B>"}`, `{"NetworkMode":"container:<A>"}`, ``, facts{event.No, event.Unknown, event.No, ""}},
		"its own, odd":   {a: `{"NetworkMode":"container:<A>"}`, want: facts{event.No, event.Unknown, event.No, ""}},
		"a path for one": {a: `{"NetworkMode":"container:../../secrets"}`, want: facts{event.No, event.Unknown, event.No, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeDocker{answers: map[string]string{"/containers/" + idA + "/json": container(idA, c.a, "10.0.0.1")}}
			if c.b != "" {
				f.answers["/containers/"+idB+"/json"] = container(idB, c.b, "10.0.0.2")
			}
			if c.c != "" {
				f.answers["/containers/"+idC+"/json"] = container(idC, c.c, "10.0.0.3")
			}
			got, err := f.start(t).Inspect(t.Context(), idA)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, facts{got.HostPID, got.HostNetwork, got.HostIPC, got.IP}); diff != "" {
				t.Error("-want +got:\n" + diff)
			}
			if n := len(f.requests(idB)); n > 1 {
				t.Errorf("asked %d times for the other container", n)
			}
			if n := len(f.requests("secrets")); n > 0 {
				t.Error("a container's name became part of a path")
			}
		})
	}
}

// Podman says "shareable" of containers that have the host's, too.
func TestPodmanIPC(t *testing.T) {
	for mode, want := range map[string]event.Fact{"shareable": event.Unknown, "host": event.Yes, "private": event.No, "none": event.No} {
		f := &fakeDocker{answers: map[string]string{"/containers/" + idA + "/json": `{"Id":"` + idA + `","HostConfig":{"IpcMode":"` + mode + `"}}`}}
		f.start(t)
		p := NewPodman(f.socket)
		got, err := p.Inspect(t.Context(), idA)
		p.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got.HostIPC != want || got.Type != "podman" {
			t.Errorf("%s: %v, type %s", mode, got.HostIPC, got.Type)
		}
	}
}

// A kubelet that works through cri-dockerd notes the pod in labels.
func TestDockerPod(t *testing.T) {
	f := &fakeDocker{answers: map[string]string{
		"/containers/" + idA + "/json": withIDs(`{"Id":"<A>","Name":"/k8s_main_web_shop_1","HostConfig":{"NetworkMode":"container:<B>","IpcMode":"container:<B>"},
			"Config":{"Labels":{"io.kubernetes.container.name":"main","io.kubernetes.pod.name":"web","io.kubernetes.pod.namespace":"shop",
			"io.kubernetes.pod.uid":"u-1","io.kubernetes.docker.type":"container","io.kubernetes.sandbox.id":"<B>"}}}`),
		"/containers/" + idB + "/json": withIDs(`{"Id":"<B>","HostConfig":{"NetworkMode":"none","IpcMode":"shareable"},
			"NetworkSettings":{"Networks":{"none":{"IPAddress":"10.244.0.9"}}},
			"Config":{"Labels":{"app":"web","io.kubernetes.pod.name":"web","io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.uid":"u-1",
			"io.kubernetes.docker.type":"podsandbox","annotation.kubernetes.io/config.source":"api",
			"annotation.kubectl.kubernetes.io/last-applied-configuration":
			"{\"spec\":{\"containers\":[{\"name\":\"main\",\"livenessProbe\":{\"exec\":{\"command\":[\"/alive\",\"-q\"]}}}]}}"}}}`),
	}}
	d := f.start(t)
	pod := event.Pod{Name: "web", Namespace: "shop", UID: "u-1", SandboxID: idB, IP: "10.244.0.9", Labels: []event.Label{
		{Name: "app", Value: "web"}, {Name: "io.kubernetes.pod.name", Value: "web"},
		{Name: "io.kubernetes.pod.namespace", Value: "shop"}, {Name: "io.kubernetes.pod.uid", Value: "u-1"},
	}}
	main, err := d.Inspect(t.Context(), idA)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&pod, main.Pod); diff != "" {
		t.Error("container: -want +got:\n" + diff)
	}
	if diff := cmp.Diff(&event.Probe{Exe: "/alive", Args: []string{"-q"}}, main.Liveness); diff != "" || main.Readiness != nil || main.Sandbox || main.IP != pod.IP {
		t.Errorf("container: liveness %s, readiness %v, sandbox %v, IP %q", diff, main.Readiness, main.Sandbox, main.IP)
	}
	pause, err := d.Inspect(t.Context(), idB)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&pod, pause.Pod); diff != "" || !pause.Sandbox || pause.Liveness != nil {
		t.Errorf("sandbox %v, liveness %v: -want +got:\n%s", pause.Sandbox, pause.Liveness, diff)
	}
}

func TestDockerHas(t *testing.T) {
	docker, podman := NewDocker("/d.sock"), NewPodman("/p.sock")
	for _, c := range []struct {
		kind, id       string
		docker, podman bool
	}{
		{"docker", idA, true, false},
		{"podman", idA, false, true},
		{"", idA, true, true},
		{"containerd", idA, false, false},
		{"cri-o", idA, false, false},
		{"lxc", "web", false, false},
		{"", "web", false, false}, // their ids are never names
		{"", idA[:12], false, false},
		{"", strings.ToUpper(idA), false, false},
	} {
		of := &event.Container{Type: c.kind, FullID: c.id}
		if docker.Has(of) != c.docker || podman.Has(of) != c.podman {
			t.Errorf("%s %q: docker %v, podman %v", c.kind, c.id, docker.Has(of), podman.Has(of))
		}
	}
	if docker.Name() != "docker /d.sock" || podman.Name() != "podman /p.sock" {
		t.Errorf("names %q and %q", docker.Name(), podman.Name())
	}
}

func TestDockerWithoutSocket(t *testing.T) {
	d := NewDocker(shortTempDir(t) + "/d.sock")
	_, inspected := d.Inspect(t.Context(), idA)
	_, listed := d.List(t.Context())
	followed := d.Follow(t.Context(), func() { t.Error("connected") }, nil)
	for what, err := range map[string]error{"Inspect": inspected, "List": listed, "Follow": followed} {
		if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), d.Name()+": ") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
