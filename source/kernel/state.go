package kernel

import (
	"fmt"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// stateCalls are the calls that make a process another without an exec.
func stateCalls() (types event.TypeSet) {
	for _, name := range []string{
		"chdir", "fchdir", "chroot", "setsid", "setpgid", "capset", "setns", "unshare",
		"setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid",
	} {
		if t, ok := event.ByName(name); ok {
			types.Add(t)
		}
	}
	return types
}

// watchState puts the program that tells of a process's new state before those
// of the calls that make one. Where a call is not wanted as an event, there is
// none behind it.
func (l *loaded) watchState(w *Wanted) error {
	for _, t := range stateCalls().Slice() {
		info := event.Describe(t)
		for _, s := range slotsOf(t) {
			if w.Types.Has(t) {
				if err := l.objects.Reports.Put(s.at, programOf(&l.objects, info.Family)); err != nil {
					return fmt.Errorf("put the program of %s behind another: %w", info.Name, err)
				}
			} else if err := l.objects.Reports.Delete(s.at); err != nil && !isMissing(err) {
				return fmt.Errorf("take the program of %s away: %w", info.Name, err)
			}
			if err := l.objects.Calls.Put(s.at, l.objects.ExitState); err != nil {
				return fmt.Errorf("follow %s: %w", info.Name, err)
			}
		}
	}
	return nil
}

// state gives the process what it became by a call that is no exec.
func (c *changes) state(key process.Key) {
	r := &c.record
	task := c.source.table.Find(key)
	if task == nil {
		return // it is looked up when something asks for it
	}
	next := task.Current().Clone()
	before := stateOf(next)
	n := &r.Nums
	next.PGID, next.SID = int32(n[record.PGID]), int32(n[record.SID])
	next.VPGID, next.VSID = int32(n[record.VPGID]), int32(n[record.VSID])
	next.TTY = uint32(n[record.TTY])
	next.UID, next.GID = r.UID, r.GID
	next.CapInheritable, next.CapPermitted, next.CapEffective = n[record.CapInheritable], n[record.CapPermitted], n[record.CapEffective]
	if cwd := directory(r.Strs[record.CWD]); cwd != "" {
		next.CWD = cwd
	}
	// A server that becomes each of its users in turn should not lose what it was
	// a moment ago for calls that change nothing.
	if stateOf(next) != before {
		task.Become(next, r.Time, nil)
	}
}

// changing is what a process may change about itself.
type changing struct {
	pgid, sid, vpgid, vsid int32
	tty, uid, gid          uint32
	caps                   [3]uint64
	cwd                    string
}

func stateOf(p *event.Process) changing {
	return changing{
		p.PGID, p.SID, p.VPGID, p.VSID, p.TTY, p.UID, p.GID,
		[3]uint64{p.CapInheritable, p.CapPermitted, p.CapEffective}, p.CWD,
	}
}
