package event

// Arch is a way in which programs make system calls. On one machine there are
// several: besides its own, amd64 serves programs built for 32-bit x86 and for
// x32, arm64 those built for 32-bit ARM.
type Arch uint8

// The ways to make system calls.
const (
	ArchAMD64 Arch = iota
	ArchARM64
	ArchI386 // 32-bit x86: int 0x80, sysenter
	ArchARM  // 32-bit ARM, EABI
	ArchX32  // amd64 with 32-bit pointers: amd64's calls with X32Bit set
)

// X32Bit is set in the number of a call made the x32 way.
const X32Bit = 1 << 30

// Call is a system call's numbers on each architecture.
type Call struct {
	// AMD64 and ARM64 are -1 where the call does not exist.
	AMD64, ARM64 int
	// I386 and ARM are the numbers of 32-bit programs. There can be several: a
	// call whose arguments became too narrow got a wider twin (setuid32,
	// clock_gettime64), which is the same event.
	I386, ARM []int
}

// Numbers lists the numbers under which callers of the architecture make the
// call, without X32Bit; none where they cannot. Calls reached through the
// multiplexers of 32-bit x86 (SocketCall, IPCCall) may have none.
func (i *Info) Numbers(arch Arch) []int {
	if i.Call == nil {
		return nil
	}
	switch arch {
	case ArchAMD64:
		return oneNumber(i.Call.AMD64)
	case ArchARM64:
		return oneNumber(i.Call.ARM64)
	case ArchI386:
		return i.Call.I386
	case ArchARM:
		return i.Call.ARM
	}
	return oneNumber(x32Number(i))
}

func oneNumber(n int) []int {
	if n < 0 {
		return nil
	}
	return []int{n}
}

// firstX32 is the number of the first call in x32Calls.
const firstX32 = 512

// x32Calls are the calls that have another number for x32 than for amd64,
// because pointers lie in what their arguments point to.
var x32Calls = [...]string{
	"rt_sigaction", "rt_sigreturn", "ioctl", "readv", "writev", "recvfrom", "sendmsg", "recvmsg", "execve", "ptrace",
	"rt_sigpending", "rt_sigtimedwait", "rt_sigqueueinfo", "sigaltstack", "timer_create", "mq_notify", "kexec_load",
	"waitid", "set_robust_list", "get_robust_list", "vmsplice", "move_pages", "preadv", "pwritev",
	"rt_tgsigqueueinfo", "recvmmsg", "sendmmsg", "process_vm_readv", "process_vm_writev", "setsockopt",
	"getsockopt", "io_setup", "io_submit", "execveat", "preadv2", "pwritev2",
}

// notX32 are the calls of amd64 that x32 has not.
var notX32 = [...]string{
	"uselib", "_sysctl", "create_module", "get_kernel_syms", "query_module", "nfsservctl", "set_thread_area",
	"get_thread_area", "epoll_ctl_old", "epoll_wait_old", "uretprobe", "uprobe",
}

func x32Number(i *Info) int {
	for n, name := range x32Calls {
		if name == i.Name {
			return firstX32 + n
		}
	}
	for _, name := range notX32 {
		if name == i.Name {
			return -1
		}
	}
	return i.Call.AMD64
}

// SocketCall returns the event type of socketcall's call n, through which
// programs of 32-bit x86 may make all calls on sockets; false where there is no
// such call.
func SocketCall(n int) (Type, bool) {
	names := [...]string{
		1: "socket", 2: "bind", 3: "connect", 4: "listen", 5: "accept", 6: "getsockname", 7: "getpeername",
		8: "socketpair", 9: "send", 10: "recv", 11: "sendto", 12: "recvfrom", 13: "shutdown", 14: "setsockopt",
		15: "getsockopt", 16: "sendmsg", 17: "recvmsg", 18: "accept4", 19: "recvmmsg", 20: "sendmmsg",
	}
	if n < 1 || n >= len(names) {
		return 0, false
	}
	return ByName(names[n])
}

// IPCCall returns the event type of ipc's call n, through which programs of
// 32-bit x86 may make the calls of System V IPC; false where there is no such
// call. The upper half of the number, a version, is not looked at.
func IPCCall(n int) (Type, bool) {
	names := [...]string{
		1: "semop", 2: "semget", 3: "semctl", 4: "semtimedop", 11: "msgsnd", 12: "msgrcv", 13: "msgget", 14: "msgctl",
		21: "shmat", 22: "shmdt", 23: "shmget", 24: "shmctl",
	}
	n &= 0xffff
	if n >= len(names) || names[n] == "" {
		return 0, false
	}
	return ByName(names[n])
}
