package live

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/test/runc"
)

const watchedRead = "Watched File Read"

// watchedFiles is a rules file with a rule that names files.
func watchedFiles(files ...string) string {
	return fmt.Sprintf(`
- rule: %s
  desc: The test watches files by their names.
  condition: evt.type in (open, openat, openat2) and evt.is_open_read = true and fd.name in (%s)
  output: file=%%fd.name given=%%fd.nameraw real=%%fd.realpath container=%%container.id mark=%%%s
  priority: WARNING
`, watchedRead, strings.Join(files, ", "), markField)
}

// known are the alerts of the rule about a program with that mark.
func (g *instance) known(t *testing.T, mark string) []alert {
	t.Helper()
	g.settle(t)
	return g.find(func(a alert) bool { return a.Rule == watchedRead && a.text(markField) == mark })
}

// reads has a program read a file and wants one alert that calls it want, or
// none.
func (g *instance) reads(t *testing.T, m *marks, given, want string) {
	t.Helper()
	mark := m.next()
	if printed, status := run(t, mark, "/bin/cat", given); status != 0 {
		t.Fatalf("cat %s: %s", given, printed)
	}
	g.knows(t, mark, given, want)
}

func (g *instance) knows(t *testing.T, mark, given, want string) {
	t.Helper()
	found := g.known(t, mark)
	switch {
	case want == "" && len(found) > 0:
		t.Errorf("cat %s raised an alert: %s", given, found[0].raw)
	case want != "" && len(found) != 1:
		t.Errorf("cat %s raised %d alerts, want one about %s, of all: %v", given, len(found), want, rulesOf(g.find(func(a alert) bool { return a.text(markField) == mark })))
	case want == "":
	case found[0].text("fd.name") != want || found[0].text("fd.nameraw") != given || found[0].text("fd.realpath") != given && want != given:
		t.Errorf("cat %s: fd.name, want %s: %s", given, want, found[0].raw)
	}
}

// learns has a program read a file until it is known, within the two seconds
// after it has replaced another that are documented; twice as long as that, as
// the machine may be busy.
func (g *instance) learns(t *testing.T, m *marks, given, want string) {
	t.Helper()
	for end := time.Now().Add(4 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		mark := m.next()
		run(t, mark, "/bin/cat", given)
		if len(g.known(t, mark)) > 0 {
			break
		}
	}
	g.reads(t, m, given, want)
}

// TestLiveIdentity reaches a file that rules name by other names.
func TestLiveIdentity(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := write(0o600, map[string]string{at("secret"): "1\n", at("linked"): "1\n", at("other"): "1\n", at("sub/.keep"): ""}); err != nil {
		t.Fatal(err)
	}
	link := func(old, name string) {
		t.Helper()
		if err := os.Link(at(old), at(name)); err != nil {
			t.Fatal(err)
		}
	}
	// replace does what passwd does.
	replace := func(name string) {
		t.Helper()
		if err := write(0o600, map[string]string{at("new"): "2\n"}); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(at("new"), at(name)); err != nil {
			t.Fatal(err)
		}
	}
	g, m := start(t, watchedFiles(at("secret"), at("linked"), at("moving"))), newMarks()
	t.Run("names", func(t *testing.T) {
		link("secret", "hard")
		link("secret", "sub/hard")
		link("other", "otherhard")
		g.reads(t, m, at("secret"), at("secret"))
		g.reads(t, m, at("hard"), at("secret"))
		g.reads(t, m, at("sub/hard"), at("secret"))
		g.reads(t, m, at("otherhard"), "")
	})
	t.Run("replaced", func(t *testing.T) {
		link("linked", "before")
		g.reads(t, m, at("before"), at("linked"))
		replace("linked")
		g.reads(t, m, at("linked"), at("linked")) // by which the new file is known
		link("linked", "after")
		g.learns(t, m, at("after"), at("linked"))
		g.reads(t, m, at("before"), at("linked")) // what the file was is in there
	})
	t.Run("moved away", func(t *testing.T) {
		if err := write(0o600, map[string]string{at("moving"): "1\n"}); err != nil {
			t.Fatal(err)
		}
		link("moving", "moving2")
		g.learns(t, m, at("moving2"), at("moving"))
		if err := os.Remove(at("moving2")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(at("moving"), at("moved")); err != nil {
			t.Fatal(err)
		}
		g.learns(t, m, at("moved"), at("moving"))
	})
	t.Run("replaced and not opened", func(t *testing.T) {
		replace("linked")
		link("linked", "unopened")
		g.learns(t, m, at("unopened"), at("linked"))
	})
	t.Run("its number goes to another", func(t *testing.T) {
		if err := errors.Join(write(0o600, map[string]string{at("linked"): ""}), os.Remove(at("before")), os.Remove(at("after"))); err != nil {
			t.Fatal(err)
		}
		g.reads(t, m, at("linked"), at("linked"))
		was := inode(t, at("secret"))
		for _, name := range []string{"hard", "sub/hard"} {
			if err := os.Remove(at(name)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2500 * time.Millisecond) // it has no other link now, and that is known
		replace("secret")
		reused := false
		for i := 0; i < 100 && !reused; i++ {
			name := at(fmt.Sprint("next", i))
			if err := write(0o600, map[string]string{name: ""}); err != nil {
				t.Fatal(err)
			}
			if reused = inode(t, name) == was; reused {
				g.reads(t, m, name, "")
			}
		}
		if !reused {
			t.Log("the file system does not give a number to another file at once: nothing was tested")
		}
	})
}

func inode(t *testing.T, name string) uint64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Ino
}

// TestLiveIdentityMounts reaches files through bind mounts, in a mount namespace
// of its own.
func TestLiveIdentityMounts(t *testing.T) {
	requireRoot(t)
	dir := t.TempDir()
	hosts := filepath.Join(dir, "secret")
	if err := write(0o600, map[string]string{hosts: "1\n", filepath.Join(dir, "other"): "1\n"}); err != nil {
		t.Fatal(err)
	}
	room := newRoom(t)
	g, m := start(t, watchedFiles(hosts, "/etc/shadow.test", "/srv/payroll/list")), newMarks()
	t.Run("room", func(t *testing.T) {
		room.enter(t)
		bind := func(from, to string) {
			t.Helper()
			info, err := os.Stat(from)
			if err == nil && info.IsDir() {
				err = os.MkdirAll(to, 0o755)
			} else if err == nil {
				err = write(0o600, map[string]string{to: ""})
			}
			if err == nil {
				err = unix.Mount(from, to, "", unix.MS_BIND, "")
			}
			if err != nil {
				t.Fatalf("bind %s to %s: %v", from, to, err)
			}
		}
		// The room's own files are found by a program that runs in it.
		keep := exec.Command("/bin/sleep", "60")
		if err := keep.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { keep.Process.Kill(); keep.Wait() }()
		bind(hosts, "/mnt/bound")
		bind(dir, "/mnt/dir")
		bind("/srv", "/mnt/srv")
		g.reads(t, m, "/mnt/bound", hosts)
		g.reads(t, m, "/mnt/dir/secret", hosts)
		g.reads(t, m, "/mnt/dir/other", "")
		g.learns(t, m, "/mnt/srv/payroll/list", "/srv/payroll/list")
		if err := errors.Join(write(0o600, map[string]string{hosts + "+": "2\n"}), os.Rename(hosts+"+", hosts)); err != nil {
			t.Fatal(err)
		}
		g.reads(t, m, "/mnt/bound", hosts) // where the file is that was replaced
		g.reads(t, m, "/mnt/dir/secret", hosts)
		if err := os.Link("/srv/payroll/list", "/srv/hard"); err != nil {
			t.Fatal(err)
		}
		g.reads(t, m, "/srv/hard", "/srv/payroll/list")
		g.reads(t, m, "/mnt/srv/hard", "/srv/payroll/list")
	})
}

// TestLiveIdentityInContainer does so in a container that is started while gyr
// watches, from its first program on.
func TestLiveIdentityInContainer(t *testing.T) {
	requireRoot(t)
	dir := t.TempDir()
	hosts := filepath.Join(dir, "secret")
	if err := write(0o600, map[string]string{hosts: "1\n"}); err != nil {
		t.Fatal(err)
	}
	image := overlay(t)
	g, m := start(t, watchedFiles(hosts, "/etc/hostname", "/opt/image/secret")), newMarks()
	first := m.next()
	c := runc.Start(t, runc.Options{
		NoTerminal: true, Env: []string{markVariable + "=" + first},
		Args:  []string{"/bin/sh", "-c", "/bin/ln /etc/hostname /tmp/hard; /bin/cat /tmp/hard; exec /bin/sh"},
		Binds: []runc.Bind{{Source: dir, Target: "/opt/bound"}, {Source: image, Target: "/opt/image"}},
	})
	c.Run(t, ":") // it has done the rest then
	g.knows(t, first, "/tmp/hard", "/etc/hostname")
	for _, tt := range []struct{ before, given, want string }{
		{":", "/tmp/hard", "/etc/hostname"},
		{":", "/opt/bound/secret", hosts},
		{":", "/opt/image/secret", "/opt/image/secret"},
		{"/bin/ln /opt/image/secret /opt/image/hard", "/opt/image/hard", "/opt/image/secret"},
		{"/bin/ln /opt/image/other /opt/image/otherhard", "/opt/image/otherhard", ""},
		{"/bin/ln /etc/group /tmp/group", "/tmp/group", ""},
	} {
		mark := m.next()
		if printed := c.Run(t, fmt.Sprintf("%s && %s=%s /bin/cat %s >/dev/null && echo done", tt.before, markVariable, mark, tt.given)); printed != "done" {
			t.Fatalf("cat %s: %s", tt.given, printed)
		}
		g.knows(t, mark, tt.given, tt.want)
		for _, a := range g.known(t, mark) {
			if a.text("container.id") != c.ID[:12] {
				t.Errorf("not in the container: %s", a.raw)
			}
		}
	}
}

// overlay mounts an overlay file system with files in its lower layer.
func overlay(t *testing.T) string {
	t.Helper()
	lower, rest := t.TempDir(), t.TempDir()
	merged := filepath.Join(rest, "merged")
	err := write(0o644, map[string]string{filepath.Join(lower, "secret"): "1\n", filepath.Join(lower, "other"): "1\n"})
	for _, name := range []string{"upper", "work", "merged"} {
		err = errors.Join(err, os.Mkdir(filepath.Join(rest, name), 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%[2]s/upper,workdir=%[2]s/work", lower, rest)
	if err := unix.Mount("overlay", merged, "overlay", 0, options); err != nil {
		t.Fatalf("mount an overlay file system: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(merged, unix.MNT_DETACH) })
	return merged
}
