package engine

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gyrsec/gyr/event"
)

// Capabilities as runtimes grant them: to any container, and to a privileged one
// on a machine that lacks CAP_SYS_RESOURCE, by a runtime that knows those up to
// CAP_AUDIT_READ (Docker 20.10).
var (
	commonCapabilities = []string{
		"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID",
		"CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
	}
	allCapabilities = append([]string{
		"CAP_DAC_READ_SEARCH", "CAP_LINUX_IMMUTABLE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
		"CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
		"CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_LEASE", "CAP_AUDIT_CONTROL", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
		"CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",
	}, commonCapabilities...)
)

// specOf writes a configuration with bounding capabilities, namespaces and
// mounts, each as JSON.
func specOf(t testing.TB, capabilities []string, namespaces, mounts string) *ociSpec {
	t.Helper()
	bounding, err := json.Marshal(capabilities)
	if err != nil {
		t.Fatal(err)
	}
	s, err := parseSpec([]byte(`{"ociVersion":"1.0.2","process":{"capabilities":{"bounding":` + string(bounding) + `}},
		"mounts":[` + mounts + `],"linux":{"namespaces":[` + namespaces + `],"seccomp":{"defaultAction":"SCMP_ACT_ERRNO"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSpecPrivileged(t *testing.T) {
	const (
		readOnly = `{"destination":"/sys","type":"sysfs","source":"sysfs","options":["nosuid","noexec","nodev","ro"]}`
		writable = `{"destination":"/sys","type":"sysfs","source":"sysfs","options":["nosuid","noexec","nodev","rw"]}`
	)
	without := func(name string) []string {
		var rest []string
		for _, c := range allCapabilities {
			if c != name {
				rest = append(rest, c)
			}
		}
		return rest
	}
	for _, test := range []struct {
		name         string
		capabilities []string
		mounts       string
		want         event.Fact
	}{
		{"common", commonCapabilities, readOnly, event.No},
		{"privileged", allCapabilities, writable, event.Yes},
		{"privileged by a newer runtime", append([]string{"CAP_SYS_RESOURCE", "CAP_BPF", "CAP_PERFMON"}, allCapabilities...), writable, event.Yes},
		{"each capability added by name", allCapabilities, readOnly, event.No},
		{"privileged, one dropped", without("CAP_SYS_ADMIN"), writable, event.No},
		{"writable /sys alone", commonCapabilities, writable, event.No},
		{"/sys mounted over", allCapabilities, writable + "," + readOnly, event.No},
		{"no capabilities", nil, writable, event.No},
		{"no /sys", allCapabilities, "", event.No},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := specOf(t, test.capabilities, "", test.mounts).privileged(); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	if got := new(ociSpec).privileged(); got != event.Unknown {
		t.Errorf("of no configuration: got %v, want Unknown", got)
	}
}

func TestSpecHostNamespace(t *testing.T) {
	for _, test := range []struct {
		name, namespaces string
		pid, net, ipc    event.Fact
	}{
		{"all its own", `{"type":"pid"},{"type":"network"},{"type":"ipc"},{"type":"uts"},{"type":"mount"}`, event.No, event.No, event.No},
		{"all the host's", `{"type":"mount"}`, event.Yes, event.Yes, event.Yes},
		{"those of process 1", `{"type":"pid","path":"/proc/1/ns/pid"},{"type":"network","path":"/proc/1/ns/net"},{"type":"ipc","path":"/proc/1/ns/ipc"}`,
			event.Yes, event.Yes, event.Yes},
		{"of a pod's sandbox", `{"type":"pid"},{"type":"ipc","path":"/proc/1807/ns/ipc"},{"type":"network","path":"/proc/1807/ns/net"}`,
			event.No, event.Unknown, event.Unknown},
		{"network made by a plugin", `{"type":"pid"},{"type":"ipc"},{"type":"network","path":"/var/run/netns/cni-0af1"}`, event.No, event.No, event.No},
		{"Docker's --net=host", `{"type":"pid"},{"type":"ipc"},{"type":"network","path":"/var/run/docker/netns/default"}`, event.No, event.Yes, event.No},
	} {
		t.Run(test.name, func(t *testing.T) {
			var d event.Details
			specOf(t, nil, test.namespaces, "").describe(&d)
			got := [...]event.Fact{d.HostPID, d.HostNetwork, d.HostIPC}
			if want := [...]event.Fact{test.pid, test.net, test.ipc}; got != want {
				t.Errorf("pid, network, ipc: got %v, want %v", got, want)
			}
		})
	}
}

func TestSpecMounts(t *testing.T) {
	s := specOf(t, nil, "", `
		{"destination":"/proc","type":"proc","source":"proc","options":["nosuid"]},
		{"destination":"/host/etc","type":"bind","source":"/etc","options":["rbind","rprivate","ro"]},
		{"destination":"/data","source":"/srv/data","options":["bind","rslave"]},
		{"destination":"/etc/hosts","type":"bind","source":"/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/ec5d/hosts","options":["rbind","rprivate","rw"]},
		{"destination":"/etc/hostname","type":"bind","source":"/run/containers/storage/overlay-containers/60ca/userdata/hostname","options":["bind","rprivate"]}`)
	want := []event.Mount{
		{Source: "/etc", Destination: "/host/etc", Propagation: "rprivate"},
		{Source: "/srv/data", Destination: "/data", Propagation: "rslave", Writable: true},
	}
	if diff := cmp.Diff(want, s.mounts()); diff != "" {
		t.Errorf("mounts (-want +got):\n%s", diff)
	}
}

// Annotations as containerd 1.6 and 2.2 and CRI-O 1.28 write them.
func TestDescribeCRI(t *testing.T) {
	const sandbox = "ec5d959ecc1abecdeb41071c56d518a376c3d01bd2f747eb4725abd01fde66a7"
	const id = "0716262e2dbba28079b14506af75a086ccd43bdfbac8c86e4e067565761ea182"
	pod := event.Pod{Name: "webpod", Namespace: "shop", UID: webUID, SandboxID: sandbox}
	crioLabels := []event.Label{
		{Name: "app", Value: "web"}, {Name: labelContainerName, Value: "POD"}, {Name: labelPodName, Value: "webpod"},
		{Name: labelPodNamespace, Value: "shop"}, {Name: labelPodUID, Value: webUID},
	}
	crioPod := pod
	crioPod.Labels, crioPod.IP, crioPod.CNI = crioLabels, "10.85.0.7", `{"cniVersion":"1.0.0"}`
	for _, test := range []struct {
		name        string
		annotations map[string]string
		want        event.Details
	}{{
		"containerd's container", map[string]string{
			"io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.container-name": "main",
			"io.kubernetes.cri.image-name": "docker.io/library/nginx:1.27", "io.kubernetes.cri.sandbox-id": sandbox,
			"io.kubernetes.cri.sandbox-name": "webpod", "io.kubernetes.cri.sandbox-namespace": "shop", "io.kubernetes.cri.sandbox-uid": webUID,
		}, event.Details{
			Type: "containerd", Name: "main", Pod: &pod,
			Image: "docker.io/library/nginx:1.27", ImageRepository: "docker.io/library/nginx", ImageTag: "1.27",
		},
	}, {
		"containerd's sandbox", map[string]string{
			"io.kubernetes.cri.container-type": "sandbox", "io.kubernetes.cri.podsandbox.image-name": "registry.k8s.io/pause:3.10",
			"io.kubernetes.cri.sandbox-id": sandbox, "io.kubernetes.cri.sandbox-name": "webpod",
			"io.kubernetes.cri.sandbox-namespace": "shop", "io.kubernetes.cri.sandbox-uid": webUID,
		}, event.Details{
			Type: "containerd", Name: "webpod", Sandbox: true, Pod: &pod,
			Image: "registry.k8s.io/pause:3.10", ImageRepository: "registry.k8s.io/pause", ImageTag: "3.10",
		},
	}, {
		"an image that has lost its name", map[string]string{
			"io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.image-name": "sha256:" + id,
		}, event.Details{Type: "containerd", ImageID: id, Pod: &event.Pod{}},
	}, {
		"CRI-O's container", map[string]string{
			"io.kubernetes.cri-o.ContainerType": "container",
			"io.kubernetes.cri-o.Metadata":      `{"name":"main","attempt":2}`,
			"io.kubernetes.cri-o.Labels":        `{"io.kubernetes.container.name":"main","io.kubernetes.pod.name":"webpod","io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.uid":"` + webUID + `"}`,
			"io.kubernetes.cri-o.SandboxID":     sandbox,
			"io.kubernetes.cri-o.ImageName":     "quay.io/shop/web:5",
			"io.kubernetes.cri-o.ImageRef":      id,
			"io.kubernetes.cri-o.Created":       "2026-01-02T03:04:05.000000006Z",
		}, event.Details{
			Type: "cri-o", Name: "main", Pod: &pod, Labels: []event.Label{
				{Name: labelContainerName, Value: "main"}, {Name: labelPodName, Value: "webpod"},
				{Name: labelPodNamespace, Value: "shop"}, {Name: labelPodUID, Value: webUID},
			},
			Image: "quay.io/shop/web:5", ImageRepository: "quay.io/shop/web", ImageTag: "5", ImageID: id,
			Created: 1767323045000000006,
		},
	}, {
		"CRI-O's sandbox", map[string]string{
			"io.kubernetes.cri-o.ContainerType": "sandbox",
			"io.kubernetes.cri-o.KubeName":      "webpod",
			"io.kubernetes.cri-o.Metadata":      `{"name":"webpod","uid":"` + webUID + `","namespace":"shop"}`,
			"io.kubernetes.cri-o.Labels":        `{"app":"web","io.kubernetes.container.name":"POD","io.kubernetes.pod.name":"webpod","io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.uid":"` + webUID + `"}`,
			"io.kubernetes.cri-o.SandboxID":     sandbox,
			"io.kubernetes.cri-o.Image":         "registry.k8s.io/pause:3.6",
			"io.kubernetes.cri-o.HostNetwork":   "false",
			"io.kubernetes.cri-o.IP.0":          "10.85.0.7",
			"io.kubernetes.cri-o.CNIResult":     `{"cniVersion":"1.0.0"}`,
		}, event.Details{
			Type: "cri-o", Name: "webpod", Sandbox: true, Labels: crioLabels, Pod: &crioPod,
			Image: "registry.k8s.io/pause:3.6", ImageRepository: "registry.k8s.io/pause", ImageTag: "3.6",
			HostNetwork: event.No, IP: "10.85.0.7", CNI: `{"cniVersion":"1.0.0"}`,
		},
	}} {
		t.Run(test.name, func(t *testing.T) {
			var got event.Details
			if !describeCRI(&got, test.annotations) {
				t.Fatal("not taken for CRI's")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("details (-want +got):\n%s", diff)
			}
		})
	}
	var got event.Details
	if describeCRI(&got, map[string]string{"nerdctl/name": "web"}) {
		t.Error("nerdctl's annotations are taken for CRI's")
	}
}

func TestParseProbes(t *testing.T) {
	for _, test := range []struct {
		name, manifest string
		want           map[string]probes
	}{
		{"none", `{"spec":{"containers":[{"name":"main"}]}}`, nil},
		{"no annotation", "", nil},
		{"garbage", `{"spec":[`, nil},
		{"not a pod", `{"spec":{"containers":"main"}}`, nil},
		{"commands", `{"spec":{"containers":[
			{"name":"main","livenessProbe":{"exec":{"command":["/bin/check","--live"]}},"readinessProbe":{"exec":{"command":["/bin/check"]}}},
			{"name":"http","livenessProbe":{"httpGet":{"port":80}}},
			{"name":"empty","livenessProbe":{"exec":{"command":[]}}}],
			"initContainers":[{"name":"sidecar","readinessProbe":{"exec":{"command":["ready"]}}}]}}`,
			map[string]probes{
				"main":    {&event.Probe{Exe: "/bin/check", Args: []string{"--live"}}, &event.Probe{Exe: "/bin/check", Args: []string{}}},
				"sidecar": {nil, &event.Probe{Exe: "ready", Args: []string{}}},
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := parseProbes(map[string]string{lastApplied: test.manifest})
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(probes{})); diff != "" {
				t.Errorf("probes (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseSpec(f *testing.F) {
	f.Add([]byte(`{"process":{"capabilities":{"bounding":["CAP_SYS_ADMIN"]}},"mounts":[{"destination":"/sys","options":["rw"]}],"linux":{"namespaces":[{"type":"pid"}]}}`))
	f.Add([]byte(`{"annotations":{"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.image-name":"a@b:c"}}`))
	f.Add([]byte(`{"annotations":{"io.kubernetes.cri-o.ContainerType":"sandbox","io.kubernetes.cri-o.Labels":"{\"a\":1}","io.kubernetes.cri-o.Created":"x"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseSpec(b)
		if err != nil {
			return
		}
		var d event.Details
		inPod := describeCRI(&d, s.Annotations)
		s.describe(&d)
		if inPod != (d.Pod != nil) {
			t.Errorf("of CRI: %v, pod %v", inPod, d.Pod)
		}
		for _, m := range d.Mounts {
			if strings.Contains(m.Source, "/io.containerd.grpc.v1.cri/sandboxes/") {
				t.Errorf("the runtime's own mount %v", m)
			}
		}
	})
}

func FuzzParseProbes(f *testing.F) {
	f.Add(testPodManifest)
	f.Add(`{"spec":{"containers":[null,{"livenessProbe":{"exec":null}}]}}`)
	f.Fuzz(func(t *testing.T, manifest string) {
		for name, p := range parseProbes(map[string]string{lastApplied: manifest}) {
			for _, probe := range []*event.Probe{p.liveness, p.readiness} {
				if probe != nil && probe.Exe == "" {
					t.Errorf("container %q has a probe without a program", name)
				}
			}
		}
	})
}
