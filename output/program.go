package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const (
	// restartWait is the least time between two starts of a program that is to
	// stay: one that ends at once must not keep the machine busy.
	restartWait = time.Second
	// endLimit is how long a program may take to end after its input has.
	endLimit = time.Second
	// What the shell's exit status is where it could not start the program.
	notExecutable, notFound = 126, 127
)

// ProgramOptions say what program reads alerts.
type ProgramOptions struct {
	// Program is a command of the shell, which gets alerts on its standard input.
	Program string
	// KeepAlive has one process read all alerts, which is started again when it
	// ends; otherwise each block gets one of its own, which is waited for.
	KeepAlive bool
	// Stdout and Stderr are the program's.
	Stdout, Stderr io.Writer
}

// program is a receiver that hands alerts to a program.
type program struct {
	options ProgramOptions
	running *process // nil: none
	started time.Time
}

// process is a shell and what it has started, in a process group of their own: a
// signal meant for us, as from a terminal, does not end it before it has got the
// last alerts.
type process struct {
	cmd   *exec.Cmd
	input *os.File
	alive context.Context
	end   context.CancelFunc
	err   error // of waiting; after alive
}

// NewProgram returns a receiver that hands alerts to a program, which /bin/sh
// starts. What a program that ends has not read of them is lost without a count.
func NewProgram(o ProgramOptions) Receiver { return &program{options: o} }

func (p *program) Deliver(ctx context.Context, b Block) error {
	if p.running.hasEnded() {
		if err := p.start(ctx); err != nil {
			return err
		}
	}
	if err := p.running.write(ctx, b.Text); err != nil {
		// A part of a line may be there: nothing may follow it.
		p.stop(ctx)
		return fmt.Errorf("write to %q: %w", p.options.Program, err)
	}
	if p.options.KeepAlive {
		return nil
	}
	return p.finish(ctx)
}

// start starts the program, but for one that is to stay not too soon after the
// last time.
func (p *program) start(ctx context.Context) error {
	if p.running != nil {
		p.stop(ctx)
	}
	if left := time.Until(p.started.Add(restartWait)); p.options.KeepAlive && left > 0 {
		timer := time.NewTimer(left)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	cmd := exec.Command("/bin/sh", "-c", p.options.Program)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = read, p.options.Stdout, p.options.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = endLimit
	if err := cmd.Start(); err != nil {
		return errors.Join(err, write.Close())
	}
	p.running = &process{cmd: cmd, input: write}
	p.running.alive, p.running.end = context.WithCancel(context.Background())
	p.started = time.Now()
	go p.running.wait()
	return nil
}

// finish ends the input and waits for the end of the program. What that returns
// is its own affair, unless it could not be started.
func (p *program) finish(ctx context.Context) error {
	one := p.running
	err := one.input.Close()
	select {
	case <-one.alive.Done():
	case <-ctx.Done():
		p.stop(ctx)
		return ctx.Err()
	}
	p.running = nil
	if code := one.cmd.ProcessState.ExitCode(); code == notExecutable || code == notFound {
		return fmt.Errorf("%q: the shell cannot start it: %w", p.options.Program, one.err)
	}
	return err
}

// stop ends the program: kindly at first, by the end of its input.
func (p *program) stop(ctx context.Context) {
	one := p.running
	if one == nil {
		return
	}
	p.running = nil
	_ = one.input.Close()
	timer := time.NewTimer(endLimit)
	defer timer.Stop()
	select {
	case <-one.alive.Done():
		return
	case <-timer.C:
	case <-ctx.Done():
	}
	// The group may be gone by now.
	_ = syscall.Kill(-one.cmd.Process.Pid, syscall.SIGKILL)
	<-one.alive.Done()
}

func (p *program) Reopen(ctx context.Context) {
	p.stop(ctx)
	p.started = time.Time{} // it was asked for: at once
}

func (p *program) Close(ctx context.Context) { p.stop(ctx) }

func (o *process) wait() {
	o.err = o.cmd.Wait()
	o.end()
}

func (o *process) hasEnded() bool { return o == nil || o.alive.Err() != nil }

// write hands text to the program. It waits while that is slow, and no longer when
// it has ended, though something it has left behind may still hold its input open.
func (o *process) write(ctx context.Context, text []byte) error {
	interrupt := func() { _ = o.input.SetWriteDeadline(time.Unix(1, 0)) }
	defer context.AfterFunc(ctx, interrupt)()
	defer context.AfterFunc(o.alive, interrupt)()
	_, err := o.input.Write(text)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return errors.New("it has ended")
	}
	return err
}
