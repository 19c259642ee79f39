package ruletest

import (
	"math"
	"strconv"
	"strings"

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

// The container of which a test says nothing but that there is one.
const (
	ordinaryContainer = "3c6a9e0f1b2d"
	ordinaryRuntime   = "containerd"
	idLength          = 64
)

func containerDescribers() map[string]describer {
	inside := func(set func(*builder, string)) describer {
		return text(func(b *builder, s string) {
			set(b, s)
			if b.place == unsaid {
				b.place = inContainer
			}
		})
	}
	fact := func(set func(*event.Details, string)) describer {
		return inside(func(b *builder, s string) { set(&b.details, s) })
	}
	pod := func(set func(*event.Pod, string)) describer {
		return inside(func(b *builder, s string) { set(&b.pod, s) })
	}
	return map[string]describer{
		"container.id": text(func(b *builder, s string) {
			if s == "host" {
				b.place = onHost
				return
			}
			b.place, b.container.ID = inContainer, s
		}),
		"container.full_id":          inside(func(b *builder, s string) { b.container.FullID = s }),
		"container.name":             orHost(fact(func(d *event.Details, s string) { d.Name = s })),
		"container.type":             orHost(fact(func(d *event.Details, s string) { d.Type = s })),
		"container.image":            fact(func(d *event.Details, s string) { d.Image = s }),
		"container.image.id":         fact(func(d *event.Details, s string) { d.ImageID = s }),
		"container.image.repository": fact(func(d *event.Details, s string) { d.ImageRepository = s }),
		"container.image.tag":        fact(func(d *event.Details, s string) { d.ImageTag = s }),
		"container.image.digest":     fact(func(d *event.Details, s string) { d.ImageDigest = s }),
		"k8s.pod.name":               pod(func(p *event.Pod, s string) { p.Name = s }),
		"k8s.ns.name":                pod(func(p *event.Pod, s string) { p.Namespace = s }),
		"k8s.pod.uid":                pod(func(p *event.Pod, s string) { p.UID = s }),
	}
}

// orHost is for fields that have the value host outside containers.
func orHost(d describer) describer {
	return func(b *builder, v value) {
		if v.node.Value == "host" && b.place != inContainer {
			b.place = onHost
			b.expect(v, "host")
			return
		}
		d(b, v)
	}
}

// fillContainer completes what a test says of the container.
func (b *builder) fillContainer() *event.Container {
	c, d := b.container, &b.details
	switch {
	case c.ID == "" && c.FullID != "":
		c.ID = c.FullID[:min(len(c.FullID), len(ordinaryContainer))]
	case c.ID == "":
		c.ID = ordinaryContainer
	}
	if c.FullID == "" {
		c.FullID = c.ID + strings.Repeat("0", max(0, idLength-len(c.ID)))
	}
	if d.Type == "" {
		d.Type = ordinaryRuntime
	}
	switch {
	case d.Image == "" && d.ImageRepository != "":
		d.Image = d.ImageRepository
		if d.ImageTag != "" {
			d.Image += ":" + d.ImageTag
		}
	case d.Image != "" && d.ImageRepository == "":
		d.ImageRepository = d.Image
		name, _, _ := strings.Cut(d.Image, "@")
		if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
			name, d.ImageTag = name[:i], or(nonEmpty(d.ImageTag), name[i+1:])
		}
		d.ImageRepository = name
	}
	if b.pod.Name+b.pod.Namespace+b.pod.UID != "" {
		d.Pod = &b.pod
	}
	c.Describe(d)
	c.SetReady()
	return c
}

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
