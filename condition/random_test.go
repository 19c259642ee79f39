package condition

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/gyrsec/gyr/event"
)

// randomCondition makes a text that parses; it may have the wrong types.
type randomCondition struct{ *rand.Rand }

func (r randomCondition) pick(list ...string) string { return list[r.IntN(len(list))] }

func (r randomCondition) expr(depth int) string {
	if depth > 0 && r.IntN(4) > 0 {
		a := r.expr(depth - 1)
		switch r.IntN(4) {
		case 0:
			return r.pick("not ", "not not ", "not") + "(" + a + ")"
		case 1:
			return "(" + a + " and " + r.expr(depth-1) + r.pick("", " and proc.tty = 0", " or fd.num > 3") + ")"
		}
		return "(" + a + r.pick(" or ", "\n or\t", " or not ") + r.expr(depth-1) + r.pick("", " or "+r.compare(), " or "+r.compare()+" or "+r.compare()) + ")"
	}
	return r.compare()
}

func (r randomCondition) compare() string {
	switch r.IntN(6) {
	case 0:
		return r.pick("evt.type = open", "evt.type in (openat, connect)", "evt.type != execve", "evt.dir = <", "evt.num = 0", "evt.failed = true", "evt.is_open_read != false",
			"fd.sip = 93.184.216.34", "fd.snet in (10.0.0.0/8, 93.0.0.0/8)", "fd.ip != 10.0.0.5", "fd.port in (22, 443)", "fd.types intersects (file, ipv4)", "fd.types in (file)",
			"proc.aname[2] exists", "container.id = host", "user.uid >= 1000", "proc.tty != 0", "fd.num in (1, 2, 3, 4, 5, 6)", "proc.apid > 1")
	case 1:
		return r.text() + r.pick(" in ", " intersects ", " pmatch ") + "(" + r.values() + ")"
	case 2:
		return r.text() + r.stringOp() + r.pick("anyof", "oneof", "allof") + " (" + r.values() + ")"
	case 3:
		return r.text() + r.pick(" exists", " != val(proc.pname)", " = val(proc.name)", " endswith tolower(proc.name)", " glob val(fd.filename)", " contains concat(proc.name, ' ')")
	}
	return r.text() + r.stringOp() + r.value()
}

func (r randomCondition) stringOp() string {
	return r.pick(" = ", "==", " != ", " glob ", " iglob ", " contains ", " icontains ", " startswith ", " endswith ", " contains ", " startswith ")
}

func (r randomCondition) text() string {
	return r.pick("proc.name", "proc.name", "fd.name", "fd.name", "fd.directory", "fd.filename", "proc.pname", "proc.aname", "proc.cmdline", "proc.args[0]", "evt.arg.name", `proc.env["A B"]`,
		"tolower(proc.name)", "toupper( fd.name )", "basename(fd.name)", "concat(proc.name, ' ', fd.filename)", "join('/', (proc.name, x))", "getopt(proc.args, 'ab:')[b]", "b64(proc.args[1])")
}

func (r randomCondition) value() string {
	return r.pick("cat", "'cat'", `"c\"t"`, "''", `'a b'`, `"\\"`, `'c*[a-t]'`, "*", "/etc", "/etc/shadow", "/ETC", `"it's"`, "bash", "ssh", `"\n"`, "proc.name", "and", "a", "t", "val", "/", "/*/shadow", "ü", "'='", "','")
}

func (r randomCondition) values() string {
	text := ""
	for i := range r.IntN(9) {
		if i > 0 {
			text += r.pick(",", " , ", ", ")
		}
		text += r.value()
	}
	return text
}

func (r randomCondition) event() *event.Event {
	e := fileEvent()
	if r.IntN(3) == 0 {
		e = r.socket()
	}
	if r.IntN(4) == 0 {
		e.Process = orphanEvent().Process
	}
	p := e.Process
	p.Name = r.pick("cat", "CAT", "c\"t", "", "a b", "bash", "sshd", "ü", "\n", "and")
	p.Args = [][]string{nil, {"-n", "Y2F0"}, {"-b", "cat"}, {"-a", "", "-bx"}}[r.IntN(4)]
	p.Env = [][]string{nil, {"A B=cat"}, {"A B="}}[r.IntN(3)]
	p.Cmdline = p.Name + r.pick("", " -n /etc/shadow", " it's")
	p.TTY = uint32(r.IntN(2))
	e.FD.Name = r.pick("/etc/shadow", "/etc", "/", "", "/ETC/cat", "/home//cat", "*", "cat")
	e.FD.Num = int64(r.IntN(8))
	e.Res = int64(r.IntN(3)) - 1
	e.UID = uint32(r.IntN(2)) * 1000
	e.Names = event.Names(r.IntN(3))
	types := []event.Type{event.Open, event.Openat, event.Execve, event.Connect, e.Type}
	e.Type = types[r.IntN(len(types))]
	return e
}

func (r randomCondition) socket() *event.Event {
	if r.IntN(2) == 0 {
		return socket6Event()
	}
	e := socketEvent()
	e.FD.Socket.Remote = netip.MustParseAddrPort(r.pick("93.184.216.34:443", "10.0.0.5:22", "1.1.1.1:53"))
	return e
}

// piecewise evaluates a condition as it is defined: every comparison by itself,
// joined by the words between them.
func piecewise(t *testing.T, x Expr, e *event.Event, compiled map[Expr]*Predicate) bool {
	t.Helper()
	switch x := x.(type) {
	case *And:
		for _, y := range x.Of {
			if !piecewise(t, y, e, compiled) {
				return false
			}
		}
		return true
	case *Or:
		for _, y := range x.Of {
			if piecewise(t, y, e, compiled) {
				return true
			}
		}
		return false
	case *Not:
		return !piecewise(t, x.X, e, compiled)
	}
	p := compiled[x]
	if p == nil {
		var err error
		if p, err = Compile(x); err != nil {
			t.Fatalf("%s: %v", Print(x), err)
		}
		compiled[x] = p
	}
	return p.Match(e)
}

// What a condition prints as is read as the same condition, and evaluating it
// whole gives what evaluating it piece by piece does.
func TestRandomConditions(t *testing.T) {
	r := randomCondition{rand.New(rand.NewPCG(15, 16))}
	held, whole := 0, 0
	for range 4000 {
		text := r.expr(4)
		x, err := Parse(text)
		if err != nil {
			t.Fatalf("Parse(%q): %v", text, err)
		}
		printed := Print(x)
		again, err := Parse(printed)
		if err != nil {
			t.Fatalf("%q prints as %q, which does not parse: %v", text, printed, err)
		}
		if second := Print(again); second != printed {
			t.Fatalf("%q prints as %q, then as %q", text, printed, second)
		}
		p, err := Compile(x)
		q, errAgain := Compile(again)
		if err != nil || errAgain != nil {
			var typeErr *TypeError
			if err == nil || errAgain == nil || err.Error() != errAgain.Error() || !errors.As(err, &typeErr) {
				t.Fatalf("%q and what it prints as: %v, %v", text, err, errAgain)
			}
			continue
		}
		whole++
		compiled := map[Expr]*Predicate{}
		types := p.Types()
		for range 12 {
			e := r.event()
			want := piecewise(t, x, e, compiled)
			if got := p.Match(e); got != want {
				t.Fatalf("%s\nis %v as a whole and %v piece by piece for %s of %q, %+v", printed, got, want, e.Type, e.Process.Name, e.FD)
			}
			if got := q.Match(e); got != want {
				t.Fatalf("%q\nis %v, and what it prints as %v for %s of %q, %+v", text, want, got, e.Type, e.Process.Name, e.FD)
			}
			if want && !types.Has(e.Type) {
				t.Fatalf("%s holds for %s, which it does not list", printed, e.Type)
			}
			if want {
				held++
			}
		}
	}
	if whole < 3000 || held < 5000 {
		t.Errorf("%d conditions compile, %d times one holds: the test says little", whole, held)
	}
}
