package config

import (
	"testing"

	"go.yaml.in/yaml/v4"
)

// FuzzMerge puts any file into any other. Nothing but the second may be changed:
// what is merged into it again and again must not grow in it by aliases.
func FuzzMerge(f *testing.F) {
	f.Add([]byte("rules_files: &x [/a]\nload_plugins: *x\n"), []byte("load_plugins: [/b]\njson_output: true\n"), byte(0))
	f.Add([]byte("a: a\nb: [1]\n"), []byte("a: &a [2, *a]\nconfig_files: []\na: 1\n"), byte(1))
	f.Add([]byte("rules_files: /a\n"), []byte("rules_files: [/b]\n? [x]\n: y\n"), byte(2))
	f.Fuzz(func(t *testing.T, first, second []byte, which byte) {
		strategy := []Strategy{StrategyAppend, StrategyOverride, StrategyAddOnly}[which%3]
		r := &reader{file: "first", getenv: func(string) string { return "" }}
		root, more := r.parse("first", first), r.parse("second", second)
		entries := len(more.Content)
		before := map[string]*yaml.Node{}
		for i := 0; i+1 < len(root.Content); i += 2 {
			if k := resolve(root.Content[i]).Value; before[k] == nil {
				before[k] = root.Content[i+1]
			}
		}
		r.merge(root, more, strategy)
		if len(more.Content) != entries {
			t.Errorf("the second file has %d nodes, before %d", len(more.Content), entries)
		}
		if strategy == StrategyAddOnly {
			for k, v := range before {
				if root.Content[keyAt(root, k)+1] != v {
					t.Errorf("add-only changed %q", k)
				}
			}
		}
		c := absent()
		r.mapping(root, "", settings(c))
		for _, e := range r.errors {
			if e.File != "first" && e.File != "second" {
				t.Errorf("an error is in %q", e.File)
			}
		}
	})
}
