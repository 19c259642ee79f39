package kernel

import (
	"net/netip"
	"os"
	"path"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

func TestAbsolute(t *testing.T) {
	tests := []struct{ dir, raw, want string }{
		{"/home/u", "", ""},
		{"/home/u", "/", "/"},
		{"/home/u", "/etc/shadow", "/etc/shadow"},
		{"/home/u", "//etc///shadow//", "/etc/shadow"},
		{"/home/u", "/etc/../etc/./shadow", "/etc/shadow"},
		{"/home/u", "/../../etc", "/etc"},
		{"/home/u", "/..", "/"},
		{"/home/u", "shadow", "/home/u/shadow"},
		{"/home/u", "./a/../../b", "/home/b"},
		{"/home/u", "../../../x", "/x"},
		{"/home/u", ".", "/home/u"},
		{"/home/u", "..", "/home"},
		{"/", "..", "/"},
		{"/", "x", "/x"},
		{"/home/u", "...", "/home/u/..."},
		{"/home/u", "/.hidden/..x", "/.hidden/..x"},
		{"/home/u", "/a/.", "/a"},
		{"/home/u", "a\x00b", "/home/u/a\x00b"},
		// The directory is not known: better the program's word than a guess.
		{"", "x/../y", "x/../y"},
		{"", "/x/../y", "/y"},
	}
	var b pathBuffer
	for _, test := range tests {
		if got := b.absolute(test.dir, test.raw); got != test.want {
			t.Errorf("absolute(%q, %q) = %q, want %q", test.dir, test.raw, got, test.want)
		}
	}
}

func FuzzAbsolute(f *testing.F) {
	for _, dir := range []string{"/", "/home/u", "", "/a/../b/"} {
		for _, raw := range []string{"", "/", "..", "a/./b/../c", "//x//", "/...", "/a/..", ".a", "./", "\xff"} {
			f.Add(dir, raw)
		}
	}
	var b pathBuffer
	f.Fuzz(func(t *testing.T, dir, raw string) {
		if dir != "" {
			dir = "/" + dir // the kernel's directories are absolute
		}
		want := ""
		switch {
		case raw == "":
		case raw[0] == '/':
			want = path.Clean(raw)
		case dir == "":
			want = raw
		default:
			want = path.Join(dir, raw)
		}
		if got := b.absolute(dir, raw); got != want {
			t.Errorf("absolute(%q, %q) = %q, want %q", dir, raw, got, want)
		}
	})
}

func TestAbsoluteAllocatesNothing(t *testing.T) {
	var b pathBuffer
	b.absolute("/some/directory", "../a/longer/name/to/grow/the/buffer")
	if n := testing.AllocsPerRun(100, func() {
		b.absolute("/etc", "../etc/./shadow")
		b.absolute("/etc", "/etc/shadow")
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestOpenFlags(t *testing.T) {
	tests := map[string]struct {
		kernel uint32
		layers uint64
		want   string
	}{
		"reading":        {unix.O_RDONLY, 0, "O_RDONLY"},
		"writing":        {unix.O_WRONLY, 0, "O_WRONLY"},
		"both":           {unix.O_RDWR, 0, "O_RDWR"},
		"neither":        {3, 0, "O_NONE"}, // an ioctl-only descriptor
		"shell redirect": {unix.O_WRONLY | unix.O_CREAT | unix.O_TRUNC, openCreated, "O_TRUNC|O_CREAT|O_WRONLY|O_F_CREATED"},
		"appending":      {unix.O_WRONLY | unix.O_APPEND | unix.O_CREAT | unix.O_EXCL, 0, "O_EXCL|O_APPEND|O_CREAT|O_WRONLY"},
		"directory":      {unix.O_DIRECTORY | unix.O_CLOEXEC | unix.O_NONBLOCK, 0, "O_DIRECTORY|O_NONBLOCK|O_RDONLY|O_CLOEXEC"},
		"direct":         {unix.O_DIRECT | unix.O_RDWR, 0, "O_DIRECT|O_RDWR"},
		"data sync":      {unix.O_DSYNC | unix.O_WRONLY, 0, "O_DSYNC|O_WRONLY"},
		"temporary":      {unix.O_TMPFILE | unix.O_RDWR, 0, "O_DIRECTORY|O_RDWR|O_TMPFILE"},
		"upper layer":    {unix.O_RDONLY, openUpper, "O_RDONLY|FD_UPPER_LAYER"},
		"only a place":   {unix.O_PATH | unix.O_CLOEXEC, 0, "O_CLOEXEC"},
		"a directory":    {unix.O_PATH | unix.O_DIRECTORY, 0, "O_DIRECTORY"},
		"lower layer":    {unix.O_RDONLY, openLower, "O_RDONLY|FD_LOWER_LAYER"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := string(event.OpenFlags().AppendNames(nil, openFlags(test.kernel, test.layers)))
			if got != test.want {
				t.Errorf("%#x: %s, want %s", test.kernel, got, test.want)
			}
		})
	}
	if runtime.GOARCH == "amd64" && openFlags(0o100000, 0)&event.OLargefile == 0 {
		t.Error("O_LARGEFILE is not seen")
	}
}

func TestFileType(t *testing.T) {
	for mode, want := range map[uint64]event.FDType{
		0: event.FDFile, unix.S_IFREG | 0o644: event.FDFile, unix.S_IFDIR | 0o755: event.FDDirectory,
		unix.S_IFIFO: event.FDPipe, unix.S_IFCHR: event.FDFile,
	} {
		if got := fileType(mode); got != want {
			t.Errorf("mode %o: %v, want %v", mode, got, want)
		}
	}
}

// newTestWorker is a worker that decodes without a kernel half.
func newTestWorker() *worker {
	s := &Source{proc: ordinaryProc, open: newOpenLayout(), captures: newCaptures(), roles: newRoles(), convert: newConverter(), exec: newExecLayout()}
	return newWorker(s, nil)
}

func TestDecodeOpen(t *testing.T) {
	w := newTestWorker()
	l := &w.source.open
	r := &record.Record{Res: 7}
	r.Nums[l.fd], r.Nums[l.dirfd], r.Nums[l.mode] = 7, uint64(0xffffffffffffff9c), 0o600
	r.Nums[l.flags], r.Nums[l.resolve] = unix.O_WRONLY|unix.O_CREAT, unix.RESOLVE_NO_SYMLINKS
	r.Nums[l.dev], r.Nums[l.ino], r.Nums[l.imode] = 8<<20|1, 4711, unix.S_IFREG
	r.Nums[l.fflags] = openUpper
	r.Strs[l.name], r.Strs[l.realpath], r.Strs[l.dirpath] = "../link", "/etc/shadow", "/home/u"
	flags := uint32(event.OWronly | event.OCreat | event.FDUpper)
	fd := event.FD{
		Num: 7, Type: event.FDFile, Name: "/home/link", RawName: "../link", RealName: "/etc/shadow",
		Dev: 0x801, Ino: 4711, Flags: flags,
	}
	tests := map[event.Type]struct {
		flags uint32
		args  map[string]event.Arg
	}{
		event.Open:   {flags, map[string]event.Arg{"fd": {Num: 7}, "name": {Str: "../link"}, "flags": {Num: uint64(flags)}, "mode": {Num: 0o600}, "dev": {Num: 0x801}, "ino": {Num: 4711}}},
		event.Openat: {flags, map[string]event.Arg{"fd": {Num: 7}, "dirfd": {Num: ^uint64(99)}, "name": {Str: "../link"}, "flags": {Num: uint64(flags)}, "mode": {Num: 0o600}, "dev": {Num: 0x801}, "ino": {Num: 4711}}},
		event.Openat2: {flags, map[string]event.Arg{
			"fd": {Num: 7}, "dirfd": {Num: ^uint64(99)}, "name": {Str: "../link"}, "flags": {Num: uint64(flags)},
			"mode": {Num: 0o600}, "resolve": {Num: 1 << 3}, "dev": {Num: 0x801}, "ino": {Num: 4711},
		}},
		event.Creat: {event.OWronly | event.OCreat | event.OTrunc | event.FDUpper, map[string]event.Arg{
			"fd": {Num: 7}, "name": {Str: "../link"}, "mode": {Num: 0o600}, "dev": {Num: 0x801}, "ino": {Num: 4711}, "creat_flags": {Num: 1},
		}},
	}
	for typ, test := range tests {
		t.Run(typ.String(), func(t *testing.T) {
			e := &event.Event{Type: typ, Res: r.Res}
			w.decodeOpen(r, e)
			want := fd
			want.Flags = test.flags
			if diff := cmp.Diff(want, e.FD, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" || !e.HasFD {
				t.Errorf("descriptor (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.args, params(e)); diff != "" {
				t.Errorf("parameters (-want +got):\n%s", diff)
			}
		})
	}

	failed := *r
	failed.Res = -13
	failed.Nums[l.imode], failed.Strs[l.realpath] = 0, ""
	e := &event.Event{Type: event.Openat, Res: failed.Res}
	w.decodeOpen(&failed, e)
	if e.FD.Num != -1 || e.FD.Type != event.FDFile || e.NamesDiffer() || e.FileName() != "/home/link" {
		t.Errorf("a failed open: %+v", e.FD)
	}
	if a, ok := e.Param(0); !ok || int64(a.Num) != -13 {
		t.Errorf("a failed open's fd is %d, want the error", int64(a.Num))
	}
}

// A name that begins at the directory given, as runtimes open files of containers.
func TestDecodeOpenInRoot(t *testing.T) {
	w := newTestWorker()
	l := &w.source.open
	for _, tt := range []struct {
		typ       event.Type
		raw       string
		res       int64
		resolve   uint64
		wantGiven string
	}{
		{event.Openat2, "/etc/shadow", 7, unix.RESOLVE_IN_ROOT, "/merged/etc/shadow"},
		{event.Openat2, "etc/shadow", 7, unix.RESOLVE_IN_ROOT, "/dir/etc/shadow"},
		{event.Openat2, "/etc/shadow", 7, unix.RESOLVE_NO_SYMLINKS, "/etc/shadow"},
		{event.Openat2, "/etc/shadow", -13, unix.RESOLVE_IN_ROOT, "/etc/shadow"},
		{event.Openat, "/etc/shadow", 7, 0, "/etc/shadow"},
	} {
		r := &record.Record{Res: tt.res, Flags: record.Threads}
		r.Nums[l.resolve] = tt.resolve
		r.Strs[l.name], r.Strs[l.dirpath] = tt.raw, "/dir"
		if tt.res >= 0 {
			r.Strs[l.realpath] = "/merged/etc/shadow"
		}
		e := &event.Event{Type: tt.typ, Res: tt.res, Process: &event.Process{PID: int32(os.Getpid())}}
		w.decodeOpen(r, e)
		if e.FD.Name != tt.wantGiven || e.FD.RawName != tt.raw {
			t.Errorf("%v of %s with %#x: %s, want %s", tt.typ, tt.raw, tt.resolve, e.FD.Name, tt.wantGiven)
		}
		if tt.resolve == unix.RESOLVE_IN_ROOT && w.resolver.contradicts(e, r) && tt.raw[0] == '/' {
			t.Errorf("%s in another root was taken for a name that changed", tt.raw)
		}
	}
}

// params are all parameters of an event by their names.
func params(e *event.Event) map[string]event.Arg {
	all := map[string]event.Arg{}
	for i, p := range event.Describe(e.Type).Params {
		if a, ok := e.Param(i); ok {
			all[p.Name] = event.Arg{Num: a.Num, Str: strings.Clone(a.Str)}
		}
	}
	return all
}
