package kubernetes

import (
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gyrsec/gyr/test/runc"
)

// terminal is a command on a terminal of its own, as if started there by hand.
type terminal struct {
	cmd   *exec.Cmd
	input io.WriteCloser
	ended chan struct{}

	mu     sync.Mutex
	screen strings.Builder
}

// onTerminal starts a command, which ends with the test at the latest.
func onTerminal(t *testing.T, cmd *exec.Cmd) *terminal {
	t.Helper()
	master, side, err := runc.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = side, side, side
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = cmd.Start()
	side.Close()
	if err != nil {
		master.Close()
		t.Fatal(err)
	}
	p := &terminal{cmd: cmd, input: master, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		io.Copy(p, master) // until the last program on the terminal is gone
		cmd.Wait()
		master.Close()
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// Write adds to what is shown.
func (p *terminal) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.Write(b)
}

func (p *terminal) shown() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.String()
}

// enter types a line.
func (p *terminal) enter(t *testing.T, line string) {
	t.Helper()
	if _, err := io.WriteString(p.input, line+"\n"); err != nil {
		t.Fatalf("typing %q: %v\n%s", line, err, p.shown())
	}
}

// await waits until text is shown.
func (p *terminal) await(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(limit); !strings.Contains(p.shown(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no %q shown after %v:\n%s", text, limit, p.shown())
		}
	}
}

// end waits until the command has ended.
func (p *terminal) end(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(limit):
		t.Fatalf("%s has not ended after %v:\n%s", strings.Join(p.cmd.Args, " "), limit, p.shown())
	}
}
