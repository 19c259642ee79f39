package live

import (
	"fmt"

	"github.com/gyrsec/gyr/test/runc"
)

// disabledOverrides enables the rules, and fills in what their comments tell
// users to.
const disabledOverrides = `
- {rule: Unexpected inbound connection source, enabled: true, override: {enabled: replace}}
- {rule: Read Shell Configuration File, enabled: true, override: {enabled: replace}}
- {rule: Interpreted procs inbound network activity, enabled: true, override: {enabled: replace}}
- {rule: Interpreted procs outbound network activity, enabled: true, override: {enabled: replace}}
- {rule: Unexpected K8s NodePort Connection, enabled: true, override: {enabled: replace}}
- {rule: Create Hidden Files or Directories, enabled: true, override: {enabled: replace}}
- {rule: Detect outbound connections to common miner pool ports, enabled: true, override: {enabled: replace}}
- {rule: Container Drift Detected (chmod), enabled: true, override: {enabled: replace}}
- {rule: Container Drift Detected (open+create), enabled: true, override: {enabled: replace}}
- {rule: Container Run as Root User, enabled: true, override: {enabled: replace}}
- {rule: Java Process Class File Download, enabled: true, override: {enabled: replace}}
- {rule: Modify Container Entrypoint, enabled: true, override: {enabled: replace}}
- macro: allowed_containers
  condition: (user.uid = 0)
`

// disabledEntries are the entries of the rules that are disabled, or complete
// only with what users add.
func disabledEntries(*upstreamStage) []entry {
	mounts := companion{sensitiveMount, "the container's mounts are not known"}
	root := companion{"Container Run as Root User", "it does"}
	source := companion{"Unexpected inbound connection source", "any peer is"}
	drift := companion{"Container Drift Detected (open+create)", "it is made executable"}
	setMode := "Container Drift Detected (chmod)"
	return []entry{
		{behaviour{
			rule: source.rule,
			raises: []step{acts("$A/actor " + listens(remote+":7101")), acts("$A/actor "+accepts("accept4", remote+":7102"), source),
				acts("$A/actor " + udp + "bind @1 in:" + remote + ":7107 16 , socket 2 2 0 , sendto @3 hex:00 1 0 in:" + remote + ":7107 16 , recvmsg @1 msg:00@" + remote + ":1 0"),
			},
			misses: []step{acts("$A/actor " + listens("127.0.0.1:7103")), acts("$A/actor " + connects(tcp, remote+":80"))},
		}, map[string]string{"evt.type": "listen", "fd.lport": "7101"}},
		{behaviour{
			rule:   "Read Shell Configuration File",
			raises: []step{acts("cat /home/u/.bashrc")},
			misses: []step{acts(": </home/u/.bashrc"), acts("cat /mnt/plain")},
		}, map[string]string{"fd.name": "/home/u/.bashrc"}},
		{behaviour{
			rule:   "Interpreted procs inbound network activity",
			raises: []step{acts("$A/python3 "+listens(remote+":7104"), source)},
			misses: []step{acts("$A/actor "+listens(remote+":7105"), source), acts("$A/python3 " + listens("127.0.0.1:7106"))},
		}, map[string]string{"proc.name": "python3", "evt.type": "listen"}},
		{behaviour{
			rule:   "Interpreted procs outbound network activity",
			raises: []step{acts("$A/python3 " + connects(tcp, remote+":80"))},
			misses: []step{acts("$A/actor " + connects(tcp, remote+":80")), acts("$A/python3 " + connects(tcp, private+":80"))},
		}, map[string]string{"proc.name": "python3", "fd.rport": "80"}},
		{behaviour{
			rule:   "Unexpected K8s NodePort Connection",
			raises: []step{actsInside("$A/actor "+listens(private+":30001")+" , socket 2 1 0 , connect @4 in:"+private+":30001 16", companion{"Unexpected K8s NodePort Connection", "both ends are in the container"}, source)},
			misses: []step{acts("$A/actor "+listens(private+":30002"), source), actsInside("$A/actor "+listens(private+":29999"), source)},
		}, map[string]string{"fd.lport": "~^[0-9]+$"}},
		{behaviour{
			rule:   "Create Hidden Files or Directories",
			raises: []step{acts(": >/mnt/.hidden"), acts("$A/actor call mkdir /mnt/.d 0755"), acts("mv /mnt/.hidden /mnt/.secret")},
			misses: []step{acts(": >/mnt/visible"), acts("cat /mnt/.secret")},
		}, map[string]string{"fd.name": "/mnt/.hidden"}},
		{behaviour{
			rule:   "Detect outbound connections to common miner pool ports",
			raises: []step{acts("$A/actor " + resolves("pool.minexmr.com") + " , socket 2 1 0 , connect @5 in:" + remote + ":80 16")},
			misses: []step{acts("$A/actor " + connects(tcp, ownAPIServer+":80")), acts("$A/actor " + connects(tcp, remote+":81"))},
		}, map[string]string{"fd.rip": remote, "fd.rport": "80"}},
		{behaviour{
			rule:   setMode,
			raises: []step{actsInside(": >/tmp/run; /bin/chmod 755 /tmp/run")},
			misses: []step{actsInside("/bin/chmod 644 /tmp/run"), acts("chmod 755 /mnt/plain")},
		}, map[string]string{"evt.arg.filename": "/tmp/run", "evt.arg.mode": "~S_IXUSR"}},
		{behaviour{
			rule:   drift.rule,
			raises: []step{actsInside("$A/actor call openat -100 /tmp/made 0101 0755"), actsInside("$A/actor call creat /tmp/created 0755")},
			misses: []step{actsInside("$A/actor call openat -100 /tmp/plain 0101 0644"), acts("$A/actor call openat -100 /mnt/made 0101 0755")},
		}, map[string]string{"evt.arg.name": "/tmp/made", "evt.arg.mode": "0755"}},
		{behaviour{
			rule:   root.rule,
			raises: []step{newContainer("start a container", runc.Options{NoTerminal: true}, mounts)},
			misses: []step{actsInside("$A/true")},
		}, map[string]string{"user.uid": "0"}},
		{behaviour{
			rule:   "Java Process Class File Download",
			raises: []step{acts("$A/java " + echoes("7117", "00cafebabe00"))},
			misses: []step{acts("$A/java " + echoes("7108", "00cafebab000")), acts("$A/actor " + echoes("7109", "00cafebabe00"))},
		}, map[string]string{"fd.sip": "127.0.0.1", "fd.l4proto": "udp"}},
		{behaviour{
			rule:   "Modify Container Entrypoint",
			raises: []step{actsInside("$A/actor call openat -100 /dev/null 1 , ?openat -100 /proc/self/fd/3 1")},
			misses: []step{acts("$A/actor call openat -100 /dev/null 1 , ?openat -100 /proc/self/fd/3 1"), actsInside("echo x >/dev/null")},
		}, map[string]string{"fd.name": "/proc/self/fd/3"}},
		{behaviour{
			rule: "Launch Disallowed Container",
			// It lives long enough for its users to be read.
			raises: []step{newContainer("start a container of another user", runc.Options{NoTerminal: true, UID: 65534, Args: []string{"/bin/busybox", "sleep", "0.3"}}, mounts)},
			misses: []step{newContainer("start a container", runc.Options{NoTerminal: true}, mounts, root), acts("$A/true")},
		}, map[string]string{"user.uid": "65534"}},
	}
}

// echoes are calls by which a process sends itself bytes by UDP.
func echoes(port, bytes string) string {
	to := "in:127.0.0.1:" + port + " 16"
	return fmt.Sprintf("%sbind @1 %s , sendto @1 hex:%s %d 0 %s , recvfrom @1 buf:64 64 0 buf:16 hex:10000000", udp, to, bytes, len(bytes)/2, to)
}
