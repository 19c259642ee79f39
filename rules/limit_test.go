package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Files that double in size with every line must be refused in little time and
// memory.
func TestLimits(t *testing.T) {
	var macros, lists, chain, mutual strings.Builder
	macros.WriteString("- macro: m0\n  condition: evt.type = open\n")
	lists.WriteString("- list: l0\n  items: [a, b]\n")
	chain.WriteString("- macro: m0\n  condition: evt.type = open\n")
	for i := 1; i < 1500; i++ {
		fmt.Fprintf(&macros, "- macro: m%d\n  condition: m%d or m%d\n", i, i-1, i-1)
		fmt.Fprintf(&lists, "- list: l%d\n  items: [l%d, l%d]\n", i, i-1, i-1)
		fmt.Fprintf(&chain, "- macro: m%d\n  condition: m%d or proc.name = a\n", i, i-1)
	}
	for i := range 20 {
		fmt.Fprintf(&mutual, "- list: l%d\n  items: [l0, l1, l2, l3, l4, l5, l6, l7, l8, l9, l10, l11, l12]\n", i)
	}
	large := "- macro: m0\n  condition: evt.type = open\n"
	for i := 1; i <= 16; i++ {
		large += fmt.Sprintf("- macro: m%d\n  condition: m%d or m%d\n", i, i-1, i-1)
	}
	for i := range 300 {
		large += fmt.Sprintf("- macro: n%d\n  condition: m16 and proc.name = a\n", i)
	}
	tests := []struct{ name, data, says string }{
		{"many macros of the largest", large + rule("r", "n1"), "the macros hold more than"},
		{"macros that double", macros.String() + rule("r", "m1499"), "comparisons"},
		{"lists that double", lists.String() + rule("r", "evt.type = open and proc.name in (l1499)"), "values"},
		{"a chain of macros", chain.String() + rule("r", "evt.type = open and m1499"), ""},
		{"lists that contain each other", mutual.String() + rule("r", "evt.type = open and proc.name in (l19)"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			_, errs := load(t, tt.data)
			if d := time.Since(start); d > 10*time.Second {
				t.Errorf("took %s", d)
			}
			if tt.says == "" && errs != nil {
				t.Error((&Errors{List: errs}).Error())
			}
			if tt.says != "" && (len(errs) == 0 || !strings.Contains((&Errors{List: errs}).Error(), tt.says)) {
				t.Errorf("not refused, or for another reason: %v", errs)
			}
		})
	}
}
