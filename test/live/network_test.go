package live

import "testing"

// shellConnects is a script for bash, in a file, so that its command line does
// not tell.
func shellConnects(address string) string {
	return "echo 'exec 3<>/dev/tcp/" + address + "' >" + stepDir + "/connect; bash " + stepDir + "/connect"
}

// dial connects from the host, dialInside from the container. Nothing has to
// answer. Debian's busybox does not serve here: being static it crashes where
// it looks up a host.
func dial(address string) step { return host(toolDir + "/standin connect tcp " + address) }

func dialInside(address string) step { return inside("/opt/tools/standin connect tcp " + address) }

// dialMapped connects to an IPv4 address by a socket for IPv6.
func dialMapped(address, port string) step {
	return host("perl -MSocket=:all -e 'socket(S, AF_INET6, SOCK_STREAM, 0) or die $!; " +
		"connect(S, pack_sockaddr_in6(" + port + ", inet_pton(AF_INET6, q(::ffff:" + address + ")))) or die $!'")
}

func networkBehaviours(t *testing.T) []behaviour {
	return []behaviour{
		{
			rule:   "Disallowed SSH Connection",
			raises: []step{dialInside(remote + ":22"), dialInside(private + ":22"), dialInside("[" + remote6 + "]:22")},
			misses: []step{
				dialInside(remote + ":2222"), dialInside("127.0.0.1:22"), dialInside("[::1]:22"),
				dial(remote + ":22"), dial("[" + remote6 + "]:22"),
			},
		},
		{
			rule:   "Contact K8S API Server From Container",
			raises: []step{dialInside(apiServer + ":443"), dialInside(private + ":6443")},
			misses: []step{dialInside(apiServer + ":80"), dialInside(private + ":443"), dial(apiServer + ":443")},
		},
		{
			rule:   "Unexpected K8s NodePort Connection",
			local:  documented(t, "- macro: nodeport_containers"),
			raises: []step{dialInside(private + ":30000"), dialInside(private + ":32767")},
			misses: []step{dialInside(private + ":29999"), dialInside(private + ":32768"), dial(private + ":30000")},
		},
		{
			rule:   "Contact Cloud Metadata Service From Container",
			raises: []step{dialInside(metadata + ":80"), dialInside("[" + metadata6 + "]:80")},
			misses: []step{dialInside(remote + ":80"), dialInside("[" + remote6 + "]:80"), dial(metadata + ":80")},
		},
		{
			rule:   "Shell Opened Network Connection",
			raises: []step{host(shellConnects(remote + "/80")), host(shellConnects(private + "/9")).ending(1)},
			misses: []step{host(shellConnects("127.0.0.1/80")), host("sh -c 'true | " + toolDir + "/standin connect tcp " + remote + ":80'")},
		},
		{
			rule:   "Connection To Mining Pool Port",
			raises: []step{dial(remote + ":3333"), dialInside(remote + ":3333"), dialMapped(remote, "3333")},
			misses: []step{
				dial(remote + ":3335"), dial(private + ":3333"), dial("127.0.0.1:3333"), dialMapped("127.0.0.1", "3333"),
				host(toolDir + "/nc " + remote + " 4444").ending(1), // refused
			},
		},
		{
			rule: "Connection By Program In Temporary Directory",
			raises: []step{host("/var/tmp/standin connect tcp "+remote+":80", companion{
				"Program Run From Temporary Directory", "the program was started there, too",
			})},
			misses: []step{
				dial(remote + ":80"),
				host("/var/tmp/standin connect tcp 127.0.0.1:80", companion{
					"Program Run From Temporary Directory", "the program was started there",
				}),
			},
		},
		{
			rule: "Container Runtime Socket Opened In Container",
			raises: []step{
				inside("/opt/tools/standin connect unix /run/sockets/docker.sock"),
				inside("cd /run/sockets; /opt/tools/standin connect unix docker.sock"),
				inside("/bin/ln -s /run/sockets/docker.sock /tmp/x.sock; /opt/tools/standin connect unix /tmp/x.sock"),
			},
			misses: []step{
				inside("/opt/tools/standin connect unix /run/sockets/app.sock"), inside("/opt/tools/standin connect unix /run/docker.sock").ending(1),
				host(toolDir + "/standin connect unix " + runDir + "/docker.sock"),
			},
		},
	}
}
