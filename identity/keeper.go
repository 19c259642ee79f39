package identity

import (
	"context"
	"maps"
	"os"
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
	hangLimit = time.Second
	// maxRoots bounds how many root directories are known, maxHung how many looks
	// may hang before no new one is begun for a root never seen.
	maxRoots = 1024
	maxHung  = 16
	// goneLimit is how long what was known of a root is believed after its last
	// process has ended.
	goneLimit = 10 * time.Second
)

// keeper keeps what is known of all root directories. It belongs to one
// goroutine.
type keeper struct {
	watcher *Watcher
	proc    procfs
	files   []string
	dirs    []directory
	roots   map[rootID]*root
	takes   atomic.Int32 // under way: but for one, those that hang
	// finished are roots of which a look has come to an end after all.
	finished chan *root
	changed  bool
	scanned  time.Time
	// links is how many names a file had when it was last looked at, in whatever
	// root directory, aliased whether it was opened by another name than rules know.
	links   map[Key]uint32
	aliased map[Key]bool
}

func newKeeper(w *Watcher) *keeper {
	return &keeper{watcher: w, proc: w.proc, finished: make(chan *root, maxRoots), roots: map[rootID]*root{}, links: map[Key]uint32{}, aliased: map[Key]bool{}}
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
		case do := <-k.watcher.later:
			do(k)
			k.publish()
		case r := <-k.finished:
			k.finish(r)
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
	for _, pid := range []int32{hostPID, k.self()} {
		if r := k.look(pid, ""); r != nil && !slices.Contains(list, r) {
			r.pids[0] = pid
			list = append(list, r)
		}
	}
	return list
}

// self is this process among the host's.
func (k *keeper) self() int32 {
	target, err := os.Readlink(string(k.proc) + "/self")
	if err != nil {
		return hostPID
	}
	pid, err := strconv.ParseInt(target, 10, 32)
	if err != nil {
		return hostPID
	}
	return int32(pid)
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
		maps.DeleteFunc(k.aliased, func(key Key, _ bool) bool { return s.claims[key] == nil })
		k.watcher.set.Store(s)
	}
	k.changed = false
}

// scan finds the root directories of all processes, looks at those that are new
// and forgets those without a process.
func (k *keeper) scan() {
	k.scanned = time.Now()
	proc, err := os.Open(string(k.proc))
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
	alive := map[*root][]int32{}
	for _, name := range names {
		pid, err := strconv.ParseInt(name, 10, 32)
		if err != nil {
			continue
		}
		id, err := k.proc.rootOf(int32(pid))
		if err != nil {
			continue
		}
		r := k.roots[id]
		if r == nil {
			k.add(id, int32(pid), k.watcher.containerOf(int32(pid)))
			continue
		}
		r.seen = true
		alive[r] = append(alive[r], int32(pid))
	}
	for r, pids := range alive {
		r.keep(pids)
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
	id, err := k.proc.rootOf(pid)
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

// learn looks at a watched file of a process that opened it, or where that has
// ended, at that of others like it.
func (k *keeper) learn(pid int32, container, name string) {
	if r := k.look(pid, container); r != nil {
		k.learnFile(r, name)
		return
	}
	if container == "" {
		for _, r := range k.hosts() {
			k.learnFile(r, name)
		}
		return
	}
	for _, r := range k.roots {
		if r.container == container {
			k.learnFile(r, name)
		}
	}
}

func (k *keeper) learnFile(r *root, name string) {
	is, there, ok := k.file(r, name)
	if !ok || !there || r.now == nil {
		return
	}
	_, named := slices.BinarySearch(k.files, name)
	is.listed = !named
	now := maps.Clone(r.now)
	now[name] = is
	k.become(r, now)
}
