package kubernetes

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/test/cluster"
)

// top is the repository's root, from where documented commands are run.
const top = "../../.."

const daemonSet = "daemonset/falco-daemonset"

// deploy deploys Gyr as delivered but with other local rules, and returns when it
// watches. It goes with the test.
func deploy(t *testing.T, c *cluster.Cluster, local string) *sensor {
	t.Helper()
	return deployFiles(t, c, map[string]string{"falco_rules.local.yaml": local})
}

// deployFiles is deploy with any of the configuration's files changed.
func deployFiles(t *testing.T, c *cluster.Cluster, changed map[string]string) *sensor {
	t.Helper()
	mustRun(t, c, "kubectl", "apply", "-f", top+"/deploy/kubernetes/")
	t.Cleanup(func() { undeploy(t, c) })
	changeConfig(t, c, changed)
	mustRun(t, c, "kubectl", "rollout", "restart", daemonSet)
	return rolledOut(t, c)
}

// undeploy removes what deploy made, if it is still there.
func undeploy(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	mustRun(t, c, "kubectl", "delete", "--ignore-not-found", "--grace-period=5", "-f", top+"/deploy/kubernetes/")
	mustRun(t, c, "kubectl", "wait", "--for=delete", "pod", "-l", "app=falco-example", "--timeout=60s")
}

// changeConfig makes the ConfigMap anew, from the delivered files but for those
// given.
func changeConfig(t *testing.T, c *cluster.Cluster, changed map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"falco.yaml", "falco_rules.yaml", "falco_rules.local.yaml"} {
		text, ok := changed[name]
		if !ok {
			delivered, err := os.ReadFile(filepath.Join(top, "config", name))
			if err != nil {
				t.Fatal(err)
			}
			text = string(delivered)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	manifest := mustRun(t, c, "kubectl", "create", "configmap", "falco-config", "--from-file="+dir, "--dry-run=client", "-o", "yaml")
	if err := c.Apply(manifest); err != nil {
		t.Fatal(err)
	}
}

// rolledOut waits until the one sensor is of the newest revision and watches.
func rolledOut(t *testing.T, c *cluster.Cluster) *sensor {
	t.Helper()
	if _, err := c.Kubectl("rollout", "status", daemonSet, "--timeout=60s"); err != nil {
		t.Fatalf("%v\n%s", err, describe(c))
	}
	var name string
	eventually(t, "that one sensor is left", func() error {
		out, err := c.Kubectl("get", "pods", "-l", "app=falco-example", "-o", "jsonpath={.items[*].metadata.name}")
		if pods := strings.Fields(out); err == nil && len(pods) != 1 {
			return fmt.Errorf("there are %q", pods)
		}
		name = strings.TrimSpace(out)
		return err
	})
	s := follow(t, c, "default", name)
	eventually(t, "that the sensor watches", func() error {
		if said := strings.Join(s.messages(), "\n"); !strings.Contains(said, "gyr: watching ") {
			return fmt.Errorf("it said only:\n%s", said)
		}
		return nil
	})
	return s
}

// describe tells what is the matter with the sensor's pods.
func describe(c *cluster.Cluster) string {
	pods, _ := c.Kubectl("describe", "pods", "-l", "app=falco-example")
	logs, _ := c.Kubectl("logs", "-l", "app=falco-example", "--tail=20")
	return pods + logs
}
