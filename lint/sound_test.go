package lint

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/event"
)

// randomCondition writes a condition over few fields and values, so that
// conflicts and implications happen.
func randomCondition(r *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	if depth == 0 || r.IntN(3) == 0 {
		text := func() string { return pick("/a", "/a/b", "/b", "ab", "x") }
		list := func() string { return "(" + text() + ", " + text() + ")" }
		switch r.IntN(7) {
		case 0:
			return "evt.type " + pick("= ", "!= ") + pick("open", "openat", "execve")
		case 1:
			return "evt.type in (" + pick("open", "openat") + ", " + pick("openat", "execve") + ")"
		case 2:
			return "fd.num " + pick("=", "!=", "<", "<=", ">", ">=") + " " + pick("0", "3", "4", "0x4")
		case 3:
			return pick("proc.name", "proc.aname", "fd.name") + " in " + list()
		case 4:
			return pick("proc.name", "proc.aname", "fd.name") + " exists"
		case 5:
			return pick("proc.name", "fd.name", "proc.aname") + pick(" startswith", " contains", " endswith", " =", " !=") + pick(" anyof ", " allof ", " oneof ") + list()
		}
		return pick("proc.name", "fd.name", "proc.aname") + pick(" startswith ", " contains ", " endswith ", " = ", " != ", " icontains ", " glob ") + text()
	}
	parts := []string{randomCondition(r, depth-1), randomCondition(r, depth-1)}
	for r.IntN(3) == 0 {
		parts = append(parts, randomCondition(r, depth-1))
	}
	return pick("", "", "not ") + "(" + strings.Join(parts, pick(" and ", " or ")) + ")"
}

// someEvents have every combination of a few types, names and numbers.
func someEvents() []*event.Event {
	var events []*event.Event
	for _, name := range []string{"/a", "/a/b", "/b", "ab", "x", ""} {
		for _, parent := range []string{"/a", "x", ""} {
			var up *event.Task
			if parent != "" {
				p := &event.Process{PID: 1, Name: parent}
				event.NewTask(p, 0, nil)
				up = p.Task
			}
			process := &event.Process{PID: 2, PPID: 1, Name: name}
			event.NewTask(process, 0, up)
			for _, typ := range []string{"open", "openat", "execve"} {
				t, _ := event.ByName(typ)
				if typ == "execve" {
					events = append(events, &event.Event{Num: 1, Type: t, Process: process})
					continue
				}
				for _, file := range []string{"/a", "/a/b", "/b", "ab"} {
					for num := range int64(6) {
						e := &event.Event{Num: 1, Type: t, Process: process, HasFD: true}
						e.FD.Num, e.FD.Name, e.FD.RawName = num-1, file, file
						events = append(events, e)
					}
				}
			}
		}
	}
	return events
}

// What is said to be impossible never happens, and what is said to follow from
// a condition holds whenever the condition does.
func TestConclusionsAreSound(t *testing.T) {
	events := someEvents()
	r := rand.New(rand.NewPCG(1, 2))
	compiled := func(text string) (*formula, *condition.Predicate) {
		x, err := condition.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		p, err := condition.Compile(x)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return newFormula(x, false), p
	}
	refuted, implied := 0, 0
	for range 6_000 {
		text, other := randomCondition(r, 2), randomCondition(r, 1)
		f, p := compiled(text)
		g, q := compiled(other)
		conflict := (&refuter{}).refute(f, nil)
		implies := (&prover{types: p.Types()}).implies(f, g)
		if conflict == nil && !implies {
			continue
		}
		refuted, implied = refuted+count(conflict != nil), implied+count(implies)
		for _, e := range events {
			if !p.Match(e) {
				continue
			}
			if conflict != nil {
				t.Fatalf("%s matches %s, but is said not to because %s", text, describe(e), conflict.why)
			}
			if implies && !q.Match(e) {
				t.Fatalf("%s does not match %s, but is said to follow from %s", other, describe(e), text)
			}
		}
	}
	if refuted < 50 || implied < 50 {
		t.Errorf("only %d conflicts and %d implications found: the conditions are too varied to test anything", refuted, implied)
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func describe(e *event.Event) string {
	return e.Type.String() + " of " + e.FD.Name + " by " + e.Process.Name
}
