package deploy

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gyrsec/gyr/config"
)

const chart = "deploy/helm/gyr"

// helm is the program as test/deploy/helm/build.sh left it: building it takes
// minutes, which is for end-to-end tests, and they name it.
func helm(t *testing.T) string {
	t.Helper()
	if named := os.Getenv("GYR_E2E_HELM"); named != "" {
		return named
	}
	cache := os.Getenv("GYR_CACHE")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			t.Skipf("Helm is not here: %v", err)
		}
		cache = filepath.Join(home, ".cache/gyr")
	}
	built, _ := filepath.Glob(filepath.Join(cache, "helm-*/helm"))
	if len(built) == 0 {
		t.Skip("Helm is not here; test/deploy/helm/build.sh builds it, in some minutes")
	}
	slices.Sort(built)
	return built[len(built)-1]
}

// template renders the chart with values, YAML, and returns its objects by
// kind/name, or what is wrong.
func template(t *testing.T, values string, args ...string) (objects map[string]object, problem string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(values), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(helm(t), append([]string{"template", "watch", filepath.Join(repository, chart), "--namespace", "security", "--values", file}, args...)...)
	c.Env = append(os.Environ(), "HELM_CACHE_HOME="+t.TempDir(), "HELM_CONFIG_HOME="+t.TempDir(), "HELM_DATA_HOME="+t.TempDir())
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); err != nil {
		return nil, stderr.String()
	}
	objects = map[string]object{}
	for _, o := range decode(t, stdout.String()) {
		key := at(o, "kind").(string) + "/" + at(o, "metadata.name").(string)
		if objects[key] != nil {
			t.Errorf("%s is there twice", key)
		}
		objects[key] = o
	}
	return objects, ""
}

func render(t *testing.T, values string, args ...string) map[string]object {
	t.Helper()
	objects, problem := template(t, values, args...)
	if problem != "" {
		t.Fatal(problem)
	}
	return objects
}

// configuration is the falco.yaml of the chart's ConfigMap as Gyr reads it,
// without anything that it warns of.
func configuration(t *testing.T, objects map[string]object) *config.Config {
	t.Helper()
	text, ok := at(objects["ConfigMap/watch-gyr"], "data[falco.yaml]").(string)
	if !ok {
		t.Fatal("there is no falco.yaml")
	}
	file := filepath.Join(t.TempDir(), "falco.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, warnings, err := config.Load(file, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, w := range warnings {
		t.Errorf("%s\n%s", w, text)
	}
	return c
}

func TestChartLint(t *testing.T) {
	out, err := exec.Command(helm(t), "lint", "--strict", filepath.Join(repository, chart)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// Without values the chart installs what the manifests do, but for names.
func TestChartDefaults(t *testing.T) {
	objects := render(t, "")
	var keys []string
	for key, o := range objects {
		keys = append(keys, key)
		if ns := at(o, "metadata.namespace"); ns != "security" {
			t.Errorf("%s is in namespace %v", key, ns)
		}
	}
	want := []string{"ConfigMap/watch-gyr", "ConfigMap/watch-gyr-rules", "DaemonSet/watch-gyr", "ServiceAccount/watch-gyr"}
	if diff := cmp.Diff(want, keys, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	chartPod := at(objects["DaemonSet/watch-gyr"], "spec.template.spec")
	plainPod := at(manifest(t, "daemonset.yaml"), "spec.template.spec")
	checkMounts(t, chartPod)
	for _, path := range []string{
		"hostPID", "automountServiceAccountToken", "tolerations", "terminationGracePeriodSeconds",
		"containers.0.name", "containers.0.image", "containers.0.imagePullPolicy", "containers.0.securityContext",
		"containers.0.env", "containers.0.resources", "containers.0.ports",
	} {
		if diff := cmp.Diff(at(plainPod, path), at(chartPod, path)); diff != "" {
			t.Errorf("%s (-manifest +chart):\n%s", path, diff)
		}
	}
	if diff := cmp.Diff(at(manifest(t, "daemonset.yaml"), "spec.updateStrategy"), at(objects["DaemonSet/watch-gyr"], "spec.updateStrategy")); diff != "" {
		t.Errorf("updateStrategy (-manifest +chart):\n%s", diff)
	}
}

// The chart's falco.yaml says what the one of config/ says: one that installs by
// the chart gets what the others get.
func TestChartConfiguration(t *testing.T) {
	got := configuration(t, render(t, ""))
	want, _, err := config.Load(filepath.Join(repository, "config/falco.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	// In which order runtimes are asked makes no difference, that of rules files does.
	sockets := cmp.FilterPath(func(p cmp.Path) bool {
		f, ok := p.Last().(cmp.StructField)
		return ok && f.Name() == "Sockets"
	}, cmpopts.SortSlices(strings.Compare))
	if diff := cmp.Diff(want, got, sockets, cmpopts.IgnoreFields(config.Config{}, "Files")); diff != "" {
		t.Errorf("(-config/falco.yaml +chart):\n%s", diff)
	}
}

// A changed rule is taken over by running pods; a changed configuration starts
// them anew.
func TestChartChanges(t *testing.T) {
	pod := func(values string) any {
		return at(render(t, values)["DaemonSet/watch-gyr"], "spec.template")
	}
	none := pod("")
	rule := pod("customRules: {my.yaml: '- list: a'}")
	if diff := cmp.Diff(none, rule); diff != "" {
		t.Errorf("a rule changes the pod, so the pods start anew:\n%s", diff)
	}
	if cmp.Equal(none, pod("falco: {priority: warning}")) {
		t.Error("a changed falco.yaml leaves the pods as they are")
	}
	facts{"spec.containers.0.volumeMounts.1": object{"name": "rules", "mountPath": "/etc/falco/rules.d", "readOnly": true}}.check(t, rule)
}

func TestChartCustomRules(t *testing.T) {
	const text = "- rule: \"Mine\"\n  condition: evt.type = open # {{ not a template }}\n\n  output: a | b=%fd.name\n"
	objects := render(t, "customRules:\n  my.yaml: |\n    "+strings.ReplaceAll(text, "\n", "\n    "))
	got := stringMap(t, at(objects["ConfigMap/watch-gyr-rules"], "data"))
	if diff := cmp.Diff(map[string]string{"my.yaml": text}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
