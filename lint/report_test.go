package lint

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// object reads a path of keys and indexes out of decoded JSON.
func object(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok || m[step] == nil {
				t.Fatalf("%v: no %q in %v", path, step, v)
			}
			v = m[step]
		case int:
			list, ok := v.([]any)
			if !ok || len(list) <= step {
				t.Fatalf("%v: no element %d in %v", path, step, v)
			}
			v = list[step]
		}
	}
	return v
}

func shadowed(t *testing.T) []Finding {
	same := "evt.type = open and fd.name = /a"
	return check(t, rule("a", same), rule("b", same+" and not not user.uid = 0"))
}

// SARIF 2.1.0, section by section: what the schema requires and what code hosts
// read.
func TestSARIF(t *testing.T) {
	var out bytes.Buffer
	if err := WriteSARIF(&out, shadowed(t), "1.2.3"); err != nil {
		t.Fatal(err)
	}
	var log any
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	if got := object(t, log, "version"); got != "2.1.0" {
		t.Errorf("version %v", got)
	}
	object(t, log, "$schema")
	run := object(t, log, "runs", 0)
	if diff := cmp.Diff([]any{"gyr", "1.2.3", "unicodeCodePoints"}, []any{
		object(t, run, "tool", "driver", "name"), object(t, run, "tool", "driver", "version"), object(t, run, "columnKind"),
	}); diff != "" {
		t.Error(diff)
	}
	codes := object(t, run, "tool", "driver", "rules").([]any)
	for _, c := range codes {
		for _, path := range [][]any{{"id"}, {"name"}, {"shortDescription", "text"}, {"fullDescription", "text"}, {"help", "text"}, {"help", "markdown"}} {
			if text, ok := object(t, c, path...).(string); !ok || text == "" {
				t.Errorf("%v: no %v", object(t, c, "id"), path)
			}
		}
		if level := object(t, c, "defaultConfiguration", "level").(string); !slices.Contains([]string{"note", "warning", "error"}, level) {
			t.Errorf("level %q", level)
		}
	}
	results := object(t, run, "results").([]any)
	if len(results) != 2 {
		t.Fatalf("%d results, want 2", len(results))
	}
	for _, r := range results {
		index := int(object(t, r, "ruleIndex").(float64))
		if got, want := object(t, codes, index, "id"), object(t, r, "ruleId"); got != want {
			t.Errorf("ruleIndex points to %v, want %v", got, want)
		}
		if text := object(t, r, "message", "text").(string); text == "" {
			t.Error("a result without a message")
		}
		place := object(t, r, "locations", 0, "physicalLocation")
		if object(t, place, "artifactLocation", "uri") != "f2.yaml" || object(t, place, "region", "startLine").(float64) < 1 || object(t, place, "region", "startColumn").(float64) < 1 {
			t.Errorf("location %v", place)
		}
		object(t, place, "region", "snippet", "text")
	}
	related := object(t, results, 0, "relatedLocations", 0)
	if diff := cmp.Diff([]any{"f1.yaml", 1.0, 0.0}, []any{
		object(t, related, "physicalLocation", "artifactLocation", "uri"), object(t, related, "physicalLocation", "region", "startLine"), object(t, related, "id"),
	}); diff != "" {
		t.Error(diff)
	}
}

func TestSARIFOfNothing(t *testing.T) {
	var out bytes.Buffer
	if err := WriteSARIF(&out, nil, "dev"); err != nil {
		t.Fatal(err)
	}
	var log any
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	if list, ok := object(t, log, "runs", 0, "results").([]any); !ok || len(list) > 0 {
		t.Errorf("results are %v, want an empty list", list)
	}
}

func TestSARIFNamesFilesAsURIs(t *testing.T) {
	for file, want := range map[string]string{
		"rules/a b.yaml":      "rules/a%20b.yaml",
		"/etc/falco/a%1.yaml": "file:///etc/falco/a%251.yaml",
		"a:b.yaml":            "./a:b.yaml",
	} {
		if got := sarifAt(Location{file, 1, 1}).Physical.Artifact.URI; got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	if err := WriteJSON(&out, shadowed(t)[:1]); err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	f := object(t, got, "findings", 0).(map[string]any)
	delete(f, "message")
	want := map[string]any{
		"code": "GYR004", "name": "shadowed", "severity": "warning", "item": `rule "b"`, "file": "f2.yaml", "line": 1.0, "column": 3.0,
		"snippet": "- rule: b\n  ^", "related": map[string]any{"file": "f1.yaml", "line": 1.0, "column": 3.0},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	if err := WriteJSON(&out, nil); err != nil || out.String() != "{\n  \"findings\": []\n}\n" {
		t.Errorf("nothing is %q, %v", out.String(), err)
	}
}

func TestText(t *testing.T) {
	var out bytes.Buffer
	findings := shadowed(t)
	if err := WriteText(&out, findings); err != nil {
		t.Fatal(err)
	}
	want := findings[0].String() + "\n" + findings[1].String() + "\n0 errors, 1 warning, 1 note\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	if got := []int{Count(findings, Note), Count(findings, Warning), Count(findings, Error)}; !slices.Equal(got, []int{2, 1, 0}) {
		t.Errorf("counts %v", got)
	}
}
