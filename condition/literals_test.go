package condition

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLiterals(t *testing.T) {
	macros := map[string]string{
		"sensitive": "fd.name in (/etc/shadow, /etc/sudoers) or fd.directory = /etc/pam.d",
		"allowed":   "not fd.name startswith /etc/x",
	}
	yes, not := func(op Op, text string) Constant { return Constant{Op: op, Text: text} }, func(op Op, text string) Constant {
		return Constant{Op: op, Text: text, Negated: true}
	}
	tests := []struct {
		text, field string
		want        []Constant
	}{
		{"fd.name = /a", "fd.name", []Constant{yes(Eq, "/a")}},
		{"fd.name == /a or fd.name = /a", "fd.name", []Constant{yes(Eq, "/a")}},
		{"fd.name = /a or not fd.name = /a", "fd.name", []Constant{yes(Eq, "/a"), not(Eq, "/a")}},
		{"fd.name != '/a b'", "fd.name", []Constant{yes(Ne, "/a b")}},
		{"fd.name in (/a, /b) and fd.name intersects (/b, /c)", "fd.name", []Constant{yes(In, "/a"), yes(In, "/b"), yes(In, "/c")}},
		{"fd.name pmatch (/a, /b) and fd.name startswith anyof (/c, /d)", "fd.name",
			[]Constant{yes(PMatch, "/a"), yes(PMatch, "/b"), yes(StartsWith, "/c"), yes(StartsWith, "/d")}},
		{"fd.name endswith a and (fd.name contains b or not (fd.name glob c or not fd.name regex d))", "fd.name",
			[]Constant{yes(EndsWith, "a"), yes(Contains, "b"), not(Glob, "c"), yes(Regex, "d")}},
		{"sensitive and not allowed", "fd.name", []Constant{yes(In, "/etc/shadow"), yes(In, "/etc/sudoers"), yes(StartsWith, "/etc/x")}},
		{"sensitive and not allowed", "fd.directory", []Constant{yes(Eq, "/etc/pam.d")}},
		{"sensitive", "fd.filename", nil},
		{"fd.name exists and tolower(fd.name) = /a and fd.name = val(fd.nameraw)", "fd.name", nil},
		{"proc.aname[1] = a and proc.aname = b", "proc.aname", []Constant{yes(Eq, "b")}},
		{"fd.sip.name = example.org and fd.name = x", "fd.sip.name", []Constant{yes(Eq, "example.org")}},
	}
	for _, tt := range tests {
		x, err := Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		x, err = Expand(x, func(name string) (Expr, bool) {
			m, err := Parse(macros[name])
			return m, err == nil
		})
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(x)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, p.Literals(tt.field)); diff != "" {
			t.Errorf("%s, %s (-want +got):\n%s", tt.text, tt.field, diff)
		}
	}
}
