package rules

import "testing"

func TestExceptionFiles(t *testing.T) {
	const r = "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: notice\n"
	named := r + exception("name: e", "fields: [proc.name]", "values: [[a]]")
	runFileTests(t, []fileTest{
		{"no values", one(r, exception("name: e", "fields: [proc.name]")), valid, "", "", "evt.type = open"},
		{"a row", one(named), valid, "", "", "(evt.type = open and not proc.name = a)"},
		{"two rows", one(r, exception("name: e", "fields: [proc.name]", "values: [[a], [b]]")), valid, "", "", "(evt.type = open and not (proc.name = a or proc.name = b))"},
		{"two fields", one(r, exception("name: e", "fields: [proc.name, fd.name]", "values: [[a, /b]]")), valid, "", "", "(evt.type = open and not (proc.name = a and fd.name = /b))"},
		{"comparisons", one(r, exception("name: e", "fields: [proc.name, fd.name]", "comps: [contains, startswith]", "values: [[a, /b]]")), valid, "", "", "(evt.type = open and not (proc.name contains a and fd.name startswith /b))"},
		{"a list in a row", one(r, exception("name: e", "fields: [proc.name]", "comps: [in]", "values: [[[a, b]]]")), valid, "", "", "(evt.type = open and not proc.name in (a, b))"},
		{"a single word for a list", one(r, exception("name: e", "fields: [proc.name]", "comps: [in]", "values: [[a]]")), valid, "", "", "(evt.type = open and not proc.name in (a))"},
		{"one field", one(r, exception("name: e", "fields: proc.name", "values: [a, b]")), valid, "", "", "(evt.type = open and not proc.name in (a, b))"},
		{"one field with intersects", one(r, exception("name: e", "fields: proc.name", "comps: intersects", "values: [a, b]")), valid, "", "", "(evt.type = open and not proc.name intersects (a, b))"},
		{"one field with a modified operator", one(r, exception("name: e", "fields: fd.name", "comps: endswith oneof", "values: [a, b]")), valid, "", "", "(evt.type = open and not fd.name endswith oneof (a, b))"},
		{"a name of a list", one(list("l", "a, b"), r, exception("name: e", "fields: proc.name", "values: [l, c]")), valid, "", "", "(evt.type = open and not proc.name in (a, b, c))"},
		{"a value with a blank", one(r, exception("name: e", "fields: proc.cmdline", "values: [a b]")), valid, "", "", `(evt.type = open and not proc.cmdline in ("a b"))`},
		{"an or stays together", one(rule("r", "evt.type = open or evt.type = creat"), exception("name: e", "fields: proc.name", "values: [a]")), valid, "", "", "((evt.type = open or evt.type = creat) and not proc.name in (a))"},
		{"appended values", one(named, change("exceptions: [{name: e, values: [[b]]}]", "override: {exceptions: append}")), valid, "", "", "(evt.type = open and not (proc.name = a or proc.name = b))"},
		{"appended with append: true", one(named, change("exceptions: [{name: e, values: [[b]]}]", "append: true")), warned, "DEPRECATED_ITEM", "", "(evt.type = open and not (proc.name = a or proc.name = b))"},
		{"replaced", one(named, change("exceptions: [{name: f, fields: fd.name, values: [/b]}]", "override: {exceptions: replace}")), valid, "", "", "(evt.type = open and not fd.name in (/b))"},
		{"appended without values", one(named, change("exceptions: [{name: e}]", "override: {exceptions: append}")), warned, "APPEND_NO_VALUES", "no values", "(evt.type = open and not proc.name = a)"},
		{"one name twice", one(r, exception("name: e", "fields: proc.name"), "  - name: e\n    fields: fd.name\n"), warned, "EXCEPTION_NAME_NOT_UNIQUE", `named "e"`, "evt.type = open"},
		{"fields appended to one that exists", one(named, change("exceptions: [{name: e, fields: [fd.name], values: [[b]]}]", "override: {exceptions: append}")), invalid, "ERR_VALIDATE", "only values can be appended", ""},
		{"a new one without values appended", one(r, change("exceptions: [{name: e, fields: [fd.name]}]", "override: {exceptions: append}")), invalid, "ERR_VALIDATE", "no values", ""},
		{"a new one without fields appended", one(r, change("exceptions: [{name: e, values: [[b]]}]", "override: {exceptions: append}")), invalid, "ERR_VALIDATE", "no fields", ""},
		{"no name", one(r, exception("fields: [proc.name]")), invalid, "ERR_YAML_VALIDATE", "no name", ""},
		{"no fields", one(r, exception("name: e")), invalid, "ERR_VALIDATE", "no fields", ""},
		{"an unknown field", one(r, exception("name: e", "fields: proc.nmae")), invalid, "ERR_VALIDATE", "did you mean proc.name?", ""},
		{"an unknown field, skipped", one(r, exception("name: e", "fields: proc.nmae"), keys("skip-if-unknown-filter: true")), warned, "UNKNOWN_FILTER", "proc.nmae", ""},
		{"an audit field", one(r, exception("name: e", "fields: ka.verb")), invalid, "ERR_VALIDATE", "ka.verb", ""},
		{"too few comparisons", one(r, exception("name: e", "fields: [proc.name, fd.name]", "comps: [in]")), invalid, "ERR_VALIDATE", "2 fields and 1 comps", ""},
		{"one field, a list of comparisons", one(r, exception("name: e", "fields: proc.name", "comps: [in]")), invalid, "ERR_VALIDATE", "both be one word or both be lists", ""},
		{"one field with startswith", one(r, exception("name: e", "fields: proc.name", "comps: startswith")), invalid, "ERR_VALIDATE", "single field", ""},
		{"an unknown comparison", one(r, exception("name: e", "fields: [proc.name]", "comps: [is]")), invalid, "ERR_VALIDATE", `"is" is no comparison`, ""},
		{"a row too short", one(r, exception("name: e", "fields: [proc.name, fd.name]", "values: [[a]]")), invalid, "ERR_VALIDATE", "rows of 2", ""},
		{"a row that is a word", one(r, exception("name: e", "fields: [proc.name]", "values: [a]")), invalid, "ERR_VALIDATE", "rows of 1", ""},
		{"rows for one field", one(r, exception("name: e", "fields: proc.name", "values: [[a]]")), invalid, "ERR_VALIDATE", "single values", ""},
		{"an unknown key", one(r, exception("name: e", "fields: proc.name", "value: [a]")), warned, "UNKNOWN_KEY", `did you mean "values"?`, "evt.type = open"},
		{"a mapping", one(r, keys("exceptions: {name: e}")), invalid, "ERR_YAML_VALIDATE", "must be a list of mappings", ""},
	})
}

func TestItemFiles(t *testing.T) {
	r := rule("r", "evt.type = open")
	required := func(version string) string { return "- required_engine_version: " + version + "\n" }
	plugin := func(name, version string) string {
		return "- required_plugin_versions:\n  - name: " + name + "\n    version: " + version + "\n"
	}
	runFileTests(t, []fileTest{
		{"an empty file", []string{"", r}, valid, "", "", "evt.type = open"},
		{"only a comment", []string{"# nothing\n", r}, valid, "", "", "evt.type = open"},
		{"empty documents", one("---\n---\n", r), valid, "", "", "evt.type = open"},
		{"two documents", one(list("l", "open"), "---\n", rule("r", "evt.type in (l)")), valid, "", "", "evt.type in (open)"},
		{"an engine as number", one(required("26"), r), valid, "", "", "evt.type = open"},
		{"an engine as version", one(required("0.57.0"), r), valid, "", "", "evt.type = open"},
		{"this engine", one(required(EngineVersion), r), valid, "", "", "evt.type = open"},
		{"a newer engine", one(required("0.99.0"), r), invalid, "ERR_VALIDATE", "requires engine version 0.99.0", ""},
		{"another major engine", one(required("1.0.0"), r), invalid, "ERR_VALIDATE", "requires engine version 1.0.0", ""},
		{"an engine that is none", one(required("latest"), r), invalid, "ERR_YAML_VALIDATE", "no engine version", ""},
		{"a plugin built in", one(plugin("container", "0.4.0"), r), valid, "", "", "evt.type = open"},
		{"the audit plugin", one(plugin("k8saudit", "0.7.0"), r), valid, "", "", "evt.type = open"},
		{"the json plugin", one(plugin("json", "0.7.0"), r), valid, "", "", "evt.type = open"},
		{"a plugin that is newer", one(plugin("container", "0.99.0"), r), invalid, "ERR_VALIDATE", "container (>= 0.99.0)", ""},
		{"a plugin that is not built in", one(plugin("github", "0.1.0"), r), invalid, "ERR_VALIDATE", "github (>= 0.1.0)", ""},
		{"an alternative that is built in", one(plugin("github", "0.1.0")+"    alternatives: [{name: json, version: 0.7.0}]\n", r), valid, "", "", "evt.type = open"},
		{"an alternative that is not built in", one(plugin("github", "0.1.0")+"    alternatives: [{name: okta, version: 0.7.0}]\n", r), invalid, "ERR_VALIDATE", "okta", ""},
		{"a plugin without a version", one("- required_plugin_versions:\n  - name: json\n", r), invalid, "ERR_YAML_VALIDATE", "both name and version", ""},
		{"a plugin's version that is none", one(plugin("json", "new"), r), invalid, "ERR_YAML_VALIDATE", "no version", ""},
		{"an unknown item", one("- rules: a\n", r), warned, "UNKNOWN_ITEM", `did you mean "rule"?`, "evt.type = open"},
		{"an item that is a word", one("- rule\n", r), invalid, "ERR_YAML_VALIDATE", "must be a mapping", ""},
		{"a key twice", one(r, keys("desc: e")), invalid, "ERR_YAML_VALIDATE", "given twice", ""},
		{"a mapping at the top", one("rule: r\n"), invalid, "ERR_YAML_VALIDATE", "must be a list of items", ""},
		{"no YAML", one("- rule: [\n"), invalid, "ERR_YAML_PARSE", "no valid YAML", ""},
		{"one bad rule refuses all", one(r, rule("s", "no.such = a")), invalid, "ERR_COMPILE_CONDITION", "no.such", ""},
		{"every error is told", one(rule("r", "no.such = a"), rule("s", "undefined"), "- list: l\n"), invalid, "ERR_COMPILE_CONDITION ERR_VALIDATE ERR_YAML_VALIDATE", "no.such", ""},
	})
}
