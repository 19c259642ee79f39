package live

import "testing"

// selfConnect has the actor wait at a port and connect to it by an address, so
// that it takes the connection, too.
func selfConnect(address, port string) string {
	return "/actor call socket 2 1 0 , bind @1 in:0.0.0.0:" + port + " 16 , listen @1 1 , socket 2 1 0 , connect @4 in:" + address + ":" + port + " 16 , accept @1 0 0"
}

// listenBehaviours are programs that wait for connections, or make one what
// another program reads from.
func listenBehaviours() []behaviour {
	const listens = "socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(4466, INADDR_ANY)) or die $!; listen(S, 1) or die $!"
	return []behaviour{
		{
			rule:   "SSH Connection To Unusual Port",
			raises: []step{host("/usr/bin/ssh connect tcp " + remote + ":443"), host("/usr/bin/ssh connect tcp " + private + ":53")},
			misses: []step{host("/usr/bin/ssh connect tcp " + remote + ":2222"), dial(remote + ":443"), host("/usr/bin/ssh connect udp " + remote + ":53")},
		},
		{
			rule:   "Contact Kubelet Or Etcd From Container",
			raises: []step{dialInside(private + ":10250"), dialInside(private + ":2379")},
			misses: []step{dialInside(private + ":10251"), dial(private + ":10250"), dialInside("127.0.0.1:10250")},
		},
		{
			rule:   "Connection By Plain System Tool",
			raises: []step{host("/usr/bin/tac connect tcp " + remote + ":80"), host("/usr/bin/tac connect tcp " + private + ":9")},
			misses: []step{
				host("/usr/bin/tac connect tcp " + private + ":636"), host("/usr/bin/tac connect tcp 127.0.0.1:80"), dial(remote + ":80"),
			},
		},
		{
			rule: "Standard Streams Connected To Network",
			raises: []step{
				host(toolDir + "/actor call socket 2 1 0 , connect @1 in:" + remote + ":80 16 , dup3 @1 0 0"),
				host(toolDir + "/actor call socket 2 1 0 , connect @1 in:127.0.0.1:80 16 , close 2 , dup @1"),
				inside("/opt/tools/actor call socket 2 1 0 , connect @1 in:" + remote + ":80 16 , close 1 , dup @1"),
				host(`perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0); connect(S, sockaddr_in(80, inet_aton("` + remote + `"))) or die $!; open(STDIN, "<&S") or die $!'`),
			},
			misses: []step{
				host(toolDir + "/actor call socket 2 1 0 , connect @1 in:" + remote + ":80 16 , dup3 @1 9 0"),
				host(toolDir + "/actor call socket 2 1 0 , dup3 @1 0 0"), // leads nowhere
				host("cat </etc/hosts >/dev/null 2>&1"),
			},
		},
		{
			rule: "Port Opened By Unusual Program",
			raises: []step{
				host("perl -MSocket -e '" + listens + "'"),
				host("/var/tmp/actor call socket 2 1 0 , bind @1 in:0.0.0.0:4466 16 , listen @1 1", companion{
					"Program Run From Temporary Directory", "the program was started there",
				}),
			},
			misses: []step{
				host("echo 'use Socket; " + listens + "' >/mnt/listen.pl; perl /mnt/listen.pl"),
				host(toolDir + "/actor call socket 2 1 0 , bind @1 in:0.0.0.0:4466 16 , listen @1 1"),
				host(`perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("/mnt/listen")) or die $!; listen(S, 1) or die $!'`),
			},
		},
		{
			rule:   "Packet Socket Opened In Container",
			raises: []step{inside("/opt/tools/actor call '?socket' 17 3 0")},
			misses: []step{inside("/opt/tools/actor call socket 2 1 0"), host(toolDir + "/actor call socket 17 3 0")},
		},
	}
}

// trafficBehaviours are rules that say nothing before a user tells what he
// expects.
func trafficBehaviours(t *testing.T) []behaviour {
	return []behaviour{
		{
			rule:   "Connection To Known Bad Address",
			local:  documented(t, "- list: known_bad_addresses", "- macro: known_bad_destination"),
			raises: []step{dial("203.0.113.66:443").ending(1), dialInside("203.0.113.130:443").ending(1)}, // there is no way there
			misses: []step{dial("203.0.113.67:443").ending(1), dial(remote + ":80")},
		},
		{
			rule:   "Connection To Unexpected Destination",
			local:  documented(t, "- macro: expected_destinations"),
			raises: []step{dial(remote + ":3335"), dialInside(remote + ":3335")},
			misses: []step{dial(private + ":3335"), dial(remote + ":80")},
		},
		{
			rule:   "Connection From Unexpected Source",
			local:  documented(t, "- macro: expected_sources"),
			raises: []step{host(toolDir + selfConnect(remote, "4477")), inside("/opt/tools" + selfConnect(remote, "4478"))},
			misses: []step{host(toolDir + selfConnect(private, "4479")), host(toolDir + selfConnect("127.0.0.1", "4480")), dial(remote + ":80")},
		},
		{
			rule:  "Unexpected UDP Traffic",
			local: documented(t, "- macro: expected_udp", "- macro: sent_by_udp"),
			raises: []step{
				host(toolDir + "/standin connect udp " + remote + ":5353"),
				host(toolDir + "/actor call socket 2 2 0 , sendto @1 x 1 0 in:" + remote + ":5353 16"),
				inside("/opt/tools/actor call socket 2 2 0 , sendto @1 x 1 0 in:" + remote + ":5353 16 , sendto @1 x 1 0 in:" + remote + ":5353 16"),
			},
			misses: []step{
				host(toolDir + "/standin connect udp " + remote + ":53"), dial(remote + ":5353"),
				host(toolDir + "/actor call socket 2 2 0 , sendto @1 x 1 0 in:" + remote + ":53 16"),
			},
		},
	}
}
