package containers

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// slowness is how long a slow runtime takes for an answer, and verySlowness how
// long one takes that may as well be dead.
const (
	slowness     = 2 * time.Second
	verySlowness = 5 * time.Second
)

// slowSize is how many containers are started while their runtime is slow.
const slowSize = 60

// patience is how long an alert may be held up for what the runtime says, and a
// little for the machine.
const patience = 2 * time.Second

// prompt is how long an alert of the host may take, whatever runtimes do.
const prompt = 500 * time.Millisecond

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// testSlow holds that a runtime that takes two seconds for an answer costs no
// alert and little time. Whether an alert has its metadata depends on what the
// runtime leaves on disk; the share that has not is told.
func testSlow(t *testing.T, s *stage) {
	for _, files := range []bool{true, false} {
		t.Run(fmt.Sprintf("files=%t", files), func(t *testing.T) {
			p := s.startProxy(t, slow, slowness)
			e := s.engines(p.socket)
			e.noFiles = !files
			g := startGyr(t, s.place, rules, e.settings())
			o := g.judge(t, s.burst(t, fmt.Sprintf("slow-%t", files), slowSize))
			t.Logf("the runtime answers after %v, its files are read: %t: %v", slowness, files, o)
			if o.alerts != slowSize {
				t.Errorf("%d alerts of %d containers", o.alerts, slowSize)
			}
			if files && s.files && o.empty > 0 {
				t.Errorf("%d alerts are incomplete, though the files of the runtime tell", o.empty)
			}
			if last := o.at(100); last > patience {
				t.Errorf("an alert took %v", last)
			}
			if p.requests() == 0 {
				t.Error("gyr did not ask the runtime")
			}
		})
	}
}

// testVerySlow holds that what a runtime says is of use however late it says it,
// where the container still runs.
func testVerySlow(t *testing.T, s *stage) {
	p := s.startProxy(t, slow, verySlowness)
	e := s.engines(p.socket)
	e.noFiles = true
	g := startGyr(t, s.place, rules, e.settings())
	began := time.Now()
	want := s.keep(t, "very-slow", repeating("very-slow"))
	known := func() bool {
		return slices.ContainsFunc(g.alerts, func(a alert) bool { return markOf(a) == "very-slow" && complete(a, want) })
	}
	// Several questions one after the other, and it may be asked anew.
	if !g.waitFor(t, 20*verySlowness, "the name of the container", known) {
		t.Fatalf("gyr does not know the container after %v:\n%s", time.Since(began), g.messages())
	}
	t.Logf("the runtime answers after %v; complete %v after the start", verySlowness, time.Since(began).Round(time.Millisecond))
	g.hostIsPrompt(t, "very-slow")
}

// testBroken holds that detection goes on while a runtime gives no sensible
// answer, and that metadata comes when it does again.
func testBroken(t *testing.T, s *stage) {
	for _, m := range []mode{refusing, failing, garbage, hanging} {
		t.Run(m.String(), func(t *testing.T) {
			p := s.startProxy(t, m, 0)
			e := s.engines(p.socket)
			e.noFiles = true // nothing else tells what the container is
			g := startGyr(t, s.place, rules, e.settings())

			mark := "broken-" + m.String()
			want := s.keep(t, mark, repeating(mark))
			first := g.await(t, "the first alert of a container", func(a alert) bool { return markOf(a) == mark })
			if d := first.delay(t); d > patience {
				t.Errorf("the first alert took %v", d)
			}
			compare(t, first, map[string]string{"container.id": want["container.id"], "container.full_id": want["container.full_id"]})
			g.hostIsPrompt(t, mark)

			mended := time.Now()
			p.set(t, passing)
			g.await(t, "the name of the container", func(a alert) bool { return markOf(a) == mark && complete(a, want) })
			t.Logf("complete %v after the runtime was mended", time.Since(mended).Round(time.Millisecond))
			g.completeAgain(t, s, "mended-"+m.String())
		})
	}
}

// testRestart holds that a runtime that goes away under its containers takes
// nothing with it that was known, and is followed when it is back.
func testRestart(t *testing.T, s *stage) {
	g := startGyr(t, s.place, rules, s.engines(s.socket).settings())
	want := s.keep(t, "stays", repeating("stays"))
	g.await(t, "an alert of the container", func(a alert) bool { return markOf(a) == "stays" && complete(a, want) })

	s.stop(t)
	away := time.Now()
	g.await(t, "an alert of the container without its runtime", func(a alert) bool {
		if markOf(a) != "stays" || !a.came.After(away) {
			return false
		}
		compare(t, a, want)
		return true
	})
	g.hostIsPrompt(t, "away")
	s.start(t)
	g.completeAgain(t, s, "back")
}

// repeating is a command that starts a program with a mark again and again.
func repeating(mark string) []string {
	return []string{"sh", "-c", fmt.Sprintf("while :; do sh -c ': %s%s;'; sleep 0.1; done", markPrefix, mark)}
}

// complete reports whether an alert says all it has to.
func complete(a alert, want map[string]string) bool {
	for field, value := range want {
		if a.text(field) != value {
			return false
		}
	}
	return true
}

// compare fails the test where an alert does not say what it has to.
func compare(t *testing.T, a alert, want map[string]string) {
	t.Helper()
	for field, value := range want {
		if got := a.text(field); got != value {
			t.Errorf("%s is %q, want %q, in %s", field, got, value, a.raw)
		}
	}
}

// completeAgain waits until alerts of a new container are complete: the
// runtime's stream of events may take a while to be followed again.
func (g *gyr) completeAgain(t *testing.T, s *stage, name string) {
	t.Helper()
	want, err := s.run(t.Context(), name, shortLived(name))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, g.await(t, "the alert of a new container", func(a alert) bool { return markOf(a) == name }), want)
}

// hostIsPrompt holds that events of the host wait for no runtime.
func (g *gyr) hostIsPrompt(t *testing.T, name string) {
	t.Helper()
	mark := "host-" + name
	if out, err := exec.Command("/bin/true", markPrefix+mark+";").CombinedOutput(); err != nil {
		t.Fatalf("running true: %v\n%s", err, out)
	}
	a := g.await(t, "the alert of the host", func(a alert) bool {
		return a.Rule == hostRule && strings.Contains(a.text("proc.args"), mark)
	})
	if d := a.delay(t); d > prompt {
		t.Errorf("an alert of the host took %v", d)
	}
}
