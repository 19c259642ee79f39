package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLoadPublished loads the rule files users have today, where they are at
// hand: GYR_TESTDATA names the folder that holds rules-upstream.
func TestLoadPublished(t *testing.T) {
	dir := os.Getenv("GYR_TESTDATA")
	if dir == "" {
		t.Skip("GYR_TESTDATA is not set: no published rule files to load")
	}
	tests := []struct {
		file     string
		rules    int
		warnings map[string]int
	}{
		{file: "falco_rules.yaml", rules: 25},
		{file: "falco-incubating_rules.yaml", rules: 31},
		{file: "falco-sandbox_rules.yaml", rules: 37},
		{file: "falco-deprecated_rules.yaml", rules: 4, warnings: map[string]int{WarnDeprecated: 4}},
		{file: "falco_rules-0.18.0.yaml", rules: 51, warnings: map[string]int{
			WarnDeprecated: 48, WarnUnusedMacro: 13, WarnUnknownKey: 7, WarnUnusedList: 6, WarnNoEventType: 3,
		}},
	}
	if audit, err := os.ReadFile(filepath.Join(dir, "rules-upstream", "k8s_audit_rules.yaml")); err == nil {
		n := strings.Count(string(audit), "\n- rule: ")
		tests = append(tests, tests[0])
		last := &tests[len(tests)-1]
		last.file, last.rules, last.warnings = "k8s_audit_rules.yaml", 0, map[string]int{WarnUnknownSource: n}
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			path := filepath.Join(dir, "rules-upstream", tt.file)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			set, err := Load([]Source{{Name: tt.file, Data: data}}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if n := len(set.Rules) + len(set.Waiting); n != tt.rules {
				t.Errorf("loaded %d rules, the file has %d", n, tt.rules)
			}
			got := map[string]int{}
			for _, w := range set.Warnings {
				got[w.Code]++
				t.Log(w)
			}
			for code, n := range got {
				if tt.warnings[code] != n {
					t.Errorf("%d warnings %s, want %d", n, code, tt.warnings[code])
				}
			}
			for code, n := range tt.warnings {
				if got[code] != n {
					t.Errorf("%d warnings %s, want %d", got[code], code, n)
				}
			}
			t.Logf("%d rules, %d waiting", len(set.Rules), len(set.Waiting))
		})
	}
}
