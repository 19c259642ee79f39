package event

import "testing"

func TestAppendNames(t *testing.T) {
	tests := []struct {
		set  FlagSet
		v    uint32
		want string
	}{
		{openFlags, 0, "O_NONE"},
		{openFlags, ORdonly, "O_RDONLY"},
		{openFlags, ORdwr, "O_RDWR"}, // not its two parts as well
		{openFlags, OWronly | OCreat | OTrunc, "O_TRUNC|O_CREAT|O_WRONLY"},
		{openFlags, ORdwr | OCloexec | OFCreated, "O_RDWR|O_CLOEXEC|O_F_CREATED"},
		{openFlags, 1 << 31, ""},
		{openFlags, ORdonly | 1<<31, "O_RDONLY"},
		{resolveFlags, 0, ""},
		{resolveFlags, 1<<0 | 1<<3, "RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS"},
		{exeFlags, uint32(ExeWritable | ExeLowerLayer), "EXE_WRITABLE|EXE_LOWER_LAYER"},
		{nil, 5, ""},
	}
	for _, test := range tests {
		if got := string(test.set.AppendNames([]byte("x="), test.v)); got != "x="+test.want {
			t.Errorf("%#x is %q, want %q", test.v, got, "x="+test.want)
		}
	}
	buf := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() { openFlags.AppendNames(buf, ORdwr|OCreat) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// Every set has a name for each of its bits. Two names of one number, and one
// name twice, are Falco's own where they are listed.
func TestFlagsHaveNames(t *testing.T) {
	twice := map[string]bool{"AF_LOCAL": true, "AF_UNIX": true, "AF_NETLINK": true, "AF_ROUTE": true, "PR_MCE_KILL": true,
		"BPF_PROG_TEST_RUN": true, "BPF_PROG_RUN": true}
	for typ := range Types {
		for _, p := range Describe(typ).Params {
			names, bits := map[string]bool{}, map[uint32]bool{}
			for _, f := range p.Flags {
				if f.Name == "" || names[f.Name] && !twice[f.Name] {
					t.Errorf("%v.%s: the name %q is empty or there twice", typ, p.Name, f.Name)
				}
				if bits[f.Bit] && f.Bit != BitUnknown && !twice[f.Name] {
					t.Errorf("%v.%s: %s stands for %#x, which has a name", typ, p.Name, f.Name, f.Bit)
				}
				names[f.Name], bits[f.Bit] = true, true
			}
		}
	}
}

func TestParamAppendNames(t *testing.T) {
	tests := []struct {
		typ, param string
		v          uint64
		want       string
	}{
		{"openat", "flags", ORdwr | OCloexec, "O_RDWR|O_CLOEXEC"},
		{"openat", "fd", 3, ""},
		{"socket", "domain", 1, "AF_LOCAL"},
		{"socket", "domain", 2, "AF_INET"},
		{"socket", "domain", 10, "AF_INET6"}, // a number, not the bits 2 and 8
		{"socket", "domain", 16, "AF_ROUTE"},
		{"socket", "domain", 27, ""},
		{"ptrace", "request", 11, "PTRACE_ATTACH"},
		{"setsockopt", "optname", 53, "SO_COOKIE"},
		{"setsockopt", "level", 0, "UNKNOWN"},
		{"lseek", "whence", 0, "SEEK_SET"},
		{"lseek", "whence", 3, ""},
		{"bpf", "cmd", 5, "BPF_PROG_LOAD"},
		{"bpf", "cmd", 28, "BPF_LINK_CREATE"},
		{"bpf", "cmd", 10, "BPF_PROG_TEST_RUN"},
		{"prctl", "option", 15, "PR_SET_NAME"},
		{"prctl", "option", 33, "PR_MCE_KILL"},
		{"futex", "op", 129, "FUTEX_PRIVATE_FLAG|FUTEX_WAKE"},
		{"futex", "op", 0, "FUTEX_WAIT"},
		{"mmap", "prot", 3, "PROT_READ|PROT_WRITE"},
		{"mmap", "prot", 0, "PROT_NONE"},
		{"mmap", "flags", 10, "MAP_PRIVATE|MAP_ANONYMOUS"},
		{"clone", "flags", 1<<28 | 1<<6, "CLONE_NEWPID|CLONE_NEWCGROUP"},
		{"mount", "flags", 1<<31 | 1, "RDONLY|NOUSER"},
		{"unlinkat", "flags", 0x200, "AT_REMOVEDIR"},
		{"access", "mode", 4, "R_OK"},
		{"delete_module", "flags", 0, ""},
		{"delete_module", "flags", 1, "O_TRUNC"},
		{"delete_module", "flags", 3, "O_NONBLOCK|O_TRUNC"},
		{"pidfd_open", "flags", 1, "PIDFD_NONBLOCK"},
		// A name whose number is not known is not printed, whatever the value.
		{"shutdown", "how", 2, "SHUT_RDWR"},
		{"shutdown", "how", 1<<32 - 1, ""},
	}
	for _, test := range tests {
		typ, ok := ByName(test.typ)
		if !ok {
			t.Fatalf("no event type %s", test.typ)
		}
		found := false
		for _, p := range Describe(typ).Params {
			if p.Name != test.param {
				continue
			}
			found = true
			if got := string(p.AppendNames([]byte("x="), test.v)); got != "x="+test.want {
				t.Errorf("%s.%s %d is %q, want %q", test.typ, test.param, test.v, got, "x="+test.want)
			}
		}
		if !found {
			t.Errorf("%s has no parameter %s", test.typ, test.param)
		}
	}
}
