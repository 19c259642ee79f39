package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// One rule may be wrong in several ways: all of them are told at once.
func TestAllErrorsOfOneRule(t *testing.T) {
	_, err := Load([]Source{{Name: "f.yaml", Data: []byte(`- rule: bad
  desc: d
  condition: evt.type = openat and fd.nmae = /etc/shadow
  output: o %proc.nmae
  priority: NOTE
`)}}, Options{})
	list, ok := err.(*Errors)
	if !ok {
		t.Fatalf("Load = %v, want *Errors", err)
	}
	type found struct {
		Code string
		Line int
	}
	var got []found
	for _, d := range list.List {
		got = append(got, found{d.Code, d.Line})
	}
	want := []found{{ErrCompileCondition, 3}, {ErrCompileOutput, 4}, {ErrYAMLValidate, 5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
