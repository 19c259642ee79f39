package event

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// otherNames are the system calls whose event type has another name.
var otherNames = map[string]string{
	"pread64":   "pread",   // the kernel's name tells the width of the offset
	"pwrite64":  "pwrite",  // likewise
	"prlimit64": "prlimit", // likewise, of the limits
}

// noCalls are the numbers no event type stands for.
var noCalls = map[string]string{
	"afs_syscall":           "never in the kernel",
	"putpmsg":               "never in the kernel",
	"security":              "never in the kernel",
	"tuxcall":               "never in the kernel",
	"vserver":               "never in the kernel",
	"arch_specific_syscall": "marks where the numbers of one architecture begin",
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

// Every system call of the two architectures is an event type's, and no event
// type claims one that does not exist.
func TestEverySystemCallIsClassified(t *testing.T) {
	archs := map[string]func(*Call) int{
		"amd64": func(c *Call) int { return c.AMD64 },
		"arm64": func(c *Call) int { return c.ARM64 },
	}
	for arch, number := range archs {
		t.Run(arch, func(t *testing.T) {
			want := map[string]int{}
			for name, n := range systemCalls(t, arch) {
				if other, ok := otherNames[name]; ok {
					name = other
				}
				if noCalls[name] == "" {
					want[name] = n
				}
			}
			got := map[string]int{}
			for typ := range Types {
				if info := Describe(typ); info.Call != nil && number(info.Call) >= 0 {
					got[info.Name] = number(info.Call)
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
	amd64, arm64 := map[int]Type{}, map[int]Type{}
	for typ := range Types {
		info := Describe(typ)
		if info.Call == nil {
			continue
		}
		if info.Class != ClassSyscall {
			t.Errorf("%v is of class %v and has the numbers of a call", typ, info.Class)
		}
		if info.Call.AMD64 < 0 && info.Call.ARM64 < 0 {
			t.Errorf("%v has no number on any architecture: it needs no Call", typ)
		}
		claim(t, amd64, info.Call.AMD64, typ)
		claim(t, arm64, info.Call.ARM64, typ)
	}
}

func claim(t *testing.T, seen map[int]Type, n int, typ Type) {
	t.Helper()
	if other, ok := seen[n]; ok && n >= 0 {
		t.Errorf("%v and %v are both call %d", other, typ, n)
	}
	seen[n] = typ
}
