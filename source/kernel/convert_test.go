package kernel

import (
	"encoding/binary"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
)

// paramOf is the place of a parameter.
func paramOf(t *testing.T, call, name string) (event.Type, int) {
	t.Helper()
	typ, ok := event.ByName(call)
	if !ok {
		t.Fatalf("no event type %s", call)
	}
	i := slices.IndexFunc(event.Describe(typ).Params, func(p event.Param) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("%s has no parameter %s", call, name)
	}
	return typ, i
}

// What the kernel knows under a number prints as Falco's name of it.
func TestConvertNames(t *testing.T) {
	type named struct {
		call, param string
		kernel      uint64
		want        string
	}
	tests := []named{
		{"unshare", "flags", unix.CLONE_NEWUSER | unix.CLONE_NEWNS, "CLONE_NEWNS|CLONE_NEWUSER"},
		{"unshare", "flags", unix.CLONE_NEWCGROUP, "CLONE_NEWCGROUP"},
		{"setns", "nstype", unix.CLONE_NEWNET, "CLONE_NEWNET"},
		{"setns", "nstype", 0, ""},
		{"clone", "flags", unix.CLONE_CHILD_CLEARTID | unix.CLONE_CHILD_SETTID | uint64(unix.SIGCHLD), "CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID"},
		{"clone3", "flags", unix.CLONE_VM | unix.CLONE_VFORK, "CLONE_VM|CLONE_VFORK"},
		{"clone3", "flags", unix.CLONE_NEWPID | 1<<33, "CLONE_NEWPID"},
		{"ptrace", "request", 0, "PTRACE_TRACEME"},
		{"ptrace", "request", unix.PTRACE_ATTACH, "PTRACE_ATTACH"},
		{"ptrace", "request", unix.PTRACE_SEIZE, "PTRACE_SEIZE"},
		{"ptrace", "request", unix.PTRACE_POKETEXT, "PTRACE_POKETEXT"},
		{"ptrace", "request", unix.PTRACE_SETREGSET, "PTRACE_SETREGSET"},
		{"ptrace", "request", 0x420e, "PTRACE_UNKNOWN"}, // PTRACE_GET_SYSCALL_INFO
		{"mmap", "flags", unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_FIXED, "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS"},
		{"mmap", "flags", unix.MAP_SHARED | unix.MAP_POPULATE | unix.MAP_LOCKED, "MAP_SHARED|MAP_POPULATE|MAP_LOCKED"},
		{"mmap2", "flags", unix.MAP_STACK | unix.MAP_NORESERVE, "MAP_NORESERVE"},
		{"mmap", "prot", unix.PROT_READ | unix.PROT_EXEC, "PROT_READ|PROT_EXEC"},
		{"mprotect", "prot", 0, "PROT_NONE"},
		{"mprotect", "prot", unix.PROT_READ | unix.PROT_GROWSDOWN, "PROT_READ|PROT_GROWSDOWN"},
		{"fcntl", "cmd", unix.F_DUPFD, "F_DUPFD"},
		{"fcntl", "cmd", unix.F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"},
		{"fcntl", "cmd", 6, "F_SETLK"},
		{"fcntl", "cmd", 13, "F_SETLK64"},
		{"fcntl", "cmd", unix.F_SETPIPE_SZ, "F_SETPIPE_SZ"},
		{"fcntl", "cmd", unix.F_ADD_SEALS, "UNKNOWN"},
		{"setsockopt", "level", unix.SOL_SOCKET, "SOL_SOCKET"},
		{"setsockopt", "level", unix.SOL_TCP, "SOL_TCP"},
		{"setsockopt", "level", unix.SOL_IP, "UNKNOWN"},
		{"setsockopt", "optname", unix.SO_REUSEADDR, "SO_REUSEADDR"},
		{"getsockopt", "optname", unix.SO_COOKIE, "SO_COOKIE"},
		{"getsockopt", "optname", unix.SO_MEMINFO, "SO_MEMINFO"},
		{"setsockopt", "optname", 66, "SO_RCVTIMEO"},
		{"setsockopt", "optname", unix.SO_ZEROCOPY, "UNKNOWN"},
		{"setrlimit", "resource", unix.RLIMIT_CORE, "RLIMIT_CORE"},
		{"prlimit", "resource", unix.RLIMIT_RTTIME, "RLIMIT_RTTIME"},
		{"prlimit", "resource", 16, "RLIMIT_UNKNOWN"},
		{"futex", "op", 128 | 1, "FUTEX_PRIVATE_FLAG|FUTEX_WAKE"},
		{"futex", "op", 1<<16 | 9, "FUTEX_WAIT_BITSET"},
		{"lseek", "whence", unix.SEEK_END, "SEEK_END"},
		{"shutdown", "how", unix.SHUT_WR, "SHUT_WR"},
		{"socket", "domain", unix.AF_NETLINK, "AF_ROUTE"},
		{"socket", "domain", unix.AF_PACKET, "AF_PACKET"},
		{"socket", "domain", unix.AF_VSOCK, ""},
		{"socketpair", "domain", unix.AF_UNIX, "AF_LOCAL"},
		{"socket", "flags", unix.SOCK_STREAM | unix.SOCK_CLOEXEC, "O_CLOEXEC"},
		{"socket", "flags", unix.SOCK_RAW | unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK, "O_NONBLOCK|O_CLOEXEC"},
		{"socket", "flags", unix.SOCK_DGRAM, "O_NONE"},
		{"dup3", "flags", unix.O_CLOEXEC, "O_CLOEXEC"},
		{"dup3", "flags", 0, "O_NONE"},
		{"pipe2", "flags", unix.O_DIRECT | unix.O_NONBLOCK, "O_DIRECT|O_NONBLOCK"},
		{"eventfd2", "flags", 1 | unix.EFD_CLOEXEC, "O_CLOEXEC"}, // EFD_SEMAPHORE has no name
		{"signalfd4", "flags", unix.SFD_NONBLOCK, "O_NONBLOCK"},
		{"inotify_init1", "flags", unix.IN_CLOEXEC, "O_CLOEXEC"},
		{"userfaultfd", "flags", 1 | unix.O_CLOEXEC | unix.O_NONBLOCK, "O_NONBLOCK|O_CLOEXEC"},
		{"open_by_handle_at", "flags", unix.O_RDWR | unix.O_DIRECTORY, "O_DIRECTORY|O_RDWR"},
		{"openat", "flags", unix.O_WRONLY | unix.O_CREAT | unix.O_TRUNC, "O_TRUNC|O_CREAT|O_WRONLY"},
		{"openat2", "resolve", unix.RESOLVE_BENEATH | unix.RESOLVE_NO_XDEV, "RESOLVE_BENEATH|RESOLVE_NO_XDEV"},
		{"epoll_create1", "flags", unix.EPOLL_CLOEXEC, "EPOLL_CLOEXEC"},
		{"memfd_create", "flags", unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING, "MFD_CLOEXEC|MFD_ALLOW_SEALING"},
		{"memfd_create", "flags", unix.MFD_EXEC, ""},
		{"pidfd_open", "flags", unix.O_NONBLOCK, "PIDFD_NONBLOCK"},
		{"delete_module", "flags", unix.O_NONBLOCK, "O_NONBLOCK"},
		{"delete_module", "flags", unix.O_NONBLOCK | unix.O_TRUNC, "O_NONBLOCK|O_TRUNC"},
		{"finit_module", "flags", 2, "MODULE_INIT_IGNORE_VERMAGIC"},
		{"mlockall", "flags", unix.MCL_FUTURE, "MCL_FUTURE"},
		{"mlock2", "flags", unix.MLOCK_ONFAULT, "MLOCK_ONFAULT"},
		{"unlinkat", "flags", unix.AT_REMOVEDIR, "AT_REMOVEDIR"},
		{"linkat", "flags", unix.AT_SYMLINK_FOLLOW | unix.AT_EMPTY_PATH, "AT_SYMLINK_FOLLOW|AT_EMPTY_PATH"},
		{"fchownat", "flags", unix.AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW"},
		{"newfstatat", "flags", unix.AT_NO_AUTOMOUNT, "AT_NO_AUTOMOUNT"},
		{"renameat2", "flags", unix.RENAME_EXCHANGE, "RENAME_EXCHANGE"},
		{"umount2", "flags", unix.MNT_DETACH | unix.UMOUNT_NOFOLLOW, "DETACH|NOFOLLOW"},
		{"mount", "flags", unix.MS_BIND | unix.MS_REC, "BIND|REC"},
		{"mount", "flags", 0xc0ed0000 | unix.MS_RDONLY, "RDONLY"},
		{"access", "mode", unix.R_OK | unix.X_OK, "R_OK|X_OK"},
		{"access", "mode", 0, "F_OK"},
		{"flock", "operation", unix.LOCK_EX | unix.LOCK_NB, "LOCK_EX|LOCK_NB"},
		{"splice", "flags", unix.SPLICE_F_MORE, "SPLICE_F_MORE"},
		{"close_range", "flags", unix.CLOSE_RANGE_CLOEXEC, "CLOSE_RANGE_CLOEXEC"},
		{"prctl", "option", unix.PR_SET_NAME, "PR_SET_NAME"},
		{"prctl", "option", unix.PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS"},
		{"keyctl", "operation", unix.KEYCTL_SEARCH, "KEYCTL_SEARCH"},
		{"bpf", "cmd", unix.BPF_PROG_LOAD, "BPF_PROG_LOAD"},
		{"bpf", "cmd", unix.BPF_LINK_CREATE, "BPF_LINK_CREATE"},
		{"fsconfig", "cmd", unix.FSCONFIG_CMD_CREATE, "FSCONFIG_CMD_CREATE"},
		{"io_uring_setup", "flags", 1 << 0, "IORING_SETUP_IOPOLL"},
		{"io_uring_setup", "flags", 1<<1 | 1<<2, "IORING_SETUP_SQPOLL|IORING_SETUP_SQ_AFF"},
		{"io_uring_setup", "flags", 1<<6 | 1<<12, "IORING_SETUP_R_DISABLED"},
		{"io_uring_setup", "features", 1<<0 | 1<<10 | 1<<13, "IORING_FEAT_SINGLE_MMAP|IORING_FEAT_RSRC_TAGS"},
		{"io_uring_enter", "flags", 1<<0 | 1<<1, "IORING_ENTER_GETEVENTS|IORING_ENTER_SQ_WAKEUP"},
		{"io_uring_register", "opcode", 2, "IORING_REGISTER_FILES"},
		{"semop", "sem_flg_0", unix.IPC_NOWAIT | 0x1000, "IPC_NOWAIT|SEM_UNDO"},
		{"semget", "semflg", unix.IPC_CREAT | 0o600, "IPC_CREAT"},
		{"semctl", "cmd", unix.IPC_RMID, "IPC_RMID"},
		{"semctl", "cmd", 0x100 | 16, "SETVAL"},
		{"semctl", "cmd", 99, ""},
		{"quotactl", "cmd", 0x800002 << 8, "Q_QUOTAON"},
		{"quotactl", "cmd", 0x800001<<8 | 1, "Q_SYNC"},
		{"quotactl", "cmd", ('X'<<8 + 7) << 8, "Q_XQUOTASYNC"},
		{"quotactl", "cmd", 5, ""},
		{"quotactl", "type", 0x800002<<8 | 1, "GRPQUOTA"},
		{"quotactl", "type", 0x800002 << 8, "USRQUOTA"},
		{"quotactl", "quota_fmt", 4, "QFMT_VFS_V1"},
		{"quotactl", "quota_fmt", 77, "QFMT_NOT_USED"},
	}
	if runtime.GOARCH == "amd64" {
		tests = append(tests,
			named{"ptrace", "request", 12, "PTRACE_GETREGS"},
			named{"ptrace", "request", 30, "PTRACE_ARCH_PRCTL"},
			named{"ptrace", "request", 33, "PTRACE_SINGLEBLOCK"},
			named{"mmap", "flags", unix.MAP_PRIVATE | 0x40, "MAP_PRIVATE|MAP_32BIT"},
		)
	}
	c := newConverter()
	for _, test := range tests {
		typ, i := paramOf(t, test.call, test.param)
		p := &event.Describe(typ).Params[i]
		got := string(p.AppendNames(nil, c.value(typ, i, narrowed(test.kernel, p.Type))))
		if got != test.want {
			t.Errorf("%s %s %#x is %q, want %q", test.call, test.param, test.kernel, got, test.want)
		}
	}
}

func TestConvertNumbers(t *testing.T) {
	tests := []struct {
		call, param string
		kernel      uint64
		want        uint64
	}{
		{"socket", "type", unix.SOCK_RAW | unix.SOCK_CLOEXEC, 3},
		{"socketpair", "type", unix.SOCK_STREAM | unix.SOCK_NONBLOCK, 1},
		{"chmod", "mode", unix.S_IFREG | 0o4755, 0o4755},
		{"fchmodat", "mode", 0o777, 0o777},
		{"mknod", "mode", 0o600, unix.S_IFREG | 0o600},
		{"mknodat", "mode", unix.S_IFCHR | 0o666, unix.S_IFCHR | 0o666},
		{"mkdir", "mode", 0o755, 0o755},
		{"semop", "sem_op_0", 0xffff, 1<<64 - 1},
		{"setuid", "uid", 1000, 1000},
		{"mmap", "length", 1 << 40, 1 << 40},
	}
	c := newConverter()
	for _, test := range tests {
		typ, i := paramOf(t, test.call, test.param)
		if got := c.value(typ, i, test.kernel); got != test.want {
			t.Errorf("%s %s %#x is %#x, want %#x", test.call, test.param, test.kernel, got, test.want)
		}
	}
}

// Every rule is for parameters there are, by names they have: a misspelt one
// would silently convert nothing.
func TestRulesFit(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range slices.Concat(flagRules(), numberRules()) {
		for _, call := range r.calls {
			typ, i := paramOf(t, call, r.param)
			if at := call + " " + r.param; seen[at] {
				t.Errorf("two rules for %s", at)
			} else {
				seen[at] = true
			}
			if (r.by == nil) == (r.names == nil) {
				t.Errorf("%s %s: one of names and by, not both", call, r.param)
			}
			p := &event.Describe(typ).Params[i]
			for _, name := range r.names {
				if _, ok := bitOf(p.Flags, name); !ok {
					t.Errorf("%s %s has no name %s", call, r.param, name)
				}
			}
		}
	}
	for call := range wholes() {
		if _, ok := event.ByName(call); !ok {
			t.Errorf("no event type %s", call)
		}
	}
}

// asInKernel are the sets whose numbers Falco has from the kernel, by one
// parameter of each.
var asInKernel = []string{
	"access mode", "bpf cmd", "close_range flags", "fchownat flags", "finit_module flags", "flock operation",
	"fsconfig cmd", "io_uring_enter flags", "io_uring_register opcode", "io_uring_setup features", "keyctl operation",
	"linkat flags", "llseek whence", "lseek whence", "memfd_create flags", "mlock2 flags", "mlockall flags",
	"newfstatat flags", "prctl option", "renameat2 flags", "shutdown how", "socket domain", "socketpair domain",
	"splice flags", "umount2 flags", "unlinkat flags",
}

// Every parameter with names that a call fills is classified: by a rule, or as
// one whose numbers are the kernel's.
func TestEveryFlagIsConverted(t *testing.T) {
	ruled := map[string]bool{}
	for _, r := range slices.Concat(flagRules(), numberRules()) {
		for _, call := range r.calls {
			ruled[call+" "+r.param] = true
		}
	}
	var rest []string
	for typ := range event.Types {
		info := event.Describe(typ)
		c, ok := typ.Capture(event.ArchAMD64)
		if !ok {
			continue
		}
		for i, s := range c.Args {
			p := &info.Params[c.Params[i]]
			if at := info.Name + " " + p.Name; s != event.FromNothing && len(p.Flags) > 0 && !ruled[at] {
				rest = append(rest, at)
			}
		}
	}
	slices.Sort(rest)
	if diff := cmp.Diff(asInKernel, rest); diff != "" {
		t.Errorf("without a rule (-want +got):\n%s", diff)
	}
}

func text32(n uint32) string { return string(binary.NativeEndian.AppendUint32(nil, n)) }
func text64(n ...uint64) (s string) {
	for _, n := range n {
		s += string(binary.NativeEndian.AppendUint64(nil, n))
	}
	return s
}

// What depends on several values: want has the parameters that differ from how
// they went in, "-" for one that is not known.
func TestSettle(t *testing.T) {
	const minus1 = 1<<64 - 1
	tests := []struct {
		name, call string
		res        int64
		args       []event.Arg
		want       []string
	}{
		{"reuseaddr", "setsockopt", 0, []event.Arg{{}, {}, {Num: 1}, {Num: 2}, {Str: text32(1)}}, []string{"optname=2", "val=1"}},
		{"of TCP", "setsockopt", 0, []event.Arg{{}, {}, {Num: 2}, {Num: 9}, {Str: "abcd"}}, []string{"optname=0", "val=abcd"}},
		{"of IP", "setsockopt", 0, []event.Arg{{}, {}, {Num: 0}, {Num: 2}, {Str: "abcd"}}, []string{"optname=0", "val=abcd"}},
		{"error", "getsockopt", 0, []event.Arg{{}, {}, {Num: 1}, {Num: 4}, {Str: text32(111)}}, []string{"optname=4", "val=-111"}},
		{"timeout", "setsockopt", 0, []event.Arg{{}, {}, {Num: 1}, {Num: 20}, {Str: text64(2, 500000)}}, []string{"optname=20", "val=2500000000"}},
		{"cookie", "getsockopt", 0, []event.Arg{{}, {}, {Num: 1}, {Num: 53}, {Str: text64(1 << 63)}}, []string{"optname=53", "val=9223372036854775808"}},
		{"device", "setsockopt", 0, []event.Arg{{}, {}, {Num: 1}, {Num: 25}, {Str: "eth0\x00\x00"}}, []string{"optname=25", "val=eth0"}},
		{"too short", "setsockopt", 0, []event.Arg{{}, {}, {Num: 1}, {Num: 2}, {Str: "x"}}, []string{"optname=2", "val=-"}},
		{"too short a time", "getsockopt", 0, []event.Arg{{}, {}, {Num: 1}, {Num: 21}, {Str: text64(1)}}, []string{"optname=21", "val=-"}},
		{"linger", "setsockopt", 0, []event.Arg{{}, {}, {Num: 1}, {Num: 13}, {Str: "12345678"}}, []string{"optname=13", "val=12345678"}},

		{"poke", "ptrace", 0, []event.Arg{{}, {Num: 0x7ffeabcd}, {Num: 0xcc}, {Num: 5}}, []string{"addr=7FFEABCD", "data=CC"}},
		{"attach", "ptrace", 0, []event.Arg{{}, {}, {}, {Num: 11}}, []string{"addr=0", "data=0"}},
		{"go on with a signal", "ptrace", 0, []event.Arg{{}, {Num: 1}, {Num: 19}, {Num: 8}}, []string{"addr=1", "data=19"}},
		{"failed", "ptrace", -1, []event.Arg{{}, {Num: 77}, {Num: 88}, {Num: 8}}, []string{"addr=0", "data=0"}},
		{"all bits", "ptrace", 0, []event.Arg{{}, {Num: minus1}, {Num: 1 << 60}, {Num: 6}}, []string{"addr=FFFFFFFFFFFFFFFF", "data=1000000000000000"}},

		{"set name", "prctl", 0, []event.Arg{{}, {Num: 15}, {Str: "sshd"}, {Num: 0x1234}}, []string{"arg2_str=sshd", "arg2_int=-"}},
		{"set dumpable", "prctl", 0, []event.Arg{{}, {Num: 4}, {}, {Num: 1}}, []string{"arg2_str=-", "arg2_int=1"}},
		{"get subreaper", "prctl", 0, []event.Arg{{}, {Num: 37}, {}, {Num: 0x1234}}, []string{"arg2_str=-", "arg2_int=-"}},

		{"revoke", "keyctl", 0, []event.Arg{{}, {Num: 3}, {Num: 77}, {Num: 5}, {Num: 6}, {Num: 7}}, []string{"arg2=77", "arg3=0", "arg4=0", "arg5=0"}},
		{"the process's own ring", "keyctl", 0, []event.Arg{{}, {Num: 8}, {Num: 77}, {Num: minus1 - 1}, {Num: 6}}, []string{"arg2=77", "arg3=-2", "arg4=0", "arg5=0"}},
		{"search", "keyctl", 0, []event.Arg{{}, {Num: 10}, {Num: 1}, {Num: 2}, {Num: 3}, {Num: 4}}, []string{"arg2=1", "arg3=-", "arg4=-", "arg5=4"}},
		{"join", "keyctl", 0, []event.Arg{{}, {Num: 1}, {Num: 99}}, []string{"arg2=-", "arg3=0", "arg4=0", "arg5=0"}},
		{"unknown operation", "keyctl", 0, []event.Arg{{}, {Num: 1000}, {Num: 99}}, []string{"arg2=0", "arg3=0", "arg4=0", "arg5=0"}},

		{"string", "fsconfig", 0, []event.Arg{{}, {}, {Num: 1}, {Str: "source"}, {}, {Str: "/dev/sda"}}, []string{"key=source", "value_bytebuf=-", "value_charbuf=/dev/sda"}},
		{"bytes", "fsconfig", 0, []event.Arg{{}, {}, {Num: 2}, {Str: "x"}, {Str: "abc"}}, []string{"value_bytebuf=abc", "value_charbuf=-"}},
		{"create", "fsconfig", 0, []event.Arg{{}, {}, {Num: 6}}, []string{"value_bytebuf=-", "value_charbuf=-"}},

		{"limits of a user", "quotactl", 0, []event.Arg{{}, {}, {}, {Num: 1 << 6}, {Num: 1}, {Num: 1000}, {Num: 2}}, []string{"id=1000", "quota_fmt=1"}},
		{"on", "quotactl", 0, []event.Arg{{}, {}, {}, {Num: 1 << 0}, {Num: 1}, {Num: 4}, {Num: 8}}, []string{"id=0", "quota_fmt=8"}},
		{"sync", "quotactl", 0, []event.Arg{{}, {}, {}, {Num: 1 << 7}, {Num: 1}, {Num: 4}, {Num: 8}}, []string{"id=0", "quota_fmt=1"}},
	}
	c := newConverter()
	for _, test := range tests {
		t.Run(test.call+" "+test.name, func(t *testing.T) {
			e := event.Event{Res: test.res}
			copy(e.Args[:], test.args)
			var got []string
			for _, want := range test.want {
				name, _, _ := strings.Cut(want, "=")
				typ, i := paramOf(t, test.call, name)
				if e.Type == 0 {
					e.Type = typ
					c.settle(&e)
				}
				got = append(got, name+"="+valueText(&e, i))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func valueText(e *event.Event, i int) string {
	a, ok := e.Param(i)
	if !ok {
		return "-"
	}
	if event.Describe(e.Type).Params[i].Type.IsText() {
		return a.Str
	}
	return string(e.Text(func(dst []byte) []byte {
		return append(dst, decimal(int64(a.Num))...)
	}))
}

func decimal(n int64) string {
	var e event.Event
	setDecimal(&e, 0, n)
	return e.Args[0].Str
}

func TestConvertAllocatesNothing(t *testing.T) {
	c := newConverter()
	ptrace, request := paramOf(t, "ptrace", "request")
	unshare, flags := paramOf(t, "unshare", "flags")
	sockopt, _ := paramOf(t, "setsockopt", "val")
	value := text32(1)
	e := event.Event{}
	e.Text(func(dst []byte) []byte { return append(dst, make([]byte, 4096)...) })
	if n := testing.AllocsPerRun(100, func() {
		e.Reset()
		e.Type = ptrace
		e.Args[3].Num = c.value(ptrace, request, unix.PTRACE_ATTACH)
		e.Args[1].Num = c.value(unshare, flags, unix.CLONE_NEWUSER)
		c.settle(&e)
		e.Reset()
		e.Type = sockopt
		e.Args[2].Num, e.Args[3].Num, e.Args[4].Str = 1, 2, value
		c.settle(&e)
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
