package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// RulesSource is one file of rules.
type RulesSource struct {
	// Name is the file's path, or EmbeddedRules, EmbeddedLocalRules.
	Name string
	Data []byte
}

// RulesSources reads the files of RulesFiles in their order: of a directory
// the *.yaml and *.yml files, sorted by name. Entries that do not exist are
// skipped, as Falco does, and returned for the log; where the two default
// files do not exist, those inside the binary serve instead.
//
// A file that exists and cannot be read is an error.
func (c *Config) RulesSources() (sources []RulesSource, skipped []string, err error) {
	for _, entry := range c.RulesFiles {
		info, err := os.Stat(entry)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if source, ok := embedded(entry); ok {
				sources = append(sources, source)
			} else {
				skipped = append(skipped, entry)
			}
			continue
		case err != nil:
			return nil, nil, fmt.Errorf("reading the rules named under rules_files: %w", err)
		}
		files := []string{entry}
		if info.IsDir() {
			if files, err = rulesIn(entry); err != nil {
				return nil, nil, err
			}
		}
		for _, file := range files {
			data, err := readBounded(file)
			if err != nil {
				return nil, nil, fmt.Errorf("reading the rules named under rules_files: %w", err)
			}
			sources = append(sources, RulesSource{file, data})
		}
	}
	return sources, skipped, nil
}

// MaxRulesFile is how many bytes a file of rules, or a further one of configuration,
// may have; all of Falco's rules together have a hundredth of it. To read one costs
// several times as much memory, which a sensor that runs must not be made to need by
// a file that was put there by mistake.
const MaxRulesFile = 16 << 20

func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxRulesFile+1))
	if err == nil && len(data) > MaxRulesFile {
		err = fmt.Errorf("%s is longer than %d MiB; split it, or take it out of there", name, MaxRulesFile>>20)
	}
	return data, err
}

// embedded returns the rules inside the binary that stand for a default file.
func embedded(path string) (RulesSource, bool) {
	switch filepath.Clean(path) {
	case DefaultRulesPath:
		return RulesSource{EmbeddedRules, DefaultRules()}, true
	case DefaultLocalRulesPath:
		return RulesSource{EmbeddedLocalRules, LocalRules()}, true
	}
	return RulesSource{}, false
}

// rulesIn lists a directory's files of rules, sorted by name. Symlinks to files
// count: Kubernetes mounts a ConfigMap's files as such.
func rulesIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the directory of rules named under rules_files: %w", err)
	}
	var files []string
	for _, e := range entries {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		if ext != ".yaml" && ext != ".yml" {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		files = append(files, path)
	}
	slices.Sort(files)
	return files, nil
}
