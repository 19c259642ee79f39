package event

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var sourceNames = map[Source]string{
	FromNothing: "-", FromResult: "res", FromCall: "call", FromID: "id", FromData: "data", FromDataLen: "datalen",
	FromControl: "control", FromAddr: "addr", FromFDName: "fdname", FromFDDev: "fddev", FromFDIno: "fdino",
	FromHighLow1: "highlow1", FromLowHigh3: "lowhigh3", FromLowHigh4: "lowhigh4",
}

// sourceText writes a source as the tables below do: a0 for a register, t0 for
// the string it points to, u32@4 for a number in a struct.
func sourceText(s Source) string {
	if name, ok := sourceNames[s]; ok {
		return name
	}
	if f, ok := s.Field(); ok {
		return [...]string{"u16", "u32", "u64", "time", "caps"}[f.Kind] + "@" + strconv.Itoa(f.Offset)
	}
	n, ok := s.Arg()
	switch {
	case !ok:
		return fmt.Sprintf("?%d", s)
	case s.IsText():
		return "t" + strconv.Itoa(n)
	}
	return "a" + strconv.Itoa(n)
}

// captureText writes what matters of a capture: the parameters with their
// sources, then fd, paths, address and data where there are any.
func captureText(info *Info, c Capture) string {
	var parts []string
	for i, s := range c.Args {
		if s == FromNothing && c.Missing>>i&1 == 0 {
			continue // derived
		}
		parts = append(parts, info.Params[c.Params[i]].Name+"="+sourceText(s))
	}
	if c.FD != FromNothing {
		parts = append(parts, "FD="+sourceText(c.FD))
	}
	for _, p := range c.Paths {
		if p.Name == FromNothing {
			continue
		}
		text := "path=" + sourceText(p.Name)
		if p.Dir != FromNothing {
			text = "path=" + sourceText(p.Dir) + "/" + sourceText(p.Name)
		}
		if p.Literal {
			text += "!"
		}
		parts = append(parts, text)
	}
	if c.Addr.At != FromNothing {
		text := "addr=" + sourceText(c.Addr.At) + ":" + sourceText(c.Addr.Len)
		if c.Addr.LenAt {
			text += "*"
		}
		parts = append(parts, text)
	}
	if d := c.Data; d.Kind != DataNone {
		kind := [...]string{"", "buffer", "vector", "message", "messages", "struct"}[d.Kind]
		text := kind + "=" + sourceText(d.At)
		switch {
		case d.Size > 0:
			text += ":" + strconv.Itoa(d.Size)
		case d.Len != FromNothing:
			text += ":" + sourceText(d.Len)
		}
		if d.Filled {
			text += "<"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

// The sources are those of the system calls' manual pages; a register's number
// is the argument's place there, from 0.
func TestCapture(t *testing.T) {
	tests := map[string]string{
		"read":              "data=data fd=a0 size=a2 FD=a0 buffer=a1:a2<",
		"write":             "data=data fd=a0 size=a2 FD=a0 buffer=a1:a2",
		"pread":             "data=data fd=a0 size=a2 pos=a3 FD=a0 buffer=a1:a2<",
		"readv":             "size=res data=data fd=a0 FD=a0 vector=a1:a2<",
		"pwritev":           "data=data fd=a0 size=datalen pos=a3 FD=a0 vector=a1:a2",
		"close":             "fd=a0 FD=a0",
		"open":              "fd=res name=t0 flags=a1 mode=a2 dev=fddev ino=fdino FD=res path=t0",
		"openat":            "fd=res dirfd=a0 name=t1 flags=a2 mode=a3 dev=fddev ino=fdino FD=res path=a0/t1",
		"openat2":           "fd=res dirfd=a0 name=t1 flags=u64@0 mode=u64@8 resolve=u64@16 dev=fddev ino=fdino FD=res path=a0/t1 struct=a2:24",
		"creat":             "fd=res name=t0 mode=a1 dev=fddev ino=fdino creat_flags=- FD=res path=t0",
		"open_by_handle_at": "fd=res mountfd=a0 flags=a2 path=fdname dev=fddev ino=fdino FD=res",
		"name_to_handle_at": "ID=id nativeID=call path=a0/t1",
		"socket":            "fd=res domain=a0 type=a1 proto=a2 flags=a1 FD=res",
		"bind":              "addr=addr fd=a0 FD=a0 addr=a1:a2",
		"connect":           "fd=a0 FD=a0 addr=a1:a2",
		"listen":            "fd=a0 backlog=a1 FD=a0",
		"accept":            "fd=res queuepct=- queuelen=- queuemax=- FD=res",
		"accept4":           "fd=res queuepct=- queuelen=- queuemax=- flags=a3 FD=res",
		"sendto":            "data=data fd=a0 size=a2 FD=a0 addr=a4:a5 buffer=a1:a2",
		"recvfrom":          "data=data fd=a0 size=a2 FD=a0 addr=a4:a5* buffer=a1:a2<",
		"sendmsg":           "data=data fd=a0 size=datalen FD=a0 message=a1",
		"recvmsg":           "size=res data=data msgcontrol=control fd=a0 FD=a0 message=a1<",
		"sendmmsg":          "fd=a0 size=datalen data=data FD=a0 messages=a1:a2",
		"recvmmsg":          "fd=a0 size=datalen data=data msgcontrol=control FD=a0 messages=a1:a2<",
		"socketpair":        "fd1=u32@0 fd2=u32@4 source=- peer=- domain=a0 type=a1 proto=a2 struct=a3:8<",
		"setsockopt":        "fd=a0 level=a1 optname=a2 val=data optlen=a4 FD=a0 buffer=a3:a4",
		"shutdown":          "fd=a0 how=a1 FD=a0",
		"pipe2":             "fd1=u32@0 fd2=u32@4 ino=- flags=a1 struct=a0:8<",
		"dup":               "oldfd=a0 FD=res",
		"dup2":              "oldfd=a0 newfd=a1 FD=res",
		"dup3":              "oldfd=a0 newfd=a1 flags=a2 FD=res",
		"fcntl":             "fd=a0 cmd=a1 arg=a2 FD=a0",
		"ioctl":             "fd=a0 request=a1 argument=a2 FD=a0",
		"lseek":             "fd=a0 offset=a1 whence=a2 FD=a0",
		"llseek":            "fd=a0 offset=highlow1 whence=a4 FD=a0",
		"epoll_create1":     "flags=a0 FD=res",
		"eventfd2":          "flags=a1 initval=a0 FD=res",
		"signalfd4":         "flags=a3 fd=a0 mask=- FD=res",
		"timerfd_create":    "clockid=a0 flags=a1 FD=res",
		"inotify_init1":     "flags=a0 FD=res",
		"splice":            "fd_in=a0 fd_out=a2 size=a4 flags=a5 FD=a0",
		"sendfile":          "offset=u64@0 out_fd=a0 in_fd=a1 size=a3 FD=a0 struct=a2:8",
		"copy_file_range":   "fdout=a2 offout=a3 fdin=a0 offin=a1 len=a4 FD=a0",
		"close_range":       "first=a0 last=a1 flags=a2",
		"io_uring_setup":    "entries=a0 sq_entries=u32@0 cq_entries=u32@4 flags=u32@8 sq_thread_cpu=u32@12 sq_thread_idle=u32@16 features=u32@20 FD=res struct=a1:24",
		"io_uring_enter":    "fd=a0 to_submit=a1 min_complete=a2 flags=a3 sig=a4 FD=a0",
		"io_uring_register": "fd=a0 opcode=a1 arg=a2 nr_args=a3 FD=a0",
		"rename":            "oldpath=t0 newpath=t1 path=t0 path=t1",
		"renameat":          "olddirfd=a0 oldpath=t1 newdirfd=a2 newpath=t3 path=a0/t1 path=a2/t3",
		"renameat2":         "olddirfd=a0 oldpath=t1 newdirfd=a2 newpath=t3 flags=a4 path=a0/t1 path=a2/t3",
		"unlink":            "path=t0 path=t0",
		"unlinkat":          "dirfd=a0 name=t1 flags=a2 path=a0/t1",
		"mkdirat":           "dirfd=a0 path=t1 mode=a2 path=a0/t1",
		"linkat":            "olddir=a0 oldpath=t1 newdir=a2 newpath=t3 flags=a4 path=a0/t1 path=a2/t3",
		"symlink":           "target=t0 linkpath=t1 path=t0! path=t1",
		"symlinkat":         "target=t0 linkdirfd=a1 linkpath=t2 path=t0! path=a1/t2",
		"chmod":             "filename=t0 mode=a1 path=t0",
		"fchmod":            "fd=a0 mode=a1 FD=a0",
		"fchmodat":          "dirfd=a0 filename=t1 mode=a2 path=a0/t1",
		"fchmodat2":         "ID=id nativeID=call path=a0/t1",
		"fchown":            "fd=a0 uid=a1 gid=a2 FD=a0",
		"fchownat":          "dirfd=a0 pathname=t1 uid=a2 gid=a3 flags=a4 path=a0/t1",
		"mount":             "dev=t0 dir=t1 type=t2 flags=a3 path=t0! path=t1",
		"umount":            "name=t0 path=t0",
		"umount2":           "name=t0 flags=a1 path=t0",
		"mknodat":           "dirfd=a0 path=t1 mode=a2 dev=a3 path=a0/t1",
		"newfstatat":        "dirfd=a0 path=t1 flags=a3 path=a0/t1",
		"chdir":             "path=t0 path=t0",
		"fchdir":            "fd=a0 FD=a0",
		"chroot":            "path=t0 path=t0",
		"pivot_root":        "ID=id nativeID=call path=t0 path=t1",
		"truncate":          "ID=id nativeID=call path=t0",
		"ftruncate":         "ID=id nativeID=call FD=a0",
		"setxattr":          "ID=id nativeID=call path=t0",
		"fsopen":            "ID=id nativeID=call FD=res",
		"move_mount":        "ID=id nativeID=call path=a0/t1 path=a2/t3",
		"fanotify_mark":     "ID=id nativeID=call FD=a0 path=a3/t4",
		"fsconfig":          "fd=a0 cmd=a1 key=t2 value_bytebuf=data value_charbuf=t3 aux=a4 FD=a0 buffer=a3:a4",
		"getpid":            "ID=id nativeID=call",
		"listns":            "ID=- nativeID=call",
		"ptrace":            "addr=a2 data=a3 request=a0 pid=a1",
		"setns":             "fd=a0 nstype=a1 FD=a0",
		"unshare":           "flags=a0",
		"clone":             "flags=a0",
		"clone3":            "flags=u64@0 struct=a0:8",
		"fork":              "",
		"execve":            "filename=t0 path=t0",
		"execveat":          "path=a0/t1",
		"kill":              "pid=a0 sig=a1",
		"tgkill":            "pid=a0 tid=a1 sig=a2",
		"prctl":             "option=a0 arg2_str=t1 arg2_int=a1",
		"prlimit":           "newcur=u64@0 newmax=u64@8 oldcur=- oldmax=- pid=a0 resource=a1 struct=a2:16",
		"futex":             "addr=a0 op=a1 val=a2",
		"seccomp":           "op=a0 flags=a1",
		"bpf":               "fd=res cmd=a0 FD=res",
		"init_module":       "img=data length=a1 uargs=t2 buffer=a0:a1",
		"finit_module":      "fd=a0 uargs=t1 flags=a2 FD=a0",
		"delete_module":     "name=t0 flags=a1",
		"pidfd_open":        "fd=res pid=a0 flags=a1 FD=res",
		"pidfd_getfd":       "fd=res pid_fd=a0 target_fd=a1 flags=a2 FD=res",
		"process_vm_writev": "pid=a0 data=data vector=a1:a2",
		"userfaultfd":       "flags=a0 FD=res",
		"memfd_create":      "fd=res name=t0 flags=a1 FD=res",
		"mmap":              "addr=a0 length=a1 prot=a2 flags=a3 fd=a4 offset=a5 FD=a4",
		"mprotect":          "addr=a0 length=a1 prot=a2",
		"brk":               "addr=a0",
		"setuid":            "uid=a0",
		"setresuid":         "ruid=a0 euid=a1 suid=a2",
		"getuid":            "",
		"getresuid":         "ruid=- euid=- suid=-",
		"capset":            "cap_inheritable=caps@8 cap_permitted=caps@4 cap_effective=caps@0 struct=a1:24",
		"keyctl":            "operation=a0 arg2=a1 arg3=a2 arg4=a3 arg5=a4",
		"quotactl":          "special=t1 quotafilepath=- cmd=a0 type=a0 id=a2 quota_fmt=a2 path=t1",
		"semop":             "nsops=a2 sem_num_0=u16@0 sem_op_0=u16@2 sem_flg_0=u16@4 sem_num_1=u16@6 sem_op_1=u16@8 sem_flg_1=u16@10 semid=a0 struct=a1:12",
	}
	for name, want := range tests {
		typ := typeOf(t, name)
		c, ok := typ.Capture(ArchAMD64)
		if !ok {
			t.Errorf("%s has no capture", name)
			continue
		}
		if diff := cmp.Diff(want, captureText(Describe(typ), c)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if _, ok := ProcExit.Capture(ArchAMD64); ok {
		t.Error("procexit is no call and is captured as one")
	}
}

// Programs of 32 bits pass positions in two registers, and structs whose layout
// differs are left alone.
func TestCaptureNarrow(t *testing.T) {
	tests := []struct {
		name string
		arch Arch
		want string
	}{
		{"pread", ArchX32, "data=data fd=a0 size=a2 pos=a3 FD=a0 buffer=a1:a2<"},
		{"pread", ArchI386, "data=data fd=a0 size=a2 pos=lowhigh3 FD=a0 buffer=a1:a2<"},
		{"pread", ArchARM, "data=data fd=a0 size=a2 pos=lowhigh4 FD=a0 buffer=a1:a2<"},
		{"pwritev", ArchARM, "data=data fd=a0 size=datalen pos=lowhigh3 FD=a0 vector=a1:a2"},
		{"pread", ArchAMD64, "data=data fd=a0 size=a2 pos=a3 FD=a0 buffer=a1:a2<"},
		{"setrlimit", ArchAMD64, "cur=u64@0 max=u64@8 resource=a0 struct=a1:16"},
		{"setrlimit", ArchI386, "cur=- max=- resource=a0"},
		{"clone3", ArchI386, "flags=u64@0 struct=a0:8"},
		{"openat", ArchARM, "fd=res dirfd=a0 name=t1 flags=a2 mode=a3 dev=fddev ino=fdino FD=res path=a0/t1"},
	}
	for _, test := range tests {
		typ := typeOf(t, test.name)
		c, _ := typ.Capture(test.arch)
		if diff := cmp.Diff(test.want, captureText(Describe(typ), c)); diff != "" {
			t.Errorf("%s on %d (-want +got):\n%s", test.name, test.arch, diff)
		}
	}
}

// What a capture says of one type hangs together, for every call.
func TestCaptureOfEveryCall(t *testing.T) {
	for typ := range Types {
		info := Describe(typ)
		c, ok := typ.Capture(ArchAMD64)
		if ok != (info.Call != nil) {
			t.Errorf("%v: captured is %v, and it has a call: %v", typ, ok, info.Call != nil)
		}
		if !ok {
			continue
		}
		if len(c.Args) > MaxParams || len(c.Params) != len(c.Args) {
			t.Errorf("%v: %d sources for %d parameters", typ, len(c.Args), len(c.Params))
			continue
		}
		checkSources(t, typ, info, c)
		checkTexts(t, typ, c)
	}
}

func checkSources(t *testing.T, typ Type, info *Info, c Capture) {
	t.Helper()
	for i, s := range c.Args {
		f, isField := s.Field()
		if strings.HasPrefix(sourceText(s), "?") || isField && (c.Data.Kind != DataStruct || f.Offset >= c.Data.Size) {
			t.Errorf("%v: place %d has the source %s", typ, i, sourceText(s))
		}
		p := info.Params[c.Params[i]]
		if p.Get != nil && s != FromNothing && c.Params[i] == i {
			t.Errorf("%v: %s is derived and has the source %s", typ, p.Name, sourceText(s))
		}
		if s == FromNothing {
			continue
		}
		text := s.IsText() || s == FromData || s == FromControl || s == FromAddr || s == FromFDName
		if text != p.Type.IsText() && p.Type != Dynamic {
			t.Errorf("%v: %s is %v and has the source %s", typ, p.Name, p.Type, sourceText(s))
		}
		if (p.Type == ByteBuf) != (s == FromData || s == FromControl) && p.Type != Dynamic {
			t.Errorf("%v: %s is %v and has the source %s", typ, p.Name, p.Type, sourceText(s))
		}
	}
	if has := slices.Contains(c.Args, FromData); has != (c.Data.Kind != DataNone && c.Data.Kind != DataStruct) && typ.String() != "getsockopt" {
		t.Errorf("%v: has a parameter with the data: %v, of kind %d", typ, has, c.Data.Kind)
	}
}

// checkTexts holds that each string is read once, those of names first.
func checkTexts(t *testing.T, typ Type, c Capture) {
	t.Helper()
	var want, got []Source
	for _, p := range c.Paths {
		if p.Name != FromNothing {
			want = append(want, p.Name)
		}
	}
	for _, s := range c.Args {
		if s.IsText() && !slices.Contains(want, s) {
			want = append(want, s)
		}
	}
	for _, x := range c.Texts {
		got = append(got, x.At)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%v: the strings (-want +got):\n%s", typ, diff)
	}
}

// An exception for a call that is none would never be missed.
func TestExceptionsAreCalls(t *testing.T) {
	var names []string
	for _, table := range [][]exception{ioExceptions[:], netExceptions[:], fileExceptions[:], processExceptions[:], generic[:]} {
		for _, x := range table {
			names = append(names, x.name)
		}
	}
	names = slices.Concat(names, onFirst[:], makesFD[:], namesFirst[:], namesAt[:])
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
		if info := Describe(typeOf(t, name)); info.Call == nil {
			t.Errorf("%s is no system call of any architecture", name)
		}
	}
}

func TestGuard(t *testing.T) {
	prctl, _ := typeOf(t, "prctl").Capture(ArchAMD64)
	config, _ := typeOf(t, "fsconfig").Capture(ArchAMD64)
	tests := []struct {
		name  string
		guard Guard
		args  [6]uint64
		want  bool
	}{
		{"none", Guard{}, [6]uint64{}, true},
		{"PR_SET_NAME", prctl.Texts[0].When, [6]uint64{15}, true},
		{"PR_SET_PDEATHSIG", prctl.Texts[0].When, [6]uint64{1}, false},
		{"PR_SET_VMA", prctl.Texts[0].When, [6]uint64{0x53564d41}, false},
		{"a key is always text", config.Texts[0].When, [6]uint64{3, 6}, true},
		{"FSCONFIG_SET_STRING", config.Texts[1].When, [6]uint64{3, 1}, true},
		{"FSCONFIG_SET_BINARY", config.Texts[1].When, [6]uint64{3, 2}, false},
		{"its data", config.Data.When, [6]uint64{3, 2}, true},
		{"FSCONFIG_SET_STRING has no data", config.Data.When, [6]uint64{3, 1}, false},
	}
	for _, test := range tests {
		if got := test.guard.Allows(&test.args); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestID(t *testing.T) {
	tests := map[string]uint16{
		"restart_syscall": 1, "getpid": 16, "setxattr": 141, "pivot_root": 137, "_newselect": 283, "statx": 367,
		"mseal": 442, "add_key": 189,
		"openat": 0, "listns": 0, "procexit": 0, // 0: none
	}
	for name, want := range tests {
		id, ok := typeOf(t, name).ID()
		if id != want || ok != (want != 0) {
			t.Errorf("%s is %d (%v), want %d", name, id, ok, want)
		}
	}
	// A call that is out of order is not found; one without parameters has no
	// number twice.
	seen := map[uint16]string{}
	for _, x := range genericIDs {
		if id, ok := typeOf(t, x.name).ID(); !ok || id != x.id {
			t.Errorf("%s is %d (%v), want %d", x.name, id, ok, x.id)
		}
		if other := seen[x.id]; other != "" {
			t.Errorf("%s and %s are both %d", other, x.name, x.id)
		}
		seen[x.id] = x.name
		if p := Describe(typeOf(t, x.name)).Params; &p[0] != &genericParams[0] {
			t.Errorf("%s has parameters of its own", x.name)
		}
	}
}
