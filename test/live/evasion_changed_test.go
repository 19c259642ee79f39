package live

import (
	"fmt"
	"strings"
	"testing"
)

// argumentChanged is the alert about what was one thing when a call began and
// another when it returned.
const argumentChanged = "Gyr internal: argument changed during call"

// TestLiveArgumentChanged changes names and addresses while the call they were
// passed to runs. Beside what rules say, that is an alert of its own, with both.
func TestLiveArgumentChanged(t *testing.T) {
	m := newMarks()
	g := start(t, markedOutputs(t))
	s := newIntruderStage(t, m)
	far := strings.Repeat("/.", 200) // says nothing, and takes 400 bytes
	for _, tt := range []struct{ name, script, from, to string }{
		{"open", "fifo-open /mnt/fifo /mnt/other-file", "/mnt/fifo", "/mnt/other-file"},
		{"rename", "fault-rename /mnt/renamed /mnt/to /mnt/other-name", "/mnt/", "/mnt/other-name"},
		{
			"open, far behind", fmt.Sprintf("fifo-open %[1]s/mnt/far-fifo %[1]s/mnt/far-file", far),
			"/mnt/far-fifo", far[:200], // the file that was opened, and the name as it became
		},
		{"connect", fmt.Sprintf("connect-changed %s:14444 127.0.0.1:9", remote), remote, "127.0.0.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.room.enter(t)
			s.run(t, []step{host("echo >/mnt/renamed; " + intruder + " " + tt.script)})
			// It is not in order with those of rules.
			g.await(t, fmt.Sprintf("that %s became %s", tt.from, tt.to), func(a alert) bool {
				return a.Rule == argumentChanged && strings.HasSuffix(a.text("proc.cmdline"), tt.script) &&
					strings.Contains(a.text("argument.before"), tt.from) && strings.Contains(a.text("argument.after"), tt.to)
			})
		})
	}
	t.Run("nothing changed", func(t *testing.T) {
		const quiet = "/mnt/quiet"
		s.room.enter(t)
		s.run(t, []step{host("mkdir -p " + quiet + "; cd " + quiet + "; for i in 1 2 3 4 5 6 7 8 9; do echo x >$i; cat $i ./$i " + quiet + "/$i; rm $i; ls $i; done; :")})
		g.settle(t)
		for _, a := range g.find(func(a alert) bool { return a.Rule == argumentChanged && strings.Contains(a.raw, quiet) }) {
			t.Errorf("nothing was changed, and yet: %s", a.raw)
		}
	})
}
