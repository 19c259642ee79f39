// Package floors checks that the packages import each other only downwards, as
// docs/architecture.md draws it, and that the pure ones stay pure.
package floors

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/gyrsec/gyr/"

// floors gives each room its height. A package imports packages of lower
// floors and of its own room (the folders below it) only.
var floors = map[string]int{
	"event":            0,
	"lines":            0,
	"watch":            0,
	"dns":              1,
	"field":            1,
	"condition":        2,
	"process":          2,
	"rules":            3,
	"config":           4,
	"alert":            4,
	"engine":           4,
	"kfilter":          4,
	"lint":             4,
	"container/engine": 4,
	"container":        5,
	"identity":         5,
	"output":           5,
	"ruletest":         5,
	// How the kernel half's records are laid out, apart from the code that
	// loads it.
	"source/kernel/record": 5,

	"source/kernel":   6,
	"source/scap":     6,
	"source/k8saudit": 6,
	"sensor":          7,
	"server":          8,
	"cmd":             9,
	"bench":           9,
	"deploy":          9,
	"test":            9,
}

// pure are the rooms that know neither eBPF nor the system: they work on any
// operating system and inside other programs.
var pure = map[string]bool{
	"event": true, "lines": true, "dns": true, "field": true, "condition": true, "process": true, "rules": true,
	"alert": true, "engine": true, "kfilter": true, "lint": true, "source/scap": true, "ruletest": true,
	"source/kernel/record": true,
}

// impure are the imports a pure room has no use for.
var impure = []string{"syscall", "golang.org/x/sys", "github.com/cilium/ebpf", "net/http", "os/exec"}

// room finds the room a package of this module belongs to.
func room(importPath string) (string, bool) {
	for path := strings.TrimPrefix(importPath, module); path != ""; {
		if _, ok := floors[path]; ok {
			return path, true
		}
		i := strings.LastIndexByte(path, '/')
		if i < 0 {
			break
		}
		path = path[:i]
	}
	return "", false
}

type pkg struct {
	ImportPath string
	Name       string
	Imports    []string
}

// packages reads the import clauses of all sources itself, without tests: were
// it to ask `go list`, go test would not see what this test depends on, and
// keep a stale result.
func packages(t *testing.T) map[string]*pkg {
	t.Helper()
	const top = "../.."
	all := map[string]*pkg{}
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != top && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "bin"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(top, filepath.Dir(name))
		if err != nil {
			return err
		}
		p := all[dir]
		if p == nil {
			p = &pkg{ImportPath: module + filepath.ToSlash(dir), Name: f.Name.Name}
			all[dir] = p
		}
		for _, i := range f.Imports {
			p.Imports = append(p.Imports, strings.Trim(i.Path.Value, `"`))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no packages found")
	}
	return all
}

func TestImportsGoDown(t *testing.T) {
	for _, p := range packages(t) {
		from, ok := room(p.ImportPath)
		if !ok {
			t.Errorf("%s has no floor: give it one in this test and a line in docs/architecture.md", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, module) {
				continue
			}
			to, _ := room(imported)
			if to != from && floors[to] >= floors[from] {
				t.Errorf("%s (floor %d) imports %s (floor %d): imports go down only", p.ImportPath, floors[from], imported, floors[to])
			}
		}
	}
}

func TestPureRoomsStayPure(t *testing.T) {
	for _, p := range packages(t) {
		r, ok := room(p.ImportPath)
		// A generator (package main) in a pure room may do what it likes.
		if !ok || !pure[r] || p.Name == "main" {
			continue
		}
		for _, imported := range p.Imports {
			for _, bad := range impure {
				if imported == bad || strings.HasPrefix(imported, bad+"/") {
					t.Errorf("%s imports %s, and %s is pure", p.ImportPath, imported, r)
				}
			}
		}
	}
}
