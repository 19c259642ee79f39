package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gyrsec/gyr/config"
)

// TestFurtherFilesAreWatched changes files that only config_files names: each
// change is told of, and tells the configurations apart.
func TestFurtherFilesAreWatched(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "config.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("falco.yaml", "config_files: ["+dir+"/config.d, "+dir+"/later.yaml]\nrules_files: ["+dir+"/r.yaml]\n")
	f := flags{config: filepath.Join(dir, "falco.yaml")}
	read := func() *config.Config {
		t.Helper()
		c, _, err := loadConfig(f)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	r := newReloader(f, read(), slog.New(slog.DiscardHandler))
	defer r.stop()
	told := func(what string) {
		t.Helper()
		select {
		case <-r.changes:
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: not noticed", what)
		}
	}
	told("what changed before it was watched")
	if sum(read()) != r.sum {
		t.Error("the same files make another sum")
	}
	for _, change := range []struct{ file, text string }{
		{"config.d/10.yaml", "priority: error\n"}, {"config.d/10.yaml", "priority: alert\n"}, {"later.yaml", "json_output: true\n"},
	} {
		write(change.file, change.text)
		told(change.file)
		for deadline := time.Now().Add(20 * time.Second); sum(read()) == r.sum; {
			if time.Now().After(deadline) {
				t.Fatalf("%s: the same sum as before", change.file)
			}
			told(change.file) // it may have been told of before all was written
		}
		r.sum = sum(read())
	}
	if c := read(); c.Priority != "alert" || !c.JSONOutput {
		t.Errorf("read %q, %v", c.Priority, c.JSONOutput)
	}
}
