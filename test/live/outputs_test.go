package live

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Alerts go to all outputs at the same time, though one of them hangs, and at
// SIGUSR1 the file is opened anew.
func TestLiveOutputs(t *testing.T) {
	dir := t.TempDir()
	hangs, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer hangs.Close()
	g := startFiles(t, []string{
		fmt.Sprintf("file_output={enabled: true, keep_alive: true, filename: %s/file}", dir),
		fmt.Sprintf("program_output={enabled: true, keep_alive: true, program: cat >> %s/program}", dir),
		fmt.Sprintf("http_output={enabled: true, url: 'http://%s'}", hangs.Addr()),
		"output_timeout=100",
	}, nil)
	// has waits until the file tells of the sentinel of that number.
	has := func(name string, number int) {
		t.Helper()
		what := fmt.Sprintf("%s/%d\"", g.sentinels, number)
		for deadline := time.Now().Add(limit); !strings.Contains(content(t, dir, name), what); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s has no %s after %v:\n%s", name, what, limit, content(t, dir, name))
			}
		}
	}
	g.settle(t)
	has("file", 1)
	has("program", 1)
	g.wait(t, "that the server hangs", func() bool { return strings.Contains(g.stderr.String(), `\"http\" output timeout`) })

	if err := os.Rename(filepath.Join(dir, "file"), filepath.Join(dir, "old")); err != nil {
		t.Fatal(err)
	}
	if err := g.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		g.settle(t)
		if _, err := os.Stat(filepath.Join(dir, "file")); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the file is not made anew")
		}
	}
	has("file", g.number)
	has("program", g.number)
	lines := func(names ...string) (n int) {
		for _, name := range names {
			n += strings.Count(content(t, dir, name), "\n")
		}
		return n
	}
	if all := lines("old", "file"); all != g.number || lines("program") != g.number {
		t.Errorf("%d lines in the files, %d of the program, want %d", all, lines("program"), g.number)
	}
}

func content(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(b)
}
