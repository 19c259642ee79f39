package live

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gyrsec/gyr/test/runc"
)

// newCgroup makes a cgroup of the v2 hierarchy for the test, and returns it open.
func newCgroup(t *testing.T, path string) *os.File {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	root := ""
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); len(f) > 2 && f[2] == "cgroup2" {
			root = f[1]
		}
	}
	if root == "" {
		t.Skip("no cgroup2 is mounted")
	}
	dir := root
	for _, name := range strings.Split(path, "/") {
		dir = filepath.Join(dir, name)
		if err := os.Mkdir(dir, 0o755); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
		made := dir
		t.Cleanup(func() { syscall.Rmdir(made) }) // those below are gone by then
	}
	opened, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	return opened
}

// A process is known to be in a container however it got into its cgroup, and
// however deep that lies.
func TestLiveCgroups(t *testing.T) {
	requireRoot(t)
	const mark = "gyr-cgroup-mark"
	g := start(t, `
- rule: Marked
  desc: A marked program runs.
  condition: evt.type in (execve, execveat) and proc.args contains `+mark+`
  output: marked %proc.cmdline %container.id
  priority: NOTICE
`)
	// As of a container in a container in a Kubernetes node that is one: longer
	// than the name of a file may be.
	outer, id := runc.NewID(), runc.NewID()
	deep := fmt.Sprintf("gyr-test-%d/docker-%s.scope/%s/docker-%s.scope", os.Getpid(), outer, strings.Repeat("kubelet-", 20), id)
	cgroup := newCgroup(t, deep)
	for way, begin := range map[string]func(*exec.Cmd){
		"born": func(c *exec.Cmd) {
			c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(cgroup.Fd())}
		},
		"moved": func(c *exec.Cmd) {
			c.Args = []string{"/bin/sh", "-c", `echo $$ >"$1"/cgroup.procs; exec /bin/true "$2"`, "sh", cgroup.Name(), c.Args[1]}
			c.Path = c.Args[0]
		},
	} {
		c := exec.Command("/bin/true", mark+way)
		begin(c)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", way, err, out)
		}
		a := g.await(t, "the alert of "+way, func(a alert) bool {
			return a.Rule == "Marked" && a.text("proc.cmdline") == "true "+mark+way
		})
		if got := a.text("container.id"); got != id[:12] {
			t.Errorf("%s in its cgroup: container %q, want %q", way, got, id[:12])
		}
	}
}
