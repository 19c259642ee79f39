package identity

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/condition"
)

func predicate(t *testing.T, text string) *condition.Predicate {
	t.Helper()
	x, err := condition.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	p, err := condition.Compile(x)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOf(t *testing.T) {
	tests := []struct{ text, files, dirs string }{
		{"fd.name = /etc/shadow", "[/etc/shadow]", "[]"},
		{"fd.name in (/etc/shadow, /etc/sudoers) or fs.path.name = /b", "[/b /etc/shadow /etc/sudoers]", "[]"},
		{"fd.name startswith /etc/pam.d/", "[]", "[/etc/pam.d]"},
		{"fd.name startswith /etc/pam.d", "[/etc/pam.d]", "[/etc/pam.d]"},
		{"fd.name pmatch (/etc/ssh, /home/*/.ssh)", "[/etc/ssh]", "[/etc/ssh]"},
		{"fd.directory in (/etc/sudoers.d, /etc/pam.d)", "[]", "[/etc/pam.d /etc/sudoers.d]"},
		{"fd.directory startswith /a and fd.directory pmatch (/b, /c/)", "[]", "[/a /b /c]"},
		// Exceptions are not looked for.
		{"fd.name startswith /etc/ and not fd.name in (/etc/mtab, /etc/motd)", "[]", "[/etc]"},
		{"fd.name = /a and fd.name != /b and not (fd.num = 1 or fd.name = /c)", "[/a]", "[]"},
		{"not (not fd.name = /a and not fd.directory = /b)", "[/a]", "[/b]"},
		// Parts of names are no paths.
		{"fd.name endswith /shadow or fd.name contains /etc or fd.name glob /etc/* or fd.filename = shadow or fd.name regex '/etc/x'", "[]", "[]"},
		{"fd.name in (/, shadow, '', /etc/../etc/shadow, //etc/passwd, /a/./b) or fd.name startswith / or fd.directory = /", "[]", "[]"},
		{"fd.name = val(fd.nameraw) or tolower(fd.name) = /a", "[]", "[]"},
		// Whose these are depends on who looks.
		{"fd.name in (/proc/self/environ, /proc/thread-self/maps, /dev/fd/3, /proc/sysrq-trigger, /proc/selfish)", "[/proc/selfish /proc/sysrq-trigger]", "[]"},
		{"proc.name = /etc/shadow", "[]", "[]"},
	}
	for _, tt := range tests {
		p := Of(predicate(t, tt.text))
		if diff := cmp.Diff([]string{tt.files, tt.dirs}, []string{fmt.Sprint(p.Files), fmt.Sprint(p.Dirs)}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}
	if p := Of(); len(p.Files)+len(p.Dirs) != 0 {
		t.Errorf("no rules name %v", p)
	}
	p := Of(predicate(t, "fd.name in (/b, /a)"), predicate(t, "fd.name in (/b, /c)"))
	if diff := cmp.Diff([]string{"/a", "/b", "/c"}, p.Files); diff != "" {
		t.Errorf("of two conditions (-want +got):\n%s", diff)
	}
}

func TestOfIsBounded(t *testing.T) {
	text := "fd.name in (/f0"
	dirs := "fd.directory in (/d0"
	for i := range maxPaths + 10 {
		text += fmt.Sprintf(", /f%d", i)
		dirs += fmt.Sprintf(", /d%d", i)
	}
	p := Of(predicate(t, text+")"), predicate(t, dirs+")"))
	if len(p.Files) != maxPaths || len(p.Dirs) != maxDirs {
		t.Errorf("%d files and %d directories, want %d and %d", len(p.Files), len(p.Dirs), maxPaths, maxDirs)
	}
}

func TestDirectories(t *testing.T) {
	got := Paths{Files: []string{"/a/x", "/a/y", "/b", "/c/d/z"}, Dirs: []string{"/a", "/e"}}.directories()
	want := []directory{{"/", []string{"b"}, false}, {"/a", []string{"x", "y"}, true}, {"/c/d", []string{"z"}, false}, {"/e", nil, true}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(directory{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
