package kernel

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
)

// The process table is right as long as every change of a process arrives. When
// some are lost, processes that have ended stay, and others have names they no
// longer have. So the table is compared with /proc: all of it after a loss, and a
// little of it all the time, in case a loss was not seen.
const (
	// resyncInterval is the time between two looks at the table.
	resyncInterval = time.Second
	// sweepPeriod is how long it takes to look at every process when nothing was
	// lost.
	sweepPeriod = 5 * time.Minute
	// lossyBudget is how many processes are looked at per interval after a loss:
	// some tens of milliseconds of work.
	lossyBudget = 2000
	// lostSince is how old a process has to be before it is compared: what is
	// known of a younger one may not have arrived.
	lostSince = int64(100 * time.Millisecond)
)

// resync compares the table with /proc, a part at a time.
type resync struct {
	source *Source
	// demanded is set when changes of processes were lost.
	demanded atomic.Bool
	queue    []process.Key
	// thorough is set while the queue was filled after a loss: then an exec may
	// have been lost even where name and executable are the same.
	thorough bool

	// What was read from /proc may have ended before it was put into the table, and
	// its end been told before: it is looked at once more, after a step.
	mu        sync.Mutex
	read      []process.Key
	readLater []process.Key
}

// suspect says that a process was put into the table as /proc had it.
func (r *resync) suspect(key process.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readLater = append(r.readLater, key)
}

// suspects are those of the step before last.
func (r *resync) suspects() []process.Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	due := r.read
	r.read, r.readLater = r.readLater, nil
	return due
}

// demand asks for all of the table to be compared soon.
func (r *resync) demand() { r.demanded.Store(true) }

// run keeps the table right until ctx is done.
func (r *resync) run(ctx context.Context) {
	if !r.source.proc.seesAll() {
		r.source.options.Log.Warn("processes of other PID namespaces are not in /proc: after a loss of events the process table is not corrected; run with the host's PID namespace")
		return
	}
	ticker := time.NewTicker(resyncInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			r.step()
		}
	}
}

// initialPIDNamespace is the initial PID namespace's inode number, a constant of
// the kernel.
const initialPIDNamespace = 0xeffffffc

// seesAll reports whether /proc shows all processes.
func (proc procfs) seesAll() bool {
	var st unix.Stat_t
	return unix.Stat(string(proc)+"/self/ns/pid", &st) == nil && st.Ino == initialPIDNamespace
}

// step looks at the next part of the table.
func (r *resync) step() {
	if r.demanded.Swap(false) {
		r.thorough = true
		r.source.scanMissing()
		r.queue = r.source.table.Living(r.queue[:0])
	}
	budget := lossyBudget
	if !r.thorough {
		budget = max(1, r.source.table.Len()/int(sweepPeriod/resyncInterval))
	}
	if len(r.queue) == 0 {
		r.thorough = false
		r.queue = r.source.table.Living(r.queue[:0])
	}
	n := min(budget, len(r.queue))
	for _, key := range r.queue[len(r.queue)-n:] {
		if r.source.compare(key, r.thorough) && !r.thorough {
			r.demand() // a loss that nobody counted
		}
	}
	r.queue = r.queue[:len(r.queue)-n]
	for _, key := range r.suspects() {
		r.source.compare(key, false)
	}
}

// scanMissing adds running processes whose start was lost.
func (s *Source) scanMissing() {
	entries, err := os.ReadDir(string(s.proc))
	if err != nil {
		return // as at start, they are looked up one by one
	}
	for _, entry := range entries {
		pid, err := strconv.ParseInt(entry.Name(), 10, 32)
		if err != nil || int32(pid) == s.self || s.table.At(int32(pid), sinceBoot()) != nil {
			continue
		}
		if st, ok := s.proc.readStat(int32(pid)); ok && !st.ended() {
			s.ensure(process.KeyOf(int32(pid), st.start))
		}
	}
}

// maxLost bounds how many ancestors are looked up for one process.
const maxLost = 64

// ensure puts a process whose start was lost into the table, after its
// ancestors; it does nothing if that process is gone from /proc, too.
func (s *Source) ensure(key process.Key) { s.ensureUp(key, maxLost) }

func (s *Source) ensureUp(key process.Key, limit int) {
	if key.PID() <= 0 || limit == 0 || s.table.Find(key) != nil {
		return
	}
	p, parent, ok := s.readProc(key.PID())
	if !ok || process.KeyOf(p.PID, p.Start) != key {
		return
	}
	s.ensureUp(parent, limit-1)
	s.table.Start(key, p, 0, parent, false)
	s.resync.suspect(key)
}

// complete reads what is not known of a process from /proc, to hold from since.
func (s *Source) complete(key process.Key, since int64) bool {
	p, _, ok := s.readProc(key.PID())
	if !ok || process.KeyOf(p.PID, p.Start) != key {
		return false
	}
	return s.table.Change(key, since, func(old *event.Process) {
		start, exec := old.Start, old.ExecTime
		if old.Incomplete {
			exec = 0
		}
		*old = *p.Clone()
		if start != 0 {
			old.Start = start // the kernel's is the finer
		}
		old.ExecTime = exec
	})
}

// look is what /proc says of a process in the table.
type look struct {
	gone bool
	stat stat
	up   process.Key // its parent
	exe  string      // what the link to its executable says
	ino  uint64      // of its executable; 0 where it has none
}

// lookAt reads /proc; false where nothing can be said.
func (proc procfs) lookAt(key process.Key) (l look, ok bool) {
	b, err := os.ReadFile(proc.path(key.PID(), "stat"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return look{gone: true}, true
	}
	if l.stat, ok = parseStat(string(b)); err != nil || !ok {
		return l, false
	}
	if l.stat.ended() || process.KeyOf(key.PID(), l.stat.start) != key {
		return look{gone: true}, true
	}
	if parent, ok := proc.readStat(l.stat.ppid); ok {
		l.up = process.KeyOf(l.stat.ppid, parent.start)
	}
	var st unix.Stat_t
	link := proc.path(key.PID(), "exe")
	if l.exe, err = os.Readlink(link); err == nil && unix.Stat(link, &st) == nil {
		l.ino = st.Ino
	}
	return l, true
}

// compare looks at one process and reports whether a change of it was lost. What
// /proc says is older than what the table says once the changes written so far
// have been read: a difference that is left then was lost.
func (s *Source) compare(key process.Key, thorough bool) (lost bool) {
	now := sinceBoot()
	l, ok := s.proc.lookAt(key)
	if !ok {
		return false
	}
	s.lifecycle.catchUp()
	s.lifecycle.mu.Lock()
	defer s.lifecycle.mu.Unlock()
	task := s.table.Find(key)
	if task == nil || task.ExitTime() != 0 {
		return false
	}
	p := task.Current()
	if p.Since() > now-lostSince {
		return false // it changed under way, or is too young
	}
	if l.gone {
		s.table.Exit(key, now, 0)
		return !p.Incomplete
	}
	if p.Incomplete || l.differs(p) || thorough && s.proc.otherArgs(p) {
		lost = s.complete(key, now) && !p.Incomplete
	}
	s.ensure(l.up)
	s.table.Adopt(key, l.up, now)
	return lost
}

// differs reports whether the process runs another program than is known. Names
// of kernel threads change with what they work on. Neither the path of an
// executable nor its inode number tells enough: another root has other paths, and
// overlay file systems have several numbers for a file.
func (l *look) differs(p *event.Process) bool {
	if l.ino == 0 {
		return p.Name != l.stat.name && l.stat.sid != 0
	}
	return p.Name != l.stat.name || l.ino != p.ExeIno && strings.TrimSuffix(l.exe, deletedSuffix) != p.ExePath
}

// otherArgs reports whether the command line is another than is known.
func (proc procfs) otherArgs(p *event.Process) bool {
	args := proc.readArgv(p.PID)
	if args.block == "" {
		return false
	}
	var now event.Process
	setArgs(&now, args.block)
	return now.Exe != p.Exe || now.ArgsLine != p.ArgsLine
}
