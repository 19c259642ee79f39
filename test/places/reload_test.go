package places

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// At SIGHUP the rules are read anew: broken ones are refused as a whole and
// leave those in force, good ones take over, and what they need is captured
// from then on.
func TestLiveReload(t *testing.T) {
	requireRoot(t)
	dir := openDir(t)
	file, seen, tried := filepath.Join(dir, "own.yaml"), filepath.Join(dir, "seen"), filepath.Join(dir, "tried")
	opened := "- rule: opened\n  desc: d\n  condition: evt.type = openat and fd.name = " + seen + "\n  output: OPENED %fd.name\n  priority: INFO\n"
	failed := "- rule: tried\n  desc: d\n  condition: evt.type = execve and evt.failed = true and evt.arg.filename = " + tried + "\n  output: TRIED %evt.arg.filename\n  priority: INFO\n"
	quiet := "- rule: quiet\n  desc: d\n  condition: evt.type = execve and proc.name = no-such-name\n  output: quiet\n  priority: INFO\n"
	open := func() {
		f, _ := os.Open(seen) // there is no such file: the attempt counts
		_ = f.Close()
	}
	run := func() { _ = syscall.Exec(tried, []string{tried}, nil) } // fails: there is no such file

	write(t, file, opened)
	g := start(t, options{rule: quiet, args: []string{"-r", file, "-U"}})
	open()
	g.stdout.await(t, "OPENED "+seen)

	// One good rule and one bad one: neither counts.
	write(t, file, failed+"- rule: bad\n  desc: d\n  condition: evt.type = openat and fd.nmae = x\n  output: o\n  priority: INFO\n")
	g.signal(t, syscall.SIGHUP)
	g.stderr.await(t, "the rules in force stay")
	if !strings.Contains(g.stderr.String(), "fd.name") || !strings.Contains(g.stderr.String(), file) {
		t.Errorf("the refusal does not say what is wrong and where:\n%s", g.stderr)
	}
	run()
	open()
	awaitCount(t, g.stdout, "OPENED "+seen, 2)
	if strings.Contains(g.stdout.String(), "TRIED") {
		t.Errorf("a rule of a refused file is in force:\n%s", g.stdout)
	}

	write(t, file, failed)
	g.signal(t, syscall.SIGHUP)
	g.stderr.await(t, "rules are loaded anew")
	open()
	run()
	g.stdout.await(t, "TRIED "+tried)
	if n := strings.Count(g.stdout.String(), "OPENED"); n != 2 {
		t.Errorf("%d alerts of the rule that is gone, want the 2 from before:\n%s", n, g.stdout)
	}
	g.stop(t)
	for _, want := range []string{"   opened: 2\n", "   tried: 1\n"} {
		if !strings.Contains(g.stdout.String(), want) {
			t.Errorf("the summary lacks %q: counts go on over a reload:\n%s", want, g.stdout)
		}
	}
}

// awaitCount waits for the text to contain part n times.
func awaitCount(t *testing.T, x *text, part string, n int) {
	t.Helper()
	for deadline := time.Now().Add(limit); strings.Count(x.String(), part) < n; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no %d times %q after %v:\n%s", n, part, limit, x)
		}
	}
}

// Files of rules that change are read anew by themselves, in the way Kubernetes
// changes those of a ConfigMap, too; that new ones were refused is an alert.
func TestLiveWatchFiles(t *testing.T) {
	requireRoot(t)
	dir := openDir(t)
	volume := filepath.Join(dir, "volume")
	opened := func(word string) string {
		return "- rule: opened\n  desc: d\n  condition: evt.type = openat and fd.name = " + dir + "/seen\n  output: " + word + " %fd.name\n  priority: INFO\n"
	}
	// version makes the next version of the volume, as the kubelet does.
	number := 0
	version := func(rule string) {
		number++
		name := fmt.Sprintf("..%d", number)
		if err := os.MkdirAll(filepath.Join(volume, name), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(volume, name, "own.yaml"), rule)
		if err := os.Symlink(name, filepath.Join(volume, "..tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(volume, "..tmp"), filepath.Join(volume, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	version(opened("FIRST"))
	if err := os.Symlink("..data/own.yaml", filepath.Join(volume, "own.yaml")); err != nil {
		t.Fatal(err)
	}
	g := start(t, options{rule: openRule("/nowhere"), args: []string{"-r", volume, "-U"}})
	touch(filepath.Join(dir, "seen"))
	g.stdout.await(t, "FIRST "+dir)

	version(opened("SECOND"))
	g.stderr.await(t, "files have changed: rules are loaded anew")
	touch(filepath.Join(dir, "seen"))
	g.stdout.await(t, "SECOND "+dir)

	version("- rule: bad\n")
	g.stdout.await(t, "Critical Falco internal: hot restart failure: ")
	touch(filepath.Join(dir, "seen"))
	awaitCount(t, g.stdout, "SECOND "+dir, 2)
	g.stop(t)
}
