package runtimes

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// traces are what runtimes could leave behind.
type traces struct {
	mounts    []string // of the test's mount namespace
	processes []string // started by runtimes of the place
}

// look takes stock.
func look(t testing.TB, p *Place) traces {
	t.Helper()
	var now traces
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		// A mount by its place and what is mounted there: others may be made while
		// the test runs.
		if strings.Contains(line, p.Dir) {
			now.mounts = append(now.mounts, line)
		}
	}
	environs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	mark := []byte(markVariable + "=" + p.Dir + "\x00")
	for _, file := range environs {
		environ, _ := os.ReadFile(file) // it may have ended
		if !bytes.Contains(environ, mark) {
			continue
		}
		args, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if len(args) > 0 { // else it has ended and is about to be waited for
			now.processes = append(now.processes, fmt.Sprintf("%s: %s", filepath.Base(filepath.Dir(file)), bytes.ReplaceAll(args, []byte{0}, []byte{' '})))
		}
	}
	return now
}

// compare fails the test where there is more than before. What a daemon that was
// stopped leaves to end by itself gets some time.
func (before traces) compare(t testing.TB, p *Place) {
	t.Helper()
	p.cgroups.remove(t)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		now := look(t, p)
		mounts, processes := added(before.mounts, now.mounts), added(before.processes, now.processes)
		if len(mounts)+len(processes) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("runtimes left %d mounts and %d processes:\n%s%s",
				len(mounts), len(processes), strings.Join(mounts, ""), strings.Join(processes, "\n"))
			return
		}
	}
}

// added are the elements of now that were not there before.
func added(before, now []string) []string {
	return slices.DeleteFunc(slices.Clone(now), func(s string) bool { return slices.Contains(before, s) })
}
