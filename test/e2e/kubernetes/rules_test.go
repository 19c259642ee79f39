package kubernetes

import (
	"slices"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/test/cluster"
)

// behaviour is what a workload does that a rule is about.
type behaviour struct {
	rule     string
	priority string
	// who is the pod that is to be named, if it is not the client's.
	who func(s *shop) *pod
	// do does it, for real, and fails the test where it did not happen.
	do func(t *testing.T, s *shop)
	// fields are values the alert has.
	fields map[string]string
}

// shop is a namespace with workloads: a client that does things, and a server that
// is connected to, at port 22 and by a NodePort.
type shop struct {
	c              *cluster.Cluster
	namespace      string
	client, server *pod
	nodePort       string
	intruder       *pod // started by the behaviour that starts it
}

// greeting is what the server says first.
const greeting = "SSH-2.0-test"

func openShop(t *testing.T, c *cluster.Cluster, namespace, nodePort string) *shop {
	t.Helper()
	makeNamespace(t, c, namespace)
	s := &shop{c: c, namespace: namespace, nodePort: nodePort}
	s.client = startPod(t, c, namespace, "client", webImage)
	s.server = startPod(t, c, namespace, "server", serverImage, "nc", "-ll", "-p", "22", "-e", "echo", greeting)
	err := c.Apply(`
apiVersion: v1
kind: Service
metadata: {name: server, namespace: ` + namespace + `}
spec:
  type: NodePort
  selector: {app: server}
  ports: [{port: 22, nodePort: ` + nodePort + `}]
`)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// connect connects from the client's pod, says something, and wants an answer.
func (s *shop) connect(t *testing.T, address, port, say, want string) {
	t.Helper()
	eventually(t, "connecting to "+address+" port "+port, func() error {
		out, err := s.client.exec(say, "nc", "-w", "2", address, port)
		if err == nil && !strings.Contains(out, want) {
			t.Fatalf("%s port %s answers %q, not %q", address, port, out, want)
		}
		return err
	})
}

func client(s *shop) *pod { return s.client }

// behaviours are the eight of the recipe.
func behaviours() []behaviour {
	ssh := func(t *testing.T, s *shop) { s.connect(t, s.server.address, "22", "", greeting) }
	return []behaviour{
		{
			rule: "Disallowed SSH Connection", priority: "Notice", do: ssh,
			fields: map[string]string{"proc.name": "nc", "evt.type": "connect", "fd.l4proto": "tcp"},
		},
		{
			rule: "Disallowed SSH Connection", priority: "Notice", do: ssh,
			who: func(s *shop) *pod { return s.server }, fields: map[string]string{"proc.name": "nc", "fd.l4proto": "tcp"},
		},
		{
			rule: "Launch Disallowed Container", priority: "Warning",
			who: func(s *shop) *pod { return s.intruder },
			do: func(t *testing.T, s *shop) {
				s.intruder = startPod(t, s.c, s.namespace, "intruder", minerImage, "sleep", "1000000")
			},
			fields: map[string]string{"proc.cmdline": "sleep 1000000"},
		},
		{
			rule: "Contact K8S API Server From Container", priority: "Notice",
			do: func(t *testing.T, s *shop) {
				s.connect(t, "10.96.0.1", "443", "GET / HTTP/1.0\r\n\r\n", "HTTPS server")
			},
			fields: map[string]string{"fd.rport": "443"},
		},
		{
			rule: "Unexpected K8s NodePort Connection", priority: "Notice",
			do: func(t *testing.T, s *shop) { s.connect(t, "10.10.0.1", s.nodePort, "", greeting) },
		},
		{
			rule: "Launch Suspicious Network Tool in Container", priority: "Notice", do: ssh,
			fields: map[string]string{"proc.name": "nc"},
		},
		{
			rule: "Create Symlink Over Sensitive Files", priority: "Warning",
			do: func(t *testing.T, s *shop) {
				if _, err := s.client.exec("", "ln", "-s", "-f", "/etc/shadow", "/tmp/notes"); err != nil {
					t.Fatal(err)
				}
			},
			fields: map[string]string{"evt.arg.target": "/etc/shadow", "evt.arg.linkpath": "/tmp/notes", "proc.name": "ln"},
		},
		{
			rule: "Detect crypto miners using the Stratum protocol", priority: "Critical",
			do: func(t *testing.T, s *shop) {
				if out, err := s.client.exec("", "wget", "stratum+tcp://pool.example.com:3333"); err == nil {
					t.Fatalf("wget knows Stratum: %s", out)
				}
			},
			fields: map[string]string{"proc.cmdline": "wget stratum+tcp://pool.example.com:3333"},
		},
		{
			rule: "Terminal shell in container", priority: "Notice",
			do: func(t *testing.T, s *shop) {
				p := onTerminal(t, s.c.Command("kubectl", "exec", "-it", "-n", s.namespace, "client", "--", "sh"))
				p.enter(t, "echo $((40+2))")
				p.await(t, "42")
				p.enter(t, "exit")
				p.end(t)
			},
			fields: map[string]string{"proc.name": "sh", "proc.cmdline": "sh", "user.name": "root"},
		},
	}
}

// forbidden are local rules under which each behaviour raises its alert.
const forbidden = `
- list: allowed_container_images
  items: [registry.k8s.io/pause, ` + webImage + `, ` + serverImage + `]

- macro: allowed_containers
  condition: (container.image.repository in (allowed_container_images) or k8s.ns.name = default)

- macro: nodeport_containers
  condition: (never_true)
`

// allowed are local rules that allow all of it, and nothing else, to the pods of
// a namespace.
const allowed = `
- list: allowed_container_images
  items: [registry.k8s.io/pause, ` + webImage + `, ` + serverImage + `, ` + minerImage + `]

- macro: allowed_containers
  condition: (container.image.repository in (allowed_container_images) or k8s.ns.name = default)

- macro: allowed_ssh_hosts
  condition: (container.image.repository in (` + webImage + `, ` + serverImage + `))

- macro: user_known_contact_k8s_api_server_activities
  condition: (container.image.repository = ` + webImage + `)

- macro: nodeport_containers
  condition: (k8s.ns.name = quiet-shop and k8s.pod.name = client)

- macro: user_known_network_tool_activities
  condition: (k8s.ns.name = quiet-shop)

- macro: user_expected_terminal_shell_in_container_conditions
  condition: (k8s.ns.name = quiet-shop and container.name = main)

- rule: Create Symlink Over Sensitive Files
  condition: and not k8s.pod.label.app = client
  override:
    condition: append

- rule: Detect crypto miners using the Stratum protocol
  condition: and not (k8s.ns.name = quiet-shop and container.image.tag = ` + `"` + imageTag + `")
  override:
    condition: append
`

// sentinel is a rule to know by that all alerts of what happened before have come:
// they come in the order of what they are about.
const sentinel = `
- rule: Sentinel Of The Test
  desc: The test has done what it wanted to.
  condition: spawned_process and container and proc.cmdline startswith "echo sentinel-"
  output: the test is done | command=%proc.cmdline
  priority: DEBUG
`

// settle returns when the alerts of all that happened before have come.
func settle(t *testing.T, s *sensor, p *pod, mark string) {
	t.Helper()
	if _, err := p.exec("", "echo", "sentinel-"+mark); err != nil {
		t.Fatal(err)
	}
	s.await(t, "the test's sentinel was started", func(a alert) bool {
		return a.Rule == "Sentinel Of The Test" && p.did(a) && strings.HasSuffix(a.text("proc.cmdline"), "-"+mark)
	})
}

// TestE2ERules has a workload do what each of the recipe's eight rules is about.
// Where the local rules forbid it, an alert names the workload; where they allow
// it, there is none.
func TestE2ERules(t *testing.T) {
	c := require(t)
	s := deploy(t, c, forbidden+sentinel)
	loud := openShop(t, c, "loud-shop", "30022")
	for _, b := range behaviours() {
		if b.who == nil {
			b.who = client
		}
		t.Run(b.rule, func(t *testing.T) {
			b.do(t, loud)
			who := b.who(loud)
			a := s.await(t, b.rule+" about "+who.name, func(a alert) bool { return a.Rule == b.rule && who.did(a) })
			who.checkNamed(t, a)
			if a.Priority != b.priority || a.Source != "syscall" {
				t.Errorf("priority %s and source %s, want %s and syscall: %s", a.Priority, a.Source, b.priority, a.raw)
			}
			for field, want := range b.fields {
				if got := value(a.Fields[field]); got != want {
					t.Errorf("%s is %q, want %q: %s", field, got, want, a.raw)
				}
			}
			t.Logf("%v from what happened to the line in kubectl logs", a.came.Sub(a.Time))
		})
	}
	settle(t, s, loud.client, "loud")
	for _, a := range s.find(loud.server.did) {
		if a.Rule == "Launch Disallowed Container" {
			t.Errorf("an allowed image was reported: %s", a.raw)
		}
	}

	s = deploy(t, c, allowed+sentinel)
	quiet := openShop(t, c, "quiet-shop", "30023")
	for _, b := range behaviours() {
		b.do(t, quiet)
	}
	settle(t, s, quiet.client, "quiet")
	of := func(a alert) bool {
		about := func(b behaviour) bool { return a.Rule == b.rule }
		return a.text("k8s.ns.name") == quiet.namespace && slices.ContainsFunc(behaviours(), about)
	}
	for _, a := range s.find(of) {
		t.Errorf("reported, though it is allowed: %s", a.raw)
	}
}
