package condition

import (
	"testing"

	"github.com/gyrsec/gyr/event"
)

// evaluated covers every way a condition is evaluated.
var evaluated = []string{
	"evt.type = openat and proc.name = cat and fd.name startswith /home",
	"evt.type in (open, openat) and evt.is_open_read = true and fd.num >= 0",
	"proc.name in (a, b) or proc.name in (a, b, c, d, e, f)",
	"proc.name = a or proc.name startswith b or proc.name in (c, d)",
	"not (proc.aname in (x, y, z) or proc.aname contains ssh and proc.apid > 1000)",
	"proc.pname exists and proc.aname[2] != sshd and proc.aname exists",
	"proc.sname = x or proc.loginshellid = 5 or proc.pgid.exe = y",
	"fd.name glob /home/*/x* or fd.name iglob /HOME/*X or fd.name contains x or fd.name icontains X",
	"fd.name pmatch (/etc, /usr/*/bin, /home/*/x)",
	"fd.name regex '/etc/[a-z]+' or proc.cmdline regex '.*(a|b)+c'",
	"fd.sip = 1.2.3.4 or fd.ip in (1.2.3.4, 1.1.1.1) or fd.net in (10.0.0.0/24, 1.0.0.0/8, 2.0.0.0/8, 3.0.0.0/8, 4.0.0.0/8) and fd.port = 22",
	"fd.snet in (192.168.0.0/16, 172.16.0.0/12) or fd.sip in (1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4, 1.1.1.5)",
	"fd.name contains 10.0 and fd.types intersects (x, y) or fd.types in (file)",
	"proc.env contains LD_ or proc.env[LD_PRELOAD] exists or proc.aenv contains LD_ or proc.aenv[X] = y",
	"thread.cap_effective contains CAP_SYS or evt.arg.flags contains O_WRONLY or evt.arg.name startswith /x",
	"evt.res = ENOENT or evt.rawres < -5 or evt.failed = true or evt.rawarg.fd = 77",
	"user.name = root and user.loginuid = -1 and group.name = root and user.loginname = x",
	"proc.cmdline contains anyof (x, y, z) or proc.cmdline startswith anyof (a, b, c, d, e, f) or proc.name = oneof (a, b)",
	"proc.tty in (1, 2, 3, 4, 5, 6) or proc.tty != 0 and proc.duration < 5",
	"tolower(proc.args) contains SHADOW or toupper(proc.name) = DOG or basename(fd.name) = x or len(proc.args) > 1000",
	"b64(proc.env[B64]) = x or concat(proc.name, proc.pname) = x or join('/', (proc.name, proc.pname)) = y or join(',', fd.types) = z",
	"proc.name = val(proc.pname) or proc.pid < val(proc.ppid) or fd.cip = val(fd.sip) or proc.args icontains val(proc.pname)",
	"container.id = host or container.image.repository = x or k8s.ns.name != y or container.privileged = true",
	"proc.is_exe_upper_layer = false or proc.exe_ino.ctime_duration_proc_start < 0 or thread.cgroup.cpu contains x",
	"evt.time startswith 99 or evt.datetime contains x or evt.time.iso8601 startswith 1 or evt.around[5] = 5",
	"fd.containername startswith x or fd.uid = 5 or fd.directory in (/etc) or fd.filename = x or fs.path.name endswith x",
	"proc.cmdline contains a1 or proc.cmdline contains a2 or proc.cmdline contains a3 or proc.cmdline contains a4 or proc.cmdline contains a5 or proc.cmdline contains a6 or proc.cmdline icontains X1 or proc.cmdline icontains X2",
	"fd.name endswith anyof (.a, .b, .c, .dd, .ee) or fd.name endswith .f or fd.name endswith .g or proc.name contains anyof (q1, q2, q3, q4, q5, q6) or proc.aname icontains anyof (Q1, Q2)",
	"getopt(proc.args, 'nx:')[x] = y or getopt(proc.args, 'nx:') intersects (x, y) or getopt(proc.cmdline, 'nx:')[x] exists",
	"proc.name glob val(proc.pname) or fd.name iglob val(proc.cmdline) or proc.exe glob tolower(proc.pname)",
	"proc.exeline contains x or proc.args[1] = x or proc.cmdnargs > 50 or proc.cmdlenargs > 500",
}

// reuse empties e's scratch memory, as a source does between events.
func reuse(e *event.Event) {
	saved := *e
	e.Reset()
	e.Num, e.Time, e.Clock, e.Type, e.TID, e.UID, e.GID, e.Res = saved.Num, saved.Time, saved.Clock, saved.Type, saved.TID, saved.UID, saved.GID, saved.Res
	e.Process, e.Args, e.FD, e.HasFD = saved.Process, saved.Args, saved.FD, saved.HasFD
}

func TestMatchDoesNotAllocate(t *testing.T) {
	events := []*event.Event{fileEvent(), socketEvent(), socket6Event(), orphanEvent()}
	for _, text := range evaluated {
		p := compile(t, text)
		for _, e := range events {
			if n := testing.AllocsPerRun(200, func() { p.Match(e); reuse(e) }); n != 0 {
				t.Errorf("%s allocates %v times for %s", text, n, e.Type)
			}
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	benchmarks := []struct{ name, condition string }{
		{"type", "evt.type = open"},
		{"equal", "proc.name = dog"},
		{"typical", "evt.type in (open, openat, openat2) and evt.is_open_read = true and fd.num >= 0 and (fd.name startswith /etc/ or fd.name in (/a, /b, /c, /d, /e)) and not proc.name in (sshd, sudo, su, login, systemd)"},
		{"paths", "fd.name pmatch (/etc, /usr/*/bin, /var/lib, /root)"},
		{"ancestors", "proc.aname in (java, node, php, python, ruby, nginx)"},
		{"nets", "fd.snet in (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16)"},
		{"regex", "fd.name regex '/etc/[a-z]+'"},
	}
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			p := compile(b, bm.condition)
			e := fileEvent()
			b.ReportAllocs()
			for b.Loop() {
				p.Match(e)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	const text = "evt.type in (open, openat, openat2) and evt.is_open_read = true and fd.num >= 0 and (fd.name startswith /etc/ or fd.name in (/a, /b, /c, /d, /e)) and not proc.name in (sshd, sudo, su, login, systemd) and not proc.aname[2] in (x, y.z, a.b.c) and evt.arg.flags contains O_CREAT"
	b.ReportAllocs()
	for b.Loop() {
		x, err := Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Compile(x); err != nil {
			b.Fatal(err)
		}
	}
}
