package kubernetes

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/test/cluster"
)

// helmVariable names the program helm.
const helmVariable = "GYR_E2E_HELM"

const (
	chart         = top + "/deploy/helm/gyr"
	release       = "gyr"
	helmNamespace = "gyr-system"
)

// helm runs helm; what it keeps goes with the test.
func helm(t *testing.T, c *cluster.Cluster, args ...string) string {
	t.Helper()
	cmd := c.Command(os.Getenv(helmVariable), args...)
	for _, v := range []string{"HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"} {
		cmd.Env = append(cmd.Env, v+"="+filepath.Join(cluster.Dir(), "helm"))
	}
	out, err := cluster.Run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestE2EHelmTemplate lets the API server judge what the chart makes of different
// values.
func TestE2EHelmTemplate(t *testing.T) {
	c := require(t)
	makeNamespace(t, c, "template")
	for _, tt := range []struct {
		name   string
		values []string
	}{
		{"defaults", nil},
		{"privileged", []string{"driver.modernEbpf.leastPrivileged=false"}},
		{"deployment", []string{"controller.kind=deployment"}},
		{"metrics", []string{"metrics.enabled=true"}},
		{"no collectors", []string{"collectors.enabled=false", "hostPID=false"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{"template", release, chart, "--namespace", "template"}
			for _, v := range tt.values {
				args = append(args, "--set", v)
			}
			cmd := c.Command("kubectl", "apply", "--dry-run=server", "-n", "template", "-f", "-")
			cmd.Stdin = strings.NewReader(helm(t, c, args...))
			out, err := cmd.CombinedOutput()
			if err != nil || strings.Contains(string(out), "Warning") || !strings.Contains(string(out), "/gyr created (server dry run)") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestE2EHelm installs the chart, changes a rule and then the configuration by
// upgrades while a workload goes on raising events, and uninstalls it.
func TestE2EHelm(t *testing.T) {
	c := require(t)
	makeNamespace(t, c, helmNamespace)
	makeNamespace(t, c, "marked")
	before := objects(t, c)
	helm(t, c, "install", release, chart, "--namespace", helmNamespace, "--wait", "--timeout", "90s",
		"--set", "image.tag=latest", "--set", "falco.json_output=true", "--set-file", `customRules.marks\.yaml=`+marksFile(t, "one"))
	s := helmSensor(t, c, "")
	checkCapabilities(t, c, s)

	startPod(t, c, "marked", "marker", webImage, "sh", "-c", "i=0; while :; do i=$((i+1)); /bin/true mark-$i; usleep 50000; done")
	awaitMarks(t, s, "one")
	helm(t, c, "upgrade", release, chart, "--namespace", helmNamespace, "--wait", "--timeout", "90s", "--reuse-values",
		"--set-file", `customRules.marks\.yaml=`+marksFile(t, "two"))
	last := awaitMarks(t, s, "two")
	seen := map[int]int{}
	countMarks(seen, s)
	for mark := 1; mark <= last; mark++ {
		if seen[mark] != 1 {
			t.Errorf("a rule was changed meanwhile: %d alerts about event %d of %d, want one", seen[mark], mark, last)
		}
	}
	t.Logf("a rule was changed in the midst of %d events", last)
	if pods := helmPods(t, c); len(pods) != 1 || pods[0] != s.pod {
		t.Errorf("for a changed rule pod %s was replaced by %v", s.pod, pods)
	}

	// A changed configuration starts pods anew; the new one watches before the old
	// one ends, so that meanwhile some alerts are raised by both.
	helm(t, c, "upgrade", release, chart, "--namespace", helmNamespace, "--wait", "--timeout", "90s", "--reuse-values",
		"--set", "driver.modernEbpf.bufSizePreset=3")
	next := helmSensor(t, c, s.pod)
	from := last
	last = awaitMarks(t, next, "two")
	countMarks(seen, next)
	countMarks(seen, s)
	for mark := from + 1; mark <= last; mark++ {
		if seen[mark] == 0 {
			t.Errorf("the sensor was replaced meanwhile: no alert about event %d of %d", mark, last)
		}
	}

	helm(t, c, "uninstall", release, "--namespace", helmNamespace, "--wait", "--timeout", "90s")
	mustRun(t, c, "kubectl", "delete", "pod", "marker", "-n", "marked")
	eventually(t, "that all is as before the installation", func() error {
		if d := cmp.Diff(before, objects(t, c)); d != "" {
			return fmt.Errorf("objects differ (-before +after):\n%s", d)
		}
		return nil
	})
}

// marksFile is a file with a rule about marked programs, in one of two versions.
func marksFile(t *testing.T, version string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "marks.yaml")
	text := fmt.Sprintf(`
- rule: Marked Program Started
  desc: The test started a program.
  condition: spawned_process and container and proc.args startswith mark-
  output: by version %s | mark=%%proc.args
  priority: INFO
`, version)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// mark is the number of an alert's mark, 0 if it is about something else.
func mark(a alert) int {
	if a.Rule != "Marked Program Started" {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimPrefix(a.text("proc.args"), "mark-"))
	return n
}

// countMarks counts alerts by mark, each of a sensor's once.
func countMarks(seen map[int]int, s *sensor) {
	mine := map[int]int{}
	for _, a := range s.find(func(a alert) bool { return mark(a) > 0 }) {
		mine[mark(a)]++
	}
	for m, n := range mine {
		seen[m] = max(seen[m], n)
	}
}

// awaitMarks waits for the twentieth alert of a version of the rule, and returns
// its mark.
func awaitMarks(t *testing.T, s *sensor, version string) int {
	t.Helper()
	n, last := 0, 0
	s.await(t, "is of version "+version, func(a alert) bool {
		if m := mark(a); m > 0 && strings.Contains(a.Output, "by version "+version) {
			n, last = n+1, m
		}
		return n == 20
	})
	return last
}

func helmPods(t *testing.T, c *cluster.Cluster) []string {
	t.Helper()
	out := mustRun(t, c, "kubectl", "get", "pods", "-n", helmNamespace, "-l", "app.kubernetes.io/instance="+release,
		"-o", "jsonpath={.items[*].metadata.name}")
	return strings.Fields(out)
}

// helmSensor follows the only pod of the release, once that is not the old one.
func helmSensor(t *testing.T, c *cluster.Cluster, old string) *sensor {
	t.Helper()
	var pods []string
	eventually(t, "that one new pod is left", func() error {
		if pods = helmPods(t, c); len(pods) != 1 || pods[0] == old {
			return fmt.Errorf("there are %q", pods)
		}
		return nil
	})
	return follow(t, c, helmNamespace, pods[0])
}

// capabilities are those a manifest may name, by their numbers.
var capabilities = map[string]uint{"DAC_READ_SEARCH": 2, "SYS_PTRACE": 19, "PERFMON": 38, "BPF": 39}

// checkCapabilities compares what Gyr's process may do with what the manifest
// lists.
func checkCapabilities(t *testing.T, c *cluster.Cluster, s *sensor) {
	t.Helper()
	added := mustRun(t, c, "kubectl", "get", "pod", s.pod, "-n", helmNamespace, "-o", "jsonpath={.spec.containers[0].securityContext.capabilities.add[*]}")
	var want uint64
	for name := range strings.FieldsSeq(added) {
		bit, ok := capabilities[name]
		if !ok {
			t.Fatalf("the manifest adds the capability %s, which this test does not expect", name)
		}
		want |= 1 << bit
	}
	if want == 0 {
		t.Fatal("the manifest adds no capability")
	}
	pids := processes(t, s.container)
	if len(pids) != 1 {
		t.Fatalf("the sensor's container has the processes %v, want one", pids)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pids[0]))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		got[name] = strings.TrimSpace(value)
	}
	if got["Name"] != "gyr" {
		t.Errorf("the container's process is %s, want gyr", got["Name"])
	}
	for _, set := range []string{"CapEff", "CapPrm", "CapBnd"} {
		if n, err := strconv.ParseUint(got[set], 16, 64); err != nil || n != want {
			t.Errorf("%s is %s, want %016x, which is %s", set, got[set], want, added)
		}
	}
	if got["NoNewPrivs"] != "1" {
		t.Errorf("NoNewPrivs is %q, want 1", got["NoNewPrivs"])
	}
	t.Logf("the sensor has the capabilities %s (%s) and no others", added, got["CapEff"])
}

// processes are those of a container.
func processes(t *testing.T, container string) []int {
	t.Helper()
	var pids []int
	files, err := filepath.Glob("/proc/[0-9]*/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		groups, _ := os.ReadFile(file) // the process may have ended
		if strings.Contains(string(groups), container) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

// objects lists what a chart can make, in the whole cluster but for namespaces of
// other tests, which may be going just now.
func objects(t *testing.T, c *cluster.Cluster) []string {
	t.Helper()
	const kinds = "daemonsets,deployments,replicasets,controllerrevisions,pods,services,configmaps,serviceaccounts,secrets," +
		"roles,rolebindings,clusterroles,clusterrolebindings,priorityclasses"
	all := strings.Fields(mustRun(t, c, "kubectl", "get", kinds, "-A", "--no-headers",
		"-o", "jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name} {end}"))
	return slices.DeleteFunc(all, func(o string) bool {
		namespace := strings.Split(o, "/")[1]
		return namespace != "" && namespace != helmNamespace && namespace != "default" && !strings.HasPrefix(namespace, "kube-")
	})
}
