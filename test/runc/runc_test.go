package runc

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// terminalOf is the tty_nr of a process: major<<8 | minor, 0 without one.
func terminalOf(t *testing.T, pid int) int {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	// The name in parentheses may hold anything; after it comes the state,
	// ppid, pgrp, session, tty_nr.
	after := stat[strings.LastIndexByte(string(stat), ')')+1:]
	var state string
	var ppid, pgrp, session, tty int
	if _, err := fmt.Sscan(string(after), &state, &ppid, &pgrp, &session, &tty); err != nil {
		t.Fatalf("reading %q: %v", stat, err)
	}
	return tty
}

func cgroupsOf(t *testing.T, pid int) string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestLiveShellInContainer(t *testing.T) {
	c := Start(t, Options{})
	c.Await(t, "# ")
	if got := c.Run(t, "tty"); !strings.HasPrefix(got, "/dev/pts/") && got != "/dev/console" {
		t.Errorf("tty printed %q, want a terminal", got)
	}
	if got, want := c.Run(t, "cat /proc/self/comm; id -u; hostname"), "cat\n0\n"+c.ID[:12]; got != want {
		t.Errorf("the shell printed %q, want %q", got, want)
	}
	pid := c.PID(t)
	if terminalOf(t, pid) == 0 {
		t.Errorf("process %d has no terminal", pid)
	}
	if got := cgroupsOf(t, pid); !strings.Contains(got, "/docker/"+c.ID+"\n") {
		t.Errorf("cgroups of process %d do not name the container:\n%s", pid, got)
	}

	e := c.Exec(t, "sh")
	e.Await(t, "# ")
	if terminalOf(t, e.PID(t)) == 0 {
		t.Error("the second shell has no terminal")
	}
	e.Type(t, "exit 3\n")
	if got := e.Wait(t); got != 3 {
		t.Errorf("the second shell ended with %d, want 3", got)
	}
	c.Type(t, "exit\n")
	if got := c.Wait(t); got != 0 {
		t.Errorf("the container ended with %d, want 0:\n%s", got, c.Output())
	}
}

func TestLiveExecNoTerminal(t *testing.T) {
	const path = "/kubepods/besteffort/pod11111111-2222-3333-4444-555555555555/"
	id := NewID()
	c := Start(t, Options{ID: id, CgroupsPath: path + id, Args: []string{"sleep", "600"}, NoTerminal: true, UID: 65534})
	if terminalOf(t, c.PID(t)) != 0 {
		t.Error("a container without a terminal has one")
	}
	if got := cgroupsOf(t, c.PID(t)); !strings.Contains(got, path+id) {
		t.Errorf("cgroups do not name %s:\n%s", path+id, got)
	}
	e := c.ExecNoTerminal(t, "sh", "-c", "id -u; tty; exit 4")
	if got := e.Wait(t); got != 4 {
		t.Errorf("ended with %d, want 4", got)
	}
	if got, want := e.Output(), "65534\nnot a tty\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

// What a container leaves behind, the next test would trip over.
func TestLiveNothingLeftBehind(t *testing.T) {
	require(t)
	id := NewID()
	parent := "/gyr-test-" + id[:12]
	var cgroups []string
	var pid int
	t.Run("container", func(t *testing.T) {
		c := Start(t, Options{ID: id, CgroupsPath: parent + "/" + id})
		pid = c.PID(t)
		// In a hierarchy of its own for each controller, or in the only one.
		for _, pattern := range []string{"/sys/fs/cgroup/*" + parent, "/sys/fs/cgroup" + parent} {
			found, err := filepath.Glob(pattern)
			if err != nil {
				t.Fatal(err)
			}
			cgroups = append(cgroups, found...)
		}
	})
	if len(cgroups) == 0 {
		t.Errorf("no cgroup %s while the container ran", parent)
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d/root", pid)); err == nil {
		t.Errorf("process %d still runs", pid)
	}
	for _, dir := range cgroups {
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s is still there", dir)
		}
	}
}
