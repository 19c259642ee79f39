package kubernetes

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/test/cluster"
)

// Images of the workloads; all hold busybox.
const (
	webImage    = "registry.example.com/shop/web"
	serverImage = "registry.example.com/shop/server"
	minerImage  = "registry.example.com/mallory/miner"
	floodImage  = "registry.example.com/shop/flood" // has /bin/flooder
	imageTag    = "1.4"
)

// importImages makes Gyr's image and the workloads' known to the node.
func importImages(c *cluster.Cluster, gyr string) error {
	if err := c.Import(gyr); err != nil {
		return err
	}
	flooder := filepath.Join(cluster.Dir(), "flooder")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", flooder, "github.com/gyrsec/gyr/test/live/flooder")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if _, err := cluster.Run(build); err != nil {
		return err
	}
	for i, name := range []string{webImage, serverImage, minerImage, floodImage} {
		image := cluster.NewImage(name+":"+imageTag, "sleep", "1000000")
		image.AddBusybox()
		// Of images that are the same, the runtime knows one name only.
		image.Add("etc/image", 0o644, []byte(name))
		if name == floodImage {
			image.AddFile("bin/flooder", flooder)
		}
		file := filepath.Join(cluster.Dir(), fmt.Sprintf("workload%d.tar", i))
		if err := image.Write(file); err != nil {
			return err
		}
		if err := c.Import(file); err != nil {
			return err
		}
	}
	return nil
}

// pod is a workload's pod that runs.
type pod struct {
	c                      *cluster.Cluster
	namespace, name, image string
	container              string // its id
	address                string
}

// makeNamespace makes a namespace that goes with the test.
func makeNamespace(t *testing.T, c *cluster.Cluster, name string) {
	t.Helper()
	mustRun(t, c, "kubectl", "create", "namespace", name)
	t.Cleanup(func() { mustRun(t, c, "kubectl", "delete", "namespace", name, "--wait=false") })
	eventually(t, "a service account in "+name, func() error {
		_, err := c.Kubectl("get", "serviceaccount/default", "-n", name)
		return err
	})
}

// startPod starts a pod and waits until it runs. It goes with the test, at once:
// its programs need not hear that they are to end.
func startPod(t *testing.T, c *cluster.Cluster, namespace, name, image string, command ...string) *pod {
	t.Helper()
	quoted := make([]string, len(command))
	for i, a := range command {
		quoted[i] = fmt.Sprintf("%q", a)
	}
	more := ""
	if len(quoted) > 0 {
		more = "command: [" + strings.Join(quoted, ", ") + "]"
	}
	err := c.Apply(fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: %[2]s, namespace: %[1]s, labels: {app: %[2]s}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: main
    image: %[3]s:%[4]s
    imagePullPolicy: Never
    %[5]s
`, namespace, name, image, imageTag, more))
	if err != nil {
		t.Fatal(err)
	}
	mustRun(t, c, "kubectl", "wait", "--for=condition=Ready", "pod/"+name, "-n", namespace, "--timeout=60s")
	p := &pod{c: c, namespace: namespace, name: name, image: image}
	status := mustRun(t, c, "kubectl", "get", "pod", name, "-n", namespace, "-o", "jsonpath={.status.containerStatuses[0].containerID} {.status.podIP}")
	fmt.Sscan(status, &p.container, &p.address)
	p.container = strings.TrimPrefix(p.container, "containerd://")
	if len(p.container) != 64 || p.address == "" {
		t.Fatalf("pod %s has the container and the address %q", name, status)
	}
	return p
}

// exec runs a command in the pod and returns what it printed, with what it is
// told on its standard input.
func (p *pod) exec(input string, command ...string) (string, error) {
	cmd := p.c.Command("kubectl", append([]string{"exec", "-i", "-n", p.namespace, p.name, "--"}, command...)...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, out)
	}
	return string(out), err
}

// did checks that an alert is about this pod.
func (p *pod) did(a alert) bool {
	return a.text("k8s.pod.name") == p.name && a.text("k8s.ns.name") == p.namespace
}

// checkNamed checks that an alert says which container this pod's is.
func (p *pod) checkNamed(t *testing.T, a alert) {
	t.Helper()
	for field, want := range map[string]string{
		"container.id": p.container[:12], "container.name": "main",
		"container.image.repository": p.image, "container.image.tag": imageTag,
		"k8s.pod.name": p.name, "k8s.ns.name": p.namespace,
	} {
		if got := a.text(field); got != want {
			t.Errorf("%s is %q, want %q: %s", field, got, want, a.raw)
		}
	}
}
