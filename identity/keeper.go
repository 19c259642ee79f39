package identity

import (
	"context"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	// hostEvery is how often the host's files are looked at, rootsEvery how often
	// those of all root directories are, and what roots there are; every
	// fullEvery-th time nothing is taken for granted.
	hostEvery  = 2 * time.Second
	rootsEvery = 5 // times hostEvery
	fullEvery  = 6 // times rootsEvery
	// reviveEvery bounds how often all processes are asked for their root directory
	// because the one that was asked for a root's files has ended.
	reviveEvery = 200 * time.Millisecond
	// hangLimit is how long a look may take before the others go on without it.
	hangLimit = 200 * time.Millisecond
	// maxRoots bounds how many root directories are known, maxHung how many looks
	// may hang before no new one is begun for a root never seen.
	maxRoots = 1024
	maxHung  = 16
	// goneLimit is how long what was known of a root is believed after its last
	// process has ended.
	goneLimit = 10 * time.Second
)

// root is a root directory that some process has.
type root struct {
	id        rootID
	container string // full id, "" outside of containers

	// pids are processes that have it: the one that is likely to stay and those
	// last seen.
	pids [4]int32
	now  survey
	// old are files that were replaced while they had other links, by the path
	// they had.
	old  map[string]replaced
	at   time.Time // of the last look
	hung chan taken

	seen bool // in the scan under way
}

// meet remembers one more process of the root.
func (r *root) meet(pid int32) {
	if !slices.Contains(r.pids[:], pid) {
		copy(r.pids[2:], r.pids[1:])
		r.pids[1] = pid
	}
}

// replaced is a file that was known by a path until some time.
type replaced struct {
	key   Key
	until time.Time
}

type taken struct {
	survey survey
	err    error
}

// keeper keeps what is known of all root directories. It belongs to one
// goroutine.
type keeper struct {
	watcher *Watcher
	files   []string
	dirs    []directory
	roots   map[rootID]*root
	takes   atomic.Int32 // under way: but for one, those that hang
	changed bool
	scanned time.Time
	// links is how many names a file had when it was last looked at, in whatever
	// root directory.
	links map[Key]uint32
}

func newKeeper(w *Watcher) *keeper {
	return &keeper{watcher: w, roots: map[rootID]*root{}, links: map[Key]uint32{}}
}

func (k *keeper) run(ctx context.Context) {
	tick := time.NewTicker(hostEvery)
	defer tick.Stop()
	for n := 1; ; {
		select {
		case <-ctx.Done():
			return
		case a := <-k.watcher.asks:
			a.do(k)
			k.publish()
			close(a.done)
		case pid := <-k.watcher.started:
			k.look(pid, "")
			k.publish()
		case <-tick.C:
			k.tick(n)
			k.publish()
			n++
		}
	}
}

// tick does what is due at the n-th time.
func (k *keeper) tick(n int) {
	if len(k.dirs) == 0 {
		return
	}
	if n%rootsEvery != 0 {
		for _, r := range k.hosts() {
			k.refresh(r, false)
		}
		return
	}
	k.scan()
	for _, r := range k.roots {
		k.refresh(r, n%(rootsEvery*fullEvery) == 0)
	}
}

// hosts are the host's root directory and this process's, which is another where
// it runs in a container.
func (k *keeper) hosts() (list []*root) {
	for _, pid := range []int32{hostPID, int32(os.Getpid())} {
		if r := k.look(pid, ""); r != nil && !slices.Contains(list, r) {
			r.pids[0] = pid
			list = append(list, r)
		}
	}
	return list
}

// hostPID is the process whose root directory is the host's.
const hostPID = 1

// watch begins anew with other files.
func (k *keeper) watch(p Paths) {
	k.files, k.dirs = p.Files, p.directories()
	k.changed = true
	clear(k.roots)
	if len(k.dirs) > 0 {
		k.hosts()
		k.scan()
	}
}

// publish makes what is known known to events.
func (k *keeper) publish() {
	switch {
	case !k.changed:
	case len(k.dirs) == 0:
		k.watcher.set.Store(nil)
	default:
		s := newSet(k.files, k.roots)
		maps.DeleteFunc(k.links, func(key Key, _ uint32) bool { return s.claims[key] == nil })
		k.watcher.set.Store(s)
	}
	k.changed = false
}

// scan finds the root directories of all processes, looks at those that are new
// and forgets those without a process.
func (k *keeper) scan() {
	k.scanned = time.Now()
	proc, err := os.Open("/proc")
	if err != nil {
		return
	}
	defer proc.Close()
	names, err := proc.Readdirnames(-1)
	if err != nil {
		return
	}
	for _, r := range k.roots {
		r.seen = false
	}
	for _, name := range names {
		pid, err := strconv.ParseInt(name, 10, 32)
		if err != nil {
			continue
		}
		id, err := rootOf(int32(pid))
		if err != nil {
			continue
		}
		switch r := k.roots[id]; {
		case r == nil:
			k.add(id, int32(pid), k.watcher.containerOf(int32(pid)))
		case !r.seen:
			// Of several processes the first, by number: it is likely to stay.
			r.pids[0], r.seen = int32(pid), true
		}
	}
	for id, r := range k.roots {
		if !r.seen && time.Since(r.at) > goneLimit {
			delete(k.roots, id)
			k.changed = true
		}
	}
}

// look finds the root directory of a process and looks at it if it is new.
func (k *keeper) look(pid int32, container string) *root {
	id, err := rootOf(pid)
	if err != nil {
		return nil
	}
	if r := k.roots[id]; r != nil {
		r.meet(pid)
		return r
	}
	return k.add(id, pid, container)
}

func (k *keeper) add(id rootID, pid int32, container string) *root {
	if len(k.roots) >= maxRoots {
		return nil
	}
	r := &root{id: id, pids: [4]int32{pid}, container: container, seen: true}
	k.roots[id] = r
	k.refresh(r, true)
	return r
}

// learn looks at the files of a process that opened a watched name, or where it
// has ended, at those of others like it.
func (k *keeper) learn(pid int32, container string) {
	if r := k.look(pid, container); r != nil {
		k.refresh(r, true)
		return
	}
	if container == "" {
		for _, r := range k.hosts() {
			k.refresh(r, true)
		}
		return
	}
	for _, r := range k.roots {
		if r.container == container {
			k.refresh(r, true)
		}
	}
}

// refresh looks at all watched files of a root, where full is set at those too
// whose status is as before.
func (k *keeper) refresh(r *root, full bool) bool {
	before := r.now
	if full {
		before = nil
	}
	found, ok := k.take(r, k.dirs, before)
	if ok {
		k.become(r, found)
	}
	return ok
}

// take is a survey that does not hang.
func (k *keeper) take(r *root, dirs []directory, before survey) (survey, bool) {
	if r.hung != nil {
		select {
		case <-r.hung:
			r.hung = nil
		default:
			return nil, false
		}
	}
	if r.now == nil && k.takes.Load() >= maxHung {
		return nil, false
	}
	done := make(chan taken, 1)
	pids, id := r.pids, r.id
	k.takes.Add(1)
	go func() {
		defer k.takes.Add(-1)
		t := taken{err: errGone}
		for _, pid := range pids {
			if t.survey, t.err = take(pid, id, dirs, before); t.err == nil {
				break
			}
		}
		done <- t
	}()
	timer := time.NewTimer(hangLimit)
	defer timer.Stop()
	select {
	case t := <-done:
		return t.survey, t.err == nil
	case <-timer.C:
		r.hung = done
		return nil, false
	}
}

// become takes over what was found. A file that was replaced while it had other
// links lives on under those.
func (k *keeper) become(r *root, now survey) {
	for _, is := range now {
		k.links[is.key] = is.links
	}
	for path, was := range r.now {
		is, ok := now[path]
		if ok && is.key == was.key {
			continue
		}
		k.changed = true
		if k.links[was.key] > 1 {
			if r.old == nil {
				r.old = map[string]replaced{}
			}
			r.old[path] = replaced{was.key, time.Now()}
		}
	}
	for path := range now {
		if _, ok := r.now[path]; !ok {
			k.changed = true
		}
	}
	r.now, r.at = now, time.Now()
}

// confirm looks whether a file still is what a claim says; opened is the name it
// goes by here. Of a container that has ended it is believed for a while.
func (k *keeper) confirm(c claim, key Key, opened string) bool {
	denied, recent := c.container == "", false
	for _, r := range k.roots {
		if r.container != c.container {
			continue
		}
		if old, ok := r.old[c.path]; ok && old.key == key {
			return k.confirmOld(r, c.path, old, opened)
		}
		if r.now[c.path].key != key {
			continue
		}
		is, there, ok := k.file(r, c.path)
		if !ok && k.revive(r) {
			is, there, ok = k.file(r, c.path)
		}
		switch {
		case !ok:
			recent = recent || time.Since(r.at) < goneLimit
			continue
		case there && is.key == key:
			k.links[key] = is.links
			return true
		}
		// It was replaced: the rest of its directory may have been, too.
		if k.refresh(r, false); r.old[c.path].key == key {
			return true
		}
		denied = true
	}
	return recent && !denied
}

// revive looks for another process with a root directory, and reports whether
// there is one.
func (k *keeper) revive(r *root) bool {
	if r.hung != nil || time.Since(k.scanned) < reviveEvery {
		return false
	}
	k.scan()
	return r.seen
}

// confirmOld looks whether a file that was replaced has not gone since, and its
// number to one that was made later.
func (k *keeper) confirmOld(r *root, path string, old replaced, opened string) bool {
	is, there, ok := k.file(r, opened)
	if ok && there && is.key == old.key && is.born > old.until.UnixNano() {
		delete(r.old, path)
		k.changed = true
		return false
	}
	return true
}

// file looks at one file of a root.
func (k *keeper) file(r *root, name string) (is found, there, ok bool) {
	s, ok := k.take(r, []directory{{path: path.Dir(name), names: []string{path.Base(name)}}}, nil)
	is, there = s[name]
	return is, there, ok
}
