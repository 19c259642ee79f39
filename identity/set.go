package identity

import (
	"cmp"
	"slices"
)

// set is what is known of all roots, to be looked up by events. It is immutable.
type set struct {
	claims map[Key][]claim
	// inodes has a bit for the last digits of each file's number: most files need
	// no look-up.
	inodes [inodeBits / 64]uint64
	// paths are the names of the files; lengths has a bit for each length they
	// have, so that most names need no look-up.
	paths   map[string]struct{}
	lengths [maxLength / 64]uint64
}

// claim says that a file is what some root directory has under a path: one of
// that container, or one outside of containers.
type claim struct {
	path, container string
	listed          bool // see found
}

// compare puts the files first that rules name.
func (c claim) compare(d claim) int {
	if c.listed != d.listed {
		if d.listed {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(c.path, d.path), cmp.Compare(c.container, d.container))
}

// inodeBits is a power of two.
const inodeBits = 1 << 13

// maxLength is from what length on paths are not looked up.
const maxLength = 512

func newSet(files []string, roots map[rootID]*root) *set {
	s := &set{claims: map[Key][]claim{}, paths: map[string]struct{}{}}
	for _, f := range files {
		s.name(f)
	}
	for _, r := range roots {
		for path, f := range r.now {
			s.name(path)
			s.claim(f.key, claim{path, r.container, f.listed})
		}
		for path, old := range r.old {
			s.claim(old.key, claim{path, r.container, old.listed})
		}
	}
	for key, list := range s.claims {
		slices.SortFunc(list, claim.compare)
		s.claims[key] = slices.Compact(list)
	}
	return s
}

func (s *set) claim(key Key, c claim) {
	s.claims[key] = append(s.claims[key], c)
	bit := key.Ino % inodeBits
	s.inodes[bit/64] |= 1 << (bit % 64)
}

// of are the claims to a file.
func (s *set) of(key Key) []claim {
	bit := key.Ino % inodeBits
	if s.inodes[bit/64]>>(bit%64)&1 == 0 {
		return nil
	}
	return s.claims[key]
}

func (s *set) name(path string) {
	if n := len(path); n < maxLength {
		s.paths[path] = struct{}{}
		s.lengths[n/64] |= 1 << (n % 64)
	}
}

// named reports whether a path is one of a watched file.
func (s *set) named(path string) bool {
	n := len(path)
	if n >= maxLength || s.lengths[n/64]>>(n%64)&1 == 0 {
		return false
	}
	_, ok := s.paths[path]
	return ok
}
