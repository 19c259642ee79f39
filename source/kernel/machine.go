package kernel

import (
	"strconv"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
)

// machine answers what events do not carry (event.Machine). What it reads in
// /proc it reads into memory on the stack: a condition may ask of every event.
type machine struct {
	hostname string
	table    *process.Table
	clock    *clock
	proc     procfs
	// first and last are the times of the first and the newest event, since boot.
	first, last atomic.Int64
}

func newMachine(hostname string, table *process.Table, c *clock, proc procfs) *machine {
	return &machine{hostname: hostname, table: table, clock: c, proc: proc}
}

// follow gives e its place among the events.
func (m *machine) follow(e *event.Event) {
	e.Machine = m
	// Of the events of several rings, the earliest need not come first.
	for first := m.first.Load(); (first == 0 || e.Clock < first) && !m.first.CompareAndSwap(first, e.Clock); {
		first = m.first.Load()
	}
	e.First = m.clock.wall(m.first.Load())
	if previous := m.last.Swap(e.Clock); previous != 0 {
		e.Previous = m.clock.wall(previous)
	}
}

func (m *machine) Hostname() string { return m.hostname }

func (m *machine) Process(pid int32, at int64) *event.Process { return m.table.At(pid, at) }

// procFile is the name of a file in proc, with room for the longest below a
// directory with a name of maxProcDir bytes.
type procFile [64 + maxProcDir]byte

const maxProcDir = 128

func (f *procFile) name(proc procfs, pid int32, rest string) *procFile {
	b := append(f[:0], proc...)
	b = append(b, '/')
	b = strconv.AppendInt(b, int64(pid), 10)
	b = append(b, '/')
	b = append(b, rest...)
	_ = append(b, 0)
	return f
}

// open opens the file without the copy of its name that package unix makes.
func (f *procFile) open(flags uintptr) (fd int, ok bool) {
	atFDCWD := unix.AT_FDCWD
	n, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(atFDCWD), uintptr(unsafe.Pointer(f)), flags|unix.O_CLOEXEC, 0, 0, 0)
	return int(n), errno == 0
}

// read reads the beginning of the file into b, which package unix would move to
// the heap where races are looked for.
func (f *procFile) read(b []byte) []byte {
	fd, ok := f.open(unix.O_RDONLY)
	if !ok {
		return nil
	}
	defer unix.Close(fd)
	n, _, errno := unix.Syscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if errno != 0 {
		return nil
	}
	return b[:n]
}

// Fields of /proc/PID/stat behind the name, from 0.
const (
	statThreads = 17
	statStart   = 19
)

// statNumbers reads fields of /proc/PID/stat that are numbers.
func (proc procfs) statNumbers(pid int32, fields [2]int) (values [2]int64, ok bool) {
	var file procFile
	var buf [1024]byte
	line := file.name(proc, pid, "stat").read(buf[:])
	end := len(line) - 1
	for end >= 0 && line[end] != ')' {
		end--
	}
	if end < 0 {
		return values, false
	}
	found := 0
	field := -1
	for i := end + 1; i < len(line); {
		for i < len(line) && (line[i] == ' ' || line[i] == '\n') {
			i++
		}
		field++
		var n int64
		digits := false
		for ; i < len(line) && line[i] != ' ' && line[i] != '\n'; i++ {
			if c := line[i]; c >= '0' && c <= '9' {
				n, digits = n*10+int64(c-'0'), true
			}
		}
		for j, want := range fields {
			if field == want && digits {
				values[j] = n
				found++
			}
		}
	}
	return values, found == len(fields)
}

// same reports whether the start time /proc gives, in clock ticks, is p's.
func same(p *event.Process, ticks int64) bool {
	start := ticks * (1e9 / userHZ)
	return process.KeyOf(p.PID, start) == process.KeyOf(p.PID, p.Start)
}

func (m *machine) Threads(p *event.Process) (int64, bool) {
	v, ok := m.proc.statNumbers(p.PID, [2]int{statThreads, statStart})
	return v[0], ok && same(p, v[1])
}

func (m *machine) Descriptors(p *event.Process) (int64, bool) {
	var file procFile
	fd, ok := file.name(m.proc, p.PID, "fd").open(unix.O_RDONLY | unix.O_DIRECTORY)
	if !ok {
		return 0, false
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, false
	}
	// Since Linux 6.2 the directory's size is their number.
	n := st.Size
	if n == 0 {
		n = countEntries(fd)
	}
	v, ok := m.proc.statNumbers(p.PID, [2]int{statThreads, statStart})
	return n, ok && same(p, v[1])
}

// direntLength is where the length of an entry stands in what getdents64 gives.
const direntLength = 16

// countEntries counts what is in a directory, but itself and the one above.
func countEntries(dir int) int64 {
	var buf [4096]byte
	count := int64(-2)
	for {
		n, err := unix.Getdents(dir, buf[:])
		if err != nil || n <= 0 {
			return max(0, count)
		}
		for at := 0; at+direntLength+2 <= n; count++ {
			length := int(buf[at+direntLength]) | int(buf[at+direntLength+1])<<8
			if length == 0 {
				return max(0, count)
			}
			at += length
		}
	}
}

func (m *machine) VirtualTID(p *event.Process, tid int32) (int32, bool) {
	var file procFile
	var buf [4096]byte
	var rest [32]byte
	b := append(rest[:0], "task/"...)
	b = strconv.AppendInt(b, int64(tid), 10)
	b = append(b, "/status"...)
	status := file.name(m.proc, p.PID, unsafe.String(&b[0], len(b))).read(buf[:])
	return lastNumber(status, "\nNSpid:")
}

// lastNumber is the last number of the line of a status file that begins with
// key, which has the line break before it.
func lastNumber(status []byte, key string) (int32, bool) {
	for i := 0; i+len(key) <= len(status); i++ {
		if string(status[i:i+len(key)]) != key {
			continue
		}
		var n int64
		ok, between := false, true
		for _, c := range status[i+len(key):] {
			switch {
			case c >= '0' && c <= '9':
				if between {
					n = 0
				}
				n, ok, between = min(n*10+int64(c-'0'), 1<<31-1), true, false
			case c == '\n':
				return int32(n), ok
			default:
				between = true
			}
		}
		return 0, false // the line is cut
	}
	return 0, false
}
