package kubernetes

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gyrsec/gyr/test/cluster"
)

// limit bounds every wait. Things happen within seconds; the rest is for a
// machine that is busy.
const limit = 20 * time.Second

// alert is a line of the sensor's log.
type alert struct {
	raw  string
	came time.Time // when the line was read here

	Output   string         `json:"output"`
	Fields   map[string]any `json:"output_fields"` // numbers as json.Number
	Priority string         `json:"priority"`
	Rule     string         `json:"rule"`
	Source   string         `json:"source"`
	Time     time.Time      `json:"time"`
}

// text is the value of an output field, "" where it has none.
func (a alert) text(field string) string {
	s, _ := a.Fields[field].(string)
	return s
}

// parseAlert reads a line of the log; false if it is one of gyr's own messages.
func parseAlert(line string) (alert, bool) {
	a := alert{raw: line, came: time.Now()}
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	if !strings.HasPrefix(line, "{") || d.Decode(&a) != nil || a.Rule == "" {
		return alert{}, false
	}
	return a, true
}

// sensor is a sensor's pod whose log is read as it grows.
type sensor struct {
	pod       string
	container string

	mu      sync.Mutex
	alerts  []alert
	other   []string      // lines that are no alerts
	changed chan struct{} // closed and replaced when any of them grows
	ended   bool          // the log
}

// follow reads a sensor's log, from its beginning, until the test ends.
func follow(t *testing.T, c *cluster.Cluster, namespace, pod string) *sensor {
	t.Helper()
	s := &sensor{pod: pod, changed: make(chan struct{})}
	id, err := c.Kubectl("get", "pod", pod, "-n", namespace, "-o", "jsonpath={.status.containerStatuses[0].containerID}")
	if err != nil {
		t.Fatal(err)
	}
	s.container = strings.TrimPrefix(id, "containerd://")
	cmd := c.Command("kubectl", "logs", "--follow", "-n", namespace, pod)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		s.read(out)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-read
		cmd.Wait()
		if t.Failed() {
			t.Logf("messages of %s:\n%s", pod, strings.Join(s.messages(), "\n"))
		}
	})
	return s
}

func (s *sensor) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		a, ok := parseAlert(lines.Text())
		s.grow(func() {
			if ok {
				s.alerts = append(s.alerts, a)
			} else {
				s.other = append(s.other, lines.Text())
			}
		})
	}
	s.grow(func() { s.ended = true })
}

func (s *sensor) grow(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *sensor) messages() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.other...)
}

// find returns the alerts so far that accept takes.
func (s *sensor) find(accept func(alert) bool) []alert {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []alert
	for _, a := range s.alerts {
		if accept(a) {
			found = append(found, a)
		}
	}
	return found
}

// await waits for an alert, or fails the test.
func (s *sensor) await(t *testing.T, what string, accept func(alert) bool) alert {
	t.Helper()
	timeout := time.After(limit)
	for seen := 0; ; {
		s.mu.Lock()
		alerts, changed, ended := s.alerts[seen:], s.changed, s.ended
		s.mu.Unlock()
		for _, a := range alerts {
			if accept(a) {
				return a
			}
		}
		seen += len(alerts)
		if ended {
			t.Fatalf("the log of %s ended before %s; the last lines:\n%s", s.pod, what, s.tail())
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("no alert that %s after %v; the last lines:\n%s", what, limit, s.tail())
		}
	}
}

// tail is the end of the log.
func (s *sensor) tail() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, a := range s.alerts[max(0, len(s.alerts)-15):] {
		fmt.Fprintln(&b, a.raw)
	}
	fmt.Fprint(&b, strings.Join(s.other[max(0, len(s.other)-15):], "\n"))
	return b.String()
}

// eventually waits until f returns no error.
func eventually(t *testing.T, what string, f func() error) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after %v: %v", what, limit, err)
		}
	}
}

// mustRun fails the test where a command fails, and returns what it printed.
func mustRun(t *testing.T, c *cluster.Cluster, args ...string) string {
	t.Helper()
	out, err := c.Output(args[0], args[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// value is an output field's as text, as the rule's author wrote it.
func value(field any) string {
	if field == nil {
		return ""
	}
	return fmt.Sprint(field)
}
