package event

import "testing"

var categories = map[string]bool{
	"file": true, "net": true, "IPC": true, "wait": true, "memory": true, "process": true, "signal": true,
	"sleep": true, "time": true, "user": true, "system": true, "scheduler": true, "internal": true, "other": true,
	"io_read": true, "io_write": true, "io_other": true,
}

// checkParams holds that names are there once and that those, and only those,
// have flags whose type has.
func checkParams(t *testing.T, typ string, params []Param) {
	t.Helper()
	seen := map[string]bool{}
	for _, p := range params {
		if p.Name == "" || seen[p.Name] {
			t.Errorf("%s: the parameter %q is empty or there twice", typ, p.Name)
		}
		seen[p.Name] = true
		if named := p.Type.IsFlags() || p.Type.IsEnum(); named != (len(p.Flags) > 0) {
			t.Errorf("%s: the parameter %s is %v and has %d names", typ, p.Name, p.Type, len(p.Flags))
		}
	}
}

// Every event type has one name, room in a TypeSet, and, if it is captured,
// what the rest derives from the schema.
func TestSchema(t *testing.T) {
	if len(schema) > maxTypes {
		t.Errorf("%d event types, a TypeSet has room for %d", len(schema), maxTypes)
	}
	seen := map[string]Type{}
	for typ := range Types {
		info := Describe(typ)
		if other, ok := seen[info.Name]; ok {
			t.Errorf("types %d and %d are both called %q", other, typ, info.Name)
		}
		seen[info.Name] = typ
		if found, ok := ByName(info.Name); !ok || found != typ {
			t.Errorf("ByName(%q) = %d, %t, want %d", info.Name, found, ok, typ)
		}
		if info.Family == FamilyNone || info.Family >= families {
			t.Errorf("%s has no family", info.Name)
		}
		if !categories[info.Category] {
			t.Errorf("%s is of category %q", info.Name, info.Category)
		}
		if info.Enter != nil && info.Direction != DirBoth {
			t.Errorf("%s has parameters of an event it has not", info.Name)
		}
		checkParams(t, info.Name, info.Params)
		checkParams(t, info.Name, info.Enter)
		checkParams(t, info.Name, info.Extra)
		if !info.Captured() {
			continue
		}
		carried := 0
		for _, p := range info.Params {
			if p.Get == nil {
				carried++
			}
		}
		if carried > MaxParams {
			t.Errorf("%s carries %d parameters, an event has room for %d", info.Name, carried, MaxParams)
		}
	}
}
