package record

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

// The header the kernel half is compiled with is the one this package writes.
func TestHeaderIsCurrent(t *testing.T) {
	var want bytes.Buffer
	if err := WriteHeader(&want); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../bpf/schema.h")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("bpf/schema.h is stale: run make generate (-want +got):\n%s", diff)
	}
}

func TestValuesFit(t *testing.T) {
	for _, k := range kinds {
		if s, _ := k.shape(); s.nums > maxValues || s.strs > maxValues {
			t.Errorf("kind %d: %d numbers, %d strings, and there is room for %d", k, s.nums, s.strs, maxValues)
		}
	}
	if callNums > maxValues || callStrs > maxValues {
		t.Errorf("calls: %d numbers, %d strings, and there is room for %d", callNums, callStrs, maxValues)
	}
	for f := range event.Families {
		family := event.Family(f)
		if l := LayoutOf(family); len(l.Nums) > maxValues || len(l.Strs) > maxValues {
			t.Errorf("family %v: %d numbers, %d strings, and there is room for %d", family, len(l.Nums), len(l.Strs), maxValues)
		}
	}
}

func TestValuesHaveNames(t *testing.T) {
	for _, names := range [][]string{processNumNames[:], processStrNames[:], callNumNames[:], callStrNames[:]} {
		if slices.Contains(names, "") {
			t.Errorf("a value has no name: %q", names)
		}
	}
}

// Every parameter that comes from the kernel half has one place, parameters
// before extras; what is derived from elsewhere has none.
func TestLayoutOf(t *testing.T) {
	for t1 := range event.Types {
		info := event.Describe(t1)
		if !HasOwnLayout(info.Family) {
			continue
		}
		l := LayoutOf(info.Family)
		for _, names := range [][]string{l.Nums, l.Strs} {
			if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) != len(names) {
				t.Errorf("%v: a name has two places: %q", info.Family, names)
			}
		}
		for i, p := range slices.Concat(info.Params, info.Extra) {
			place := l.Num(p.Name)
			if p.Type.IsText() {
				place = l.Str(p.Name)
			}
			if carried := p.Get == nil; carried != (place >= 0) {
				// A derived parameter may be called like an extra.
				if carried || i >= len(info.Params) || !slices.ContainsFunc(info.Extra, func(x event.Param) bool { return x.Name == p.Name }) {
					t.Errorf("%s: parameter %s has place %d", info.Name, p.Name, place)
				}
			}
		}
		if l.Num("none") != -1 || l.Str("none") != -1 {
			t.Errorf("%v: a name that is none has a place", info.Family)
		}
	}
	if diff := cmp.Diff(Layout{}, LayoutOf(event.FamilyMkdir)); diff != "" {
		t.Errorf("a family without a layout of its own (-want +got):\n%s", diff)
	}
}
