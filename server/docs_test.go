package server

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The page and the metrics name the same, with the same labels and kinds.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, families := scrape(t, counted())
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `((?:gyr|falcosecurity)_[a-z0-9_]+)` \\| ([^|]*) \\|([^|]*)\\|").FindAllStringSubmatch(string(page), -1) {
		name, kind, labels := row[1], row[2], row[3]
		documented[name] = true
		f := families[name]
		if f == nil {
			t.Errorf("docs/metrics.md names %s, which is not there", name)
			continue
		}
		if want, _, _ := strings.Cut(kind, ","); want != strings.ToLower(f.GetType().String()) {
			t.Errorf("%s is a %v, not a %s", name, f.GetType(), want)
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if label, _, _ := strings.Cut(l.GetName(), "tag_"); label != "" && !strings.Contains(labels, "`"+label+"`") {
					t.Errorf("%s has a label %s, which is not documented", name, l.GetName())
				}
			}
		}
	}
	for name := range families {
		if own := strings.HasPrefix(name, "gyr_") || strings.HasPrefix(name, "falcosecurity_"); own && !documented[name] {
			t.Errorf("docs/metrics.md does not name %s", name)
		}
	}
}
