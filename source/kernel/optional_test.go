package kernel

import (
	"strings"
	"testing"

	"github.com/cilium/ebpf"
)

// TestFitWhole makes sure that of each program in two forms the right one is
// loaded, under the name the loader asks for, and that the other does nothing.
func TestFitWhole(t *testing.T) {
	tests := []struct {
		release string
		want    ebpf.ProgramType
	}{
		{"5.10.0-32-cloud-amd64", ebpf.Tracing},
		{"6.18.9", ebpf.Tracing},
		{"7.0.0-rc1", ebpf.TracePoint},
		{"7.2.12+deb14-cloud-amd64", ebpf.TracePoint},
		{"10.1", ebpf.TracePoint},
		{"unknown", ebpf.Tracing},
	}
	for _, tt := range tests {
		t.Run(tt.release, func(t *testing.T) {
			spec, err := loadGyr()
			if err != nil {
				t.Fatal(err)
			}
			fitWhole(spec, tt.release)
			whole := 0
			for name, other := range spec.Programs {
				name, ok := strings.CutPrefix(name, "whole_")
				if !ok {
					continue
				}
				whole++
				used := spec.Programs[name]
				if used == nil || used.Type != tt.want || len(used.Instructions) < 10 {
					t.Errorf("%s: %+v, want a program of type %v", name, used, tt.want)
				}
				if len(other.Instructions) != 2 {
					t.Errorf("the other form of %s has %d instructions", name, len(other.Instructions))
				}
			}
			if whole != 6 {
				t.Errorf("%d programs have two forms, want 6", whole)
			}
		})
	}
}
