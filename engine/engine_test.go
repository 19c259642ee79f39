package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
)

// load loads rules given as "name|priority|condition".
func load(t testing.TB, list ...string) *rules.Set {
	t.Helper()
	var b strings.Builder
	for _, r := range list {
		p := strings.Split(r, "|")
		fmt.Fprintf(&b, "- rule: %s\n  desc: d\n  condition: %s\n  output: o %%user.name\n  priority: %s\n", p[0], p[2], p[1])
		if strings.HasPrefix(p[0], "off") {
			b.WriteString("  enabled: false\n")
		}
	}
	set, err := rules.Load([]rules.Source{{Name: "f", Data: []byte(b.String())}}, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// opened is an open for reading by cat.
func opened(name, real string) *event.Event {
	p := &event.Process{PID: 2, Name: "cat", ExePath: "/bin/cat", Cmdline: "cat " + name}
	event.NewTask(p, 0, nil)
	e := &event.Event{Num: 1, Time: 1, Type: event.Openat, TID: 2, Process: p, HasFD: true, Res: 3}
	e.FD = event.FD{Num: 3, Type: event.FDFile, Name: name, RawName: name, RealName: real, Flags: event.ORdonly}
	const flags = 3 // its place among openat's parameters
	e.Args[flags] = event.Arg{Num: event.ORdonly}
	return e
}

// known makes the event one about a file that rules know as /etc/shadow.
func known(e *event.Event) *event.Event {
	e.FD.Watched = "/etc/shadow"
	return e
}

// matches evaluates an event and returns the names of the rules that matched,
// with a * where they matched under the name the kernel resolved and ** where
// under the one rules know the file by.
func matches(e *Engine, ev *event.Event) []string {
	var got []string
	e.Evaluate(ev, func(r *rules.Rule) {
		name := r.Name
		name += strings.Repeat("*", int(ev.Names))
		got = append(got, name)
	})
	return got
}

func TestEvaluate(t *testing.T) {
	shadow := "evt.type in (open, openat) and fd.name = /etc/shadow"
	tests := []struct {
		name  string
		rules []string
		event *event.Event
		opts  Options
		want  []string
	}{
		{"no rules", nil, opened("/etc/shadow", ""), Options{MinPriority: rules.Debug}, nil},
		{"match", []string{"a|notice|" + shadow}, opened("/etc/shadow", "/etc/shadow"), Options{MinPriority: rules.Debug}, []string{"a"}},
		{"no match", []string{"a|notice|" + shadow}, opened("/etc/passwd", "/etc/passwd"), Options{MinPriority: rules.Debug}, nil},
		{"another type", []string{"a|notice|evt.type = execve"}, opened("/etc/shadow", ""), Options{MinPriority: rules.Debug}, nil},
		{"the first rule counts", []string{"b|notice|evt.type = openat", "a|critical|" + shadow}, opened("/etc/shadow", ""), Options{MinPriority: rules.Debug}, []string{"b"}},
		{"all rules count", []string{"b|notice|evt.type = openat", "c|notice|evt.type = execve", "a|critical|" + shadow}, opened("/etc/shadow", ""), Options{MinPriority: rules.Debug, AllMatches: true}, []string{"b", "a"}},
		{"not severe enough", []string{"b|notice|evt.type = openat", "a|critical|" + shadow}, opened("/etc/shadow", ""), Options{MinPriority: rules.Critical}, []string{"a"}},
		{"switched off", []string{"off|notice|evt.type = openat", "a|critical|" + shadow}, opened("/etc/shadow", ""), Options{MinPriority: rules.Debug}, []string{"a"}},
		{"no type named", []string{"a|notice|fd.name = /etc/shadow"}, opened("/etc/shadow", ""), Options{MinPriority: rules.Debug}, []string{"a"}},

		{"a symlink to it", []string{"a|notice|" + shadow}, opened("/tmp/link", "/etc/shadow"), Options{MinPriority: rules.Debug}, []string{"a*"}},
		{"the name itself is a symlink", []string{"a|notice|" + shadow}, opened("/etc/shadow", "/mnt/shadow"), Options{MinPriority: rules.Debug}, []string{"a"}},
		{"both names match: one alert", []string{"a|notice|evt.type = openat and fd.name startswith /etc"}, opened("/etc/shadow", "/etc/shadow-"), Options{MinPriority: rules.Debug, AllMatches: true}, []string{"a"}},
		{"the order of rules goes before that of names",
			[]string{"a|notice|" + shadow, "b|notice|evt.type = openat and fd.name = /tmp/link"},
			opened("/tmp/link", "/etc/shadow"), Options{MinPriority: rules.Debug}, []string{"a*"}},
		{"both rules", []string{"a|notice|" + shadow, "b|notice|evt.type = openat and fd.name = /tmp/link"},
			opened("/tmp/link", "/etc/shadow"), Options{MinPriority: rules.Debug, AllMatches: true}, []string{"a*", "b"}},
		{"a hard link to it", []string{"a|notice|" + shadow}, known(opened("/tmp/hard", "/tmp/hard")), Options{MinPriority: rules.Debug}, []string{"a**"}},
		{"a symlink to a hard link to it", []string{"a|notice|" + shadow}, known(opened("/tmp/link", "/tmp/hard")), Options{MinPriority: rules.Debug}, []string{"a**"}},
		{"the first name that matches counts", []string{"a|notice|evt.type = openat and fd.name startswith /"}, known(opened("/tmp/link", "/tmp/hard")), Options{MinPriority: rules.Debug, AllMatches: true}, []string{"a"}},
		{"then the second", []string{"a|notice|evt.type = openat and not fd.name = /tmp/link"}, known(opened("/tmp/link", "/tmp/hard")), Options{MinPriority: rules.Debug, AllMatches: true}, []string{"a*"}},
		{"the order of rules goes before that of all names", []string{"a|notice|" + shadow, "b|notice|evt.type = openat and fd.name in (/tmp/hard, /x)", "c|notice|evt.type = openat and fd.name = /tmp/link"},
			known(opened("/tmp/link", "/tmp/hard")), Options{MinPriority: rules.Debug, AllMatches: true}, []string{"a**", "b*", "c"}},
		{"parts of the name rules know", []string{"a|notice|evt.type = openat and fd.directory = /etc and fd.filename = shadow and fs.path.name = /etc/shadow"},
			known(opened("/tmp/hard", "/tmp/hard")), Options{MinPriority: rules.Debug}, []string{"a**"}},
		{"no mixture of names", []string{"a|notice|evt.type = openat and fd.directory = /etc and fd.filename = hard"},
			known(opened("/tmp/hard", "/tmp/hard")), Options{MinPriority: rules.Debug}, nil},
		{"the name is asked for by its parts", []string{"a|notice|evt.type = openat and fd.directory = /etc and fd.filename = shadow"},
			opened("/tmp/link", "/etc/shadow"), Options{MinPriority: rules.Debug}, []string{"a*"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := New(load(t, tt.rules...), tt.opts)
			for range 2 { // evaluating leaves nothing behind in the event
				if diff := cmp.Diff(tt.want, matches(e, tt.event)); diff != "" {
					t.Error(diff)
				}
				if tt.event.Names != event.GivenNames {
					t.Error("the event is left with another name")
				}
			}
		})
	}
}

func TestPlan(t *testing.T) {
	set := load(t, "a|notice|evt.type = execve and proc.name = a", "b|error|evt.type in (openat, rename) and fd.name = /x", "off|error|evt.type = connect and fd.sport = 22")
	tests := []struct {
		min    rules.Priority
		rules  []string
		types  []string
		fields []string
	}{
		{rules.Debug, []string{"a", "b"}, []string{"execve", "openat", "rename"}, []string{"evt.type", "fd.name", "proc.name", "user.name"}},
		{rules.Error, []string{"b"}, []string{"openat", "rename"}, []string{"evt.type", "fd.name", "user.name"}},
		{rules.Alert, nil, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.min.String(), func(t *testing.T) {
			e := New(set, Options{MinPriority: tt.min})
			var names, types, fields []string
			for _, r := range e.Rules() {
				names = append(names, r.Name)
			}
			for _, typ := range e.Types().Slice() {
				types = append(types, typ.String())
			}
			for name := range e.Fields() {
				fields = append(fields, name)
			}
			slices.Sort(fields)
			if diff := cmp.Diff([][]string{tt.rules, tt.types, tt.fields}, [][]string{names, types, fields}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// thirty are as many rules as a usual installation has, all of which have to be
// tried on an open.
func thirty() []string {
	var list []string
	for i := range 30 {
		list = append(list, fmt.Sprintf("r%d|notice|evt.type in (open, openat, openat2) and evt.is_open_read = true and "+
			"fd.name startswith /etc/secret%d/ and not proc.name in (a%d, b, c) and not proc.pname = cron", i, i, i))
	}
	return list
}

func TestNoAllocation(t *testing.T) {
	e := New(load(t, thirty()...), Options{MinPriority: rules.Debug})
	for name, ev := range map[string]*event.Event{
		"a name that no rule wants": opened("/usr/lib/x.so", "/usr/lib/x.so"),
		"two names":                 opened("/usr/lib/x.so", "/usr/lib/x.so.1"),
		"a type no rule wants":      {Type: event.ProcExit, Process: &event.Process{}},
	} {
		match := func(r *rules.Rule) { t.Errorf("%s: rule %s matches", name, r.Name) }
		if n := testing.AllocsPerRun(1000, func() { e.Evaluate(ev, match) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// Conditions must be tried, or the test above would say nothing.
func TestThirtyCanMatch(t *testing.T) {
	e := New(load(t, thirty()...), Options{MinPriority: rules.Debug})
	if diff := cmp.Diff([]string{"r29"}, matches(e, opened("/etc/secret29/x", ""))); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkUnmatched(b *testing.B) {
	e := New(load(b, thirty()...), Options{MinPriority: rules.Debug})
	none := func(*rules.Rule) {}
	for name, ev := range map[string]*event.Event{
		"one_name": opened("/usr/lib/x.so", "/usr/lib/x.so"), "two_names": opened("/usr/lib/x.so", "/usr/lib/x.so.1"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.Evaluate(ev, none)
			}
		})
	}
}
