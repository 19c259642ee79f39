package config

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// shape is what a setting says of itself when it is asked instead of being given
// something to read.
type shape struct {
	// schema is the JSON schema of what it takes.
	schema map[string]any
	// value is what is in force, as JSON has it.
	value any
	// keys are those of a mapping; schema and value are theirs then.
	keys map[string]setting
	// idle is set where what is read means nothing here.
	idle bool
}

// idle reads a setting that is accepted and means nothing here.
func idle(s setting) setting {
	return func(r *reader, n *yaml.Node, key string) {
		s(r, n, key)
		if r.shape != nil {
			r.shape.idle = true
		}
	}
}

// told reports whether the setting was only asked for its shape, which is this.
func (r *reader) told(s shape) bool {
	if r.shape == nil {
		return false
	}
	*r.shape = s
	return true
}

// shapeOf asks a setting. One that does not say takes anything.
func shapeOf(s setting) (of shape) {
	s(&reader{shape: &of, getenv: func(string) string { return "" }}, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str"}, "")
	return of
}

func typed(name string) map[string]any { return map[string]any{"type": name} }

func listOf(item map[string]any) map[string]any {
	return map[string]any{"type": "array", "items": item}
}

// oneOrMany is a list, of which a single entry may stand for itself.
func oneOrMany(item map[string]any) map[string]any {
	return map[string]any{"anyOf": []any{listOf(item), item}}
}

func object(properties map[string]any) map[string]any {
	return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
}

// orNull lets a key have no value, which is as if it was absent.
func orNull(schema map[string]any) map[string]any {
	if schema == nil {
		return map[string]any{}
	}
	if name, ok := schema["type"].(string); ok && schema["enum"] == nil {
		schema = maps.Clone(schema)
		schema["type"] = []string{name, "null"}
	}
	return schema
}

func schemaOf(keys map[string]setting) map[string]any {
	properties := map[string]any{}
	for name, s := range keys {
		of := shapeOf(s)
		if of.keys != nil {
			of.schema = schemaOf(of.keys)
		}
		properties[name] = orNull(of.schema)
	}
	return object(properties)
}

// Schema is a JSON schema of configuration files: of the keys that have an effect,
// those of Falco that have none, and none else.
func Schema() []byte {
	c := absent()
	keys, p := settings(c), plugins{containers: &c.Containers}
	keys["plugins"], keys["load_plugins"] = p.read, p.readLoad
	schema := schemaOf(keys)
	for _, key := range notInForceKeys() {
		addIdle(schema, strings.Split(key, "."))
	}
	schema["$schema"] = "http://json-schema.org/draft-07/schema#"
	schema["title"] = "Gyr's configuration (falco.yaml)"
	return encode(schema)
}

// addIdle adds a key that is taken and has no effect.
func addIdle(schema map[string]any, path []string) {
	properties, _ := schema["properties"].(map[string]any)
	if properties == nil {
		return // a list, or anything
	}
	if len(path) == 1 {
		properties[path[0]] = map[string]any{"description": "Known to Falco; no effect here."}
		return
	}
	if sub, ok := properties[path[0]].(map[string]any); ok {
		addIdle(sub, path[1:])
	}
}

// ContainerPluginSchema is a JSON schema of init_config of the plugin named
// container.
func ContainerPluginSchema() []byte {
	schema := schemaOf(containerKeys(&absent().Containers))
	schema["$schema"] = "http://json-schema.org/draft-07/schema#"
	return encode(schema)
}

func encode(v any) []byte {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err) // of maps, strings and numbers
	}
	return append(text, '\n')
}

// Value is a setting in force.
type Value struct {
	// Key is dotted: engine.kind.
	Key string
	// Value is of a type JSON can have.
	Value any
	// Default is set where nothing gave it; else Origin did.
	Default bool
	Origin  Position
}

// Explain is Load, and tells of every key in force the value and where that is
// from, in the order of their names.
func Explain(path string, overrides []string) ([]Value, []Warning, error) {
	r, c, err := load(path, overrides)
	if err != nil {
		return nil, r.warnings, err
	}
	return r.values(c), r.warnings, nil
}

func (r *reader) values(c *Config) (list []Value) {
	own := *c // a setting that does not know of shapes may set something
	keys := settings(&own)
	delete(keys, "rules_file")
	if at, ok := r.origins["rules_file"]; ok {
		r.origins["rules_files"] = at
	}
	keys["plugins["+containerPluginName+"]"] = group(map[string]setting{"init_config": group(containerKeys(&own.Containers))})
	r.addValues(&list, "", keys)
	return list
}

func (r *reader) addValues(list *[]Value, prefix string, keys map[string]setting) {
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		of, key := shapeOf(keys[name]), join(prefix, name)
		switch {
		case of.idle:
		case of.keys != nil:
			r.addValues(list, key, of.keys)
		case of.schema != nil:
			at, given := r.origins[key]
			*list = append(*list, Value{key, of.value, !given, at})
		}
	}
}

// Merged is the text of the configuration: the main file with the further ones and
// the overrides put in, as YAML, the environment not filled in.
func Merged(path string, overrides []string) (string, error) {
	r, data, err := open(path)
	if err != nil {
		return "", err
	}
	root := r.tree(data, overrides, true)
	if len(r.errors) > 0 {
		return "", r.errors
	}
	text, err := yaml.Marshal(root)
	return string(text), err
}

// load is Load, with the reader, never nil, that knows where everything is from.
func load(path string, overrides []string) (*reader, *Config, error) {
	r, data, err := open(path)
	if err != nil {
		return &reader{}, nil, err
	}
	c := r.read(data, overrides, true)
	if len(r.errors) > 0 {
		return r, nil, r.errors
	}
	return r, c, nil
}

// Path is the configuration file that is read where none is named: the default
// one if it exists, else "" for the one inside the binary.
func Path() (string, error) {
	switch _, err := os.Stat(DefaultPath); {
	case err == nil:
		return DefaultPath, nil
	case os.IsNotExist(err):
		return "", nil
	default:
		return "", err
	}
}
