package condition

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

func TestCompileRefuses(t *testing.T) {
	for _, tt := range mistyped {
		x, err := Parse(tt.text)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.text, err)
			continue
		}
		_, err = Compile(x)
		var typeErr *TypeError
		if !errors.As(err, &typeErr) {
			t.Errorf("Compile(%q): %v, want an error with %q", tt.text, err, tt.want)
			continue
		}
		if !strings.Contains(typeErr.Msg, tt.want) || typeErr.Offset != tt.offset || typeErr.Unknown != tt.unknown {
			t.Errorf("Compile(%q): at %d %q (unknown %v), want at %d %q (%v)", tt.text, typeErr.Offset, typeErr.Msg, typeErr.Unknown, tt.offset, tt.want, tt.unknown)
		}
	}
}

// The operators each type of field takes, and a value that fits.
func TestOperatorsOfTypes(t *testing.T) {
	values := map[string]string{ // one field of each kind, a value that fits
		"evt.num": "5", "fd.num": "5", "user.uid": "5", "evt.cpu": "5", "fd.dev": "5", "fd.sport": "5", "evt.rawtime": "5", "proc.duration": "5",
		"thread.cpu": "5", "evt.failed": "true", "proc.name": "5", "evt.buffer": "55", "fd.sip": "1.2.3.4", "fd.snet": "1.2.3.0/24",
		"fd.ip": "1.2.3.4", "fd.port": "5", "fd.net": "1.2.3.0/24", "fd.types": "file", "proc.aname": "5", "proc.apid": "5", "evt.rawarg.res": "5",
	}
	numbers := "= == != < <= > >= in intersects exists"
	equal := "= == != in intersects exists"
	text := numbers + " glob iglob contains icontains startswith endswith regex pmatch"
	bytes := equal + " contains bcontains startswith bstartswith endswith"
	fits := map[string]string{
		"evt.num": numbers, "fd.num": numbers, "user.uid": numbers, "evt.cpu": numbers, "fd.dev": numbers, "fd.sport": numbers, "evt.rawtime": numbers,
		"proc.duration": numbers, "thread.cpu": numbers, "proc.apid": numbers, "evt.rawarg.res": numbers, "fd.port": numbers,
		"evt.failed": equal, "fd.sip": equal, "fd.snet": equal, "fd.ip": equal, "fd.net": equal, "proc.name": text, "proc.aname": text,
		"evt.buffer": bytes, "fd.types": "in intersects exists",
	}
	all := []string{"exists"}
	for _, o := range operators {
		all = append(all, o.text)
	}
	pairs := 0
	for name, value := range values {
		allowed := strings.Fields(fits[name])
		for _, op := range all {
			condition := name + " " + op + " " + value
			switch op {
			case "exists":
				condition = name + " exists"
			case "in", "intersects", "pmatch":
				condition = name + " " + op + " (" + value + ")"
			}
			x, err := Parse(condition)
			if err != nil {
				// Only the operators for numbers refuse values that are none.
				if slices.Contains([]string{"<", "<=", ">", ">="}, op) {
					continue
				}
				t.Errorf("Parse(%q): %v", condition, err)
				continue
			}
			pairs++
			_, err = Compile(x)
			if want := slices.Contains(allowed, op); want != (err == nil) {
				t.Errorf("%q compiles: %v (%v), want %v", condition, err == nil, err, want)
			}
		}
	}
	if pairs < 300 {
		t.Errorf("only %d pairs", pairs)
	}
}

func TestTypes(t *testing.T) {
	set := func(names ...string) (s event.TypeSet) {
		for _, name := range names {
			typ, ok := event.ByName(name)
			if !ok {
				t.Fatalf("no event type %s", name)
			}
			s.Add(typ)
		}
		return s
	}
	all, none := event.AllTypes(), event.TypeSet{}
	tests := []struct {
		text string
		want event.TypeSet
	}{
		{"evt.type = open", set("open")},
		{"evt.type == open", set("open")},
		{"evt.type in (open, openat)", set("open", "openat")},
		{"evt.type in ()", none},
		{"evt.type intersects (open)", set("open")},
		{"evt.type = anyof (open, openat)", set("open", "openat")},
		{"evt.type = allof (open, openat)", none},
		{"evt.type = oneof (open, openat)", set("open", "openat")},
		{"evt.type != open", set("open").Complement()},
		{"not evt.type = open", set("open").Complement()},
		{"not evt.type != open", set("open")},
		{"not evt.type in (open, openat)", set("open", "openat").Complement()},
		{"evt.type startswith execve", set("execve", "execveat")},
		{"evt.type glob 'openat*'", set("openat", "openat2")},
		{"evt.type exists", all},
		{"proc.name = cat", all},
		{"not proc.name = cat", all},
		{"evt.type = open and proc.name = cat", set("open")},
		{"proc.name = cat and evt.type = open", set("open")},
		{"evt.type = open or proc.name = cat", all},
		{"evt.type = open or evt.type = close", set("open", "close")},
		{"evt.type = open and evt.type = close", none},
		{"evt.type in (open, close) and evt.type in (close, dup)", set("close")},
		{"not (evt.type = open and proc.name = cat)", all},
		{"not (evt.type = open or proc.name = cat)", set("open").Complement()},
		{"not (evt.type != open and evt.type != close)", set("open", "close")},
		{"not (evt.type != open or proc.name = cat)", set("open")},
		{"evt.type = open and not evt.type = open", none},
		{"(evt.type = open and proc.name = a) or (evt.type = close and proc.name = b)", set("open", "close")},
		{"evt.dir = <", all},
		{"evt.dir = >", none},
		{"evt.dir != >", all},
		{"evt.dir=> and evt.type=open", none},
		{"evt.dir=< and evt.type=open", set("open")},
		{"not evt.dir = >", all},
		{"not evt.dir = <", none},
		{"evt.num = 0", none},
		{"evt.num = 0 and evt.type = open", none},
		{"evt.num = 0 or evt.type = open", set("open")},
		{"not evt.num = 0", all},
		{"evt.num = 1", all},
		{"evt.num >= 0", all},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want.Slice(), compile(t, tt.text).Types().Slice()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}
}

// For every type, a condition that holds must list the type.
func TestTypesAreSound(t *testing.T) {
	atoms := []string{
		"evt.type = open", "evt.type != open", "evt.type in (open, openat, connect)", "proc.name = cat", "proc.name = nobody", "evt.dir = <", "evt.dir = >", "fd.sport = 443", "proc.pname exists",
	}
	var conditions []string
	for _, a := range atoms {
		for _, b := range atoms {
			for _, form := range []string{"A and B", "A or B", "not (A and B)", "not (A or B)", "A and not B", "not A or B", "not (not A and B)"} {
				conditions = append(conditions, strings.NewReplacer("A", a, "B", b).Replace(form))
			}
		}
	}
	events := []*event.Event{fileEvent(), socketEvent(), orphanEvent()}
	for _, text := range conditions {
		p := compile(t, text)
		types := p.Types()
		for _, e := range events {
			own := e.Type
			for typ := range event.Types {
				e.Type = typ
				if p.Match(e) && !types.Has(typ) {
					t.Errorf("%s holds for %s, which it does not list", text, typ)
				}
			}
			e.Type = own
		}
	}
}

func TestFieldsAndFileNames(t *testing.T) {
	tests := []struct {
		text     string
		fields   string
		fileName bool
	}{
		{"evt.type = open and proc.name = a and proc.name = b", "evt.type proc.name", false},
		{"not fd.name startswith /etc", "fd.name", true},
		{"fd.directory = /etc or proc.aname[2] = x", "fd.directory proc.aname[2]", true},
		{"basename(fd.name) = x", "fd.name", true},
		{"proc.name = val(fd.filename)", "proc.name fd.filename", true},
		{"fd.nameraw = x and fd.realpath = y", "fd.nameraw fd.realpath", false},
		{"fd.ip = 1.2.3.4", "fd.ip", false},
		{"proc.env[X] exists", "proc.env[X]", false},
		{"fs.path.name = x", "fs.path.name", true},
	}
	for _, tt := range tests {
		p := compile(t, tt.text)
		var names []string
		for _, f := range p.Fields() {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != tt.fields || p.ReadsFileName() != tt.fileName {
			t.Errorf("%s reads %q (file name %v), want %q (%v)", tt.text, got, p.ReadsFileName(), tt.fields, tt.fileName)
		}
	}
}

func TestWarnings(t *testing.T) {
	tests := []struct {
		text    string
		offsets []int
	}{
		{"proc.name = proc.pname", []int{12}},
		{"proc.name = 'proc.pname'", nil},
		{"proc.name in (a, proc.pname, evt.arg.x)", []int{17, 29}},
		{"proc.name = proc.nosuch", nil},
		{"proc.name = val(proc.pname)", nil},
		{"fd.name startswith fd.name", []int{19}},
		{"proc.name = proc.aname[2]", []int{12}},
	}
	for _, tt := range tests {
		var offsets []int
		for _, w := range compile(t, tt.text).Warnings() {
			offsets = append(offsets, w.Offset)
			if !strings.Contains(w.Msg, "may be a valid field wrongly interpreted as a string value") {
				t.Errorf("%s: %s", tt.text, w.Msg)
			}
		}
		if !slices.Equal(offsets, tt.offsets) {
			t.Errorf("%s warns at %v, want %v", tt.text, offsets, tt.offsets)
		}
	}
}
