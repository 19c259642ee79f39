package kernel

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
	"github.com/gyrsec/gyr/source/kernel/record"
)

const second = int64(1e9)

// raw is a record as the kernel half lays it out.
type raw struct {
	kind       uint16
	pid        int32
	start, now int64
	res        int64
	flags      uint64
	nums       []uint64
	strs       []string
}

func (r raw) bytes() []byte {
	le := binary.NativeEndian
	b := make([]byte, record.HeaderSize)
	le.PutUint16(b[4:], r.kind)
	le.PutUint64(b[8:], uint64(r.now))
	le.PutUint64(b[16:], uint64(r.start))
	le.PutUint32(b[32:], uint32(r.pid))
	le.PutUint32(b[36:], uint32(r.pid))
	le.PutUint32(b[40:], 1000)
	le.PutUint32(b[44:], 1001)
	le.PutUint64(b[48:], uint64(r.res))
	le.PutUint64(b[56:], r.flags)
	for _, n := range r.nums {
		b = le.AppendUint64(b, n)
	}
	for _, s := range r.strs {
		b = le.AppendUint16(b, uint16(len(s)))
	}
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	for _, s := range r.strs {
		b = append(b, s...)
	}
	le.PutUint32(b, uint32(len(b)))
	return b
}

// lifecycle is what a process change looks like for the process with that PID,
// which was forked as many seconds after boot, by the process parent.
func lifecycle(kind record.Kind, pid, parent int32, now int64) raw {
	r := raw{kind: uint16(kind), pid: pid, start: int64(pid) * second, now: now}
	r.nums, r.strs = make([]uint64, record.StreamKinds+3), make([]string, record.Streams+3)
	r.nums[record.PPID], r.nums[record.PStart] = uint64(parent), uint64(int64(parent)*second)
	return r
}

// cgroupContainers takes the last element of a cgroup path for a container.
type cgroupContainers struct{ told *[]string }

func (c cgroupContainers) Made(path string)    { c.tell("made " + path) }
func (c cgroupContainers) Removed(path string) { c.tell("removed " + path) }

func (c cgroupContainers) tell(what string) {
	if c.told != nil {
		*c.told = append(*c.told, what)
	}
}

func (cgroupContainers) FromCgroup(v2, v1 string) *event.Container {
	for _, path := range []string{v1, v2} {
		if _, id, ok := strings.Cut(path, "/docker/"); ok {
			return &event.Container{ID: id}
		}
	}
	return nil
}

// seen is what a handler keeps of an event.
type seen struct {
	Type     event.Type
	Name     string
	Parent   string
	Res      int64
	Filename string
}

// newTestSource is a source without a kernel half, and what it delivers.
func newTestSource(types event.TypeSet) (*Source, *[]seen, *bytes.Buffer) {
	var log bytes.Buffer
	var events []seen
	s := &Source{
		options: Options{Wanted: Wanted{Types: types}, Containers: cgroupContainers{}, Log: slog.New(slog.NewTextHandler(&log, nil))},
		proc:    ordinaryProc, decoder: record.NewDecoder(), table: process.NewTable(), clock: newClock(),
		open: newOpenLayout(), captures: newCaptures(), roles: newRoles(), convert: newConverter(), exec: newExecLayout(),
	}
	s.machine = newMachine("node-1", s.table, s.clock, ordinaryProc)
	s.resync = &resync{source: s}
	s.types.Store(&types)
	s.handle = func(e *event.Event) {
		one := seen{Type: e.Type, Name: e.Process.Name, Res: e.Res}
		if up := e.Process.ParentAt(e.Clock); up != nil {
			one.Parent = up.Name
		}
		if e.Type == event.Execve {
			one.Filename = strings.Clone(e.Args[event.ExecFilename].Str)
		}
		events = append(events, one)
	}
	s.lifecycle = newChanges(s, newFakeRing(1<<16).ring)
	return s, &events, &log
}

// A shell forks, its child execs, is renamed, is put into a container, opens a
// file and ends: each event shows the state of its time.
func TestChanges(t *testing.T) {
	s, events, _ := newTestSource(event.AllTypes())
	c := s.lifecycle
	s.table.Start(process.KeyOf(10, 10*second), &event.Process{PID: 10, Name: "sh", Exe: "/bin/sh", ExePath: "/usr/bin/dash"}, 0, 0, true)

	fork := lifecycle(record.Fork, 20, 10, 20*second)
	fork.strs[record.Comm], fork.strs[record.CWD] = "sh", "/home/u"
	c.handle(fork.bytes())
	task := s.table.Find(process.KeyOf(20, 20*second))
	if task == nil {
		t.Fatal("the child is not in the table")
	}

	exec := lifecycle(record.Exec, 20, 10, 21*second)
	exec.flags = record.ArgsCut
	exec.nums[record.VPID], exec.nums[record.ExeDev], exec.nums[record.ExeIno] = 2, 8<<20|1, 77
	exec.nums[record.ArgsLen], exec.nums[record.CapEffective] = 9000, 1<<21
	exec.nums[record.TTY], exec.nums[record.LoginUID] = 34816, uint64(event.NoLoginUID)
	exec.strs[record.Comm], exec.strs[record.ExePath], exec.strs[record.CWD] = "cat", "/usr/bin/cat", "/etc"
	exec.strs[record.Args], exec.strs[record.Env] = "cat\x00-n\x00x", "A=1\x00B=\x00"
	exec.strs[record.Filename], exec.strs[record.CgroupV2] = "./cat", "/user.slice"
	c.handle(exec.bytes())

	rename := raw{kind: uint16(record.Rename), pid: 20, start: 20 * second, now: 22 * second, strs: []string{"worker"}}
	c.handle(rename.bytes())
	move := raw{kind: uint16(record.Cgroup), pid: 20, start: 20 * second, now: 23 * second, nums: []uint64{3, 0}, strs: []string{"/docker/abc"}}
	c.handle(move.bytes())
	exit := raw{kind: uint16(record.Exit), pid: 20, start: 20 * second, now: 24 * second, res: 256, nums: []uint64{1, uint64(second)}}
	c.handle(exit.bytes())

	if diff := cmp.Diff([]seen{
		{Type: event.Execve, Name: "cat", Parent: "sh", Filename: "./cat"},
		{Type: event.ProcExit, Name: "worker", Parent: "sh", Res: 256},
	}, *events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	states := map[int64]string{20: "/usr/bin/dash sh - /home/u/", 21: "/usr/bin/cat cat -n x - /etc/", 22: "/usr/bin/cat worker -n x - /etc/", 23: "/usr/bin/cat worker -n x abc /etc/"}
	for at, want := range states {
		p := task.At(at * second)
		id := "-"
		if p.Container != nil {
			id = p.Container.ID
		}
		if got := strings.Join([]string{p.ExePath, p.Cmdline, id, p.CWD}, " "); got != want {
			t.Errorf("at %d s: %q, want %q", at, got, want)
		}
	}
	p := task.At(21 * second)
	want := event.Process{
		PID: 20, VPID: 2, PPID: 10, Start: 20 * second, ExecTime: 21 * second, TTY: 34816, LoginUID: event.NoLoginUID, UID: 1000, GID: 1001,
		CapEffective: 1 << 21, ExeDev: 0x801, ExeIno: 77, ArgsLen: 9000, Truncated: true, Cgroup: "/user.slice", CgroupV1: "/",
	}
	if p.PID != want.PID || p.VPID != want.VPID || p.PPID != want.PPID || p.Start != want.Start || p.ExecTime != want.ExecTime ||
		p.TTY != want.TTY || p.LoginUID != want.LoginUID || p.UID != want.UID || p.GID != want.GID || p.CapEffective != want.CapEffective ||
		p.ExeDev != want.ExeDev || p.ExeIno != want.ExeIno || p.ArgsLen != want.ArgsLen || !p.Truncated ||
		p.Cgroup != want.Cgroup || p.CgroupV1 != want.CgroupV1 {
		t.Errorf("after its exec it is %+v", p)
	}
	if diff := cmp.Diff([]string{"A=1", "B="}, p.Env); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

// A program that never was a file: what exec reports of it, and that its
// description keeps nothing of the record's memory.
func TestExecOfMemfd(t *testing.T) {
	s, _, _ := newTestSource(event.TypeSet{})
	exec := lifecycle(record.Exec, 20, 10, 21*second)
	exec.nums[record.ExeFlags] = uint64(event.ExeDeleted | event.ExeMemfd)
	exec.strs[record.Comm], exec.strs[record.ExePath] = "3", "/memfd:evil"
	b := exec.bytes()
	s.lifecycle.handle(b)
	clear(b)
	p := s.table.Find(process.KeyOf(20, 20*second)).Current()
	if p.ExePath != "memfd:evil" || p.ExeFlags&event.ExeMemfd == 0 || p.Name != "3" {
		t.Errorf("path %q flags %b name %q", p.ExePath, p.ExeFlags, p.Name)
	}
}

// Only what some rule asks for is delivered; the table follows all the same.
func TestChangesNobodyAskedFor(t *testing.T) {
	s, events, _ := newTestSource(event.TypeSet{})
	s.lifecycle.handle(lifecycle(record.Exec, 20, 10, 21*second).bytes())
	s.lifecycle.handle(raw{kind: uint16(record.Exit), pid: 20, start: 20 * second, now: 24 * second, nums: make([]uint64, 2)}.bytes())
	s.lifecycle.handle(raw{kind: uint16(record.Exit), pid: 99, start: 99 * second, now: 24 * second, nums: make([]uint64, 2)}.bytes())
	if len(*events) != 0 {
		t.Errorf("events: %v", *events)
	}
	if s.table.Len() != 1 {
		t.Errorf("%d processes, want the one that was seen", s.table.Len())
	}
}

// A record that cannot be read is counted, told once, and harms nothing else.
func TestMalformed(t *testing.T) {
	s, events, log := newTestSource(event.AllTypes())
	w := newWorker(s, newFakeRing(256).ring)
	for _, b := range [][]byte{nil, make([]byte, record.HeaderSize), bytes.Repeat([]byte{0xff}, 300)} {
		w.handle(b)
		s.lifecycle.handle(b)
	}
	if n := s.malformed.Load(); n != 6 {
		t.Errorf("%d malformed records are counted, want 6", n)
	}
	if n := strings.Count(log.String(), "please report it"); n != 1 {
		t.Errorf("told %d times, want once:\n%s", n, log)
	}
	if len(*events) != 0 || s.table.Len() != 0 {
		t.Errorf("%d events, %d processes", len(*events), s.table.Len())
	}
}

// openRecord is an openat of name by the process with that PID.
func openRecord(s *Source, pid int32, now int64, name string) raw {
	l := record.LayoutOf(event.FamilyOpen)
	r := raw{kind: uint16(event.Openat), pid: pid, start: int64(pid) * second, now: now, res: 3}
	r.nums, r.strs = make([]uint64, len(l.Nums)), make([]string, len(l.Strs))
	r.nums[s.open.fd] = 3
	r.strs[s.open.name], r.strs[s.open.dirpath], r.strs[s.open.realpath] = name, "/home/u", "/home/u/"+name
	return r
}

// Before a worker handles a record, the changes of processes that were written
// before it are applied.
func TestWorkerSeesChangesFirst(t *testing.T) {
	s, events, _ := newTestSource(event.AllTypes())
	changes := newFakeRing(1 << 16)
	s.lifecycle.ring = changes.ring
	ring := newFakeRing(1 << 16)
	w := newWorker(s, ring.ring)
	for round := range 3 {
		pid := int32(20 + round)
		exec := lifecycle(record.Exec, pid, 10, int64(pid)*second)
		exec.strs[record.Comm] = "one"
		rename := raw{kind: uint16(record.Rename), pid: pid, start: int64(pid) * second, now: int64(pid)*second + 100, strs: []string{"two"}}
		changes.put(exec.bytes(), 0)
		changes.put(rename.bytes(), 0)
		ring.put(openRecord(s, pid, int64(pid)*second+50, "x").bytes(), 0)
		ring.put(openRecord(s, pid, int64(pid)*second+150, "x").bytes(), 0)
	}
	if !w.drain() {
		t.Fatal("nothing was read")
	}
	if w.drain() {
		t.Error("something is left")
	}
	var want []seen
	for range 3 {
		want = append(want, seen{Type: event.Execve, Name: "one"})
	}
	for range 3 {
		want = append(want, seen{Type: event.Openat, Name: "one", Res: 3}, seen{Type: event.Openat, Name: "two", Res: 3})
	}
	if diff := cmp.Diff(want, *events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if w.watermark.Load() == 0 || s.lifecycle.watermark.Load() == 0 {
		t.Error("the watermark did not move")
	}
}

// An open on its way from the ring to the handler allocates nothing.
func TestWorkerAllocatesNothing(t *testing.T) {
	s, _, _ := newTestSource(event.AllTypes())
	s.lifecycle.handle(lifecycle(record.Exec, 20, 10, 20*second).bytes())
	s.handle = func(e *event.Event) {
		if e.FileName() != "/home/u/x" {
			t.Errorf("name %q", e.FileName())
		}
	}
	w := newWorker(s, newFakeRing(256).ring)
	b := openRecord(s, 20, 21*second, "x").bytes()
	if n := testing.AllocsPerRun(100, func() { w.handle(b) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
