package live

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gyrsec/gyr/test/runc"
)

const readSensitive = "Read Sensitive File By Untrusted Program"

// TestLiveSensitiveFileNames reads the password file by names that hide it.
// The alert has the name the kernel found, and the program's own beside it.
func TestLiveSensitiveFileNames(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink("/etc/shadow", link); err != nil {
		t.Fatal(err)
	}
	chain := filepath.Join(dir, "chain")
	if err := os.Symlink("link", chain); err != nil {
		t.Fatal(err)
	}
	etc := filepath.Join(dir, "etc")
	if err := os.Symlink("/etc", etc); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, dir, given string }{
		{"plain", "", "/etc/shadow"},
		{"symlink", "", link},
		{"symlink to a symlink", "", chain},
		{"symlink to the directory", "", etc + "/shadow"},
		{"dots", "", "/etc/../etc/shadow"},
		{"more dots", "", "/etc/./../etc//shadow"},
		{"relative", "/etc", "shadow"},
		{"relative to a symlink", etc, "./shadow"},
		{"root of a process", "", "/proc/self/root/etc/shadow"},
		{"directory of a process", "/etc", "/proc/self/cwd/shadow"},
	}
	g := start(t, markedOutputs(t))
	marks := newMarks()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mark := marks.next()
			cmd := exec.Command("cat", tt.given)
			cmd.Dir, cmd.Env = tt.dir, append(os.Environ(), markVariable+"="+mark)
			if err := cmd.Run(); err != nil {
				t.Fatal(err)
			}
			g.settle(t)
			found := g.find(func(a alert) bool { return a.text(markField) == mark })
			if len(found) != 1 || found[0].Rule != readSensitive {
				t.Fatalf("cat %s raised %q, want one alert of %s", tt.given, rulesOf(found), readSensitive)
			}
			checkNames(t, found[0], tt.given)
		})
	}
}

func checkNames(t *testing.T, a alert, given string) {
	t.Helper()
	if name, raw := a.text("fd.name"), a.text("fd.nameraw"); name != "/etc/shadow" || raw != given {
		t.Errorf("fd.name is %q, fd.nameraw %q; want /etc/shadow, %q", name, raw, given)
	}
}

// TestLiveSensitiveFileNamesInContainer does the same in a container, whose
// /etc/shadow is another file, and not one to the host.
func TestLiveSensitiveFileNamesInContainer(t *testing.T) {
	g := start(t)
	c := runc.Start(t, runc.Options{NoTerminal: true})
	c.Run(t, "/bin/ln -s /etc/shadow /tmp/link")
	seen := 1 // the alert for the link
	for _, tt := range []struct{ dir, given string }{
		{"/", "/etc/shadow"},
		{"/", "/tmp/link"},
		{"/tmp", "./link"},
		{"/", "/etc/../etc/shadow"},
		{"/etc", "shadow"},
		{"/", "/proc/self/root/etc/shadow"},
		{"/", "/proc/1/root/etc/shadow"},
	} {
		t.Run(tt.given, func(t *testing.T) {
			if got := c.Run(t, "cd "+tt.dir+"; /bin/cat "+tt.given); got != "root:*:19000:0:99999:7:::" {
				t.Fatalf("cat %s printed %q", tt.given, got)
			}
			g.settle(t)
			found := g.find(func(a alert) bool { return a.text("container.id") == c.ID[:12] })
			if len(found) != seen+1 || found[seen].Rule != readSensitive {
				t.Fatalf("cat %s raised %q, want one alert of %s more", tt.given, rulesOf(found[seen:]), readSensitive)
			}
			checkNames(t, found[seen], tt.given)
			seen++
		})
	}
}
