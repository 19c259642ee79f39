package live

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	alertFloodRule = "Opened In A Flood Of Alerts"
	// alertFlood is how many alerts one process raises; alertFloodReads is how
	// often another reads a sensitive file meanwhile.
	alertFlood, alertFloodReads = 50_000, 20
	droppedAlertsRule           = "Gyr internal: alerts dropped"
)

// startAlertFlood starts gyr and a process that raises alertFlood alerts in a
// loop once something is written to it: a shell that opens a file, without a
// program of its own for each.
func startAlertFlood(t *testing.T, m *marks) (g *instance, flooder *exec.Cmd, begin func()) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "flooded")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	rule := fmt.Sprintf(`
- rule: %s
  desc: The test's flooder opened its file.
  condition: evt.type in (open, openat) and fd.name = %s
  output: num=%%evt.num pid=%%proc.pid file=%%fd.name
  priority: NOTICE
`, alertFloodRule, file)
	files := []string{configFile(t, "falco_rules.yaml"), configFile(t, "falco_rules.local.yaml")}
	// The test is about alerts: no event of the flood is to be missing.
	g = startFiles(t, []string{"gyr.throttle.enabled=false", "engine.modern_ebpf.buf_size_preset=8"}, files, markedOutputs(t), rule)
	flooder = exec.Command("/bin/sh", "-c", fmt.Sprintf(`read go; i=0; while [ $i -lt %d ]; do : <%s; i=$((i+1)); done`, alertFlood, file))
	stdin, err := flooder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := flooder.Start(); err != nil {
		t.Fatal(err)
	}
	return g, flooder, func() {
		if _, err := fmt.Fprintln(stdin, "go"); err != nil {
			t.Error(err)
		}
	}
}

// TestLiveAlertFlood has one process raise alerts as fast as it can while
// another reads a sensitive file time and again: the alerts about that all
// arrive, whether gyr's reader keeps up or hangs, and every other one arrives or
// is accounted for by an alert that names who flooded.
func TestLiveAlertFlood(t *testing.T) {
	requireRoot(t)
	for _, hangs := range []bool{false, true} {
		name := "reader reads"
		if hangs {
			name = "reader hangs"
		}
		t.Run(name, func(t *testing.T) {
			m := newMarks()
			g, flooder, begin := startAlertFlood(t, m)
			if hangs {
				g.mu.Lock() // the test's own reader stops at the next line
			}
			began := time.Now()
			begin()
			ended := make(chan error, 1)
			go func() { ended <- flooder.Wait() }()
			var marks []string
			for range alertFloodReads {
				mark := m.next()
				marks = append(marks, mark)
				if printed, status := run(t, mark, "cat", "/etc/shadow"); status != 0 {
					t.Errorf("cat ended with %d: %s", status, printed)
				}
				time.Sleep(floodPause)
			}
			if err := <-ended; err != nil {
				t.Errorf("the flooder: %v", err)
			}
			took := time.Since(began)
			if hangs {
				time.Sleep(2 * time.Second) // the rings are read up meanwhile
				g.mu.Unlock()
			}
			g.settle(t)
			g.checkAlertFlood(t, flooder.Process.Pid, marks, hangs)
			t.Logf("the flood took %v", took)
		})
	}
}

// checkAlertFlood looks at what was delivered and at what was said of the rest.
func (g *instance) checkAlertFlood(t *testing.T, pid int, marks []string, hangs bool) {
	t.Helper()
	for _, mark := range marks {
		if n := len(g.find(func(a alert) bool { return a.Rule == readSensitive && a.text(markField) == mark })); n != 1 {
			t.Errorf("%d alerts about the sensitive file read with mark %s, want 1", n, mark)
		}
	}
	flood := g.find(func(a alert) bool { return a.Rule == alertFloodRule })
	last := ""
	for _, a := range flood {
		if a.Time < last {
			t.Errorf("%s comes after %s", a.Time, last)
		}
		last = a.Time
		if got := fmt.Sprint(a.Fields["proc.pid"]); got != strconv.Itoa(pid) {
			t.Errorf("pid %s, want %d", got, pid)
		}
	}
	// A second after the last was dropped, all of them have been told about.
	g.wait(t, "what became of all alerts", func() bool {
		return uint64(len(flood))+toldDropped(t, g.alerts, pid) >= alertFlood
	})
	told := g.find(func(a alert) bool { return a.Rule == droppedAlertsRule })
	if hangs && len(told) == 0 {
		t.Error("nothing was dropped, though nothing was read")
	}
	for _, a := range told {
		if a.text("flooder.pid") != strconv.Itoa(pid) || a.text("flooder.proc.name") != "sh" || a.text("flooder.container.id") != "host" ||
			!strings.HasPrefix(a.text("flooder.rules"), alertFloodRule+" (") || a.Priority != "Warning" || a.Source != "internal" {
			t.Errorf("does not name the flooder, %d: %s", pid, a.raw)
		}
	}
	dropped := toldDropped(t, told, pid)
	if sum := uint64(len(flood)) + dropped; sum != alertFlood {
		t.Errorf("%d alerts were delivered and %d dropped, want %d in all", len(flood), dropped, alertFlood)
	}
	t.Logf("%d alerts were delivered, %d dropped, told in %d alerts", len(flood), dropped, len(told))
}

// toldDropped sums up what alerts say was dropped of a process's.
func toldDropped(t *testing.T, alerts []alert, pid int) (sum uint64) {
	t.Helper()
	for _, a := range alerts {
		if a.Rule != droppedAlertsRule || a.text("flooder.pid") != strconv.Itoa(pid) {
			continue
		}
		n, err := strconv.ParseUint(a.text("flooder.alerts"), 10, 64)
		if err != nil {
			t.Errorf("%v in %s", err, a.raw)
		}
		sum += n
	}
	return sum
}
