package identity

import (
	"path"
	"time"
)

// answer is what a look at one root directory says of a claim.
type answer int

const (
	nothing answer = iota // the root does not know the file
	holds
	denies
	unsure // it could not be found out
)

// confirm looks whether a file still is what a claim says; opened is the name it
// goes by here. One root directory that has it so is enough, whatever is left of
// others. Where that cannot be found out in time it is believed, and for a while
// that of a container that has ended.
func (k *keeper) confirm(c claim, key Key, opened string) bool {
	denied, unknown := false, false
	for _, r := range k.roots {
		if r.container != c.container {
			continue
		}
		switch k.confirmIn(r, c.path, key, opened) {
		case holds:
			k.aliased[key] = true
			return true
		case denies:
			denied = true
		case unsure:
			unknown = true
		}
	}
	return unknown && !denied
}

func (k *keeper) confirmIn(r *root, path string, key Key, opened string) answer {
	if old, ok := r.old[path]; ok && old.key == key {
		// It may have come back: moved away, and moved here again.
		if is, there, ok := k.file(r, path); ok && there && is.key == key {
			return holds
		}
		return k.confirmOld(r, path, old, opened)
	}
	if r.now[path].key != key {
		return nothing
	}
	is, there, ok := k.file(r, path)
	if !ok && k.revive(r) {
		is, there, ok = k.file(r, path)
	}
	switch {
	case !ok && (r.hung != nil || r.container != "" && time.Since(r.at) < goneLimit):
		return unsure
	case !ok:
		return nothing
	case there && is.key == key:
		return holds
	}
	// It was replaced: the rest of its directory may have been, too.
	k.refresh(r, false)
	if old, ok := r.old[path]; ok && old.key == key {
		return k.confirmOld(r, path, old, opened)
	}
	return denies
}

// revive looks for another process with a root directory, and reports whether
// there is one.
func (k *keeper) revive(r *root) bool {
	if r.hung != nil || time.Since(k.scanned) < reviveEvery {
		return false
	}
	k.scan()
	return r.seen
}

// confirmOld looks whether a file that was replaced, or moved away, is the one
// that was opened now: it may be gone, and its number another file's. Which of
// them it is shows in when it was made. Where that is not to be found out, for
// the file is opened from elsewhere, it counts whether it had other names.
func (k *keeper) confirmOld(r *root, path string, old found, opened string) answer {
	is, there, ok := k.file(r, opened)
	switch {
	case !ok || !there || is.key != old.key || is.born == 0:
		if old.others {
			return holds
		}
	case is.born == old.born:
		return holds
	default:
		delete(r.old, path)
		k.changed = true
	}
	return denies
}

// file looks at one file of a root.
func (k *keeper) file(r *root, name string) (is found, there, ok bool) {
	s, ok := k.take(r, &look{dirs: []directory{{path: path.Dir(name), names: []string{path.Base(name)}}}})
	is, there = s[name]
	return is, there, ok
}
