package places

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// load opens files as fast as it can, one in a hundred with a name that raises
// an alert, until the returned function is called.
func load(dir string) (stop func()) {
	quit := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		quiet, loud := filepath.Join(dir, "quiet"), filepath.Join(dir, "loud")
		for n := 0; ; n++ {
			select {
			case <-quit:
				return
			default:
			}
			if n%100 == 0 {
				touch(loud)
			} else {
				touch(quiet)
			}
		}
	})
	return sync.OnceFunc(func() {
		close(quit)
		group.Wait()
	})
}

var (
	counters = regexp.MustCompile(`^gyr: events=(\d+) lost=(\d+) throttled=\d+ alerts=(\d+) alerts_lost=(\d+)( [a-z_]+=\d+)*$`)
	summary  = regexp.MustCompile(`(?m)^Events detected: (\d+)\nRule counts by severity:\n   NOTICE: (\d+)\nTriggered rules by rule name:\n   Marker: (\d+)\n\z`)
)

// lastLine is the counters on stderr's last line.
func lastLine(t *testing.T, g *instance) (events, lost, alerts, alertsLost int) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(g.stderr.String(), "\n"), "\n")
	m := counters.FindStringSubmatch(lines[len(lines)-1])
	if m == nil {
		t.Fatalf("the last line of stderr is not the counters:\n%s", g.stderr)
	}
	n := make([]int, 4)
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // digits by the expression
	}
	return n[0], n[1], n[2], n[3]
}

func TestLiveSignalUnderLoad(t *testing.T) {
	requireRoot(t)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			dir := t.TempDir()
			g := start(t, options{rule: openRule(filepath.Join(dir, "loud"))})
			stop := load(dir)
			defer stop()
			g.stdout.await(t, "marker")
			time.Sleep(300 * time.Millisecond)
			g.signal(t, s)
			if code := g.wait(t, 2*time.Second); code != 0 {
				t.Errorf("exit code %d, want 0", code)
			}
			stop()
			events, lost, alerts, alertsLost := lastLine(t, g)
			out := g.stdout.String()
			m := summary.FindStringSubmatch(out)
			if m == nil {
				t.Fatalf("no summary in Falco's form at the end of stdout:\n%s", out[max(0, len(out)-1000):])
			}
			printed := strings.Count(out, ": Notice marker ")
			if m[1] != strconv.Itoa(alerts) || m[2] != m[1] || m[3] != m[1] || printed+alertsLost != alerts {
				t.Errorf("%d alerts, %d lost by the last line, %d printed; summary: %v", alerts, alertsLost, printed, m[1:])
			}
			if alerts == 0 || events < 50*alerts {
				t.Errorf("events=%d lost=%d alerts=%d, want 100 opens for each alert", events, lost, alerts)
			}
		})
	}
}

// A signal that comes while gyr is starting ends it as well.
func TestLiveSignalWhileStarting(t *testing.T) {
	requireRoot(t)
	for delay := 20 * time.Millisecond; delay < time.Second; delay *= 2 {
		g := begin(t, options{rule: openRule("/nowhere")})
		time.Sleep(delay)
		g.signal(t, syscall.SIGTERM)
		code := g.wait(t, 3*time.Second)
		status, _ := g.cmd.ProcessState.Sys().(syscall.WaitStatus)
		if code != 0 && !(status.Signaled() && status.Signal() == syscall.SIGTERM) {
			t.Errorf("after %v: ended with %v:\n%s", delay, g.cmd.ProcessState, g.stderr)
		}
	}
}

// The program that reads the alerts ends: gyr goes on, counts what it cannot
// deliver, says so, and ends when it is told to.
func TestLiveReaderGone(t *testing.T) {
	requireRoot(t)
	dir := t.TempDir()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	g := start(t, options{rule: openRule(filepath.Join(dir, "loud")), args: []string{"-U"}, stdout: write})
	stop := load(dir)
	defer stop()
	if _, err := io.ReadFull(read, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	read.Close()
	g.stderr.await(t, "broken pipe")
	time.Sleep(200 * time.Millisecond)
	g.signal(t, syscall.SIGTERM)
	if code := g.wait(t, 2*time.Second); code != 1 {
		t.Errorf("exit code %d, want 1 for alerts that were lost:\n%s", code, g.stderr)
	}
	contains(t, g.stderr.String(), "Error: write alerts to stdout: ", "broken pipe")
	if n := strings.Count(g.stderr.String(), "level=ERROR"); n != 1 {
		t.Errorf("the failure was logged %d times, want once:\n%s", n, g.stderr)
	}
}

// The program that reads the alerts hangs, and with it the pipe: gyr ends all
// the same.
func TestLiveReaderHangs(t *testing.T) {
	requireRoot(t)
	dir := t.TempDir()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	g := start(t, options{rule: openRule(filepath.Join(dir, "loud")), args: []string{"-U"}, stdout: write})
	stop := load(dir)
	defer stop()
	time.Sleep(time.Second)
	g.signal(t, syscall.SIGTERM)
	if code := g.wait(t, 4*time.Second); code != 1 {
		t.Errorf("exit code %d, want 1 for alerts that were lost:\n%s", code, g.stderr)
	}
	contains(t, g.stderr.String(), "Error: write alerts to stdout: its reader hangs: ")
}
