package event

import "testing"

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
		if !info.Captured() {
			continue
		}
		if info.Category == "" {
			t.Errorf("%s has no category", info.Name)
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
