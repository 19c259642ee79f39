package kernel

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
)

// userHZ is the unit of start times in /proc: hundredths of a second on every
// architecture Linux has left.
const userHZ = 100

// keptBytes is how much of argv and of the environment is kept, as the kernel
// half does.
const keptBytes = 4095

// scan puts the processes that are older than the sensor into the table.
// Parents come before children where PIDs have not wrapped; where they have, the
// child's parent is found when it is asked for.
func (s *Source) scan() {
	entries, err := os.ReadDir(string(s.proc))
	if err != nil {
		s.options.Log.Error("processes that run already cannot be listed; they will be looked up one by one", "error", err)
		return
	}
	now := sinceBoot()
	for pass := range 2 {
		for _, entry := range entries {
			pid, err := strconv.ParseInt(entry.Name(), 10, 32)
			if err != nil {
				continue
			}
			s.scanOne(int32(pid), now, pass)
		}
	}
}

// scanOne adds a process; in the second pass it links those whose parent was
// listed after them.
func (s *Source) scanOne(pid int32, now int64, pass int) {
	stat, ok := s.proc.readStat(pid)
	if !ok {
		return
	}
	key := process.KeyOf(pid, stat.start)
	if pass == 0 {
		if p, parent, ok := s.readProc(pid); ok && process.KeyOf(pid, p.Start) == key {
			s.table.Start(key, p, 0, parent, false)
			s.resync.suspect(key)
		}
		return
	}
	if parent, ok := s.proc.readStat(stat.ppid); ok {
		s.lifecycle.mu.Lock()
		defer s.lifecycle.mu.Unlock()
		s.table.Adopt(key, process.KeyOf(stat.ppid, parent.start), now)
	}
}

// stat is what is used of /proc/PID/stat.
type stat struct {
	name                     string
	state                    byte
	ppid, pgid, sid          int32
	tty                      uint32
	minorFaults, majorFaults uint64
	threads                  int64
	start                    int64 // ns since boot, in steps of 10 ms
}

// ended reports whether the process is only waiting for its parent to be told.
// Of one whose main thread has ended before others, that thread waits.
func (s *stat) ended() bool { return s.state == 'Z' && s.threads <= 1 || s.state == 'X' }

// readStat reads /proc/PID/stat; false when the process is gone.
func (proc procfs) readStat(pid int32) (stat, bool) {
	b, err := os.ReadFile(proc.path(pid, "stat"))
	if err != nil {
		return stat{}, false
	}
	return parseStat(string(b))
}

// parseStat parses the line; the name, in parentheses, may hold anything.
func parseStat(line string) (s stat, ok bool) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return s, false
	}
	f := strings.Fields(line[end+1:])
	if len(f) < 20 {
		return s, false
	}
	s.name = line[open+1 : end]
	num := func(i int) int64 {
		n, err := strconv.ParseInt(f[i], 10, 64)
		ok = ok && err == nil
		return n
	}
	ok = true
	s.state = f[0][0]
	s.ppid, s.pgid, s.sid = int32(num(1)), int32(num(2)), int32(num(3))
	s.tty = uint32(num(4))
	s.minorFaults, s.majorFaults = uint64(num(7)), uint64(num(9))
	s.threads = num(17)
	s.start = num(19) * int64(time.Second/userHZ)
	return s, ok
}

// procfs is the directory where proc is mounted that shows the host's processes.
// The zero value is not to be used.
type procfs string

// ordinaryProc is where it is outside of containers.
const ordinaryProc procfs = "/proc"

// self is this process's id there: another than os.Getpid() says where this
// process has a PID namespace of its own.
func (proc procfs) self() (int32, error) {
	link := string(proc) + "/self"
	target, err := os.Readlink(link)
	if err != nil {
		return 0, fmt.Errorf("find this process among the host's: %w", err)
	}
	pid, err := strconv.ParseInt(target, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("find this process among the host's: %s leads to %q", link, target)
	}
	return int32(pid), nil
}

// path is the path of a file about a process.
func (proc procfs) path(pid int32, file string) string {
	return string(proc) + "/" + strconv.Itoa(int(pid)) + "/" + file
}

// readProc describes a running process from /proc, and who its parent is.
func (s *Source) readProc(pid int32) (p *event.Process, parent process.Key, ok bool) {
	st, ok := s.proc.readStat(pid)
	if !ok {
		return nil, 0, false
	}
	p = &event.Process{
		PID: pid, PPID: st.ppid, PGID: st.pgid, SID: st.sid,
		Start: st.start, Name: st.name, TTY: st.tty, LoginUID: event.NoLoginUID,
	}
	p.Use = &event.Use{MinorFaults: st.minorFaults, MajorFaults: st.majorFaults}
	groups := s.proc.readStatus(p)
	p.Use.Descriptors = s.proc.readDescriptorLimit(pid)
	p.Stdio = s.proc.readStreams(pid)
	p.NamespaceStart = s.namespaces.start(s.proc, p)
	if b, err := os.ReadFile(s.proc.path(pid, "loginuid")); err == nil {
		if n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 32); err == nil {
			p.LoginUID = uint32(n)
		}
	}
	args := s.proc.readArgv(pid)
	p.ArgsLen, p.Truncated = uint64(args.full), !args.whole
	setArgs(p, args.block)
	env, _ := readBlock(s.proc.path(pid, "environ"))
	p.Env = splitBlock(env)
	if cwd, err := os.Readlink(s.proc.path(pid, "cwd")); err == nil {
		p.CWD = directory(cwd)
	}
	s.proc.readExe(p, groups)
	grouped := s.proc.readCgroups(p)
	if up, ok := s.proc.readStat(st.ppid); ok {
		parent = process.KeyOf(st.ppid, up.start)
	}
	if p.Container = s.container(p); !grouped {
		p.Container = s.containerOf(parent)
	}
	return p, parent, true
}

func readBlock(file string) (kept string, full int) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", 0
	}
	return string(b[:min(len(b), keptBytes)]), len(b)
}

// readStatus takes credentials, the ids in the process's own namespaces and the
// use of memory. It returns the process's groups but for its effective one.
func (proc procfs) readStatus(p *event.Process) (groups []string) {
	b, err := os.ReadFile(proc.path(p.PID, "status"))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(b)) {
		key, value, _ := strings.Cut(line, ":")
		f := strings.Fields(value)
		switch key {
		case "Uid":
			p.UID = uint32(fieldNum(f, 1, 10))
		case "Gid":
			p.GID = uint32(fieldNum(f, 1, 10))
		case "CapInh":
			p.CapInheritable = fieldNum(f, 0, 16)
		case "CapPrm":
			p.CapPermitted = fieldNum(f, 0, 16)
		case "CapEff":
			p.CapEffective = fieldNum(f, 0, 16)
		case "NStgid":
			p.VPID = int32(fieldNum(f, len(f)-1, 10))
		case "NSpgid":
			p.VPGID = int32(fieldNum(f, len(f)-1, 10))
		case "NSsid":
			p.VSID = int32(fieldNum(f, len(f)-1, 10))
		case "Groups":
			groups = f
		case "VmSize":
			p.Use.VMSize = fieldNum(f, 0, 10)
		case "VmRSS":
			p.Use.VMResident = fieldNum(f, 0, 10)
		case "VmSwap":
			p.Use.VMSwap = fieldNum(f, 0, 10)
		}
	}
	return groups
}

// descriptorLimit begins the line of /proc/PID/limits about descriptors.
const descriptorLimit = "Max open files"

// readDescriptorLimit is the number of descriptors the process may have open, -1
// for any number; 0 where that cannot be read.
func (proc procfs) readDescriptorLimit(pid int32) int64 {
	b, err := os.ReadFile(proc.path(pid, "limits"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, descriptorLimit); ok {
			f := strings.Fields(rest)
			if len(f) > 0 && f[0] == "unlimited" {
				return -1
			}
			return int64(fieldNum(f, 0, 10))
		}
	}
	return 0
}

func fieldNum(f []string, i, base int) uint64 {
	if i < 0 || i >= len(f) {
		return 0
	}
	n, err := strconv.ParseUint(f[i], base, 64)
	if err != nil {
		return 0
	}
	return n
}

// deletedSuffix is what the kernel adds to the path of a file without a name.
const deletedSuffix = " (deleted)"

// memfdPrefix begins the path /proc shows for an anonymous memory file, which
// like a deleted file has no link.
const memfdPrefix = "/memfd:"

func (proc procfs) readExe(p *event.Process, groups []string) {
	link := proc.path(p.PID, "exe")
	target, err := os.Readlink(link)
	if err != nil {
		return // a kernel thread
	}
	var st unix.Stat_t
	if err := unix.Stat(link, &st); err == nil {
		p.ExeDev = uint32(unix.Major(st.Dev)<<8|unix.Minor(st.Dev)&0xff) | unix.Minor(st.Dev)&^0xff<<12
		p.ExeIno = st.Ino
		p.ExeCtime, p.ExeMtime = st.Ctim.Nano(), st.Mtim.Nano()
		if mayWrite(p, &st, groups) && !readOnly(link) {
			p.ExeFlags |= event.ExeWritable
		}
		if st.Nlink == 0 {
			p.ExeFlags |= event.ExeDeleted
			target = strings.TrimSuffix(target, deletedSuffix)
		}
	}
	if p.ExeFlags&event.ExeDeleted != 0 && strings.HasPrefix(target, memfdPrefix) {
		target = target[1:]
		p.ExeFlags |= event.ExeMemfd
	}
	p.ExePath = target
}

// capDACOverride is the capability that overrides the mode bits.
const capDACOverride = 1 << 1

// mayWrite goes by mode bits and the capability that overrides them, as the
// kernel half does.
func mayWrite(p *event.Process, st *unix.Stat_t, groups []string) bool {
	switch {
	case p.CapEffective&capDACOverride != 0:
		return true
	case p.UID == st.Uid:
		return st.Mode&0o200 != 0
	case p.GID == st.Gid || slices.Contains(groups, strconv.FormatUint(uint64(st.Gid), 10)):
		return st.Mode&0o020 != 0
	}
	return st.Mode&0o002 != 0
}

// readOnly reports whether the file is where nothing can be written.
func readOnly(file string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(file, &fs) == nil && fs.Flags&unix.ST_RDONLY != 0
}

// v1Controllers are the v1 hierarchies asked for the container, in the order
// the kernel half asks them.
var v1Controllers = [...]string{"pids", "memory", "cpuset"}

// readCgroups sets the process's control groups. It returns false where they cannot
// be read: the process is gone, or a path is longer than 4,095 bytes.
func (proc procfs) readCgroups(p *event.Process) bool {
	p.Cgroup, p.CgroupV1 = "/", "/"
	b, err := os.ReadFile(proc.path(p.PID, "cgroup"))
	if err != nil {
		return false
	}
	p.Cgroup, p.CgroupV1 = parseCgroups(string(b))
	return true
}

func parseCgroups(file string) (v2, v1 string) {
	v2, v1 = "/", "/"
	paths := map[string]string{}
	for line := range strings.Lines(file) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(f) != 3 {
			continue
		}
		if f[0] == "0" {
			v2 = f[2]
		}
		for c := range strings.SplitSeq(f[1], ",") {
			paths[c] = f[2]
		}
	}
	for _, c := range v1Controllers {
		if path := paths[c]; path != "" && path != "/" {
			return v2, path
		}
	}
	return v2, v1
}
