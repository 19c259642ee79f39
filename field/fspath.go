package field

import "github.com/gyrsec/gyr/event"

func fsPathFields() []Field {
	path := func(get func(*event.Event) string) func(*event.Event) (string, bool) {
		return func(e *event.Event) (string, bool) {
			if event.Describe(e.Type).Family != event.FamilyOpen {
				return "", false
			}
			s := get(e)
			return s, s != ""
		}
	}
	return []Field{
		text("fs.path.name", "Absolute path of the file a call acts on.", path((*event.Event).FileName)).fileName(),
		text("fs.path.nameraw", "Path a call acts on, exactly as the program gave it.", path(func(e *event.Event) string { return e.FD.RawName })),
		later("fs.path.source", "Absolute path a call starts from: the old name of a rename, for one.", CharBuf),
		later("fs.path.sourceraw", "fs.path.source exactly as the program gave it.", CharBuf),
		later("fs.path.target", "Absolute path a call leads to: the new name of a rename, for one.", CharBuf),
		later("fs.path.targetraw", "fs.path.target exactly as the program gave it.", CharBuf),
	}
}

// fdListFields are about poll and its like.
func fdListFields() []Field {
	list := func(name, what string) Field {
		return later(name, what+" of the descriptors a call such as poll waits for, with commas between.", CharBuf)
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
