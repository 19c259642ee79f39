package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// group reads a mapping of its own keys.
func group(settings map[string]setting) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{keys: settings}) {
			return
		}
		if n.Kind != yaml.MappingNode {
			r.fail(n, key, "%s must be a mapping, not %s; write its keys below it, indented: %s", key, describe(n), quoteKeys(settings))
			return
		}
		r.mapping(n, key, settings)
	}
}

func quoteKeys(settings map[string]setting) string {
	var keys []string
	for k := range settings {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return strings.Join(keys, ", ")
}

// truth reads a yes or no, in any of the spellings of YAML 1.1, which Falco's
// reader takes.
func truth(to *bool) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: typed("boolean"), value: *to}) {
			return
		}
		if n.Kind == yaml.ScalarNode {
			switch strings.ToLower(r.text(n)) {
			case "true", "yes", "on", "y":
				*to = true
				return
			case "false", "no", "off", "n":
				*to = false
				return
			}
		}
		r.fail(n, key, "%s must be true or false, not %s", key, r.shown(n))
	}
}

// number reads an integer within limits.
func number(to *int, low, high int) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: map[string]any{"type": "integer", "minimum": low, "maximum": high}, value: *to}) {
			return
		}
		if n.Kind == yaml.ScalarNode {
			if v, err := strconv.Atoi(r.text(n)); err == nil && v >= low && v <= high {
				*to = v
				return
			}
		}
		r.fail(n, key, "%s must be a whole number from %d to %d, not %s", key, low, high, r.shown(n))
	}
}

// choice reads one of the given words, in upper or lower case.
func choice(to *string, words ...string) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: map[string]any{"type": "string", "enum": words}, value: *to}) {
			return
		}
		if n.Kind == yaml.ScalarNode {
			if v := strings.ToLower(r.text(n)); slices.Contains(words, v) {
				*to = v
				return
			}
		}
		r.fail(n, key, "%s must be one of %s, not %s", key, strings.Join(words, ", "), r.shown(n))
	}
}

// priority reads a priority of rules; Falco takes "info" for "informational".
func priority(to *string) setting {
	read := choice(to, "emergency", "alert", "critical", "error", "warning", "notice", "informational", "info", "debug")
	return func(r *reader, n *yaml.Node, key string) {
		read(r, n, key)
		if *to == "info" {
			*to = "informational"
		}
	}
}

// engineKind reads where events come from. Falco's kernel module is taken for
// what it asks for, the running kernel.
func engineKind(to *string) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: map[string]any{"type": "string", "enum": []string{KindModernEBPF, "kmod", "ebpf"}}, value: *to}) {
			return
		}
		if n.Kind == yaml.ScalarNode {
			switch r.text(n) {
			case KindModernEBPF:
				*to = KindModernEBPF
				return
			case "kmod", "ebpf":
				*to = KindModernEBPF
				r.warn(n, NotInForce, key, "%s %s is not there: the running kernel is watched with %s, which needs no driver", key, r.text(n), KindModernEBPF)
				return
			case "replay", "nodriver":
				r.fail(n, key, "%s %s is known to Falco but not supported yet; set it to %s", key, r.text(n), KindModernEBPF)
				return
			}
		}
		r.fail(n, key, "%s must be %s, not %s", key, KindModernEBPF, r.shown(n))
	}
}

// texts reads a list of words; a single word is a list of one.
func texts(to *[]string) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: oneOrMany(typed("string")), value: *to}) {
			return
		}
		items := n.Content
		switch n.Kind {
		case yaml.ScalarNode:
			items = []*yaml.Node{n}
		case yaml.MappingNode:
			r.fail(n, key, "%s must be a list, not a mapping; write each entry on its own line with a dash before it", key)
			return
		}
		list := make([]string, 0, len(items))
		for _, item := range items {
			item = resolve(item)
			if item.Kind != yaml.ScalarNode || isNull(item) {
				r.fail(item, key, "an entry of %s must be a path, not %s", key, describe(item))
				continue
			}
			list = append(list, r.text(item))
		}
		*to = list
	}
}

// shown is a node as messages quote it: as written, and what became of it
// where the environment was filled in.
func (r *reader) shown(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && r.text(n) != n.Value {
		return fmt.Sprintf("%q (from %s)", r.text(n), n.Value)
	}
	return describe(n)
}
