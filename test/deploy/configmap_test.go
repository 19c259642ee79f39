package deploy

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write deploy/kubernetes/configmap.yaml anew from config/")

// lastApplied is how long an object's annotations may be; kubectl apply keeps the
// whole object in one.
const lastApplied = 256 << 10

// The ConfigMap that kubectl applies holds the files of config/ as they are.
func TestConfigMap(t *testing.T) {
	const file = "configmap.yaml"
	path := filepath.Join(repository, "deploy/kubernetes", file)
	want := map[string]string{}
	for _, name := range []string{"falco.yaml", "falco_rules.yaml", "falco_rules.local.yaml"} {
		want[name] = read(t, filepath.Join("config", name))
	}
	if *update {
		if err := os.WriteFile(path, configMap(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	o := manifest(t, file)
	data := stringMap(t, o["data"])
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(data))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for name := range want {
		if data[name] != want[name] {
			t.Errorf("deploy/kubernetes/%s does not hold config/%s as it is; this writes it anew: go test ./test/deploy -run TestConfigMap -update", file, name)
		}
	}
	// JSON is what kubectl keeps: each line end and quote takes two bytes there.
	text := strings.Join([]string{want["falco.yaml"], want["falco_rules.yaml"], want["falco_rules.local.yaml"]}, "")
	if size := len(text) + strings.Count(text, "\n") + strings.Count(text, `"`) + 1024; size > lastApplied {
		t.Errorf("the ConfigMap takes %d bytes as JSON: kubectl apply takes at most %d", size, lastApplied)
	}
}

func configMap(files map[string]string) []byte {
	var b bytes.Buffer
	b.WriteString(`# Gyr's configuration and rules, made of the files of config/:
#   go test ./test/deploy -run TestConfigMap -update
# or, with files of your own:
#   kubectl create configmap falco-config --from-file=config/falco.yaml --from-file=config/falco_rules.yaml \
#     --from-file=config/falco_rules.local.yaml --dry-run=client -o yaml | kubectl apply -f -
apiVersion: v1
kind: ConfigMap
metadata:
  name: falco-config
  namespace: default
  labels:
    app: falco-example
data:
`)
	for _, name := range []string{"falco.yaml", "falco_rules.local.yaml", "falco_rules.yaml"} {
		b.WriteString("  " + name + ": |\n")
		for line := range strings.Lines(files[name]) {
			if line != "\n" {
				b.WriteString("    ")
			}
			b.WriteString(line)
		}
	}
	return b.Bytes()
}
