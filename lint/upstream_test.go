package lint

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/rules"
)

// read returns rule files, or skips the test where they are not there.
func read(t *testing.T, names ...string) []rules.Source {
	t.Helper()
	dir := os.Getenv("GYR_TESTDATA")
	if dir == "" {
		t.Skip("GYR_TESTDATA is not set: there are no rule files to test with")
	}
	var sources []rules.Source
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, "rules-upstream", name))
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, rules.Source{Name: name, Data: data})
	}
	return sources
}

// Every finding in these files was looked at: each is so. That there are no
// more is as important as that there are these.
func TestUpstream(t *testing.T) {
	tests := []struct {
		files []string
		want  map[string]int
	}{
		{[]string{"falco_rules.yaml"}, map[string]int{CodeNameOnly: 10}},
		{[]string{"falco-deprecated_rules.yaml"}, map[string]int{CodeSwitchedOff: 2}},
		{[]string{"k8s_audit_rules.yaml"}, map[string]int{}},
		{
			// The general rule on network tools stands before that on npm.
			[]string{"falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"},
			map[string]int{CodeSwitchedOff: 2, CodeShadowed: 1, CodeNameOnly: 44},
		},
		{
			// One rule asks for the enter event.
			[]string{"falco_rules-0.18.0.yaml"},
			map[string]int{
				CodeNever: 1, CodeSwitchedOff: 14, CodeUnusedMacro: 13, CodeUnusedList: 6, CodeNoEventType: 3,
				CodeNameOnly: 34, CodeBadTag: 3,
			},
		},
	}
	for _, tt := range tests {
		findings, err := Check(read(t, tt.files...), Options{})
		if err != nil {
			t.Errorf("%v: %v", tt.files, err)
			continue
		}
		got := map[string]int{}
		for _, f := range findings {
			got[f.Code]++
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.files, diff)
		}
	}
}

// The rules of this repository are shipped to users: nothing in them is wrong
// but what the notes and the exceptions by name say.
func TestDefaultRules(t *testing.T) {
	var sources []rules.Source
	for _, name := range []string{"falco_rules.yaml", "falco_rules.local.yaml"} {
		data, err := os.ReadFile(filepath.Join("../config", name))
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, rules.Source{Name: name, Data: data})
	}
	findings, err := Check(sources, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Severity >= Warning && f.Code != CodeNameOnly {
			t.Error(f)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	var sources []rules.Source
	data, err := os.ReadFile("../config/falco_rules.yaml")
	if err != nil {
		b.Fatal(err)
	}
	sources = append(sources, rules.Source{Name: "falco_rules.yaml", Data: data})
	for b.Loop() {
		if _, err := Check(sources, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
