package field

import (
	"bytes"
	"strings"

	"github.com/gyrsec/gyr/event"
)

// pathUse says which names a call was given and what they are to the call.
type pathUse struct {
	// one is set for calls about one file: its name is Paths[0], or where byFD is
	// set that of the descriptor.
	one, byFD bool
	// two is set for calls that have a source and a target; crossed, where the
	// first of the call's names is the target. A link is made *from* the new name,
	// which is the source, *to* the old one, in Falco's words.
	two, crossed bool
}

// pathUses are the calls fs.path.* speaks of: those that make, change, move or
// remove a file. The fields say nothing of others, so that a condition on a path
// alone is not one on every call that looks at it.
func pathUses() *[typeCount]pathUse {
	var uses [typeCount]pathUse
	set := func(u pathUse, names ...string) {
		for _, name := range names {
			if t, ok := event.ByName(name); ok {
				uses[t] = u
			}
		}
	}
	set(pathUse{one: true}, "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "chmod", "fchmodat", "fchmodat2",
		"chown", "lchown", "fchownat", "quotactl", "umount", "umount2", "truncate", "mknod", "mknodat")
	set(pathUse{one: true, byFD: true}, "open", "openat", "openat2", "creat", "open_by_handle_at",
		"fchmod", "fchown", "ftruncate")
	set(pathUse{two: true}, "rename", "renameat", "renameat2", "mount", "move_mount")
	set(pathUse{two: true, crossed: true}, "link", "linkat", "symlink", "symlinkat")
	return &uses
}

// place is where the source or the target stands among the event's paths.
func (u pathUse) place(target bool) int {
	if target != u.crossed {
		return 1
	}
	return 0
}

// pathText makes the getter of a field of calls that succeeded; the name of a
// call that failed is no file's.
func pathText(uses *[typeCount]pathUse, get func(*event.Event, pathUse) string) func(*event.Event) (string, bool) {
	return func(e *event.Event) (string, bool) {
		if e.Failed() {
			return "", false
		}
		s := get(e, uses[e.Type])
		return s, s != ""
	}
}

func fsPathFields() []Field {
	uses := pathUses()
	one := func(raw bool) func(*event.Event, pathUse) string {
		return func(e *event.Event, u pathUse) string {
			switch {
			case !u.one:
				return ""
			case u.byFD && raw && e.FD.RawName != "":
				return e.FD.RawName
			case u.byFD:
				return e.FileName()
			case raw:
				return e.Paths[0].Raw
			}
			return e.PathName(0)
		}
	}
	two := func(target, raw bool) func(*event.Event, pathUse) string {
		return func(e *event.Event, u pathUse) string {
			switch {
			case !u.two:
				return ""
			case raw:
				return e.Paths[u.place(target)].Raw
			case target && symbolicLink(e.Type):
				return linkTarget(e)
			}
			return e.PathName(u.place(target))
		}
	}
	const source, target, raw = false, true, true
	return []Field{
		text("fs.path.name", "Absolute path of the file that a call opened, made, changed or removed; no value where the call failed.", pathText(uses, one(!raw))).fileName(),
		text("fs.path.nameraw", "fs.path.name exactly as the program gave it.", pathText(uses, one(raw))),
		text("fs.path.source", "Absolute path a call started from: the old name of a rename, the device of a mount, the new name of a link.", pathText(uses, two(source, !raw))).fileName(),
		text("fs.path.sourceraw", "fs.path.source exactly as the program gave it.", pathText(uses, two(source, raw))),
		text("fs.path.target", "Absolute path a call led to: the new name of a rename, the directory of a mount, the file that a link leads to.", pathText(uses, two(target, !raw))).fileName(),
		text("fs.path.targetraw", "fs.path.target exactly as the program gave it.", pathText(uses, two(target, raw))),
	}
}

// absolutePath is what evt.abspath has: the names in the order of the call's
// parameters, and of a symbolic link only its own, the other being no more than
// a text to the call.
func absolutePath(e *event.Event, u pathUse, second bool) string {
	switch {
	case u.one && u.byFD:
		return e.FileName()
	case u.one:
		return e.PathName(0)
	case !u.two:
		return ""
	case second || symbolicLink(e.Type):
		return e.PathName(1)
	}
	return e.PathName(0)
}

// linkTarget is what the new symbolic link leads to. To the call that is a text;
// whoever follows the link takes it relative to where the link is.
func linkTarget(e *event.Event) string {
	text, link := e.PathName(0), e.PathName(1)
	if text == "" || text[0] == '/' || link == "" || link[0] != '/' {
		return text
	}
	dir := link[:strings.LastIndexByte(link, '/')]
	return e.Text(func(dst []byte) []byte { return appendWithin(dst, dir, text) })
}

// appendWithin appends a path relative to a clean directory (or "", the root),
// cleaned of ".", ".." and double slashes.
func appendWithin(dst []byte, dir, relative string) []byte {
	start := len(dst)
	dst = append(dst, dir...)
	for len(relative) > 0 {
		var part string
		part, relative, _ = strings.Cut(relative, "/")
		switch part {
		case "", ".":
		case "..":
			dst = dst[:start+max(0, bytes.LastIndexByte(dst[start:], '/'))]
		default:
			dst = append(dst, '/')
			dst = append(dst, part...)
		}
	}
	if len(dst) == start {
		dst = append(dst, '/')
	}
	return dst
}

func symbolicLink(t event.Type) bool {
	name := t.String()
	return name == "symlink" || name == "symlinkat"
}

// fdListFields are about poll and its like.
func fdListFields() []Field {
	list := func(name, what string) Field {
		return later(name, what+" of the descriptors a call such as poll waits for, with commas between. No value: they are not read.", CharBuf)
	}
	return []Field{
		list("fdlist.nums", "Numbers"),
		list("fdlist.names", "Names"),
		list("fdlist.cips", "Client addresses"),
		list("fdlist.sips", "Server addresses"),
		list("fdlist.cports", "Client ports"),
		list("fdlist.sports", "Server ports"),
	}
}
