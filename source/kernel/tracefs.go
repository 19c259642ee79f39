package kernel

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// tracefs is where the kernel lists its trace points, by a descriptor of the
// directory.
type tracefs int

// openTracefs opens the file system where it is mounted. Where it is not, a mount
// of one's own that nobody else sees serves as well (Linux 5.2).
func openTracefs() (tracefs, error) {
	const flags = unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC
	for _, dir := range []string{"/sys/kernel/tracing", "/sys/kernel/debug/tracing"} {
		fd, err := unix.Open(dir+"/events", flags, 0)
		if err == nil {
			_ = unix.Close(fd)
			if fd, err = unix.Open(dir, flags, 0); err == nil {
				return tracefs(fd), nil
			}
		}
	}
	fs, err := unix.Fsopen("tracefs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("tracefs is not mounted (mount -t tracefs nodev /sys/kernel/tracing) and cannot be opened: %w", err)
	}
	defer unix.Close(fs)
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, fmt.Errorf("tracefs is not mounted (mount -t tracefs nodev /sys/kernel/tracing) and cannot be made: %w", err)
	}
	fd, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, unix.MOUNT_ATTR_RDONLY)
	if err != nil {
		return -1, fmt.Errorf("open a tracefs of one's own: %w", err)
	}
	return tracefs(fd), nil
}

func (t tracefs) close() { _ = unix.Close(int(t)) }

// id is the number of a trace point, given as group/name; os.ErrNotExist where
// there is none of that name.
func (t tracefs) id(name string) (uint64, error) {
	fd, err := unix.Openat(int(t), "events/"+name+"/id", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
}

// tracepoint is a program attached to a trace point.
type tracepoint int

// attach runs the program whenever a trace point of system calls is passed.
func (t tracefs) attach(name string, p *ebpf.Program) (tracepoint, error) {
	return t.attachTo("syscalls/"+name, p)
}

// attachTo runs the program whenever a trace point, given as group/name, is
// passed.
func (t tracefs) attachTo(name string, p *ebpf.Program) (tracepoint, error) {
	id, err := t.id(name)
	if err != nil {
		return -1, err
	}
	attr := unix.PerfEventAttr{
		Type: unix.PERF_TYPE_TRACEPOINT, Config: id, Size: unix.PERF_ATTR_SIZE_VER1,
		Sample_type: unix.PERF_SAMPLE_RAW, Sample: 1, Wakeup: 1,
	}
	// The processor is a formality: the program is called on every one.
	fd, err := unix.PerfEventOpen(&attr, -1, 0, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("open the trace point %s: %w", name, err)
	}
	err = unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_SET_BPF, p.FD())
	if err == nil {
		err = unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_ENABLE, 0)
	}
	if err != nil {
		return -1, errors.Join(fmt.Errorf("attach to the trace point %s: %w", name, err), unix.Close(fd))
	}
	return tracepoint(fd), nil
}

func (t tracepoint) close() { _ = unix.Close(int(t)) }
