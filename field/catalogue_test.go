package field

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

// reference is a reference to f that Bind accepts.
func reference(f *Field) string {
	switch {
	case f.Arg&ArgRequired == 0:
		return f.Name
	case f.Arg&ArgIndex != 0:
		return f.Name + "[1]"
	}
	return f.Name + "[name]"
}

func TestEveryFieldIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for f := range All {
		if seen[f.Name] {
			t.Errorf("%s is in the catalogue twice", f.Name)
		}
		seen[f.Name] = true
		if got, ok := Lookup(f.Name); !ok || got != f {
			t.Errorf("Lookup(%s) finds another field", f.Name)
		}
		if len(f.Desc) < 10 || !strings.HasSuffix(f.Desc, ".") {
			t.Errorf("%s: description is no sentence: %q", f.Name, f.Desc)
		}
		if f.Class == "" {
			t.Errorf("%s has no class", f.Name)
		}
		if f.Live && f.Deprecated && f.Name != "evt.dir" {
			t.Errorf("%s is deprecated and live", f.Name)
		}
	}
}

func TestEveryFieldHasTheGetterOfItsType(t *testing.T) {
	for f := range All {
		r, err := Bind(liveReference(f), "", false)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		set := map[string]bool{
			"Text": r.Text != nil, "Int": r.Int != nil, "Bool": r.Bool != nil, "Addr": r.Addr != nil,
			"Float": r.Float != nil, "At": r.At != nil, "Of": r.Of != nil, "OfInt": r.OfInt != nil, "Any": r.Any != nil,
		}
		var got []string
		for name, ok := range set {
			if ok {
				got = append(got, name)
			}
		}
		if len(got) != 1 {
			t.Errorf("%s has the getters %v, want exactly one", f.Name, got)
			continue
		}
		fits := map[string]bool{
			"Text": r.Type.IsText(), "At": r.Field.List, "Of": r.Type.IsText(), "Int": r.Type.IsInt(), "OfInt": r.Type.IsInt(), "Bool": r.Type == Bool,
			"Float": r.Type == Double, "Addr": r.Type == IPAddr || r.Type == IPNet, "Any": r.Field.FilterOnly,
		}
		if !fits[got[0]] {
			t.Errorf("%s of type %s has the getter %s", f.Name, r.Type, got[0])
		}
	}
}

// A field that says it is not live must not be trusted to be empty, but one
// that claims to be live must have a value in one of the captured events.
func TestLiveFieldsHaveValues(t *testing.T) {
	// These count failures none of the events has.
	other := map[string]bool{"evt.count.error.file": true, "evt.count.error.memory": true, "evt.count.error.other": true}
	events := []func() *event.Event{openEvent, connectEvent, execEvent, renameEvent, sendEvent}
	for f := range All {
		if !f.Live || other[f.Name] {
			continue
		}
		r := mustBind(t, liveReference(f))
		found := false
		for _, make := range events {
			e := make()
			if _, ok := r.AppendText(nil, e); ok {
				found = true
			}
			for _, part := range r.Any {
				if _, ok := part.AppendText(nil, e); ok {
					found = true
				}
			}
		}
		if !found {
			t.Errorf("%s is live but has no value in any event", r.Name)
		}
	}
}

func TestDeadFieldsHaveNoValue(t *testing.T) {
	for f := range All {
		if f.Live || f.get.text != nil || f.get.bool != nil {
			continue
		}
		r := mustBind(t, reference(f))
		for _, e := range []*event.Event{openEvent(), connectEvent(), execEvent()} {
			if got, ok := r.AppendText(nil, e); ok {
				t.Errorf("%s is not live but is %q", r.Name, got)
			}
		}
	}
}

// The list of Falco's fields is part of the reference material; it is compared
// where that is at hand.
func TestCatalogueHasFalcosFields(t *testing.T) {
	dir := os.Getenv("GYR_TESTDATA")
	if dir == "" {
		t.Skip("GYR_TESTDATA is not set: no list of fields to compare with")
	}
	file, err := os.Open(filepath.Join(dir, "reference", "fields.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	type row struct{ Type, List, Arg string }
	scanner := bufio.NewScanner(file)
	count := 0
	for scanner.Scan() {
		cols := strings.Split(scanner.Text(), "\t")
		if strings.HasPrefix(cols[0], "#") || len(cols) < 5 {
			continue
		}
		count++
		f, ok := Lookup(cols[1])
		if !ok {
			t.Errorf("field %s is missing", cols[1])
			continue
		}
		got := row{f.Type.String(), map[bool]string{true: "list", false: "single"}[f.List], "none"}
		want := row{cols[2], cols[3], cols[4]}
		// The list names the forms of an argument only for the container fields.
		if got.Arg = f.Arg.String(); strings.HasSuffix(want.Arg, ":") {
			got.Arg = got.Arg[:strings.IndexByte(got.Arg, ':')+1]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-Falco +Gyr):\n%s", f.Name, diff)
		}
	}
	if count < 250 {
		t.Errorf("only %d fields in the list", count)
	}
}

// Only fields that say so may depend on which name of the file is asked for:
// conditions that read none are not tried on the other.
func TestOnlyFileNameFieldsDependOnTheView(t *testing.T) {
	for f := range All {
		r := mustBind(t, liveReference(f))
		depends := false
		for _, e := range []func() *event.Event{openEvent, renameEvent} {
			given, resolved := e(), e()
			resolved.Names = event.RealNames
			a, _ := r.AppendText(nil, given)
			b, _ := r.AppendText(nil, resolved)
			depends = depends || string(a) != string(b)
		}
		if depends != f.FileName {
			t.Errorf("%s depends on the view: %v; FileName is %v", r.Name, depends, f.FileName)
		}
	}
}
