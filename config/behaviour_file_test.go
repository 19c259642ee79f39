package config_test

import "github.com/gyrsec/gyr/event"

func readBehaviours() []behaviour {
	return []behaviour{
		{
			rule: "Read Sensitive File By Untrusted Program",
			match: []*event.Event{
				read("/etc/shadow", cmd("/usr/bin/cat", "/etc/shadow")),
				read("/tmp/link", cmd("/usr/bin/cat"), really("/etc/shadow")),
				read("/etc/shadow", cmd("/usr/bin/cat"), raw("../etc/shadow")),
				read("/proc/self/root/etc/shadow", cmd("/usr/bin/cat"), really("/etc/shadow")),
				read("/etc/shadow", cmd("/usr/bin/cat"), result(eacces)),
				read("/etc/sudoers.d/admins", cmd("/usr/bin/less"), inContainer),
				read("/etc/pam.d/sshd", cmd("/opt/x")),
				open("/etc/gshadow", event.ORdwr, cmd("/opt/x")),
				read("/etc/shadow", cmd("sshd=/opt/x")),
				read("/etc/shadow", cmd("sh=/usr/bin/dash")),
			},
			misses: []*event.Event{
				read("/etc/shadow", cmd("/usr/sbin/sshd")),
				read("/etc/shadow", cmd("/usr/sbin/unix_chkpwd")),
				read("/etc/sudoers", cmd("/usr/bin/sudo", "ls")),
				read("/etc/pam.d/login", cmd("sd-pam=/usr/lib/systemd/systemd")),
				read("/etc/pam.d/cron", cmd("/usr/bin/md5sum"), under("/usr/bin/dash", "/usr/bin/dpkg")),
				read("/etc/passwd", cmd("/usr/bin/cat")),
				read("/etc/shadow", cmd("/usr/bin/cat"), result(enoent)),
				read("/etc/pam.d", cmd("/usr/bin/ls"), directory),
				read("/etc/sudoers.d/", cmd("/usr/bin/ls"), directory),
				read("/srv/etc/shadow", cmd("/usr/bin/cat")),
				read("/etc/shadow", cmd("/usr/bin/cmp"), under("sh=/usr/bin/dash", "/usr/sbin/cron"), parentLine("sh /etc/cron.daily/passwd")),
				read("/etc/shadow", cmd("vim=/usr/bin/vim.basic"), onTerminal),
			},
		},
		{
			rule: "Read Sensitive File By Server After Startup",
			match: []*event.Event{
				read("/etc/shadow", cmd("/usr/sbin/nginx"), since(60e9)),
				read("/etc/sudoers", cmd("/usr/sbin/mysqld"), since(6e9), inContainer),
			},
			misses: []*event.Event{
				read("/etc/shadow", cmd("/usr/sbin/vsftpd"), since(1e9)),
				read("/etc/passwd", cmd("/usr/sbin/nginx"), since(60e9)),
			},
		},
		{
			rule: "Read SSH Private Key",
			match: []*event.Event{
				read("/root/.ssh/id_ed25519", cmd("/usr/bin/cat")),
				read("/home/u/.ssh/work.pem", cmd("/usr/bin/curl")),
				read("/etc/ssh/ssh_host_rsa_key", cmd("/usr/bin/cp")),
				read("/srv/k", cmd("/usr/bin/cat"), really("/home/u/.ssh/id_rsa"), inContainer),
				read("/home/u/.ssh/id_rsa", cmd("ssh=/opt/x")),
			},
			misses: []*event.Event{
				read("/root/.ssh/id_ed25519", cmd("/usr/bin/ssh")),
				read("/root/.ssh/id_ed25519.pub", cmd("/usr/bin/cat")),
				read("/root/.ssh/known_hosts", cmd("/usr/bin/cat")),
				read("/etc/ssh/ssh_host_rsa_key", cmd("/usr/sbin/sshd")),
				read("/etc/ssh/sshd_config", cmd("/usr/bin/cat")),
				read("/root/.ssh/id_rsa", cmd("/opt/sdk"), result(enoent)),
			},
		},
		{
			rule: "Read Cloud Credentials",
			match: []*event.Event{
				read("/root/.aws/credentials", cmd("/usr/bin/cat")),
				read("/home/u/.kube/config", cmd("/usr/bin/tar")),
				read("/root/.docker/config.json", cmd("/tmp/x")),
				read("/root/.config/gcloud/application_default_credentials.json", cmd("/opt/x"), exeFlags(event.ExeMemfd)),
				read("/etc/kubernetes/admin.conf", cmd("base64=/usr/bin/base64"), inContainer),
				read("/root/.aws/credentials", cmd("/usr/bin/x"), inContainer, exeFlags(event.ExeUpperLayer)),
			},
			misses: []*event.Event{
				read("/root/.aws/credentials", cmd("aws=/usr/bin/python3.11")),
				read("/home/u/.kube/config", cmd("/usr/local/bin/kubectl")),
				read("/root/.aws/config", cmd("/usr/bin/cat")),
				read("/root/.aws/credentials", cmd("/usr/bin/cat"), result(enoent)),
			},
		},
		{
			rule: "Read Kubernetes Service Account Token",
			match: []*event.Event{
				read("/var/run/secrets/kubernetes.io/serviceaccount/token", cmd("cat=/bin/busybox"), inContainer),
				read("/run/secrets/kubernetes.io/serviceaccount/token", cmd("sh=/bin/busybox"), inContainer, really("/run/secrets/kubernetes.io/serviceaccount/..2026/token")),
				read("/run/secrets/kubernetes.io/serviceaccount/token", cmd("/app/x"), inContainer, exeFlags(event.ExeUpperLayer)),
			},
			misses: []*event.Event{
				read("/run/secrets/kubernetes.io/serviceaccount/token", cmd("/app/server"), inContainer),
				read("/run/secrets/kubernetes.io/serviceaccount/ca.crt", cmd("cat=/bin/busybox"), inContainer),
				read("/run/secrets/kubernetes.io/serviceaccount/token", cmd("/usr/bin/cat")),
			},
		},
		{
			rule: "Read Environment Of Another Process",
			match: []*event.Event{
				read("/proc/1/environ", cmd("/usr/bin/cat"), inContainer),
				read("/proc/4242/environ", cmd("/usr/bin/strings")),
				read("/proc/42/environ", cmd("/usr/bin/cat"), raw("/proc/self/../42/environ")),
			},
			misses: []*event.Event{
				read("/proc/self/environ", cmd("/usr/bin/cat"), really("/proc/70/environ")),
				read("/proc/4242/environ", cmd("/usr/lib/systemd/systemd-logind")),
				read("/proc/4242/cmdline", cmd("/usr/bin/cat")),
				read("/proc/4242/environ", cmd("/usr/bin/cat"), result(eacces)),
			},
		},
		{
			rule: "Memory Of Another Process Opened",
			match: []*event.Event{
				open("/proc/4242/mem", event.ORdwr, cmd("/opt/x")),
				read("/proc/1/mem", cmd("/usr/bin/gdb"), inContainer),
			},
			misses: []*event.Event{
				open("/proc/4242/mem", event.ORdwr, cmd("/usr/bin/gdb")),
				open("/proc/self/mem", event.ORdwr, cmd("/opt/x"), really("/proc/70/mem")),
				read("/proc/4242/maps", cmd("/opt/x")),
			},
		},
		{
			rule: "Memory Of The Machine Opened",
			match: []*event.Event{
				read("/dev/mem", cmd("/usr/bin/dd")),
				read("/proc/kcore", cmd("/usr/bin/cp")),
				open("/dev/mem", event.ORdwr, cmd("/usr/sbin/dmidecode"), inContainer),
				read("/proc/kcore", cmd("runc:[2:INIT]=/usr/bin/x"), inContainer),
			},
			misses: []*event.Event{
				read("/dev/mem", cmd("/usr/sbin/dmidecode")),
				read("/proc/meminfo", cmd("/usr/bin/free")),
				read("/dev/mem", cmd("/usr/bin/dd"), result(eperm)),
				read("/proc/kcore", cmd("runc:[2:INIT]=/", "init"), inContainer),
			},
		},
	}
}

func writeBehaviours() []behaviour {
	return []behaviour{
		{
			rule: "Raw Disk Written",
			match: []*event.Event{
				written("/dev/sda", cmd("/usr/bin/dd")),
				open("/dev/nvme0n1p1", event.ORdwr, cmd("/opt/x")),
				read("/dev/vda1", cmd("/usr/sbin/debugfs"), inContainer),
				written("/dev/disk/by-id/x", cmd("/usr/bin/dd"), really("/dev/sdb")),
			},
			misses: []*event.Event{
				read("/dev/sda", cmd("/usr/bin/dd")),
				open("/dev/sda", event.ORdwr, cmd("/usr/sbin/fdisk")),
				open("/dev/mapper/control", event.ORdwr, cmd("/opt/x")),
				written("/dev/null", cmd("/usr/bin/dd")),
				written("/dev/sda", cmd("/usr/bin/dd"), result(eacces)),
			},
		},
		{
			rule: "Kernel Helper Program Changed",
			match: []*event.Event{
				written("/proc/sys/kernel/core_pattern", cmd("sh=/bin/busybox"), inContainer),
				written("/host/proc/sys/kernel/core_pattern", cmd("/opt/x")),
				written("/tmp/cg/release_agent", cmd("sh=/bin/busybox"), inContainer),
				written("/proc/sys/kernel/modprobe", cmd("/usr/bin/tee")),
				written("/proc/sys/kernel/core_pattern", cmd("/usr/sbin/sysctl"), inContainer),
			},
			misses: []*event.Event{
				written("/proc/sys/kernel/core_pattern", cmd("/usr/sbin/sysctl")),
				read("/proc/sys/kernel/core_pattern", cmd("/usr/bin/cat"), inContainer),
				written("/proc/sys/vm/swappiness", cmd("/usr/bin/tee")),
			},
		},
		{
			rule: "Preloaded Library Configured",
			match: []*event.Event{
				written("/etc/ld.so.preload", cmd("/usr/bin/bash")),
				creat("/etc/ld.so.preload", cmd("/opt/x"), inContainer),
			},
			misses: []*event.Event{
				read("/etc/ld.so.preload", cmd("/usr/bin/cat")),
				written("/etc/ld.so.cache~", cmd("/usr/sbin/ldconfig")),
				written("/srv/ld.so.preload", cmd("/usr/bin/bash")),
			},
		},
		{
			rule: "SSH Authorized Keys Written",
			match: []*event.Event{
				written("/root/.ssh/authorized_keys", cmd("/usr/bin/bash")),
				written("/srv/x", cmd("/usr/bin/tee"), really("/home/u/.ssh/authorized_keys")),
				written("/home/u/.ssh/authorized_keys", cmd("/opt/x"), inContainer),
			},
			misses: []*event.Event{
				read("/root/.ssh/authorized_keys", cmd("/usr/sbin/sshd")),
				written("/root/.ssh/known_hosts", cmd("/usr/bin/ssh")),
				written("/root/.ssh/authorized_keys", cmd("/usr/bin/bash"), result(eacces)),
				written("/root/.ssh/authorized_keys", cmd("/usr/bin/nano"), onTerminal),
			},
		},
		{
			rule: "Sudo Rules Written",
			match: []*event.Event{
				written("/etc/sudoers.d/eve", cmd("/usr/bin/tee")),
				written("/etc/sudoers", cmd("/usr/bin/bash"), inContainer),
			},
			misses: []*event.Event{
				written("/etc/sudoers.tmp", cmd("/usr/sbin/visudo"), inContainer),
				written("/etc/sudoers", cmd("/usr/sbin/visudo")),
				written("/etc/sudoers.d/README", cmd("/usr/bin/dpkg")),
			},
		},
		{
			rule: "Login Database Written",
			match: []*event.Event{
				written("/etc/passwd", cmd("/usr/bin/bash")),
				written("/etc/pam.d/sshd", cmd("/usr/bin/cp"), inContainer),
				written("/usr/lib/x86_64-linux-gnu/security/pam_unix.so", cmd("/opt/x")),
			},
			misses: []*event.Event{
				written("/etc/passwd", cmd("/usr/sbin/useradd"), under("/usr/bin/bash")),
				written("/etc/shadow", cmd("/usr/bin/passwd")),
				read("/etc/passwd", cmd("/usr/bin/bash")),
				written("/etc/pam.d/common-auth", cmd("pam-auth-update=/usr/bin/perl"), under("/usr/bin/dash", "/usr/bin/dpkg")),
			},
		},
		{
			rule: "Scheduled Job Written",
			match: []*event.Event{
				written("/etc/cron.d/x", cmd("/usr/bin/bash")),
				written("/var/spool/cron/crontabs/tmp.x", cmd("/usr/bin/crontab")),
				written("/etc/crontab", cmd("/usr/bin/tee"), inContainer),
			},
			misses: []*event.Event{
				read("/etc/crontab", cmd("/usr/bin/cat")),
				written("/etc/cron.d/x", cmd("/usr/bin/dpkg")),
				written("/srv/etc/cron.d/x", cmd("/usr/bin/bash")),
			},
		},
		{
			rule: "Service Definition Written",
			match: []*event.Event{
				written("/etc/systemd/system/x.service", cmd("/usr/bin/bash")),
				written("/home/u/.config/systemd/user/x.service", cmd("/opt/x")),
				written("/etc/init.d/x", cmd("/usr/bin/cp"), inContainer),
			},
			misses: []*event.Event{
				written("/etc/systemd/system/x.service.d/override.conf", cmd("/usr/bin/systemctl")),
				written("/run/systemd/transient/x.scope", cmd("/usr/lib/systemd/systemd")),
				read("/etc/systemd/system/x.service", cmd("/usr/bin/cat")),
				written("/usr/lib/systemd/system/x.service", cmd("/usr/bin/dpkg")),
			},
		},
		{
			rule: "Shell Configuration Written",
			match: []*event.Event{
				written("/root/.bashrc", cmd("/usr/bin/bash")),
				written("/etc/profile.d/x.sh", cmd("/usr/bin/cp")),
				written("/home/u/.zshrc", cmd("/opt/x"), inContainer),
			},
			misses: []*event.Event{
				read("/root/.bashrc", cmd("/usr/bin/bash")),
				written("/root/.bashrc", cmd("vim=/usr/bin/vim.basic"), onTerminal),
				written("/home/u/.bashrc", cmd("/usr/sbin/useradd")),
				written("/root/bashrc", cmd("/usr/bin/bash")),
			},
		},
		{
			rule: "Write Below Binary Directory",
			match: []*event.Event{
				written("/usr/bin/sudo", cmd("/usr/bin/cp")),
				written("/usr/local/bin/x", cmd("/usr/bin/curl"), inContainer),
				written("/srv/x", cmd("/usr/bin/cp"), really("/usr/sbin/sshd")),
				creat("/bin/x", cmd("/opt/x")),
			},
			misses: []*event.Event{
				written("/usr/bin/x.dpkg-new", cmd("/usr/bin/dpkg")),
				written("/usr/bin/x", cmd("/usr/bin/sed"), under("/usr/bin/dash", "/usr/bin/dpkg", "/usr/bin/apt-get")),
				read("/usr/bin/sudo", cmd("/usr/bin/cp")),
				written("/usr/bin/x", cmd("/usr/bin/cp"), result(eacces)),
				written("/home/u/bin/x", cmd("/usr/bin/cp")),
				written("/usr/bin/x", cmd("/usr/bin/dockerd")),
			},
		},
		{
			rule: "Write Below Etc",
			match: []*event.Event{
				written("/etc/hosts", cmd("/usr/bin/bash")),
				written("/etc/ssh/sshd_config", cmd("/usr/bin/sed", "-i")),
				creat("/etc/x", cmd("/opt/x")),
			},
			misses: []*event.Event{
				written("/etc/hosts", cmd("/usr/bin/bash"), inContainer),
				written("/etc/hosts", cmd("vim=/usr/bin/vim.basic"), onTerminal),
				written("/etc/resolv.conf", cmd("sh=/usr/bin/dash")),
				written("/etc/x.conf.dpkg-new", cmd("/usr/bin/dpkg")),
				read("/etc/hosts", cmd("/usr/bin/bash")),
				written("/srv/etc/hosts", cmd("/usr/bin/bash")),
			},
		},
	}
}
