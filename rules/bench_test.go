package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkLoad loads 100 rules of a usual shape, with as many macros and
// lists.
func BenchmarkLoad(b *testing.B) {
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "- list: l%d\n  items: [a%d, b, c, d, e]\n", i, i)
		fmt.Fprintf(&text, "- macro: m%d\n  condition: proc.name in (l%d) and not proc.pname in (x, l%d)\n", i, i, i/2)
		text.WriteString(rule(fmt.Sprintf("r%d", i), fmt.Sprintf("evt.type in (open, openat) and m%d and not m%d and fd.name startswith /etc/%d", i, i/2, i)))
	}
	files := []Source{{Name: "f", Data: []byte(text.String())}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(files, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoadPublished loads the three files of rules that are maintained
// today together, where they are at hand.
func BenchmarkLoadPublished(b *testing.B) {
	dir := os.Getenv("GYR_TESTDATA")
	if dir == "" {
		b.Skip("GYR_TESTDATA is not set: no published rule files to load")
	}
	var files []Source
	for _, name := range []string{"falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"} {
		data, err := os.ReadFile(filepath.Join(dir, "rules-upstream", name))
		if err != nil {
			b.Fatal(err)
		}
		files = append(files, Source{Name: name, Data: data})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(files, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
