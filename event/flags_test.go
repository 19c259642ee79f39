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

func TestFlagsHaveNames(t *testing.T) {
	for _, set := range []FlagSet{openFlags, resolveFlags, creatFlags, exeFlags} {
		names := map[string]bool{}
		for _, f := range set {
			if f.Name == "" || names[f.Name] {
				t.Errorf("the name %q is empty or there twice", f.Name)
			}
			names[f.Name] = true
		}
	}
}
