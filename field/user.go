package field

import "github.com/gyrsec/gyr/event"

func userFields() []Field {
	current := func(e *event.Event) (event.User, bool) { return user(e, e.UID) }
	return []Field{
		integer("user.uid", "Effective user id.", Uint32, func(e *event.Event) (int64, bool) { return int64(e.UID), true }),
		text("user.name", "Name of the effective user, in the user database the process sees.", func(e *event.Event) (string, bool) { return userName(e, e.UID) }),
		text("user.homedir", "Home directory of the effective user.", userText(current, func(u event.User) string { return u.Home })),
		text("user.shell", "Login shell of the effective user.", userText(current, func(u event.User) string { return u.Shell })),
		integer("user.loginuid", "User id the session was logged in with; -1 outside login sessions.", Int64, loginUID),
		text("user.loginname", "Name of the user the session was logged in with.", func(e *event.Event) (string, bool) {
			if e.Process == nil || e.Process.Incomplete || e.Process.LoginUID == event.NoLoginUID {
				return "", false
			}
			return userName(e, e.Process.LoginUID)
		}),
	}
}

func groupFields() []Field {
	return []Field{
		integer("group.gid", "Effective group id.", Uint32, func(e *event.Event) (int64, bool) { return int64(e.GID), true }),
		text("group.name", "Name of the effective group, in the group database the process sees.", func(e *event.Event) (string, bool) { return groupName(e, e.GID) }),
	}
}

func loginUID(e *event.Event) (int64, bool) {
	switch {
	case e.Process == nil || e.Process.Incomplete && e.Process.LoginUID == 0:
		return 0, false
	case e.Process.LoginUID == event.NoLoginUID:
		return -1, true
	}
	return int64(e.Process.LoginUID), true
}

// user finds an id in the user database; the superuser is known without one.
func user(e *event.Event, uid uint32) (event.User, bool) {
	if e.Users != nil {
		if u, ok := e.Users.User(uid, e.Process); ok {
			return u, true
		}
	}
	if uid == 0 {
		return event.User{Name: "root", Home: "/root"}, true
	}
	return event.User{}, false
}

func userName(e *event.Event, uid uint32) (string, bool) {
	u, ok := user(e, uid)
	return u.Name, ok && u.Name != ""
}

func userText(who func(*event.Event) (event.User, bool), get func(event.User) string) func(*event.Event) (string, bool) {
	return func(e *event.Event) (string, bool) {
		u, ok := who(e)
		s := get(u)
		return s, ok && s != ""
	}
}

func groupName(e *event.Event, gid uint32) (string, bool) {
	if e.Users != nil {
		if name, ok := e.Users.Group(gid, e.Process); ok {
			return name, name != ""
		}
	}
	return "root", gid == 0
}
