package engine

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// testImage is the image of every container the live tests start, and, by
// another name, of their sandboxes: one with a shell and nothing else.
const (
	testImage  = "localhost/test:2"
	pauseImage = "localhost/pause:1"
)

// daemon is a containerd of the test's own, below a folder that goes with it.
type daemon struct {
	dir, socket, state string
	name               string // unique
	program            string
	stop               func() // ends the daemon; its containers go on
	conn               *grpc.ClientConn
	runtime            runtimeapi.RuntimeServiceClient
}

// startContainerd starts a containerd with the CRI plugin and the two images:
// the machine's own, or the one that GYR_CONTAINERD names, whose shim lies
// beside it.
func startContainerd(t testing.TB) *daemon {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root to start containerd")
	}
	program := cmp.Or(os.Getenv("GYR_CONTAINERD"), "containerd")
	for _, need := range []string{program, "runc", "/bin/busybox"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("needs %s: %v", filepath.Base(need), err)
		}
	}
	dir := shortTempDir(t)
	d := &daemon{dir: dir, socket: filepath.Join(dir, "c.sock"), state: filepath.Join(dir, "run"), name: filepath.Base(dir)}
	d.program, _ = exec.LookPath(program)
	if err := os.WriteFile(d.config(), fmt.Appendf(nil, daemonConfig, dir), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.conn.Close(); d.stop(); d.removeCgroups(t) })
	d.start(t)
	d.importImage(t, pauseImage)
	d.importImage(t, testImage)
	return d
}

// version is what the daemon says it is.
func (d *daemon) version(t testing.TB) runtimeVersion {
	t.Helper()
	v, err := d.runtime.Version(t.Context(), &runtimeapi.VersionRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return runtimeVersion{v.GetRuntimeName(), v.GetRuntimeVersion()}
}

func (d *daemon) config() string { return filepath.Join(d.dir, "config.toml") }

// start starts the daemon and waits until it answers.
func (d *daemon) start(t testing.TB) {
	t.Helper()
	log, err := os.Create(filepath.Join(d.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(d.program, "-c", d.config())
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(d.program)+":"+os.Getenv("PATH"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	d.stop = sync.OnceFunc(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			cmd.Process.Kill()
			<-ended
		}
	})
	d.connect(t, ended)
}

// daemonConfig asks for nothing a restricted machine may refuse.
const daemonConfig = `version = 2
root = "%[1]s/lib"
state = "%[1]s/run"
oom_score = 0
[grpc]
  address = "%[1]s/c.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "%[1]s/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "%[1]s/none"
    conf_dir = "%[1]s/none"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
`

func (d *daemon) connect(t testing.TB, ended <-chan struct{}) {
	t.Helper()
	conn, err := grpc.NewClient("unix://"+d.socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	if d.conn != nil {
		d.conn.Close()
	}
	d.conn = conn
	d.runtime = runtimeapi.NewRuntimeServiceClient(conn)
	deadline := time.Now().Add(20 * time.Second)
	for {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := d.runtime.Version(ctx, &runtimeapi.VersionRequest{})
		cancel()
		if err == nil {
			return
		}
		select {
		case <-ended:
			deadline = time.Time{}
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(d.dir, "log"))
			t.Fatalf("containerd does not answer: %v; it said:\n%s", err, log)
		}
	}
}

// shortTempDir makes a folder that goes with the test, together with mounts that
// a runtime left in it. Its name is short, because a socket's path may have 107
// bytes and Podman's 50.
func shortTempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gyr")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// What a runtime starts to clean up may still be at it.
		var err error
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			if err = removeAll(dir); err == nil || time.Now().After(end) {
				break
			}
		}
		if err != nil {
			t.Error(err)
		}
	})
	return dir
}

// removeAll removes a folder and the mounts in it.
func removeAll(dir string) error {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return err
	}
	for line := range bytes.Lines(mounts) {
		if fields := bytes.Fields(line); len(fields) > 1 && bytes.HasPrefix(fields[1], []byte(dir+"/")) {
			syscall.Unmount(string(fields[1]), syscall.MNT_DETACH)
		}
	}
	return os.RemoveAll(dir)
}

// ctr runs containerd's own client in a containerd namespace.
func (d *daemon) ctr(t testing.TB, namespace string, args ...string) string {
	t.Helper()
	cmd := exec.Command("ctr", append([]string{"-a", d.socket, "-n", namespace}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}

// importImage has containerd take an image, for CRI and for ctr.
func (d *daemon) importImage(t testing.TB, name string) {
	t.Helper()
	archive := filepath.Join(d.dir, "image.tar")
	writeImage(t, archive, name)
	for _, namespace := range []string{"k8s.io", "default"} {
		d.ctr(t, namespace, "images", "import", "--snapshotter", "native", archive)
	}
}

// writeImage writes an image with busybox in it, as `docker load` and others
// take it.
func writeImage(t testing.TB, archive, name string) {
	t.Helper()
	busybox, err := os.ReadFile("/bin/busybox")
	if err != nil {
		t.Fatal(err)
	}
	layer := tarOf(t, tarFile{"bin/busybox", 0o755, busybox}, tarFile{"proc/", 0o755, nil},
		tarFile{"sys/", 0o755, nil}, tarFile{"dev/", 0o755, nil}, tarFile{"etc/", 0o755, nil}, tarFile{"tmp/", 0o755, nil},
		tarFile{"etc/image", 0o644, []byte(name)})
	digest := hex.EncodeToString(sha256sum(layer))
	config, err := json.Marshal(map[string]any{
		"architecture": "amd64", "os": "linux", "created": "2026-01-01T00:00:00Z",
		"config": map[string]any{"Cmd": []string{"/bin/busybox", "sleep", "1000"}, "Env": []string{"PATH=/bin"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + digest}},
	})
	if err != nil {
		t.Fatal(err)
	}
	configName := hex.EncodeToString(sha256sum(config)) + ".json"
	manifest, err := json.Marshal([]any{map[string]any{
		"Config": configName, "RepoTags": []string{name}, "Layers": []string{digest + "/layer.tar"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	all := tarOf(t, tarFile{digest + "/layer.tar", 0o644, layer}, tarFile{configName, 0o644, config}, tarFile{"manifest.json", 0o644, manifest})
	if err := os.WriteFile(archive, all, 0o600); err != nil {
		t.Fatal(err)
	}
}

type tarFile struct {
	name    string
	mode    int64
	content []byte
}

func tarOf(t testing.TB, files ...tarFile) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.content)), Typeflag: tar.TypeReg}
		if f.content == nil {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sha256sum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

// podConfig is a pod in the host's network, which needs no network plugin.
func podConfig(name, uid string) *runtimeapi.PodSandboxConfig {
	return &runtimeapi.PodSandboxConfig{
		Metadata: &runtimeapi.PodSandboxMetadata{Name: name, Namespace: "shop", Uid: uid},
		Labels: map[string]string{
			"app": "web", "io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": "shop", "io.kubernetes.pod.uid": uid,
		},
		Annotations: map[string]string{lastApplied: testPodManifest},
		Linux: &runtimeapi.LinuxPodSandboxConfig{
			SecurityContext: &runtimeapi.LinuxSandboxSecurityContext{
				NamespaceOptions: &runtimeapi.NamespaceOption{Network: runtimeapi.NamespaceMode_NODE, Pid: runtimeapi.NamespaceMode_CONTAINER},
			},
		},
	}
}

const testPodManifest = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"webpod"},"spec":{"containers":[
 {"name":"main","image":"localhost/test:2",
  "livenessProbe":{"exec":{"command":["/bin/busybox","test","-e","/live"]}},
  "readinessProbe":{"exec":{"command":["/bin/busybox","true"]},"periodSeconds":5}}]}}`

// cgroup is the control group of all the daemon's containers.
func (d *daemon) cgroup() string { return "/" + d.name }

// removeCgroups removes the groups that runtimes leave above their containers',
// in the hierarchies of version 1 and in version 2.
func (d *daemon) removeCgroups(t testing.TB) {
	roots, err := filepath.Glob("/sys/fs/cgroup/*" + d.cgroup())
	if err != nil {
		t.Error(err)
	}
	for _, root := range append(roots, "/sys/fs/cgroup"+d.cgroup()) {
		var groups []string
		filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err == nil && e.IsDir() {
				groups = append(groups, path)
			}
			return nil
		})
		for _, group := range slices.Backward(groups) {
			if err := syscall.Rmdir(group); err != nil {
				t.Errorf("removing %s: %v", group, err)
			}
		}
	}
}

// runPod starts a sandbox, which is stopped and removed with the test.
func (d *daemon) runPod(t testing.TB, config *runtimeapi.PodSandboxConfig) string {
	t.Helper()
	config.Linux.CgroupParent = d.cgroup() + "/pod" + config.Metadata.Uid
	pod, err := d.runtime.RunPodSandbox(t.Context(), &runtimeapi.RunPodSandboxRequest{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.removePod(t, pod.PodSandboxId) })
	return pod.PodSandboxId
}

func (d *daemon) removePod(t testing.TB, id string) {
	t.Helper()
	ctx := context.Background()
	if _, err := d.runtime.StopPodSandbox(ctx, &runtimeapi.StopPodSandboxRequest{PodSandboxId: id}); err != nil {
		t.Error(err)
	}
	if _, err := d.runtime.RemovePodSandbox(ctx, &runtimeapi.RemovePodSandboxRequest{PodSandboxId: id}); err != nil {
		t.Error(err)
	}
}

// containerConfig is a container that sleeps, and sees the host's /etc.
func containerConfig(name string, pod *runtimeapi.PodSandboxConfig, privileged bool) *runtimeapi.ContainerConfig {
	return &runtimeapi.ContainerConfig{
		Metadata: &runtimeapi.ContainerMetadata{Name: name},
		Image:    &runtimeapi.ImageSpec{Image: testImage},
		Labels: map[string]string{
			"io.kubernetes.container.name": name, "io.kubernetes.pod.name": pod.Metadata.Name,
			"io.kubernetes.pod.namespace": pod.Metadata.Namespace, "io.kubernetes.pod.uid": pod.Metadata.Uid,
		},
		Mounts: []*runtimeapi.Mount{{ContainerPath: "/host/etc", HostPath: "/etc", Readonly: true}},
		Linux: &runtimeapi.LinuxContainerConfig{SecurityContext: &runtimeapi.LinuxContainerSecurityContext{
			Privileged:       privileged,
			NamespaceOptions: pod.Linux.SecurityContext.NamespaceOptions,
		}},
	}
}

// runContainer creates and starts a container in a pod.
func (d *daemon) runContainer(t testing.TB, pod string, podConfig *runtimeapi.PodSandboxConfig, config *runtimeapi.ContainerConfig) string {
	t.Helper()
	made, err := d.runtime.CreateContainer(t.Context(), &runtimeapi.CreateContainerRequest{PodSandboxId: pod, Config: config, SandboxConfig: podConfig})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.runtime.StartContainer(t.Context(), &runtimeapi.StartContainerRequest{ContainerId: made.ContainerId}); err != nil {
		t.Fatal(err)
	}
	return made.ContainerId
}
