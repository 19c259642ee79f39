package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/rules"
)

// rule makes a rule with nothing wrong but what its condition says.
func rule(name, condition string) string {
	return fmt.Sprintf(`- rule: %s
  desc: What it means.
  condition: %s
  output: Seen | file=%%fd.name path=%%fs.path.name command=%%proc.cmdline parent=%%proc.pname
  priority: NOTICE
`, name, condition)
}

// places are the findings as "CODE line:column".
func places(findings []Finding) []string {
	var list []string
	for _, f := range findings {
		list = append(list, fmt.Sprintf("%s %d:%d", f.Code, f.Line, f.Column))
	}
	return list
}

// The mark ~ in a condition is where the finding is to point to. The condition
// stands in line 3 from column 14 on.
func TestConditions(t *testing.T) {
	const macros = `- macro: never_true
  condition: (evt.num = 0)
- macro: opened
  condition: (evt.type in (open, openat))
- macro: container
  condition: (container.id != host)
- macro: allowed
  condition: (container)
- macro: nocontainer
  condition: (not container)
- list: nothing
  items: []
- rule: user of all macros
  desc: d
  condition: evt.type = mkdir and not never_true and not opened and not container and not allowed and nocontainer and not user.name in (nothing)
  output: "%proc.name"
  priority: NOTICE
`
	tests := []struct{ name, condition, want string }{
		{"one value of one field", "evt.type = open and fd.name = /a and not fd.name = /b", ""},
		{"two values", "evt.type = open and fd.name = /a and ~fd.name = /b", "GYR001"},
		{"a value and a list without it", "evt.type = open and fd.name = /a and ~fd.name in (/b, /c)", "GYR001"},
		{"a value and a list with it", "evt.type = open and fd.name = /a and fd.name in (/b, /a)", ""},
		{"the same value, spelt otherwise", "evt.type = open and fd.num = 0x10 and fd.num = 16", ""},
		{"two numbers", "evt.type = open and fd.num = 0x10 and ~fd.num = 17", "GYR001"},
		{"an empty range", "evt.type = open and fd.num > 5 and ~fd.num < 6", "GYR001"},
		{"a range", "evt.type = open and fd.num > 5 and fd.num <= 6", ""},
		{"a value excepted", "evt.type = open and fd.name = /a and ~fd.name != /a", "GYR001"},
		{"a prefix that does not fit", "evt.type = open and fd.name startswith /etc and ~fd.name = /usr/a", "GYR001"},
		{"prefixes that do not meet", "evt.type = open and fd.name startswith /etc and ~fd.name startswith /usr", "GYR001"},
		{"prefixes that meet", "evt.type = open and fd.name startswith /etc and fd.name startswith /etc/ssh", ""},
		{"alternatives of prefixes", "evt.type = open and fd.name startswith anyof (/etc, /usr) and fd.name startswith /usr/lib", ""},
		{"true and false", "evt.type = open and evt.is_open_read = true and ~evt.is_open_read = false", "GYR001"},
		{"a value and none", "evt.type = open and fd.name = /a and not ~fd.name exists", "GYR001"},
		{"opposites of an operator nobody looks into", "evt.type = open and fd.name glob /a/* and not ~fd.name glob /a/*", "GYR001"},
		{"ancestors are many", "evt.type = open and proc.aname = a and proc.aname = b", ""},
		{"an address has many names", "evt.type = connect and fd.sip.name = a.example and fd.sip.name = b.example", ""},
		{"a port of either side", "evt.type = connect and fd.port = 1 and fd.port = 2", ""},
		{"event types without common one", "evt.type = open and ~evt.type = openat and fd.name = /a", "GYR001"},
		{"event types that exclude each other", "evt.type in (open, openat) and not ~evt.type in (open, openat, creat) and fd.name = /a", "GYR001"},
		{"event types left", "evt.type in (open, openat) and evt.type != open and fd.name = /a", ""},
		{"a parameter the event lacks", "evt.type = connect and ~evt.arg.flags contains O_RDONLY", "GYR001"},
		{"a parameter the event has", "evt.type = openat and evt.arg.flags contains O_RDONLY", ""},
		{"flags that creat implies", "evt.type = creat and evt.arg.flags contains O_CREAT", ""},
		{"opening in another event", "evt.type = connect and ~evt.is_open_write = true", "GYR001"},
		{"no file in a new program", "evt.type = execve and ~fd.name = /a", "GYR001"},
		{"that it has no file", "evt.type = execve and not fd.name = /a and proc.name = x", ""},
		{"no socket in a file", "evt.type = openat and ~fd.sip = 10.0.0.1", "GYR001"},
		{"the enter event", "evt.type = open and ~evt.dir = > and fd.name = /a", "GYR001"},
		{"the exit event", "evt.type = open and evt.dir = < and fd.name = /a", ""},
		{"alternatives none of which holds", "evt.type = open and fd.name = /a and (~fd.name = /b or fd.name = /c)", "GYR001"},
		{"a macro that fits no other", "opened and ~evt.type = connect and fd.name = /a", "GYR001"},
		{"a macro and its opposite", "opened and container and not ~container and fd.name = /a", "GYR001"},

		{"switched off", "opened and ~never_true and fd.name = /a", "GYR002"},
		{"switched off in an exception", "opened and not never_true and fd.name = /a", ""},
		{"all excepted by a macro", "opened and container and not ~allowed and fd.name = /a", "GYR002"},
		{"all but the host by a negated macro", "opened and container and ~nocontainer and fd.name = /a", "GYR002"},
		{"an empty list to fill", "opened and ~user.name in (nothing) and fd.name = /a", "GYR002"},
		{"an empty list to fill, excepted", "opened and not user.name in (nothing) and fd.name = /a", ""},
		{"switched off by hand", "evt.type = open and ~evt.num = 0 and fd.name = /a", "GYR002"},
		{"one alternative switched off", "opened and (never_true or fd.name = /a)", ""},

		{"a dead alternative", "evt.type = open and (fd.name = /a or ~evt.type = creat)", "GYR003"},
		{"a dead alternative of two parts", "evt.type = open and (fd.name = /a or (evt.res = EPERM and ~evt.type = creat))", "GYR003"},
		{"a dead alternative from a macro", "evt.type = connect and (fd.name = /a or opened)", ""},
		{"an exception of both together", "evt.type = open and fd.name = /a and not (fd.name = /a and evt.res = EPERM)", ""},

		{"no event type", "~fd.name = /a", "GYR008"},
		{"two negations", "evt.type = open and ~not not fd.name = /a", "GYR009"},
		{"two negations in parentheses", "evt.type = open and ~not ((not fd.name = /a))", "GYR009"},
		{"a negated and with a negation", "evt.type = open and not (not fd.name = /a and evt.res = EPERM)", ""},
		{"a name that begins so", "evt.type = open and not fd.name contains not", ""},
		{"a quoted word", `evt.type = open and not fd.name in ("not not", (a))`, "error"},
		{"an empty list", "evt.type = open and fd.name = /a and not ~user.name in ()", "GYR010"},

		{"a name excepted", "evt.type = open and fd.name = /a and not ~proc.name = x", "GYR011"},
		{"a parent's name excepted", "evt.type = open and fd.name = /a and not ~proc.pname in (x, y)", "GYR011"},
		{"excepted by !=", "evt.type = open and fd.name = /a and ~proc.name != x", "GYR011"},
		{"a name and more", "evt.type = open and fd.name = /a and not (proc.name = x and fd.directory = /y)", ""},
		{"two names together", "evt.type = open and fd.name = /a and not (~proc.name = x and proc.pname = y)", "GYR011"},
		{"one of two exceptions", "evt.type = open and fd.name = /a and not (proc.exepath = /x or ~proc.name = y)", "GYR011"},
		{"excepted in an alternative", "evt.type = open and (fd.name = /b or (fd.name = /a and not ~proc.name = x))", "GYR011"},
		{"a path", "evt.type = open and fd.name = /a and not proc.exepath = /usr/bin/x", ""},
		{"less of the names asked for", "evt.type = execve and proc.name startswith py and not proc.name = pyx", ""},
		{"whether there is a name", `evt.type = open and fd.name = /a and not proc.name in ("<NA>", "N/A")`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := rule("a", strings.Replace(tt.condition, "~", "", 1))
			want := tt.want
			if i := strings.Index(tt.condition, "~"); i >= 0 {
				want = fmt.Sprintf("%s 3:%d", tt.want, 14+i)
			}
			findings, err := Check([]rules.Source{{Name: "a", Data: []byte(text)}, {Name: "b", Data: []byte(macros)}}, Options{})
			if err != nil {
				if tt.want != "error" {
					t.Fatal(err)
				}
				return
			}
			for _, f := range findings {
				if f.File == "b" {
					t.Errorf("in the macros: %v", f)
				}
			}
			if got := strings.Join(places(findings), ", "); got != want {
				t.Errorf("%s\ngot %q, want %q\n%v", tt.condition, got, want, findings)
			}
		})
	}
}

func TestShadows(t *testing.T) {
	const base = "evt.type in (open, openat) and fd.name startswith /etc/"
	tests := []struct {
		name, first, second string
		want                bool
	}{
		{"the same", base, base, true},
		{"the same in another order", base, "fd.name startswith /etc/ and evt.type in (openat, open)", true},
		{"one more comparison", base, base + " and proc.exepath = /x", true},
		{"one less comparison", base + " and proc.exepath = /x", base, false},
		{"fewer types", base, "evt.type = open and fd.name startswith /etc/", true},
		{"more types", base, "evt.type in (open, openat, creat) and fd.name startswith /etc/", false},
		{"a longer prefix", base, "evt.type = open and fd.name startswith /etc/ssh/", true},
		{"another prefix", base, "evt.type = open and fd.name startswith /usr/", false},
		{"values with the prefix", base, "evt.type = open and fd.name in (/etc/a, /etc/b)", true},
		{"a value without", base, "evt.type = open and fd.name in (/etc/a, /b)", false},
		{"an alternative", "evt.type = open and (fd.name = /a or user.uid = 0)", "evt.type = open and fd.name = /a", true},
		{"alternatives covered one by one", "evt.type in (open, openat) and fd.name in (/a, /b)", "evt.type = open and (fd.name = /a or fd.name = /b)", true},
		{"more values excepted", "evt.type = open and not user.name in (a)", "evt.type = open and not user.name in (a, b)", true},
		{"fewer values excepted", "evt.type = open and not user.name in (a, b)", "evt.type = open and not user.name in (a)", false},
		{"a value that is not excepted", "evt.type = open and not user.name in (a, b)", "evt.type = open and user.name = c", true},
		{"a value perhaps missing", "evt.type = open and user.name != a", "evt.type = open and not user.name = a", false},
		{"a greater bound", "evt.type = open and fd.num > 5", "evt.type = open and fd.num > 10", true},
		{"a smaller bound", "evt.type = open and fd.num > 10", "evt.type = open and fd.num > 5", false},
		{"existence", "evt.type = open and user.name exists", "evt.type = open and user.name = a", true},
		{"contained in an end", "evt.type = open and fd.name contains .ssh", "evt.type = open and fd.name endswith /.ssh/id", true},
		{"an ancestor of more", "evt.type = open and proc.aname in (a, b)", "evt.type = open and proc.aname = a", true},
		{"ancestors excepted", "evt.type = open and proc.aname != a", "evt.type = open and proc.aname = b", false},
		{"never reached itself", base, base + " and evt.num = 0", false},
		{"first one off", base + " and evt.num = 0", base, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := false
			findings := check(t, rule("a", tt.first)+rule("b", tt.second))
			for _, f := range findings {
				if f.Code == CodeShadowed {
					got = true
					if diff := cmp.Diff([]Location{{"f1.yaml", 6, 3}, {"f1.yaml", 1, 3}}, []Location{f.Location, f.Related}); diff != "" {
						t.Error(diff)
					}
				}
			}
			if got != tt.want {
				t.Errorf("shadowed: %v, want %v\n%v", got, tt.want, findings)
			}
		})
	}
}

func TestShadowedOnlyByEnabledRules(t *testing.T) {
	same := rule("a", "evt.type = open and fd.name = /a")
	for _, off := range []string{same + "  enabled: false\n" + strings.Replace(same, "rule: a", "rule: b", 1), same + strings.Replace(same, "rule: a", "rule: b", 1) + "  enabled: false\n"} {
		if got := check(t, off); len(got) > 0 {
			t.Errorf("%v", got)
		}
	}
}
