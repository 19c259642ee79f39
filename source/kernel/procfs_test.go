package kernel

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
	"github.com/gyrsec/gyr/source/kernel/record"
)

const statFields = " S 50 60 61 34816 70 4194304 1 2 3 4 5 6 7 8 20 0 1 0 12345 1000 2 18446744073709551615"

func TestParseStat(t *testing.T) {
	want := stat{state: 'S', ppid: 50, pgid: 60, sid: 61, tty: 34816, minorFaults: 1, majorFaults: 3, threads: 1, start: 123_450 * int64(time.Millisecond)}
	for _, name := range []string{"bash", "", "a b", "(sd-pam)", ") S 1 2 3", "\n", "tmux: server"} {
		got, ok := parseStat("70 (" + name + ")" + statFields + "\n")
		want.name = name
		if !ok || got != want {
			t.Errorf("name %q: %+v (%v), want %+v", name, got, ok, want)
		}
	}
	for _, bad := range []string{
		"", "70", "70 (bash)", "70 )bash(" + statFields, "70 (bash) S 50 60",
		"70 (bash)" + strings.Replace(statFields, "12345", "x", 1),
		"70 (bash)" + strings.Replace(statFields, " 50 ", " 99999999999999999999 ", 1),
	} {
		if got, ok := parseStat(bad); ok {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add("70 (bash)" + statFields)
	f.Add("70 (a) b)" + statFields + "\n")
	f.Add("70 (")
	f.Add(")(")
	f.Fuzz(func(t *testing.T, line string) {
		if s, ok := parseStat(line); ok && !strings.Contains(line, "("+s.name+")") {
			t.Errorf("%q has the name %q", line, s.name)
		}
	})
}

func TestParseCgroups(t *testing.T) {
	tests := map[string]struct{ file, v2, v1 string }{
		"empty":          {"", "/", "/"},
		"v2":             {"0::/user.slice/a:b\n", "/user.slice/a:b", "/"},
		"v2 root":        {"0::/\n", "/", "/"},
		"v1":             {"4:memory:/docker/x\n3:cpuset:/other\n1:name=systemd:/s\n", "/", "/docker/x"},
		"pids first":     {"4:memory:/m\n3:pids:/p\n", "/", "/p"},
		"not the root":   {"4:memory:/m\n3:pids:/\n", "/", "/m"},
		"joined":         {"4:cpu,memory,pids:/p\n0::/u\n", "/u", "/p"},
		"hybrid":         {"12:pids:/docker/x\n1:name=systemd:/docker/x\n0::/system.slice\n", "/system.slice", "/docker/x"},
		"others only":    {"5:devices:/d\n4:blkio:/b\n", "/", "/"},
		"no line break":  {"0::/x", "/x", "/"},
		"no cgroup file": {"what is this\n::\n:\n", "/", "/"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if v2, v1 := parseCgroups(test.file); v2 != test.v2 || v1 != test.v1 {
				t.Errorf("got %q %q, want %q %q", v2, v1, test.v2, test.v1)
			}
		})
	}
}

// What /proc says of this process is what is known of it otherwise.
func TestReadProc(t *testing.T) {
	s, _, _ := newTestSource(event.TypeSet{})
	p, parent, ok := s.readProc(int32(os.Getpid()))
	if !ok {
		t.Fatal("this process is not found")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cwd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Stat(exe, &st); err != nil {
		t.Fatal(err)
	}
	sid, err := unix.Getsid(0)
	if err != nil {
		t.Fatal(err)
	}
	first, ok := ordinaryProc.readStat(1)
	if !ok {
		t.Fatal("the first process is not in /proc")
	}
	want := &event.Process{
		PID: int32(os.Getpid()), PPID: int32(os.Getppid()), PGID: int32(unix.Getpgrp()), SID: int32(sid),
		Exe: os.Args[0], ExePath: exe, Args: os.Args[1:], ArgsLine: strings.Join(os.Args[1:], " "),
		Name: filepath.Base(exe), CWD: cwd + "/", UID: uint32(os.Geteuid()), GID: uint32(os.Getegid()),
		NamespaceStart: first.start,
		ExeIno:         st.Ino, ExeMtime: st.Mtim.Nano(), ExeCtime: st.Ctim.Nano(),
	}
	if len(want.Name) > 15 {
		want.Name = want.Name[:15]
	}
	want.Cmdline = process.Cmdline(want.Name, want.ArgsLine)
	want.ArgsLen = uint64(len(strings.Join(os.Args, "\x00")) + 1)
	ignored := cmpopts.IgnoreFields(event.Process{}, "Env", "VPID", "VPGID", "VSID", "Start", "TTY", "LoginUID",
		"CapInheritable", "CapPermitted", "CapEffective", "ExeDev", "ExeFlags", "Cgroup", "CgroupV1", "Use", "Stdio")
	if diff := cmp.Diff(want, p, ignored, cmpopts.IgnoreUnexported(event.Process{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if u := p.Use; u == nil || u.Descriptors != int64(files.Cur) || u.VMResident < 1024 || u.VMSize < u.VMResident || u.MinorFaults == 0 {
		t.Errorf("use %+v", p.Use)
	}
	if now := sinceBoot(); p.Start <= 0 || p.Start > now {
		t.Errorf("started %d ns after boot, now it is %d", p.Start, now)
	}
	if st, ok := ordinaryProc.readStat(int32(os.Getppid())); !ok || parent != process.KeyOf(int32(os.Getppid()), st.start) {
		t.Errorf("parent %x", parent)
	}
	if _, _, ok := s.readProc(1 << 30); ok {
		t.Error("a process that is not there is found")
	}
}

// awaitArgs waits until /proc shows the arguments of a program that was started:
// that its exec succeeded is known a moment before.
func awaitArgs(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if b, err := os.ReadFile(ordinaryProc.path(int32(pid), "cmdline")); err == nil && len(b) > 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatal("a program that was started has no arguments")
		}
	}
}

// A process that was deleted from under its file, and one with long arguments.
func TestReadProcOfOthers(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("sleep is not installed")
	}
	b, err := os.ReadFile(sleep)
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(t.TempDir(), "gone")
	if err := os.WriteFile(own, b, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := &exec.Cmd{Path: own, Args: []string{strings.Repeat("x", 9000), "60"}, Env: []string{"A=1", "EMPTY="}}
	if err := cmd.Start(); err != nil {
		t.Skipf("a copy of sleep does not run here: %v", err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	if err := os.Remove(own); err != nil {
		t.Fatal(err)
	}
	awaitArgs(t, cmd.Process.Pid)
	s, _, _ := newTestSource(event.TypeSet{})
	p, _, ok := s.readProc(int32(cmd.Process.Pid))
	if !ok {
		t.Fatal("the process is not found")
	}
	if p.ExePath != own || p.ExeFlags&event.ExeDeleted == 0 {
		t.Errorf("path %q flags %b, want %q and deleted", p.ExePath, p.ExeFlags, own)
	}
	if p.ArgsLen != 9004 || !p.Truncated || len(p.Exe) != keptBytes || len(p.ArgsLine) > keptArgs || !strings.HasSuffix(p.ArgsLine, "x 60") {
		t.Errorf("%d bytes of arguments, cut: %v, %d and %d kept; want 9004, true, %d and as many to the end", p.ArgsLen, p.Truncated, len(p.Exe), len(p.ArgsLine), keptBytes)
	}
	if diff := cmp.Diff([]string{"A=1", "EMPTY="}, p.Env); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

// A process nothing is known of is one that is marked so, and found again.
func TestUnknownTask(t *testing.T) {
	s, _, _ := newTestSource(event.TypeSet{})
	r := &record.Record{PID: 1 << 30, Start: 5e9, Time: 6e9, UID: 7, GID: 8}
	key := process.KeyOf(r.PID, r.Start)
	task := s.task(key, r)
	p := task.At(r.Time)
	if !p.Incomplete || p.PID != r.PID || p.UID != 7 || p.GID != 8 || p.LoginUID != event.NoLoginUID {
		t.Errorf("got %+v", p)
	}
	if s.task(key, r) != task {
		t.Error("the next event of the process finds another task")
	}
	// A PID that is in use again is another process: its description is not taken.
	r.PID = int32(os.Getpid())
	if p := s.task(process.KeyOf(r.PID, r.Start), r).Current(); !p.Incomplete || p.Name != "" {
		t.Errorf("an earlier process with this one's PID is described as %+v", p)
	}
}

func TestScan(t *testing.T) {
	s, _, _ := newTestSource(event.TypeSet{})
	s.scan()
	self, ok := ordinaryProc.readStat(int32(os.Getpid()))
	if !ok {
		t.Fatal("/proc has nothing on this process")
	}
	task := s.table.Find(process.KeyOf(int32(os.Getpid()), self.start))
	if task == nil {
		t.Fatal("this process is not in the table")
	}
	if up := task.Current().ParentAt(sinceBoot()); up == nil || up.PID != int32(os.Getppid()) {
		t.Errorf("its parent is %+v, want %d", up, os.Getppid())
	}
}

func TestSetArgs(t *testing.T) {
	tests := []struct {
		block, exe, line, cmdline string
		args                      []string
	}{
		{"", "", "", "n", nil},
		{"\x00", "", "", "n", nil},
		{"ls\x00", "ls", "", "n", []string{}},
		{"ls\x00-l\x00", "ls", "-l", "n -l", []string{"-l"}},
		{"ls\x00-l", "ls", "-l", "n -l", []string{"-l"}}, // cut
		{"sh\x00-c\x00\x00", "sh", "-c ", "n -c ", []string{"-c", ""}},
		{"\x00a\x00", "", "a", "n a", []string{"a"}},
	}
	for _, test := range tests {
		p := &event.Process{Name: "n"}
		setArgs(p, test.block)
		if p.Exe != test.exe || p.ArgsLine != test.line || p.Cmdline != test.cmdline {
			t.Errorf("%q: exe %q line %q cmdline %q, want %q %q %q", test.block, p.Exe, p.ArgsLine, p.Cmdline, test.exe, test.line, test.cmdline)
		}
		if diff := cmp.Diff(test.args, p.Args); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.block, diff)
		}
	}
}

func TestUserDev(t *testing.T) {
	for _, d := range []struct{ major, minor uint32 }{{8, 1}, {0, 0}, {259, 5}, {4095, 255}, {1, 0xfffff}} {
		want := unix.Mkdev(d.major, d.minor)
		if got := userDev(uint64(d.major)<<20 | uint64(d.minor)); uint64(got) != want {
			t.Errorf("%d:%d is %#x, want %#x", d.major, d.minor, got, want)
		}
	}
}

func TestParseRelease(t *testing.T) {
	tests := map[string]string{
		"6.18.44-fc-v669": "6.18", "5.10.0-32-cloud-amd64": "5.10", "5.8": "5.8", "4.19-rc1": "4.19", "5.15.153.1-microsoft-standard-WSL2": "5.15",
		"": "no", "linux": "no", "6": "no", "6.": "no", "x.y": "no",
	}
	for release, want := range tests {
		got := "no"
		if major, minor, ok := parseRelease(release); ok {
			got = fmt.Sprintf("%d.%d", major, minor)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", release, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	c := newClock()
	boot, wall := sinceBoot(), time.Now().UnixNano()
	if d := time.Duration(c.wall(boot) - wall).Abs(); d > 10*time.Millisecond {
		t.Errorf("the wall clock is off by %v", d)
	}
}

// A zombie is no process any more, unless others of its threads live.
func TestEnded(t *testing.T) {
	for line, want := range map[string]bool{
		"1 (a)" + statFields: false,
		"1 (a)" + strings.Replace(statFields, " S ", " Z ", 1):                                             true,
		"1 (a)" + strings.Replace(strings.Replace(statFields, " S ", " Z ", 1), " 20 0 1 ", " 20 0 2 ", 1): false,
		"1 (a)" + strings.Replace(statFields, " S ", " X ", 1):                                             true,
	} {
		s, ok := parseStat(line)
		if !ok || s.ended() != want {
			t.Errorf("%s: ended is %v, want %v", line, s.ended(), want)
		}
	}
}

func TestMayWrite(t *testing.T) {
	file := unix.Stat_t{Uid: 1000, Gid: 50, Mode: 0o100644}
	with := func(mode uint32) *unix.Stat_t { st := file; st.Mode = mode; return &st }
	tests := map[string]struct {
		p      *event.Process
		st     *unix.Stat_t
		groups []string
		want   bool
	}{
		"owner":                  {&event.Process{UID: 1000}, with(0o644), nil, true},
		"owner without the bit":  {&event.Process{UID: 1000, GID: 50}, with(0o466), nil, false},
		"group":                  {&event.Process{UID: 7, GID: 50}, with(0o464), nil, true},
		"another of its groups":  {&event.Process{UID: 7, GID: 7}, with(0o464), []string{"4", "50"}, true},
		"group without the bit":  {&event.Process{UID: 7, GID: 50}, with(0o446), nil, false},
		"others":                 {&event.Process{UID: 7, GID: 7}, with(0o446), []string{"500"}, true},
		"others without the bit": {&event.Process{UID: 7, GID: 7}, with(0o664), nil, false},
		"root with nothing":      {&event.Process{}, with(0o755), nil, false},
		"capability":             {&event.Process{UID: 7, CapEffective: 1 << 1}, with(0o400), nil, true},
		"another capability":     {&event.Process{UID: 7, CapEffective: 1 << 2}, with(0o400), nil, false},
	}
	for name, tt := range tests {
		if got := mayWrite(tt.p, tt.st, tt.groups); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestMachine(t *testing.T) {
	other := t.TempDir()
	if err := os.MkdirAll(filepath.Join(other, "1/ns/pid"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		host HostFS
		want bool
	}{
		"process 1 of other processes": {HostFS{Proc: other}, false},
		"cannot be seen":               {HostFS{Proc: t.TempDir()}, true},
		"this machine's":               {HostFS{}, ordinaryProc.seesAll()},
	} {
		if got := tt.host.Machine(); got != tt.want {
			t.Errorf("%s: %t, want %t", name, got, tt.want)
		}
	}
}
