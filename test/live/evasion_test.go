package live

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// intruder is the program that knows ways around, as it is called in the room.
const intruder = toolDir + "/intruder"

// wayAround is a way of doing what a rule watches, meant to hide it. The script
// has a word in place of what is done it to; the same script, done to something
// harmless, must not raise the rule's alert.
type wayAround struct{ name, script string }

// watched is a rule with the words of scripts, what they stand for so that the
// rule has to raise its alert, and what they stand for so that it must not.
type watched struct {
	rule              string
	guarded, harmless []string // for strings.NewReplacer
	ways              []wayAround
}

// newIntruderStage is a stage without a container, with the intruder in it.
func newIntruderStage(t *testing.T, m *marks) *stage {
	t.Helper()
	requireRoot(t)
	s := &stage{room: newRoom(t), marks: m}
	program, err := os.ReadFile(build(t, "github.com/gyrsec/gyr/test/live/intruder"))
	if err != nil {
		t.Fatal(err)
	}
	s.within(t, func() {
		err = write(0o755, map[string]string{intruder: string(program), "/srv/.keep": ""})
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// within does something in the room without the test entering it.
func (s *stage) within(t *testing.T, do func()) {
	t.Helper()
	done := make(chan bool)
	go func() {
		defer close(done)
		s.room.enter(t)
		do()
	}()
	<-done
	if t.Failed() {
		t.FailNow()
	}
}

// TestLiveWaysAround does what the delivered rules watch in all the ways that
// hide it from a look at names.
func TestLiveWaysAround(t *testing.T) {
	tryAround(t, readAround(), runAround(), loaderAround(), minerAround(), memoryAround(), connectAround())
}

// tryAround tries all ways on what is guarded and on what is harmless.
func tryAround(t *testing.T, all ...watched) {
	t.Helper()
	g := start(t, markedOutputs(t))
	tryOn(t, g, newIntruderStage(t, newMarks()), all...)
}

func tryOn(t *testing.T, g *instance, s *stage, all ...watched) {
	t.Helper()
	for _, w := range all {
		t.Run(w.rule, func(t *testing.T) {
			for _, way := range w.ways {
				t.Run(way.name, func(t *testing.T) { w.try(t, g, s, way) })
			}
		})
	}
}

func (w watched) try(t *testing.T, g *instance, s *stage, way wayAround) {
	s.room.enter(t)
	guarded := host(strings.NewReplacer(w.guarded...).Replace(way.script))
	harmless := host(strings.NewReplacer(w.harmless...).Replace(way.script))
	done := s.run(t, []step{guarded, harmless})
	g.settle(t)
	if raised := g.rulesBy(done[0].mark); !slices.Contains(raised, w.rule) {
		t.Errorf("%s\nraised alerts of %q, but none of %s\nprinted: %s", guarded.what, raised, w.rule, done[0].printed)
	}
	if slices.Contains(g.rulesBy(done[1].mark), w.rule) {
		t.Errorf("%s\nis harmless and raised an alert of %s", harmless.what, w.rule)
	}
}

// with is the same rule with other ways.
func (w watched) with(ways ...wayAround) watched {
	w.ways = ways
	return w
}

// rulesBy are the rules of which alerts were raised by programs with a mark.
func (g *instance) rulesBy(mark string) []string {
	return rulesOf(g.find(func(a alert) bool { return a.text(markField) == mark }))
}

// withoutX32 is whether this kernel lacks the x32 ABI, so that nothing can be
// done by it. It is found out by a call that does nothing.
func withoutX32() bool {
	const x32 = 0x40000000
	_, _, errno := unix.Syscall(x32|unix.SYS_GETPID, 0, 0, 0)
	return errno == unix.ENOSYS
}

// TestLiveX32 reads a file by a call of the x32 ABI: where the kernel has that
// ABI there has to be an alert, and where not, the file cannot have been read.
func TestLiveX32(t *testing.T) {
	m := newMarks()
	g := start(t, markedOutputs(t))
	s := newIntruderStage(t, m)
	s.room.enter(t)
	done := s.run(t, []step{host(intruder + " x32-open /etc/shadow")})
	g.settle(t)
	refused := strings.TrimSpace(done[0].printed) == "ENOSYS"
	if refused != withoutX32() {
		t.Fatalf("the intruder printed %q, but that the kernel has no x32 is %v", done[0].printed, withoutX32())
	}
	if !refused && !slices.Contains(g.rulesBy(done[0].mark), readSensitive) {
		t.Errorf("reading the file by an x32 call raised alerts of %q", g.rulesBy(done[0].mark))
	}
}
