package event

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// otherNames are the system calls whose event type has another name: the
// kernel's tells the width of an argument, or of the process that passes it.
var otherNames = map[string]string{
	"_llseek":                      "llseek",
	"arm_fadvise64_64":             "fadvise64",
	"arm_sync_file_range":          "sync_file_range2",
	"chown32":                      "chown",
	"clock_adjtime64":              "clock_adjtime",
	"clock_getres_time64":          "clock_getres",
	"clock_gettime64":              "clock_gettime",
	"clock_nanosleep_time64":       "clock_nanosleep",
	"clock_settime64":              "clock_settime",
	"fadvise64_64":                 "fadvise64",
	"fchown32":                     "fchown",
	"fcntl64":                      "fcntl",
	"ftruncate64":                  "ftruncate",
	"futex_time64":                 "futex",
	"getegid32":                    "getegid",
	"geteuid32":                    "geteuid",
	"getgid32":                     "getgid",
	"getgroups32":                  "getgroups",
	"getresgid32":                  "getresgid",
	"getresuid32":                  "getresuid",
	"getuid32":                     "getuid",
	"io_pgetevents_time64":         "io_pgetevents",
	"lchown32":                     "lchown",
	"mq_timedreceive_time64":       "mq_timedreceive",
	"mq_timedsend_time64":          "mq_timedsend",
	"ppoll_time64":                 "ppoll",
	"pread64":                      "pread",
	"prlimit64":                    "prlimit",
	"pselect6_time64":              "pselect6",
	"pwrite64":                     "pwrite",
	"recvmmsg_time64":              "recvmmsg",
	"rt_sigtimedwait_time64":       "rt_sigtimedwait",
	"sched_rr_get_interval_time64": "sched_rr_get_interval",
	"semtimedop_time64":            "semtimedop",
	"sendfile64":                   "sendfile",
	"setfsgid32":                   "setfsgid",
	"setfsuid32":                   "setfsuid",
	"setgid32":                     "setgid",
	"setgroups32":                  "setgroups",
	"setregid32":                   "setregid",
	"setresgid32":                  "setresgid",
	"setresuid32":                  "setresuid",
	"setreuid32":                   "setreuid",
	"setuid32":                     "setuid",
	"timer_gettime64":              "timer_gettime",
	"timer_settime64":              "timer_settime",
	"timerfd_gettime64":            "timerfd_gettime",
	"timerfd_settime64":            "timerfd_settime",
	"truncate64":                   "truncate",
	"ugetrlimit":                   "getrlimit",
	"utimensat_time64":             "utimensat",
	"vm86old":                      "vm86",
}

// noCalls are the numbers no event type stands for.
var noCalls = map[string]string{
	"afs_syscall":           "never in the kernel",
	"break":                 "never in the kernel",
	"ftime":                 "never in the kernel",
	"gtty":                  "never in the kernel",
	"lock":                  "never in the kernel",
	"mpx":                   "never in the kernel",
	"prof":                  "never in the kernel",
	"profil":                "never in the kernel",
	"putpmsg":               "never in the kernel",
	"security":              "never in the kernel",
	"stty":                  "never in the kernel",
	"tuxcall":               "never in the kernel",
	"ulimit":                "never in the kernel",
	"vserver":               "never in the kernel",
	"arch_specific_syscall": "marks where the numbers of one architecture begin",
	"syscall_mask":          "is no number but a mask of them",
}

// systemCalls reads an architecture's numbers from golang.org/x/sys/unix.
func systemCalls(t *testing.T, arch string) map[string]int {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "golang.org/x/sys/unix").Output()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("no go command: the numbers of system calls are not compared")
	}
	if err != nil {
		t.Fatalf("find golang.org/x/sys/unix: %v", err)
	}
	f, err := os.Open(filepath.Join(strings.TrimSpace(string(out)), "zsysnum_linux_"+arch+".go"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	numbers := map[string]int{}
	constant := regexp.MustCompile(`^\s*SYS_(\w+)\s*=\s*(\d+)`)
	for scan := bufio.NewScanner(f); scan.Scan(); {
		if m := constant.FindStringSubmatch(scan.Text()); m != nil {
			n, err := strconv.Atoi(m[2])
			if err != nil {
				t.Fatal(err)
			}
			numbers[strings.ToLower(m[1])] = n
		}
	}
	if len(numbers) < 300 {
		t.Fatalf("%d system calls on %s", len(numbers), arch)
	}
	return numbers
}

// Every system call of every architecture is an event type's, and no event type
// claims one that does not exist.
func TestEverySystemCallIsClassified(t *testing.T) {
	archs := map[string]Arch{"amd64": ArchAMD64, "arm64": ArchARM64, "386": ArchI386, "arm": ArchARM}
	for name, arch := range archs {
		t.Run(name, func(t *testing.T) {
			want := map[string][]int{}
			for name, n := range systemCalls(t, name) {
				if other, ok := otherNames[name]; ok {
					name = other
				}
				if noCalls[name] == "" {
					want[name] = append(want[name], n)
				}
			}
			for _, numbers := range want {
				slices.Sort(numbers)
			}
			got := map[string][]int{}
			for typ := range Types {
				if numbers := Describe(typ).Numbers(arch); len(numbers) > 0 {
					got[typ.String()] = numbers
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-x/sys +schema):\n%s", diff)
			}
		})
	}
}

// A number is the call of one type only, and only system calls have one.
func TestCallsAreDistinct(t *testing.T) {
	for typ := range Types {
		info := Describe(typ)
		if info.Call == nil {
			continue
		}
		if info.Class != ClassSyscall {
			t.Errorf("%v is of class %v and has the numbers of a call", typ, info.Class)
		}
		if info.Call.AMD64 < 0 && info.Call.ARM64 < 0 && info.Call.I386 == nil && info.Call.ARM == nil {
			t.Errorf("%v has no number on any architecture: it needs no Call", typ)
		}
	}
	for arch := ArchAMD64; arch <= ArchX32; arch++ {
		seen := map[int]Type{}
		for typ := range Types {
			for _, n := range Describe(typ).Numbers(arch) {
				if other, ok := seen[n]; ok {
					t.Errorf("on architecture %d %v and %v are both call %d", arch, other, typ, n)
				}
				seen[n] = typ
			}
		}
	}
}
