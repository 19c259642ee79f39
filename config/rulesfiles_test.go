package config_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/config"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRulesSources(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/one.txt", "one")
	write(t, dir+"/d/20.yml", "20")
	write(t, dir+"/d/10.yaml", "10")
	write(t, dir+"/d/README.md", "no rules")
	write(t, dir+"/d/30.yaml.bak", "no rules")
	write(t, dir+"/d/sub.yaml/40.yaml", "not read: directories are not descended into")
	write(t, dir+"/data/15.yaml", "15")
	if err := os.Symlink("../data/15.yaml", dir+"/d/15.yaml"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", dir+"/d/16.yaml"); err != nil {
		t.Fatal(err)
	}
	c := &config.Config{RulesFiles: []string{dir + "/d", dir + "/missing.yaml", dir + "/one.txt"}}
	sources, skipped, err := c.RulesSources()
	if err != nil {
		t.Fatal(err)
	}
	want := []config.RulesSource{
		{Name: dir + "/d/10.yaml", Data: []byte("10")},
		{Name: dir + "/d/15.yaml", Data: []byte("15")},
		{Name: dir + "/d/20.yml", Data: []byte("20")},
		{Name: dir + "/one.txt", Data: []byte("one")},
	}
	if diff := cmp.Diff(want, sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{dir + "/missing.yaml"}, skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}

// TestEmbeddedRulesServe is about the two default paths: what is inside the
// binary stands for them where they do not exist.
func TestEmbeddedRulesServe(t *testing.T) {
	files := map[string]string{
		config.DefaultRulesPath:      config.EmbeddedRules,
		config.DefaultLocalRulesPath: config.EmbeddedLocalRules,
	}
	for path, embedded := range files {
		if _, err := os.Stat(path); err == nil {
			t.Logf("%s exists on this machine and is read", path)
			embedded = path
		}
		c := &config.Config{RulesFiles: []string{path}}
		sources, skipped, err := c.RulesSources()
		if err != nil || len(skipped) > 0 || len(sources) != 1 || sources[0].Name != embedded || len(sources[0].Data) == 0 {
			t.Errorf("%s: %d sources, skipped %v, error %v; want %s", path, len(sources), skipped, err, embedded)
		}
	}
}

func TestRulesSourcesUnreadable(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/file", "")
	c := &config.Config{RulesFiles: []string{dir + "/file/below.yaml"}}
	if sources, _, err := c.RulesSources(); err == nil {
		t.Errorf("a path below a file gave %v", sources)
	}
	write(t, dir+"/long/long.yaml", "")
	if err := os.Truncate(dir+"/long/long.yaml", config.MaxRulesFile+1); err != nil {
		t.Fatal(err)
	}
	c = &config.Config{RulesFiles: []string{dir + "/long"}}
	if _, _, err := c.RulesSources(); err == nil || !strings.Contains(err.Error(), dir+"/long/long.yaml is longer than 16 MiB") {
		t.Errorf("a file without end gave the error %v", err)
	}
	if os.Getuid() != 0 {
		write(t, dir+"/secret.yaml", "")
		if err := os.Chmod(dir+"/secret.yaml", fs.FileMode(0)); err != nil {
			t.Fatal(err)
		}
		c = &config.Config{RulesFiles: []string{dir + "/secret.yaml"}}
		if sources, _, err := c.RulesSources(); err == nil {
			t.Errorf("an unreadable file gave %v", sources)
		}
	}
}
