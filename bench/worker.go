package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// worker is a child process of a load, waiting to be let go.
type worker struct {
	cmd   *exec.Cmd
	input io.WriteCloser
	lines *bufio.Reader
}

// startWorker starts a worker and returns when it is ready.
func startWorker(ctx context.Context, name string, cpu, rounds int, path string) (*worker, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, workerCommand, "-load", name,
		"-cpu", strconv.Itoa(cpu), "-n", strconv.Itoa(rounds), "-path", path)
	// No signals of Go's scheduler in the middle of the loop.
	cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1", "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	w := &worker{cmd: cmd}
	if w.input, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.lines = bufio.NewReader(out)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a load: %w", err)
	}
	if _, err := w.lines.ReadString('\n'); err != nil {
		w.stop()
		return nil, fmt.Errorf("load %s did not get ready: %w", name, err)
	}
	return w, nil
}

// letGo has a ready worker begin.
func (w *worker) letGo() error {
	_, err := w.input.Write([]byte("\n"))
	return err
}

// timing waits for a worker's result.
func (w *worker) timing() (timing, error) {
	var t timing
	line, err := w.lines.ReadBytes('\n')
	if err != nil {
		return t, fmt.Errorf("load ended without a result: %w", err)
	}
	return t, json.Unmarshal(line, &t)
}

// stop ends a worker: it does when its input does.
func (w *worker) stop() {
	w.input.Close()
	done := time.AfterFunc(5*time.Second, func() { w.cmd.Process.Kill() })
	w.cmd.Wait()
	done.Stop()
}

// processors are the numbers of those this process may run on.
func processors() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("asking for the processors allowed: %w", err)
	}
	var cpus []int
	for cpu := range len(set) * 64 {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// run runs a load once. The wall time is that of the slowest process, the
// processor time that of all together.
func (l load) run(ctx context.Context, rounds int, path string) (timing, error) {
	cpus, err := processors()
	if err != nil {
		return timing{}, err
	}
	if !l.everyCPU {
		cpus = cpus[:1]
	}
	var total timing
	var workers []*worker
	defer func() {
		for _, w := range workers {
			w.stop()
		}
	}()
	for _, cpu := range cpus {
		w, err := startWorker(ctx, l.name, cpu, rounds, path)
		if err != nil {
			return total, err
		}
		workers = append(workers, w)
	}
	for _, w := range workers {
		if err := w.letGo(); err != nil {
			return total, err
		}
	}
	for _, w := range workers {
		t, err := w.timing()
		if err != nil {
			return total, err
		}
		total.Wall = max(total.Wall, t.Wall)
		total.CPU += t.CPU
	}
	return total, nil
}
