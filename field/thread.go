package field

import "github.com/gyrsec/gyr/event"

func threadFields() []Field {
	return []Field{
		text("thread.cap_permitted", "Permitted capabilities, by name, joined with blanks.", capabilities(func(p *event.Process) uint64 { return p.CapPermitted })),
		text("thread.cap_inheritable", "Inheritable capabilities, by name, joined with blanks.", capabilities(func(p *event.Process) uint64 { return p.CapInheritable })),
		text("thread.cap_effective", "Effective capabilities, by name, joined with blanks.", capabilities(func(p *event.Process) uint64 { return p.CapEffective })),
		integer("thread.tid", "Thread id, as the host numbers it.", Int64, func(e *event.Event) (int64, bool) { return int64(e.TID), e.TID != 0 }),
		boolean("thread.ismain", "true for the main thread of its process.", func(e *event.Event) (bool, bool) {
			if e.Process == nil {
				return false, false
			}
			return e.TID == e.Process.PID, true
		}),
		integer("thread.vtid", "Thread id in the process's own PID namespace. In a container it is looked up for other threads than the main one, and has no value where the thread ended before.", Int64, func(e *event.Event) (int64, bool) {
			tid, ok := e.VirtualTID()
			return int64(tid), ok
		}),
		text("thread.cgroups", "Paths of the process's control groups, as subsystem=path joined with blanks.", cgroups),
		text("thread.cgroup", "Path of the process's control group for a subsystem: thread.cgroup.cpu.", nil).takes(ArgRequired|ArgKey, bindCgroup),
	}
}

func capabilities(get func(*event.Process) uint64) func(*event.Event) (string, bool) {
	return func(e *event.Event) (string, bool) {
		p := e.Process
		if p == nil || p.Incomplete {
			return "", false
		}
		set := get(p)
		return e.Text(func(dst []byte) []byte { return appendCapabilities(dst, set) }), true
	}
}

func appendCapabilities(dst []byte, set uint64) []byte {
	start := len(dst)
	for i, name := range capabilityNames {
		if set&(1<<i) == 0 {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(dst, name...)
	}
	return dst
}

// capabilityNames are Linux's, by bit.
var capabilityNames = [...]string{
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
	"CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
	"CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
	"CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
	"CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
}

// cgroupSubsystems are those rules know; on cgroup v2 all have one path.
var cgroupSubsystems = [...]string{"cpuset", "cpu", "cpuacct", "io", "memory"}

func cgroupPath(p *event.Process) string {
	if p.CgroupV1 != "" {
		return p.CgroupV1
	}
	return p.Cgroup
}

func cgroups(e *event.Event) (string, bool) {
	if e.Process == nil {
		return "", false
	}
	path := cgroupPath(e.Process)
	if path == "" {
		return "", false
	}
	return e.Text(func(dst []byte) []byte {
		for i, s := range cgroupSubsystems {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = append(dst, s...)
			dst = append(dst, '=')
			dst = append(dst, path...)
		}
		return dst
	}), true
}

func bindCgroup(r *Ref, _ string, _ bool) error {
	r.Text = func(e *event.Event) (string, bool) {
		if e.Process == nil {
			return "", false
		}
		path := cgroupPath(e.Process)
		return path, path != ""
	}
	return nil
}
