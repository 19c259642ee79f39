package kernel

import (
	"os"
	"strings"
	"sync"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// changes reads the ring of process changes and keeps the process table. Every
// worker drains it before its own ring, so it is guarded by a lock.
type changes struct {
	reader
	source *Source

	mu     sync.Mutex
	record record.Record
	event  event.Event
	args   argsBudget
}

func newChanges(s *Source, r *ring) *changes {
	c := &changes{reader: reader{ring: r, kick: make(chan struct{}, 1)}, source: s}
	c.event.Users, c.event.Hosts = s.options.Users, s.options.Hosts
	return c
}

func (c *changes) run() { c.loop(c.drain) }

func (c *changes) drain() bool {
	if !c.ring.pending() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := sinceBoot()
	n, unfinished := c.ring.drain(c.handle)
	if !unfinished {
		c.watermark.Store(now)
	}
	return n > 0
}

// catchUp applies all changes written so far.
func (c *changes) catchUp() {
	c.drain()
}

func (c *changes) handle(b []byte) {
	r := &c.record
	if err := c.source.decoder.Change(b, r); err != nil {
		c.source.reject(err)
		return
	}
	key := process.KeyOf(r.PID, r.Start)
	table := c.source.table
	switch record.Kind(r.Type) {
	case record.Exec:
		c.exec(key)
	case record.Fork:
		c.fork(key)
	case record.Exit:
		c.exit(key)
	case record.Rename:
		name := strings.Clone(r.Strs[record.NewName])
		table.Change(key, r.Time, func(p *event.Process) {
			p.Name = name
			p.Cmdline = process.Cmdline(name, p.ArgsLine)
		})
	case record.State:
		c.state(key)
	case record.Cgroup:
		c.move(key)
	case record.CgroupMade, record.CgroupRemoved:
		c.cgroup()
	}
}

// fork adds the process. Of a parent whose start was lost and that has ended
// since, no more is left than the name its child has from it.
func (c *changes) fork(key process.Key) {
	r, s := &c.record, c.source
	p := s.newProcess(r)
	p.Name = strings.Clone(r.Strs[record.Comm])
	parent := parentKey(r)
	if s.ensure(parent); parent.PID() != 0 && s.table.Find(parent) == nil {
		up := &event.Process{PID: parent.PID(), Start: int64(r.Nums[record.PStart]), Name: p.Name, LoginUID: p.LoginUID, Incomplete: true}
		s.table.Start(parent, up, 0, 0, false)
	}
	s.table.Fork(key, p, r.Time, parent)
	if p.Incomplete {
		s.complete(key, r.Time)
	}
}

// exec gives the process its new state and raises the event.
func (c *changes) exec(key process.Key) {
	r, e := &c.record, &c.event
	c.source.ensure(parentKey(r))
	p := c.source.newProcess(r)
	c.source.fillExec(p, r)
	wanted := c.source.wants(event.Execve)
	if wanted && p.Truncated {
		p = c.wholeArgs(p)
	}
	task := c.source.table.Start(key, p, r.Time, parentKey(r), true)
	c.source.entered(p)
	c.source.begin(r, e, event.Execve, p)
	e.Args[event.ExecFilename].Str = r.Strs[record.Filename]
	if wanted {
		c.source.handle(e)
	}
	if len(p.ArgsLine) > keptArgs {
		task.Replace(shortArgs(p))
	}
}

func (c *changes) exit(key process.Key) {
	r, e := &c.record, &c.event
	reaper := process.KeyOf(int32(r.Nums[record.ReaperPID]), int64(r.Nums[record.ReaperStart]))
	c.source.ensure(reaper)
	task := c.source.table.Exit(key, r.Time, reaper)
	if task == nil || !c.source.wants(event.ProcExit) {
		return
	}
	c.source.begin(r, e, event.ProcExit, task.Current())
	e.Args[event.ExitStatus].Num = uint64(r.Res)
	e.Args[event.ExitReaper].Num = r.Nums[record.ReaperPID]
	c.source.handle(e)
}

// move records that the process is in another cgroup of some hierarchy now.
func (c *changes) move(key process.Key) {
	r := &c.record
	path := strings.Clone(r.Strs[record.NewCgroup])
	c.source.table.Change(key, r.Time, func(p *event.Process) {
		if path == "" {
			// Too long for the kernel to tell: far below where it was.
			p.CgroupID = r.CgroupID
			return
		}
		if r.Nums[record.Hierarchy] == 0 {
			p.Cgroup = path
		} else if path != "/" {
			p.CgroupV1 = path
		}
		p.CgroupID = r.CgroupID
		p.Container = c.source.container(p)
	})
}

// cgroup tells of a cgroup that was made or removed: that of a container is there
// some milliseconds before its first process.
func (c *changes) cgroup() {
	r, o := &c.record, &c.source.options
	if o.Containers == nil {
		return
	}
	path := strings.Clone(r.Strs[record.NewCgroup])
	if record.Kind(r.Type) == record.CgroupMade {
		o.Containers.Made(path)
		return
	}
	o.Containers.Removed(path)
}

// wants reports whether some rule asks for events of a type.
func (s *Source) wants(t event.Type) bool { return s.types.Load().Has(t) }

func parentKey(r *record.Record) process.Key {
	return process.KeyOf(int32(r.Nums[record.PPID]), int64(r.Nums[record.PStart]))
}

// newProcess makes a process value of what fork and exec records have in
// common. Its strings are copies.
func (s *Source) newProcess(r *record.Record) *event.Process {
	n := &r.Nums
	p := &event.Process{
		PID: r.PID, VPID: int32(n[record.VPID]),
		PPID: int32(n[record.PPID]), PVPID: int32(n[record.PVPID]),
		PGID: int32(n[record.PGID]), VPGID: int32(n[record.VPGID]),
		SID: int32(n[record.SID]), VSID: int32(n[record.VSID]),
		Start: r.Start, CgroupID: r.CgroupID,
		TTY: uint32(n[record.TTY]), LoginUID: uint32(n[record.LoginUID]),
		UID: r.UID, GID: r.GID,
		CapInheritable: n[record.CapInheritable],
		CapPermitted:   n[record.CapPermitted],
		CapEffective:   n[record.CapEffective],
		CWD:            directory(r.Strs[record.CWD]),
		Cgroup:         rooted(r.Strs[record.CgroupV2]),
		CgroupV1:       rooted(r.Strs[record.CgroupV1]),
		NamespaceStart: int64(n[record.NamespaceStart]),
		Use: &event.Use{
			Descriptors: int64(n[record.FDLimit]),
			VMSize:      n[record.VMSize] * pageKiB, VMResident: n[record.VMResident] * pageKiB, VMSwap: n[record.VMSwap] * pageKiB,
			MajorFaults: n[record.MajorFaults], MinorFaults: n[record.MinorFaults],
		},
	}
	s.place(p, r)
	return p
}

// pageKiB is the size of a page of memory, in KiB.
var pageKiB = uint64(os.Getpagesize()) / 1024

// directory is a path as proc.cwd shows it, with a slash at its end.
func directory(path string) string {
	if path == "" || strings.HasSuffix(path, "/") {
		return strings.Clone(path)
	}
	return path + "/"
}

// rooted is a cgroup path as /proc shows it: the root is "/".
func rooted(path string) string {
	if path == "" {
		return "/"
	}
	return strings.Clone(path)
}

func (s *Source) container(p *event.Process) *event.Container {
	if s.options.Containers == nil {
		return nil
	}
	return s.options.Containers.FromCgroup(p.Cgroup, p.CgroupV1)
}

// fillExec adds what only an exec knows: the program.
func (s *Source) fillExec(p *event.Process, r *record.Record) {
	n := &r.Nums
	p.ExecTime = r.Time
	p.Name = strings.Clone(r.Strs[record.Comm])
	p.ExePath = strings.Clone(r.Strs[record.ExePath])
	p.ExeDev, p.ExeIno = userDev(n[record.ExeDev]), n[record.ExeIno]
	p.ExeCtime, p.ExeMtime = int64(n[record.ExeCtime]), int64(n[record.ExeMtime])
	p.ExeFlags = event.ExeFlags(n[record.ExeFlags])
	if p.ExeFlags&event.ExeMemfd != 0 {
		p.ExePath = strings.TrimPrefix(p.ExePath, "/") // "memfd:NAME", no path of any file system
	}
	p.ArgsLen = n[record.ArgsLen]
	block, whole := joinArgs(r.Strs[record.Args], r.Strs[record.ArgsTail], p.ArgsLen)
	p.Truncated = !whole
	setArgs(p, block)
	p.Env = splitBlock(strings.Clone(r.Strs[record.Env]))
	p.Stdio = streams(r)
}

// setArgs sets the fields that come from argv, given as NUL-separated strings.
func setArgs(p *event.Process, block string) {
	argv := splitBlock(block)
	if len(argv) > 0 {
		p.Exe, p.Args = argv[0], argv[1:]
	}
	p.ArgsLine = strings.Join(p.Args, " ")
	p.Cmdline = process.Cmdline(p.Name, p.ArgsLine)
}

// splitBlock splits strings that each end in NUL; the last may be cut.
func splitBlock(block string) []string {
	block = strings.TrimSuffix(block, "\x00")
	if block == "" {
		return nil
	}
	return strings.Split(block, "\x00")
}

// userDev turns the kernel's device number (12 bits major, 20 minor) into the
// one user space sees.
func userDev(dev uint64) uint32 {
	major, minor := uint32(dev>>20), uint32(dev&(1<<20-1))
	return minor&0xff | major<<8 | (minor&^0xff)<<12
}
