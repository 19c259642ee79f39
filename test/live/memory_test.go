package live

import (
	"fmt"
	"slices"
	"testing"
)

// allFields prints what comes from the memory of programs.
const allFields = `type=%evt.type result=%evt.res args=%evt.args buffer=%evt.buffer name=%fd.name raw=%fd.nameraw real=%fd.realpath
    path=%fs.path.name source=%fs.path.source target=%fs.path.target process=%proc.name exe=%proc.exe exepath=%proc.exepath
    command=%proc.cmdline cwd=%proc.cwd environment=%proc.env mark=%` + markField

// TestLiveBadMemory passes pointers to nowhere, memory that ends in the middle of
// what it should hold, and impossible lengths. Every call is an event with the
// error the kernel gave, and gyr goes on.
func TestLiveBadMemory(t *testing.T) {
	m := newMarks()
	g := start(t, withoutDelivered(t), `
- rule: Bad
  desc: The test makes calls that fail.
  condition: >-
    evt.type in (open, openat, openat2, unlinkat, renameat2, symlinkat, mount, connect, bind, sendto, sendmsg, sendmmsg, recvmsg, recvmmsg,
    accept4, execve, execveat) and evt.res in (EFAULT, EINVAL, E2BIG, EMSGSIZE) and proc.name = intruder
  output: `+allFields+`
  priority: DEBUG
`)
	s := newIntruderStage(t, m)
	for _, tt := range []struct {
		script string
		calls  []string
	}{
		{"bad-path", []string{"openat", "openat2", "unlinkat", "renameat2", "symlinkat", "mount"}},
		{"bad-address " + remote + ":3335", []string{"connect", "bind", "sendto"}},
		// Started after all, it would end with another status: it is told no way.
		{"bad-arguments " + intruder, []string{"execve", "execveat"}},
		{"bad-message 127.0.0.1:9", []string{"sendmsg", "sendmmsg", "recvmsg"}},
	} {
		t.Run(tt.script, func(t *testing.T) {
			s.room.enter(t)
			done := s.run(t, []step{host(intruder + " " + tt.script)})
			g.settle(t)
			var got []string
			for _, a := range g.find(func(a alert) bool { return a.text(markField) == done[0].mark }) {
				got = append(got, a.text("evt.type"))
			}
			for _, call := range tt.calls {
				if !slices.Contains(got, call) {
					t.Errorf("no event of a failed %s, but of %q", call, got)
				}
			}
		})
	}
}

// TestLiveEndOfMemory passes what ends where the memory ends: nobody may read on.
func TestLiveEndOfMemory(t *testing.T) {
	tryAround(t,
		readAround().with(wayAround{"name", intruder + " edge-open FILE"}),
		connectAround().with(wayAround{"address", intruder + " edge-connect ADDRESS"}),
		minerAround().with(wayAround{"arguments and environment", intruder + " edge-exec " + toolDir + "/xmrig ADDRESS"}),
	)
}

// TestLiveNoArguments runs a program with an argv of no strings and with none at
// all. The kernel gives it an empty argv[0] then.
func TestLiveNoArguments(t *testing.T) {
	m := newMarks()
	g := start(t, withoutDelivered(t), `
- rule: Started
  desc: The test starts it.
  condition: evt.type = execve and evt.rawres = 0 and proc.exepath = /var/tmp/standin
  output: `+allFields+`
  priority: DEBUG
`)
	s := newIntruderStage(t, m)
	for _, way := range []string{"no-arguments", "null-argv"} {
		t.Run(way, func(t *testing.T) {
			s.room.enter(t)
			done := s.run(t, []step{host(intruder + " " + way + " /var/tmp/standin")})
			g.settle(t)
			found := g.find(func(a alert) bool { return a.text(markField) == done[0].mark })
			if len(found) != 1 {
				t.Fatalf("raised %d alerts, want one: %v", len(found), found)
			}
			for field, want := range map[string]string{"proc.name": "standin", "proc.exe": "", "proc.exepath": "/var/tmp/standin"} {
				if got := fmt.Sprint(found[0].Fields[field]); got != want {
					t.Errorf("%s is %q, want %q", field, got, want)
				}
			}
		})
	}
}
