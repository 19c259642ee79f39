package deploy

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// repository is the root of the checkout.
const repository = "../.."

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(repository, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// object is one of Kubernetes, as decoded from YAML.
type object map[string]any

// manifest is the one object of a file of deploy/kubernetes.
func manifest(t *testing.T, file string) object {
	t.Helper()
	all := decode(t, read(t, "deploy/kubernetes/"+file))
	if len(all) != 1 {
		t.Fatalf("%s holds %d objects, not one", file, len(all))
	}
	return all[0]
}

// decode reads all objects of a stream of YAML documents, empty ones left out.
func decode(t *testing.T, text string) []object {
	t.Helper()
	var all []object
	for d := yaml.NewDecoder(strings.NewReader(text)); ; {
		var o object
		err := d.Decode(&o)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("not YAML: %v\n%s", err, text)
		}
		if o != nil {
			all = append(all, o)
		}
	}
}

// at follows a path of keys and indices, spec.containers.0.image; nil where it
// leads nowhere. A key with dots stands in brackets at the end: data[falco.yaml].
func at(o any, path string) any {
	path, last, bracket := strings.Cut(strings.TrimSuffix(path, "]"), "[")
	keys := strings.Split(path, ".")
	if bracket {
		keys = append(keys, last)
	}
	for _, key := range keys {
		switch v := o.(type) {
		case object:
			o = v[key]
		case map[string]any:
			o = v[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(v) {
				return nil
			}
			o = v[i]
		default:
			return nil
		}
	}
	return o
}

func stringMap(t *testing.T, v any) map[string]string {
	t.Helper()
	var m map[string]any
	switch v := v.(type) {
	case object:
		m = v
	case map[string]any:
		m = v
	default:
		t.Fatalf("%v is not a map", v)
	}
	out := map[string]string{}
	for key, value := range m {
		text, ok := value.(string)
		if !ok {
			t.Fatalf("%s is %v, not text", key, value)
		}
		out[key] = text
	}
	return out
}
