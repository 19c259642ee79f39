package runc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Program is one program in a container together with what is typed at it and
// what it prints.
type Program struct {
	cmd     *exec.Cmd
	input   io.WriteCloser
	screen  *screen
	pidFile string
	ended   chan struct{} // closed when runc has ended
}

// program starts runc with a terminal, or pipes, around it. args are a runc
// command that knows --pid-file and its arguments.
func (c *Container) program(t testing.TB, terminal bool, args ...string) *Program {
	t.Helper()
	dir, err := os.MkdirTemp(c.dir, "program")
	if err != nil {
		t.Fatal(err)
	}
	p := &Program{screen: newScreen(), pidFile: filepath.Join(dir, "pid"), ended: make(chan struct{})}
	args = append([]string{"--root", c.state, args[0], "--pid-file", p.pidFile}, args[1:]...)
	p.cmd = exec.Command(c.runc, args...)
	start := p.startPipes
	if terminal {
		start = p.startTerminal
	}
	if err := start(); err != nil {
		t.Fatalf("starting %s: %v", strings.Join(p.cmd.Args, " "), err)
	}
	c.programs = append(c.programs, p)
	return p
}

// startTerminal makes a terminal runc's controlling one, as a person's would
// be: runc asks for one before it gives the container its own.
func (p *Program) startTerminal() error {
	master, terminal, err := OpenPTY()
	if err != nil {
		return err
	}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = terminal, terminal, terminal
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	err = p.cmd.Start()
	terminal.Close()
	if err != nil {
		master.Close()
		return err
	}
	p.input = master
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		// Ends with EIO when the last program on the terminal is gone.
		io.Copy(p.screen, master)
	}()
	go func() {
		p.cmd.Wait()
		<-shown
		master.Close()
		close(p.ended)
	}()
	return nil
}

func (p *Program) startPipes() error {
	input, err := p.cmd.StdinPipe()
	if err != nil {
		return err
	}
	p.input = input
	p.cmd.Stdout, p.cmd.Stderr = p.screen, p.screen
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	// A program left behind in the container may hold the pipes open.
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func() {
		p.cmd.Wait()
		close(p.ended)
	}()
	return nil
}

// PID waits until the program runs and returns its process id, seen from the
// host. It fails the test where the program never ran.
func (p *Program) PID(t testing.TB) int {
	t.Helper()
	for deadline := time.Now().Add(limit); ; {
		// runc writes the file whole, under another name first.
		if b, err := os.ReadFile(p.pidFile); err == nil {
			pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
			if err != nil {
				t.Fatalf("reading %s: %v", p.pidFile, err)
			}
			return pid
		}
		select {
		case <-p.ended:
			if _, err := os.Stat(p.pidFile); err != nil {
				t.Fatalf("%s ended before its program ran: %v\n%s", strings.Join(p.cmd.Args, " "), p.cmd.ProcessState, p.Output())
			}
		case <-time.After(2 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: no program after %v\n%s", strings.Join(p.cmd.Args, " "), limit, p.Output())
		}
	}
}

// Type types text at the program; a line ends with "\n".
func (p *Program) Type(t testing.TB, text string) {
	t.Helper()
	if _, err := io.WriteString(p.input, text); err != nil {
		t.Fatalf("typing %q: %v\n%s", text, err, p.Output())
	}
}

// Output is all the program has printed so far. On a terminal it has what was
// typed in it, too, and lines end with "\r\n".
func (p *Program) Output() string { return p.screen.String() }

// Await waits until the program has printed text, or fails the test.
func (p *Program) Await(t testing.TB, text string) {
	t.Helper()
	if !p.screen.await(limit, func(all string) bool { return strings.Contains(all, text) }) {
		t.Fatalf("no %q printed after %v:\n%s", text, limit, p.Output())
	}
}

// Run types a command line at a shell and returns what it printed. The shell
// must be at its prompt.
func (p *Program) Run(t testing.TB, line string) string {
	t.Helper()
	// The marks are built by the shell, so that they differ from the line as
	// the terminal echoes it.
	const first, last = "<<begin", "<<end"
	from := len(p.Output())
	p.Type(t, fmt.Sprintf("echo '<''%s'; %s; echo '<''%s'\n", first[1:], line, last[1:]))
	var printed string
	if !p.screen.await(limit, func(all string) bool {
		_, text, _ := strings.Cut(all[from:], first)
		var ended bool
		printed, _, ended = strings.Cut(text, last)
		return ended
	}) {
		t.Fatalf("%q has not ended after %v:\n%s", line, limit, p.Output())
	}
	return strings.TrimSpace(strings.ReplaceAll(printed, "\r\n", "\n"))
}

// Wait waits until the program has ended and returns its exit status, or
// fails the test.
func (p *Program) Wait(t testing.TB) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(limit):
		t.Fatalf("%s still runs after %v\n%s", strings.Join(p.cmd.Args, " "), limit, p.Output())
		return -1
	}
}

// end sees to it that runc has ended; what ran in the container was killed
// before.
func (p *Program) end(t testing.TB) {
	select {
	case <-p.ended:
		return
	case <-time.After(5 * time.Second):
	}
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("ending runc: %v", err)
	}
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		t.Errorf("%s did not end", strings.Join(p.cmd.Args, " "))
	}
}
