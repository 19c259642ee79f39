package live

import (
	"testing"
	"time"

	"github.com/gyrsec/gyr/test/runc"
)

// agedRead has the server that runs since the start of the test read a file.
func agedRead(file string) step {
	do := func(t *testing.T, s *stage, _ string) (string, int) {
		t.Helper()
		if wait := serverAge + serverAge/10 - time.Since(s.aged.started); wait > 0 {
			time.Sleep(wait) // nothing but time makes it old
		}
		return s.aged.read(t, file), 0
	}
	return step{what: "a server that runs for long reads " + file, do: do, aged: true}
}

// freshRead has a server that was just started read a file.
func freshRead(file string) step {
	do := func(t *testing.T, _ *stage, mark string) (string, int) {
		t.Helper()
		return startServer(t, mark).read(t, file), 0
	}
	return step{what: "a server reads " + file + " as it starts", do: do}
}

const (
	asNobody = "setpriv --reuid=65534 --regid=65534 --clear-groups "
	// openat2 has the same number everywhere.
	openat2 = `$how = pack("QQQ", 0, 0, 0); $file = "/etc/shadow\0"; syscall(437, -100, $file, $how, 24) >= 0 or die $!`
)

// linkOver is raised by links that others are read by.
const linkOver = "Create Symlink Over Sensitive Files"

func readBehaviours() []behaviour {
	return []behaviour{
		{
			rule: "File Read By Roundabout Path",
			raises: []step{
				host("cd " + stepDir + "; cat ../../etc/hosts"), host("cat " + stepDir + "/../../etc/passwd"),
				inside("cd /usr/bin; /bin/cat ../../etc/passwd"),
			},
			misses: []step{
				host("cd /mnt; cat ../etc/hosts"), host("cat /etc/hosts"), host("cd " + stepDir + "; cat ../../srv/payroll/list"),
				onTerminal("cat " + stepDir + "/../../etc/hosts"),
			},
		},
		{
			rule: "Backdoored Library Read",
			raises: []step{
				host(": >/mnt/liblzma.so.5.6.1; cat /mnt/liblzma.so.5.6.1"),
				host("ln -s liblzma.so.5.6.1 /mnt/liblzma.so.5; cat /mnt/liblzma.so.5"),
			},
			misses: []step{host(": >/mnt/liblzma.so.5.4.1; cat /mnt/liblzma.so.5.4.1"), host("ls -l /mnt/liblzma.so.5.6.1")},
		},
		{
			rule: readSensitive,
			raises: []step{
				host("cat /etc/shadow"), host("cd /etc; head -n1 gshadow"),
				host("ln -s /etc/shadow /mnt/notes; tail /mnt/notes", companion{linkOver, "so does making the link"}),
				host("perl -e '" + openat2 + "'"),
				host(asNobody + "cat /etc/shadow").ending(1), host("cd /etc; " + asNobody + "cat shadow").ending(1),
				inside("/bin/cat /etc/shadow"), inside("cd /etc; /bin/cat ../etc/shadow"), inside("read -r line </etc/shadow"),
			},
			misses: []step{
				host("cat /etc/passwd"), host("cat /etc/sudoers").ending(1), host("chage -l root"), inside("/bin/cat /etc/passwd"),
				host("cp /etc/passwd /mnt/shadow; cat /mnt/shadow"),
			},
		},
		{
			rule:   "Read SSH Private Key",
			raises: []step{host("cat /root/.ssh/id_x"), host("cd /root; tar -c .ssh/id_x | wc -c")},
			misses: []step{host("cat /root/.ssh/id_x.pub"), host("cat /root/.ssh/id_y").ending(1), host("ls -l /root/.ssh/id_x")},
		},
		{
			rule:   "Read Cloud Credentials",
			raises: []step{host("cat /root/.aws/credentials"), host("tar -C /root -c .aws/credentials | wc -c")},
			misses: []step{
				host("cat /root/.aws/config"), host("cat /root/.kube/config").ending(1),
				host("read -r line </root/.aws/credentials"),
			},
		},
		{
			rule: "Read Kubernetes Service Account Token",
			raises: []step{
				inside("/bin/cat /run/secrets/kubernetes.io/serviceaccount/token"),
				inside("read -r token </run/secrets/kubernetes.io/serviceaccount/token"),
				inside("cd /run/secrets/kubernetes.io; /bin/cat serviceaccount/token"),
			},
			misses: []step{
				inside("/bin/cat /run/secrets/kubernetes.io/serviceaccount/ca.crt"),
				inside("/opt/tools/wc /run/secrets/kubernetes.io/serviceaccount/token"),
				host("cat " + tokenDir + "/token"),
			},
		},
		{
			rule: "Read Environment Of Another Process",
			raises: []step{
				host("cat /proc/$$/environ >/dev/null"),
				inside("/bin/cat /proc/1/environ >/dev/null"),
			},
			misses: []step{host("cat /proc/self/environ >/dev/null"), host("cat /proc/$$/cmdline >/dev/null")},
		},
		{
			rule:   "Memory Of Another Process Opened",
			raises: []step{host("head -c1 /proc/$$/mem").ending(1), inside("/bin/head -c1 /proc/1/mem").ending(1)},
			misses: []step{host("head -c1 /proc/self/mem").ending(1), host("head -c1 /proc/$$/maps >/dev/null")},
		},
		{
			rule:   "Memory Of The Machine Opened",
			raises: []step{host("head -c1 /dev/mem"), host("cd /dev; head -c1 ./mem")},
			misses: []step{
				host("head -c1 /proc/meminfo"), host("head -c1 /dev/zero >/dev/null"),
				// runc hides /proc/kcore.
				newContainer("start a container", runc.Options{NoTerminal: true}),
			},
		},
		{
			rule:   "Read Sensitive File By Server After Startup",
			raises: []step{agedRead("/etc/shadow")},
			misses: []step{freshRead("/etc/shadow")},
		},
	}
}
