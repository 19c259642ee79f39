package field

import (
	"strconv"

	"github.com/gyrsec/gyr/event"
)

// procUseFields are what a process may use and uses. Those without a counter
// that the kernel half reads at exec are asked of the machine when they are
// evaluated.
func procUseFields() []Field {
	const atExec = " when it began to run its program (its last exec)."
	const ended = " No value once the process has ended."
	return []Field{
		integer("proc.fdopencount", "Number of open file descriptors of the process."+ended, Uint64, descriptors),
		integer("proc.fdlimit", "Number of file descriptors the process might open"+atExec+" -1 for any number.", Int64, used(func(u *event.Use) int64 { return u.Descriptors })),
		float("proc.fdusage", "Open file descriptors in percent of proc.fdlimit."+ended, descriptorUse),
		integer("proc.vmsize", "Virtual memory of the process in kB"+atExec, Uint64, used(func(u *event.Use) int64 { return int64(u.VMSize) })),
		integer("proc.vmrss", "Resident memory of the process in kB"+atExec+" Since Linux 6.2 it lacks what each processor has counted for itself, which may be all of a young process.", Uint64, used(func(u *event.Use) int64 { return int64(u.VMResident) })),
		integer("proc.vmswap", "Swapped memory of the process in kB"+atExec, Uint64, used(func(u *event.Use) int64 { return int64(u.VMSwap) })),
		integer("thread.pfmajor", "Page faults that waited for a disk, of the process's main thread"+atExec, Uint64, used(func(u *event.Use) int64 { return int64(u.MajorFaults) })),
		integer("thread.pfminor", "Page faults that did not wait for a disk, of the process's main thread"+atExec, Uint64, used(func(u *event.Use) int64 { return int64(u.MinorFaults) })),
		integer("proc.nthreads", "Number of threads of the process, the main one counted."+ended, Uint64, threads),
		integer("proc.nchilds", "Number of threads of the process, the main one not counted."+ended, Uint64, otherThreads),
		integer("thread.vmsize", "proc.vmsize for the main thread, 0 for others.", Uint64, ofMain(func(u *event.Use) int64 { return int64(u.VMSize) })),
		integer("thread.vmrss", "proc.vmrss for the main thread, 0 for others.", Uint64, ofMain(func(u *event.Use) int64 { return int64(u.VMResident) })),
		later("thread.exectime", "CPU time of the thread since it was last scheduled, in nanoseconds. No value: switches between threads are not watched.", RelTime),
		later("thread.totexectime", "CPU time of the thread since the start of the capture, in nanoseconds. No value: switches between threads are not watched.", RelTime),
		later("thread.cpu", "CPU use of the thread in percent. No value: processes are not sampled.", Double),
		later("thread.cpu.user", "CPU use of the thread in user mode in percent. No value: processes are not sampled.", Double),
		later("thread.cpu.system", "CPU use of the thread in the kernel in percent. No value: processes are not sampled.", Double),
	}
}

// used reads a number of the process's Use.
func used(get func(*event.Use) int64) func(*event.Event) (int64, bool) {
	return func(e *event.Event) (int64, bool) {
		if e.Process == nil || e.Process.Use == nil {
			return 0, false
		}
		return get(e.Process.Use), true
	}
}

func ofMain(get func(*event.Use) int64) func(*event.Event) (int64, bool) {
	read := used(get)
	return func(e *event.Event) (int64, bool) {
		n, ok := read(e)
		if ok && e.TID != e.Process.PID {
			n = 0
		}
		return n, ok
	}
}

func threads(e *event.Event) (int64, bool) {
	if e.Machine == nil || e.Process == nil {
		return 0, false
	}
	return e.Machine.Threads(e.Process)
}

func descriptors(e *event.Event) (int64, bool) {
	if e.Machine == nil || e.Process == nil {
		return 0, false
	}
	return e.Machine.Descriptors(e.Process)
}

func otherThreads(e *event.Event) (int64, bool) {
	n, ok := threads(e)
	return max(0, n-1), ok
}

func descriptorUse(e *event.Event) (float64, bool) {
	open, ok := descriptors(e)
	if !ok || e.Process.Use == nil || e.Process.Use.Descriptors == 0 {
		return 0, false
	}
	limit := e.Process.Use.Descriptors
	if limit < 0 {
		return 0, true // of any number
	}
	return 100 * float64(open) / float64(limit), true
}

// procStreamFields describe standard input, output and error.
func procStreamFields() []Field {
	var fields []Field
	for i, name := range []string{"stdin", "stdout", "stderr"} {
		stream := func(get func(event.Stream) string) func(*event.Event) (string, bool) {
			return func(e *event.Event) (string, bool) {
				if e.Process == nil || e.Process.Stdio == nil {
					return "", false
				}
				s := get(e.Process.Stdio[i])
				return s, s != ""
			}
		}
		what := "descriptor " + strconv.Itoa(i) + " of the process (its " + name + ") when it began to run its program"
		fields = append(fields,
			text("proc."+name+".type", "Kind of "+what+"; the values are those of fd.type.", stream(func(s event.Stream) string { return s.Type.String() })),
			text("proc."+name+".name", "Name of "+what+": a path, the addresses of a socket, or what the kernel calls a pipe.", stream(func(s event.Stream) string { return s.Name })))
	}
	return fields
}

func float(name, desc string, get func(*event.Event) (float64, bool)) Field {
	return Field{Name: name, Desc: desc, Type: Double, Live: true, get: getters{float: get}}
}
