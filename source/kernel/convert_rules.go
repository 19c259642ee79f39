package kernel

import (
	"maps"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
)

// flagRules are the rules for flags whose bits Falco numbers in another way
// than the kernel. Where x/sys lacks a constant, the number is that of the
// kernel's headers.
func flagRules() []rule {
	return []rule{
		{calls: []string{"clone", "clone3", "unshare"}, param: "flags", names: cloneFlagNames()},
		{calls: []string{"setns"}, param: "nstype", names: cloneFlagNames()},
		{
			calls: []string{"open", "openat", "openat2", "open_by_handle_at"}, param: "flags",
			by: func(v uint64) uint64 { return uint64(openFlags(uint32(v), 0)) },
		},
		{calls: []string{"openat2"}, param: "resolve", by: resolveFlags},
		{calls: []string{"creat"}, param: "creat_flags", by: func(uint64) uint64 { return 0 }},
		{
			calls: []string{
				"socket", "dup3", "pipe2", "eventfd2", "signalfd4", "inotify_init1", "userfaultfd",
			},
			param: "flags", by: descriptorFlags,
		},
		{calls: []string{"mmap", "mmap2"}, param: "flags", names: mmapFlagNames()},
		{calls: []string{"mmap", "mmap2", "mprotect"}, param: "prot", names: map[uint64]string{
			unix.PROT_READ: "PROT_READ", unix.PROT_WRITE: "PROT_WRITE", unix.PROT_EXEC: "PROT_EXEC", 0x8: "PROT_SEM",
			unix.PROT_GROWSDOWN: "PROT_GROWSDOWN", unix.PROT_GROWSUP: "PROT_GROWSUP",
		}},
		{calls: []string{"mount"}, param: "flags", by: mountFlags},
		{calls: []string{"epoll_create1"}, param: "flags", names: map[uint64]string{unix.EPOLL_CLOEXEC: "EPOLL_CLOEXEC"}},
		{calls: []string{"pidfd_open"}, param: "flags", names: map[uint64]string{unix.O_NONBLOCK: "PIDFD_NONBLOCK"}},
		{calls: []string{"delete_module"}, param: "flags", names: map[uint64]string{
			unix.O_NONBLOCK: "O_NONBLOCK", unix.O_TRUNC: "O_TRUNC",
		}},
		{calls: []string{"io_uring_setup"}, param: "flags", names: map[uint64]string{
			1 << 0: "IORING_SETUP_IOPOLL", 1 << 1: "IORING_SETUP_SQPOLL", 1 << 2: "IORING_SETUP_SQ_AFF",
			1 << 3: "IORING_SETUP_CQSIZE", 1 << 4: "IORING_SETUP_CLAMP", 1 << 5: "IORING_SETUP_ATTACH_RW",
			1 << 6: "IORING_SETUP_R_DISABLED",
		}},
		{calls: []string{"semop"}, param: "sem_flg_0", names: semopFlagNames()},
		{calls: []string{"semop"}, param: "sem_flg_1", names: semopFlagNames()},
		{calls: []string{"semget"}, param: "semflg", names: map[uint64]string{
			unix.IPC_CREAT: "IPC_CREAT", unix.IPC_EXCL: "IPC_EXCL",
		}},
		{calls: []string{"quotactl"}, param: "type", by: quotaType},
		{calls: []string{"quotactl"}, param: "quota_fmt", by: quotaFormat},
	}
}

// descriptorFlags are those that calls have which make a descriptor: open flags,
// of which only these are theirs. They have no access mode, whose number 0
// would print as one.
func descriptorFlags(v uint64) (out uint64) {
	const own = unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_DIRECT
	return uint64(openFlags(uint32(v&own), 0) &^ event.ORdwr)
}

func cloneFlagNames() map[uint64]string {
	return map[uint64]string{
		unix.CLONE_FILES: "CLONE_FILES", unix.CLONE_FS: "CLONE_FS", unix.CLONE_IO: "CLONE_IO",
		unix.CLONE_NEWIPC: "CLONE_NEWIPC", unix.CLONE_NEWNET: "CLONE_NEWNET", unix.CLONE_NEWNS: "CLONE_NEWNS",
		unix.CLONE_NEWPID: "CLONE_NEWPID", unix.CLONE_NEWUTS: "CLONE_NEWUTS", unix.CLONE_NEWUSER: "CLONE_NEWUSER",
		unix.CLONE_NEWCGROUP: "CLONE_NEWCGROUP", unix.CLONE_PARENT: "CLONE_PARENT",
		unix.CLONE_PARENT_SETTID: "CLONE_PARENT_SETTID", unix.CLONE_PTRACE: "CLONE_PTRACE",
		unix.CLONE_SIGHAND: "CLONE_SIGHAND", unix.CLONE_SYSVSEM: "CLONE_SYSVSEM", unix.CLONE_THREAD: "CLONE_THREAD",
		unix.CLONE_UNTRACED: "CLONE_UNTRACED", unix.CLONE_VM: "CLONE_VM", unix.CLONE_VFORK: "CLONE_VFORK",
		unix.CLONE_CHILD_CLEARTID: "CLONE_CHILD_CLEARTID", unix.CLONE_CHILD_SETTID: "CLONE_CHILD_SETTID",
		unix.CLONE_SETTLS: "CLONE_SETTLS",
	}
}

func mmapFlagNames() map[uint64]string {
	names := map[uint64]string{
		unix.MAP_SHARED: "MAP_SHARED", unix.MAP_PRIVATE: "MAP_PRIVATE", unix.MAP_FIXED: "MAP_FIXED",
		unix.MAP_ANONYMOUS: "MAP_ANONYMOUS", unix.MAP_NORESERVE: "MAP_NORESERVE", unix.MAP_POPULATE: "MAP_POPULATE",
		unix.MAP_NONBLOCK: "MAP_NONBLOCK", unix.MAP_GROWSDOWN: "MAP_GROWSDOWN", unix.MAP_DENYWRITE: "MAP_DENYWRITE",
		unix.MAP_EXECUTABLE: "MAP_EXECUTABLE", unix.MAP_LOCKED: "MAP_LOCKED",
	}
	if runtime.GOARCH == "amd64" {
		names[0x40] = "MAP_32BIT"
	}
	return names
}

func semopFlagNames() map[uint64]string {
	return map[uint64]string{unix.IPC_NOWAIT: "IPC_NOWAIT", 0x1000: "SEM_UNDO"}
}

// numberRules are the rules for values that are one number of several, and for
// modes.
func numberRules() []rule {
	sockopts := []string{"setsockopt", "getsockopt"}
	return []rule{
		{calls: []string{"ptrace"}, param: "request", names: ptraceNames()},
		{calls: []string{"fcntl"}, param: "cmd", names: fcntlNames()},
		{calls: sockopts, param: "level", names: map[uint64]string{unix.SOL_SOCKET: "SOL_SOCKET", unix.SOL_TCP: "SOL_TCP"}},
		{calls: sockopts, param: "optname", names: sockoptNames()},
		{calls: []string{"getrlimit", "setrlimit", "prlimit"}, param: "resource", names: rlimitNames()},
		{calls: []string{"semctl"}, param: "cmd", by: semctlCommand()},
		{calls: []string{"quotactl"}, param: "cmd", by: quotaCommand},
		{calls: []string{"futex"}, param: "op", by: futexOp},
		{calls: []string{"mknod", "mknodat"}, param: "mode", by: makeNode},
		{
			calls: []string{"socket", "socketpair"}, param: "type",
			by: func(v uint64) uint64 { return v & 0xf }, // the flags beside it are a parameter of their own
		},
	}
}

func rlimitNames() map[uint64]string {
	return map[uint64]string{
		unix.RLIMIT_CPU: "RLIMIT_CPU", unix.RLIMIT_FSIZE: "RLIMIT_FSIZE", unix.RLIMIT_DATA: "RLIMIT_DATA",
		unix.RLIMIT_STACK: "RLIMIT_STACK", unix.RLIMIT_CORE: "RLIMIT_CORE", unix.RLIMIT_RSS: "RLIMIT_RSS",
		unix.RLIMIT_NPROC: "RLIMIT_NPROC", unix.RLIMIT_NOFILE: "RLIMIT_NOFILE", unix.RLIMIT_MEMLOCK: "RLIMIT_MEMLOCK",
		unix.RLIMIT_AS: "RLIMIT_AS", unix.RLIMIT_LOCKS: "RLIMIT_LOCKS", unix.RLIMIT_SIGPENDING: "RLIMIT_SIGPENDING",
		unix.RLIMIT_MSGQUEUE: "RLIMIT_MSGQUEUE", unix.RLIMIT_NICE: "RLIMIT_NICE", unix.RLIMIT_RTPRIO: "RLIMIT_RTPRIO",
		unix.RLIMIT_RTTIME: "RLIMIT_RTTIME",
	}
}

// semctlCommand: Falco has a bit for each command, though they are numbers. 0x100
// beside one says which layout the caller's struct has.
func semctlCommand() conversion {
	const otherLayout = 0x100
	bits := map[uint64]uint64{
		unix.IPC_STAT: 1 << 0, unix.IPC_SET: 1 << 1, unix.IPC_RMID: 1 << 2, 3 /* IPC_INFO */ : 1 << 3,
		19 /* SEM_INFO */ : 1 << 4, 18 /* SEM_STAT */ : 1 << 5, 13 /* GETALL */ : 1 << 6, 14 /* GETNCNT */ : 1 << 7,
		11 /* GETPID */ : 1 << 8, 12 /* GETVAL */ : 1 << 9, 15 /* GETZCNT */ : 1 << 10, 17 /* SETALL */ : 1 << 11,
		16 /* SETVAL */ : 1 << 12,
	}
	return func(v uint64) uint64 { return bits[v&^otherLayout] }
}

// ptraceNames are the requests of the machine's own programs, and of amd64's
// that arm64 has for 32-bit programs only.
func ptraceNames() map[uint64]string {
	names := map[uint64]string{
		unix.PTRACE_TRACEME: "PTRACE_TRACEME", unix.PTRACE_PEEKTEXT: "PTRACE_PEEKTEXT",
		unix.PTRACE_PEEKDATA: "PTRACE_PEEKDATA", unix.PTRACE_PEEKUSR: "PTRACE_PEEKUSR",
		unix.PTRACE_POKETEXT: "PTRACE_POKETEXT", unix.PTRACE_POKEDATA: "PTRACE_POKEDATA",
		unix.PTRACE_POKEUSR: "PTRACE_POKEUSR", unix.PTRACE_CONT: "PTRACE_CONT", unix.PTRACE_KILL: "PTRACE_KILL",
		unix.PTRACE_SINGLESTEP: "PTRACE_SINGLESTEP", unix.PTRACE_ATTACH: "PTRACE_ATTACH",
		unix.PTRACE_DETACH: "PTRACE_DETACH", unix.PTRACE_SYSCALL: "PTRACE_SYSCALL",
		unix.PTRACE_SETOPTIONS: "PTRACE_SETOPTIONS", unix.PTRACE_GETEVENTMSG: "PTRACE_GETEVENTMSG",
		unix.PTRACE_GETSIGINFO: "PTRACE_GETSIGINFO", unix.PTRACE_SETSIGINFO: "PTRACE_SETSIGINFO",
		unix.PTRACE_GETREGSET: "PTRACE_GETREGSET", unix.PTRACE_SETREGSET: "PTRACE_SETREGSET",
		unix.PTRACE_SEIZE: "PTRACE_SEIZE", unix.PTRACE_INTERRUPT: "PTRACE_INTERRUPT",
		unix.PTRACE_LISTEN: "PTRACE_LISTEN", unix.PTRACE_PEEKSIGINFO: "PTRACE_PEEKSIGINFO",
		unix.PTRACE_GETSIGMASK: "PTRACE_GETSIGMASK", unix.PTRACE_SETSIGMASK: "PTRACE_SETSIGMASK",
		unix.PTRACE_GETREGS: "PTRACE_GETREGS", unix.PTRACE_SETREGS: "PTRACE_SETREGS",
		14: "PTRACE_GETFPREGS", 15: "PTRACE_SETFPREGS",
		31: "PTRACE_SYSEMU", 32: "PTRACE_SYSEMU_SINGLESTEP",
	}
	if runtime.GOARCH == "amd64" {
		maps.Copy(names, map[uint64]string{
			18: "PTRACE_GETFPXREGS", 19: "PTRACE_SETFPXREGS", 21: "PTRACE_OLDSETOPTIONS", 25: "PTRACE_GET_THREAD_AREA",
			26: "PTRACE_SET_THREAD_AREA", 30: "PTRACE_ARCH_PRCTL", 33: "PTRACE_SINGLEBLOCK",
		})
	}
	return names
}

// fcntlNames have the numbers of locks that only 32-bit programs pass as well.
func fcntlNames() map[uint64]string {
	return map[uint64]string{
		unix.F_DUPFD: "F_DUPFD", unix.F_GETFD: "F_GETFD", unix.F_SETFD: "F_SETFD", unix.F_GETFL: "F_GETFL",
		unix.F_SETFL: "F_SETFL", 5: "F_GETLK", 6: "F_SETLK", 7: "F_SETLKW", unix.F_SETOWN: "F_SETOWN",
		unix.F_GETOWN: "F_GETOWN", unix.F_SETSIG: "F_SETSIG", unix.F_GETSIG: "F_GETSIG",
		12: "F_GETLK64", 13: "F_SETLK64", 14: "F_SETLKW64",
		unix.F_SETOWN_EX: "F_SETOWN_EX", unix.F_GETOWN_EX: "F_GETOWN_EX", unix.F_SETLEASE: "F_SETLEASE",
		unix.F_GETLEASE: "F_GETLEASE", 1029: "F_CANCELLK", unix.F_DUPFD_CLOEXEC: "F_DUPFD_CLOEXEC",
		unix.F_NOTIFY: "F_NOTIFY", unix.F_SETPIPE_SZ: "F_SETPIPE_SZ", unix.F_GETPIPE_SZ: "F_GETPIPE_SZ",
		unix.F_OFD_GETLK: "F_OFD_GETLK", unix.F_OFD_SETLK: "F_OFD_SETLK", unix.F_OFD_SETLKW: "F_OFD_SETLKW",
	}
}

// sockoptNames are the options of SOL_SOCKET. Two have a second number, for the
// wider times of 32-bit programs.
func sockoptNames() map[uint64]string {
	return map[uint64]string{
		unix.SO_DEBUG: "SO_DEBUG", unix.SO_REUSEADDR: "SO_REUSEADDR", unix.SO_TYPE: "SO_TYPE",
		unix.SO_ERROR: "SO_ERROR", unix.SO_DONTROUTE: "SO_DONTROUTE", unix.SO_BROADCAST: "SO_BROADCAST",
		unix.SO_SNDBUF: "SO_SNDBUF", unix.SO_RCVBUF: "SO_RCVBUF", unix.SO_SNDBUFFORCE: "SO_SNDBUFFORCE",
		unix.SO_RCVBUFFORCE: "SO_RCVBUFFORCE", unix.SO_KEEPALIVE: "SO_KEEPALIVE", unix.SO_OOBINLINE: "SO_OOBINLINE",
		unix.SO_NO_CHECK: "SO_NO_CHECK", unix.SO_PRIORITY: "SO_PRIORITY", unix.SO_LINGER: "SO_LINGER",
		unix.SO_BSDCOMPAT: "SO_BSDCOMPAT", unix.SO_REUSEPORT: "SO_REUSEPORT", unix.SO_PASSCRED: "SO_PASSCRED",
		unix.SO_PEERCRED: "SO_PEERCRED", unix.SO_RCVLOWAT: "SO_RCVLOWAT", unix.SO_SNDLOWAT: "SO_SNDLOWAT",
		unix.SO_RCVTIMEO: "SO_RCVTIMEO", unix.SO_RCVTIMEO_NEW: "SO_RCVTIMEO", unix.SO_SNDTIMEO: "SO_SNDTIMEO",
		unix.SO_SNDTIMEO_NEW: "SO_SNDTIMEO", unix.SO_SECURITY_AUTHENTICATION: "SO_SECURITY_AUTHENTICATION",
		unix.SO_SECURITY_ENCRYPTION_TRANSPORT: "SO_SECURITY_ENCRYPTION_TRANSPORT",
		unix.SO_SECURITY_ENCRYPTION_NETWORK:   "SO_SECURITY_ENCRYPTION_NETWORK",
		unix.SO_BINDTODEVICE:                  "SO_BINDTODEVICE", unix.SO_ATTACH_FILTER: "SO_ATTACH_FILTER",
		unix.SO_DETACH_FILTER: "SO_DETACH_FILTER", unix.SO_PEERNAME: "SO_PEERNAME", unix.SO_TIMESTAMP: "SO_TIMESTAMP",
		unix.SO_ACCEPTCONN: "SO_ACCEPTCONN", unix.SO_PEERSEC: "SO_PEERSEC", unix.SO_PASSSEC: "SO_PASSSEC",
		unix.SO_TIMESTAMPNS: "SO_TIMESTAMPNS", unix.SO_MARK: "SO_MARK", unix.SO_TIMESTAMPING: "SO_TIMESTAMPING",
		unix.SO_PROTOCOL: "SO_PROTOCOL", unix.SO_DOMAIN: "SO_DOMAIN", unix.SO_RXQ_OVFL: "SO_RXQ_OVFL",
		unix.SO_WIFI_STATUS: "SO_WIFI_STATUS", unix.SO_PEEK_OFF: "SO_PEEK_OFF", unix.SO_NOFCS: "SO_NOFCS",
		unix.SO_LOCK_FILTER: "SO_LOCK_FILTER", unix.SO_SELECT_ERR_QUEUE: "SO_SELECT_ERR_QUEUE",
		unix.SO_BUSY_POLL: "SO_BUSY_POLL", unix.SO_MAX_PACING_RATE: "SO_MAX_PACING_RATE",
		unix.SO_BPF_EXTENSIONS: "SO_BPF_EXTENSIONS", unix.SO_INCOMING_CPU: "SO_INCOMING_CPU",
		unix.SO_ATTACH_BPF: "SO_ATTACH_BPF", unix.SO_PEERGROUPS: "SO_PEERGROUPS", unix.SO_MEMINFO: "SO_MEMINFO",
		unix.SO_COOKIE: "SO_COOKIE",
	}
}
