package event

// Path is a file name that a call was given, for calls that make no descriptor
// of it.
type Path struct {
	// Raw is the program's own string, unchanged.
	Raw string
	// Name is Raw made absolute with the directory it was relative to and
	// cleaned of ".", ".." and double slashes, symlinks not followed.
	Name string
	// Real is the name with the symlinks of its directories followed, from the
	// process's root; empty where that could not be found out.
	Real string
}
