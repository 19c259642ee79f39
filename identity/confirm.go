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
	old, moved := r.old[path]
	moved = moved && old.key == key
	if !moved && r.now[path].key != key {
		return nothing
	}
	// What was moved away may have come back.
	is, there, asked := k.ask(r, path)
	switch {
	case asked != holds:
		return k.without(r, asked)
	case there && is.key == key:
		return holds
	}
	if !moved {
		// It was replaced: the rest of its directory may have been, too.
		if k.refresh(r, false) && r.now[path].key == key {
			return holds // it came back between the two looks
		}
		if old = r.old[path]; old.key != key {
			return denies
		}
	}
	return k.confirmOld(r, path, old, opened)
}

// ask looks at one file of a root, if need be through another of its processes
// than those remembered. The answer is holds where that could be done, nothing
// where no process has the root any more, and unsure where one may.
func (k *keeper) ask(r *root, path string) (is found, there bool, a answer) {
	is, there, ok := k.file(r, path)
	if !ok && r.hung == nil {
		if time.Since(k.scanned) >= reviveEvery {
			k.scan()
			if !r.seen {
				return is, false, nothing
			}
			is, there, ok = k.file(r, path)
		} else if !r.seen {
			return is, false, nothing
		}
	}
	if !ok {
		return is, false, unsure
	}
	return is, there, holds
}

// without is the answer of a root that cannot be looked at. What a container had
// is believed for a while after its end.
func (k *keeper) without(r *root, asked answer) answer {
	if asked == nothing && r.container != "" && time.Since(r.at) < goneLimit {
		return unsure
	}
	return asked
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
		// It may have come back between the two looks.
		if is, there, ok := k.file(r, path); ok && there && is.key == old.key {
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
