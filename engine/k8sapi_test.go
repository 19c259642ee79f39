package engine

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/dns"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
)

// contact is a connection of a process with an environment to an address.
func contact(hosts event.Hosts, in *event.Container, to string, env ...string) *event.Event {
	p := &event.Process{PID: 2, Name: "curl", ExePath: "/usr/bin/curl", Cmdline: "curl " + to, Container: in, Env: env}
	event.NewTask(p, 0, nil)
	e := &event.Event{Num: 1, Time: 1, Type: event.Connect, TID: 2, Process: p, HasFD: true, Hosts: hosts}
	e.FD = event.FD{Num: 3, Type: event.FDIPv4, Socket: event.Socket{
		Local: netip.MustParseAddrPort("10.244.0.7:40000"), Remote: netip.AddrPortFrom(netip.MustParseAddr(to), 443), Proto: event.ProtoTCP, Connected: true,
	}}
	return e
}

// The upstream rule about the Kubernetes API compares with a name. It has to
// work in pods that never ask a name server for it.
func TestContactWithKubernetesAPI(t *testing.T) {
	dir := os.Getenv("GYR_TESTDATA")
	if dir == "" {
		t.Skip("GYR_TESTDATA is not set: no upstream rules to test with")
	}
	data, err := os.ReadFile(filepath.Join(dir, "rules-upstream", "falco_rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.Load([]rules.Source{{Name: "falco_rules.yaml", Data: data}}, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const (
		rule = "Contact K8S API Server From Container"
		api  = "10.96.0.1"
		env  = "KUBERNETES_SERVICE_HOST=" + api
	)
	e := New(set, Options{MinPriority: rules.Debug})
	names, wanted := e.HostNames()
	if diff := cmp.Diff([]string{"kubernetes.default.svc.cluster.local"}, names); diff != "" || !wanted {
		t.Errorf("wanted %v, names (-want +got):\n%s", wanted, diff)
	}
	in := func(namespace string) *event.Container {
		c := &event.Container{ID: "0123456789ab", FullID: "0123456789ab0"}
		c.Describe(&event.Details{ImageRepository: "registry.example/app", Pod: &event.Pod{Namespace: namespace}})
		return c
	}
	pod := in("shop")
	outside := dns.New(dns.Options{ObserveAnswers: true})
	within := dns.New(dns.Options{Getenv: func(string) string { return api }})
	for _, tt := range []struct {
		name  string
		event *event.Event
		want  []string
	}{
		{"from a pod, Gyr on the node", contact(outside, pod, api, env), []string{rule}},
		{"from a pod, Gyr in one", contact(within, pod, api), []string{rule}},
		{"another address", contact(outside, pod, "10.96.0.10", env), nil},
		{"from the host", contact(within, nil, api), nil},
		{"a pod of the system", contact(within, in("kube-system"), api), nil},
		{"without names", contact(nil, pod, api, env), nil},
	} {
		if diff := cmp.Diff(tt.want, matches(e, tt.event)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
