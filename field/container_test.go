package field

import (
	"testing"

	"github.com/gyrsec/gyr/event"
)

func TestContainerValues(t *testing.T) {
	checkValues(t, openEvent, map[string]string{
		"container.id": "0123456789ab", "container.name": "web", "container.type": "docker", "container.image.digest": "sha256:beef", "container.image.id": "cafe",
		"container.privileged": "false", "container.host_pid": "false", "container.host_network": "true", "container.host_ipc": "false",
		"container.ip": "10.1.2.3", "container.cni.json": `{"ips":["10.1.2.3"]}`, "k8s.pod.ip": "10.1.2.4", "k8s.pod.cni.json": `{"ips":["10.1.2.4"]}`,
		"k8s.pod.uid": "7f6c2b6e-0a5e-4d7b-9a1e-1d0d9b6a0001", "k8s.pod.id": "7f6c2b6e-0a5e-4d7b-9a1e-1d0d9b6a0001",
		"k8s.pod.sandbox_id": "63060edc2d3a", "k8s.pod.full_sandbox_id": "63060edc2d3aa803ab559f23",
		"container.healthcheck": "/bin/sh -c curl -f localhost", "container.liveness_probe": "/alive", "container.readiness_probe": "/ready -v",
		"k8s.rc.name": none, "k8s.deployment.label[app]": none,
	})
	onHost := func() *event.Event { e := openEvent(); e.Process = e.Process.ParentAt(e.Clock); return e }
	checkValues(t, onHost, map[string]string{
		"container.id": "host", "container.name": "host", "container.type": "host", "container.full_id": none, "container.image": none,
		"container.privileged": none, "container.host_pid": none, "container.mounts": none, "container.labels": none, "container.label[name]": none,
		"container.start_ts": none, "container.duration": none, "container.ip": none, "k8s.pod.name": none, "k8s.pod.uid": none, "k8s.pod.sandbox_id": none,
		"k8s.pod.labels": none, "container.healthcheck": none, "proc.is_container_healthcheck": "false",
	})
	checkValues(t, unknownEvent, map[string]string{"proc.is_container_healthcheck": none, "container.start_ts": none, "container.mounts": none})
}

// withContainer is an open of a process in the container.
func withContainer(c *event.Container) func() *event.Event {
	return func() *event.Event {
		e := openEvent()
		p := e.Process.Clone()
		p.Container = c
		event.NewTask(p, p.Start, e.Process.ParentTask())
		e.Process = p
		return e
	}
}

// What nobody told has no value; what the kernel tells has one all the same.
func TestContainerNobodyDescribed(t *testing.T) {
	checkValues(t, withContainer(&event.Container{ID: "0123456789ab", FullID: "0123456789abcdef", Type: "containerd", PodUID: "a-pod"}), map[string]string{
		"container.id": "0123456789ab", "container.full_id": "0123456789abcdef", "container.type": "containerd", "k8s.pod.uid": "a-pod", "k8s.pod.id": "a-pod",
		"container.start_ts": "1699999930123456789", "container.duration": "70000000000",
		"container.name": none, "container.image": none, "container.privileged": none, "container.host_ipc": none, "container.mounts": none,
		"container.mount[0]": none, "container.labels": none, "container.label.name": none, "k8s.pod.labels": none, "k8s.pod.label[app]": none,
		"k8s.pod.name": none, "k8s.pod.sandbox_id": none, "container.ip": none, "container.healthcheck": none, "proc.is_container_healthcheck": none,
	})
	bare := &event.Container{ID: "0123456789ab"}
	bare.Describe(&event.Details{Sandbox: true})
	checkValues(t, withContainer(bare), map[string]string{
		"container.name": none, "container.privileged": none, "container.mounts": "", "container.labels": "", "container.mount.dest[/proc]": none,
		"k8s.pod.labels": none, "container.ip": none, "k8s.pod.ip": none, "proc.is_container_liveness_probe": "false",
	})
}

func TestPodAndContainerShareTheirAddress(t *testing.T) {
	c := &event.Container{ID: "0123456789ab", FullID: "0123456789abcdef"}
	c.Describe(&event.Details{Pod: &event.Pod{IP: "10.0.0.9", CNI: "{}"}})
	checkValues(t, withContainer(c), map[string]string{"container.ip": "10.0.0.9", "k8s.pod.ip": "10.0.0.9", "container.cni.json": "{}", "k8s.pod.cni.json": "{}"})
	c.Describe(&event.Details{IP: "10.0.0.8", CNI: "[]", Pod: &event.Pod{}, Sandbox: true})
	checkValues(t, withContainer(c), map[string]string{
		"container.ip": "10.0.0.8", "k8s.pod.ip": "10.0.0.8", "k8s.pod.cni.json": "[]", "k8s.pod.full_sandbox_id": "0123456789abcdef", "k8s.pod.sandbox_id": "0123456789ab",
	})
}

// A container in the host's PID namespace was not started with the machine.
func TestContainerStart(t *testing.T) {
	c := &event.Container{ID: "0123456789ab", FullID: "0123456789abcdef"}
	shared := func(d *event.Details) func() *event.Event {
		c.Describe(d)
		in := withContainer(c)
		return func() *event.Event {
			e := in()
			e.Process.VPID, e.Process.NamespaceStart = e.Process.PID, second
			return e
		}
	}
	checkValues(t, shared(&event.Details{Started: nowTime - 5*second, HostPID: event.Yes}), map[string]string{"container.start_ts": "1699999995123456789", "container.duration": "5000000000"})
	checkValues(t, shared(&event.Details{Started: nowTime - 5*second}), map[string]string{"container.duration": "5000000000"})
	checkValues(t, shared(&event.Details{HostPID: event.Yes}), map[string]string{"container.start_ts": none, "container.duration": none})
	// The kernel's time is the more exact one.
	c.Describe(&event.Details{Started: nowTime - 5*second, HostPID: event.No})
	checkValues(t, withContainer(c), map[string]string{"container.duration": "70000000000"})
}

func TestMountValues(t *testing.T) {
	checkValues(t, openEvent, map[string]string{
		"container.mounts":   "/proc:/host/proc:ro:false:rprivate,/var/lib/data:/data::true:rslave,name:/name::false:",
		"container.mount[0]": "/proc:/host/proc:ro:false:rprivate", "container.mount[1]": "/var/lib/data:/data::true:rslave", "container.mount[3]": none,
		"container.mount[/proc]": "/proc:/host/proc:ro:false:rprivate", "container.mount[/var/lib/*]": "/var/lib/data:/data::true:rslave",
		// By source; the source itself by destination.
		"container.mount.dest[/proc]": "/host/proc", "container.mount.dest[/host/proc]": none, "container.mount.dest[/proc*]": "/host/proc", "container.mount.dest[1]": "/data",
		"container.mount.source[/host/proc]": "/proc", "container.mount.source[/proc]": none, "container.mount.source[/host/*]": "/proc", "container.mount.source[0]": "/proc",
		"container.mount.mode[/proc]": "ro", "container.mount.mode[1]": "", "container.mount.mode[9]": none,
		"container.mount.rdwr[/proc]": "false", "container.mount.rdwr[/var/*]": "true", "container.mount.rdwr[/nowhere]": none,
		"container.mount.propagation[0]": "rprivate", "container.mount.propagation[/var/lib/data]": "rslave",
		// The first that fits.
		"container.mount.dest[/*]": "/host/proc", "container.mount.dest[*data]": "/data", "container.mount.dest[*]": "/host/proc",
	})
	if _, err := Bind("container.mount.dest", "4096", true); err == nil {
		t.Error("no mount has the number 4096, and nobody says so")
	}
}

func TestPattern(t *testing.T) {
	tests := []struct {
		glob     string
		yes, not []string
	}{
		{"/etc", []string{"/etc"}, []string{"/etc/", "/et", "x/etc", ""}},
		{"/etc*", []string{"/etc", "/etc/shadow", "/etc/a/b"}, []string{"/et", "/x/etc"}},
		{"*/etc/?", []string{"/etc/x", "/a/b/etc/y"}, []string{"/etc/", "/etc/xy"}},
		{"/a[bc]d", []string{"/abd", "/acd"}, []string{"/ad", "/abcd", "/a[bc]d"}},
		{"/a[!bc]", []string{"/ax"}, []string{"/ab", "/a"}},
		{"/a[^b-d]", []string{"/ae", "/a^"}, []string{"/ac"}},
		{"/a[]x]", []string{"/a]", "/ax"}, []string{"/ay"}},
		{"/a[", []string{"/a["}, []string{"/a", "/ab"}},
		{"/a[]", []string{"/a[]"}, []string{"/a"}},
		{"/a[!", []string{"/a[!"}, []string{"/ab"}},
		{`/a\*`, []string{"/a*"}, []string{"/ab", `/a\*`}},
		{`/a\`, []string{`/a\`}, []string{"/a"}},
		{"/a.b+(c)|d*", []string{"/a.b+(c)|d", "/a.b+(c)|dx"}, []string{"/axb+(c)|d", "/a.bb(c)|d"}},
		{"/ä?", []string{"/äö"}, []string{"/ä"}},
		{"[z-a]", []string{"[z-a]"}, []string{"b"}},
		{"*", []string{"", "/x\ny"}, nil},
	}
	for _, tt := range tests {
		fits := pattern(tt.glob)
		for _, s := range tt.yes {
			if !fits(s) {
				t.Errorf("%s does not fit %q", tt.glob, s)
			}
		}
		for _, s := range tt.not {
			if fits(s) {
				t.Errorf("%s fits %q", tt.glob, s)
			}
		}
	}
}

func FuzzPattern(f *testing.F) {
	f.Add("/a[!b]*?", "/acd")
	f.Add("[", "[")
	f.Add("[[:alpha:]]", "a]")
	f.Fuzz(func(t *testing.T, glob, s string) {
		pattern(glob)(s)
		// Whatever it is, a text with every special character escaped is itself.
		literal := ""
		for i := range len(s) {
			literal += `\` + s[i:i+1]
		}
		if s != "" && !pattern(literal)(s) && validUTF8(s) {
			t.Errorf("%q does not fit %q", literal, s)
		}
	})
}

func TestLabelValues(t *testing.T) {
	checkValues(t, openEvent, map[string]string{
		"container.labels":     "marked, name:web, org.example/team:shop",
		"container.label.name": "web", "container.label[org.example/team]": "shop", "container.label[marked]": "", "container.label[io.kubernetes.pod.name]": "web-0",
		"container.label.io.kubernetes.pod.name": "web-0", "container.label[nam]": none,
		"k8s.pod.labels": "app:web, name:web-0", "k8s.pod.label.app": "web", "k8s.pod.label[name]": "web-0", "k8s.pod.label[marked]": none,
	})
}

// Nothing of this is to cost memory for an event that raises no alert.
func TestContainerFieldsDoNotAllocate(t *testing.T) {
	for _, name := range []string{
		"container.mounts", "container.mount[/var/lib/*]", "container.mount.dest[/proc*]", "container.labels", "container.label[name]", "k8s.pod.labels",
		"container.healthcheck", "k8s.pod.sandbox_id",
	} {
		r, e := mustBind(t, name), openEvent()
		p := e.Process
		read := func() {
			e.Reset()
			e.Process = p
			r.Text(e)
		}
		read()
		if n := testing.AllocsPerRun(100, read); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
	e := openEvent()
	for _, name := range []string{"proc.is_container_healthcheck", "container.privileged"} {
		if r := mustBind(t, name); testing.AllocsPerRun(100, func() { r.Bool(e) }) != 0 {
			t.Errorf("%s allocates", name)
		}
	}
}
