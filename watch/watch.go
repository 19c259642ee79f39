// Package watch tells when files may have changed: configuration and rules that
// are edited in place, replaced by another of the same name, or behind a symbolic
// link that is led elsewhere, as Kubernetes does with the files of a ConfigMap.
package watch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// quiet is how long nothing may happen to the files before a change is told of:
	// an editor, or a volume, changes them in several steps.
	quiet = 100 * time.Millisecond
	// patience is how long that is waited for at most.
	patience = 2 * time.Second
	// maxLinks bounds how many symbolic links are followed for one path.
	maxLinks = 40
)

// Files watches what is behind some paths. A path may be that of a directory,
// which stands for all in it, or of nothing yet.
type Files struct {
	notify *fsnotify.Watcher
	paths  []string
	// names are the files and links that matter, directories those in which
	// everything does.
	names, directories map[string]bool
}

// New begins to watch. The paths may be relative; what matters is what they mean
// now.
func New(paths []string) (*Files, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch files: %w", err)
	}
	f := &Files{notify: notify}
	for _, p := range paths {
		full, err := filepath.Abs(p)
		if err != nil {
			_ = notify.Close()
			return nil, fmt.Errorf("watch %s: %w", p, err)
		}
		f.paths = append(f.paths, full)
	}
	f.look()
	return f, nil
}

// Run calls changed, some moments after each change, until ctx is done. What it
// is told of may be no change at all: compare.
func (f *Files) Run(ctx context.Context, changed func()) {
	defer f.notify.Close()
	var due <-chan time.Time
	var first time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-f.notify.Events:
			if !ok {
				return
			}
			if !f.matters(e) {
				continue
			}
			now := time.Now()
			if due == nil {
				first = now
			}
			due = time.After(max(0, min(quiet, patience-now.Sub(first))))
		case _, ok := <-f.notify.Errors:
			if !ok {
				return
			}
			// Events were lost: look.
			due, first = time.After(quiet), time.Now()
		case <-due:
			due = nil
			f.look() // links may lead elsewhere now
			changed()
		}
	}
}

func (f *Files) matters(e fsnotify.Event) bool {
	if e.Op == fsnotify.Chmod {
		return false
	}
	name := filepath.Clean(e.Name)
	return f.names[name] || f.directories[filepath.Dir(name)]
}

// look finds out what is to be watched.
func (f *Files) look() {
	f.names, f.directories = map[string]bool{}, map[string]bool{}
	for _, p := range f.paths {
		end := f.follow(p)
		entries, err := os.ReadDir(end)
		if err != nil {
			continue // a file, or nothing
		}
		f.directories[end] = true
		f.add(end)
		for _, e := range entries {
			if e.Type()&os.ModeSymlink != 0 {
				f.follow(filepath.Join(end, e.Name()))
			}
		}
	}
}

// follow watches a path, and what it leads to where there are symbolic links in
// it; it returns where it ends.
func (f *Files) follow(path string) string {
	at, rest := "/", strings.Split(strings.Trim(path, "/"), "/")
	for links := 0; len(rest) > 0; {
		parent, name := at, rest[0]
		at, rest = filepath.Join(at, name), rest[1:]
		info, err := os.Lstat(at)
		switch {
		case err != nil:
			// Nothing is there: whatever comes into being next counts.
			f.watch(parent, at)
			return filepath.Join(append([]string{at}, rest...)...)
		case info.Mode()&os.ModeSymlink != 0:
			f.watch(parent, at)
			target, err := os.Readlink(at)
			if links++; err != nil || links > maxLinks {
				return at
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(parent, target)
			}
			at, rest = "/", append(strings.Split(strings.Trim(target, "/"), "/"), rest...)
		case len(rest) == 0:
			f.watch(parent, at)
		}
	}
	return at
}

func (f *Files) watch(directory, name string) {
	f.names[name] = true
	f.add(directory)
}

func (f *Files) add(directory string) {
	// One that cannot be watched is no reason not to watch the others; adding one
	// that is watched already does nothing.
	_ = f.notify.Add(directory)
}
