package engine

import (
	"fmt"
	"maps"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
)

// usual are 26 rules about opens, as many and as various as a usual
// installation has.
func usual() []string {
	list := []string{
		"u1|notice|OPEN and evt.is_open_read = true and fd.name in (/etc/shadow, /etc/sudoers, /etc/pam.conf) and not proc.name in (login, sshd, sudo)",
		"u2|notice|OPEN and evt.is_open_read = true and (fd.name startswith /etc/pam.d/ or fd.name glob '/etc/ssl/private/*' or fd.name in (/etc/gshadow)) and proc.pname != cron",
		"u3|notice|OPEN and evt.is_open_write = true and fd.directory in (/bin, /sbin, /usr/bin, /usr/sbin) and not proc.name = dpkg",
		"u4|notice|OPEN and evt.is_open_write = true and fd.name startswith /etc and not proc.name in (dpkg, rpm) and not proc.aname in (puppet, chef)",
		"u5|notice|OPEN and evt.is_open_read = true and fd.name endswith .pem",
		"u6|notice|OPEN and fd.name pmatch (/root/.ssh, /home/*/.ssh)",
		"u7|notice|OPEN and evt.is_open_write = true and fd.filename in (.bashrc, .profile, .zshrc)",
		"u8|notice|OPEN and container.id != host and fd.name glob '/var/run/secrets/*'",
		"u9|notice|OPEN and evt.is_open_write = true and proc.name = rsyslogd and not fd.name startswith /var/log",
		"u10|notice|OPEN and proc.cmdline contains stratum and evt.is_open_read = true",
		"u11|notice|OPEN and (fd.name = /dev/mem or fd.name startswith /dev/sd or proc.name = dd and fd.num > 0)",
		"u12|notice|OPEN and proc.exepath startswith /dev/shm/",
		"u13|notice|OPEN and basename(fd.name) = id_rsa and not proc.name = ssh",
	}
	for i := 13; i < 26; i++ {
		list = append(list, fmt.Sprintf("u%d|notice|OPEN and evt.is_open_read = true and fd.name startswith /srv/private%d/ and not proc.name in (a%d, b, c)", i+1, i, i))
	}
	for i := range list {
		list[i] = strings.Replace(list[i], "OPEN", "evt.type in (open, openat, openat2) and fd.typechar = f and fd.num >= 0", 1)
	}
	return list
}

// generated are rules of one shape, each about files of its own.
func generated(n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("g%d|notice|evt.type in (open, openat, openat2) and evt.is_open_read = true and fd.num >= 0 and "+
			"fd.name startswith /opt/app%d/data%d/ and not proc.name in (app%d, backup, %s)", i, i%40, i, i, []string{"rsync", "tar"}[i%2]))
	}
	return list
}

// tried is how many rules are candidates for an event.
func tried(e *Engine, ev *event.Event) int {
	n := 0
	x := e.byType[ev.Type]
	for i := range x.blocks {
		var given, others ruleSet
		x.blocks[i].candidates(ev, otherNames(ev), &given, &others)
		for w := range given {
			n += bits.OnesCount64(given[w] | others[w])
		}
	}
	return n
}

// How many rules there are hardly changes how many are tried.
func TestFewRulesAreTried(t *testing.T) {
	few := New(load(t, usual()...), Options{MinPriority: rules.Debug})
	many := New(load(t, append(usual(), generated(1000)...)...), Options{MinPriority: rules.Debug})
	names := []string{"/usr/lib/x.so", "/etc/passwd", "/opt/app7/data47/x", "/opt/app7/config", "/srv/private20/x", "", "/", "/home/u/.ssh/id_rsa"}
	for _, given := range names {
		for _, resolved := range names {
			ev := opened(given, resolved)
			a, b := tried(few, ev), tried(many, ev)
			if a > 8 || b > a+1 {
				t.Errorf("%q (%q): %d of 26 rules are tried, with 1000 more %d", given, resolved, a, b)
			}
		}
	}
	if n := tried(many, opened("/opt/app7/data47/x", "")); n == tried(few, opened("/opt/app7/data47/x", "")) {
		t.Error("a rule about the file is not tried")
	}
}

// Rules that need something else are left alone, whatever their number.
func TestMoreRulesThanABlock(t *testing.T) {
	list := append(generated(blockRules), "last|notice|evt.type = openat and fd.name = /opt/app0/data0/x", "any|notice|evt.type = openat and fd.num = 3")
	set := load(t, list...)
	for _, tt := range []struct {
		name string
		all  bool
		want []string
	}{
		{"/opt/app0/data0/x", true, []string{"g0", "last", "any"}},
		{"/opt/app0/data0/x", false, []string{"g0"}},
		{"/opt/app23/data1023/x", true, []string{"g1023", "any"}},
		{"/x", false, []string{"any"}},
	} {
		e := New(set, Options{MinPriority: rules.Debug, AllMatches: tt.all})
		if diff := cmp.Diff(tt.want, matches(e, opened(tt.name, ""))); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

// Event types of which rules ask the same have one index.
func TestIndexesAreShared(t *testing.T) {
	e := New(load(t, append(untyped(50), "o|notice|evt.type = open and fd.name = /x", "p|notice|evt.type in (execve, connect) and fd.num = 1")...), Options{MinPriority: rules.Debug})
	for _, tt := range []struct {
		a, b event.Type
		same bool
	}{
		{event.Openat, event.Creat, true}, {event.Openat, event.Openat2, true}, {event.Openat, event.Open, false},
		{event.Execve, event.Connect, true}, {event.Execve, event.Openat, false},
	} {
		if got := e.byType[tt.a] == e.byType[tt.b]; got != tt.same {
			t.Errorf("%s and %s have one index: %v, want %v", tt.a, tt.b, got, tt.same)
		}
	}
}

func TestOtherSourcesAreLeftOut(t *testing.T) {
	set := load(t, "a|notice|evt.type = openat", "b|notice|evt.type = openat")
	set.Rules[0].Source = "k8s_audit"
	e := New(set, Options{MinPriority: rules.Debug, AllMatches: true})
	if diff := cmp.Diff([]string{"b"}, matches(e, opened("/x", ""))); diff != "" {
		t.Error(diff)
	}
}

// randomRules are rules of random terms, many of which an index can use.
func randomRules(r *rand.Rand, n int) []string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	path := func() string {
		return pick("/", "/etc", "/etc/", "/e", "/tmp/", "/root/.ssh", "/root/", "//tmp", "") + pick("", "shadow", "x", "id_rsa")
	}
	var expr func(depth int) string
	expr = func(depth int) string {
		if depth > 0 && r.IntN(3) > 0 {
			a, b := expr(depth-1), expr(depth-1)
			return pick("("+a+" and "+b+")", "("+a+" or "+b+")", "not "+a, "not ("+a+" or "+b+")", "not ("+a+" and "+b+")", "("+a+" and "+b+")")
		}
		quoted := func() string { return "'" + path() + "'" }
		return pick(
			"fd.name = "+quoted(), "fd.name in ("+quoted()+", "+quoted()+")", "fd.name startswith "+quoted(), "fd.name startswith anyof ("+quoted()+", "+quoted()+")",
			"fd.name endswith '"+pick("shadow", "x", "", "/x", "a")+"'", "fd.name pmatch ("+quoted()+", "+quoted()+")", "fd.name pmatch (/*/"+pick("x", "shadow", ".ssh")+")",
			"fd.name glob '"+path()+"*'", "fd.name glob '*"+pick("x", "shadow", "")+"'", "fd.name contains "+quoted(), "fd.name != "+quoted(), "fd.name startswith allof ("+quoted()+", "+quoted()+")",
			"fd.name = oneof ("+quoted()+", "+quoted()+")", "fd.name in ()", "fd.directory = "+pick("/etc", "/tmp", "/", "''"), "fd.directory startswith "+pick("/etc", "/root"), "fd.directory pmatch (/etc, //root)", "fd.filename in (shadow, x)",
			"fd.filename "+pick("endswith ow", "= ''", "glob *x", "startswith sh"), "fs.path.name startswith "+quoted(), "fs.path.name in ("+quoted()+", /etc/shadow)", "fs.path.target = "+quoted(), "basename(fd.name) = "+pick("x", "shadow"),
			"proc.name = "+pick("cat", "bash", "sshd"), "proc.name in (nc, runc)", "proc.pname = "+pick("cron", "bash"), "proc.pname != cron", "proc.exepath startswith "+pick("/tmp", "/bin"),
			"container.id = host", "evt.is_open_read = true", "proc.tty = 0", "fd.num = 3", "evt.type = "+pick("open", "openat", "execve"), "evt.type in (open, openat, openat2)", "proc.cmdline startswith "+pick("cat", "nc"),
		)
	}
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("r%d|notice|%s", i, expr(3)))
	}
	return list
}

// Whatever rules there are, the look-up must not change what matches.
func TestLookupSameAsNaive(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	matched, skipped := 0, 0
	for range 25 {
		set := load(t, randomRules(r, 1+r.IntN(60))...)
		first, all := New(set, Options{MinPriority: rules.Debug}), New(set, Options{MinPriority: rules.Debug, AllMatches: true})
		for range 400 {
			ev := randomEvent(r)
			if r.IntN(8) == 0 {
				ev.FD.Name = "/" + ev.FD.Name
			}
			for _, tt := range []struct {
				e   *Engine
				all bool
			}{{first, false}, {all, true}} {
				want := naive(set, ev, tt.all)
				matched += len(want)
				if diff := cmp.Diff(want, matches(tt.e, ev)); diff != "" {
					var conditions []string
					for _, rule := range set.Rules {
						conditions = append(conditions, rule.Name+": "+rule.ConditionText)
					}
					t.Fatalf("%s of %s %+v:\n%s\n%s", ev.Type, ev.Process.Name, ev.FD, diff, strings.Join(conditions, "\n"))
				}
			}
			skipped += len(set.Rules) - tried(all, ev)
		}
	}
	if matched < 1000 || skipped < 1000 {
		t.Errorf("%d matches, %d rules not tried: the test says little", matched, skipped)
	}
}

func TestManyRulesDoNotAllocate(t *testing.T) {
	e := New(load(t, append(usual(), generated(1000)...)...), Options{MinPriority: rules.Debug})
	three := opened("/usr/lib/x.so", "/usr/lib/x.so.1")
	three.FD.Watched = "/opt/app7/data47"
	for _, ev := range []*event.Event{opened("/usr/lib/x.so", "/usr/lib/x.so"), opened("/usr/lib/x.so", "/usr/lib/x.so.1"), opened("/opt/app7/data47", "/opt/app7/x"), three} {
		match := func(r *rules.Rule) { t.Errorf("rule %s matches", r.Name) }
		if n := testing.AllocsPerRun(1000, func() { e.Evaluate(ev, match) }); n != 0 {
			t.Errorf("%s: %v allocations", ev.FD.Name, n)
		}
	}
}

// upstream loads the rules of today, where they are at hand, and more.
func upstream(t testing.TB, more ...string) *rules.Set {
	t.Helper()
	dir := os.Getenv("GYR_TESTDATA")
	if dir == "" {
		t.Skip("GYR_TESTDATA is not set: no rules to measure")
	}
	var files []rules.Source
	for _, name := range []string{"falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"} {
		data, err := os.ReadFile(filepath.Join(dir, "rules-upstream", name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, rules.Source{Name: name, Data: data})
	}
	set, err := rules.Load(files, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(more) > 0 {
		set.Rules = append(set.Rules, load(t, more...).Rules...)
	}
	return set
}

// The rules of today leave few to be tried on a usual open, too.
func TestFewUpstreamRulesAreTried(t *testing.T) {
	few := New(upstream(t), Options{MinPriority: rules.Debug})
	many := New(upstream(t, generated(1000)...), Options{MinPriority: rules.Debug})
	for _, name := range []string{"/usr/lib/x.so", "/etc/passwd", "/opt/app7/data47", "/home/u/x", "/var/log/x"} {
		ev := opened(name, name)
		a, b := tried(few, ev), tried(many, ev)
		t.Logf("%s: %d, with 1000 more %d", name, a, b)
		if a > 16 || b > a {
			t.Errorf("%s: %d rules are tried, with 1000 more %d", name, a, b)
		}
	}
}

// BenchmarkOpen is an open that no rule wants.
func BenchmarkOpen(b *testing.B) {
	sets := []struct {
		name string
		load func() *rules.Set
	}{
		{"26_rules", func() *rules.Set { return load(b, usual()...) }},
		{"1026_rules", func() *rules.Set { return load(b, append(usual(), generated(1000)...)...) }},
		{"upstream", func() *rules.Set { return upstream(b) }},
		{"upstream+1000", func() *rules.Set { return upstream(b, generated(1000)...) }},
	}
	events := map[string]*event.Event{
		"usual_name": opened("/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/x86_64-linux-gnu/libc.so.6"),
		"two_names":  opened("/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/x86_64-linux-gnu/libc-2.36.so"),
		"near_name":  opened("/opt/app7/config", "/opt/app7/config"),
	}
	for _, bm := range sets {
		b.Run(bm.name, func(b *testing.B) {
			e := New(bm.load(), Options{MinPriority: rules.Debug})
			none := func(*rules.Rule) {}
			for _, name := range slices.Sorted(maps.Keys(events)) {
				b.Run(name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						e.Evaluate(events[name], none)
					}
				})
			}
		})
	}
}

// untyped are rules that name no event type.
func untyped(n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("n%d|notice|fd.name startswith /opt/app%d/ and not proc.name in (app%d, backup)", i, i, i))
	}
	return list
}

// BenchmarkNew is what a start or a reload takes beside loading the rules.
func BenchmarkNew(b *testing.B) {
	for name, list := range map[string][]string{"typed": append(usual(), generated(1000)...), "untyped": untyped(1000)} {
		b.Run(name, func(b *testing.B) {
			set := load(b, list...)
			b.ReportAllocs()
			for b.Loop() {
				New(set, Options{MinPriority: rules.Debug})
			}
		})
	}
}
