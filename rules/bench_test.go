package rules

import (
	"fmt"
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
