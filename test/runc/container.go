package runc

import (
	"context"
	"crypto/rand"
	"debug/elf"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// limit bounds every step that waits for runc. A container is up in well under
// a second; the rest is for a machine that is busy with other tests.
const limit = 30 * time.Second

// Options choose the container. The zero value is a shell on a terminal, as
// `docker run -it` would start it.
type Options struct {
	// ID is the container's id: 64 hexadecimal digits; made up when empty.
	ID string
	// CgroupsPath is the absolute cgroup path in every hierarchy, and what a
	// container is recognised by; /docker/ID when empty.
	CgroupsPath string
	// Args is the program; a shell when empty.
	Args []string
	// Env is added to the environment, as NAME=value.
	Env []string
	// UID is the user and the group; root when 0.
	UID uint32
	// Capabilities are granted beside those Docker grants, as CAP_SYS_ADMIN.
	Capabilities []string
	// NoTerminal gives the program pipes instead of a terminal.
	NoTerminal bool
	// HostNetwork leaves the container in the network namespace of the test.
	// Otherwise it has one of its own, in which nothing is up.
	HostNetwork bool
	// Binds are directories and files of the host seen in the container.
	Binds []Bind
}

// Bind shows the host's Source at Target in the container.
type Bind struct{ Source, Target string }

// Container is a running container. The Program is its first process's.
type Container struct {
	*Program
	ID string

	runc     string
	state    string // runc's own records, apart from those of other tools
	dir      string
	programs []*Program
}

// Start starts a container and returns when its first process runs. It is
// killed and deleted at the end of the test. Start skips the test where it
// lacks root, runc or busybox-static, and fails it where runc fails.
func Start(t testing.TB, o Options) *Container {
	t.Helper()
	runc, busybox := require(t)
	if o.ID == "" {
		o.ID = NewID()
	}
	if o.CgroupsPath == "" {
		o.CgroupsPath = "/docker/" + o.ID
	}
	if len(o.Args) == 0 {
		o.Args = []string{"sh"}
	}
	c := &Container{ID: o.ID, runc: runc, dir: t.TempDir()}
	c.state = filepath.Join(c.dir, "state")
	bundle := filepath.Join(c.dir, "bundle")
	if err := writeBundle(bundle, busybox, o); err != nil {
		t.Fatalf("making a bundle in %s: %v", bundle, err)
	}
	leftover := missingCgroups(t, o.CgroupsPath)
	t.Cleanup(func() {
		c.remove(t)
		removeCgroups(leftover)
	})
	c.Program = c.program(t, !o.NoTerminal, "run", "--bundle", bundle, o.ID)
	c.PID(t)
	return c
}

// Exec starts a program in the running container, on a terminal of its own, as
// `docker exec -it` would. It need not run any more when Exec returns.
func (c *Container) Exec(t testing.TB, args ...string) *Program {
	t.Helper()
	return c.program(t, true, append([]string{"exec", "--tty", c.ID}, args...)...)
}

// ExecNoTerminal is Exec with pipes instead of a terminal.
func (c *Container) ExecNoTerminal(t testing.TB, args ...string) *Program {
	t.Helper()
	return c.program(t, false, append([]string{"exec", c.ID}, args...)...)
}

// NewID makes up a container id: 64 hexadecimal digits.
func NewID() string {
	var b [32]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// require finds the programs containers are made with, or skips the test.
func require(t testing.TB) (runc, busybox string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: starts a container with runc")
	}
	runc, err := exec.LookPath("runc")
	if err != nil {
		t.Skip("needs runc: apt-get install runc, or make test-deps")
	}
	busybox, err = exec.LookPath("busybox")
	if err != nil || !static(busybox) {
		t.Skip("needs a static busybox: apt-get install busybox-static, or make test-deps")
	}
	return runc, busybox
}

// static reports whether a program asks for no dynamic loader: there is none
// in the container.
func static(name string) bool {
	f, err := elf.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return false
		}
	}
	return true
}

// remove kills what runs in the container and deletes it. Both may fail where
// the container has ended or never began; what is left is reported.
func (c *Container) remove(t testing.TB) {
	c.command("kill", "--all", c.ID, "KILL")
	for _, p := range c.programs {
		p.end(t)
	}
	c.command("delete", "--force", c.ID)
	if _, err := os.Stat(filepath.Join(c.state, c.ID)); err == nil {
		t.Errorf("container %s is still there after runc delete", c.ID)
	}
}

// command runs runc to its end and returns what it printed.
func (c *Container) command(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	out, err := exec.CommandContext(ctx, c.runc, append([]string{"--root", c.state}, args...)...).CombinedOutput()
	return string(out), err
}

// missingCgroups lists the directories above a cgroup that runc will make and
// not remove, deepest first.
func missingCgroups(t testing.TB, path string) []string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	for line := range strings.Lines(string(mounts)) {
		f := strings.Fields(line)
		if len(f) < 3 || f[2] != "cgroup" && f[2] != "cgroup2" {
			continue
		}
		for dir := filepath.Dir(path); dir != "/"; dir = filepath.Dir(dir) {
			full := filepath.Join(f[1], dir)
			if _, err := os.Stat(full); os.IsNotExist(err) {
				missing = append(missing, full)
			}
		}
	}
	return missing
}

// removeCgroups removes directories that hold no cgroup of anybody else: the
// kernel refuses the others.
func removeCgroups(dirs []string) {
	for _, d := range dirs {
		os.Remove(d)
	}
}
