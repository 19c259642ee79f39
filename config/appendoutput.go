package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/gyrsec/gyr/field"
	"github.com/gyrsec/gyr/rules"
)

// AppendOutput is one addition to the outputs of rules.
type AppendOutput struct {
	// Match chooses the rules.
	Match Match `json:"match,omitzero"`
	// SuggestedOutput adds the fields that name container and pod, and the static
	// ones.
	SuggestedOutput bool `json:"suggested_output"`
	// ExtraOutput is appended to the output after a blank.
	ExtraOutput string `json:"extra_output,omitempty"`
	// ExtraFields are added to the output fields only.
	ExtraFields []ExtraField `json:"extra_fields,omitempty"`
}

// Match chooses rules: by their source, by tags, all of which they must have, and
// by name. What is empty fits every rule.
type Match struct {
	Source string   `json:"source,omitempty"`
	Tags   []string `json:"tags,omitempty"`
	Rule   string   `json:"rule,omitempty"`
}

// ExtraField is an additional output field: the field Key where Format is empty,
// else the text that Format makes, an output like a rule's.
type ExtraField struct{ Key, Format string }

// MarshalJSON is the field as the configuration has it.
func (x ExtraField) MarshalJSON() ([]byte, error) {
	if x.Format == "" {
		return json.Marshal(x.Key)
	}
	return json.Marshal(map[string]string{x.Key: x.Format})
}

// StaticField is a field with the same value for every event: static.NAME.
type StaticField struct{ Name, Value string }

// appendOutput reads the list of additions to outputs.
func appendOutput(to *[]AppendOutput) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: listOf(schemaOf(appendKeys(&AppendOutput{}))), value: *to}) {
			return
		}
		if n.Kind != yaml.SequenceNode {
			r.fail(n, key, "%s must be a list, not %s; write \"- suggested_output: true\" below it", key, describe(n))
			return
		}
		list := make([]AppendOutput, 0, len(n.Content))
		for i, item := range n.Content {
			var a AppendOutput
			group(appendKeys(&a))(r, resolve(item), fmt.Sprintf("%s[%d]", key, i))
			list = append(list, a)
		}
		*to = list
	}
}

func appendKeys(a *AppendOutput) map[string]setting {
	return map[string]setting{
		"match": group(map[string]setting{
			"source": word(&a.Match.Source), "tags": texts(&a.Match.Tags), "rule": word(&a.Match.Rule),
		}),
		"suggested_output": truth(&a.SuggestedOutput),
		"extra_output":     template(&a.ExtraOutput),
		"extra_fields":     extraFields(&a.ExtraFields),
	}
}

// template reads an output like a rule's.
func template(to *string) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: typed("string"), value: *to}) {
			return
		}
		if n.Kind != yaml.ScalarNode {
			r.fail(n, key, "%s must be a text like a rule's output, not %s", key, describe(n))
			return
		}
		t, err := rules.ParseTemplate(r.text(n))
		if err != nil {
			r.fail(n, key, "%s: %v", key, err)
			return
		}
		*to = r.text(n)
		r.refer(n, key, t.Refs()...)
	}
}

// extraFields reads a list of fields, and of names with an output for each.
func extraFields(to *[]ExtraField) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: listOf(map[string]any{"anyOf": []any{typed("string"), map[string]any{"type": "object", "additionalProperties": typed("string")}}}), value: *to}) {
			return
		}
		if n.Kind != yaml.SequenceNode {
			r.fail(n, key, "%s must be a list of fields, not %s; write [proc.env, {name: \"%%proc.name\"}]", key, describe(n))
			return
		}
		var list []ExtraField
		for i, item := range n.Content {
			item = resolve(item)
			key := fmt.Sprintf("%s[%d]", key, i)
			switch {
			case item.Kind == yaml.ScalarNode && !isNull(item):
				ref, err := field.Bind(r.text(item), "", false)
				if err == nil && ref.Field.FilterOnly {
					err = fmt.Errorf("the field %s can be used in conditions only", ref.Name)
				}
				if err != nil {
					r.fail(item, key, "%s: %v", key, err)
					continue
				}
				r.refer(item, key, ref)
				list = append(list, ExtraField{Key: r.text(item)})
			case item.Kind == yaml.MappingNode:
				for j := 0; j+1 < len(item.Content); j += 2 {
					x := ExtraField{Key: resolve(item.Content[j]).Value}
					value := resolve(item.Content[j+1])
					if value.Kind == yaml.ScalarNode && r.text(value) == "" {
						r.fail(item.Content[j], key, "%s is empty; write an output such as \"%%proc.name\"", join(key, x.Key))
						continue
					}
					template(&x.Format)(r, value, join(key, x.Key))
					list = append(list, x)
				}
			default:
				r.fail(item, key, "%s must be a field, or a name and an output, not %s", key, describe(item))
			}
		}
		*to = list
	}
}

// staticFields reads the mapping of names to values.
func staticFields(to *[]StaticField) setting {
	name := regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]*$`)
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: map[string]any{"type": "object", "additionalProperties": map[string]any{"type": []string{"string", "number", "boolean", "null"}}}, value: statics(*to)}) {
			return
		}
		if n.Kind != yaml.MappingNode {
			r.fail(n, key, "%s must be a mapping of names to values, not %s", key, describe(n))
			return
		}
		var list []StaticField
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := resolve(n.Content[i]), resolve(n.Content[i+1])
			switch key := join(key, k.Value); {
			case !name.MatchString(k.Value):
				r.fail(k, key, "%s: a name must begin with a letter, and have letters, digits and _ only, so that rules can say static.NAME", key)
			case v.Kind != yaml.ScalarNode:
				r.fail(v, key, "%s must be a single value, not %s", key, describe(v))
			case slices.ContainsFunc(list, func(s StaticField) bool { return s.Name == k.Value }):
				r.warn(k, Duplicate, key, "%s is given a second time and has no effect; remove one of the two", key)
			case isNull(v):
				list = append(list, StaticField{Name: k.Value})
			default:
				list = append(list, StaticField{k.Value, r.text(v)})
			}
		}
		*to = list
	}
}

func statics(list []StaticField) map[string]string {
	values := make(map[string]string, len(list))
	for _, s := range list {
		values[s.Name] = s.Value
	}
	return values
}

// reference is where the configuration refers to a field.
type reference struct {
	node *yaml.Node
	key  string
	ref  *field.Ref
}

func (r *reader) refer(n *yaml.Node, key string, refs ...*field.Ref) {
	for _, ref := range refs {
		r.references = append(r.references, reference{n, key, ref})
	}
}

// checkStatics wants the static fields that are referred to; which there are is
// known when everything is read.
func (r *reader) checkStatics(c *Config) {
	for _, x := range r.references {
		if err := rules.UnknownStatic(x.ref, c.StaticNames()); err != nil {
			r.fail(x.node, x.key, "%s: %v", x.key, err)
		}
	}
}

// StaticNames are the names of the static fields; never nil.
func (c *Config) StaticNames() []string {
	names := make([]string, 0, len(c.StaticFields))
	for _, s := range c.StaticFields {
		names = append(names, s.Name)
	}
	return names
}
