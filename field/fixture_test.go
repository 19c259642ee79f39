package field

import (
	"net/netip"
	"testing"

	"github.com/gyrsec/gyr/event"
)

// users is a database of two users and a group.
type users struct{}

func (users) User(uid uint32, _ *event.Process) (event.User, bool) {
	switch uid {
	case 0:
		return event.User{Name: "root", Home: "/root", Shell: "/bin/bash"}, true
	case 1000:
		return event.User{Name: "alice", Home: "/home/alice", Shell: "/bin/zsh"}, true
	}
	return event.User{}, false
}

func (users) Group(gid uint32, _ *event.Process) (string, bool) {
	return "staff", gid == 50
}

// machine has three living processes more than the family: the leader of a
// group that is no ancestor, one with threads, and none else.
type machine struct{}

func (machine) Hostname() string { return "node-1" }

func (machine) Process(pid int32, _ int64) *event.Process {
	if pid == 69 {
		return &event.Process{PID: 69, PGID: 69, SID: 60, Name: "tar", Exe: "tar", ExePath: "/usr/bin/tar"}
	}
	return nil
}

func (machine) Threads(p *event.Process) (int64, bool)     { return 3, p.PID == 70 }
func (machine) Descriptors(p *event.Process) (int64, bool) { return 5, p.PID == 70 }

func (machine) VirtualTID(p *event.Process, tid int32) (int32, bool) {
	return tid - 63, p.PID == 70 && tid != 79
}

const (
	second = int64(1e9)
	// now and boot make an event 100 s after boot, 1 700 000 000 s after the
	// epoch.
	nowTime  = 1_700_000_000*second + 123_456_789
	nowClock = 100 * second
)

// family makes init -> sshd -> bash -> cat, the last in a container.
func family() *event.Process {
	initp := &event.Process{PID: 1, VPID: 1, SID: 1, PGID: 1, Start: 1 * second, Name: "systemd", Exe: "/sbin/init", ExePath: "/usr/lib/systemd/systemd", Cmdline: "systemd", LoginUID: event.NoLoginUID}
	event.NewTask(initp, initp.Start, nil)
	sshd := &event.Process{PID: 50, PPID: 1, VPID: 50, SID: 50, PGID: 50, Start: 10 * second, Name: "sshd", Exe: "sshd:", ExePath: "/usr/sbin/sshd", ArgsLine: "alice [priv]", Cmdline: "sshd alice [priv]", LoginUID: 1000}
	event.NewTask(sshd, sshd.Start, initp.Task)
	bash := &event.Process{PID: 60, PPID: 50, VPID: 60, SID: 60, PGID: 60, VPGID: 60, Start: 20 * second, Name: "bash", Exe: "-bash", ExePath: "/usr/bin/bash", Cmdline: "bash", Env: []string{"HOME=/home/alice", "SHELLVAR=up"}, LoginUID: 1000}
	event.NewTask(bash, bash.Start, sshd.Task)
	cat := &event.Process{
		PID: 70, PPID: 60, VPID: 7, PVPID: 6, SID: 60, PGID: 70, VPGID: 7, VSID: 6,
		Start: 90 * second, ExecTime: 91 * second, Name: "cat", Exe: "/bin/cat", ExePath: "/usr/bin/cat",
		Args: []string{"-n", "/etc/shadow"}, ArgsLine: "-n /etc/shadow", Cmdline: "cat -n /etc/shadow", ArgsLen: 22,
		Env: []string{"PATH=/usr/bin", "EMPTY=", "LD_PRELOAD=/tmp/x.so"}, CWD: "/home/alice/", TTY: 34816, LoginUID: 1000,
		CapEffective: 1<<0 | 1<<21, CapPermitted: 1 << 40, ExeIno: 4711, ExeCtime: 1_699_999_000 * second, ExeMtime: 1_600_000_000 * second,
		Use:            &event.Use{Descriptors: 1000, VMSize: 4096, VMResident: 1024, VMSwap: 8, MajorFaults: 2, MinorFaults: 99},
		Stdio:          &[3]event.Stream{{Type: event.FDIPv4, Name: "10.0.0.5:40312->93.184.216.34:443"}, {Type: event.FDPipe, Name: "pipe:[4711]"}, {}},
		NamespaceStart: 30 * second,
		ExeFlags:       event.ExeWritable | event.ExeUpperLayer, Cgroup: "/system.slice/docker-abc.scope",
		Container: &event.Container{ID: "0123456789ab", FullID: "0123456789abcdef", Type: "docker"},
	}
	cat.Container.Describe(containerDetails())
	event.NewTask(cat, cat.Start, bash.Task)
	return cat
}

// containerDetails is all that a runtime can tell of cat's container.
func containerDetails() *event.Details {
	return &event.Details{
		Name: "web", Image: "nginx:1.25", ImageRepository: "nginx", ImageTag: "1.25", ImageDigest: "sha256:beef", ImageID: "cafe",
		Privileged: event.No, HostPID: event.No, HostNetwork: event.Yes, HostIPC: event.No,
		Mounts: []event.Mount{
			{Source: "/proc", Destination: "/host/proc", Mode: "ro", Propagation: "rprivate"},
			{Source: "/var/lib/data", Destination: "/data", Writable: true, Propagation: "rslave"},
			{Source: "name", Destination: "/name"},
		},
		Labels:      []event.Label{{Name: "io.kubernetes.pod.name", Value: "web-0"}, {Name: "marked"}, {Name: "name", Value: "web"}, {Name: "org.example/team", Value: "shop"}},
		Started:     1_699_999_000 * second,
		IP:          "10.1.2.3",
		CNI:         `{"ips":["10.1.2.3"]}`,
		Healthcheck: &event.Probe{Exe: "/bin/sh", Args: []string{"-c", "curl -f localhost"}},
		Liveness:    &event.Probe{Exe: "/alive"},
		Readiness:   &event.Probe{Exe: "/ready", Args: []string{"-v"}},
		Pod: &event.Pod{
			Name: "web-0", Namespace: "shop", UID: "7f6c2b6e-0a5e-4d7b-9a1e-1d0d9b6a0001", SandboxID: "63060edc2d3aa803ab559f23",
			Labels: []event.Label{{Name: "app", Value: "web"}, {Name: "name", Value: "web-0"}}, IP: "10.1.2.4", CNI: `{"ips":["10.1.2.4"]}`,
		},
	}
}

// openEvent is cat opening /etc/shadow through a symbolic link.
func openEvent() *event.Event {
	e := &event.Event{
		Num: 42, Time: nowTime, Clock: nowClock, Type: event.Openat, CPU: 3, TID: 70, UID: 1000, GID: 50, Res: 5,
		Process: family(), Users: users{}, Static: event.StaticValues{"name": "berlin"}, Machine: machine{}, First: nowTime - 90*second - 7, Previous: nowTime - second - 5, HasFD: true,
		FD: event.FD{Num: 5, Type: event.FDFile, Name: "/home/alice/link", RawName: "link", RealName: "/etc/shadow", Dev: 0x801, Ino: 99, Flags: event.ORdonly | event.OCloexec | event.FDLower},
	}
	e.Args = [event.MaxParams]event.Arg{{Num: 5}, {Num: ^uint64(99)}, {Str: "link"}, {Num: event.ORdonly | event.OCloexec}, {Num: 0}, {Num: 0x801}, {Num: 99}}
	return e
}

// hosts knows the names of one address.
type hosts struct{}

func (hosts) AppendNames(dst []string, addr netip.Addr, _ *event.Process, _ int64) []string {
	switch addr {
	case netip.MustParseAddr("93.184.216.34"):
		return append(dst, "www.example.com", "edge.example.net")
	case netip.MustParseAddr("10.0.0.5"):
		return append(dst, "web-0.shop")
	}
	return dst
}

// connectEvent is a TCP connection from cat.
func connectEvent() *event.Event {
	return &event.Event{
		Num: 43, Time: nowTime, Clock: nowClock, Type: event.Connect, TID: 71, UID: 0, Process: family(), Machine: machine{}, Hosts: hosts{}, Res: -115, HasFD: true,
		FD: event.FD{Num: 6, Type: event.FDIPv4, Socket: event.Socket{
			Local: netip.MustParseAddrPort("10.0.0.5:40312"), Remote: netip.MustParseAddrPort("93.184.216.34:443"), Proto: event.ProtoTCP,
		}},
		Args: [event.MaxParams]event.Arg{2: {Num: 6}},
	}
}

// renameEvent is cat renaming a file in a directory it knows by a symbolic link.
func renameEvent() *event.Event {
	e := &event.Event{Num: 46, Time: nowTime, Clock: nowClock, Type: typeOf("renameat"), TID: 70, Process: family()}
	e.Paths = [2]event.Path{
		{Raw: "old", Name: "/home/alice/old", Real: "/data/alice/old"},
		{Raw: "../new", Name: "/home/new", Real: "/data/new"},
	}
	return e
}

// sendEvent is cat telling the system log something; this one has an executable
// that is newer than its namespace, and all three streams.
func sendEvent() *event.Event {
	p := family().Clone()
	p.ExeCtime = nowTime - 60*second
	p.Stdio = &[3]event.Stream{2: {Type: event.FDFile, Name: "/dev/null"}}
	event.NewTask(p, p.Start, nil)
	return &event.Event{
		Num: 47, Time: nowTime, Clock: nowClock, Type: typeOf("sendto"), TID: 70, Res: 9, Process: p, HasFD: true,
		FD: event.FD{Num: 3, Type: event.FDUnix, Name: "/dev/log"}, Data: "<13>", DataLen: 9,
	}
}

func typeOf(name string) event.Type {
	t, ok := event.ByName(name)
	if !ok {
		panic("no event type is called " + name)
	}
	return t
}

// execEvent is the exec of cat.
func execEvent() *event.Event {
	return &event.Event{
		Num: 44, Time: nowTime, Clock: nowClock, Type: event.Execve, TID: 70, UID: 1000, GID: 50, Process: family(), Users: users{},
		Args: [event.MaxParams]event.Arg{{Str: "./cat"}},
	}
}

// unknownEvent is one of a process nothing is known of.
func unknownEvent() *event.Event {
	p := &event.Process{PID: 99, Incomplete: true}
	event.NewTask(p, 0, nil)
	return &event.Event{Num: 45, Time: nowTime, Clock: nowClock, Type: event.Open, TID: 99, UID: 7, GID: 7, Res: -2, Process: p}
}

func mustBind(t testing.TB, name string) *Ref {
	t.Helper()
	r, err := Bind(name, "", false)
	if err != nil {
		t.Fatalf("Bind(%s): %v", name, err)
	}
	return r
}
