package engine

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
)

// overlapping are rules with many terms in common.
func overlapping() []string {
	return []string{
		"a|notice|evt.type in (open, openat) and evt.is_open_read = true and fd.name startswith /etc and proc.name = cat",
		"b|notice|evt.type in (open, openat) and evt.is_open_read = true and fd.name startswith /etc and not proc.name = cat",
		"c|notice|(evt.type = openat or evt.type = execve) and (proc.name = cat or fd.name = /etc/shadow)",
		"d|notice|evt.type != openat and proc.name = cat",
		"e|notice|not (evt.type = openat) and not proc.name = cat",
		"f|notice|fd.name endswith shadow and not fd.name startswith /etc",
		"g|notice|evt.type in (execve, execveat, openat) and (proc.name = cat and (proc.tty = 0 and fd.name startswith /etc))",
		"h|notice|evt.type = openat and evt.num = 0 and fd.name startswith /etc",
		"i|notice|evt.type = openat and fd.name startswith /etc and fd.name startswith /etc and user.uid = 0",
	}
}

// naive is what Evaluate has to do, without an index and shared terms.
func naive(set *rules.Set, ev *event.Event, all bool) (got []string) {
	for _, r := range set.Rules {
		name := r.Name
		matched := r.Enabled && r.Predicate.Match(ev)
		for names := event.RealNames; names <= event.WatchedNames && !matched && r.Enabled; names++ {
			if ev.Shows(names) {
				ev.Names = names
				matched = r.Predicate.Match(ev)
				name = r.Name + strings.Repeat("*", int(names))
			}
		}
		ev.Names = event.GivenNames
		if matched {
			got = append(got, name)
			if !all {
				break
			}
		}
	}
	return got
}

func randomEvent(r *rand.Rand) *event.Event {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	p := &event.Process{
		PID: 2, Name: pick("cat", "bash", "sshd", "nc", "runc"), ExePath: pick("/bin/cat", "/tmp/x"), TTY: uint32(r.IntN(2)) * 34816,
		Cmdline: pick("cat x", "bash -i", "nc -l 22", "x stratum+tcp"),
	}
	if r.IntN(2) == 0 {
		p.Container = &event.Container{ID: "0123456789ab"}
	}
	var parent *event.Task
	if r.IntN(2) == 0 {
		parent = event.NewTask(&event.Process{PID: 1, Name: pick("cron", "runc", "bash")}, 0, nil)
	}
	event.NewTask(p, 0, parent)
	types := []event.Type{event.Open, event.Openat, event.Openat2, event.Creat, event.Execve, event.Execveat, event.Connect, event.ProcExit}
	for _, name := range []string{"unlink", "rename"} {
		if t, ok := event.ByName(name); ok {
			types = append(types, t)
		}
	}
	e := &event.Event{Num: 1 + uint64(r.IntN(5)), Time: 1, Type: types[r.IntN(len(types))], TID: 2, UID: uint32(r.IntN(2)), Process: p}
	name := func() string {
		return pick("/etc", "/tmp", "/root/.ssh", "") + "/" + pick("shadow", "id_rsa", "passwd", "x")
	}
	if r.IntN(3) == 0 {
		e.Paths = [2]event.Path{{Name: name(), Real: name()}, {Name: name(), Real: name()}}
	}
	if r.IntN(4) > 0 {
		e.HasFD, e.FD = true, event.FD{Type: event.FDFile, Num: 3, Name: name(), RealName: name(), Flags: uint32(r.IntN(4))}
		e.FD.RawName = e.FD.Name
		if r.IntN(4) == 0 {
			e.FD.Watched = name()
		}
		for i := range e.Args {
			e.Args[i] = event.Arg{Num: uint64(r.IntN(64)), Str: e.FD.RawName}
		}
	}
	return e
}

// The index and the shared terms must not change what matches.
func TestSameAsNaive(t *testing.T) {
	sets := map[string]*rules.Set{"overlapping": load(t, overlapping()...), "thirty": load(t, thirty()...)}
	if dir := os.Getenv("GYR_TESTDATA"); dir != "" {
		for _, name := range []string{"falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml", "falco_rules-0.18.0.yaml"} {
			data, err := os.ReadFile(filepath.Join(dir, "rules-upstream", name))
			if err != nil {
				t.Fatal(err)
			}
			set, err := rules.Load([]rules.Source{{Name: name, Data: data}}, rules.Options{})
			if err != nil {
				t.Fatal(err)
			}
			sets[name] = set
		}
	}
	for name, set := range sets {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			first, all := New(set, Options{MinPriority: rules.Debug}), New(set, Options{MinPriority: rules.Debug, AllMatches: true})
			matched := 0
			for range 5000 {
				ev := randomEvent(r)
				for _, tt := range []struct {
					e   *Engine
					all bool
				}{{first, false}, {all, true}} {
					want := naive(set, ev, tt.all)
					matched += len(want)
					if diff := cmp.Diff(want, matches(tt.e, ev)); diff != "" {
						t.Fatalf("%s of %s %+v:\n%s", ev.Type, ev.Process.Name, ev.FD, diff)
					}
				}
			}
			if matched == 0 && name == "overlapping" {
				t.Error("no event matched: the test says nothing")
			}
			t.Logf("%d matches", matched)
		})
	}
}
