package event

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func setOf(types ...Type) (s TypeSet) {
	for _, t := range types {
		s.Add(t)
	}
	return s
}

func TestTypeSet(t *testing.T) {
	last := Type(len(schema) - 1)
	a, b := setOf(Execve, Openat, last), setOf(Openat, Connect)
	tests := map[string]struct {
		got  TypeSet
		want []Type
	}{
		"empty":             {TypeSet{}, nil},
		"in order":          {setOf(Connect, Open, Execve), []Type{Execve, Open, Connect}},
		"twice":             {setOf(Open, Open), []Type{Open}},
		"union":             {a.Union(b), []Type{Execve, Openat, Connect, last}},
		"intersection":      {a.Intersect(b), []Type{Openat}},
		"of nothing":        {a.Intersect(TypeSet{}), nil},
		"complement of all": {AllTypes().Complement(), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.got.Slice()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if test.got.IsEmpty() != (len(test.want) == 0) {
				t.Errorf("empty: %v", test.got.IsEmpty())
			}
		})
	}
	if diff := cmp.Diff([]Type{Execve, Openat, last}, a.Slice()); diff != "" {
		t.Errorf("the operations changed their operand (-want +got):\n%s", diff)
	}
	complement := a.Complement()
	for typ := range Types {
		if complement.Has(typ) == a.Has(typ) {
			t.Errorf("%v is in a set and its complement, or in neither", typ)
		}
	}
	// No type 0, and none past the last, comes into being.
	if complement.Has(0) || complement.Complement() != a {
		t.Error("the complement's complement is another set")
	}
	if all := AllTypes().Slice(); len(all) != len(schema)-1 {
		t.Errorf("%d types, want %d", len(all), len(schema)-1)
	}
}

func TestByName(t *testing.T) {
	for typ := range Types {
		if got, ok := ByName(typ.String()); !ok || got != typ {
			t.Errorf("%v is found as %v (%v)", typ, got, ok)
		}
	}
	for _, none := range []string{"", "opena", "OPEN", "no such"} {
		if got, ok := ByName(none); ok {
			t.Errorf("%q is found as %v", none, got)
		}
	}
}
