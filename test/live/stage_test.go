package live

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gyrsec/gyr/test/runc"
)

// behaviour is a rule with what raises its alert and what comes near.
type behaviour struct {
	rule string
	// local are rules a user wrote; without them nothing in raises raises an
	// alert.
	local string
	// Each of raises raises one alert of the rule, none of misses does. No
	// other rule raises one either, unless the step names it.
	raises, misses []step
	// Each of silenced raises one without local, and none with it.
	silenced []step
}

// step is something done, with a mark of its own.
type step struct {
	what string // script or description
	do   action
	ends int // the exit status it has to end with, so that it is known to have been done
	with []companion
	aged bool // the stage's server does it, under its own mark
}

// action does something with programs that carry the mark, and returns what
// they printed and the exit status.
type action func(t *testing.T, s *stage, mark string) (printed string, status int)

// companion is another rule whose alert a step raises, and why that is right.
type companion struct{ rule, why string }

// Exit statuses that say a program could not be started, or does not exist.
const (
	refused  = 126
	notThere = 127
)

// ending is a step that has to end with another exit status than 0.
func (s step) ending(status int) step {
	s.ends = status
	return s
}

// host is a script that runs outside of containers.
func host(script string, with ...companion) step {
	do := func(t *testing.T, s *stage, mark string) (string, int) {
		t.Helper()
		return run(t, mark, "/bin/sh", filepath.Join(stepDir, s.script(t, script, mark)))
	}
	return step{what: script, do: do, with: with}
}

// inside is a script that runs in a container whose first process is a shell
// without a terminal. Its programs need their path: this busybox's shell runs
// its own without starting a program otherwise.
func inside(script string, with ...companion) step {
	do := func(t *testing.T, s *stage, mark string) (string, int) {
		t.Helper()
		return s.runInside(t, s.container, script, mark)
	}
	return step{what: script + " (in a container)", do: do, with: with}
}

// runInside runs a script by the shell that is a container's first process.
func (s *stage) runInside(t *testing.T, c *runc.Container, script, mark string) (printed string, status int) {
	t.Helper()
	printed = c.Run(t, fmt.Sprintf("%s=%s /bin/sh /steps/%s 2>&1; echo status=$?", markVariable, mark, s.script(t, script, mark)))
	i := strings.LastIndex(printed, "status=")
	status, err := strconv.Atoi(strings.TrimPrefix(printed[max(i, 0):], "status="))
	if err != nil {
		t.Fatalf("%s: no status in %q", script, printed)
	}
	return printed[:i], status
}

// onTerminal is a script on a terminal of the host.
func onTerminal(script string, with ...companion) step {
	do := func(t *testing.T, _ *stage, mark string) (string, int) {
		t.Helper()
		return run(t, mark, "script", "-qec", script, "/dev/null")
	}
	return step{what: script + " (on a terminal)", do: do, with: with}
}

// stage is where steps are done.
type stage struct {
	room      *room
	marks     *marks
	container *runc.Container
	aged      *serverProcess // runs since the start of the test
}

// environment is that of every program a step starts.
func environment(mark string) []string {
	return []string{markVariable + "=" + mark, "PATH=/usr/sbin:/usr/bin:/sbin:/bin:" + toolDir, "HOME=/root", "LC_ALL=C"}
}

// newStage makes the room, and starts a server and a container in it.
func newStage(t *testing.T, m *marks) *stage {
	t.Helper()
	s := &stage{room: newRoom(t), marks: m}
	// The container is started in the room, so that its binds and its network
	// are the room's, but has to outlive the goroutine that entered it.
	started := make(chan bool)
	go func() {
		defer close(started)
		s.room.enter(t)
		s.aged = startServer(t, m.next())
		s.container = runc.Start(t, s.options(m.own()))
	}()
	<-started
	switch {
	case t.Failed():
		t.FailNow()
	case t.Skipped():
		t.SkipNow()
	}
	return s
}

// options are those of a container without a terminal.
func (s *stage) options(mark string) runc.Options {
	return runc.Options{
		NoTerminal: true, HostNetwork: true, Env: []string{markVariable + "=" + mark},
		Binds: []runc.Bind{
			{Source: toolDir, Target: "/opt/tools"}, {Source: stepDir, Target: "/steps"},
			{Source: imageDir + "/merged", Target: "/opt/image"},
			{Source: tokenDir, Target: "/run/secrets/kubernetes.io/serviceaccount"},
			{Source: runDir, Target: "/run/sockets"},
		},
	}
}

// script writes a step's script where host and container find it. It is read
// from a file so that no command line has it in it but those it makes.
func (s *stage) script(t *testing.T, text, mark string) string {
	t.Helper()
	name := mark + ".sh"
	if err := os.WriteFile(filepath.Join(stepDir, name), []byte(text+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// run runs a program to its end.
func run(t *testing.T, mark string, args ...string) (printed string, status int) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = environment(mark)
	// Without the terminal that somebody may test at.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// done is a step that was done.
type done struct {
	step
	mark, printed string
}

// run does steps, one after the other.
func (s *stage) run(t *testing.T, steps []step) []done {
	t.Helper()
	var all []done
	for _, st := range steps {
		mark := s.marks.next()
		if st.aged {
			mark = s.aged.mark
		}
		printed, status := st.do(t, s, mark)
		if status != st.ends {
			t.Errorf("%s\nended with %d, not %d, and printed: %s", st.what, status, st.ends, printed)
		}
		all = append(all, done{st, mark, printed})
	}
	return all
}

// check compares the rules a step raised alerts of with those it should have.
func (d done) check(t *testing.T, g *instance, rule string) {
	t.Helper()
	want := []string{}
	if rule != "" {
		want = append(want, rule)
	}
	for _, c := range d.with {
		want = append(want, c.rule)
	}
	slices.Sort(want)
	found := g.find(func(a alert) bool { return a.text(markField) == d.mark })
	got := rulesOf(found)
	slices.Sort(got)
	if slices.Equal(got, want) {
		return
	}
	var lines []string
	for _, a := range found {
		lines = append(lines, a.raw)
	}
	t.Errorf("%s\nraised alerts of %q, want %q\nprinted: %s\n%s", d.what, got, want, d.printed, strings.Join(lines, "\n"))
}
