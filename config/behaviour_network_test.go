package config_test

import "github.com/gyrsec/gyr/event"

func networkBehaviours() []behaviour {
	return []behaviour{
		{
			rule: "Disallowed SSH Connection",
			match: []*event.Event{
				connect("10.1.2.3:22", cmd("/usr/bin/ssh"), inContainer),
				connect("10.1.2.3:22", cmd("/app/x"), inContainer, result(einprogress)),
				connect("10.1.2.3:22", cmd("/app/x"), inContainer, result(econnrefused)),
				connect("[2001:db8::5]:22", cmd("/app/x"), inContainer),
			},
			misses: []*event.Event{
				connect("10.1.2.3:22", cmd("/usr/bin/ssh")),
				connect("127.0.0.1:22", cmd("/usr/bin/ssh"), inContainer),
				connect("[::1]:22", cmd("/usr/bin/ssh"), inContainer),
				connect("10.1.2.3:2222", cmd("/usr/bin/ssh"), inContainer),
				connect("10.1.2.3:22", cmd("/usr/bin/ssh"), inContainer, udp),
				connect("10.1.2.3:22", cmd("/app/x"), inContainer, result(ealready)),
			},
		},
		{
			rule: "Disallowed SSH Connection",
			local: `
- macro: allowed_ssh_hosts
  condition: (fd.sip in (10.1.2.3) or fd.snet in (10.9.0.0/16))
`,
			match:  []*event.Event{connect("10.1.2.4:22", cmd("/usr/bin/ssh"))},
			misses: []*event.Event{connect("10.1.2.3:22", cmd("/usr/bin/ssh"), inContainer), connect("10.9.8.7:22", cmd("/usr/bin/ssh"))},
		},
		{
			rule: "Contact K8S API Server From Container",
			match: []*event.Event{
				connect("10.96.0.1:443", cmd("/usr/bin/curl"), inContainer),
				connect("192.168.1.20:6443", cmd("/app/x"), inContainer, result(econnrefused)),
				connect("10.96.0.1:443", cmd("/coredns"), inContainer, exeFlags(event.ExeUpperLayer)),
			},
			misses: []*event.Event{
				connect("10.96.0.1:443", cmd("/usr/bin/curl")),
				connect("10.96.0.1:443", cmd("/coredns"), inContainer, exeFlags(event.ExeLowerLayer)),
				connect("10.96.0.9:443", cmd("/usr/bin/curl"), inContainer),
				connect("10.96.0.1:443", cmd("/app/x"), inContainer, inNamespace("kube-system")),
			},
		},
		{
			rule: "Unexpected K8s NodePort Connection",
			local: `
- macro: nodeport_containers
  condition: (container.image.repository in (registry.example/probe))
`,
			match: []*event.Event{
				connect("10.1.2.3:30000", cmd("/app/x"), inContainer),
				connect("10.1.2.3:32767", cmd("/app/x"), image("registry.example/web"), udp),
			},
			misses: []*event.Event{
				connect("10.1.2.3:30000", cmd("/app/x")),
				connect("10.1.2.3:29999", cmd("/app/x"), inContainer),
				connect("10.1.2.3:32768", cmd("/app/x"), inContainer),
				connect("10.1.2.3:30080", cmd("/app/x"), image("registry.example/probe")),
			},
		},
		{
			rule: "Contact Cloud Metadata Service From Container",
			match: []*event.Event{
				connect("169.254.169.254:80", cmd("/usr/bin/curl"), inContainer),
				connect("169.254.169.254:80", cmd("/app/x"), inContainer, result(econnrefused)),
				connect("[fd00:ec2::254]:80", cmd("/app/x"), inContainer),
			},
			misses: []*event.Event{
				connect("169.254.169.254:80", cmd("/usr/bin/curl")),
				connect("169.254.169.253:80", cmd("/usr/bin/curl"), inContainer),
				connect("169.254.169.254:53", cmd("/app/x"), inContainer, udp),
			},
		},
		{
			rule: "Shell Opened Network Connection",
			match: []*event.Event{
				connect("192.0.2.1:4445", cmd("/usr/bin/bash", "-i")),
				connect("10.0.0.1:80", cmd("x=/bin/bash"), inContainer, result(econnrefused)),
			},
			misses: []*event.Event{
				connect("192.0.2.1:4445", cmd("/usr/bin/curl")),
				connect("127.0.0.1:80", cmd("/usr/bin/bash")),
				connectUnix("/run/nscd/socket", cmd("/usr/bin/bash")),
				connect("192.0.2.1:0", cmd("/usr/bin/bash"), udp),
			},
		},
		{
			rule: "Connection To Mining Pool Port",
			match: []*event.Event{
				connect("203.0.113.5:3333", cmd("/usr/bin/x")),
				connect("203.0.113.5:14444", cmd("/app/x"), inContainer, result(einprogress)),
			},
			misses: []*event.Event{
				connect("10.0.0.5:3333", cmd("/usr/bin/x")),
				connect("203.0.113.5:443", cmd("/usr/bin/x")),
				connect("203.0.113.5:3333", cmd("/usr/bin/x"), udp),
				connect("203.0.113.5:3333", cmd("/usr/bin/x"), result(econnrefused)),
			},
		},
		{
			rule: "Connection By Program In Temporary Directory",
			match: []*event.Event{
				connect("203.0.113.5:443", cmd("/tmp/x")),
				connect("10.0.0.5:80", cmd("/dev/shm/x"), inContainer, result(econnrefused)),
				connect("203.0.113.5:443", cmd("x=/memfd:x (deleted)"), exeFlags(event.ExeMemfd)),
			},
			misses: []*event.Event{
				connect("203.0.113.5:443", cmd("/usr/bin/x", "/tmp/x")),
				connect("127.0.0.1:443", cmd("/tmp/x")),
				connect("203.0.113.5:443", cmd("/tmp/go-build7/x.test"), under("/usr/local/go/bin/go")),
			},
		},
		{
			rule: "Container Runtime Socket Opened In Container",
			match: []*event.Event{
				connectUnix("/var/run/docker.sock", cmd("/usr/bin/curl"), inContainer),
				connectUnix("/host/run/containerd/containerd.sock", cmd("/app/x"), inContainer),
				connectUnix("/run/crio/crio.sock", cmd("/app/x"), inContainer, result(eacces)),
			},
			misses: []*event.Event{
				connectUnix("/var/run/docker.sock", cmd("/usr/bin/docker")),
				connectUnix("/run/nscd/socket", cmd("/app/x"), inContainer),
				connectUnix("/var/run/docker.sock", cmd("/app/x"), inContainer, result(enoent)),
				connectUnix("/run/mysql.sock", cmd("/app/x"), inContainer, result(eagain)),
			},
		},
	}
}

func inNamespace(name string) with {
	return func(e *event.Event) {
		inContainer(e)
		e.Process.Container.PodName, e.Process.Container.PodNamespace = "p", name
	}
}
