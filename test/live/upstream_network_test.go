package live

import "fmt"

// Beginnings of calls.
const (
	tcp = "call socket 2 1 0 , "
	udp = "call socket 2 2 0 , "
)

// connects are calls that make a socket and connect it.
func connects(kind, address string) string {
	return fmt.Sprintf("%s'?connect' @1 in:%s 16", kind, address)
}

// listens are calls that make a socket for TCP and listen.
func listens(address string) string {
	return fmt.Sprintf("%sbind @1 in:%s 16 , listen @1 1", tcp, address)
}

// accepts are calls that accept a connection from the same process.
func accepts(call, address string) string {
	return fmt.Sprintf("%s , socket 2 1 0 , connect @4 in:%s 16 , %s @1 0 0 0", listens(address), address, call)
}

// networkEntries are the rules about sockets.
func networkEntries(*upstreamStage) []entry {
	system := companion{"System procs network activity", "it is one"}
	other := "Contact cloud metadata service from container"
	ec2 := "Contact EC2 Instance Metadata Service From Container"
	return []entry{
		{behaviour{
			rule: "Contact K8S API Server From Container",
			raises: []step{
				actsInside("$A/actor " + resolves("kubernetes.default.svc.cluster.local") + " , socket 2 1 0 , '?connect' @5 in:" + ownAPIServer + ":443 16"),
				actsInside("KUBERNETES_SERVICE_HOST=" + apiServer + " $A/actor " + connects(tcp, apiServer+":443")),
			},
			misses: []step{actsInside("$A/actor " + connects(tcp, remote+":443")), acts("$A/actor " + connects(tcp, ownAPIServer+":443"))},
		}, map[string]string{"fd.rport": "443", "fd.lport": `~^\d+$`, "fd.type": "ipv4", "fd.l4proto": "tcp", "fd.name": "~->" + ownAPIServer + ":443$"}},
		{behaviour{
			rule:   "Packet socket created in container",
			raises: []step{actsInside("$A/actor call socket 17 3 0"), actsInside("$A/actor call socket 17 2 0x300")},
			misses: []step{actsInside("$A/actor call socket 2 2 0"), acts("$A/actor call socket 17 3 0")},
		}, map[string]string{"evt.args": `~^fd=\d+\(.*\) domain=17\(AF_PACKET\) type=3 proto=0`, "evt.type": "socket"}},
		{behaviour{
			rule: "Redirect STDOUT/STDIN to Network Connection in Container",
			raises: []step{
				actsInside("$A/actor " + tcp + "connect @1 in:" + remote + ":80 16 , dup2 @1 0"),
				actsInside("$A/actor " + tcp + "connect @1 in:" + remote + ":80 16 , dup3 @1 1 0"),
				actsInside("$A/actor " + tcp + "connect @1 in:" + remote + ":80 16 , close 0 , dup @1"),
			},
			misses: []step{
				actsInside("$A/actor " + tcp + "connect @1 in:" + remote + ":80 16 , dup2 @1 9"),
				actsInside("$A/actor call openat -100 /dev/null 0 , dup2 @1 0"),
				acts("$A/actor " + tcp + "connect @1 in:" + remote + ":80 16 , dup2 @1 0"),
			},
		}, map[string]string{"fd.sip": remote, "fd.rport": "80", "fd.type": "ipv4", "fd.l4proto": "tcp", "fd.name": "~->" + remote + ":80$", "evt.type": "dup2", "proc.aname[4]": "*"}},
		{behaviour{
			rule:   "Disallowed SSH Connection Non Standard Port",
			raises: []step{acts("$A/ssh " + connects(tcp, remote+":80")), actsInside("$A/ssh " + connects(tcp, remote+":80"))},
			misses: []step{
				acts("$A/ssh " + connects(tcp, remote+":3333")), acts("$A/ssh " + connects(tcp, "127.0.0.1:80")),
				acts("$A/curl " + connects(tcp, remote+":80")), acts("$A/ssh " + connects(tcp, private+":80")),
			},
		}, map[string]string{"fd.rport": "80", "fd.lport": `~^\d+$`, "fd.name": "~->" + remote + ":80$", "proc.name": "ssh"}},
		{behaviour{
			rule: system.rule,
			raises: []step{
				acts("$A/cat " + connects(tcp, remote+":80")), acts("$A/tail " + listens(remote+":7001")),
				acts("$A/tail "+accepts("accept", remote+":7002"), system, system),
				acts("$A/tail "+accepts("accept4", remote+":7004"), system, system),
			},
			misses: []step{
				acts("$A/curl " + connects(tcp, remote+":80")), acts("$A/cat " + connects(tcp, "127.0.0.1:80")), acts("$A/cat " + connects(tcp, remote+":9")),
				acts("$A/tail " + listens("127.0.0.1:7003")),
			},
		}, map[string]string{"fd.rport": "80", "fd.name": "~->" + remote + ":80$", "proc.name": "cat"}},
		{behaviour{
			rule:   "Unexpected UDP Traffic",
			raises: []step{acts("$A/actor " + connects(udp, remote+":5353")), actsInside("$A/actor " + connects(udp, remote+":5353"))},
			misses: []step{acts("$A/actor " + connects(udp, remote+":53")), acts("$A/actor " + connects(tcp, remote+":80")), acts("$A/actor " + connects(udp, "127.0.0.1:5353"))},
		}, map[string]string{"fd.rport": "5353", "fd.l4proto": "udp"}},
		{behaviour{
			rule:   ec2,
			raises: []step{actsInside("$A/actor "+connects(tcp, metadata+":80"), companion{other, "it is the same service"})},
			misses: []step{acts("$A/actor " + connects(tcp, metadata+":80")), actsInside("$A/actor " + connects(tcp, remote+":80"))},
		}, map[string]string{"fd.rport": "80", "fd.name": "~->" + metadata + ":80$"}},
		{behaviour{
			rule: other,
			raises: []step{
				actsInside("$A/actor "+connects(tcp, metadata+":80"), companion{ec2, "it is the same service"}),
				actsInside("$A/actor "+udp+"sendto @1 hex:00 1 0 in:"+metadata+":80 16", companion{ec2, "it is the same service"}),
				actsInside("$A/actor "+udp+"sendmsg @1 msg:00@"+metadata+":80 0", companion{ec2, "it is the same service"}),
			},
			misses: []step{acts("$A/actor " + connects(tcp, metadata+":80")), actsInside("$A/actor " + connects(tcp, private+":80"))},
		}, map[string]string{"fd.rport": "80", "fd.name": "~->" + metadata + ":80$"}},
	}
}
