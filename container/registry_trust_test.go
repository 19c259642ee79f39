package container

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gyrsec/gyr/container/engine"
)

// usersGroupOf is a group that user 1000 can make.
func usersGroupOf(i int) string {
	return "/user.slice/user-1000.slice/user@1000.service/docker-" + idOf(i) + ".scope"
}

// usersEngine is a runtime of user 1000.
type usersEngine struct{ *fake }

func (usersEngine) User() uint32 { return 1000 }

// TestGroupsCalledLikeOtherContainers has a process of container 2 make groups
// that are called like container 1's.
func TestGroupsCalledLikeOtherContainers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{inspect: says(full("web"))}
		r := running(t, Options{Engines: engines(f)})
		victim, outer := r.FromCgroup(groupOf(1), ""), r.FromCgroup(groupOf(2), "")
		pretended := groupOf(2) + groupOf(1)
		r.Made(pretended)
		for _, path := range []string{pretended, groupOf(2) + podGroupOf(1), groupOf(2) + "/lxc.payload.web", groupOf(2) + groupOf(3)} {
			if c := r.FromCgroup(path, ""); c != outer {
				t.Errorf("in %s a process is taken for one of %s", path, c.ID)
			}
		}
		r.Removed(pretended)
		time.Sleep(2 * grace)
		if r.FromCgroup(groupOf(1)+"/a", "") != victim || r.FromCgroup(groupOf(2)+"/a", "") != outer {
			t.Error("a container is forgotten because of what was removed in another")
		}
		if n, _ := f.asks(""); n != 2 {
			t.Errorf("asked %d times about two containers", n)
		}
	})
}

// TestRuntimesInAContainer has runtimes whose containers are all in container 1.
func TestRuntimesInAContainer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{inspect: says(full("web"))}
		r := running(t, Options{Engines: engines(f), Nested: true})
		node, inner := r.FromCgroup(groupOf(1), ""), r.FromCgroup(groupOf(1)+podGroupOf(2), "")
		synctest.Wait()
		if inner == node || inner.FullID != idOf(2) || inner.Details().Name != "web" {
			t.Errorf("got %+v", inner)
		}
		r.Removed(groupOf(1) + podGroupOf(2))
		time.Sleep(2 * grace)
		if r.FromCgroup(groupOf(1), "") != node || r.FromCgroup(groupOf(1)+podGroupOf(2)+"/a", "") == inner {
			t.Error("the wrong one was removed")
		}
	})
}

// TestGroupsOfUsers has a user make a group that is called like a container of
// the machine's, and put something of theirs at the socket of a runtime.
func TestGroupsOfUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		machine, users := &fake{inspect: says(full("web"))}, &fake{inspect: says(full("lie"))}
		users.follow = func(ctx context.Context, connected func(), tell func(engine.Change)) error {
			connected()
			time.Sleep(time.Second)
			tell(engine.Change{FullID: idOf(1), Kind: engine.Removed})
			tell(engine.Change{FullID: idOf(3), Kind: engine.Removed})
			<-ctx.Done()
			return nil
		}
		files := &fake{inspect: says(full("file"))}
		r := running(t, Options{Engines: []engine.Engine{usersEngine{users}, machine}, Files: files})
		victim, pretended := r.FromCgroup(groupOf(1), ""), r.FromCgroup(usersGroupOf(1), "")
		r.FromCgroup(groupOf(3), "")
		synctest.Wait()
		if pretended == victim || pretended.User != 1000 || pretended.Details().Name != "lie" {
			t.Errorf("the user's group is %+v, described as %+v", pretended, pretended.Details())
		}
		if name := victim.Details().Name; name != "web" {
			t.Errorf("the machine's container is called %q", name)
		}
		r.Removed(usersGroupOf(1))
		time.Sleep(2 * grace)
		if r.FromCgroup(groupOf(1)+"/a", "") != victim {
			t.Error("a user had a container of the machine's forgotten")
		}
		if _, n := users.asks(idOf(3)); n != 0 {
			t.Error("the user's runtime was asked about a container of the machine's")
		}
		if _, n := machine.asks(idOf(1)); n != 1 {
			t.Errorf("the machine's runtime was asked %d times about one container", n)
		}
	})
}

// TestUsersCostLittle has a user make many containers with a runtime that answers
// late.
func TestUsersCostLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{inspect: after(time.Second, says(full("x")))}
		r := running(t, Options{Engines: []engine.Engine{usersEngine{f}}})
		for i := range 20 {
			r.FromCgroup(usersGroupOf(i), "")
		}
		time.Sleep(30 * time.Second)
		f.mu.Lock()
		most := f.max
		f.mu.Unlock()
		if most != askUserWorkers {
			t.Errorf("%d asks at a time, want %d", most, askUserWorkers)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, en := range r.ids {
			if !en.c.Described() || en.worth() != 1 {
				t.Errorf("worth %d, described %t", en.worth(), en.c.Described())
			}
		}
	})
}
