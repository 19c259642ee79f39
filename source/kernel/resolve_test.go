package kernel

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// resolveTree is a directory with a secret, a link to it and a link to its
// directory.
func resolveTree(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []error{
		os.Mkdir(dir+"/real", 0o755), os.WriteFile(dir+"/real/secret", nil, 0o600),
		os.Symlink("real", dir+"/way"), os.Symlink(dir+"/real/secret", dir+"/link"),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	return dir
}

func typeOf(t *testing.T, name string) event.Type {
	t.Helper()
	typ, ok := event.ByName(name)
	if !ok {
		t.Fatalf("no event type %s", name)
	}
	return typ
}

// The names a call was given lead to others through symlinks of their
// directories; a last one is followed by the calls that do so.
func TestResolvePaths(t *testing.T) {
	dir := resolveTree(t)
	self := &event.Process{PID: int32(os.Getpid()), VPID: int32(os.Getpid())}
	tests := []struct {
		call, raw, name, real string
	}{
		{"unlink", dir + "/way/secret", dir + "/way/secret", dir + "/real/secret"},
		{"unlink", dir + "/way/gone", dir + "/way/gone", dir + "/real/gone"},
		{"unlink", dir + "/link", dir + "/link", ""},
		{"chmod", dir + "/link", dir + "/link", dir + "/real/secret"},
		{"chmod", dir + "/way/secret", dir + "/way/secret", dir + "/real/secret"},
		{"chmod", dir + "/real/secret", dir + "/real/secret", ""},
		{"unlinkat", "secret", dir + "/way/secret", ""}, // in a directory whose real name the kernel told
		{"unlink", dir + "/nowhere/secret", dir + "/nowhere/secret", ""},
		{"unlink", "/proc/self/root" + dir + "/way/secret", "/proc/self/root" + dir + "/way/secret", ""}, // not to be followed from outside
		{"chmod", "", "", ""},
	}
	r := newResolver(HostFS{})
	for _, tt := range tests {
		e := &event.Event{Type: typeOf(t, tt.call), Process: self}
		e.Paths[0] = event.Path{Raw: tt.raw, Name: tt.name}
		r.paths(e)
		if got := e.Paths[0].Real; got != tt.real {
			t.Errorf("%s(%q): real name %q, want %q", tt.call, tt.raw, got, tt.real)
		}
	}
	gone := &event.Process{PID: 1 << 22, Container: &event.Container{ID: "0123456789ab"}}
	e := &event.Event{Type: typeOf(t, "unlink"), Process: gone}
	e.Paths[0] = event.Path{Raw: dir + "/way/secret", Name: dir + "/way/secret"}
	if r.paths(e); e.Paths[0].Real != "" {
		t.Errorf("a name of a container that is gone was looked for on the host: %q", e.Paths[0].Real)
	}
}

// A file that was not opened, or whose descriptor changed hands, is looked for.
func TestResolveFile(t *testing.T) {
	dir := resolveTree(t)
	self := &event.Process{PID: int32(os.Getpid()), VPID: int32(os.Getpid())}
	const none = int64(0)
	tests := map[string]struct {
		res           int64
		flags         uint64
		real          string
		wantReal, alt string
	}{
		"opened":             {3, 0, "/x", "/x", ""},
		"refused":            {-int64(unix.EACCES), 0, "", dir + "/real/secret", ""},
		"not there":          {-int64(unix.ENOENT), 0, "", "", ""},
		"without descriptor": {none, 0, "", dir + "/real/secret", ""},
		"taken away":         {3, record.Shared, "", dir + "/real/secret", ""},
		"exchanged":          {3, record.Shared, "/etc/passwd", "/etc/passwd", dir + "/real/secret"},
		"shared by chance":   {3, record.Shared, dir + "/real/secret", dir + "/real/secret", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := &event.Event{Type: event.Openat, Process: self, Res: tt.res, HasFD: true}
			e.FD.Name, e.FD.RealName = dir+"/link", tt.real
			newResolver(HostFS{}).file(e, &record.Record{Flags: tt.flags})
			if e.FD.RealName != tt.wantReal || e.FD.Watched != tt.alt {
				t.Errorf("real name %q, another %q; want %q, %q", e.FD.RealName, e.FD.Watched, tt.wantReal, tt.alt)
			}
		})
	}
}

// A name that is another file's by now was exchanged; one that leads through
// symlinks, or nowhere since the file is gone, need not have been.
func TestContradicts(t *testing.T) {
	dir := resolveTree(t)
	if err := os.WriteFile(dir+"/other", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	self := &event.Process{PID: int32(os.Getpid()), VPID: int32(os.Getpid())}
	secret := dir + "/real/secret"
	tests := map[string]struct {
		name, real string
		flags      uint64
		res        int64
		want       bool
		// elsewhere is set where the file that was opened is not there under that name.
		elsewhere bool
	}{
		"exchanged in a root that it left":             {dir + "/other", secret, record.Threads, 3, false, true},
		"exchanged for no name in a root that it left": {dir + "/none", secret, record.Threads, 3, false, true},
		"exchanged":               {dir + "/other", secret, record.Threads, 3, true, false},
		"exchanged for no name":   {dir + "/none", secret, record.Threads, 3, true, false},
		"by its name":             {secret, secret, record.Threads, 3, false, false},
		"through a directory":     {dir + "/way/secret", secret, record.Threads, 3, false, false},
		"through a link":          {dir + "/link", dir + "/other", record.Threads, 3, false, false},
		"gone":                    {dir + "/none", dir + "/real/none", record.Threads, 3, false, false},
		"removed while open":      {dir + "/none", secret, record.Threads | record.Deleted, 3, false, false},
		"one's own memory":        {dir + "/other", secret, 0, 3, false, false},
		"not opened":              {dir + "/other", "", record.Threads, -13, false, false},
		"its own process":         {"/proc/self/stat", "/proc/1/stat", record.Threads, 3, false, false},
		"relative to a lost name": {"other", secret, record.Threads, 3, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := &event.Event{Type: event.Openat, Process: self, Res: tt.res, HasFD: true}
			e.FD.Name, e.FD.RealName = tt.name, tt.real
			var st unix.Stat_t
			if unix.Lstat(tt.real, &st) == nil {
				e.FD.Ino = st.Ino
			}
			if tt.elsewhere {
				e.FD.Ino++
			}
			if got := newResolver(HostFS{}).contradicts(e, &record.Record{Flags: tt.flags}); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// The names of refused opens are followed so often a second only: two sensors on
// a machine would follow each other's.
func TestRefusedAreBounded(t *testing.T) {
	r := newResolver(HostFS{})
	followed := 0
	for i := range int64(10 * refusedPerSecond) {
		e := &event.Event{Type: event.Openat, Res: -int64(unix.EACCES), Process: &event.Process{PID: int32(os.Getpid())}, HasFD: true}
		e.FD.Name = "/etc/passwd"
		if r.file(e, &record.Record{Time: 5*second + i}); e.FD.RealName != "" {
			followed++
		}
	}
	if followed != refusedPerSecond {
		t.Errorf("%d followed in a second, want %d", followed, refusedPerSecond)
	}
	e := &event.Event{Type: event.Openat, Res: -int64(unix.EACCES), Process: &event.Process{PID: int32(os.Getpid())}, HasFD: true}
	e.FD.Name = "/etc/passwd"
	if r.file(e, &record.Record{Time: 6 * second}); e.FD.RealName == "" {
		t.Error("not followed in the next second")
	}
}
