package field

import (
	"testing"

	"github.com/gyrsec/gyr/event"
)

// liveReference is one that has a value in the events of the tests.
func liveReference(f *Field) string {
	switch f.Name {
	case "evt.arg", "evt.rawarg":
		return f.Name + "[0]"
	case "evt.around":
		return f.Name + "[1]"
	case "thread.cgroup":
		return "thread.cgroup.cpu"
	case "evt.type.is":
		return "evt.type.is.openat"
	case "evt.abspath":
		return "evt.abspath.src"
	}
	return reference(f)
}

// none stands for no value.
const none = "<NA>"

func render(r *Ref, e *event.Event) string {
	b, ok := r.AppendText(nil, e)
	if !ok {
		if len(b) > 0 {
			return "appended without value: " + string(b)
		}
		return none
	}
	return string(b)
}

func TestProcessValues(t *testing.T) {
	tests := map[string]string{
		"proc.name": "cat", "proc.exe": "/bin/cat", "proc.exepath": "/usr/bin/cat", "proc.args": "-n /etc/shadow",
		"proc.args[0]": "-n", "proc.args[1]": "/etc/shadow", "proc.args[2]": none,
		"proc.cmdline": "cat -n /etc/shadow", "proc.exeline": "/bin/cat -n /etc/shadow", "proc.cmdnargs": "2", "proc.cmdlenargs": "13",
		"proc.pname": "bash", "proc.pexe": "-bash", "proc.pexepath": "/usr/bin/bash", "proc.pcmdline": "bash",
		"proc.aname[0]": "cat", "proc.aname[1]": "bash", "proc.aname[2]": "sshd", "proc.aname[3]": "systemd", "proc.aname[4]": none,
		"proc.aname": "bash->sshd->systemd", "proc.aexepath": "/usr/bin/bash->/usr/sbin/sshd->/usr/lib/systemd/systemd",
		"proc.aexe[2]": "sshd:", "proc.acmdline[2]": "sshd alice [priv]", "proc.aargs[2]": "alice [priv]",
		"proc.apid": "60->50->1", "proc.apid[1]": "60", "proc.apid[9]": none,
		"proc.env": "PATH=/usr/bin EMPTY= LD_PRELOAD=/tmp/x.so", "proc.env[PATH]": "/usr/bin", "proc.env[EMPTY]": "", "proc.env[HOME]": none,
		"proc.env[LD_PRELOAD]": "/tmp/x.so", "proc.env[LD]": none,
		"proc.aenv[SHELLVAR]": "up", "proc.aenv[NOPE]": none, "proc.aenv[1]": "HOME=/home/alice SHELLVAR=up",
		"proc.cwd": "/home/alice/", "proc.tty": "34816", "proc.pid": "70", "proc.ppid": "60", "proc.vpid": "7", "proc.pvpid": "6",
		"proc.sid": "60", "proc.sname": "bash", "proc.sid.exe": "-bash", "proc.sid.exepath": "/usr/bin/bash",
		"proc.pgid": "70", "proc.pgid.name": "cat", "proc.vpgid": "7", "proc.vpgid.name": "cat", "proc.vpgid.exe": "/bin/cat",
		"proc.is_sid_leader": "false", "proc.is_pgid_leader": "true", "proc.is_vpgid_leader": "true", "proc.loginshellid": "60",
		"proc.duration": "10000000000", "proc.ppid.duration": "80000000000",
		"proc.pid.ts": "1699999990123456789", "proc.ppid.ts": "1699999920123456789",
		"proc.is_exe_writable": "true", "proc.is_exe_upper_layer": "true", "proc.is_exe_lower_layer": "false", "proc.is_exe_from_memfd": "false",
		"proc.exe_ino": "4711", "proc.exe_ino.ctime": "1699999000000000000", "proc.exe_ino.ctime_duration_proc_start": "990123456789",
		"thread.cap_effective": "CAP_CHOWN CAP_SYS_ADMIN", "thread.cap_permitted": "CAP_CHECKPOINT_RESTORE", "thread.cap_inheritable": "",
		"thread.tid": "70", "thread.ismain": "true", "thread.vtid": "7",
		"thread.cgroup.memory": "/system.slice/docker-abc.scope", "thread.cgroup[cpu]": "/system.slice/docker-abc.scope",
		"user.uid": "1000", "user.name": "alice", "user.homedir": "/home/alice", "user.shell": "/bin/zsh", "user.loginuid": "1000", "user.loginname": "alice",
		"group.gid": "50", "group.name": "staff",
		"container.id": "0123456789ab", "container.full_id": "0123456789abcdef", "container.name": "web", "container.type": "docker",
		"container.image": "nginx:1.25", "container.image.repository": "nginx", "container.image.tag": "1.25", "k8s.pod.name": "web-0", "k8s.ns.name": "shop",
	}
	for name, want := range tests {
		if got := render(mustBind(t, name), openEvent()); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestFileValues(t *testing.T) {
	tests := map[string][2]string{ // as the program named the file, as the kernel resolved it
		"fd.name":               {"/home/alice/link", "/etc/shadow"},
		"fd.directory":          {"/home/alice", "/etc"},
		"fd.filename":           {"link", "shadow"},
		"fs.path.name":          {"/home/alice/link", "/etc/shadow"},
		"fd.containername":      {"0123456789ab:/home/alice/link", "0123456789ab:/etc/shadow"},
		"fd.containerdirectory": {"0123456789ab:/home/alice", "0123456789ab:/etc"},
		"fd.nameraw":            {"link", "link"},
		"fs.path.nameraw":       {"link", "link"},
		"fd.realpath":           {"/etc/shadow", "/etc/shadow"},
		"fd.num":                {"5", "5"},
		"fd.type":               {"file", "file"},
		"fd.types":              {"(file)", "(file)"},
		"fd.types[1]":           {none, none},
		"fd.typechar":           {"f", "f"},
		"fd.dev":                {"2049", "2049"},
		"fd.dev.major":          {"8", "8"},
		"fd.dev.minor":          {"1", "1"},
		"fd.ino":                {"99", "99"},
		"fd.is_upper_layer":     {"false", "false"},
		"fd.is_lower_layer":     {"true", "true"},
		"fd.uid":                {"705", "705"},
		"fd.sip":                {none, none},
		"fd.l4proto":            {none, none},
		"fd.connected":          {"false", "false"},
		"evt.type":              {"openat", "openat"},
		"evt.category":          {"file", "file"},
		"evt.num":               {"42", "42"},
		"evt.cpu":               {"3", "3"},
		"evt.dir":               {"<", "<"},
		"evt.res":               {"SUCCESS", "SUCCESS"},
		"evt.rawres":            {"5", "5"},
		"evt.failed":            {"false", "false"},
		"evt.count.error":       {none, none},
		"evt.is_open_read":      {"true", "true"},
		"evt.is_open_write":     {"false", "false"},
		"evt.rawtime":           {"1700000000123456789", "1700000000123456789"},
		"evt.rawtime.s":         {"1700000000", "1700000000"},
		"evt.rawtime.ns":        {"123456789", "123456789"},
		"evt.time.iso8601":      {"2023-11-14T22:13:20.123456789+0000", "2023-11-14T22:13:20.123456789+0000"},
		"evt.arg.flags":         {"O_RDONLY|O_CLOEXEC", "O_RDONLY|O_CLOEXEC"},
		"evt.arg.name":          {"link", "link"},
		"evt.arg[2]":            {"link", "link"},
		"evt.arg.dirfd":         {"AT_FDCWD", "AT_FDCWD"},
		"evt.arg.fd":            {"<f>/home/alice/link", "<f>/home/alice/link"},
		"evt.arg.nope":          {none, none},
		"evt.arg[99]":           {none, none},
		"evt.rawarg.flags":      {"4097", "4097"},
		"evt.rawarg.name":       {"link", "link"},
		"evt.args":              {"fd=5(<f>/home/alice/link) dirfd=-100(AT_FDCWD) name=link flags=4097(O_RDONLY|O_CLOEXEC) mode=0 dev=2049 ino=99", "fd=5(<f>/home/alice/link) dirfd=-100(AT_FDCWD) name=link flags=4097(O_RDONLY|O_CLOEXEC) mode=0 dev=2049 ino=99"},
	}
	for name, want := range tests {
		for i, names := range []event.Names{event.GivenNames, event.RealNames} {
			e := openEvent()
			e.Names = names
			r := mustBind(t, name)
			if got := render(r, e); got != want[i] {
				t.Errorf("%s (names %v) = %q, want %q", name, names, got, want[i])
			}
			if want[0] != want[1] && !r.Field.FileName {
				t.Errorf("%s depends on the file name but does not say so", name)
			}
		}
	}
}
