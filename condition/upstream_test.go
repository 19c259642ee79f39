package condition

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// upstreamItem is what of a rule file's item matters here.
type upstreamItem struct {
	Rule, Macro, List string
	Condition         string
	Source            string
	Items             []any
}

// upstreamItems reads every rule file under $GYR_TESTDATA/rules-upstream.
func upstreamItems(t *testing.T) map[string][]upstreamItem {
	t.Helper()
	dir := os.Getenv("GYR_TESTDATA")
	if dir == "" {
		t.Skip("GYR_TESTDATA is not set: no rule files to parse")
	}
	files, err := filepath.Glob(filepath.Join(dir, "rules-upstream", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no rule files in %s/rules-upstream: %v", dir, err)
	}
	all := map[string][]upstreamItem{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := yaml.NewDecoder(bytes.NewReader(data))
		for {
			var items []upstreamItem
			if err := d.Decode(&items); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			all[filepath.Base(file)] = append(all[filepath.Base(file)], items...)
		}
	}
	return all
}

func TestUpstreamConditionsPrintStably(t *testing.T) {
	count := 0
	for file, items := range upstreamItems(t) {
		for _, item := range items {
			// Appended texts ("or x") are no conditions by themselves.
			if item.Condition == "" || strings.HasPrefix(item.Condition, "or ") || strings.HasPrefix(item.Condition, "and ") {
				continue
			}
			count++
			first, err := Parse(item.Condition)
			if err != nil {
				t.Errorf("%s: %s%s: %v", file, item.Rule, item.Macro, err)
				continue
			}
			printed := Print(first)
			second, err := Parse(printed)
			if err != nil {
				t.Errorf("%s: %s%s: printed form does not parse: %v\n%s", file, item.Rule, item.Macro, err, printed)
				continue
			}
			if again := Print(second); again != printed {
				t.Errorf("%s: %s%s: printed form changes\n%s\n%s", file, item.Rule, item.Macro, printed, again)
			}
		}
	}
	if count < 500 {
		t.Errorf("only %d conditions found", count)
	}
}
