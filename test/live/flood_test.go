package live

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/test/runc"
)

const (
	dropRule = "Falco internal: syscall event drop"
	// floodRule is raised by each shell the test's third process forks.
	floodRule = "Shell Forked In A Flood"
	// floodVariable is how often each flood test repeats what must not be missed;
	// 100 and 25 times by default.
	floodVariable = "GYR_FLOOD"
	// floodPause spreads the repetitions over all moments of a flood.
	floodPause = 30 * time.Millisecond
)

// flood is somebody who floods.
type flood struct {
	name, container string
	// pids are those who may be blamed, nil for any.
	pids []int
}

// floodOptions make every loss known at once.
func floodOptions(preset int) []string {
	return []string{
		fmt.Sprintf("engine.modern_ebpf.buf_size_preset=%d", preset), "syscall_event_drops.threshold=0",
		"syscall_event_drops.rate=2", "syscall_event_drops.max_burst=1000",
	}
}

// startFlooder opens files with so many processes of so many threads each until
// the test ends.
func startFlooder(t *testing.T, processes, threads int) flood {
	t.Helper()
	cmd := exec.Command(build(t, "github.com/gyrsec/gyr/test/live/flooder"), strconv.Itoa(processes), strconv.Itoa(threads), "/etc/hostname")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the flooder: %v", err)
		}
	})
	f := flood{name: "flooder", container: "host"}
	if processes == 1 {
		f.pids = []int{cmd.Process.Pid}
	}
	return f
}

// startFloodingContainer is startFlooder with a container's first process.
func startFloodingContainer(t *testing.T, processes, threads int) flood {
	t.Helper()
	dir := filepath.Dir(build(t, "github.com/gyrsec/gyr/test/live/flooder"))
	c := runc.Start(t, runc.Options{
		NoTerminal: true, Binds: []runc.Bind{{Source: dir, Target: "/opt/flood"}},
		Args: []string{"/opt/flood/flooder", strconv.Itoa(processes), strconv.Itoa(threads), "/bin/busybox"},
	})
	f := flood{name: "flooder", container: c.ID[:12]}
	if processes == 1 {
		f.pids = []int{c.PID(t)}
	}
	return f
}

// forker is a process that forks a shell for every line.
type forker struct {
	input  io.WriteCloser
	output *bufio.Reader
}

func startForker(t *testing.T) *forker {
	t.Helper()
	cmd := exec.Command("/bin/sh")
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the shell that forks: %v", err)
		}
	})
	return &forker{input, bufio.NewReader(output)}
}

// fork returns when the shell has ended.
func (f *forker) fork(t *testing.T, mark string) {
	t.Helper()
	if _, err := fmt.Fprintf(f.input, "/bin/sh -c ': %s'; echo ended\n", mark); err != nil {
		t.Fatal(err)
	}
	if line, err := f.output.ReadString('\n'); err != nil || line != "ended\n" {
		t.Fatalf("the shell that forks printed %q: %v", line, err)
	}
}

func repetitions(t *testing.T, standard int) int {
	t.Helper()
	text := os.Getenv(floodVariable)
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is no number of repetitions", floodVariable, text)
	}
	return n
}

// TestLiveFlood floods, and meanwhile reads a sensitive file and forks a shell
// time and again: none of the two alerts is ever missed, and the alert about
// what was dropped names the flooder.
func TestLiveFlood(t *testing.T) {
	requireRoot(t)
	cpus := runtime.NumCPU()
	tests := []struct {
		name        string
		preset      int
		repetitions int
		start       func(t *testing.T) flood
		sure        bool // that something is dropped
	}{
		{"default buffers", 4, 100, func(t *testing.T) flood { return startFlooder(t, 1, cpus) }, false},
		{"default buffers and many processes", 4, 25, func(t *testing.T) flood { return startFlooder(t, 8*cpus, 1) }, false},
		{"small buffers", 1, 100, func(t *testing.T) flood { return startFlooder(t, 1, 4*cpus) }, true},
		{"small buffers and many processes", 1, 25, func(t *testing.T) flood { return startFlooder(t, 8*cpus, 1) }, true},
		{"container", 1, 25, func(t *testing.T) flood { return startFloodingContainer(t, 4*cpus, 1) }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMarks()
			g := startFlood(t, floodOptions(tt.preset), m)
			f := tt.start(t)
			shells := startForker(t)
			if tt.sure {
				// A machine may well be quick enough to read all of a flood.
				g.stopFor(t, stopped)
				g.await(t, "who floods", f.blamed)
			}
			began := time.Now()
			var marks []string
			for range repetitions(t, tt.repetitions) {
				mark := m.next()
				marks = append(marks, mark)
				shells.fork(t, mark)
				if printed, status := run(t, mark, "cat", "/etc/shadow"); status != 0 {
					t.Fatalf("cat ended with %d: %s", status, printed)
				}
				time.Sleep(floodPause)
			}
			t.Logf("%d repetitions in %v", len(marks), time.Since(began))
			g.settle(t)
			g.checkFlood(t, marks)
			g.checkDrops(t, f)
		})
	}
}

// stopped is for how long gyr does not run, so that the rings fill up.
const stopped = 500 * time.Millisecond

// stopFor has gyr not run for a while.
func (g *instance) stopFor(t *testing.T, d time.Duration) {
	t.Helper()
	if err := g.cmd.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(d)
	if err := g.cmd.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

// startFlood starts gyr for a test with these marks.
func startFlood(t *testing.T, options []string, m *marks) *instance {
	t.Helper()
	rule := fmt.Sprintf(`
- rule: %s
  desc: The test's third process forked a shell.
  condition: evt.type = execve and proc.name = sh and proc.args contains %q
  output: mark=%%proc.args
  priority: NOTICE
`, floodRule, m.prefix)
	files := []string{configFile(t, "falco_rules.yaml"), configFile(t, "falco_rules.local.yaml")}
	return startFiles(t, options, files, markedOutputs(t), rule)
}

// checkFlood wants both alerts for each mark. In a flood alerts of one ring may
// come later than those of another, so it waits for them.
func (g *instance) checkFlood(t *testing.T, marks []string) {
	t.Helper()
	read, forked := map[string]int{}, map[string]int{}
	seen := 0
	count := func() bool {
		for ; seen < len(g.alerts); seen++ {
			switch a := g.alerts[seen]; a.Rule {
			case readSensitive:
				read[a.text(markField)]++
			case floodRule:
				forked[strings.TrimPrefix(a.text("proc.args"), "-c : ")]++
			}
		}
		return !slices.ContainsFunc(marks, func(m string) bool { return read[m] == 0 || forked[m] == 0 })
	}
	g.waitUpTo(limit, count)
	for _, m := range marks {
		if read[m] != 1 || forked[m] != 1 {
			t.Errorf("repetition %s: %d alerts that a sensitive file was read, %d that a shell was forked; want 1 and 1", m, read[m], forked[m])
		}
	}
}

// waitUpTo waits until ready, which is called under the lock, no longer than
// limit.
func (g *instance) waitUpTo(limit time.Duration, ready func() bool) {
	timeout := time.After(limit)
	for {
		g.mu.Lock()
		done, changed := ready(), g.changed
		g.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-g.ended:
			return
		case <-timeout:
			return
		}
	}
}

func isDrop(a alert) bool { return a.Rule == dropRule }

// blamed reports whether an alert about what was dropped names the flooder.
func (f flood) blamed(a alert) bool {
	pid, err := strconv.Atoi(a.text("flooder.pid"))
	return isDrop(a) && err == nil && a.text("flooder.proc.name") == f.name && a.text("flooder.container.id") == f.container &&
		(f.pids == nil || slices.Contains(f.pids, pid))
}

// checkDrops looks at the form of the alerts about what was dropped.
func (g *instance) checkDrops(t *testing.T, f flood) {
	t.Helper()
	alerts := g.find(isDrop)
	var throttled uint64
	for _, a := range alerts {
		for name, value := range a.Fields {
			if _, ok := value.(string); !ok {
				t.Errorf("%s is %v, not text", name, value)
			}
		}
		n, err := strconv.ParseUint(a.text("n_drops_throttled"), 10, 64)
		if err != nil {
			t.Fatalf("%v in %s", err, a.raw)
		}
		throttled += n
		if n > 0 && a.text("flooder.pid") == "" {
			t.Errorf("names nobody: %s", a.raw)
		}
		if n > 0 && !f.blamed(a) { // another load of the machine may be worse for a second
			t.Logf("does not name %+v: %s", f, a.raw)
		}
		if a.Priority != "Debug" || a.Source != "internal" || a.Tags != nil {
			t.Errorf("priority %s, source %s, tags %q: %s", a.Priority, a.Source, a.Tags, a.raw)
		}
	}
	t.Logf("%d alerts about %d throttled events", len(alerts), throttled)
}

// Without the throttle the same flood fills the buffers: it is one that has to
// be throttled.
func TestLiveFloodUnthrottled(t *testing.T) {
	requireRoot(t)
	g := startFlood(t, append(floodOptions(1), "gyr.throttle.enabled=false"), newMarks())
	startFlooder(t, 8*runtime.NumCPU(), 1)
	a := g.await(t, "that events were dropped", isDrop)
	if a.text("n_drops_buffer_open_exit") == "0" || a.text("n_drops_throttled") != "0" || a.text("flooder.pid") != "" {
		t.Errorf("want losses of opens for want of room only: %s", a.raw)
	}
}

// TestLiveSimulatedDrops has drops simulated, and then gyr end at the first.
func TestLiveSimulatedDrops(t *testing.T) {
	options := []string{"syscall_event_drops.simulate_drops=true", "syscall_event_drops.rate=1", "syscall_event_drops.max_burst=10"}
	g := startFlood(t, options, newMarks())
	a := g.await(t, "that an event was dropped", isDrop)
	if want := dropRule + ". 1 system calls dropped in last second."; a.Output != want || a.text("n_drops") != "1" || a.text("n_drops_buffer_total") != "0" {
		t.Errorf("output %q, want %q: %s", a.Output, want, a.raw)
	}
	g.wait(t, "in its log that an event was dropped", func() bool {
		return strings.Contains(g.stderr.String(), `msg="`+dropRule+`. 1 system calls dropped in last second."`)
	})

	args := append(aside(), "-c", configFile(t, "falco.yaml"), "-r", configFile(t, "falco_rules.yaml"), "-o", "syscall_event_drops.actions=[exit]")
	for _, o := range options {
		args = append(args, "-o", o)
	}
	cmd := exec.Command(build(t, "github.com/gyrsec/gyr/cmd/gyr"), args...)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	ended := time.AfterFunc(limit, func() { cmd.Process.Kill() })
	err := cmd.Run()
	ended.Stop()
	said := regexp.MustCompile(`(?m)^Error: .*` + regexp.QuoteMeta(dropRule) + `\. 1 system calls dropped in last second\.`)
	if cmd.ProcessState.ExitCode() != 1 || !said.Match(stderr.Bytes()) {
		t.Errorf("ended with %v, want exit status 1, saying %s:\n%s", err, said, stderr.String())
	}
}
