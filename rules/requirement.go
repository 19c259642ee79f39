package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// EngineVersion is the version of the rule language and the set of fields that
// this package loads; rule files may require one at most as new.
const EngineVersion = "0.63.0"

// BuiltinPlugins are the plugins whose work is built in, and the version each
// is compatible with.
func BuiltinPlugins() map[string]string {
	return map[string]string{"container": "0.7.1", "k8smeta": "0.4.1", "json": "0.7.3", "k8saudit": "0.18.0"}
}

// PluginRequirement is a plugin a rule file requires, or one of the
// alternatives.
type PluginRequirement struct {
	Name, Version string
	Alternatives  []PluginRequirement
}

// version is a semantic version without pre-release parts.
type version struct{ major, minor, patch uint64 }

func parseVersion(s string) (v version, ok bool) {
	s, _, _ = strings.Cut(s, "-")
	s, _, _ = strings.Cut(s, "+")
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return v, false
	}
	for i, to := range []*uint64{&v.major, &v.minor, &v.patch} {
		n, err := strconv.ParseUint(parts[i], 10, 32)
		if err != nil {
			return v, false
		}
		*to = n
	}
	return v, true
}

// String is the version as major.minor.patch.
func (v version) String() string { return fmt.Sprintf("%d.%d.%d", v.major, v.minor, v.patch) }

func (v version) compare(o version) int {
	return cmp.Or(cmp.Compare(v.major, o.major), cmp.Compare(v.minor, o.minor), cmp.Compare(v.patch, o.patch))
}

// satisfies reports whether v can stand in for the version required.
func (v version) satisfies(required version) bool {
	return v.major == required.major && v.compare(required) >= 0
}

// engineVersion reads a required_engine_version item: a number N, short for
// 0.N.0, or a version.
func (l *loader) engineVersion(m fields) {
	l.unknownKeys(m, "required_engine_version")
	t, ok := l.scalar(m, "required_engine_version", engineVersionContext, "")
	if !ok {
		return
	}
	written := t.value
	if _, err := strconv.ParseUint(written, 10, 32); err == nil {
		written = "0." + written + ".0"
	}
	required, ok := parseVersion(written)
	if !ok {
		l.fail(ErrYAMLValidate, t.place, "%q is no engine version: write a number or a version such as %q", cut(t.value), EngineVersion)
		return
	}
	own, _ := parseVersion(EngineVersion)
	if !own.satisfies(required) {
		l.fail(ErrValidate, t.place, "the file requires engine version %s, this is %s: update gyr, or use rules for this version", required, own)
	}
	if required.compare(l.engine) > 0 {
		l.engine = required
	}
}

// pluginVersions reads a required_plugin_versions item.
func (l *loader) pluginVersions(m fields) {
	l.unknownKeys(m, "required_plugin_versions")
	n := m.nodes["required_plugin_versions"]
	p := m.at("required_plugin_versions", pluginVersionsContext, "")
	if n.Kind != yaml.SequenceNode {
		l.fail(ErrYAMLValidate, p, "the value of \"required_plugin_versions\" must be a list of name and version, not a %s", kindName(n))
		return
	}
	for _, c := range n.Content {
		at := p.in(pluginEntryContext, "", c.Line, c.Column)
		req, ok := l.pluginEntry(resolve(c), at, true)
		if !ok {
			continue
		}
		all := append([]PluginRequirement{req}, req.Alternatives...)
		if !slices.ContainsFunc(all, available) {
			var names []string
			for _, r := range all {
				names = append(names, fmt.Sprintf("%s (>= %s)", r.Name, r.Version))
			}
			l.fail(ErrValidate, at, "the file requires a plugin that is not built in, one of: %s: remove the rules that need it", strings.Join(names, ", "))
			continue
		}
		l.plugins = append(l.plugins, req)
	}
}

func available(r PluginRequirement) bool {
	own, ok := parseVersion(BuiltinPlugins()[r.Name])
	required, _ := parseVersion(r.Version)
	return ok && own.satisfies(required)
}

func (l *loader) pluginEntry(n *yaml.Node, p place, alternatives bool) (r PluginRequirement, ok bool) {
	if n.Kind != yaml.MappingNode {
		l.fail(ErrYAMLValidate, p, "a required plugin must be a mapping with name and version, not a %s", kindName(n))
		return r, false
	}
	m, ok := l.mapping(n, p)
	l.unknownKeys(m, "name", "version", "alternatives")
	name, nameOK := l.scalar(m, "name", valueContext, "name")
	v, versionOK := l.scalar(m, "version", valueContext, "version")
	if !m.has("name") || !m.has("version") {
		l.fail(ErrYAMLValidate, p, "a required plugin needs both name and version")
	}
	if !ok || !nameOK || !versionOK {
		return r, false
	}
	r = PluginRequirement{Name: name.value, Version: v.value}
	if _, ok := parseVersion(v.value); !ok {
		l.fail(ErrYAMLValidate, v.place, "%q is no version: write it as in \"0.4.0\"", cut(v.value))
		return r, false
	}
	if alt := m.nodes["alternatives"]; alt != nil && alternatives {
		if alt.Kind != yaml.SequenceNode {
			l.fail(ErrYAMLValidate, m.at("alternatives", pluginAltContext, ""), "the value of \"alternatives\" must be a list, not a %s", kindName(alt))
			return r, false
		}
		for _, c := range alt.Content {
			a, ok := l.pluginEntry(resolve(c), p.in(pluginAltContext, "", c.Line, c.Column), false)
			if !ok {
				return r, false
			}
			r.Alternatives = append(r.Alternatives, a)
		}
	}
	return r, true
}
