package event

// Names says which of the names of an event's files conditions see. A condition
// is tried with each in turn until it holds; those that show nothing new are
// left out, see Event.Shows.
type Names uint8

// The names of a file, in the order conditions are tried on them.
const (
	// GivenNames are those the program passed: FD.Name, Path.Name.
	GivenNames Names = iota
	// RealNames are those the kernel found: FD.RealName, Path.Real.
	RealNames
	// WatchedNames show the file under the name by which rules know it:
	// FD.Watched; of others, what the kernel found.
	WatchedNames
)

// FileName is the absolute name of the file the event is about, as conditions
// see it: the one of FD's names that Names selects, where there is such.
// For an internet socket it is the connection's tuple, for a unix socket the
// path of its address; empty where there is no descriptor.
func (e *Event) FileName() string {
	switch {
	case !e.HasFD:
		return ""
	case e.FD.Type == FDIPv4 || e.FD.Type == FDIPv6:
		return e.SocketName()
	case e.Names == WatchedNames && e.FD.Watched != "":
		return e.FD.Watched
	case e.Names != GivenNames && e.FD.RealName != "":
		return e.FD.RealName
	}
	return e.FD.Name
}

// PathName is the absolute name of path i of the event as conditions see it:
// Name, or Real where that is asked for and known.
func (e *Event) PathName(i int) string {
	p := &e.Paths[i]
	if e.Names != GivenNames && p.Real != "" {
		return p.Real
	}
	return p.Name
}

// NamesDiffer reports whether the kernel resolved one of the event's files to
// another name than the program gave (a symlink, "..", a relative path).
func (e *Event) NamesDiffer() bool {
	return e.HasFD && e.FD.RealName != "" && e.FD.RealName != e.FD.Name ||
		e.Paths[0].differs() || e.Paths[1].differs()
}

func (p *Path) differs() bool { return p.Real != "" && p.Real != p.Name }

// Shows reports whether the event's files have names n beside those before.
func (e *Event) Shows(n Names) bool {
	switch n {
	case RealNames:
		return e.NamesDiffer()
	case WatchedNames:
		return e.HasFD && e.FD.Watched != ""
	}
	return true
}
