package places

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// limit bounds every wait.
const limit = 20 * time.Second

// binary is the gyr under test, built once; empty without root.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if os.Geteuid() != 0 {
		return m.Run() // the tests skip themselves
	}
	dir, err := os.MkdirTemp("", "gyr-places")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "gyr")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "github.com/gyrsec/gyr/cmd/gyr")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building gyr: %v\n%s", err, out)
		return 1
	}
	// Tests run it as another user, too.
	if err := os.Chmod(dir, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func requireRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("watching the kernel needs root")
	}
}

func requireProgram(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed", name)
		}
	}
}

// text is what a program has printed so far.
type text struct {
	mu sync.Mutex
	b  strings.Builder
}

func (x *text) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.Write(p)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.String()
}

// await waits for the text to contain part.
func (x *text) await(t *testing.T, part string) {
	t.Helper()
	for deadline := time.Now().Add(limit); !strings.Contains(x.String(), part); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no %q after %v:\n%s", part, limit, x)
		}
	}
}

// options of a run of gyr.
type options struct {
	// wrap is a command that ends in running its further arguments in its own
	// place, without a fork.
	wrap []string
	rule string // the rules file's text
	args []string
	// clone are the namespaces of its own it is started in.
	clone uintptr
	// stdout takes the alerts instead of instance.stdout.
	stdout io.Writer
}

// instance is a running gyr.
type instance struct {
	cmd            *exec.Cmd
	stdout, stderr *text
	ended          chan struct{}
}

// ready is in what gyr says when events flow.
const ready = "gyr: watching "

// begin starts gyr without waiting for anything. It is killed at the end of
// the test if it still runs.
func begin(t *testing.T, o options) *instance {
	t.Helper()
	dir := openDir(t)
	config, rules := filepath.Join(dir, "falco.yaml"), filepath.Join(dir, "rules.yaml")
	write(t, config, "stdout_output:\n  enabled: true\n")
	write(t, rules, o.rule)
	args := append(append(append([]string{}, o.wrap...), binary, "-c", config, "-r", rules), o.args...)
	g := &instance{cmd: exec.Command(args[0], args[1:]...), stdout: &text{}, stderr: &text{}, ended: make(chan struct{})}
	g.cmd.Stdout, g.cmd.Stderr = g.stdout, g.stderr
	g.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: o.clone}
	if o.stdout != nil {
		g.cmd.Stdout = o.stdout
	}
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = g.cmd.Wait()
		close(g.ended)
	}()
	t.Cleanup(func() {
		_ = g.cmd.Process.Kill() // harmless where it has ended
		<-g.ended
	})
	return g
}

// openDir is a directory other users can read, unlike those of t.TempDir.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(os.TempDir(), "gyr-places")
	if err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// start is begin, and waits until events flow.
func start(t *testing.T, o options) *instance {
	t.Helper()
	g := begin(t, o)
	g.stderr.await(t, ready)
	return g
}

// signal sends a signal.
func (g *instance) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := g.cmd.Process.Signal(s); err != nil {
		t.Fatalf("%v: %v\n%s", s, err, g.stderr)
	}
}

// wait waits for the end and returns the exit code, -1 for an end by signal.
func (g *instance) wait(t *testing.T, within time.Duration) int {
	t.Helper()
	select {
	case <-g.ended:
		return g.cmd.ProcessState.ExitCode()
	case <-time.After(within):
		t.Fatalf("gyr still runs after %v:\n%s", within, g.stderr)
		return 0
	}
}

// stop ends gyr as a service manager does and checks that all is well.
func (g *instance) stop(t *testing.T) {
	t.Helper()
	g.signal(t, os.Interrupt)
	if code := g.wait(t, limit); code != 0 {
		t.Errorf("exit code %d, want 0:\n%s", code, g.stderr)
	}
}

// refused waits for gyr to give up and checks that it did as promised: exit
// code 1, nothing on stdout, one message on stderr, which it returns, after that
// about the configuration it has read.
func (g *instance) refused(t *testing.T) string {
	t.Helper()
	if code := g.wait(t, limit); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if out := g.stdout.String(); out != "" {
		t.Errorf("stdout is %q, want nothing", out)
	}
	message := g.stderr.String()
	if first, rest, _ := strings.Cut(message, "\n"); strings.Contains(first, "schema validation: ok") {
		message = rest
	}
	if !strings.HasPrefix(message, "Error: ") || strings.Count(message, "\n") != 1 {
		t.Errorf("stderr is not one message:\n%s", message)
	}
	return message
}

// contains checks that a message says all of the parts.
func contains(t *testing.T, message string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(message, part) {
			t.Errorf("the message does not say %q:\n%s", part, message)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// openRule is a rule about files opened whose name begins with prefix.
func openRule(prefix string) string {
	return fmt.Sprintf(`- rule: Marker
  desc: A file of the test was opened.
  condition: evt.type in (open, openat, openat2) and fd.name startswith %s
  output: marker %%fd.name by %%proc.name as %%user.name
  priority: NOTICE
`, prefix)
}

// touch opens a file, which need not be there.
func touch(name string) {
	if f, err := os.Open(name); err == nil || !errors.Is(err, os.ErrNotExist) {
		_ = f.Close()
	}
}
