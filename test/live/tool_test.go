package live

import (
	"strings"
	"testing"
)

// findLoader finds the loader of shared libraries in $LOADER.
const findLoader = "LOADER=$(ls /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.* 2>/dev/null | head -n1); "

// orphaned is a script whose parent has ended before it begins, so that what
// the test itself was started by (sudo, for one) is not above it. It has to make
// the file /mnt/orphan as its last act.
func orphaned(script string) step {
	quoted := "'" + strings.ReplaceAll(script, "'", `'\''`) + "'"
	s := host("rm -f /mnt/orphan; (setsid sh -c 'sleep 0.2; exec sh -c \"$1\"' sh " + quoted + " &); " +
		"for i in 1 2 3 4 5 6 7 8 9; do sleep 0.2; test -e /mnt/orphan && exit 0; done; exit 1")
	s.what = script + " (its parent has ended)"
	return s
}

// exploitBehaviours are programs started in a way that nobody starts them.
func exploitBehaviours() []behaviour {
	return []behaviour{
		{
			rule:   "Crypto Miner Started",
			raises: []step{host(toolDir + "/xmrig --config /mnt/x"), inside("/opt/tools/xmrig")},
			misses: []step{host("ls " + toolDir + "/xmrig"), host(toolDir + "/make xmrig"), host("cd /mnt; ./xmrig").ending(notThere)},
		},
		{
			rule:   "Program Started Without A Name",
			raises: []step{host(toolDir + "/intruder null-argv " + toolDir + "/make"), inside("/opt/tools/intruder null-argv /opt/tools/make")},
			misses: []step{host(toolDir + "/make"), host(toolDir + "/make ''")},
		},
		{
			rule:   "Known Exploit Of Sudo",
			raises: []step{host(toolDir + `/sudoedit -s 'AAAA\'`), inside(`/opt/tools/sudoedit -A -s '\' x`)},
			misses: []step{host(toolDir + "/sudoedit /etc/hosts"), host(toolDir + "/sudoedit -s /etc/hosts"), host(toolDir + `/make -s 'AAAA\'`)},
		},
		{
			rule: "Known Exploit Of The Program Loader",
			raises: []step{
				host("GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=A " + toolDir + "/make"),
				inside("GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=A /opt/tools/make"),
			},
			misses: []step{host("GLIBC_TUNABLES=glibc.malloc.arena_max=1 " + toolDir + "/make"), host("NOTE=a=glibc.b " + toolDir + "/make")},
		},
		{
			rule: "Library Preloaded From Temporary Directory",
			raises: []step{
				host("LD_PRELOAD=/tmp/not-there.so " + toolDir + "/make"), host("LD_PRELOAD=libc.so.6:/var/tmp/x.so " + toolDir + "/make"),
				inside("LD_AUDIT=/usr/lib/.x.so /opt/tools/make"),
			},
			misses: []step{host("LD_PRELOAD=libnot-there.so " + toolDir + "/make"), host("TMPDIR=/tmp/x " + toolDir + "/make")},
		},
		{
			rule: "Program Poses As Kernel Thread",
			raises: []step{
				host(toolDir + "/kworkerds"), host(`bash -c 'exec -a "[kthreadd]" ` + toolDir + `/make'`),
				host(toolDir + "/actor call prctl 15 kworker/0:1 0 0 0"), inside("/opt/tools/actor call prctl 15 ksoftirqd/0 0 0 0"),
			},
			misses: []step{
				host("env [ a = a ]"), host(toolDir + "/actor call prctl 15 worker/0:1 0 0 0"), host(toolDir + "/actor kworker"),
			},
		},
		{
			rule:   "Program Run Through The Loader",
			raises: []step{host(findLoader + "$LOADER /bin/true"), host(findLoader + "ln -s $LOADER /mnt/load; /mnt/load --argv0 x /bin/true")},
			misses: []step{host("ldd /bin/true >/dev/null"), host(findLoader + "$LOADER --help >/dev/null"), host("/bin/true")},
		},
		{
			rule: "Script Run From Shared Memory",
			raises: []step{
				host("sh " + noexec + "/tool"), host("cd " + noexec + "; perl ./not-there").ending(2),
				inside("echo true >/dev/shm/x; /bin/sh /dev/shm/x"),
			},
			misses: []step{host("sh /var/tmp/script.sh"), host("cat " + noexec + "/tool"), inside("echo true >/root/x; /bin/sh /root/x")},
		},
		{
			rule:   "Tool Started By Server Program",
			raises: []step{host(server + " -c 'whoami; :'"), host(server + " -c '" + toolDir + "/wget http://" + remote + "/; :'")},
			misses: []step{host("/mnt/redis-server -c 'whoami; :'"), host(server + " -c 'cat /dev/null; :'")},
		},
		{
			rule:   "Root Shell Without Sudo",
			raises: []step{orphaned(toolDir + "/actor login 1000 /bin/sh -c ': >/mnt/orphan'")},
			misses: []step{
				orphaned(toolDir + "/actor login 0 /bin/sh -c ': >/mnt/orphan'"),
				orphaned(toolDir + "/actor login 1000 /usr/bin/touch /mnt/orphan"),
				orphaned("mkdir -m 777 /mnt/open; " + toolDir + "/actor login 1000 /usr/bin/" + asNobody + "sh -c : ; : >/mnt/orphan"),
			},
		},
		{
			rule:   "Shell Of A System Account",
			raises: []step{onTerminal(asNobody + "sh -c true"), onTerminal(asNobody + "bash -c true")},
			misses: []step{host(asNobody + "sh -c true"), onTerminal("sh -c true"), onTerminal(asNobody + "true")},
		},
	}
}

// toolBehaviours are tools that do what they are for.
func toolBehaviours(t *testing.T) []behaviour {
	return []behaviour{
		{
			rule: "Download To Temporary Directory",
			raises: []step{
				inside("/opt/tools/wget -O /tmp/x " + download), host(toolDir + "/wget -O /var/tmp/x " + download),
				host("cd /var/tmp; " + toolDir + "/wget " + download),
			},
			misses: []step{
				host(toolDir + "/wget -O /mnt/x " + download), host("cd /var/tmp; " + toolDir + "/wget -qO- " + download),
				onTerminal(toolDir + "/wget -O /tmp/x " + download), host("ls " + toolDir + "/wget /tmp/ >/dev/null"),
			},
		},
		{
			rule:   "Network Tool Run By Package Installation",
			raises: []step{host(`printf '#!/bin/sh\n` + toolDir + `/wget ` + download + `\n' >/mnt/npm; chmod +x /mnt/npm; /mnt/npm install`)},
			misses: []step{host("/mnt/npm run build"), host(toolDir + "/wget " + download)},
		},
		{
			rule:  "Program Sent Through Unexpected Proxy",
			local: documented(t, "- macro: expected_proxies"),
			raises: []step{
				host("https_proxy=http://" + remote + ":3128 " + toolDir + "/make"), inside("ALL_PROXY=socks5://" + remote + ":1080 /opt/tools/make"),
			},
			misses: []step{host("https_proxy=http://proxy.example.com:3128 " + toolDir + "/make"), host("no_proxy=localhost " + toolDir + "/make")},
		},
		{
			rule:   "Tunnel Program Started",
			raises: []step{host(toolDir + "/ngrok http 80"), inside("/opt/tools/ngrok http 80")},
			misses: []step{host("ls " + toolDir + "/ngrok"), host("/usr/bin/ssh -R 2222:localhost:22 u@h")},
		},
		{
			rule: "Data Removed In Bulk",
			raises: []step{
				host("rm -rf --no-preserve-root /mnt/nothing"), inside("/bin/rm -rf /home"), host(": >/mnt/removed; shred --zero /mnt/removed"),
			},
			misses: []step{host("rm -rf /mnt/nothing"), host("shred --help >/dev/null"), inside("/bin/rm -rf /root/home")},
		},
		{
			rule: "Protection Switched Off",
			raises: []step{
				host(toolDir + "/systemctl stop auditd"), host(toolDir + "/setenforce 0"), inside("/opt/tools/systemctl disable --now falco"),
			},
			misses: []step{host(toolDir + "/systemctl status auditd"), host(toolDir + "/systemctl stop nginx"), host(toolDir + "/setenforce 1")},
		},
		{
			rule:   "File Made Immutable",
			raises: []step{host(toolDir + "/chattr +i /mnt/x"), inside("/opt/tools/chattr -R +ia /etc")},
			misses: []step{host(toolDir + "/chattr -i /mnt/x"), inside("/opt/tools/chattr +C /tmp")},
		},
		{
			rule:   "File Times Forged",
			raises: []step{host("touch -c -r /etc/hosts /etc/motd"), inside("/bin/touch -c -d 2020-01-01 /etc/passwd")},
			misses: []step{host("touch -c -r /etc/hosts /mnt/x"), host("touch -c /etc/motd")},
		},
	}
}

// execed is a script that the runtime starts in the running container.
func execed(script string) step {
	do := func(t *testing.T, s *stage, mark string) (string, int) {
		t.Helper()
		p := s.container.ExecNoTerminal(t, "/bin/sh", "-c", "export "+markVariable+"="+mark+"; "+script)
		status := p.Wait(t)
		return p.Output(), status
	}
	return step{what: script + " (started in a container)", do: do}
}
