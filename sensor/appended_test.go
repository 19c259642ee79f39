package sensor

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/event"
)

// TestConfiguredAlerts makes alerts with what the configuration adds to them, of
// rules that it selects.
func TestConfiguredAlerts(t *testing.T) {
	dir := t.TempDir()
	text := ""
	for _, name := range []string{"one", "two", "three"} {
		text += "- rule: " + name + "\n  desc: d\n  condition: evt.type=openat and static.site=berlin\n  output: o\n  priority: INFO\n  tags: [" + name[:1] + "]\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "r.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	load := func(site string) *config.Config {
		c, warnings, err := config.Parse("falco.yaml", []byte(`
rules_files: [`+dir+`/r.yaml]
rule_matching: all
rules: [{disable: {tag: t}}, {enable: {rule: thr*}}, {disable: {rule: none}}]
append_output:
  - match: {rule: one}
    extra_output: "by %proc.name at %static.site"
  - match: {tags: [t]}
    extra_fields: [evt.buffer]
static_fields: {site: `+site+`}
`), nil, func(string) string { return "" })
		if err != nil || len(warnings) > 0 {
			t.Fatal(err, warnings)
		}
		return c
	}
	var log bytes.Buffer
	c := load("berlin")
	s, err := New(c, Options{Stdout: io.Discard, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), `entry="disable: {rule: \"none\"}"`) || strings.Count(log.String(), "fits no rule") != 1 {
		t.Errorf("the log of an entry that fits no rule: %q", log.String())
	}
	if w := s.rules.Load().wanted(c); !w.Data.Has(event.Openat) {
		t.Error("the buffer that an extra field shows is not asked for")
	}
	lines := writtenBy(s)
	s.handle(quietEvents()[0])
	got := lines(t)
	if len(got) != 2 || !strings.HasSuffix(got[0], " o by cat at berlin\n") || !strings.HasSuffix(got[1], " o\n") {
		t.Errorf("alerts %q", got)
	}
	// The values are those of the configuration of the rules in force.
	next, err := loadRuleset(load("bonn"), s.counters, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.rules.Store(next)
	lines = writtenBy(s)
	s.handle(quietEvents()[0])
	if got := lines(t); len(got) != 0 {
		t.Errorf("alerts %q of another site", got)
	}
}
