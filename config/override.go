package config

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// step is one part of a key's path: a name in a mapping, or an entry of a
// list.
type step struct {
	name  string
	index int // of a list's entry; appendEntry for a new one at its end
}

const (
	noIndex     = -1
	appendEntry = -2
)

// override puts a setting "path=value" into the tree below root.
func (r *reader) override(root *yaml.Node, setting string) {
	path, value, ok := cutUnescaped(setting)
	if !ok {
		r.failOverride(setting, "a setting must be of the form key=value, as in -o json_output=true")
		return
	}
	steps, err := parsePath(path)
	if err != nil {
		r.failOverride(setting, "%v", err)
		return
	}
	node, err := r.parseValue(value)
	if err != nil {
		r.failOverride(setting, "%v", err)
		return
	}
	r.mark(node, setting)
	if err := r.put(root, steps, node, setting); err != nil {
		r.failOverride(setting, "%v", err)
	}
}

// namesFiles reports whether a setting is about which files are read.
func namesFiles(setting string) bool {
	path, _, _ := cutUnescaped(setting)
	steps, err := parsePath(path)
	return err == nil && steps[0].name == configFilesKey
}

func (r *reader) failOverride(setting, format string, args ...any) {
	r.errors = append(r.errors, &Error{Position: Position{File: "-o " + setting}, Message: fmt.Sprintf(format, args...)})
}

// cutUnescaped splits a setting at the first "=".
func cutUnescaped(setting string) (path, value string, ok bool) {
	path, value, ok = strings.Cut(setting, "=")
	path = strings.TrimSpace(path)
	return path, strings.TrimSpace(value), ok && path != ""
}

// parsePath reads a.b[0].c[]: names with dots between, [N] for an entry of a
// list, [] for a new entry. A backslash takes its meaning from a dot, bracket
// or backslash.
func parsePath(path string) ([]step, error) {
	var steps []step
	var name strings.Builder
	// A name may not be empty, but nothing needs to be between "]" and ".".
	flush := func(at int) error {
		if name.Len() > 0 {
			steps = append(steps, step{name.String(), noIndex})
			name.Reset()
			return nil
		}
		if len(steps) == 0 || steps[len(steps)-1].index == noIndex {
			return fmt.Errorf("a name is missing at character %d of the key %q", at+1, path)
		}
		return nil
	}
	for i := 0; i < len(path); i++ {
		switch c := path[i]; c {
		case '\\':
			if i+1 == len(path) || !strings.ContainsRune(`.[]\`, rune(path[i+1])) {
				return nil, fmt.Errorf(`a backslash in the key %q must stand before ".", "[", "]" or "\"`, path)
			}
			i++
			name.WriteByte(path[i])
		case '.':
			if err := flush(i); err != nil {
				return nil, err
			}
			if i+1 == len(path) {
				return nil, fmt.Errorf("a name is missing after the last dot of the key %q", path)
			}
		case '[':
			if err := flush(i); err != nil {
				return nil, err
			}
			end := strings.IndexByte(path[i:], ']')
			if end < 0 {
				return nil, fmt.Errorf("a closing bracket is missing in the key %q", path)
			}
			s, err := parseIndex(path[i+1 : i+end])
			if err != nil {
				return nil, fmt.Errorf("in the key %q: %w", path, err)
			}
			steps = append(steps, s)
			i += end
		case ']':
			return nil, fmt.Errorf("an opening bracket is missing in the key %q", path)
		default:
			name.WriteByte(c)
		}
	}
	if err := flush(len(path)); err != nil {
		return nil, err
	}
	return steps, nil
}

func parseIndex(s string) (step, error) {
	if s == "" {
		return step{index: appendEntry}, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return step{}, fmt.Errorf("%q between brackets must be the number of an entry, counted from 0, or nothing to add one", s)
	}
	return step{index: n}, nil
}

// parseValue makes a node of an override's value: a list or mapping in YAML or
// JSON where it looks like one, else the text as it stands.
func (r *reader) parseValue(value string) (*yaml.Node, error) {
	if !strings.HasPrefix(value, "{") && !strings.HasPrefix(value, "[") {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}, nil
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(value), &doc); err != nil || len(doc.Content) == 0 {
		return nil, fmt.Errorf("the value begins like a list or mapping but is not valid YAML or JSON: %v", err)
	}
	return doc.Content[0], nil
}

// mark notes that a node and all below it come from an override.
func (r *reader) mark(n *yaml.Node, setting string) {
	if r.given == nil {
		r.given = make(map[*yaml.Node]string)
	}
	r.given[n] = setting
	for _, sub := range n.Content {
		r.mark(sub, setting)
	}
}

// put sets the value at a path, and makes the mappings and lists on the way
// that are not there.
func (r *reader) put(at *yaml.Node, steps []step, value *yaml.Node, setting string) error {
	for i, s := range steps {
		slot, err := r.slot(at, s, setting)
		if err != nil {
			return err
		}
		if i == len(steps)-1 {
			*slot = value
			return nil
		}
		at = resolve(*slot)
		if at == nil || isNull(at) {
			at = &yaml.Node{Kind: yaml.MappingNode}
			if steps[i+1].index != noIndex {
				at.Kind = yaml.SequenceNode
			}
			r.mark(at, setting)
			*slot = at
		}
	}
	return nil
}

// slot is where the value of one step stands below a node.
func (r *reader) slot(at *yaml.Node, s step, setting string) (**yaml.Node, error) {
	if s.index == noIndex {
		if at.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("there is no %q to set: the configuration has %s there", s.name, describe(at))
		}
		for i := 0; i+1 < len(at.Content); i += 2 {
			if at.Content[i].Value == s.name {
				return &at.Content[i+1], nil
			}
		}
		key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s.name}
		r.mark(key, setting)
		at.Content = append(at.Content, key, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"})
		return &at.Content[len(at.Content)-1], nil
	}
	if at.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("there is no list to set an entry of: the configuration has %s there", describe(at))
	}
	n := len(at.Content)
	if s.index == appendEntry || s.index == n {
		at.Content = append(at.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"})
		return &at.Content[n], nil
	}
	if s.index > n {
		return nil, fmt.Errorf("entry [%d] cannot be set: the list has %d entries; use [] to add one", s.index, n)
	}
	return &at.Content[s.index], nil
}
