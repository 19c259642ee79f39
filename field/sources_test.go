package field

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestSources(t *testing.T) {
	tests := []struct{ name, sources string }{
		{"evt.num", "syscall k8s_audit other"}, {"evt.source", "syscall k8s_audit other"}, {"evt.hostname", "syscall k8s_audit other"},
		{"evt.type", "syscall"}, {"evt.deltatime", "syscall"}, {"evt.around", "syscall"}, {"evt.outputtime", "syscall"}, {"syscall.type", "syscall"},
		{"proc.name", "syscall"}, {"fd.name", "syscall"}, {"user.name", "syscall"}, {"container.id", "syscall"}, {"k8s.pod.name", "syscall"},
		{"ka.verb", "k8s_audit"}, {"ka.uri.param", "k8s_audit"}, {"jevt.value", "k8s_audit"}, {"json.obj", "k8s_audit"},
	}
	for _, tt := range tests {
		f, ok := Lookup(tt.name)
		if !ok {
			t.Fatalf("no field %s", tt.name)
		}
		for _, source := range []string{Syscall, K8sAudit, "other"} {
			if want := strings.Contains(" "+tt.sources+" ", " "+source+" "); f.In(source) != want {
				t.Errorf("%s is of source %s: %v, want %v", tt.name, source, !want, want)
			}
		}
	}
	generic := 0
	for f := range All {
		if len(f.Sources) == 0 && f.Name != Static {
			generic++
		}
	}
	if generic != 18 {
		t.Errorf("%d fields of every source, want 18", generic)
	}
}

func TestAuditReferences(t *testing.T) {
	tests := []struct {
		reference, wrong string
		list             bool
	}{
		{"ka.verb", "", false},
		{"ka.verb[0]", "takes no argument", false},
		{"ka.user.groups", "", true},
		{"ka.user.groups[0]", "takes no argument", false},
		{"ka.req.pod.containers.image", "", true},
		{"ka.req.pod.containers.image[1]", "", true},
		{"ka.req.pod.initContainers.privileged[0]", "", true},
		{"ka.uri.param[command]", "", false},
		{"ka.uri.param", "needs an argument", false},
		{"jevt.value[/a/0/b]", "", false},
		{"json.value", "needs an argument", false},
		{"ka.nosuch", "unknown field ka.nosuch", false},
		{"ka.usr.name", "did you mean ka.user.name?", false},
	}
	for _, tt := range tests {
		r, err := Bind(tt.reference, "", false)
		if tt.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("%s: %v, want %q", tt.reference, err, tt.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.reference, err)
			continue
		}
		if r.Field.List != tt.list || r.Field.Live {
			t.Errorf("%s: list %v, live %v", tt.reference, r.Field.List, r.Field.Live)
		}
		if got, ok := r.AppendText(nil, openEvent()); ok {
			t.Errorf("%s is %q", tt.reference, got)
		}
	}
}

// The names are those of the reference, each of them and no others.
func TestAuditCatalogueIsWhole(t *testing.T) {
	dir := os.Getenv("GYR_TESTDATA")
	if dir == "" {
		t.Skip("GYR_TESTDATA is not set: no list of fields to compare with")
	}
	data, err := os.ReadFile(filepath.Join(dir, "reference", "falco.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(data), "\n* k8saudit: ")
	list, _, _ = strings.Cut(list, "\n")
	names := map[string]bool{}
	for _, name := range regexp.MustCompile(`ka\.[A-Za-z_.]+`).FindAllString(list, -1) {
		names[name] = true
		if _, ok := Lookup(name); !ok {
			t.Errorf("field %s is missing", name)
		}
	}
	if len(names) < 90 {
		t.Errorf("only %d fields in the list", len(names))
	}
	for f := range All {
		if strings.HasPrefix(f.Name, "ka.") && !names[f.Name] {
			t.Errorf("there is no field %s", f.Name)
		}
	}
}
