package identity

import (
	"path"
	"time"
)

// confirm looks whether a file still is what a claim says; opened is the name it
// goes by here. Where that cannot be found out in time it is believed, and for a
// while that of a container that has ended.
func (k *keeper) confirm(c claim, key Key, opened string) bool {
	denied, unknown := false, false
	for _, r := range k.roots {
		if r.container != c.container {
			continue
		}
		if old, ok := r.old[c.path]; ok && old.key == key {
			// It may have come back: moved away, and moved here again.
			if is, there, ok := k.file(r, c.path); ok && there && is.key == key {
				k.aliased[key] = true
				return true
			}
			return k.confirmOld(r, c.path, old, opened)
		}
		if r.now[c.path].key != key {
			continue
		}
		is, there, ok := k.file(r, c.path)
		if !ok && k.revive(r) {
			is, there, ok = k.file(r, c.path)
		}
		switch {
		case !ok:
			unknown = unknown || r.hung != nil || r.container != "" && time.Since(r.at) < goneLimit
			continue
		case there && is.key == key:
			k.aliased[key] = true
			return true
		}
		// It was replaced: the rest of its directory may have been, too.
		k.refresh(r, false)
		if old, ok := r.old[c.path]; ok && old.key == key {
			return k.confirmOld(r, c.path, old, opened)
		}
		denied = true
	}
	return unknown && !denied
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
func (k *keeper) confirmOld(r *root, path string, old found, opened string) bool {
	is, there, ok := k.file(r, opened)
	if !ok || !there || is.key != old.key || is.born == 0 {
		return old.others
	}
	if is.born != old.born {
		delete(r.old, path)
		k.changed = true
		return false
	}
	return true
}

// file looks at one file of a root.
func (k *keeper) file(r *root, name string) (is found, there, ok bool) {
	s, ok := k.take(r, &look{dirs: []directory{{path: path.Dir(name), names: []string{path.Base(name)}}}})
	is, there = s[name]
	return is, there, ok
}
