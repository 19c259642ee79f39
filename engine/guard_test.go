package engine

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/condition"
)

func TestGuardOf(t *testing.T) {
	kinds := map[atomKind]string{equals: "=", begins: "^", ends: "$", below: "/"}
	tests := []struct{ text, want string }{
		{"fd.name = /a", "fd.name = /a"},
		{"fd.name == /a", "fd.name = /a"},
		{"fd.name = ''", "fd.name = "},
		{"fd.name in (/a, /b)", "fd.name = /a|fd.name = /b"},
		{"fd.name intersects (/a)", "fd.name = /a"},
		{"fd.name in ()", "never"},
		{"fd.name startswith /a", "fd.name ^ /a"},
		{"fd.name startswith ''", "none"},
		{"fd.name startswith anyof (/a, /b)", "fd.name ^ /a|fd.name ^ /b"},
		{"fd.name startswith oneof (/a, /b)", "fd.name ^ /a|fd.name ^ /b"},
		{"fd.name startswith allof (/a, /b)", "fd.name ^ /a"},
		{"fd.name startswith anyof (/a, '')", "none"},
		{"fd.name startswith anyof ()", "never"},
		{"fd.name endswith .so", "fd.name $ .so"},
		{"fd.name endswith ''", "none"},
		{"fd.name pmatch (/a, /b//c/)", "fd.name / /a|fd.name / /b/c"},
		{"fd.name pmatch (/usr/*/bin)", "fd.name / /usr"},
		{"fd.name pmatch (/us*/bin)", "fd.name / /"},
		{"fd.name pmatch (*/bin)", "none"},
		{"fd.name pmatch ('', /a)", "fd.name / /a"},
		{"fd.name pmatch (a/b)", "fd.name / a/b"},
		{"fd.name glob /a", "fd.name = /a"},
		{"fd.name glob /a*b", "fd.name ^ /a"},
		{"fd.name glob '/a[bc]'", "fd.name ^ /a"},
		{"fd.name glob *.so", "fd.name $ .so"},
		{"fd.name glob *a?", "none"},
		{"fd.name glob ?a", "none"},
		{"fd.name glob *", "none"},
		{"fd.name iglob /a", "none"},
		{"fd.name contains a", "none"},
		{"fd.name regex a", "none"},
		{"fd.name != /a", "none"},
		{"fd.name exists", "none"},
		{"fd.name = val(proc.name)", "none"},
		{"fd.num = 5", "none"},
		{"proc.aname = cat", "none"},
		{"proc.args[1] = x", "none"},
		{"tolower(fd.name) = x", "none"},
		{"basename(fd.name) = x", "fd.name $ x"},
		{"basename(fd.name) in (x, y)", "fd.name $ x|fd.name $ y"},
		{"basename(fd.name) endswith x", "fd.name $ x"},
		{"basename(fd.name) = ''", "none"},
		{"basename(fd.name) startswith x", "none"},
		{"basename(tolower(fd.name)) = x", "none"},
		{"not fd.name = /a", "none"},
		{"not (not fd.name = /a)", "fd.name = /a"},
		{"fd.name = /a or fd.name = /b", "fd.name = /a|fd.name = /b"},
		{"fd.name = /a or proc.name = b", "fd.name = /a|proc.name = b"},
		{"fd.directory in (/a, /)", "fd.name ^ /a|fd.name ^ /"},
		{"fd.directory = ''", "none"},
		{"fd.directory startswith /a", "fd.name ^ /a"},
		{"fd.directory pmatch (/a)", "fd.name / /a"},
		{"fd.directory endswith /a", "none"},
		{"fd.directory glob *a", "none"},
		{"fd.filename in (a, b)", "fd.name $ a|fd.name $ b"},
		{"fd.filename = ''", "none"},
		{"fd.filename endswith .so", "fd.name $ .so"},
		{"fd.filename startswith a", "none"},
		{"fd.filename pmatch (a)", "none"},
		{"fs.path.name startswith /a", "fs.path.name ^ /a"},
		{"fs.path.name = /a or fd.name = /b", "fs.path.name = /a|fd.name = /b"},
		{"basename(fd.filename) = a", "fd.name $ a"},
		{"basename(fd.directory) = a", "none"},
		{"fd.name = /a or fd.num = 5", "none"},
		{"fd.num = 5 and fd.name = /a", "fd.name = /a"},
		{"proc.name = cat and fd.name startswith /etc/secret", "fd.name ^ /etc/secret"},
		{"proc.name = cat and fd.name startswith /", "proc.name = cat"},
		{"not (fd.num = 5 and fd.name = /a)", "none"},
		{"not (fd.num = 5 or not fd.name = /a)", "fd.name = /a"},
		{"not (not fd.name = /a and not fd.name = /b)", "fd.name = /a|fd.name = /b"},
		{"not (not fd.name = /a and fd.name = /b)", "none"},
	}
	for _, tt := range tests {
		x, err := condition.Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		switch g, ok := guardOf(x, false); {
		case !ok:
			got = "none"
		case len(g) == 0:
			got = "never"
		default:
			for i, a := range g {
				if i > 0 {
					got += "|"
				}
				got += fmt.Sprintf("%s %s %s", a.field, kinds[a.kind], a.text)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s:\n%s", tt.text, diff)
		}
	}
}
