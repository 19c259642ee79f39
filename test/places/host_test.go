package places

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// In a PID namespace of its own, as in a pod without hostPID, Gyr finds the
// host's processes and users below HOST_ROOT: those older than it, too, and
// itself among them.
func TestLiveOwnPIDNamespace(t *testing.T) {
	requireRoot(t)
	requireProgram(t, "mount")
	host, dir := t.TempDir(), t.TempDir()
	script := `set -e
mount --make-rprivate /
mount --bind / ` + host + `
mount --rbind /proc ` + host + `/proc
mount -t proc proc /proc
mount -t tmpfs none /etc
export HOST_ROOT=` + host + `
exec "$@"`
	rule := fmt.Sprintf(`- rule: Opened
  desc: A file of the test was opened.
  condition: evt.type in (open, openat, openat2) and fd.name startswith %s/
  output: pid=%%proc.pid name=%%proc.name exe=%%proc.exepath parent=%%proc.ppid user=%%user.name file=%%fd.filename
  priority: NOTICE
- rule: Own
  desc: Gyr itself opened a file.
  condition: evt.type in (open, openat, openat2) and proc.name=gyr and proc.vpid=1 and container.id=host
  output: own %%fd.name
  priority: NOTICE
`, dir)
	g := start(t, options{
		wrap: []string{"/bin/sh", "-c", script, "sh"}, clone: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
		rule: rule, args: []string{"-U"},
	})
	touch(filepath.Join(dir, "one"))
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The name is the kernel's: cut after 15 bytes.
	name := filepath.Base(exe)
	g.stdout.await(t, fmt.Sprintf("pid=%d name=%s exe=%s parent=%d user=root file=one", os.Getpid(), name[:min(len(name), 15)], exe, os.Getppid()))
	touch(filepath.Join(dir, "two"))
	g.stdout.await(t, "file=two")
	g.stop(t)
	if strings.Contains(g.stdout.String(), " own ") {
		t.Errorf("Gyr's own opens were reported:\n%s", g.stdout)
	}
}
