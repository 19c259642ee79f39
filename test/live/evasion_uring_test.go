package live

import (
	"slices"
	"strings"
	"testing"
)

// byRing makes three ways of each: the ring is entered by the program, looked at
// by a thread of the kernel's, or handed on to a worker.
func byRing(ways ...wayAround) []wayAround {
	var all []wayAround
	for _, way := range ways {
		for _, how := range []string{"enter", "poll", "async"} {
			all = append(all, wayAround{way.name + " by " + how, strings.ReplaceAll(way.script, "HOW", how)})
		}
	}
	return all
}

// TestLiveRing opens and connects without a system call for it, by io_uring.
func TestLiveRing(t *testing.T) {
	tryAround(t,
		readAround().with(byRing(
			wayAround{"open", intruder + " uring-open FILE HOW"},
			wayAround{"openat2", intruder + " uring-open2 FILE HOW"},
			wayAround{"relative", "cd /etc; " + intruder + " uring-open ./NAME HOW"},
			wayAround{"directory descriptor", intruder + " uring-dirfd /etc NAME HOW"},
			wayAround{"symlink", "ln -sf FILE /mnt/ring-NAME; " + intruder + " uring-open /mnt/ring-NAME HOW"},
			wayAround{"without a descriptor", intruder + " uring-open-direct FILE HOW"},
		)...),
		connectAround().with(byRing(
			wayAround{"connect", intruder + " uring-connect ADDRESS HOW"},
			wayAround{"socket without a descriptor", intruder + " uring-socket ADDRESS HOW"},
		)...),
	)
}

// TestLiveRingPaths changes names by io_uring. Each operation has to be an event
// like that of the system call it stands for.
func TestLiveRingPaths(t *testing.T) {
	m := newMarks()
	g := start(t, withoutDelivered(t), `
- rule: Ring
  desc: The test makes each of these.
  condition: evt.type in (unlinkat, renameat, renameat2, mkdirat, symlinkat, linkat) 
    and (fs.path.name startswith /mnt/ring/ or fs.path.source startswith /mnt/ring/)
  output: type=%evt.type path=%fs.path.name source=%fs.path.source target=%fs.path.target mark=%`+markField+`
  priority: DEBUG
`)
	s := newIntruderStage(t, m)
	for _, tt := range []struct {
		script string
		types  []string
	}{
		{"uring-mkdir /mnt/ring/d HOW", []string{"mkdirat"}},
		{"uring-symlink target /mnt/ring/s HOW", []string{"symlinkat"}},
		{"uring-link /mnt/ring/f /mnt/ring/l HOW", []string{"linkat"}},
		{"uring-rename /mnt/ring/f /mnt/ring/g HOW", []string{"renameat", "renameat2"}},
		{"uring-unlink /mnt/ring/f HOW", []string{"unlinkat"}},
	} {
		for _, how := range []string{"enter", "poll", "async"} {
			script := strings.ReplaceAll(tt.script, "HOW", how)
			t.Run(script, func(t *testing.T) {
				s.room.enter(t)
				done := s.run(t, []step{host("rm -rf /mnt/ring; mkdir /mnt/ring; touch /mnt/ring/f"), host(intruder + " " + script)})
				g.settle(t)
				found := g.find(func(a alert) bool { return a.Rule == "Ring" && a.text(markField) == done[1].mark })
				if len(found) != 1 || !slices.Contains(tt.types, found[0].text("evt.type")) {
					t.Errorf("got %q, want one alert of %q", found, tt.types)
				}
			})
		}
	}
}
