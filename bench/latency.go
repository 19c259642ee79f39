package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// probeLoad is the worker that opens watched files.
	probeLoad = "probe"
	// probePrefix begins the watched files' names; a number follows.
	probePrefix = "watched-"
	probes      = 300
	// An alert later than this counts as none.
	alertLimit     = 2 * time.Second
	clockMonotonic = unix.CLOCK_MONOTONIC
)

// latencyRules is a rule file with one rule, on the files of a folder.
func latencyRules(dir string) string {
	return fmt.Sprintf(`- rule: Watched file opened
  desc: A file made for measuring the time from a call to its alert was opened.
  condition: evt.type in (open, openat, openat2) and fd.name startswith %s
  output: A watched file was opened (file=%%fd.name)
  priority: NOTICE
`, strconv.Quote(filepath.Join(dir, probePrefix)))
}

// probe is the worker: for each number it reads it opens the watched file of
// that number and prints when, by CLOCK_MONOTONIC, it was about to.
func probe(prefix string, in io.Reader, out io.Writer) error {
	runtime.LockOSThread()
	fmt.Fprintln(out, "ready")
	at := unix.AT_FDCWD
	for lines := bufio.NewScanner(in); lines.Scan(); {
		name, err := unix.BytePtrFromString(prefix + lines.Text())
		if err != nil {
			return err
		}
		began := clock(clockMonotonic)
		fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(at), uintptr(unsafe.Pointer(name)),
			unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
		if errno != 0 {
			return fmt.Errorf("opening %s%s: %w", prefix, lines.Text(), errno)
		}
		syscall.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
		if err := json.NewEncoder(out).Encode(timing{Wall: began}); err != nil {
			return err
		}
	}
	return nil
}

// seen is an alert about a watched file.
type seen struct {
	number int
	at     time.Duration
}

// probeNumber finds the number of the watched file an alert is about.
func probeNumber(line string) (int, bool) {
	_, after, ok := strings.Cut(line, probePrefix)
	if !ok {
		return 0, false
	}
	digits := after[:len(after)-len(strings.TrimLeft(after, "0123456789"))]
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

// latency measures, on an otherwise idle machine, the time from just before a
// system call until the line of its alert has been read. missed is the number
// of calls without one.
func (b *bench) latency(ctx context.Context) (times []time.Duration, missed int, err error) {
	rules := filepath.Join(b.dir, "latency.yaml")
	if err := os.WriteFile(rules, []byte(latencyRules(b.dir)), 0o644); err != nil {
		return nil, 0, err
	}
	for n := range probes {
		if err := os.WriteFile(filepath.Join(b.dir, probePrefix+strconv.Itoa(n)), nil, 0o644); err != nil {
			return nil, 0, err
		}
	}
	alerts := make(chan seen, probes)
	s := b.gyr("-r", rules, "-o", "json_output=true")
	s.alert = func(line string, at time.Duration) {
		if n, ok := probeNumber(line); ok {
			alerts <- seen{n, at}
		}
	}
	p, err := s.start(ctx)
	if err != nil {
		return nil, 0, err
	}
	w, err := startWorker(ctx, probeLoad, -1, 0, filepath.Join(b.dir, probePrefix))
	if err != nil {
		p.stop()
		return nil, 0, err
	}
	times, missed, err = probeAll(ctx, w, alerts)
	w.stop()
	if _, stopErr := p.stop(); err == nil {
		err = stopErr
	}
	return times, missed, err
}

// probeAll has the worker open one watched file after the other and waits for
// each one's alert.
func probeAll(ctx context.Context, w *worker, alerts <-chan seen) (times []time.Duration, missed int, err error) {
	for n := range probes {
		// At random distances, lest they fall in step with a timer.
		select {
		case <-time.After(10*time.Millisecond + rand.N(30*time.Millisecond)):
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
		if _, err := fmt.Fprintln(w.input, n); err != nil {
			return nil, 0, err
		}
		t, err := w.timing()
		if err != nil {
			return nil, 0, err
		}
		limit := time.After(alertLimit)
		for waiting := true; waiting; {
			select {
			case a := <-alerts:
				if a.number == n {
					times = append(times, a.at-t.Wall)
					waiting = false
				}
			case <-limit:
				missed++
				waiting = false
			}
		}
	}
	return times, missed, nil
}
