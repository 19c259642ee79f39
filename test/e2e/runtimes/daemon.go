package runtimes

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// daemon is a program that runs until it is stopped.
type daemon struct {
	place *Place
	name  string
	args  []string
	env   []string

	cmd   *exec.Cmd
	ended chan struct{}
}

// daemon describes a program; start starts it. It is stopped with the test.
func (p *Place) daemon(t testing.TB, name string, env []string, args ...string) *daemon {
	t.Helper()
	d := &daemon{place: p, name: name, args: args, env: p.environ(env...)}
	t.Cleanup(func() { d.stop(t) })
	return d
}

// start starts the program and returns when it answers.
func (d *daemon) start(t testing.TB, answers func() error) {
	t.Helper()
	log, err := os.OpenFile(d.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	d.cmd = exec.Command(d.args[0], d.args[1:]...)
	d.cmd.Env, d.cmd.Stdout, d.cmd.Stderr = d.env, log, log
	// What is typed at the test's terminal is not meant for it.
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := d.cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", d.name, err)
	}
	ended := make(chan struct{})
	d.ended = ended
	go func(cmd *exec.Cmd) {
		defer close(ended)
		cmd.Wait()
	}(d.cmd)
	for deadline := time.Now().Add(limit); ; {
		err := answers()
		if err == nil {
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended (%v) before it answered:\n%s", d.name, d.cmd.ProcessState, d.tail())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer after %v (%v):\n%s", d.name, limit, err, d.tail())
		}
	}
}

// stop ends the program as a service manager would. It does nothing where it does
// not run.
func (d *daemon) stop(t testing.TB) {
	t.Helper()
	if d.cmd == nil {
		return
	}
	d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(limit):
		d.cmd.Process.Kill()
		<-d.ended
		t.Errorf("%s had to be killed %v after SIGTERM:\n%s", d.name, limit, d.tail())
	}
	d.cmd = nil
}

func (d *daemon) log() string { return filepath.Join(d.place.Dir, d.name+".log") }

// tail is the end of what the program logged.
func (d *daemon) tail() []byte {
	text, _ := os.ReadFile(d.log())
	lines := bytes.SplitAfter(text, []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-40):], nil)
}

// command runs a program to its end and returns what it printed on its
// standard output.
func (p *Place) command(t testing.TB, env []string, args ...string) string {
	t.Helper()
	out, err := p.try(env, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// try is command, with the error returned.
func (p *Place) try(env []string, args ...string) (string, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = p.environ(env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	// A container's monitor may hold the pipes open.
	cmd.WaitDelay = limit
	timer := time.AfterFunc(limit, func() {
		if cmd.Process != nil {
			cmd.Process.Kill()
		}
	})
	defer timer.Stop()
	if err := cmd.Run(); err != nil {
		return stdout.String(), &commandError{args, err, stderr.String()}
	}
	return stdout.String(), nil
}

// commandError is a command that failed, with its own words.
type commandError struct {
	args   []string
	err    error
	stderr string
}

func (e *commandError) Error() string {
	return exec.Command(e.args[0], e.args[1:]...).String() + ": " + e.err.Error() + "\n" + e.stderr
}

func (e *commandError) Unwrap() error { return e.err }
