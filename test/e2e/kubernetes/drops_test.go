package kubernetes

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gyrsec/gyr/test/cluster"
)

const dropRule = "Falco internal: syscall event drop"

// smallBuffers is the delivered configuration with the smallest buffers, each
// second's losses told, and metrics.
func smallBuffers(t *testing.T) string {
	t.Helper()
	delivered, err := os.ReadFile(filepath.Join(top, "config/falco.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(delivered)
	for _, change := range [][2]string{
		{`(?m)^(    buf_size_preset:) \d+$`, "$1 1"},
		{`(?m)^(  rate:) [\d.]+$`, "$1 1"},
		{`(?m)^(  max_burst:) \d+$`, "$1 1000"},
		{`(?m)^(  prometheus_metrics_enabled:) false$`, "$1 true"},
		{`(?m)^(metrics:\n  enabled:) false$`, "$1 true"},
	} {
		pattern := regexp.MustCompile(change[0])
		if n := len(pattern.FindAllString(text, -1)); n != 1 {
			t.Fatalf("%s is %d times in config/falco.yaml, want once", change[0], n)
		}
		text = pattern.ReplaceAllString(text, change[1])
	}
	return text
}

// TestE2EDrops floods from a workload, so that events are lost: the log tells it
// and names the workload, /metrics counts it, and an alert about another workload
// comes through meanwhile.
func TestE2EDrops(t *testing.T) {
	c := require(t)
	makeNamespace(t, c, "flooded")
	flood := startPod(t, c, "flooded", "flood", floodImage)
	other := startPod(t, c, "flooded", "other", webImage)
	s := deployFiles(t, c, map[string]string{"falco.yaml": smallBuffers(t), "falco_rules.local.yaml": sentinel})
	before := metrics(t, c, s)
	if n := before["falcosecurity_scap_n_drops_total"]; n != 0 {
		t.Logf("%v events lost before the flood", n)
	}

	startFlood(t, flood)
	blamed := func(a alert) bool { return a.Rule == dropRule && a.text("flooder.k8s.pod.name") == flood.name }
	holdUp(t, s, blamed)
	a := s.await(t, "events were dropped and who flooded", blamed)
	settle(t, s, other, "flooded")
	for field, want := range map[string]string{
		"flooder.container.id": flood.container[:12], "flooder.container.name": "main",
		"flooder.container.image.repository": floodImage, "flooder.container.image.tag": imageTag,
		"flooder.k8s.ns.name": flood.namespace, "flooder.proc.name": "flooder", "flooder.family": "open",
	} {
		if got := a.text(field); got != want {
			t.Errorf("%s is %q, want %q: %s", field, got, want, a.raw)
		}
	}
	if a.Priority != "Debug" || a.Source != "internal" {
		t.Errorf("priority %s and source %s, want Debug and internal: %s", a.Priority, a.Source, a.raw)
	}
	t.Logf("%s of %s events of a second dropped", a.text("n_drops"), a.text("n_evts"))

	after := metrics(t, c, s)
	for name, told := range map[string]string{
		"falcosecurity_scap_n_drops_total": "n_drops", `gyr_throttled_events_total{family="open"}`: "flooder.events",
	} {
		want, err := strconv.ParseFloat(a.text(told), 64)
		if err != nil || want == 0 {
			t.Errorf("%s is %q, want a number that is not 0: %s", told, a.text(told), a.raw)
		}
		if got := after[name] - before[name]; got < want {
			t.Errorf("/metrics counts %v more of %s, want %v or more", got, name, want)
		}
	}
}

// startFlood opens files as fast as it can, with many processes, until the test
// ends.
func startFlood(t *testing.T, p *pod) {
	t.Helper()
	cmd := p.c.Command("kubectl", "exec", "-i", "-n", p.namespace, p.name, "--", "/bin/flooder", "16", "1", "/etc/image")
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the flooder: %v", err)
		}
	})
}

// holdUp has the sensor not run for half a second now and then, until an alert
// comes: on a machine with enough processors, or one so busy that the flooder hardly
// runs, it may keep up with the flood.
func holdUp(t *testing.T, s *sensor, until func(alert) bool) {
	t.Helper()
	pids := processes(t, s.container)
	if len(pids) != 1 {
		t.Fatalf("the sensor's container has the processes %v, want one", pids)
	}
	for deadline := time.Now().Add(limit); len(s.find(until)) == 0 && time.Now().Before(deadline); time.Sleep(2 * time.Second) {
		for _, signal := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
			if err := syscall.Kill(pids[0], signal); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond)
		}
	}
}

// metrics reads a sensor's counters, by their names with labels.
func metrics(t *testing.T, c *cluster.Cluster, s *sensor) map[string]float64 {
	t.Helper()
	address := mustRun(t, c, "kubectl", "get", "pod", s.pod, "-o", "jsonpath={.status.podIP}")
	var text []byte
	eventually(t, "reading /metrics", func() error {
		r, err := http.Get("http://" + address + ":8765/metrics")
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if r.StatusCode != http.StatusOK {
			return fmt.Errorf("it answers %s", r.Status)
		}
		text, err = io.ReadAll(r.Body)
		return err
	})
	values := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if number, err := strconv.ParseFloat(value, 64); ok && err == nil {
			values[name] = number
		}
	}
	if len(values) == 0 {
		t.Fatalf("no counters in /metrics:\n%s", text)
	}
	return values
}
