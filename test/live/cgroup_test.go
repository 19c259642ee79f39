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
	// Longer than the name of a file may be, as below a user's service manager.
	outer, inner := runc.NewID(), runc.NewID()
	deep := fmt.Sprintf("gyr-test-%d/%s/%s/docker-%s.scope", os.Getpid(), strings.Repeat("slice-", 20), strings.Repeat("service-", 20), outer)
	for _, tt := range []struct{ name, cgroup, id string }{
		{"deep", deep, outer},
		// Who may make cgroups in a container may call them by the id of another: the
		// one that the machine's runtime made counts.
		{"nested", deep + "/docker-" + inner + ".scope", outer},
	} {
		cgroup := newCgroup(t, tt.cgroup)
		for way, begin := range map[string]func(*exec.Cmd){
			"born": func(c *exec.Cmd) {
				c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(cgroup.Fd())}
			},
			"moved": func(c *exec.Cmd) {
				c.Args = []string{"/bin/sh", "-c", `echo $$ >"$1"/cgroup.procs; exec /bin/true "$2"`, "sh", cgroup.Name(), c.Args[1]}
				c.Path = c.Args[0]
			},
		} {
			argument := mark + "-" + tt.name + "-" + way
			c := exec.Command("/bin/true", argument)
			begin(c)
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", argument, err, out)
			}
			a := g.await(t, "the alert of "+argument, func(a alert) bool {
				return a.Rule == "Marked" && a.text("proc.cmdline") == "true "+argument
			})
			if got := a.text("container.id"); got != tt.id[:12] {
				t.Errorf("%s: container %q, want %q", argument, got, tt.id[:12])
			}
		}
	}
}
