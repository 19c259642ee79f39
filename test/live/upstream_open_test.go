package live

import (
	"path/filepath"
	"testing"
)

// Rules whose alerts other rules' steps raise, too.
const (
	sensitiveUntrusted = "Read sensitive file untrusted"
	belowEtc           = "Write below etc"
	belowRoot          = "Write below root"
	monitoredDirectory = "Write below monitored dir"
	symlinkSensitive   = "Create Symlink Over Sensitive Files"
	readSSH            = "Read ssh information"
	createdBelowDev    = "Create files below dev"
)

// raising adds alerts of other rules to a step.
func (s step) raising(with ...companion) step {
	s.with = append(s.with[:len(s.with):len(s.with)], with...)
	return s
}

// freshServerRead has a server that was just started read a file.
func freshServerRead(name, file string) step {
	do := func(t *testing.T, _ *stage, mark string) (string, int) {
		t.Helper()
		return startActorServer(t, name, mark).read(t, file), 0
	}
	return step{what: name + " reads " + file + " as it starts", do: do}
}

// execInside starts a program in the container as `kubectl exec` does, without
// a terminal.
func execInside(args ...string) step {
	do := func(t *testing.T, s *stage, mark string) (string, int) {
		t.Helper()
		p := s.container.ExecNoTerminal(t, append([]string{"/bin/busybox", "env", markVariable + "=" + mark}, args...)...)
		status := p.Wait(t)
		return p.Output(), status
	}
	return step{what: "kubectl exec " + filepath.Base(args[0]), do: do}
}

// readEntries are the rules about files that are read.
func readEntries(*upstreamStage) []entry {
	untrusted := companion{sensitiveUntrusted, "it counts nobody but a few programs as trusted"}
	return []entry{
		{behaviour{
			rule: "Directory traversal monitored file read",
			raises: []step{
				acts("cd /mnt/token; $A/actor run /bin/cat ../../etc/hosts"),
				acts("$A/actor run /bin/cat /mnt/../mnt/../etc/not-there").ending(1),
				actsInside("cd /usr/bin; $A/actor run /bin/cat ../../etc/hostname"),
			},
			misses: []step{
				acts("cd /mnt/token; cat ../../etc/hosts"), // started by a shell
				acts("cd /mnt; $A/actor run /bin/cat ../etc/hosts"),
				acts("cd /mnt/token; $A/actor run /bin/cat ../../mnt/plain"),
			},
		}, map[string]string{"fd.name": "/etc/hosts", "fd.nameraw": "../../etc/hosts", "proc.name": "cat", "proc.pname": "actor", "proc.aname[2]": "sh"}},
		{behaviour{
			rule:   "Read sensitive file trusted after startup",
			raises: []step{agedRead("/etc/shadow").raising(untrusted)},
			misses: []step{freshServerRead("nginx", "/etc/shadow").raising(untrusted), freshServerRead("nginx", "/etc/hosts")},
		}, map[string]string{"fd.name": "/etc/shadow", "proc.name": "nginx", "proc.exepath": actorDir + "/nginx"}},
		{behaviour{
			rule: sensitiveUntrusted,
			raises: []step{
				acts("cat /etc/shadow"),
				acts("cd /etc; head ./shadow"), acts("$A/actor call open /etc/shadow 0"), acts("$A/actor call openat2 -100 /etc/shadow buf:24 24"),
				acts("ln -s /etc /mnt/configuration; cat /mnt/configuration/shadow", companion{symlinkSensitive, "it is one"}),
				actsInside("/bin/cat /etc/shadow"),
			},
			misses: []step{
				acts(": </etc/shadow"), acts("cat /etc/hosts"), acts("$A/sshd call openat -100 /etc/shadow 0"), acts("stat /etc/shadow"),
			},
		}, map[string]string{"fd.name": "/etc/shadow", "proc.name": "cat", "proc.cmdline": "cat /etc/shadow", "proc.pname": "sh", "evt.type": "openat"}},
		{behaviour{
			rule:   readSSH,
			raises: []step{acts("cat /root/.ssh/id_x"), acts("ls /home/u/.ssh/config.d"), acts("cat /home/u/.ssh/config.d/work")},
			misses: []step{acts("$A/ssh-keygen call openat -100 /root/.ssh/id_x 0"), acts("stat /root/.ssh/id_x"), acts("ls /home/u")},
		}, map[string]string{"fd.name": "/root/.ssh/id_x"}},
		{behaviour{
			rule:   "Read environment variable from /proc files",
			raises: []step{actsInside("/bin/cat /proc/self/environ"), actsInside("/bin/cat /proc/1/environ")},
			misses: []step{actsInside("/bin/cat /proc/self/status"), acts("cat /proc/self/environ")},
		}, map[string]string{"fd.name": "/proc/self/environ", "proc.aname[2]": "sh"}},
		{behaviour{
			rule:   "Exfiltrating Artifacts via Kubernetes Control Plane",
			raises: []step{execInside(actorInside+"/tar", "-cf", "/dev/null", "/steps/.keep")},
			misses: []step{
				execInside(actorInside+"/tar", "-cf", "/dev/null", "/etc/hostname"),
				execInside("/bin/cat", "/steps/.keep"),
				actsInside("$A/tar -cf /dev/null /steps/.keep"), // not started from outside
			},
		}, map[string]string{"fd.name": "/steps/.keep", "proc.name": "tar"}},
		{behaviour{
			rule:   "Backdoored library loaded into SSHD (CVE-2024-3094)",
			raises: []step{acts("$A/sshd call openat -100 /mnt/liblzma.so.5.6.1 0")},
			misses: []step{acts("$A/sshd call openat -100 /mnt/liblzma.so.5.6.2 0"), acts("cat /mnt/liblzma.so.5.6.1")},
		}, map[string]string{"fd.name": "/mnt/liblzma.so.5.6.1", "evt.arg.flags": "O_RDONLY"}},
	}
}
