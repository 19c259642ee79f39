package container_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gyrsec/gyr/container"
	"github.com/gyrsec/gyr/event"
)

const (
	id    = "3c6a9e0f1b2d4857a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3"
	short = "3c6a9e0f1b2d"
	inner = "b17f0e7c2a9d4c3e8f6b5a1d2e3c4f5061728394a5b6c7d8e9f0a1b2c3d4e5f6"
	pod   = "7f6c2b6e-0a5e-4d7b-9a1e-1d0d9b6a0001"
	// podSlice is pod as systemd's slices spell it.
	podSlice  = "7f6c2b6e_0a5e_4d7b_9a1e_1d0d9b6a0001"
	staticPod = "0f2c1d9b6a5e4d3c2b1a09f8e7d6c5b4"
)

func of(runtime string) *event.Container {
	return &event.Container{ID: short, FullID: id, Type: runtime}
}

// byUser is a container that a user's service manager knows.
func byUser(c *event.Container) *event.Container {
	c.User = 1000
	return c
}

func inPod(runtime, uid string) *event.Container {
	c := of(runtime)
	c.PodUID = uid
	return c
}

func innerOf(runtime, uid string) *event.Container {
	return &event.Container{ID: "b17f0e7c2a9d", FullID: inner, Type: runtime, PodUID: uid}
}

func TestFromCgroup(t *testing.T) {
	tests := []struct {
		name string
		path string
		want *event.Container
	}{
		{"docker, cgroupfs driver", "/docker/" + id, of("docker")},
		{"docker, systemd driver", "/system.slice/docker-" + id + ".scope", of("docker")},
		{"docker, rootless", "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + id + ".scope", byUser(of("docker"))},
		{"docker, cgroup parent of its own", "/batch/jobs/" + id, of("")},
		{"docker, systemd parent of its own", "/batch.slice/docker-" + id + ".scope", of("docker")},
		{"docker, systemd inside", "/docker/" + id + "/init.scope", of("docker")},
		{"docker, service inside", "/docker/" + id + "/system.slice/nginx.service", of("docker")},
		{"docker, scope with systemd inside", "/system.slice/docker-" + id + ".scope/system.slice/ssh.service", of("docker")},
		{"docker in docker", "/docker/" + id + "/docker/" + inner, innerOf("docker", "")},
		{"amazon ecs", "/ecs/0b69d5c0d655455fa4c8c8d7a1b7c1c6/" + id, of("docker")},

		{"kubernetes, cgroupfs, besteffort", "/kubepods/besteffort/pod" + pod + "/" + id, inPod("containerd", pod)},
		{"kubernetes, cgroupfs, burstable", "/kubepods/burstable/pod" + pod + "/" + id, inPod("containerd", pod)},
		{"kubernetes, cgroupfs, guaranteed", "/kubepods/pod" + pod + "/" + id, inPod("containerd", pod)},
		{"kubernetes, cgroupfs, static pod", "/kubepods/burstable/pod" + staticPod + "/" + id, inPod("containerd", staticPod)},
		{"kubernetes, systemd, burstable", "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + podSlice + ".slice/cri-containerd-" + id + ".scope", inPod("containerd", pod)},
		{"kubernetes, systemd, guaranteed", "/kubepods.slice/kubepods-pod" + podSlice + ".slice/cri-containerd-" + id + ".scope", inPod("containerd", pod)},
		{"kubernetes, systemd, static pod", "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + staticPod + ".slice/cri-containerd-" + id + ".scope", inPod("containerd", staticPod)},
		{"kubernetes, systemd, docker", "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + podSlice + ".slice/docker-" + id + ".scope", inPod("docker", pod)},
		{"kubernetes, systemd parent for a cgroupfs runtime", "/system.slice/containerd.service/kubepods-burstable-pod" + podSlice + ".slice:cri-containerd:" + id, inPod("containerd", pod)},
		{"kubernetes in docker, cgroupfs", "/docker/" + id + "/kubelet/kubepods/burstable/pod" + pod + "/" + inner, innerOf("containerd", pod)},
		{"kubernetes in docker, systemd", "/docker/" + id + "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod" + podSlice + ".slice/cri-containerd-" + inner + ".scope", innerOf("containerd", pod)},
		{"docker in a pod: the pod is the outer one's", "/kubepods/pod" + pod + "/" + id + "/docker/" + inner, innerOf("docker", "")},

		{"cri-o, systemd", "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + podSlice + ".slice/crio-" + id + ".scope", inPod("cri-o", pod)},
		{"cri-o, crun's own group below", "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + podSlice + ".slice/crio-" + id + ".scope/container", inPod("cri-o", pod)},
		{"cri-o, cgroupfs", "/kubepods/besteffort/pod" + pod + "/crio-" + id, inPod("cri-o", pod)},
		{"cri-o, the monitor", "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + podSlice + ".slice/crio-conmon-" + id + ".scope", nil},

		{"podman, systemd", "/machine.slice/libpod-" + id + ".scope", of("podman")},
		{"podman, crun's own group below", "/machine.slice/libpod-" + id + ".scope/container", of("podman")},
		{"podman, cgroupfs", "/libpod_parent/libpod-" + id, of("podman")},
		{"podman, in a pod", "/machine.slice/machine-libpod_pod_" + inner + ".slice/libpod-" + id + ".scope", of("podman")},
		{"podman, rootless", "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id + ".scope/container", byUser(of("podman"))},
		{"podman, of root's manager", "/user.slice/user-0.slice/user@0.service/user.slice/libpod-" + id + ".scope", of("podman")},
		{"a manager in the container is no manager of it", "/docker/" + id + "/user.slice/user@1000.service/app.slice", of("docker")},
		{"podman, unit with split groups", "/system.slice/web.service/libpod-payload-" + id, of("podman")},
		{"podman, the monitor", "/machine.slice/libpod-conmon-" + id + ".scope", nil},
		{"podman, the rootless monitor", "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-conmon-" + id + ".scope", nil},
		{"podman, the monitor's group with cgroupfs", "/libpod_parent/conmon", nil},
		{"podman, the pod's slice alone", "/machine.slice/machine-libpod_pod_" + id + ".slice", nil},
		{"podman's monitor inside docker is the docker container's", "/docker/" + id + "/libpod_parent/libpod-conmon-" + inner, of("docker")},

		{"containerd, ctr, hexadecimal id", "/default/" + id, of("containerd")},
		{"containerd, ctr in another namespace, hexadecimal id", "/mine/" + id, of("")},
		{"containerd, nerdctl, systemd", "/system.slice/nerdctl-" + id + ".scope", of("containerd")},
		{"runc by hand", "/" + id, of("")},
		{"runc by hand, systemd", "/system.slice/runc-" + id + ".scope", of("")},
		{"crun by hand, systemd", "/user.slice/crun-" + id + ".scope", of("")},
		{"seen from inside a cgroup namespace", "/../../docker/" + id, of("docker")},
		{"trailing slash", "/docker/" + id + "/", of("docker")},

		{"no path", "", nil},
		{"root", "/", nil},
		{"service", "/system.slice/ssh.service", nil},
		{"login session", "/user.slice/user-1000.slice/session-3.scope", nil},
		{"pod's group without a container", "/kubepods/besteffort/pod" + pod, nil},
		{"the parent of docker's containers", "/docker", nil},
		{"32 digits are no container", "/process_api/5a63aa30dfda4944b74b1b6447cf1356", nil},
		{"63 digits", "/docker/" + id[1:], nil},
		{"65 digits", "/docker/a" + id, nil},
		{"capitals", "/docker/" + strings.ToUpper(id), nil},
		{"digits within a session's name", "/user.slice/user-1000.slice/session-" + id + "-x.scope", nil},
		{"digits after an unknown prefix", "/user.slice/user-1000.slice/app-" + id + ".scope", nil},
		{"bare digits as a scope", "/system.slice/" + id + ".scope", nil},
		{"a service named by digits", "/system.slice/docker-" + id + ".service", nil},
		{"unknown name between colons", "/system.slice/a.slice:foo:" + id, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, container.FromCgroup(tt.path, ""), cmpopts.IgnoreUnexported(event.Container{})); diff != "" {
				t.Errorf("v2 path %s (-want +got):\n%s", tt.path, diff)
			}
			if diff := cmp.Diff(tt.want, container.FromCgroup("/", tt.path), cmpopts.IgnoreUnexported(event.Container{})); diff != "" {
				t.Errorf("v1 path %s (-want +got):\n%s", tt.path, diff)
			}
		})
	}
}

// A name is an id where nothing else is.
func TestFromCgroupByName(t *testing.T) {
	const longest = "n1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
	name := func(name, runtime string) *event.Container {
		return &event.Container{ID: name, FullID: name, Type: runtime}
	}
	tests := []struct {
		name string
		path string
		want *event.Container
	}{
		{"ctr run", "/default/web-1", name("web-1", "containerd")},
		{"ctr run, systemd inside", "/default/web-1/system.slice/ssh.service", name("web-1", "containerd")},
		{"ctr run, 12 digits", "/default/3c6a9e0f1b2d", name("3c6a9e0f1b2d", "containerd")},
		{"ctr -n k8s.io run", "/k8s.io/debug", name("debug", "containerd")},
		{"ctr -n moby run", "/moby/x.y_z", name("x.y_z", "containerd")},
		{"nerdctl's namespace", "/nerdctl/web", name("web", "containerd")},
		{"a step of a build", "/buildkit/hnqrkvuhk4jkkbl3uxtlrqx2p", name("hnqrkvuhk4jkkbl3uxtlrqx2p", "containerd")},
		{"a step of a build by docker", "/docker/buildkit/hnqrkvuhk4jkkbl3uxtlrqx2p", name("hnqrkvuhk4jkkbl3uxtlrqx2p", "docker")},
		{"ctr in docker", "/docker/" + id + "/default/web-1", name("web-1", "containerd")},
		{"ctr in ctr", "/default/outer/default/inner", name("inner", "containerd")},
		{"docker in ctr", "/default/outer/docker/" + inner, innerOf("docker", "")},
		{"seen from inside a cgroup namespace", "/../default/web-1", name("web-1", "containerd")},
		{"a namespace nobody knows", "/mine/web-1", nil},
		{"the namespace alone", "/default", nil},
		{"not at the root", "/batch/default/web-1", nil},
		{"a slice of that name", "/default.slice/web-1", nil},
		{"a unit below", "/default/web.service", nil},
		{"no name", "/default/-x", nil},
		{"blanks", "/default/a b", nil},
		{"control characters", "/default/a\x1b[2J", nil},
		{"the parent directory", "/default/..", nil},
		{"the longest", "/default/" + longest, name(longest, "containerd")},
		{"too long", "/default/" + longest + "8", nil},
		{"build in a directory of the host", "/ci/buildkit/hnqrkvuhk4jkkbl3uxtlrqx2p", nil},

		{"lxc 4 and lxd", "/lxc.payload.web", name("web", "lxc")},
		{"lxc, systemd inside", "/lxc.payload.web/system.slice/ssh.service", name("web", "lxc")},
		{"lxc, a project of lxd's", "/lxc.payload.shop_web-0", name("shop_web-0", "lxc")},
		{"lxc of a user", "/user.slice/user-1000.slice/user@1000.service/lxc.payload.web/init.scope", byUser(name("web", "lxc"))},
		{"lxc 3, with systemd", "/lxc.payload/web", name("web", "lxc")},
		{"lxc 2", "/lxc/web", name("web", "lxc")},
		{"lxc 2, systemd inside", "/lxc/web/init.scope", name("web", "lxc")},
		{"lxc called host", "/lxc.payload.host", &event.Container{ID: "lxc/host", FullID: "host", Type: "lxc"}},
		{"ctr run host", "/default/host", &event.Container{ID: "containerd/host", FullID: "host", Type: "containerd"}},
		{"lxc called lxc", "/lxc/lxc/init.scope", name("lxc", "lxc")},
		{"lxc in lxc", "/lxc/outer/lxc/inner/user.slice", name("inner", "lxc")},
		{"docker in lxc", "/lxc.payload.web/docker/" + inner, innerOf("docker", "")},
		{"lxc in docker", "/docker/" + id + "/lxc.payload.web", name("web", "lxc")},
		{"lxc's monitor", "/lxc.monitor.web", nil},
		{"lxc 3's monitor", "/lxc.monitor/web", nil},
		{"the monitor of lxc in docker", "/docker/" + id + "/lxc.monitor.web", of("docker")},
		{"lxc's service", "/system.slice/lxc.service", nil},
		{"lxd's service", "/system.slice/snap.lxd.daemon.service", nil},
		{"lxc without a name", "/lxc.payload.", nil},

		{"libvirt, systemd", `/machine.slice/machine-lxc\x2d2293906\x2dlibvirt\x2dcontainer.scope`, name("libvirt-container", "libvirt-lxc")},
		{"libvirt, systemd, its own group", `/machine.slice/machine-lxc\x2d7\x2dweb.scope/libvirt`, name("web", "libvirt-lxc")},
		{"libvirt, systemd, no number", `/machine.slice/machine-lxc\x2dweb.scope`, name("web", "libvirt-lxc")},
		{"libvirt without systemd", "/machine/web.libvirt-lxc", name("web", "libvirt-lxc")},
		{"libvirt of old", "/libvirt/lxc/web", name("web", "libvirt-lxc")},
		{"a virtual machine", `/machine.slice/machine-qemu\x2d1\x2dweb.scope/libvirt/emulator`, nil},
		{"systemd-nspawn", "/machine.slice/systemd-nspawn@web.service/payload", nil},
		{"systemd's machine", "/machine.slice/machine-web.scope/payload", nil},

		{"bpm", "/system.slice/bpm-nats.scope", name("nats", "bpm")},
		{"bpm, cgroupfs", "/bpm-nats-server", name("nats-server", "bpm")},
		{"a service that begins so", "/system.slice/bpm-counter.service", nil},

		{"containerd", "/system.slice/containerd.service", nil},
		{"dockerd", "/system.slice/docker.service", nil},
		{"kubelet", "/system.slice/kubelet.service", nil},
		{"kubelet's group on k3s", "/k3s", nil},
		{"crio", "/system.slice/crio.service", nil},
		{"a service named by 32 digits", "/some_service/5a63aa30dfda4944b74b1b6447cf1356", nil},
		{"a user's application", "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-4711.scope", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, container.FromCgroup("/", tt.path), cmpopts.IgnoreUnexported(event.Container{})); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.path, diff)
			}
		})
	}
}

func TestOutermost(t *testing.T) {
	named := func(name, runtime string) *event.Container {
		return &event.Container{ID: name, FullID: name, Type: runtime}
	}
	tests := []struct {
		name string
		path string
		want *event.Container
	}{
		{"alone", "/docker/" + id, of("docker")},
		{"systemd inside", "/system.slice/docker-" + id + ".scope/system.slice/ssh.service", of("docker")},
		{"docker in docker", "/docker/" + id + "/docker/" + inner, of("docker")},
		{"kubernetes in docker", "/docker/" + id + "/kubelet/kubepods/burstable/pod" + pod + "/" + inner, of("docker")},
		{"three", "/docker/" + id + "/docker/" + inner + "/docker/" + inner, of("docker")},
		{"docker in a pod", "/kubepods/pod" + pod + "/" + id + "/docker/" + inner, inPod("containerd", pod)},
		{"docker in ctr", "/default/outer/docker/" + inner, named("outer", "containerd")},
		{"docker in lxc", "/lxc.payload.web/docker/" + inner, named("web", "lxc")},
		{"lxc in docker", "/docker/" + id + "/lxc.payload.web", of("docker")},
		{"of a user, docker in docker", "/user.slice/user-1000.slice/user@1000.service/docker-" + id + ".scope/docker/" + inner, byUser(of("docker"))},
		{"seen from inside a cgroup namespace", "/../../docker/" + id + "/docker/" + inner, of("docker")},
		{"none", "/system.slice/ssh.service", nil},
	}
	for _, tt := range tests {
		for _, paths := range [][2]string{{tt.path, "/"}, {"/", tt.path}} {
			if diff := cmp.Diff(tt.want, container.Outermost(paths[0], paths[1]), cmpopts.IgnoreUnexported(event.Container{})); diff != "" {
				t.Errorf("%s: %q (-want +got):\n%s", tt.name, paths, diff)
			}
		}
	}
}

func TestFromCgroupPrefersV2(t *testing.T) {
	got := container.FromCgroup("/docker/"+id, "/libpod_parent/libpod-"+inner)
	if diff := cmp.Diff(of("docker"), got, cmpopts.IgnoreUnexported(event.Container{})); diff != "" {
		t.Errorf("both hierarchies name a container (-want +got):\n%s", diff)
	}
	got = container.FromCgroup("/user.slice/session-1.scope", "/docker/"+id)
	if diff := cmp.Diff(of("docker"), got, cmpopts.IgnoreUnexported(event.Container{})); diff != "" {
		t.Errorf("only v1 names a container (-want +got):\n%s", diff)
	}
}

func FuzzFromCgroup(f *testing.F) {
	f.Add("/docker/"+id, "/")
	f.Add("/", "/docker/"+id+"/init.scope")
	f.Add("/kubepods.slice/kubepods-burstable-pod"+podSlice+".slice/cri-containerd-"+id+".scope", "")
	f.Add("/system.slice/containerd.service/kubepods-pod"+podSlice+".slice:cri-containerd:"+id, "")
	f.Add("::"+id, "//")
	f.Add("/-"+id+".scope", "pod.slice")
	f.Add("/default/web", "/lxc.payload.web")
	f.Add("/docker/buildkit/x", `/machine-lxc\x2d7\x2dweb.scope`)
	f.Add("/default/default/default/default", "/libvirt/lxc/lxc")
	name := regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}$`)
	f.Fuzz(func(t *testing.T, v2, v1 string) {
		c := container.FromCgroup(v2, v1)
		if outer := container.Outermost(v2, v1); (outer == nil) != (c == nil) {
			t.Fatalf("in %+v, and in %+v", c, outer)
		}
		if c == nil {
			return
		}
		hex := len(c.FullID) == 64 && strings.Trim(c.FullID, "0123456789abcdef") == ""
		if hex && c.ID != c.FullID[:12] || !hex && c.ID != c.FullID && c.ID != c.Type+"/host" || c.ID == "host" {
			t.Errorf("ID %q of %q", c.ID, c.FullID)
		}
		if !name.MatchString(c.FullID) {
			t.Errorf("FullID %q is neither an id nor a name", c.FullID)
		}
		if !hex && c.Type == "" {
			t.Errorf("%q is taken for a container's name, of no runtime", c.FullID)
		}
		paths := strings.ReplaceAll(v2+" "+v1, `\x2d`, "-")
		if !strings.Contains(paths, c.FullID) {
			t.Errorf("FullID %q is in neither path", c.FullID)
		}
		if c.PodUID != "" && len(c.PodUID) != 36 && len(c.PodUID) != 32 {
			t.Errorf("PodUID %q", c.PodUID)
		}
	})
}
