package kubernetes

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gyrsec/gyr/test/cluster"
)

// recipeFile is the document whose commands are run as printed.
const recipeFile = "docs/kubernetes.md"

// anyPod stands in the document for a pod's real name.
const anyPod = "falco-daemonset-XXXXX"

// alertLimit is how soon after the shell was opened its alert is to be in the log.
const alertLimit = time.Second

// recipe reads the commands of a document: the lines of its sh blocks between
// <!-- recipe --> and <!-- /recipe -->, with continued lines joined.
func recipe(document string) ([]string, error) {
	var commands []string
	inside, shell, continued := false, false, ""
	for line := range strings.Lines(document) {
		line = strings.TrimRight(line, "\n")
		switch text := strings.TrimSpace(line); {
		case text == "<!-- recipe -->":
			inside = true
		case text == "<!-- /recipe -->":
			inside = false
		case strings.HasPrefix(text, "```"):
			shell = inside && text == "```sh"
		case !shell || text == "" || strings.HasPrefix(text, "#"):
		case strings.HasSuffix(line, `\`):
			continued += strings.TrimSuffix(line, `\`)
		default:
			commands = append(commands, strings.TrimSpace(continued+line))
			continued = ""
		}
	}
	if shell || inside || continued != "" {
		return nil, fmt.Errorf("a block of the recipe does not end")
	}
	return commands, nil
}

func TestRecipe(t *testing.T) {
	got, err := recipe("```sh\nno\n```\n<!-- recipe -->\n```sh\na b\n# c\n\nd \\\n  e\n```\n```console\n# f\n```\n```sh\ng\n```\n<!-- /recipe -->\n```sh\nno\n```\n")
	if want := "a b|d   e|g"; err != nil || strings.Join(got, "|") != want {
		t.Errorf("%q and %v, want %q", got, err, want)
	}
	if got, err := recipe("<!-- recipe -->\n```sh\na"); err == nil {
		t.Errorf("%q of a block that does not end", got)
	}
}

// TestE2ERecipe does what docs/kubernetes.md says, in its words: deploy, find the
// pod, open a shell in it, read the log. It shows an alert that says which pod it was.
func TestE2ERecipe(t *testing.T) {
	c := require(t)
	document, err := os.ReadFile(filepath.Join(top, recipeFile))
	if err != nil {
		t.Fatal(err)
	}
	commands, err := recipe(string(document))
	if err != nil {
		t.Fatalf("%s: %v", recipeFile, err)
	}
	t.Cleanup(func() { undeploy(t, c) })
	walk := &recipeWalk{c: c, pod: anyPod}
	for _, command := range commands {
		walk.step(t, command)
	}
	if walk.opened.IsZero() || !walk.looked {
		t.Fatalf("%s opens no shell in a pod, or does not look at its log afterwards: %q", recipeFile, commands)
	}
}

// recipeWalk is how far the recipe has been followed.
type recipeWalk struct {
	c      *cluster.Cluster
	pod    string
	opened time.Time // when the shell was asked for
	looked bool      // at the log, after that
}

// step runs one command as printed.
func (w *recipeWalk) step(t *testing.T, command string) {
	t.Helper()
	if strings.Contains(command, anyPod) {
		w.findPod(t)
		command = strings.ReplaceAll(command, anyPod, w.pod)
	}
	t.Logf("$ %s", command)
	cmd := w.c.Command("bash", "-c", "set -o pipefail; "+command)
	cmd.Dir = top
	switch {
	case strings.HasPrefix(command, "kubectl exec -it "):
		w.opened = time.Now()
		p := onTerminal(t, cmd)
		p.enter(t, "echo $((40+2))")
		p.await(t, "42")
		w.awaitAlert(t)
		p.enter(t, "exit")
		p.end(t)
	case strings.HasPrefix(command, "kubectl logs ") && !w.opened.IsZero():
		w.looked = true
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		w.check(t, w.alerts(string(out)))
	case strings.HasPrefix(command, "kubectl get pods | grep "):
		// As a person would: again, until the pod runs.
		eventually(t, command, func() error {
			again := w.c.Command("bash", "-c", command)
			out, err := again.CombinedOutput()
			if err == nil && !strings.Contains(string(out), "Running") {
				err = fmt.Errorf("%s", out)
			}
			return err
		})
	default:
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

// findPod waits until the sensor's pod is ready and learns its name.
func (w *recipeWalk) findPod(t *testing.T) {
	t.Helper()
	if w.pod != anyPod {
		return
	}
	if _, err := w.c.Kubectl("rollout", "status", daemonSet, "--timeout=60s"); err != nil {
		t.Fatalf("%v\n%s", err, describe(w.c))
	}
	w.pod = strings.TrimSpace(mustRun(t, w.c, "kubectl", "get", "pods", "-l", "app=falco-example", "-o", "jsonpath={.items[*].metadata.name}"))
}

// awaitAlert asks for the log until the alert is in it.
func (w *recipeWalk) awaitAlert(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; {
		out := mustRun(t, w.c, "kubectl", "logs", w.pod)
		if found := w.alerts(out); len(found) > 0 {
			delay := time.Since(found[0].Time)
			t.Logf("kubectl logs has shown the alert %v after the shell was started", delay.Round(time.Millisecond))
			if delay > alertLimit {
				t.Errorf("kubectl logs shows the alert only %v after the shell was started, want %v", delay, alertLimit)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no alert about the shell in the log after %v:\n%s", limit, out)
		}
	}
}

// alerts are those in a log that a shell was opened in the pod since it was asked for.
func (w *recipeWalk) alerts(log string) []alert {
	var found []alert
	for line := range strings.Lines(log) {
		a, ok := parseAlert(strings.TrimSpace(line))
		if ok && a.Rule == "Terminal shell in container" && a.text("k8s.pod.name") == w.pod && a.Time.After(w.opened) {
			found = append(found, a)
		}
	}
	return found
}

// check looks at what the alert says.
func (w *recipeWalk) check(t *testing.T, alerts []alert) {
	t.Helper()
	if len(alerts) != 1 {
		t.Fatalf("%d alerts about one shell: %v", len(alerts), alerts)
	}
	a := alerts[0]
	id := mustRun(t, w.c, "kubectl", "get", "pod", w.pod, "-o", "jsonpath={.status.containerStatuses[0].containerID}")
	id = strings.TrimPrefix(id, "containerd://")
	if len(id) != 64 {
		t.Fatalf("the pod's container is %q", id)
	}
	for field, want := range map[string]string{
		"container.id": id[:12], "container.image.repository": "localhost/gyr", "container.name": "falco",
		"k8s.ns.name": "default", "k8s.pod.name": w.pod,
		"proc.cmdline": "bash", "proc.name": "bash", "user.name": "root",
	} {
		if got := a.text(field); got != want {
			t.Errorf("%s is %q, want %q: %s", field, got, want, a.raw)
		}
	}
	if a.Priority != "Notice" || a.Source != "syscall" {
		t.Errorf("priority %s and source %s, want Notice and syscall: %s", a.Priority, a.Source, a.raw)
	}
	// The runtime has often ended by then, and the shell has no parent.
	switch parent := a.Fields["proc.pname"]; parent {
	case nil, "runc", "containerd-shim", "containerd-shim-runc-v2":
	default:
		t.Errorf("proc.pname is %v, want null or the runtime: %s", parent, a.raw)
	}
	if n, ok := a.Fields["proc.tty"].(json.Number); !ok || n.String() == "0" {
		t.Errorf("proc.tty is %v, want a terminal's number: %s", a.Fields["proc.tty"], a.raw)
	}
	if n, ok := a.Fields["evt.time"].(json.Number); !ok || n.String() != fmt.Sprint(a.Time.UnixNano()) {
		t.Errorf("evt.time is %v, and time %v: %s", a.Fields["evt.time"], a.Time, a.raw)
	}
	for _, part := range []string{": Notice A shell ", "in a container", "user=root", "command=bash", "container_id=" + id[:12], "k8s_pod_name=" + w.pod, "k8s_ns_name=default"} {
		if !strings.Contains(a.Output, part) {
			t.Errorf("the output has no %q: %s", part, a.Output)
		}
	}
	t.Log(a.raw)
}
