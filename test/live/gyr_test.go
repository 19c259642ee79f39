package live

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// limit bounds every wait for gyr. It prints an alert within milliseconds; the
// rest is for a machine that is busy with other tests.
const limit = 20 * time.Second

// sentinelRule is raised by what a test does to know that alerts of everything
// before have been printed.
const sentinelRule = "Sentinel Of The Live Tests"

// alert is one printed line.
type alert struct {
	raw string

	Hostname string         `json:"hostname"`
	Output   string         `json:"output"`
	Fields   map[string]any `json:"output_fields"` // numbers as json.Number
	Priority string         `json:"priority"`
	Rule     string         `json:"rule"`
	Source   string         `json:"source"`
	Tags     []string       `json:"tags"`
	Time     string         `json:"time"`
}

// text is the value of an output field, "" where it has none.
func (a alert) text(field string) string {
	s, _ := a.Fields[field].(string)
	return s
}

// instance is a running gyr.
type instance struct {
	cmd       *exec.Cmd
	sentinels string // the directory of the files that raise the sentinel
	ended     chan struct{}

	mu      sync.Mutex
	alerts  []alert
	bad     []string // lines that are no alerts
	stderr  bytes.Buffer
	changed chan struct{} // closed and replaced when any of them grows
	number  int           // of sentinels
}

// programs are where the test's programs are built, once for all tests.
var programs struct {
	sync.Mutex
	dir string
}

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(programs.dir)
	os.Exit(code)
}

// build returns a program of this module as a static file.
func build(t *testing.T, pkg string) string {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	if programs.dir == "" {
		dir, err := os.MkdirTemp("", "gyr-live")
		if err != nil {
			t.Fatal(err)
		}
		programs.dir = dir
	}
	file := filepath.Join(programs.dir, filepath.Base(pkg))
	if _, err := os.Stat(file); err == nil {
		return file
	}
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", file, pkg)
	cmd.Env = append(unmarked(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pkg, err, out)
	}
	return file
}

// unmarked is the test's environment without a mark: for programs that are no
// part of what it does.
func unmarked() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, markVariable+"=") })
}

func requireRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: watches the running kernel")
	}
}

// start starts gyr with the delivered configuration and rules and the rules in
// more, and returns when it watches. It ends with the test.
func start(t *testing.T, more ...string) *instance {
	t.Helper()
	return startFiles(t, nil, []string{configFile(t, "falco_rules.yaml"), configFile(t, "falco_rules.local.yaml")}, more...)
}

// startFiles is start with other rule files and with options as for -o.
func startFiles(t *testing.T, options, files []string, more ...string) *instance {
	t.Helper()
	requireRoot(t)
	g := &instance{sentinels: t.TempDir(), ended: make(chan struct{}), changed: make(chan struct{})}
	args := append(aside(), "-c", configFile(t, "falco.yaml"), "-o", "json_output=true")
	for _, o := range options {
		args = append(args, "-o", o)
	}
	files = slices.Clone(files)
	for i, text := range append(slices.Clone(more), g.sentinel()) {
		file := filepath.Join(t.TempDir(), fmt.Sprintf("more%d.yaml", i))
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, f := range files {
		args = append(args, "-r", f)
	}
	g.cmd = exec.Command(build(t, "github.com/gyrsec/gyr/cmd/gyr"), args...)
	g.cmd.Env = unmarked()
	stdout, err := g.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	g.cmd.Stderr = writer(func(p []byte) { g.grow(func() { g.stderr.Write(p) }) })
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go g.read(stdout, read)
	go func() {
		<-read
		g.cmd.Wait()
		close(g.ended)
	}()
	t.Cleanup(func() { g.stop(t) })
	g.wait(t, "that it watches", func() bool { return strings.Contains(g.stderr.String(), "gyr: watching ") })
	return g
}

// aside are the options of one of several instances on this machine: they cannot
// have one port. No runtime has made the tests' containers, so none is asked: events
// would wait for it, and alerts would not come in the order of their events. The
// machine's log is no place for them.
func aside() []string {
	return []string{
		"-o", "syslog_output.enabled=false",
		"-o", "webserver.enabled=false",
		"-o", "gyr.containers.files=false",
		"-o", `plugins=[{name: container, init_config: {engines: {docker: {enabled: false}, podman: {enabled: false}, containerd: {enabled: false}, cri: {enabled: false}}}}]`,
	}
}

func configFile(t *testing.T, name string) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("../../config", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// writer calls itself with what is written.
type writer func([]byte)

func (w writer) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}

// sentinel is the file with the rule of that name.
func (g *instance) sentinel() string {
	return fmt.Sprintf(`
- rule: %s
  desc: The test looks whether alerts of everything before have been printed.
  condition: evt.type in (open, openat, openat2) and fd.name startswith %s/
  output: file=%%fd.name
  priority: DEBUG
`, sentinelRule, g.sentinels)
}

// grow changes what tests wait for.
func (g *instance) grow(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
	close(g.changed)
	g.changed = make(chan struct{})
}

// read collects the alerts. The counters gyr prints at its end begin with a
// line that is none.
func (g *instance) read(stdout io.Reader, done chan<- struct{}) {
	defer close(done)
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "Events detected:") {
			break
		}
		a := alert{raw: line}
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&a); err != nil {
			g.grow(func() { g.bad = append(g.bad, fmt.Sprintf("%v in %s", err, line)) })
			continue
		}
		g.grow(func() { g.alerts = append(g.alerts, a) })
	}
	io.Copy(io.Discard, stdout)
}

// wait waits until ready, which is called under the lock, or fails the test.
func (g *instance) wait(t *testing.T, what string, ready func() bool) {
	t.Helper()
	timeout := time.After(limit)
	for {
		g.mu.Lock()
		done, changed, stderr := ready(), g.changed, g.stderr.String()
		g.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-g.ended:
			t.Fatalf("gyr ended (%v) while the test waited for it to say %s:\n%s", g.cmd.ProcessState, what, stderr)
		case <-timeout:
			t.Fatalf("gyr has not said %s after %v:\n%s", what, limit, stderr)
		}
	}
}

// settle returns when the alerts of everything that happened before have been
// printed: alerts come in the order of their events.
func (g *instance) settle(t *testing.T) {
	t.Helper()
	g.mu.Lock()
	g.number++
	file := filepath.Join(g.sentinels, fmt.Sprint(g.number))
	g.mu.Unlock()
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	g.await(t, sentinelRule+" for "+file, func(a alert) bool { return a.Rule == sentinelRule && a.text("fd.name") == file })
}

// await waits for an alert.
func (g *instance) await(t *testing.T, what string, accept func(alert) bool) alert {
	t.Helper()
	var found alert
	seen := 0
	g.wait(t, what, func() bool {
		for ; seen < len(g.alerts); seen++ {
			if accept(g.alerts[seen]) {
				found = g.alerts[seen]
				return true
			}
		}
		return false
	})
	return found
}

// find returns the alerts so far that accept takes.
func (g *instance) find(accept func(alert) bool) []alert {
	g.mu.Lock()
	defer g.mu.Unlock()
	var found []alert
	for _, a := range g.alerts {
		if accept(a) {
			found = append(found, a)
		}
	}
	return found
}

// stop ends gyr as a service manager would and looks at how it went.
func (g *instance) stop(t *testing.T) {
	t.Helper()
	g.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-g.ended:
	case <-time.After(limit):
		g.cmd.Process.Kill()
		<-g.ended
		t.Errorf("gyr had to be killed %v after SIGTERM", limit)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if code := g.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("gyr ended with %d after SIGTERM:\n%s", code, g.stderr.String())
	}
	if len(g.bad) > 0 {
		t.Errorf("lines that are no alerts:\n%s", strings.Join(g.bad, "\n"))
	}
	if _, counters, _ := strings.Cut(g.stderr.String(), "gyr: events="); !strings.Contains(counters, " lost=0 ") || t.Failed() {
		t.Logf("gyr's own messages:\n%s", g.stderr.String())
	}
}
