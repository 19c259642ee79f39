package watch

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// limit bounds every wait for a change.
const limit = 10 * time.Second

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// follow watches the paths and returns what is told.
func follow(t *testing.T, paths ...string) <-chan struct{} {
	t.Helper()
	f, err := New(paths)
	must(t, err)
	told := make(chan struct{}, 100)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.Run(ctx, func() { told <- struct{}{} })
	}()
	t.Cleanup(func() { stop(); <-ended })
	return told
}

func TestFiles(t *testing.T) {
	write := func(path, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600))
		}
	}
	rename := func(from, to string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			must(t, os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)))
		}
	}
	all := func(do ...func(*testing.T, string)) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			for _, f := range do {
				f(t, dir)
			}
		}
	}
	link := func(target, name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { must(t, os.Symlink(target, filepath.Join(dir, name))) }
	}
	mkdir := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { must(t, os.MkdirAll(filepath.Join(dir, name), 0o700)) }
	}
	nothing := func(*testing.T, string) {}
	for _, tt := range []struct {
		name           string
		path           string
		before, change func(*testing.T, string)
		silent         bool
	}{
		{"written", "a", write("a", "1"), write("a", "2"), false},
		{"replaced", "a", write("a", "1"), all(write("b", "2"), rename("b", "a")), false},
		{"removed", "a", write("a", "1"), rename("a", "b"), false},
		{"made", "a", nothing, write("a", "1"), false},
		{"made with its directories", "x/y/a", nothing, all(mkdir("x"), mkdir("x/y"), write("x/y/a", "1")), false},
		{"another file", "a", write("a", "1"), write("b", "2"), true},
		{"read", "a", write("a", "1"), func(t *testing.T, dir string) { _, err := os.ReadFile(filepath.Join(dir, "a")); must(t, err) }, true},
		{"made in a directory", "d", mkdir("d"), write("d/a", "1"), false},
		{"written in a directory", "d", all(mkdir("d"), write("d/a", "1")), write("d/a", "2"), false},
		{"beside a directory", "d", mkdir("d"), write("a", "1"), true},
		{"behind a link", "l", all(mkdir("d"), write("d/a", "1"), link("d/a", "l")), write("d/a", "2"), false},
		{
			// As the kubelet does it: files are links through a link to a directory, and
			// that link is replaced.
			"configmap", "m/a", all(mkdir("m/..1"), write("m/..1/a", "1"), link("..1", "m/..data"), link("..data/a", "m/a")),
			all(mkdir("m/..2"), write("m/..2/a", "2"), link("..2", "m/..data_tmp"), rename("m/..data_tmp", "m/..data")), false,
		},
		{
			"configmap as a directory", "m", all(mkdir("m/..1"), write("m/..1/a", "1"), link("..1", "m/..data"), link("..data/a", "m/a")),
			all(mkdir("m/..2"), write("m/..2/a", "2"), link("..2", "m/..data_tmp"), rename("m/..data_tmp", "m/..data")), false,
		},
		{"links in a circle", "l", all(link("m", "l"), link("l", "m")), nothing, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			tt.before(t, dir)
			told := follow(t, filepath.Join(dir, tt.path))
			tt.change(t, dir)
			if !tt.silent {
				select {
				case <-told:
				case <-time.After(limit):
					t.Fatal("not told of the change")
				}
				return
			}
			time.Sleep(3 * quiet)
			select {
			case <-told:
				t.Error("told of a change that is none")
			default:
			}
		})
	}
}

// A second change after a link was led elsewhere is seen where it leads now.
func TestFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, version := range []string{"..1", "..2"} {
		must(t, os.Mkdir(at(version), 0o700))
		must(t, os.WriteFile(at(version+"/a"), []byte(version), 0o600))
	}
	must(t, os.Symlink("..1", at("..data")))
	must(t, os.Symlink("..data/a", at("a")))
	told := follow(t, at("a"))
	next := func(what string) {
		t.Helper()
		select {
		case <-told:
		case <-time.After(limit):
			t.Fatalf("not told that %s", what)
		}
	}
	must(t, os.Symlink("..2", at("tmp")))
	must(t, os.Rename(at("tmp"), at("..data")))
	next("the link leads elsewhere")
	must(t, os.WriteFile(at("..2/a"), []byte("new"), 0o600))
	next("the file there was written")
}
