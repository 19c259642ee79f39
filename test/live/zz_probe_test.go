package live

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestLiveProbe(t *testing.T) {
	m := newMarks()
	more := ""
	if f := os.Getenv("PROBERULES"); f != "" {
		b, _ := os.ReadFile(f)
		more = string(b)
	}
	g := start(t, withoutDelivered(t), more)
	s := newIntruderStage(t, m)
	s.room.enter(t)
	d := s.run(t, []step{host(os.Getenv("PROBE"))})
	g.settle(t)
	time.Sleep(2 * time.Second)
	t.Logf("printed %q", d[0].printed)
	if os.Getenv("COUNT") != "" {
		n := map[string]int{}
		for _, a := range g.find(func(a alert) bool { return a.text(markField) == d[0].mark || a.Source == "internal" }) {
			n[a.Rule+" "+a.text("fd.realpath")]++
		}
		t.Log(n)
		return
	}
	for _, a := range g.find(func(a alert) bool { return a.text(markField) == d[0].mark || a.Source == "internal" }) {
		_, msg, _ := strings.Cut(a.Output, " | ")
		if i := strings.Index(a.Output, "PP "); i >= 0 {
			msg = a.Output[i:]
		}
		if a.Source == "internal" {
			msg = a.text("argument.before") + " -> " + a.text("argument.after") + " unsaid " + a.text("unsaid")
		}
		t.Logf("%s: %.300s", a.Rule, msg)
	}
}
