package event

import (
	"bufio"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func typeOf(t *testing.T, name string) Type {
	t.Helper()
	typ, ok := ByName(name)
	if !ok {
		t.Fatalf("no event type is called %q", name)
	}
	return typ
}

func TestNumbers(t *testing.T) {
	type numbers struct{ AMD64, ARM64, I386, ARM, X32 []int }
	tests := map[string]numbers{
		"openat":        {[]int{257}, []int{56}, []int{295}, []int{322}, []int{257}},
		"open":          {[]int{2}, nil, []int{5}, []int{5}, []int{2}},
		"execve":        {[]int{59}, []int{221}, []int{11}, []int{11}, []int{520}},
		"execveat":      {[]int{322}, []int{281}, []int{358}, []int{387}, []int{545}},
		"ptrace":        {[]int{101}, []int{117}, []int{26}, []int{26}, []int{521}},
		"setuid":        {[]int{105}, []int{146}, []int{23, 213}, []int{23, 213}, []int{105}},
		"clock_gettime": {[]int{228}, []int{113}, []int{265, 403}, []int{263, 403}, []int{228}},
		"stat64":        {nil, nil, []int{195}, []int{195}, nil},
		"mmap2":         {nil, nil, []int{192}, []int{192}, nil},
		"umount":        {nil, nil, []int{22}, nil, nil},
		"umount2":       {[]int{166}, []int{39}, []int{52}, []int{52}, []int{166}},
		"llseek":        {nil, nil, []int{140}, []int{140}, nil},
		"sendfile":      {[]int{40}, []int{71}, []int{187, 239}, []int{187, 239}, []int{40}},
		"accept":        {[]int{43}, []int{202}, nil, []int{285}, []int{43}},
		"send":          {nil, nil, nil, []int{289}, nil},
		"uselib":        {[]int{134}, nil, []int{86}, []int{86}, nil},
		"renameat":      {[]int{264}, []int{38}, []int{302}, []int{329}, []int{264}},
		"vm86":          {nil, nil, []int{113, 166}, nil, nil},
		"pwritev2":      {[]int{328}, []int{287}, []int{379}, []int{393}, []int{547}},
		"procexit":      {},
	}
	for name, want := range tests {
		info := Describe(typeOf(t, name))
		got := numbers{
			info.Numbers(ArchAMD64), info.Numbers(ArchARM64), info.Numbers(ArchI386), info.Numbers(ArchARM),
			info.Numbers(ArchX32),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The numbers of x32 are those of the C library's header, where there is one.
// The header may be older than the schema, so only its own calls are compared.
func TestX32IsTheHeaders(t *testing.T) {
	const header = "/usr/include/x86_64-linux-gnu/asm/unistd_x32.h"
	f, err := os.Open(header)
	if err != nil {
		t.Skip("no header to compare with: ", err)
	}
	defer f.Close()
	got := map[int]string{}
	for typ := range Types {
		for _, n := range Describe(typ).Numbers(ArchX32) {
			got[n] = typ.String()
		}
	}
	define := regexp.MustCompile(`__NR_(\w+) \(__X32_SYSCALL_BIT \+ (\d+)\)`)
	seen, last := map[int]bool{}, 0
	for scan := bufio.NewScanner(f); scan.Scan(); {
		m := define.FindStringSubmatch(scan.Text())
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		name := m[1]
		if other, ok := otherNames[name]; ok {
			name = other
		}
		seen[n] = true
		if n < firstX32 {
			last = max(last, n)
		}
		if noCalls[name] == "" && got[n] != name {
			t.Errorf("x32's call %d is %s, want %s", n, got[n], name)
		}
	}
	if last < 400 {
		t.Fatalf("the header has calls up to %d only", last)
	}
	for n, name := range got {
		if !seen[n] && (n <= 334 || n >= firstX32) { // later numbers are the same everywhere, and newer than some headers
			t.Errorf("%s is x32's call %d: the header has none", name, n)
		}
	}
}

func TestMultiplexers(t *testing.T) {
	tests := []struct {
		lookup func(int) (Type, bool)
		n      int
		want   string
	}{
		{SocketCall, -1, ""},
		{SocketCall, 0, ""},
		{SocketCall, 1, "socket"},
		{SocketCall, 3, "connect"},
		{SocketCall, 8, "socketpair"},
		{SocketCall, 9, "send"},
		{SocketCall, 18, "accept4"},
		{SocketCall, 20, "sendmmsg"},
		{SocketCall, 21, ""},
		{IPCCall, 0, ""},
		{IPCCall, 1, "semop"},
		{IPCCall, 4, "semtimedop"},
		{IPCCall, 5, ""},
		{IPCCall, 1<<16 | 12, "msgrcv"},
		{IPCCall, 24, "shmctl"},
		{IPCCall, 25, ""},
		{IPCCall, -1, ""},
	}
	for _, test := range tests {
		got, ok := test.lookup(test.n)
		if ok != (test.want != "") || ok && got.String() != test.want {
			t.Errorf("%d is %v (%v), want %q", test.n, got, ok, test.want)
		}
	}
	// Each name in the tables is an event type's: no number in between is missing.
	for n := 1; n <= 20; n++ {
		if _, ok := SocketCall(n); !ok {
			t.Errorf("socketcall %d is none", n)
		}
	}
	for _, n := range []int{1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24} {
		if _, ok := IPCCall(n); !ok {
			t.Errorf("ipc call %d is none", n)
		}
	}
}
