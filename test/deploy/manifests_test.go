package deploy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gyrsec/gyr/config"
)

// capabilities are all that Gyr is given; docs/kubernetes.md says what for.
var capabilities = []any{"BPF", "PERFMON", "SYS_PTRACE", "DAC_READ_SEARCH"}

// facts are values by their path in an object, see at.
type facts map[string]any

func (f facts) check(t *testing.T, o any) {
	t.Helper()
	for path, want := range f {
		if diff := cmp.Diff(want, at(o, path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// Whoever follows the recipe finds what it names.
func TestRecipeNames(t *testing.T) {
	o := manifest(t, "daemonset.yaml")
	facts{
		"apiVersion": "apps/v1", "kind": "DaemonSet",
		"metadata.name": "falco-daemonset", "metadata.namespace": "default", "metadata.labels.app": "falco-example",
		"spec.selector.matchLabels.app": "falco-example", "spec.template.metadata.labels.app": "falco-example",
		"spec.template.spec.containers.0.name": "falco",
		"spec.template.spec.containers.0.env": []any{
			object{"name": "HOST_ROOT", "value": "/host"},
			object{"name": "FALCO_HOSTNAME", "valueFrom": object{"fieldRef": object{"fieldPath": "spec.nodeName"}}},
		},
	}.check(t, o)
	args := at(o, "spec.template.spec.containers.0.args")
	if diff := cmp.Diff([]any{"/usr/bin/gyr", "-o", "json_output=true", "-o", "webserver.enabled=true"}, args); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}

// A plain kubectl apply needs nothing but the image that was imported, and makes
// nothing outside of the namespace default.
func TestManifestsStandAlone(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join(repository, "deploy/kubernetes"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{}
	for _, e := range entries {
		for _, o := range decode(t, read(t, "deploy/kubernetes/"+e.Name())) {
			if ns := at(o, "metadata.namespace"); ns != "default" {
				t.Errorf("%s: namespace %v", e.Name(), ns)
			}
			kinds[at(o, "kind").(string)] = at(o, "metadata.name").(string)
		}
	}
	want := map[string]string{"ServiceAccount": "falco-account", "ConfigMap": "falco-config", "DaemonSet": "falco-daemonset"}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	o := manifest(t, "daemonset.yaml")
	facts{
		"spec.template.spec.containers.0.image":           "localhost/gyr:latest",
		"spec.template.spec.containers.0.imagePullPolicy": "IfNotPresent",
		"spec.template.spec.serviceAccountName":           "falco-account",
		"spec.template.spec.volumes.0.configMap.name":     "falco-config",
	}.check(t, o)
	checkMounts(t, at(o, "spec.template.spec"))
}

// checkMounts checks that every mount has a volume and every volume a mount, and
// what is needed of those of the node.
func checkMounts(t *testing.T, pod any) {
	t.Helper()
	var volumes, mounts []string
	for _, v := range at(pod, "volumes").([]any) {
		volumes = append(volumes, at(v, "name").(string))
		if path := at(v, "hostPath.path"); path != nil && at(v, "hostPath.type") != "Directory" {
			t.Errorf("%v would be made on a node that has none", path)
		}
	}
	for _, m := range at(pod, "containers.0.volumeMounts").([]any) {
		mounts = append(mounts, at(m, "name").(string))
		if at(m, "readOnly") != true {
			t.Errorf("%v is mounted writable", at(m, "mountPath"))
		}
		if at(m, "mountPath") == "/host/run" && at(m, "mountPropagation") != "HostToContainer" {
			t.Error("what the node unmounts in /run stays mounted in the pod")
		}
	}
	sorted := cmpopts.SortSlices(strings.Compare)
	if diff := cmp.Diff(volumes, mounts, sorted); diff != "" {
		t.Errorf("(-volumes +mounts):\n%s", diff)
	}
}

func TestLeastPrivilege(t *testing.T) {
	o := manifest(t, "daemonset.yaml")
	facts{
		"spec.template.spec.hostPID":                      true,
		"spec.template.spec.hostNetwork":                  nil,
		"spec.template.spec.hostIPC":                      nil,
		"spec.template.spec.automountServiceAccountToken": false,
		"spec.template.spec.containers.0.securityContext": object{
			"runAsUser": 0, "privileged": false, "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
			"capabilities":    object{"drop": []any{"ALL"}, "add": capabilities},
			"appArmorProfile": object{"type": "Unconfined"}, "seccompProfile": object{"type": "RuntimeDefault"},
			"seLinuxOptions": object{"type": "spc_t"},
		},
	}.check(t, o)
	facts{"automountServiceAccountToken": false}.check(t, manifest(t, "serviceaccount.yaml"))
}

// Where the probes ask, the web server of the configuration answers.
func TestProbes(t *testing.T) {
	c, _, err := config.Load(filepath.Join(repository, "config/falco.yaml"), []string{"webserver.enabled=true"})
	if err != nil {
		t.Fatal(err)
	}
	container := at(manifest(t, "daemonset.yaml"), "spec.template.spec.containers.0")
	facts{"ports.0.name": "web", "ports.0.containerPort": c.Webserver.ListenPort}.check(t, container)
	for _, probe := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
		facts{probe + ".httpGet": object{"path": c.Webserver.HealthzEndpoint, "port": "web"}}.check(t, container)
	}
}

// An update leaves no node without a sensor, and changed rules reach the running
// pods: kubelets do not update files mounted one by one.
func TestNoGap(t *testing.T) {
	o := manifest(t, "daemonset.yaml")
	facts{
		"spec.updateStrategy.rollingUpdate":                      object{"maxSurge": 1, "maxUnavailable": 0},
		"spec.template.spec.containers.0.volumeMounts.0.name":    "config",
		"spec.template.spec.containers.0.volumeMounts.0.subPath": nil,
	}.check(t, o)
	c, _, err := config.Load(filepath.Join(repository, "config/falco.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := at(o, "spec.template.spec.containers.0.volumeMounts.0.mountPath").(string)
	for _, file := range c.RulesFiles {
		if filepath.Dir(file) != dir {
			t.Errorf("%s is not in %s, where the ConfigMap is", file, dir)
		}
	}
}
