package rules

import (
	"encoding/json"
	"errors"
	"testing"
)

// FuzzLoad checks that no file makes the loader or what describes its result
// panic, and that every diagnostic has a position within the file. testdata/fuzz holds more seeds.
func FuzzLoad(f *testing.F) {
	for _, s := range []string{
		"", "- a", "rule: x", "---\n...\n--- >\n a\n", "- {rule: r, condition: a, output: '%', desc: d, priority: p}",
		rule("r", "evt.type = open and proc.name in (a, b)"), described,
		"- list: l\n  items: &x [*x]\n", "- list: l\n  items: [l, k]\n- list: k\n  items: [l]\n" + rule("r", "proc.name in (l)"),
		"- macro: m\n  condition: m\n- macro: m\n  condition: m or m\n", "- rule: r\n  exceptions: [{name: e, fields: f, values: [[[a]]]}]\n",
		"- rule: r\n  condition: >2+\n     a\n  override: {condition: append}\n", "- required_engine_version: 0x1\n- required_plugin_versions: [{}]\n",
		"- rule: r\r  desc: \"\\u0000\\x41\\\n \\\"\"\r\n", "- ? [a]\n  : b\n- !!int x: y\n", "\xff\xfe-\x00", "\xef\xbb\xbf- macro: é\n  condition: \"€ in\\n(\"\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := Load([]Source{{Name: "f", Data: data}}, Options{})
		all := set.Warnings
		var list *Errors
		if err != nil {
			if !errors.As(err, &list) || len(list.List) == 0 {
				t.Fatalf("error without diagnostics: %#v", err)
			}
			all = append(all, list.List...)
		}
		lines := newSource(Source{Data: data}, 0).text.Count()
		for _, d := range all {
			if d.File != "f" || d.Line < 1 || d.Line > lines+1 || d.Column < 1 || d.Message == "" || d.Code == "" {
				t.Fatalf("diagnostic without position or text: %#v", d)
			}
			_ = d.String()
		}
		verdicts, valid := Validate([]Source{{Name: "f", Data: data}}, Options{})
		if v := verdicts[0]; v.OK() != (err == nil) || v.OK() != (valid != nil) || v.Result() == "" {
			t.Fatalf("verdict %q, error %v", v.Result(), err)
		}
		if _, err := json.Marshal(verdicts); err != nil {
			t.Fatal(err)
		}
		if valid == nil {
			return
		}
		if o := Describe(valid); len(o.Rules) < len(valid.Rules)+len(valid.Waiting) {
			t.Fatalf("%d rules are described of %d", len(o.Rules), len(valid.Rules)+len(valid.Waiting))
		}
	})
}
