package places

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Gyr asks nothing of tracefs and debugfs, where other sensors find their
// trace points.
func TestLiveNoTracefs(t *testing.T) {
	requireRoot(t)
	requireProgram(t, "unshare", "umount")
	dir := t.TempDir()
	hide := `for d in /sys/kernel/tracing /sys/kernel/debug; do
		while umount -l $d 2>/dev/null; do :; done
		if [ -d $d ]; then mount -t tmpfs none $d; fi
	done`
	g := start(t, options{wrap: inNamespace(hide), rule: openRule(dir), args: []string{"-U"}})
	touch(filepath.Join(dir, "marker"))
	g.stdout.await(t, "marker "+dir+"/marker")
	g.stop(t)
}

func TestLiveTwoInstances(t *testing.T) {
	requireRoot(t)
	dir := t.TempDir()
	first := start(t, options{rule: openRule(dir), args: []string{"-U"}})
	second := start(t, options{rule: openRule(dir), args: []string{"-U"}})
	touch(filepath.Join(dir, "both"))
	first.stdout.await(t, "marker "+dir+"/both")
	second.stdout.await(t, "marker "+dir+"/both")
	// The end of one is nothing to the other.
	first.stop(t)
	touch(filepath.Join(dir, "one"))
	second.stdout.await(t, "marker "+dir+"/one")
	second.stop(t)
}

// Gyr's own opens, of which there are many when it starts and when it looks up
// a process or a user, raise no events: it would never come to rest.
func TestLiveSelf(t *testing.T) {
	requireRoot(t)
	dir := t.TempDir()
	own := filepath.Join(t.TempDir(), "gyrself")
	if err := os.Link(binary, own); err != nil {
		b, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(own, b, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	defer func(b string) { binary = b }(binary)
	binary = own
	rule := `- rule: Own
  desc: gyr itself opened a file.
  condition: evt.type in (open, openat, openat2) and proc.name=gyrself
  output: own %fd.name
  priority: NOTICE
` + openRule(dir)
	g := start(t, options{rule: rule, args: []string{"-U"}})
	touch(filepath.Join(dir, "one"))
	g.stdout.await(t, "marker "+dir+"/one")
	// Once more after its housekeeping.
	time.Sleep(1500 * time.Millisecond)
	touch(filepath.Join(dir, "two"))
	g.stdout.await(t, "marker "+dir+"/two")
	g.stop(t)
	if own := strings.Count(g.stdout.String(), " own "); own != 0 {
		t.Errorf("%d opens of gyr's own were reported:\n%s", own, g.stdout)
	}
	// The rule itself works: what another program does is seen.
	g = start(t, options{rule: rule, args: []string{"-U"}})
	if out, err := exec.Command(own, "--version").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	g.stdout.await(t, " own ")
	g.stop(t)
}
