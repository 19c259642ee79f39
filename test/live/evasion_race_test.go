package live

import (
	"fmt"
	"strings"
	"testing"
)

// racedOutputs adds to the outputs what is needed to tell the file the kernel
// opened from the one named.
func racedOutputs(t *testing.T) string {
	t.Helper()
	return markedOutputs(t) + fmt.Sprintf(`
- rule: %s
  output: real=%%fd.realpath raw=%%fd.nameraw
  override: {output: append}
`, readSensitive)
}

// TestLiveRaces opens a file by a name that another thread changes while the call
// is under way. Every time that file was opened has to raise an alert, whatever
// the name was when the call returned.
func TestLiveRaces(t *testing.T) {
	const guarded, other = "/etc/shadow", "/etc/passwd"
	m := newMarks()
	g := start(t, racedOutputs(t))
	s := newIntruderStage(t, m)
	for _, tt := range []struct{ name, script string }{
		{"two threads", fmt.Sprintf("flip %s %s 3000", guarded, other)},
		{"name changed after the kernel took it", fmt.Sprintf("slow-open %s %s /mnt/slow", guarded, other)},
		{"name not in memory before the kernel took it", fmt.Sprintf("fault-open %s %s /mnt/slow", guarded, other)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.room.enter(t)
			done := s.run(t, []step{host(intruder + " " + tt.script)})
			var opened int
			if _, err := fmt.Sscan(done[0].printed, &opened); err != nil || opened == 0 {
				t.Fatalf("%s\nprinted %q (%v): the file was never opened", tt.script, done[0].printed, err)
			}
			g.settle(t)
			found := g.find(func(a alert) bool {
				return a.text(markField) == done[0].mark && a.Rule == readSensitive && a.text("fd.realpath") == guarded
			})
			if len(found) != opened {
				t.Errorf("%s\nopened the file %d times and raised %d alerts for it", tt.script, opened, len(found))
			}
		})
	}
}

// TestLiveClosedUnderWay connects by a descriptor that is closed before the call
// returns.
func TestLiveClosedUnderWay(t *testing.T) {
	tryAround(t, connectAround().with(wayAround{"closed", intruder + " connect-closed BUSY"}))
}

// TestLiveFastOpen connects by sending, without a call of connect: the connection
// is made, or begun, in the call.
func TestLiveFastOpen(t *testing.T) {
	m := newMarks()
	g := start(t, withoutDelivered(t), `
- rule: Connected
  desc: The test does it.
  condition: evt.type in (sendto, sendmsg) and (fd.connected = true or evt.res = EINPROGRESS) and fd.sip = `+remote+` and fd.sport = 3335 and fd.l4proto = tcp
  output: name=%fd.name mark=%`+markField+`
  priority: DEBUG
`)
	s := newIntruderStage(t, m)
	for _, way := range []string{"fastopen ADDRESS", "fastopen-sendmsg ADDRESS", "uring-fastopen ADDRESS enter", "uring-fastopen ADDRESS poll"} {
		t.Run(way, func(t *testing.T) {
			s.room.enter(t)
			done := s.run(t, []step{host(intruder + " " + strings.ReplaceAll(way, "ADDRESS", remote+":3335"))})
			g.settle(t)
			if raised := g.rulesBy(done[0].mark); len(raised) != 1 {
				t.Errorf("raised %d alerts, want one", len(raised))
			}
		})
	}
}

// TestLiveStolenDescriptor opens a file while another thread puts a harmless one
// into its descriptor before the call returns, as soon as it can. The name is a
// symlink, so that it does not tell. What became of the descriptor has to be found
// out; a few races among thousands are lost.
func TestLiveStolenDescriptor(t *testing.T) {
	const guarded, other, rounds, enough = "/etc/shadow", "/etc/passwd", 2000, 5
	m := newMarks()
	g := start(t, racedOutputs(t))
	s := newIntruderStage(t, m)
	s.room.enter(t)
	opened, seen, stolen := 0, 0, 0
	for range 20 {
		done := s.run(t, []step{host(fmt.Sprintf("ln -sf %s /mnt/stolen; %s steal /mnt/stolen %s %d", guarded, intruder, other, rounds))})
		g.settle(t)
		opened += rounds
		for _, a := range g.find(func(a alert) bool { return a.text(markField) == done[0].mark && a.Rule == readSensitive }) {
			seen++
			if a.text("fd.realpath") != guarded {
				stolen++
			}
		}
		if stolen >= enough {
			break
		}
	}
	if stolen == 0 {
		t.Errorf("the file was opened %d times, and no alert is about a descriptor that held another one by then", opened)
	}
	if missed := opened - seen; missed*500 > opened {
		t.Errorf("the file was opened %d times, of which %d times the descriptor held another one by then, and %d raised no alert", opened, stolen, missed)
	}
}
