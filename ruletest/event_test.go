package ruletest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// read is what fields read on an event, <NA> where they have no value.
func read(t *testing.T, e *event.Event, names ...string) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, name := range names {
		ref, err := field.Bind(name, "", false)
		if err != nil {
			t.Fatal(err)
		}
		text, ok := ref.AppendText(nil, e)
		if got[name] = string(text); !ok {
			got[name] = noValue
		}
	}
	return got
}

func TestEvents(t *testing.T) {
	tests := []struct {
		event string
		want  map[string]string
	}{
		{"evt.type: execve", map[string]string{
			"proc.name": "app", "proc.exe": "app", "proc.exepath": "/usr/bin/app", "proc.cmdline": "app", "proc.args": "",
			"proc.pname": "systemd", "proc.pexepath": "/usr/lib/systemd/systemd", "proc.ppid": "1", "proc.aname[2]": noValue,
			"user.name": "root", "user.uid": "0", "user.loginuid": "-1", "container.id": "host", "proc.tty": "0",
			"evt.res": "SUCCESS", "evt.arg.filename": "/usr/bin/app", "proc.cwd": "/", "fd.name": noValue,
			"proc.is_sid_leader": "false", "proc.duration": "1000000000", "thread.ismain": "true",
		}},
		{"evt.type: execve, proc.cmdline: sh -c id", map[string]string{
			"proc.name": "sh", "proc.exepath": "/usr/bin/sh", "proc.args": "-c id", "proc.args[1]": "id", "proc.cmdnargs": "2",
		}},
		{"evt.type: execve, proc.exepath: /bin/busybox, proc.name: nc, proc.args: [-e, 'a b']", map[string]string{
			"proc.name": "nc", "proc.exe": "nc", "proc.cmdline": "nc -e a b", "proc.args[1]": "a b", "proc.cmdnargs": "2",
		}},
		{"evt.type: execve, proc.exepath: /usr/bin/containerd-shim-runc-v2", map[string]string{"proc.name": "containerd-shim"}},
		{"evt.type: execve, proc.exe: /opt/x/run", map[string]string{"proc.name": "run", "proc.exepath": "/opt/x/run"}},
		{"evt.type: execve, proc.cmdline: sh -i, proc.name: sh, proc.exe: -sh", map[string]string{"proc.exe": "-sh", "proc.args": "-i", "proc.exepath": "/usr/bin/sh"}},
		{"evt.type: execve, proc.aname: [sh, cron], 'proc.aexepath[1]': /bin/dash, proc.pcmdline: sh /etc/daily", map[string]string{
			"proc.pname": "sh", "proc.pexepath": "/bin/dash", "proc.aname[2]": "cron", "proc.aexepath[2]": "/usr/bin/cron", "proc.aname[3]": noValue,
			"proc.aargs[1]": "/etc/daily",
		}},
		{"evt.type: execve, proc.aexepath: ['', /sbin/init], proc.aname: [kworker/u4:1, init]", map[string]string{"proc.pexepath": "", "proc.pname": "kworker/u4:1", "proc.pcmdline": "kworker/u4:1"}},
		{"evt.type: execve, proc.aname: []", map[string]string{"proc.pname": noValue, "proc.ppid": "0"}},
		{"evt.type: execve, proc.ppid.duration: 60s, proc.duration: 5000000000, proc.sid: 9, proc.pid: 9", map[string]string{
			"proc.ppid.duration": "60000000000", "proc.duration": "5000000000", "proc.is_sid_leader": "true",
		}},
		{"evt.type: execve, proc.env: {A: b, LD_PRELOAD: /tmp/x.so}, 'proc.env[C]': d", map[string]string{"proc.env": "A=b LD_PRELOAD=/tmp/x.so C=d", "proc.env[LD_PRELOAD]": "/tmp/x.so"}},
		{"evt.type: execve, proc.env: [A=b], proc.cwd: /tmp", map[string]string{"proc.env[A]": "b", "proc.cwd": "/tmp/"}},
		{"evt.type: execve, evt.res: ENOENT, evt.arg.filename: ./no, evt.arg.exe: no, evt.arg.args: -x", map[string]string{
			"evt.res": "ENOENT", "evt.rawres": "-2", "evt.failed": "true", "evt.arg.filename": "./no", "evt.arg.exe": "no", "evt.arg.args": "-x", "proc.exe": "app",
		}},
		{"evt.type: execve, evt.arg.flags: [EXE_WRITABLE, EXE_FROM_MEMFD]", map[string]string{"proc.is_exe_writable": "true", "proc.is_exe_from_memfd": "true", "evt.arg.flags": "EXE_WRITABLE|EXE_FROM_MEMFD"}},
		{"evt.type: execve, thread.cap_effective: [CAP_SYS_ADMIN, CAP_CHOWN], thread.cap_permitted: CAP_BPF CAP_KILL", map[string]string{
			"thread.cap_effective": "CAP_CHOWN CAP_SYS_ADMIN", "thread.cap_permitted": "CAP_KILL CAP_BPF", "thread.cap_inheritable": "",
		}},
		{"evt.type: execve, user.name: alice, user.loginname: alice, group.name: staff", map[string]string{
			"user.uid": "1000", "user.loginuid": "1000", "user.loginname": "alice", "group.gid": "1000", "group.name": "staff", "user.homedir": "/home/alice",
		}},
		{"evt.type: execve, user.uid: 33, user.loginname: bob", map[string]string{"user.name": noValue, "user.loginname": "bob", "user.loginuid": "1001"}},
		{"evt.type: execve, container.image: 'reg:5000/a/b:1.2', k8s.ns.name: kube-system, proc.vpid: 1", map[string]string{
			"container.id": "3c6a9e0f1b2d", "container.image.repository": "reg:5000/a/b", "container.image.tag": "1.2",
			"container.type": "containerd", "k8s.ns.name": "kube-system", "proc.vpid": "1", "container.name": noValue,
		}},
		{"evt.type: execve, container.image.repository: nginx, container.image.tag: '1', container.id: 0123456789ab", map[string]string{"container.id": "0123456789ab", "container.image": "nginx:1"}},
		{"evt.type: execve, container.name: host", map[string]string{"container.id": "host", "container.name": "host"}},
		{"evt.type: openat, fd.name: /etc/hosts", map[string]string{
			"fd.name": "/etc/hosts", "fd.nameraw": "/etc/hosts", "fd.realpath": "/etc/hosts", "fd.type": "file", "fd.num": "3",
			"evt.arg.flags": "O_RDONLY", "evt.is_open_read": "true", "evt.is_open_write": "false", "evt.rawres": "3",
			"evt.arg.name": "/etc/hosts", "evt.arg.fd": "<f>/etc/hosts", "evt.arg.dirfd": "AT_FDCWD", "fd.filename": "hosts", "fd.directory": "/etc",
		}},
		{"evt.type: openat, fd.nameraw: ../x, proc.cwd: /srv/a, fd.realpath: /etc/shadow", map[string]string{"fd.name": "/srv/x", "fd.realpath": "/etc/shadow", "evt.arg.name": "../x"}},
		{"evt.type: open, fd.name: /x, evt.is_open_write: true", map[string]string{"evt.arg.flags": "O_WRONLY", "evt.is_open_read": "false"}},
		{"evt.type: open, fd.name: /x, evt.is_open_write: true, evt.is_open_read: true", map[string]string{"evt.arg.flags": "O_RDWR"}},
		{"evt.type: open, fd.name: /x, evt.is_open_write: true, evt.is_open_create: true, evt.is_open_exec: true", map[string]string{
			"evt.arg.flags": "O_CREAT|O_WRONLY|O_F_CREATED", "evt.is_open_exec": "true", "evt.arg.mode": "0755",
		}},
		{"evt.type: openat2, fd.name: /x, evt.arg.flags: O_CREAT|O_RDWR, evt.arg.mode: 0600, evt.arg.resolve: RESOLVE_BENEATH", map[string]string{
			"evt.arg.flags": "O_CREAT|O_RDWR", "evt.arg.mode": "0600", "evt.arg.resolve": "RESOLVE_BENEATH",
		}},
		{"evt.type: creat, fd.name: /x, fd.ino: 7, fd.dev: 2049, fd.is_upper_layer: true", map[string]string{
			"evt.is_open_write": "true", "fd.ino": "7", "evt.arg.ino": "7", "fd.dev.major": "8", "fd.is_upper_layer": "true",
		}},
		{"evt.type: openat, fd.name: /x, evt.res: EACCES", map[string]string{"fd.realpath": noValue, "fd.num": "-1", "evt.res": "EACCES", "fd.name": "/x", "fd.type": noValue}},
		{"evt.type: connect, fd.sip: 10.1.2.3, fd.sport: 22", map[string]string{
			"fd.name": "192.168.1.5:40000->10.1.2.3:22", "fd.l4proto": "tcp", "fd.type": "ipv4", "fd.rip": "10.1.2.3", "fd.lport": "40000", "fd.connected": "true",
		}},
		{"evt.type: connect, fd.name: '10.0.0.1:5->10.0.0.2:53', fd.l4proto: udp", map[string]string{"fd.cip": "10.0.0.1", "fd.sport": "53", "fd.l4proto": "udp"}},
		{"evt.type: connect, fd.rip: '2001:db8::5', fd.rport: 443, fd.lport: 9, evt.res: EINPROGRESS", map[string]string{"fd.type": "ipv6", "fd.sip": "2001:db8::5", "fd.cport": "9", "fd.connected": "false"}},
		{"evt.type: connect, fd.name: /run/docker.sock", map[string]string{"fd.type": "unix", "fd.name": "/run/docker.sock", "fd.sip": noValue, "fd.sockfamily": "unix"}},
		{"evt.type: accept4, fd.is_server: true, fd.cip: 10.0.0.9, fd.cport: 5000, fd.sport: 80", map[string]string{"fd.rip": "10.0.0.9", "fd.lport": "80", "fd.is_server": "true"}},
		{"evt.type: execve, proc.exe_ino: 5, proc.exe_ino.ctime: 1000, proc.is_exe_upper_layer: true, proc.is_exe_writable: false, proc.vpid: 1, proc.vpgid: 1, proc.pgid: 7, user.uid: 5, user.shell: /bin/zsh, user.homedir: /x, group.gid: 6", map[string]string{
			"proc.exe_ino": "5", "proc.exe_ino.ctime": "1000", "proc.is_exe_upper_layer": "true", "proc.is_vpgid_leader": "true",
			"proc.is_pgid_leader": "false", "user.uid": "5", "user.shell": "/bin/zsh", "user.homedir": "/x", "group.gid": "6", "group.name": noValue,
		}},
		{"evt.type: execve, proc.ppid: 9, 'proc.apid[2]': 8, proc.pexe: a, 'proc.aargs[1]': b c, evt.cpu: 3, evt.rawtime: 17", map[string]string{
			"proc.ppid": "9", "proc.apid[2]": "8", "proc.pcmdline": "a b c", "proc.pname": "a", "evt.cpu": "3", "evt.rawtime": "17",
		}},
		{"evt.type: execve, container.full_id: 0123456789abcdef, container.type: docker, container.image.id: i, container.image.digest: d, k8s.pod.uid: u, k8s.pod.name: p, container.name: n", map[string]string{
			"container.id": "0123456789ab", "container.full_id": "0123456789abcdef", "container.type": "docker", "container.image.digest": "d", "container.name": "n",
		}},
		{"evt.type: execve, container.name: n", map[string]string{
			"container.privileged": "false", "container.host_pid": "false", "container.mounts": "", "container.labels": "", "container.healthcheck": noValue,
			"container.start_ts": noValue, "k8s.pod.name": noValue, "k8s.pod.labels": noValue, "proc.is_container_healthcheck": "false",
		}},
		{"evt.type: execve, container.privileged: true, container.host_network: true, container.mounts: [/proc:/host/proc:ro, '/data:/d', 'v:/v:z:false:rslave']", map[string]string{
			"container.id": "3c6a9e0f1b2d", "container.privileged": "true", "container.host_network": "true", "container.host_ipc": "false",
			"container.mounts": "/proc:/host/proc:ro:false:rprivate,/data:/d::true:rprivate,v:/v:z:false:rslave", "container.mount.dest[/proc*]": "/host/proc",
		}},
		{"evt.type: execve, container.mounts: '/a:/b,/c:/d'", map[string]string{"container.mount.source[1]": "/c", "container.mount.rdwr[0]": "true"}},
		{"evt.type: execve, container.labels: {team: shop, app: web, empty: ''}, 'container.label[b]': c, k8s.pod.label.app: web, k8s.pod.labels: {x: y}", map[string]string{
			"container.labels": "app:web, b:c, empty, team:shop", "container.label[team]": "shop", "k8s.pod.labels": "app:web, x:y", "k8s.pod.label[x]": "y", "k8s.pod.name": noValue,
		}},
		{"evt.type: execve, k8s.pod.sandbox_id: 63060edc2d3a, k8s.pod.uid: u, k8s.pod.ip: 10.1.2.3, k8s.pod.cni.json: '{}'", map[string]string{
			"k8s.pod.sandbox_id": "63060edc2d3a", "k8s.pod.full_sandbox_id": "63060edc2d3a", "k8s.pod.id": "u", "container.ip": "10.1.2.3", "container.cni.json": "{}",
		}},
		{"evt.type: execve, k8s.pod.full_sandbox_id: 63060edc2d3aa803, k8s.pod.sandbox_id: 63060edc2d3a, container.ip: 10.1.2.4", map[string]string{"k8s.pod.ip": "10.1.2.4"}},
		{"evt.type: execve, container.duration: 90s, evt.rawtime: 1700000000000000000", map[string]string{"container.duration": "90000000000", "container.start_ts": "1699999910000000000"}},
		{"evt.type: execve, container.healthcheck: [/bin/sh, -c, curl -f x], proc.exe: /bin/sh, proc.args: [-c, curl -f x]", map[string]string{
			"container.healthcheck": "/bin/sh -c curl -f x", "proc.is_container_healthcheck": "true", "proc.is_container_liveness_probe": "false",
		}},
		{"evt.type: execve, container.readiness_probe: /ready -v, container.liveness_probe: /alive, proc.exe: /ready, proc.args: -v", map[string]string{
			"proc.is_container_readiness_probe": "true", "container.liveness_probe": "/alive",
		}},
		// Event types that nothing is known of but their parameters.
		{"evt.type: rename, evt.arg.oldpath: /a, evt.arg.newpath: /b, evt.res: ENOENT", map[string]string{"evt.arg.oldpath": "/a", "evt.arg.newpath": "/b", "evt.arg.res": "ENOENT"}},
		{"evt.type: symlinkat, evt.arg.target: /etc/shadow, 'evt.arg[3]': /tmp/x", map[string]string{"evt.arg.target": "/etc/shadow", "evt.arg.linkpath": "/tmp/x"}},
		{"evt.type: write, fd.name: /x, fd.num: 5, fd.is_lower_layer: true", map[string]string{"fd.name": "/x", "fd.num": "5", "fd.type": "file", "fd.is_lower_layer": "true"}},
		{"evt.type: sendto, fd.rip: 10.0.0.1, fd.rport: 53, fd.l4proto: udp", map[string]string{"fd.name": "192.168.1.5:40000->10.0.0.1:53", "fd.type": "ipv4"}},
	}
	for _, tt := range tests {
		t.Run(tt.event, func(t *testing.T) {
			s, err := load(oneEvent(tt.event))
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for name := range tt.want {
				names = append(names, name)
			}
			if diff := cmp.Diff(tt.want, read(t, s.Tests[0].Events[0].Event, names...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The events of one test follow each other.
func TestEventsInOrder(t *testing.T) {
	s, err := load("rule_files: [rules.yaml]\ntests:\n  - name: n\n    alerts: []\n    events:\n      - {evt.type: execve}\n      - {evt.type: execve, evt.rawtime: 5}\n      - {evt.type: execve}\n")
	if err != nil {
		t.Fatal(err)
	}
	e := s.Tests[0].Events
	if len(e) != 3 || e[0].Event.Num != 1 || e[2].Event.Num != 3 || e[2].Event.Time <= e[0].Event.Time || e[2].Event.Clock <= e[0].Event.Clock || e[1].Event.Time != 5 {
		t.Errorf("the events are %+v", e)
	}
}
