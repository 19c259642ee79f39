package dns

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

const apiIP = "10.96.0.1"

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func (n *Names) of(addr string, p *event.Process, clock int64) string {
	return strings.Join(n.AppendNames(nil, netip.MustParseAddr(addr), p, clock), " ")
}

// process makes a process, child of another or nil, in a container or on the
// host.
func process(parent *event.Process, in *event.Container, env ...string) *event.Process {
	p := &event.Process{Name: "app", Container: in, Env: env}
	var above *event.Task
	if parent != nil {
		above = parent.Task
	}
	event.NewTask(p, 0, above)
	return p
}

func TestMentionedNamesComeFirst(t *testing.T) {
	n := New(Options{ObserveAnswers: true, Log: quiet()})
	addr := netip.MustParseAddr("192.0.2.1")
	n.cache.store("", []string{"www.example.com", "edge.example.net", "cdn.example.org"}, []netip.Addr{addr}, 0, 0, nil)
	for _, tt := range []struct {
		rules []string
		want  string
	}{
		{nil, "www.example.com edge.example.net cdn.example.org"},
		{[]string{"other.example"}, "www.example.com edge.example.net cdn.example.org"},
		{[]string{"CDN.example.org."}, "cdn.example.org www.example.com edge.example.net"},
		{[]string{"cdn.example.org", "edge.example.net"}, "edge.example.net cdn.example.org www.example.com"},
	} {
		n.SetRuleNames(tt.rules)
		if got := n.of("192.0.2.1", nil, 0); got != tt.want {
			t.Errorf("rules compare with %q: %q, want %q", tt.rules, got, tt.want)
		}
		if got := n.AppendNames([]string{"x"}, addr, nil, 0); got[0] != "x" || strings.Join(got[1:], " ") != tt.want {
			t.Errorf("appended: %q", got)
		}
	}
}

func TestAPIService(t *testing.T) {
	const names = "kubernetes.default.svc.cluster.local kubernetes.default.svc kubernetes.default kubernetes"
	const variable = "KUBERNETES_SERVICE_HOST=" + apiIP
	pod, other := &event.Container{ID: "c1", FullID: "c1full"}, &event.Container{ID: "c2"}
	told := process(nil, pod, "PATH=/bin", variable, "KUBERNETES_SERVICE_PORT=443")
	host := process(nil, nil)
	outside := process(nil, nil, variable)
	child := process(told, pod)
	for _, tt := range []struct {
		name   string
		sensor string
		p      *event.Process
		addr   string
		want   string
	}{
		{"in the sensor's environment", apiIP, host, apiIP, names},
		{"in the sensor's environment, for a process nothing is known of", apiIP, nil, apiIP, names},
		{"another address", apiIP, host, "10.96.0.10", ""},
		{"as IPv4 in IPv6", apiIP, host, "::ffff:" + apiIP, names},
		{"an IPv6 address", "fd00::1", host, "fd00::1", names},
		{"an IPv6 address written otherwise", "[FD00:0::1]", host, "fd00::1", names},
		{"a name", "api.example.com", host, apiIP, ""},
		{"in the process's environment", "", told, apiIP, names},
		{"in that of the process that started it", "", process(child, pod, "PATH=/bin"), apiIP, names},
		{"in that of a process of another container", "", process(told, other), apiIP, ""},
		{"in that of a process outside", "", process(outside, pod), apiIP, ""},
		{"a variable of a longer name", "", process(nil, pod, "KUBERNETES_SERVICE_HOST_"+apiIP), apiIP, ""},
		{"an empty variable", "", process(nil, pod, "KUBERNETES_SERVICE_HOST="), apiIP, ""},
		{"nowhere", "", host, apiIP, ""},
	} {
		for _, observe := range []bool{false, true} {
			n := New(Options{ObserveAnswers: observe, Log: quiet(), Getenv: func(name string) string {
				if name == "KUBERNETES_SERVICE_HOST" {
					return tt.sensor
				}
				return ""
			}})
			if got := n.of(tt.addr, tt.p, 0); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			}
		}
	}
}

func TestNamesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		w.set("kubernetes.default", apiIP)
		n := New(Options{ObserveAnswers: true, Lookup: w.lookup, Log: quiet(), Getenv: func(string) string { return apiIP }})
		addr := []netip.Addr{netip.MustParseAddr(apiIP)}
		n.cache.store("c1full", []string{"api.internal", "kubernetes.default.svc"}, addr, 0, 0, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); n.Run(ctx) }()
		n.SetRuleNames([]string{"kubernetes.default"})
		synctest.Wait()
		in := process(nil, &event.Container{ID: "c1", FullID: "c1full"})
		want := "kubernetes.default api.internal kubernetes.default.svc kubernetes.default.svc.cluster.local kubernetes"
		if got := n.of(apiIP, in, 0); got != want {
			t.Errorf("names %q, want %q", got, want)
		}
		cancel()
		<-done
	})
}

func TestSwitchedOff(t *testing.T) {
	n := New(Options{Log: quiet()})
	n.SetRuleNames([]string{"example.com"})
	n.Run(t.Context()) // has nothing to do
	e := received(head1 + recordA)
	n.Observe(e)
	n.Observe(&event.Event{Type: event.Execve, Process: process(nil, &event.Container{ID: "c1"}, "KUBERNETES_SERVICE_HOST="+apiIP)})
	if got := n.of("93.184.216.34", e.Process, 0) + n.of(apiIP, e.Process, 0); got != "" {
		t.Errorf("names %q", got)
	}
	if diff := cmp.Diff(Stats{}, n.Stats()); diff != "" {
		t.Error(diff)
	}
}

func TestNamesDoNotAllocate(t *testing.T) {
	n := New(Options{ObserveAnswers: true, Lookup: (&world{}).lookup, Log: quiet(), Getenv: func(string) string { return "fd00:0::1" }})
	addr := netip.MustParseAddr("fd00::1")
	n.cache.store("c1", []string{"a", "b"}, []netip.Addr{addr}, 0, 0, nil)
	n.SetRuleNames([]string{"b"})
	p := process(process(nil, &event.Container{ID: "c1"}, "A=b", "KUBERNETES_SERVICE_HOST="+apiIP), &event.Container{ID: "c1"})
	e := event.Event{Hosts: n, Process: p}
	e.HostNames(addr)
	if allocs := testing.AllocsPerRun(100, func() {
		e.Reset()
		e.Process = p
		if len(e.HostNames(addr)) != 6 || len(e.HostNames(addr1)) != 0 {
			t.Fatal(e.HostNames(addr))
		}
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
