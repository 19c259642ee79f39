package config

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// reader walks a configuration's YAML nodes and collects what is wrong.
type reader struct {
	file   string
	getenv func(string) string
	// given holds, for nodes that are not the file's, the override they come
	// from.
	given map[*yaml.Node]string
	// files holds, for nodes of further files, which one that is, and sums what
	// was read.
	files map[*yaml.Node]string
	sums  []File
	// references are the fields referred to.
	references []reference
	// origins is where the value of each key is from.
	origins map[string]Position
	// shape, if not nil, is to be filled in place of reading anything.
	shape    *shape
	warnings []Warning
	errors   Errors
}

// setting reads the value of one key, whose dotted name is given.
type setting func(r *reader, n *yaml.Node, key string)

// parse returns the root mapping of a file; an empty one where there is none.
func (r *reader) parse(name string, data []byte) *yaml.Node {
	empty := &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		e := &Error{Position: Position{name, 1, 1}}
		e.Message = "not valid YAML: " + err.Error()
		var load *yaml.LoadError
		if errors.As(err, &load) {
			e.Line, e.Column = max(load.Mark.Line, 1), max(load.Mark.Column, 1)
			e.Message = "not valid YAML: " + load.Message + "; check the indentation and quotes here and on the line before"
		}
		r.errors = append(r.errors, e)
		return empty
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return empty
	}
	if name != r.file {
		r.from(&doc, name)
	}
	root := resolve(doc.Content[0])
	if isNull(root) {
		return empty
	}
	if root.Kind != yaml.MappingNode {
		r.fail(root, "", "the configuration must be a mapping of keys to values (\"json_output: true\"), not %s; a list is what rules files are, which belong under rules_files", describe(root))
		return empty
	}
	return root
}

// mapping reads the keys of n, known to settings; prefix is the dotted name of
// n itself.
func (r *reader) mapping(n *yaml.Node, prefix string, settings map[string]setting) {
	seen := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := resolve(n.Content[i]), resolve(n.Content[i+1])
		if k.Kind != yaml.ScalarNode {
			r.fail(k, prefix, "a key must be a plain word, not %s", describe(k))
			continue
		}
		key := join(prefix, k.Value)
		if first := seen[k.Value]; first != nil {
			r.duplicate(k, key, first)
			continue
		}
		seen[k.Value] = k
		read, ok := settings[k.Value]
		if !ok {
			r.unknown(k, key, prefix, settings)
			continue
		}
		if isNull(v) {
			// "key:" with nothing after it is an absent key.
			continue
		}
		if r.origins == nil {
			r.origins = make(map[string]Position)
		}
		r.origins[key] = r.position(k)
		read(r, v, key)
	}
}

func (r *reader) duplicate(k *yaml.Node, key string, first *yaml.Node) {
	r.warn(k, Duplicate, key, "%s is given a second time and has no effect: the value on line %d counts; remove one of the two", key, first.Line)
}

// text returns the value of a scalar, with the environment filled in.
func (r *reader) text(n *yaml.Node) string { return expand(n.Value, r.getenv) }

func (r *reader) position(n *yaml.Node) Position {
	if o, ok := r.given[n]; ok {
		return Position{File: "-o " + o}
	}
	if file, ok := r.files[n]; ok {
		return Position{file, n.Line, n.Column}
	}
	return Position{r.file, n.Line, n.Column}
}

func (r *reader) fail(n *yaml.Node, key, format string, args ...any) {
	r.errors = append(r.errors, &Error{r.position(n), key, fmt.Sprintf(format, args...)})
}

func (r *reader) warn(n *yaml.Node, kind Kind, key, format string, args ...any) {
	r.warnings = append(r.warnings, Warning{r.position(n), kind, key, fmt.Sprintf(format, args...)})
}

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// describe says what a node is, for messages.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case isNull(n):
		return "nothing"
	}
	return fmt.Sprintf("%q", n.Value)
}

func join(prefix, key string) string {
	if prefix == "" {
		return key
	}
	return prefix + "." + key
}

// expand fills in environment variables: ${NAME} is the value of NAME,
// $${NAME} is the text ${NAME}.
func expand(s string, getenv func(string) string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			break
		}
		end := strings.IndexByte(s[i:], '}')
		if end < 0 {
			break
		}
		end += i + 1
		if i > 0 && s[i-1] == '$' {
			b.WriteString(s[:i-1])
			b.WriteString(s[i:end])
		} else {
			b.WriteString(s[:i])
			b.WriteString(getenv(s[i+2 : end-1]))
		}
		s = s[end:]
	}
	b.WriteString(s)
	return b.String()
}
