package identity

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A root directory that has the file where a claim says is enough, whatever
// others of the kind have lost: which is asked first is chance.
func TestConfirmByOneOfSeveral(t *testing.T) {
	file := filepath.Join(tmpfs(t), "secret")
	write(t, file)
	pid := int32(os.Getpid())
	id, err := ordinaryProc.rootOf(pid)
	must(t, err)
	dirs := Paths{Files: []string{file}}.directories()
	found, err := ordinaryProc.take(pid, id, dirs, nil)
	must(t, err)
	key := found[file].key
	lost := found[file]
	for range 20 {
		k := newKeeper(NewWatcher("/proc", nil))
		k.dirs, k.scanned = dirs, time.Now()
		k.roots[id] = &root{id: id, pids: [4]int32{pid}, now: found}
		// Of these no process is left, and they had the file moved away.
		for i := range 10 {
			gone := rootID{mounts: uint64(i)}
			k.roots[gone] = &root{id: gone, pids: [4]int32{1 << 22}, old: survey{file: lost}}
		}
		if !k.confirm(claim{path: file}, key, "/elsewhere") {
			t.Fatal("denied")
		}
	}
}

func TestConfirmUnknown(t *testing.T) {
	pid := int32(os.Getpid())
	id, err := ordinaryProc.rootOf(pid)
	must(t, err)
	for _, others := range []bool{false, true} {
		k := newKeeper(NewWatcher("/proc", nil))
		k.roots[id] = &root{id: id, pids: [4]int32{pid}, now: survey{}, old: survey{"/x": {key: Key{1, 2}, born: 3, others: others}}}
		if got := k.confirm(claim{path: "/x"}, Key{1, 2}, "/nowhere"); got != others {
			t.Errorf("other names: %v, believed: %v", others, got)
		}
	}
}

// The same where it is only now found out that the file was replaced.
func TestConfirmFindsReplaced(t *testing.T) {
	dir := tmpfs(t)
	name, opened := filepath.Join(dir, "name"), filepath.Join(dir, "opened")
	write(t, name)
	write(t, opened)
	pid := int32(os.Getpid())
	id, err := ordinaryProc.rootOf(pid)
	must(t, err)
	p := Paths{Files: []string{name}}
	all, err := ordinaryProc.take(pid, id, Paths{Files: []string{opened}}.directories(), nil)
	must(t, err)
	was := all[opened]
	for _, tt := range []struct {
		what          string
		born          int64
		links         uint32
		aliased, want bool
	}{
		{"it had other links, this is one", was.born, 2, false, true},
		{"it was opened by another name, this is one", was.born, 1, true, true},
		{"it had no other name: it was moved", was.born, 1, false, true},
		{"it had no other name, its number went to another file", was.born - 1, 1, false, false},
		{"it had other links, its number went to another file", was.born - 1, 2, true, false},
	} {
		k := newKeeper(NewWatcher("/proc", nil))
		k.dirs = p.directories()
		r := &root{id: id, pids: [4]int32{pid}, now: survey{name: {key: was.key, born: tt.born}}}
		k.roots[id], k.links[was.key], k.aliased[was.key] = r, tt.links, tt.aliased
		if got := k.confirm(claim{path: name}, was.key, opened); got != tt.want {
			t.Errorf("%s: believed: %v, want %v", tt.what, got, tt.want)
		}
	}
}
