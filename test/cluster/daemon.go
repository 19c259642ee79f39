package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// daemon is a program of the cluster that runs until it is stopped.
type daemon struct {
	name  string
	cmd   *exec.Cmd
	log   string
	ended chan struct{}
}

// startDaemon starts a program with its log in a file of dir. It dies with this
// process.
func startDaemon(dir string, env []string, name string, args ...string) (*daemon, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	d := &daemon{name: name, log: filepath.Join(dir, name+".log"), ended: make(chan struct{})}
	log, err := os.OpenFile(d.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	program, err := lookPath(env, name)
	if err != nil {
		return nil, err
	}
	d.cmd = exec.Command(program, args...)
	d.cmd.Args[0] = name
	d.cmd.Env, d.cmd.Stdout, d.cmd.Stderr = env, log, log
	// A session of its own: what is typed at the tests' terminal is not for it.
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if err := d.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	go func() {
		d.cmd.Wait()
		close(d.ended)
	}()
	return d, nil
}

// lookPath finds a program by the PATH of an environment.
func lookPath(env []string, name string) (string, error) {
	var path string
	for _, v := range env {
		if p, ok := strings.CutPrefix(v, "PATH="); ok {
			path = p
		}
	}
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode()&0o111 != 0 && !info.IsDir() {
			return file, nil
		}
	}
	return "", fmt.Errorf("no program %s in %s: test/packages.sh e2e installs what the cluster needs", name, path)
}

// await waits until ready returns no error.
func (d *daemon) await(limit time.Duration, ready func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-d.ended:
			return fmt.Errorf("%s ended (%v) before it was ready:\n%s", d.name, d.cmd.ProcessState, d.tail())
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s is not ready after %v: %w\n%s", d.name, limit, err, d.tail())
		}
	}
}

// tail is the end of the log.
func (d *daemon) tail() string {
	log, err := os.ReadFile(d.log)
	if err != nil {
		return err.Error()
	}
	const most = 4000
	return string(log[max(0, len(log)-most):])
}

// kill ends the program. What it would tidy up goes with the namespaces.
func (d *daemon) kill() {
	d.cmd.Process.Kill()
	<-d.ended
}
