package ruletest

import (
	"math"
	"strconv"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

func bindIndex(name string, n int) (*field.Ref, error) {
	return field.Bind(name, strconv.Itoa(n), true)
}

// ordinaryUID is the user of whom a test gives only a name.
const ordinaryUID = 1000

// users is the user database of one event: what the test says, and root.
type users struct {
	uid, gid, login                         *uint32
	name, home, shell, group, loginName     *string
	current, loggedIn                       uint32
	groupID                                 uint32
	hasUser, hasLogin, hasGroup, sameAsUser bool
}

// fill puts the ids into the event and its process.
func (u *users) fill(e *event.Event, p *event.Process) {
	ordinary := func(name *string) uint32 {
		if name == nil || *name == "root" {
			return 0
		}
		return ordinaryUID
	}
	u.hasUser = u.name != nil || u.home != nil || u.shell != nil
	u.current = or(u.uid, ordinary(u.name))
	u.hasGroup = u.group != nil
	u.groupID = or(u.gid, ordinary(u.group))
	e.UID, e.GID = u.current, u.groupID
	u.sameAsUser = u.name != nil && u.loginName != nil && *u.name == *u.loginName
	switch {
	case u.login != nil:
		u.loggedIn = *u.login
	case u.sameAsUser:
		u.loggedIn = u.current
	case u.loginName != nil && *u.loginName != "root":
		u.loggedIn = ordinaryUID + 1
	case u.loginName == nil:
		u.loggedIn = event.NoLoginUID
	}
	u.hasLogin = u.loginName != nil
	p.LoginUID = u.loggedIn
}

// User implements event.Users.
func (u *users) User(uid uint32, _ *event.Process) (event.User, bool) {
	switch {
	case u.hasUser && uid == u.current:
		name := or(u.name, "")
		if u.name == nil && uid == 0 {
			name = "root"
		}
		return event.User{Name: name, Home: or(u.home, "/home/"+name), Shell: or(u.shell, "/bin/sh")}, true
	case u.hasLogin && uid == u.loggedIn:
		return event.User{Name: *u.loginName}, true
	}
	return event.User{}, false
}

// Group implements event.Users.
func (u *users) Group(gid uint32, _ *event.Process) (string, bool) {
	if u.hasGroup && gid == u.groupID {
		return *u.group, true
	}
	return "", false
}

func userDescribers() map[string]describer {
	id := func(set func(*users, *uint32)) describer {
		return number(0, math.MaxUint32-1, func(b *builder, n int64) { v := uint32(n); set(b.users, &v) })
	}
	name := func(set func(*users, *string)) describer {
		return text(func(b *builder, s string) { set(b.users, &s) })
	}
	return map[string]describer{
		"user.uid":       id(func(u *users, n *uint32) { u.uid = n }),
		"user.name":      name(func(u *users, s *string) { u.name = s }),
		"user.homedir":   name(func(u *users, s *string) { u.home = s }),
		"user.shell":     name(func(u *users, s *string) { u.shell = s }),
		"user.loginname": name(func(u *users, s *string) { u.loginName = s }),
		"user.loginuid": number(-1, math.MaxUint32-1, func(b *builder, n int64) {
			v := uint32(n)
			b.users.login = &v
		}),
		"group.gid":  id(func(u *users, n *uint32) { u.gid = n }),
		"group.name": name(func(u *users, s *string) { u.group = s }),
	}
}
