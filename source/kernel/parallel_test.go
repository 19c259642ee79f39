package kernel

import (
	"slices"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/google/go-cmp/cmp"
)

// Every program is in one share, and no share has much more than another.
func TestShares(t *testing.T) {
	programs := map[string]*ebpf.ProgramSpec{}
	for name, size := range map[string]int{"a": 100, "b": 60, "c": 50, "d": 30, "e": 10, "f": 0} {
		programs[name] = &ebpf.ProgramSpec{Instructions: make(asm.Instructions, size)}
	}
	tests := []struct {
		n    int
		want [][]string
	}{
		{1, [][]string{{"a", "b", "c", "d", "e", "f"}}},
		{2, [][]string{{"a", "d"}, {"b", "c", "e", "f"}}},
		{100, [][]string{{"a"}, {"b"}, {"c"}, {"d"}, {"e"}, {"f"}}},
		{0, [][]string{{"a", "b", "c", "d", "e", "f"}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, shares(programs, tt.n)); diff != "" {
			t.Errorf("%d shares (-want +got):\n%s", tt.n, diff)
		}
	}
	if got := slices.Concat(shares(nil, 2)...); len(got) != 0 {
		t.Errorf("no programs give %q", got)
	}
}
