package field

import (
	"bufio"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/event"
)

func TestUseAndStreams(t *testing.T) {
	checkValues(t, openEvent, map[string]string{
		"proc.fdopencount": "5", "proc.fdlimit": "1000", "proc.fdusage": "0.50", "proc.nthreads": "3", "proc.nchilds": "2",
		"proc.vmsize": "4096", "proc.vmrss": "1024", "proc.vmswap": "8", "thread.vmsize": "4096", "thread.vmrss": "1024",
		"thread.pfmajor": "2", "thread.pfminor": "99",
		"proc.stdin.type": "ipv4", "proc.stdin.name": "10.0.0.5:40312->93.184.216.34:443",
		"proc.stdout.type": "pipe", "proc.stdout.name": "pipe:[4711]", "proc.stderr.type": none, "proc.stderr.name": none,
	})
	otherThread := func() *event.Event { e := openEvent(); e.TID = 75; return e }
	checkValues(t, otherThread, map[string]string{
		"thread.vmsize": "0", "thread.vmrss": "0", "proc.vmsize": "4096", "thread.ismain": "false", "thread.vtid": "12",
	})
	// A thread that has ended, and one of the initial namespace, which needs no
	// looking up.
	endedThread := func() *event.Event { e := openEvent(); e.TID = 79; return e }
	checkValues(t, endedThread, map[string]string{"thread.vtid": none})
	onHost := func() *event.Event { e := openEvent(); e.Process = e.Process.ParentAt(e.Clock); e.TID = 64; return e }
	checkValues(t, onHost, map[string]string{
		"thread.vtid": "64", "proc.nthreads": none, "proc.nchilds": none, "proc.fdopencount": none, "proc.fdusage": none,
		"proc.vmsize": none, "thread.vmsize": none, "proc.stdin.type": none, "proc.fdlimit": none,
	})
	unlimited := func() *event.Event {
		e := openEvent()
		p := e.Process.Clone()
		p.Use = &event.Use{Descriptors: -1}
		event.NewTask(p, 0, nil)
		e.Process = p
		return e
	}
	checkValues(t, unlimited, map[string]string{"proc.fdlimit": "-1", "proc.fdusage": "0.00"})
	recorded := func() *event.Event { e := openEvent(); e.Machine = nil; e.TID = 75; return e }
	checkValues(t, recorded, map[string]string{"proc.nthreads": none, "evt.hostname": none, "thread.vtid": none, "proc.vmsize": "4096"})
}

func TestUseInExecAndClone(t *testing.T) {
	checkValues(t, execEvent, map[string]string{
		"evt.arg.fdlimit": "1000", "evt.arg.pgft_maj": "2", "evt.arg.pgft_min": "99", "evt.arg.vm_size": "4096", "evt.arg.vm_rss": "1024", "evt.arg.vm_swap": "8",
	})
	// 1<<3 is CLONE_NEWIPC, 1<<1 CLONE_FS, as Falco numbers them.
	clone := func() *event.Event {
		e := execEvent()
		e.Type, e.Res = typeOf("clone3"), 71
		e.Args[event.CloneFlags].Num = 1<<3 | 1<<1
		return e
	}
	checkValues(t, clone, map[string]string{
		"evt.arg.res": "71", "evt.arg.exe": "/bin/cat", "evt.arg.args": "-n /etc/shadow", "evt.arg.tid": "70", "evt.arg.pid": "70", "evt.arg.ptid": "60",
		"evt.arg.cwd": "/home/alice/", "evt.arg.fdlimit": "1000", "evt.arg.comm": "cat", "evt.arg.flags": "CLONE_FS|CLONE_NEWIPC", "evt.arg.uid": "1000",
		"evt.arg.vtid": "7", "evt.arg.vpid": "7", "evt.arg.pidns_init_start_ts": "30000000000",
	})
	unknown := func() *event.Event { e := clone(); e.Process = unknownEvent().Process; return e }
	checkValues(t, unknown, map[string]string{"evt.arg.fdlimit": none, "evt.arg.vm_size": none, "evt.arg.pidns_init_start_ts": none, "evt.arg.pgft_maj": none})
}

func TestNamespaceTimes(t *testing.T) {
	checkValues(t, openEvent, map[string]string{
		// The namespace began 70 s before the event; the executable is older.
		"proc.pidns_init_start_ts": "1699999930123456789", "proc.exe_ino.ctime_duration_pidns_start": none,
	})
	checkValues(t, sendEvent, map[string]string{"proc.exe_ino.ctime_duration_pidns_start": "10000000000"})
	checkValues(t, unknownEvent, map[string]string{"proc.pidns_init_start_ts": none, "proc.exe_ino.ctime_duration_pidns_start": none})
}

// The leader of a group need not be an ancestor (the first program of a pipe
// is the others' sibling); one that has ended is stood for by the eldest left.
func TestLeaders(t *testing.T) {
	member := func(pgid, sid int32) func() *event.Event {
		return func() *event.Event {
			e := openEvent()
			p := e.Process.Clone()
			p.PGID, p.SID = pgid, sid
			event.NewTask(p, 0, e.Process.ParentTask())
			e.Process = p
			return e
		}
	}
	checkValues(t, member(69, 60), map[string]string{
		"proc.pgid.name": "tar", "proc.pgid.exe": "tar", "proc.pgid.exepath": "/usr/bin/tar", "proc.vpgid.name": "tar", "proc.sname": "bash",
	})
	// 68 is gone. bash is not in that group.
	checkValues(t, member(68, 60), map[string]string{"proc.pgid.name": "cat", "proc.sname": "bash"})
	// The session of sshd, which is gone as its leader has; systemd is in another.
	checkValues(t, member(60, 49), map[string]string{"proc.pgid.name": "bash", "proc.sname": "cat"})
	checkValues(t, unknownEvent, map[string]string{"proc.pgid.name": none, "proc.sname": none, "proc.vpgid.exe": none, "proc.sid.exepath": none})
}

func TestEventTimes(t *testing.T) {
	checkValues(t, openEvent, map[string]string{
		"evt.reltime": "90000000007", "evt.reltime.s": "90", "evt.reltime.ns": "7",
		"evt.deltatime": "1000000005", "evt.deltatime.s": "1", "evt.deltatime.ns": "5",
		"evt.hostname": "node-1", "evt.outputtime": render(mustBind(t, "evt.time"), openEvent()),
		"evt.type.is.openat": "1", "evt.type.is.open": "0",
	})
	checkValues(t, execEvent, map[string]string{"evt.reltime": none, "evt.deltatime.ns": none, "evt.hostname": none})
	overtaken := func() *event.Event { e := openEvent(); e.Previous = e.Time + 3; return e }
	checkValues(t, overtaken, map[string]string{"evt.deltatime": "0", "evt.deltatime.s": "0"})
}

func TestInputAndOutput(t *testing.T) {
	checkValues(t, sendEvent, map[string]string{
		"evt.buffer": "<13>", "evt.buflen": "9", "evt.io_dir": "write", "evt.is_syslog": "true", "evt.is_io": "true", "evt.is_io_write": "true", "evt.is_io_read": "false",
	})
	empty := func() *event.Event {
		e := sendEvent()
		e.Type, e.Res, e.Data, e.DataLen = typeOf("recvfrom"), 0, "", 0
		return e
	}
	checkValues(t, empty, map[string]string{"evt.buffer": none, "evt.buflen": "0", "evt.io_dir": "read", "evt.is_syslog": "false"})
	failed := func() *event.Event { e := empty(); e.Res = -11; return e }
	checkValues(t, failed, map[string]string{"evt.buffer": none, "evt.buflen": none})
	checkValues(t, openEvent, map[string]string{"evt.buffer": none, "evt.buflen": none, "evt.io_dir": none, "evt.is_syslog": "false"})
}

func TestPaths(t *testing.T) {
	paths := [2]event.Path{{Raw: "a", Name: "/w/a", Real: "/real/a"}, {Raw: "./b", Name: "/w/b"}}
	tests := []struct {
		call                 string
		name, source, target string
		src, dst             string // evt.abspath
	}{
		{call: "mkdir", name: "/w/a", src: "/w/a", dst: "/w/a"}, {call: "mkdirat", name: "/w/a", src: "/w/a", dst: "/w/a"},
		{call: "rmdir", name: "/w/a", src: "/w/a", dst: "/w/a"}, {call: "unlink", name: "/w/a", src: "/w/a", dst: "/w/a"},
		{call: "unlinkat", name: "/w/a", src: "/w/a", dst: "/w/a"}, {call: "chmod", name: "/w/a", src: "/w/a", dst: "/w/a"},
		{call: "fchmodat", name: "/w/a", src: "/w/a", dst: "/w/a"}, {call: "chown", name: "/w/a", src: "/w/a", dst: "/w/a"},
		{call: "lchown", name: "/w/a", src: "/w/a", dst: "/w/a"}, {call: "fchownat", name: "/w/a", src: "/w/a", dst: "/w/a"},
		{call: "quotactl", name: "/w/a", src: "/w/a", dst: "/w/a"}, {call: "umount2", name: "/w/a", src: "/w/a", dst: "/w/a"},
		{call: "open", name: "/f", src: "/f", dst: "/f"}, {call: "openat2", name: "/f", src: "/f", dst: "/f"},
		{call: "fchmod", name: "/f", src: "/f", dst: "/f"}, {call: "fchown", name: "/f", src: "/f", dst: "/f"},
		{call: "rename", source: "/w/a", target: "/w/b", src: "/w/a", dst: "/w/b"},
		{call: "renameat", source: "/w/a", target: "/w/b", src: "/w/a", dst: "/w/b"},
		{call: "renameat2", source: "/w/a", target: "/w/b", src: "/w/a", dst: "/w/b"},
		{call: "mount", source: "/w/a", target: "/w/b", src: "/w/a", dst: "/w/b"},
		// Falco calls the new name of a link its source.
		{call: "link", source: "/w/b", target: "/w/a", src: "/w/a", dst: "/w/b"},
		{call: "linkat", source: "/w/b", target: "/w/a", src: "/w/a", dst: "/w/b"},
		{call: "symlink", source: "/w/b", target: "/w/a", src: "/w/b", dst: "/w/b"},
		{call: "symlinkat", source: "/w/b", target: "/w/a", src: "/w/b", dst: "/w/b"},
		// Looking is not touching.
		{call: "stat"}, {call: "access"}, {call: "connect"}, {call: "execve"},
	}
	raw := map[string]string{"/w/a": "a", "/w/b": "./b", "/f": "f", "": none}
	orNone := func(s string) string {
		if s == "" {
			return none
		}
		return s
	}
	for _, tt := range tests {
		make := func() *event.Event {
			e := execEvent()
			e.Type, e.Paths, e.HasFD, e.FD = typeOf(tt.call), paths, true, event.FD{Num: 3, Type: event.FDFile, Name: "/f", RawName: "f"}
			return e
		}
		checkValues(t, make, map[string]string{
			"fs.path.name": orNone(tt.name), "fs.path.source": orNone(tt.source), "fs.path.target": orNone(tt.target),
			"fs.path.nameraw": raw[tt.name], "fs.path.sourceraw": raw[tt.source], "fs.path.targetraw": raw[tt.target],
			"evt.abspath.src": orNone(tt.src), "evt.abspath.dst": orNone(tt.dst),
		})
		if t.Failed() {
			t.Fatalf("these were of %s", tt.call)
		}
		failed := func() *event.Event { e := make(); e.Res = -13; return e }
		checkValues(t, failed, map[string]string{
			"fs.path.name": none, "fs.path.source": none, "fs.path.target": none, "fs.path.nameraw": none, "fs.path.sourceraw": none, "fs.path.targetraw": none,
			"evt.abspath.src": orNone(tt.src),
		})
	}
	// By the kernel's name where that is known.
	resolved := func() *event.Event {
		e := execEvent()
		e.Type, e.Paths, e.Names = typeOf("rename"), paths, event.RealNames
		return e
	}
	checkValues(t, resolved, map[string]string{"fs.path.source": "/real/a", "fs.path.target": "/w/b", "fs.path.sourceraw": "a", "evt.abspath.src": "/real/a"})
}

// A relative text in a symbolic link leads from where the link is.
func TestLinkTargets(t *testing.T) {
	for text, want := range map[string]string{
		"/etc/shadow": "/etc/shadow", "../../etc/shadow": "/etc/shadow", "x": "/home/alice/x", ".": "/home/alice", "..": "/home",
		"../../../..": "/", "./a//b/../c/": "/home/alice/a/c", "a/../..//": "/home",
	} {
		link := func() *event.Event {
			e := execEvent()
			e.Type = typeOf("symlinkat")
			e.Paths = [2]event.Path{{Raw: text, Name: text}, {Raw: "link", Name: "/home/alice/link"}}
			return e
		}
		checkValues(t, link, map[string]string{"fs.path.target": want, "fs.path.targetraw": text, "fs.path.source": "/home/alice/link"})
	}
	e := execEvent()
	e.Type = typeOf("symlink")
	target := mustBind(t, "fs.path.target")
	if n := testing.AllocsPerRun(100, func() {
		e.Reset()
		e.Type, e.Paths = typeOf("symlink"), [2]event.Path{{Raw: "../x", Name: "../x"}, {Raw: "/a/e", Name: "/a/e"}}
		target.Text(e)
	}); n != 0 {
		t.Errorf("fs.path.target allocates %v times", n)
	}
	inRoot := func() *event.Event {
		e := execEvent()
		e.Type, e.Paths = typeOf("symlink"), [2]event.Path{{Raw: "etc", Name: "etc"}, {Raw: "/e", Name: "/e"}}
		return e
	}
	checkValues(t, inRoot, map[string]string{"fs.path.target": "/etc"})
	lost := func() *event.Event { e := inRoot(); e.Paths[1] = event.Path{}; return e }
	checkValues(t, lost, map[string]string{"fs.path.target": "etc", "fs.path.source": none})
}

func FuzzAppendWithin(f *testing.F) {
	f.Add("/home/alice", "../../etc/shadow")
	f.Add("", "..")
	f.Add("/a", "./b//c/../")
	f.Fuzz(func(t *testing.T, dir, relative string) {
		if dir = path.Clean("/" + dir); dir == "/" {
			dir = ""
		}
		want := path.Join("/", dir, relative)
		if got := string(appendWithin([]byte("x"), dir, relative)); got != "x"+want {
			t.Errorf("%q in %q is %q, want x%s", relative, dir, got, want)
		}
	})
}

// notLive says of each of Falco's fields that has no value why that is. What is
// not listed here has to be live.
func notLive() map[string]string {
	const (
		plugin   = "plugins are not loaded: events come from the kernel"
		old      = "deprecated: only returns of calls are events"
		poll     = "the descriptors given to poll are not read"
		switches = "switches between threads are not watched"
		sampling = "processes are not sampled"
	)
	reasons := map[string]string{
		"evt.pluginname": plugin, "evt.plugininfo": plugin, "evt.asynctype": plugin,
		"evt.latency": old, "evt.latency.s": old, "evt.latency.ns": old, "evt.wait_latency": old,
		"fdlist.nums": poll, "fdlist.names": poll, "fdlist.cips": poll, "fdlist.sips": poll, "fdlist.cports": poll, "fdlist.sports": poll,
		"thread.exectime": switches, "thread.totexectime": switches,
		"thread.cpu": sampling, "thread.cpu.user": sampling, "thread.cpu.system": sampling,
	}
	for _, name := range strings.Fields(`rc.name rc.id rc.label rc.labels svc.name svc.id svc.label svc.labels ns.id ns.label ns.labels
		rs.name rs.id rs.label rs.labels deployment.name deployment.id deployment.label deployment.labels`) {
		reasons["k8s."+name] = "deprecated: Falco gives it no value either"
	}
	return reasons
}

func TestFalcosFieldsAreLive(t *testing.T) {
	dir := os.Getenv("GYR_TESTDATA")
	if dir == "" {
		t.Skip("GYR_TESTDATA is not set: no list of fields to compare with")
	}
	file, err := os.Open(filepath.Join(dir, "reference", "fields.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// What DNS tells, and descriptors, comes from elsewhere.
	mine := map[string]bool{"evt": true, "process": true, "user": true, "group": true, "fs.path": true, "fdlist": true, "container (plugin)": true}
	reasons, listed := notLive(), 0
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		cols := strings.Split(scanner.Text(), "\t")
		if len(cols) < 2 || !mine[cols[0]] {
			continue
		}
		listed++
		f, ok := Lookup(cols[1])
		if !ok {
			t.Errorf("field %s is missing", cols[1])
			continue
		}
		if why := reasons[f.Name]; f.Live == (why != "") {
			t.Errorf("%s: live is %v, and the reason why it is not is %q", f.Name, f.Live, why)
		}
		if !f.Live && !f.Deprecated && !strings.Contains(f.Desc, "No value") {
			t.Errorf("%s: the description does not say that there is no value: %s", f.Name, f.Desc)
		}
		delete(reasons, f.Name)
	}
	for name := range reasons {
		if f, ok := Lookup(name); !ok || f.Live {
			t.Errorf("%s is said to have no value but is no such field", name)
		}
	}
	if listed < 140 {
		t.Errorf("only %d fields in the list", listed)
	}
}
