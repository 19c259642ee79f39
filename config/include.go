package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// ConfigFile is an entry of config_files: a file whose keys are added to the
// main file's, or a directory of such files.
type ConfigFile struct {
	Path     string   `json:"path"`
	Strategy Strategy `json:"strategy"`
}

// Strategy says what becomes of a key that is in a further file and was in one
// before.
type Strategy string

// The strategies. All of them add keys that were not there; they concern whole
// keys of the top level (engine, not engine.kind).
const (
	// StrategyAppend adds the entries of a list to the list before, and replaces
	// everything else.
	StrategyAppend Strategy = "append"
	// StrategyOverride replaces the key.
	StrategyOverride Strategy = "override"
	// StrategyAddOnly leaves the key as it was.
	StrategyAddOnly Strategy = "add-only"
)

// File is a file of configuration as it was read.
type File struct {
	Name   string
	SHA256 [sha256.Size]byte
}

// configFilesKey is the key that names further files.
const configFilesKey = "config_files"

// further is an entry of config_files and where it stands.
type further struct {
	ConfigFile
	node *yaml.Node
}

// configFiles reads the list of further files.
func configFiles(to *[]ConfigFile) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: oneOrMany(map[string]any{"anyOf": []any{typed("string"), schemaOf(furtherKeys(&ConfigFile{}))}}), value: *to}) {
			return
		}
		list := make([]ConfigFile, 0, len(n.Content))
		for _, f := range r.furtherFiles(n, key) {
			list = append(list, f.ConfigFile)
		}
		*to = list
	}
}

func furtherKeys(f *ConfigFile) map[string]setting {
	return map[string]setting{
		"path":     word(&f.Path),
		"strategy": choice((*string)(&f.Strategy), string(StrategyAppend), string(StrategyOverride), string(StrategyAddOnly)),
	}
}

func (r *reader) furtherFiles(n *yaml.Node, key string) (list []further) {
	items := n.Content
	switch n.Kind {
	case yaml.ScalarNode:
		items = []*yaml.Node{n}
	case yaml.MappingNode:
		r.fail(n, key, "%s must be a list, not a mapping; write each entry on its own line with a dash before it", key)
		return nil
	}
	for i, item := range items {
		item = resolve(item)
		key := fmt.Sprintf("%s[%d]", key, i)
		f := further{ConfigFile{Strategy: StrategyAppend}, item}
		switch {
		case item.Kind == yaml.ScalarNode && !isNull(item):
			f.Path = r.text(item)
		case item.Kind == yaml.MappingNode:
			r.mapping(item, key, furtherKeys(&f.ConfigFile))
			if f.Path == "" {
				r.fail(item, key, "%s has no path; add \"path: /etc/falco/config.d\"", key)
			}
		default:
			r.fail(item, key, "%s must be a path, or a mapping of path and strategy, not %s", key, describe(item))
		}
		if f.Path != "" {
			list = append(list, f)
		}
	}
	return list
}

// include adds the keys of the files that root names to it. What is wrong with
// the list itself is left to the reading of the key.
func (r *reader) include(root *yaml.Node) {
	scan := reader{file: r.file, getenv: r.getenv}
	var list []further
	if i := keyAt(root, configFilesKey); i >= 0 && !isNull(resolve(root.Content[i+1])) {
		list = scan.furtherFiles(resolve(root.Content[i+1]), configFilesKey)
	}
	if len(scan.errors) > 0 {
		return
	}
	for _, f := range list {
		files, err := filesAt(f.Path)
		if err != nil {
			r.fail(f.node, configFilesKey, "reading what config_files names: %v", err)
			continue
		}
		for _, file := range files {
			r.includeFile(root, f, file)
		}
	}
}

// filesAt lists the file at a path, the files of the directory there, or nothing
// if it does not exist.
func filesAt(path string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case info.Mode().IsRegular():
		return []string{path}, nil
	case !info.IsDir(): // such as a pipe, whose reading may never end, and which is read once only
		return nil, fmt.Errorf("%s is neither a regular file nor a directory", path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		file := filepath.Join(path, e.Name())
		// A symlink to a file counts: Kubernetes mounts a ConfigMap's files as such.
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && !leftOver(e.Name()) {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return files, nil
}

// leftOver reports whether a file in a directory is one that editors and package
// managers leave beside the one that is meant. To read it would bring back what
// somebody just removed.
func leftOver(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || strings.Contains(name, ".dpkg-") ||
		slices.Contains([]string{".bak", ".swp", ".rpmsave", ".rpmnew", ".rpmorig"}, filepath.Ext(name))
}

func (r *reader) includeFile(root *yaml.Node, f further, file string) {
	if same(file, r.file) {
		r.fail(f.node, configFilesKey, "config_files names the file it stands in, %s; take it out, or move it out of the directory %s", r.file, f.Path)
		return
	}
	data, err := readBounded(file)
	if err != nil {
		r.fail(f.node, configFilesKey, "reading what config_files names: %v", err)
		return
	}
	r.sums = append(r.sums, File{file, sha256.Sum256(data)})
	r.merge(root, r.parse(file, data), f.Strategy)
}

// same reports whether two paths are of the same file.
func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// merge adds the keys of a further file to those of root.
func (r *reader) merge(root, more *yaml.Node, strategy Strategy) {
	seen := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(more.Content); i += 2 {
		k, v := resolve(more.Content[i]), more.Content[i+1]
		if first := seen[k.Value]; first != nil {
			r.duplicate(k, k.Value, first)
			continue
		}
		seen[k.Value] = k
		if k.Value == configFilesKey {
			r.fail(k, configFilesKey, "config_files may be in the main file only, not in one that it names; name all files in %s", r.file)
			continue
		}
		at := keyAt(root, k.Value)
		switch {
		case at < 0:
			root.Content = append(root.Content, k, v)
		case strategy == StrategyAddOnly:
		case strategy == StrategyAppend && resolve(root.Content[at+1]).Kind == yaml.SequenceNode && resolve(v).Kind == yaml.SequenceNode:
			root.Content[at+1] = r.concat(resolve(root.Content[at+1]), resolve(v))
		default:
			root.Content[at], root.Content[at+1] = k, v
		}
	}
}

// keyAt is where among a mapping's nodes the first key of that name is, -1 if
// nowhere.
func keyAt(n *yaml.Node, name string) int {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if resolve(n.Content[i]).Value == name {
			return i
		}
	}
	return -1
}

// concat is a list of the entries of two, in the place of the first: an anchor
// may have it elsewhere, too.
func (r *reader) concat(a, b *yaml.Node) *yaml.Node {
	n := *a
	n.Content = slices.Concat(a.Content, b.Content)
	if file, ok := r.files[a]; ok {
		r.files[&n] = file
	}
	if o, ok := r.given[a]; ok {
		r.given[&n] = o
	}
	return &n
}

// from notes that a node and all below it stand in a further file.
func (r *reader) from(n *yaml.Node, file string) {
	if r.files == nil {
		r.files = make(map[*yaml.Node]string)
	}
	r.files[n] = file
	for _, sub := range n.Content {
		r.from(sub, file)
	}
}
