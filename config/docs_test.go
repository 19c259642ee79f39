package config_test

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestDocumentedRules holds docs/default-rules.md to the rules there are, and
// the README to their number.
func TestDocumentedRules(t *testing.T) {
	var names []string
	for _, r := range load(t).Rules {
		names = append(names, r.Name)
	}
	page, err := os.ReadFile("../docs/default-rules.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, row := range regexp.MustCompile(`(?m)^\| [^*|]+ \| ([^|]+) \|$`).FindAllStringSubmatch(string(page), -1) {
		if row[1] == "Gyr's" || strings.HasPrefix(row[1], "none: ") {
			continue
		}
		for _, name := range strings.Split(row[1], ", ") {
			rows++
			if !slices.Contains(names, name) {
				t.Errorf("docs/default-rules.md names %q, which is no rule", name)
			}
		}
	}
	if rows < 80 {
		t.Errorf("found %d rules named in docs/default-rules.md only", rows)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`gyr: (\d+) rules from embedded`).FindStringSubmatch(string(readme)); m == nil || m[1] != strconv.Itoa(len(names)) {
		t.Errorf("README.md says %q, there are %d rules", m, len(names))
	}
}
