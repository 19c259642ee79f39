package event

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func addr(s string) netip.AddrPort {
	if s == "" {
		return netip.AddrPort{}
	}
	return netip.MustParseAddrPort(s)
}

func TestTuple(t *testing.T) {
	tests := map[string]struct {
		socket Socket
		want   string
	}{
		"IPv4":            {Socket{Local: addr("127.0.0.1:40312"), Remote: addr("127.0.0.1:22")}, "127.0.0.1:40312->127.0.0.1:22"},
		"IPv6":            {Socket{Local: addr("[::1]:1"), Remote: addr("[2001:db8::5]:53")}, "::1:1->2001:db8::5:53"},
		"accepting side":  {Socket{Local: addr("10.0.0.1:22"), Remote: addr("10.0.0.2:5000"), Server: true}, "10.0.0.2:5000->10.0.0.1:22"},
		"not bound":       {Socket{Remote: addr("10.0.0.2:53")}, "->10.0.0.2:53"},
		"not connected":   {Socket{Local: addr("0.0.0.0:53")}, "0.0.0.0:53"},
		"unix":            {Socket{Path: "/run/x.sock"}, "/run/x.sock"},
		"abstract unix":   {Socket{Path: "@x"}, "@x"},
		"nothing at all":  {Socket{}, ""},
		"ports in the 5s": {Socket{Local: addr("1.2.3.4:0"), Remote: addr("255.255.255.255:65535")}, "1.2.3.4:0->255.255.255.255:65535"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := string(test.socket.AppendTuple(nil)); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
	s := Socket{Local: addr("10.0.0.1:22"), Remote: addr("10.0.0.2:5000")}
	if s.Client() != s.Local || s.ServerSide() != s.Remote {
		t.Error("the side that connected is not the client")
	}
	s.Server = true
	if s.Client() != s.Remote || s.ServerSide() != s.Local {
		t.Error("the side that accepted is not the server")
	}
}

func TestFileName(t *testing.T) {
	file := FD{Type: FDFile, Name: "/tmp/link", RealName: "/etc/shadow"}
	same := FD{Type: FDFile, Name: "/etc/shadow", RealName: "/etc/shadow"}
	failed := FD{Type: FDFile, Name: "/etc/shadow"}
	inet := FD{Type: FDIPv4, Name: "not this", Socket: Socket{Local: addr("10.0.0.1:1"), Remote: addr("10.0.0.2:2")}}
	inet6 := FD{Type: FDIPv6, Socket: Socket{Local: addr("[::1]:1"), Remote: addr("[::2]:2")}}
	local := FD{Type: FDUnix, Name: "/tmp/x", RealName: "/run/x", Socket: Socket{Path: "/tmp/x"}}
	tests := map[string]struct {
		event  Event
		want   string
		differ bool
	}{
		"no descriptor":         {Event{FD: file}, "", false},
		"as the program said":   {Event{HasFD: true, FD: file}, "/tmp/link", true},
		"as the kernel said":    {Event{HasFD: true, FD: file, Names: RealNames}, "/etc/shadow", true},
		"both the same":         {Event{HasFD: true, FD: same, Names: RealNames}, "/etc/shadow", false},
		"nothing was opened":    {Event{HasFD: true, FD: failed, Names: RealNames}, "/etc/shadow", false},
		"IPv4":                  {Event{HasFD: true, FD: inet}, "10.0.0.1:1->10.0.0.2:2", false},
		"IPv6":                  {Event{HasFD: true, FD: inet6}, "::1:1->::2:2", false},
		"unix":                  {Event{HasFD: true, FD: local}, "/tmp/x", true},
		"unix by the kernel":    {Event{HasFD: true, FD: local, Names: RealNames}, "/run/x", true},
		"IPv4 has no real name": {Event{HasFD: true, FD: inet, Names: RealNames}, "10.0.0.1:1->10.0.0.2:2", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.event.FileName(); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			if got := test.event.NamesDiffer(); got != test.differ {
				t.Errorf("names differ: %v, want %v", got, test.differ)
			}
		})
	}
}

// Text made early stays what it was when more is made, however much.
func TestTextLives(t *testing.T) {
	var e Event
	texts := map[string]string{}
	for i := range 50 {
		want := strings.Repeat(string(rune('a'+i%26)), 1+i*7)
		texts[want] = e.Text(func(dst []byte) []byte { return append(dst, want...) })
	}
	for want, got := range texts {
		if got != want {
			t.Errorf("%.10q has become %.10q", want, got)
		}
	}
	if got := e.Text(func(dst []byte) []byte { return dst }); got != "" {
		t.Errorf("no text is %q", got)
	}
}

func TestTextAllocatesNothing(t *testing.T) {
	e := Event{HasFD: true, FD: FD{Type: FDIPv4, Socket: Socket{Local: addr("10.0.0.1:22"), Remote: addr("10.0.0.2:5000")}}}
	fd := e.FD
	if n := testing.AllocsPerRun(100, func() {
		e.Reset()
		e.HasFD, e.FD, e.Type = true, fd, Connect
		if e.FileName() == "" || e.SocketName() != e.FileName() {
			t.Error("no name")
		}
		for i := range Describe(Connect).Params {
			e.Param(i)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// noUsers knows nobody.
type noUsers struct{}

func (noUsers) User(uint32, *Process) (User, bool)    { return User{}, false }
func (noUsers) Group(uint32, *Process) (string, bool) { return "", false }

// Nothing of the last event shows in the next.
func TestReset(t *testing.T) {
	e := Event{
		Num: 1, Time: 2, Clock: 3, Type: Connect, CPU: 4, TID: 5, UID: 6, GID: 7, Res: -1, Process: &Process{}, HasFD: true,
		FD: FD{Type: FDIPv4, Socket: Socket{Local: addr("10.0.0.1:22")}}, Names: RealNames, Users: noUsers{},
	}
	e.Args[3].Str = "x"
	if e.SocketName() == "" {
		t.Fatal("no name")
	}
	e.Reset()
	if e.Users == nil {
		t.Error("who knows the users is forgotten")
	}
	e.Users, e.buf = nil, nil
	if e.Num != 0 || e.Type != 0 || e.Process != nil || e.HasFD || e.FD.Socket.Local.IsValid() || e.Names != 0 || e.Args[3].Str != "" || e.Failed() {
		t.Errorf("left over: %+v", e)
	}
	e.HasFD, e.FD.Type = true, FDIPv6
	e.FD.Socket.Remote = addr("[::1]:2")
	if got := e.FileName(); got != "->::1:2" {
		t.Errorf("the next name is %q", got)
	}
}

func TestParam(t *testing.T) {
	e := Event{Type: Openat, Res: 3}
	e.Args[2] = Arg{Str: "x"}
	if a, ok := e.Param(2); !ok || a.Str != "x" {
		t.Errorf("got %+v (%v)", a, ok)
	}
	for _, i := range []int{-1, len(Describe(Openat).Params), 1000} {
		if a, ok := e.Param(i); ok {
			t.Errorf("parameter %d is %+v", i, a)
		}
	}
	e.Missing = 1 << 2
	if a, ok := e.Param(2); ok {
		t.Errorf("a parameter that is not known is %+v", a)
	}
	// What an event has no room for has a value only where it is derived.
	for typ := range Types {
		for i, p := range Describe(typ).Params {
			if i >= MaxParams && p.Get == nil {
				t.Errorf("%v: parameter %d, %s, has no room", typ, i, p.Name)
			}
		}
	}
	quota := Event{Type: typeOf(t, "quotactl")}
	quota.Args[QuotaCommand], quota.Args[QuotaType] = Arg{Num: 1}, Arg{Num: 2}
	quota.Args[QuotaID], quota.Args[QuotaFormat] = Arg{Num: 3}, Arg{Num: 4}
	got := map[string]uint64{}
	for i, p := range Describe(quota.Type).Params {
		if a, ok := quota.Param(i); ok && i > 2 {
			got[p.Name] = a.Num
		}
	}
	if diff := cmp.Diff(map[string]uint64{"cmd": 1, "type": 2, "id": 3, "quota_fmt": 4}, got); diff != "" {
		t.Errorf("quotactl (-want +got):\n%s", diff)
	}
	// A type without parameters.
	for typ := range Types {
		if len(Describe(typ).Params) == 0 {
			e := Event{Type: typ}
			if _, ok := e.Param(0); ok {
				t.Errorf("%v has a parameter", typ)
			}
			break
		}
	}
}

// Every parameter of every type can be asked for, of an event of which little is
// known.
func TestParamsOfAllTypes(t *testing.T) {
	for typ := range Types {
		e := Event{Type: typ, Process: &Process{}}
		for i, p := range Describe(typ).Params {
			if a, ok := e.Param(i); !ok && a != (Arg{}) {
				t.Errorf("%v.%s has no value, and it is %+v", typ, p.Name, a)
			}
		}
	}
}

func TestCloneParams(t *testing.T) {
	typ, _ := ByName("clone")
	e := Event{Type: typ, Res: 7, TID: 42, UID: 1000, GID: 100, Process: &Process{PID: 42, PPID: 1, VPID: 5, Name: "sh", Exe: "/bin/sh", ArgsLine: "-i", CWD: "/tmp/"}}
	e.Args[CloneFlags].Num = 1 << 13
	want := map[string]Arg{
		"res": {Num: 7}, "exe": {Str: "/bin/sh"}, "args": {Str: "-i"}, "tid": {Num: 42}, "pid": {Num: 42}, "ptid": {Num: 1},
		"cwd": {Str: "/tmp/"}, "comm": {Str: "sh"}, "cgroups": {}, "flags": {Num: 1 << 13}, "uid": {Num: 1000}, "gid": {Num: 100},
		"vtid": {Num: 5}, "vpid": {Num: 5},
	}
	got := map[string]Arg{}
	for i, p := range Describe(typ).Params {
		if a, ok := e.Param(i); ok {
			got[p.Name] = a
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e.TID = 43
	for i, p := range Describe(typ).Params {
		if _, ok := e.Param(i); ok && p.Name == "vtid" {
			t.Error("the thread's id in its namespace is known")
		}
	}
}

func TestFailedExecParams(t *testing.T) {
	e := Event{Type: Execve, Res: -2, Process: &Process{Exe: "sh", ArgsLine: "-i"}}
	e.Args[ExecFilename].Str, e.Args[ExecExe].Str, e.Args[ExecArgs].Str = "./no", "no", "-x"
	get := func() (exe, args, filename string) {
		for i, p := range Describe(Execve).Params {
			a, _ := e.Param(i)
			switch p.Name {
			case "exe":
				exe = a.Str
			case "args":
				args = a.Str
			case "filename":
				filename = a.Str
			}
		}
		return exe, args, filename
	}
	if exe, args, filename := get(); exe != "no" || args != "-x" || filename != "./no" {
		t.Errorf("failed: %q %q %q, want what was tried", exe, args, filename)
	}
	e.Res = 0
	if exe, args, filename := get(); exe != "sh" || args != "-i" || filename != "./no" {
		t.Errorf("done: %q %q %q, want what runs now", exe, args, filename)
	}
}
