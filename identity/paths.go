// Package identity knows files again that rules name by their path when they are
// reached by another: a hard link, a bind mount, another mount of the same file
// system.
//
// From the loaded rules come the paths (Of). A Watcher finds out which device
// and inode stand behind them, on the host and in every other root directory
// that some process has, keeps that up to date as files are replaced, and says
// of an event's file by which of the paths rules know it (Identify).
//
// # Limits
//
// A file that was replaced (renamed over) is followed within two seconds on the
// host, within ten elsewhere, and at once where somebody opens it by its name. A
// link that is made and read before that is not seen. The file that was replaced
// or moved away is remembered until another is.
package identity

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/condition"
)

// Bounds of what is watched: what is beyond them is known by its names alone.
const (
	// maxPaths is how many files are watched that rules name.
	maxPaths = 2048
	// maxDirs is how many directories are watched whose files rules mean, and
	// dirFiles how many files such a directory may have: a larger one is left out.
	maxDirs  = 128
	dirFiles = 64
)

// Paths are the files that rules name.
type Paths struct {
	// Files are absolute names without ".", ".." and double slashes.
	Files []string
	// Dirs are directories whose files are meant, those directly in them.
	Dirs []string
}

// Of returns the paths that conditions look for: those a file's name is compared
// with, as the whole, as its beginning, or as its directory. What conditions
// only make exceptions for is not among them.
func Of(predicates ...*condition.Predicate) Paths {
	files, dirs := map[string]bool{}, map[string]bool{}
	for _, p := range predicates {
		for _, name := range []string{"fd.name", "fs.path.name"} {
			for _, c := range p.Literals(name) {
				addName(c, files, dirs)
			}
		}
		for _, c := range p.Literals("fd.directory") {
			switch c.Op {
			case condition.Eq, condition.In, condition.PMatch, condition.StartsWith:
				add(dirs, c)
			}
		}
	}
	return Paths{Files: sorted(files, maxPaths), Dirs: sorted(dirs, maxDirs)}
}

func addName(c condition.Constant, files, dirs map[string]bool) {
	switch c.Op {
	case condition.Eq, condition.In:
		add(files, c)
	case condition.PMatch, condition.StartsWith:
		// It may be either.
		if !strings.HasSuffix(c.Text, "/") {
			add(files, c)
		}
		add(dirs, c)
	}
}

// add puts a path into a set, if it is one whose file can be watched.
func add(set map[string]bool, c condition.Constant) {
	p := path.Clean(c.Text)
	if c.Negated || !path.IsAbs(p) || p == "/" || p != strings.TrimSuffix(c.Text, "/") {
		return
	}
	if c.Op == condition.PMatch && strings.ContainsAny(p, `*?[\`) {
		return
	}
	// What is there depends on who looks.
	for _, own := range []string{"/proc/self", "/proc/thread-self", "/dev/fd"} {
		if p == own || strings.HasPrefix(p, own+"/") {
			return
		}
	}
	set[p] = true
}

func sorted(set map[string]bool, limit int) []string {
	list := slices.Sorted(maps.Keys(set))
	return list[:min(len(list), limit)]
}

// directory is a directory with the files in it that are watched.
type directory struct {
	path  string
	names []string
	// all is set where every file is, if there are not too many.
	all bool
}

// directories are the paths by their directory.
func (p Paths) directories() []directory {
	found := map[string]*directory{}
	of := func(dir string) *directory {
		if found[dir] == nil {
			found[dir] = &directory{path: dir}
		}
		return found[dir]
	}
	for _, file := range p.Files {
		d := of(path.Dir(file))
		d.names = append(d.names, path.Base(file))
	}
	for _, dir := range p.Dirs {
		of(dir).all = true
	}
	list := make([]directory, 0, len(found))
	for _, dir := range slices.Sorted(maps.Keys(found)) {
		list = append(list, *found[dir])
	}
	return list
}
