package identity

import (
	"slices"
	"sync/atomic"
	"time"
)

// root is a root directory that some process has.
type root struct {
	id        rootID
	container string // full id, "" outside of containers

	// pids are processes that have it: the one that is likely to stay and those
	// last seen.
	pids [4]int32
	now  survey
	// old are the files that were there before, by the path they had: they may
	// live on under another.
	old  survey
	at   time.Time // of the last look
	hung *look     // one that takes too long

	seen bool // in the scan under way
}

// meet remembers one more process of the root.
func (r *root) meet(pid int32) {
	if !slices.Contains(r.pids[:], pid) {
		copy(r.pids[2:], r.pids[1:])
		r.pids[1] = pid
	}
}

// keep remembers processes that have the root now: first those remembered
// before, since numbers are used again and a lower one may be newer, then the
// first by number.
func (r *root) keep(alive []int32) {
	kept := slices.DeleteFunc(slices.Clone(r.pids[:]), func(pid int32) bool { return !slices.Contains(alive, pid) })
	for _, pid := range alive {
		if !slices.Contains(kept, pid) {
			kept = append(kept, pid)
		}
	}
	clear(r.pids[:])
	copy(r.pids[:], kept)
}

// look is a survey to make, or under way.
type look struct {
	dirs   []directory
	before survey
	// whole is set where it is for all watched files.
	whole bool

	done chan taken
	late atomic.Bool
}

type taken struct {
	survey survey
	err    error
}

// refresh looks at all watched files of a root, where full is set at those too
// whose status is as before.
func (k *keeper) refresh(r *root, full bool) bool {
	l := &look{dirs: k.dirs, whole: true}
	if !full {
		l.before = r.now
	}
	found, ok := k.take(r, l)
	if ok {
		k.become(r, found)
	}
	return ok
}

// take is a survey that does not hang.
func (k *keeper) take(r *root, l *look) (survey, bool) {
	if k.finish(r); r.hung != nil || r.now == nil && k.takes.Load() >= maxHung {
		return nil, false
	}
	l.done = make(chan taken, 1)
	pids, id := r.pids, r.id
	k.takes.Add(1)
	go func() {
		defer k.takes.Add(-1)
		t := taken{err: errGone}
		for _, pid := range pids {
			if t.survey, t.err = k.proc.take(pid, id, l.dirs, l.before); t.err == nil {
				break
			}
		}
		l.done <- t
		if l.late.Load() {
			k.finished <- r
		}
	}()
	timer := time.NewTimer(hangLimit)
	defer timer.Stop()
	select {
	case t := <-l.done:
		return t.survey, t.err == nil
	case <-timer.C:
		r.hung = l
		l.late.Store(true)
		k.finish(r)
		return nil, false
	}
}

// finish takes over what a look has found that took too long, if it has come to
// an end.
func (k *keeper) finish(r *root) {
	if r.hung == nil {
		return
	}
	select {
	case t := <-r.hung.done:
		if r.hung.whole && t.err == nil && k.roots[r.id] == r {
			k.become(r, t.survey)
		}
		r.hung = nil
	default:
	}
}

// become takes over what was found.
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
		if r.old == nil {
			r.old = survey{}
		}
		was.others = k.links[was.key] > 1 || k.aliased[was.key]
		r.old[path] = was
	}
	for path := range now {
		if _, ok := r.now[path]; !ok {
			k.changed = true
		}
	}
	r.now, r.at = now, time.Now()
}
