package field

import (
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"github.com/gyrsec/gyr/event"
)

func checkValues(t *testing.T, e func() *event.Event, want map[string]string) {
	t.Helper()
	for name, want := range want {
		if got := render(mustBind(t, name), e()); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestSocketValues(t *testing.T) {
	checkValues(t, connectEvent, map[string]string{
		"fd.name": "10.0.0.5:40312->93.184.216.34:443", "fd.type": "ipv4", "fd.typechar": "4",
		"fd.cip": "10.0.0.5", "fd.sip": "93.184.216.34", "fd.lip": "10.0.0.5", "fd.rip": "93.184.216.34",
		"fd.cport": "40312", "fd.sport": "443", "fd.lport": "40312", "fd.rport": "443",
		"fd.snet": "93.184.216.34", "fd.l4proto": "tcp", "fd.sockfamily": "ip", "fd.is_server": "false",
		// In progress: not connected yet.
		"fd.connected": "false", "fd.directory": none, "fd.filename": none, "fd.realpath": none, "fd.ino": none,
		"fd.cip.name": "web-0.shop", "fd.sip.name": "www.example.com", "fd.lip.name": "web-0.shop", "fd.rip.name": "www.example.com",
		"evt.res": "EINPROGRESS", "evt.rawres": "-115", "evt.failed": "true", "evt.count.error": "1", "evt.count.error.net": "1", "evt.count.error.file": none,
		"evt.arg.tuple": "10.0.0.5:40312->93.184.216.34:443", "evt.arg.addr": "93.184.216.34:443", "evt.arg.res": "EINPROGRESS", "evt.rawarg.res": "-115",
		"evt.args":      "res=-115(EINPROGRESS) tuple=10.0.0.5:40312->93.184.216.34:443 fd=6(<4t>10.0.0.5:40312->93.184.216.34:443) addr=93.184.216.34:443",
		"thread.ismain": "false", "thread.vtid": "8", "user.name": "root", "group.name": "root", "user.homedir": "/root",
		"evt.is_open_read": "false", "evt.is_open_write": "false", "fs.path.name": none,
	})
	server := func() *event.Event {
		e := connectEvent()
		e.FD.Socket.Server, e.FD.Socket.Connected = true, true
		e.Res = 0
		return e
	}
	checkValues(t, server, map[string]string{
		"fd.cip": "93.184.216.34", "fd.sip": "10.0.0.5", "fd.lip": "10.0.0.5", "fd.rip": "93.184.216.34", "fd.sport": "40312",
		"fd.is_server": "true", "fd.connected": "true", "evt.res": "SUCCESS", "evt.arg.res": "0",
	})
	mapped := func() *event.Event {
		e := connectEvent()
		e.FD.Type = event.FDIPv6
		e.FD.Socket.Remote = netip.MustParseAddrPort("[::ffff:1.2.3.4]:53")
		return e
	}
	checkValues(t, mapped, map[string]string{"fd.rip": "1.2.3.4", "fd.typechar": "6"})
	unix := func() *event.Event {
		e := connectEvent()
		e.FD = event.FD{Num: 4, Type: event.FDUnix, Name: "/run/docker.sock", Socket: event.Socket{Path: "/run/docker.sock"}}
		return e
	}
	checkValues(t, unix, map[string]string{
		"fd.name": "/run/docker.sock", "fd.sockfamily": "unix", "fd.typechar": "u", "fd.sip": none, "fd.sport": none, "fd.l4proto": none,
	})
}

func TestExecValues(t *testing.T) {
	checkValues(t, execEvent, map[string]string{
		"evt.type": "execve", "syscall.type": "execve", "evt.arg.filename": "./cat", "evt.arg.exe": "/bin/cat", "evt.arg.uid": "alice", "evt.arg.gid": "staff",
		"evt.arg.flags": "EXE_WRITABLE|EXE_UPPER_LAYER", "evt.arg.res": "0", "evt.arg.tty": "34816", "evt.rawarg.uid": "1000",
		"evt.arg.env": "PATH=/usr/bin EMPTY= LD_PRELOAD=/tmp/x.so", "fd.name": none, "fd.num": none, "fd.typechar": none, "fd.types": none, "evt.is_io": "false", "evt.io_dir": none,
	})
}

func TestCreatingOpens(t *testing.T) {
	opens := func(typ event.Type, flags, mode uint64) func() *event.Event {
		return func() *event.Event {
			e := &event.Event{Type: typ, Process: family()}
			for i, p := range event.Describe(typ).Params {
				switch p.Name {
				case "flags":
					e.Args[i].Num = flags
				case "mode":
					e.Args[i].Num = mode
				}
			}
			return e
		}
	}
	checkValues(t, opens(event.Open, event.OWronly|event.OCreat|event.OFCreated, 0o755), map[string]string{
		"evt.is_open_read": "false", "evt.is_open_write": "true", "evt.is_open_create": "true", "evt.is_open_exec": "true",
		"evt.arg.mode": "0755", "evt.arg.flags": "O_CREAT|O_WRONLY|O_F_CREATED",
	})
	checkValues(t, opens(event.Openat2, event.ORdwr, 0o755), map[string]string{
		"evt.is_open_read": "true", "evt.is_open_write": "true", "evt.is_open_create": "false", "evt.is_open_exec": "false",
	})
	checkValues(t, opens(event.Openat, event.OTmpfile|event.OWronly, 0o100), map[string]string{"evt.is_open_exec": "true"})
	checkValues(t, opens(event.Openat, event.OCreat|event.OWronly, 0o644), map[string]string{"evt.is_open_exec": "false"})
	checkValues(t, opens(event.Creat, 0, 0o700), map[string]string{"evt.is_open_write": "true", "evt.is_open_exec": "true", "evt.is_open_read": "false"})
}

// creat is given no flags, and does what open does with some: rules that look for
// those see them.
func TestCreatFlags(t *testing.T) {
	creat := func(fd uint32, layers uint64) func() *event.Event {
		return func() *event.Event {
			e := &event.Event{Type: event.Creat, Process: family(), HasFD: true, Res: 3, FD: event.FD{Num: 3, Type: event.FDFile, Flags: fd}}
			e.Args[0].Num, e.Args[1].Str, e.Args[2].Num, e.Args[5].Num = 3, "/dev/x", 0o600, layers
			return e
		}
	}
	checkValues(t, creat(0, 0), map[string]string{
		"evt.arg.flags": "O_TRUNC|O_CREAT|O_WRONLY", "evt.rawarg.flags": "262", "evt.arg.creat_flags": "0", "evt.arg[3]": "0",
		"evt.args": "fd=3(<f>) name=/dev/x mode=0600 dev=0 ino=0 creat_flags=0",
	})
	checkValues(t, creat(event.OFCreated, 1), map[string]string{
		"evt.arg.flags": "O_TRUNC|O_CREAT|O_WRONLY|O_F_CREATED|FD_UPPER_LAYER", "evt.arg.creat_flags": "FD_UPPER_LAYER_CREAT",
		"evt.is_open_create": "true",
	})
	checkValues(t, creat(event.OWronly|event.OCreat|event.OTrunc, 2), map[string]string{
		"evt.arg.flags": "O_TRUNC|O_CREAT|O_WRONLY|FD_LOWER_LAYER", "evt.arg.creat_flags": "FD_LOWER_LAYER_CREAT",
	})
}

// Of a process nothing is known of, nothing is said; what the event itself
// carries is there.
func TestUnknownProcess(t *testing.T) {
	checkValues(t, unknownEvent, map[string]string{
		"proc.name": none, "proc.cmdline": none, "proc.args": none, "proc.env": none, "proc.tty": none, "proc.pname": none, "proc.aname": none, "proc.aname[0]": none,
		"proc.duration": none, "proc.is_exe_writable": none, "proc.is_sid_leader": none, "thread.cap_effective": none, "user.loginuid": none, "user.loginname": none,
		"proc.pid": "99", "thread.tid": "99", "user.uid": "7", "user.name": none, "group.gid": "7", "group.name": none,
		"evt.res": "ENOENT", "evt.rawres": "-2", "fd.name": none, "fd.num": none, "container.id": "host", "container.type": "host", "container.name": "host", "container.image": none,
	})
}

func TestValuesOfTheHost(t *testing.T) {
	onHost := func() *event.Event {
		e := openEvent()
		e.Process = e.Process.ParentAt(e.Clock)
		e.FD.Name, e.FD.RealName = "/passwd", ""
		return e
	}
	checkValues(t, onHost, map[string]string{
		"container.id": "host", "container.full_id": none, "container.image.repository": none, "k8s.pod.name": none,
		"fd.directory": "/", "fd.filename": "passwd", "fd.realpath": none, "proc.args": "", "proc.cmdnargs": "0", "proc.exeline": "-bash",
	})
	initial := func() *event.Event {
		e := openEvent()
		e.Process = e.Process.ParentTask().Current().ParentTask().Current().ParentTask().Current()
		return e
	}
	checkValues(t, initial, map[string]string{"proc.name": "systemd", "proc.pname": none, "proc.aname": none, "user.loginuid": "-1", "user.loginname": none, "proc.loginshellid": none})
}

func TestLocalTimes(t *testing.T) {
	at := time.Unix(0, nowTime)
	checkValues(t, openEvent, map[string]string{
		"evt.time": at.Format("15:04:05") + ".123456789", "evt.time.s": at.Format("15:04:05"),
		"evt.datetime": at.Format("2006-01-02 15:04:05") + ".123456789", "evt.datetime.s": at.Format("2006-01-02 15:04:05"),
	})
}

func TestEndOfProcessHasNoResult(t *testing.T) {
	exit := func() *event.Event { return &event.Event{Type: event.ProcExit, Process: family()} }
	checkValues(t, exit, map[string]string{"evt.res": none, "evt.rawres": none, "evt.failed": none, "evt.args": "status=0 ret=0 sig=0 core=0 reaper_tid=0", "syscall.type": none})
}

func TestJSONValues(t *testing.T) {
	tests := map[string]string{
		"evt.time": "1700000000123456789", "evt.time.iso8601": "1700000000123456789", "evt.num": "42", "evt.rawres": "5",
		"proc.name": `"cat"`, "proc.tty": "34816", "proc.duration": "10000000000", "proc.is_exe_writable": "true", "evt.failed": "false",
		"fd.types": `["file"]`, "fd.types[1]": "null", "fd.sip": "null", "fd.sport": "null", "container.privileged": "false", "k8s.pod.uid": `"7f6c2b6e-0a5e-4d7b-9a1e-1d0d9b6a0001"`,
		"proc.aname": `"bash->sshd->systemd"`, "user.loginuid": "1000", "fd.dev": "2049", "evt.arg.flags": `"O_RDONLY|O_CLOEXEC"`,
	}
	for name, want := range tests {
		if got := string(mustBind(t, name).AppendJSON([]byte("x"), openEvent())); got != "x"+want {
			t.Errorf("%s = %s, want x%s", name, got, want)
		}
	}
	if got, want := string(mustBind(t, "fd.sip").AppendJSON(nil, connectEvent())), `"93.184.216.34"`; got != want {
		t.Errorf("fd.sip = %s, want %s", got, want)
	}
}

func TestJSONStringsAreValidJSON(t *testing.T) {
	for s, want := range map[string]string{
		"plain": "plain", "q\"b\\": "q\"b\\", "\x00\x1f\x7f\n\t\r\b\f": "\x00\x1f\x7f\n\t\r\b\f", "é€": "é€", "bad\xff\xfe": "bad\uFFFD\uFFFD", "": "",
	} {
		var got string
		b := appendJSONString(nil, s)
		if err := json.Unmarshal(b, &got); err != nil || got != want {
			t.Errorf("%q as JSON is %s, read back as %q (%v), want %q", s, b, got, err, want)
		}
	}
}

// No getter may allocate once the event's scratch memory has grown.
func TestGettersDoNotAllocate(t *testing.T) {
	for _, make := range []func() *event.Event{openEvent, connectEvent, execEvent, unknownEvent, renameEvent, sendEvent} {
		e := make()
		buf := []byte{}
		for f := range All {
			r := mustBind(t, liveReference(f))
			if r.Name == "evt.args" || r.Name == "evt.info" {
				continue // contains the environment, which the event joins
			}
			saved := *e
			n := testing.AllocsPerRun(100, func() {
				if buf, _ = r.AppendText(buf[:0], e); r.Any != nil {
					buf, _ = r.Any[0].AppendText(buf[:0], e)
				}
				process, fd, args, users, paths := e.Process, e.FD, e.Args, e.Users, e.Paths
				e.Reset()
				e.Num, e.Time, e.Clock, e.Type, e.CPU, e.TID = saved.Num, saved.Time, saved.Clock, saved.Type, saved.CPU, saved.TID
				e.UID, e.GID, e.Res, e.HasFD = saved.UID, saved.GID, saved.Res, saved.HasFD
				e.Process, e.FD, e.Args, e.Users, e.Paths = process, fd, args, users, paths
				e.First, e.Previous, e.Data, e.DataLen = saved.First, saved.Previous, saved.Data, saved.DataLen
			})
			if n != 0 {
				t.Errorf("%s of %s allocates %v times", r.Name, e.Type, n)
			}
		}
	}
}
