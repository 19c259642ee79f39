package containers

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

	"github.com/gyrsec/gyr/test/e2e/runtimes"
)

// limit bounds every wait for gyr. It prints an alert within milliseconds, or
// about a second where it waits for a runtime; the rest is for a machine that is
// busy.
const limit = 30 * time.Second

// alert is one printed line.
type alert struct {
	raw  string
	came time.Time

	Rule   string         `json:"rule"`
	Output string         `json:"output"`
	Fields map[string]any `json:"output_fields"` // numbers as json.Number
}

// text is the value of an output field, "" where it has none.
func (a alert) text(field string) string {
	switch v := a.Fields[field].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

// delay is how long after its event the alert was printed.
func (a alert) delay(t *testing.T) time.Duration {
	t.Helper()
	n, ok := a.Fields["evt.rawtime"].(json.Number)
	ns, err := n.Int64()
	if !ok || err != nil {
		t.Fatalf("no evt.rawtime in %s", a.raw)
	}
	return a.came.Sub(time.Unix(0, ns))
}

// gyr is a running gyr.
type gyr struct {
	cmd   *exec.Cmd
	port  int // of /metrics
	ended chan struct{}

	mu      sync.Mutex
	alerts  []alert
	bad     []string // lines that are no alerts
	stderr  bytes.Buffer
	changed chan struct{} // closed and replaced when any of them grows
}

// startGyr starts gyr with these rules and more settings, and returns when it
// watches. It ends with the test.
func startGyr(t *testing.T, p *runtimes.Place, rules, settings string) *gyr {
	t.Helper()
	dir := t.TempDir()
	g := &gyr{port: freePort(t), ended: make(chan struct{}), changed: make(chan struct{})}
	ruleFile, config := filepath.Join(dir, "rules.yaml"), filepath.Join(dir, "gyr.yaml")
	write(t, ruleFile, rules)
	write(t, config, fmt.Sprintf(`rules_files: [%s]
rule_matching: all
json_output: true
stdout_output: {enabled: true}
log_stderr: true
metrics: {enabled: true}
webserver: {enabled: true, listen_address: 127.0.0.1, listen_port: %d, prometheus_metrics_enabled: true}
%s`, ruleFile, g.port, settings))
	// In a mount namespace in which the runtimes are configured as the machine's.
	g.cmd = exec.Command("unshare", "--mount", "sh", "-c", `mount -t overlay -o "lowerdir=$1:/etc" gyr /etc && shift && exec "$@"`, "sh",
		p.Etc, program(t, p), "-c", config)
	// Else the files would be those of process 1's mount namespace.
	g.cmd.Env = append(os.Environ(), "HOST_ROOT=/")
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

// program is the gyr to test: the one GYR_PROGRAM names, or this module's.
func program(t *testing.T, p *runtimes.Place) string {
	t.Helper()
	if file := os.Getenv("GYR_PROGRAM"); file != "" {
		return file
	}
	return p.Build(t, "github.com/gyrsec/gyr/cmd/gyr")
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// grow changes what tests wait for.
func (g *gyr) grow(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
	close(g.changed)
	g.changed = make(chan struct{})
}

// read collects the alerts. The counters gyr prints at its end begin with a
// line that is none.
func (g *gyr) read(stdout io.Reader, done chan<- struct{}) {
	defer close(done)
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		a := alert{came: time.Now(), raw: lines.Text()}
		if strings.HasPrefix(a.raw, "Events detected:") {
			break
		}
		d := json.NewDecoder(strings.NewReader(a.raw))
		d.UseNumber()
		if err := d.Decode(&a); err != nil {
			g.grow(func() { g.bad = append(g.bad, fmt.Sprintf("%v in %s", err, a.raw)) })
			continue
		}
		g.grow(func() { g.alerts = append(g.alerts, a) })
	}
	io.Copy(io.Discard, stdout)
}

// wait waits until ready, which is called under the lock, or fails the test.
func (g *gyr) wait(t *testing.T, what string, ready func() bool) {
	t.Helper()
	if !g.waitFor(t, limit, what, ready) {
		t.Fatalf("gyr has not said %s after %v:\n%s", what, limit, g.messages())
	}
}

// waitFor is wait for at most so long; it reports whether it became ready.
func (g *gyr) waitFor(t *testing.T, most time.Duration, what string, ready func() bool) bool {
	t.Helper()
	timeout := time.After(most)
	for {
		g.mu.Lock()
		done, changed := ready(), g.changed
		g.mu.Unlock()
		if done {
			return true
		}
		select {
		case <-changed:
		case <-g.ended:
			t.Fatalf("gyr ended (%v) while the test waited for it to say %s:\n%s", g.cmd.ProcessState, what, g.messages())
		case <-timeout:
			return false
		}
	}
}

// messages is what gyr has logged.
func (g *gyr) messages() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stderr.String()
}

// find returns the alerts so far that accept takes.
func (g *gyr) find(accept func(alert) bool) []alert {
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

// await waits for an alert.
func (g *gyr) await(t *testing.T, what string, accept func(alert) bool) alert {
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

// stop ends gyr as a service manager would and looks at how it went. It does
// nothing where it was stopped before.
func (g *gyr) stop(t *testing.T) {
	t.Helper()
	select {
	case <-g.ended:
		return
	default:
	}
	g.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-g.ended:
	case <-time.After(limit):
		g.cmd.Process.Signal(syscall.SIGQUIT) // says where it hangs
		<-g.ended
		t.Errorf("gyr had to be killed %v after SIGTERM", limit)
	}
	if code := g.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("gyr ended with %d after SIGTERM", code)
	}
	if len(g.bad) > 0 {
		t.Errorf("lines that are no alerts:\n%s", strings.Join(g.bad, "\n"))
	}
	if _, counters, _ := strings.Cut(g.messages(), "gyr: events="); !strings.Contains(counters, " lost=0 ") {
		t.Errorf("gyr lost events: %s", counters)
	}
	if t.Failed() {
		lines := slices.Collect(strings.Lines(g.messages()))
		t.Logf("gyr's own messages:\n%s", strings.Join(lines[max(0, len(lines)-60):], ""))
	}
}

// writer calls itself with what is written.
type writer func([]byte)

func (w writer) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}
