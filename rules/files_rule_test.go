package rules

import (
	"strings"
	"testing"
)

func TestRuleFiles(t *testing.T) {
	const r = "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: notice\n"
	output := func(text string) string { return strings.Replace(r, "output: o", "output: "+text, 1) }
	runFileTests(t, []fileTest{
		{"the least", one(r), valid, "", "", "evt.type = open"},
		{"every key", one(r, keys("source: syscall", "enabled: true", "capture: true", "capture_duration: 10", "warn_evttypes: false", "skip-if-unknown-filter: true", "tags: [a]", "exceptions: []")), valid, "", "", "evt.type = open"},
		{"no tags", one(r, keys("tags:")), valid, "", "", "evt.type = open"},
		{"disabled", one(r, keys("enabled: false")), valid, "", "", "evt.type = open"},
		{"a rule that waits", one(rule("r", "evt.type = ptrace")), valid, "", "", "evt.type = ptrace"},
		{"a folded condition", one("- rule: r\n  desc: d\n  condition: >\n    evt.type = open\n    and proc.name = a\n  output: o\n  priority: notice\n"), valid, "", "", "(evt.type = open and proc.name = a)"},
		{"a quoted condition", one(rule("r", `"evt.type = 'open'"`)), valid, "", "", "evt.type = open"},
		{"a priority in capitals", one(strings.Replace(r, "notice", "CRITICAL", 1)), valid, "", "", "evt.type = open"},
		{"a short priority", one(strings.Replace(r, "notice", "info", 1)), valid, "", "", "evt.type = open"},
		{"no such priority", one(strings.Replace(r, "notice", "high", 1)), invalid, "ERR_YAML_VALIDATE", `"high" is no priority`, ""},
		{"defined again", one(r, rule("r", "evt.type = creat")), valid, "", "", "evt.type = creat"},
		{"defined again in part", one(r, change("condition: evt.type = creat", "desc: d")), invalid, "ERR_YAML_VALIDATE", "no output, no priority", ""},
		{"an unknown key", one(r, keys("tag: [a]")), warned, "UNKNOWN_KEY", `did you mean "tags"?`, "evt.type = open"},
		{"an unknown source", one(r, keys("source: okta")), warned, "UNKNOWN_SOURCE", `"okta"`, "evt.type = open"},
		{"an audit rule", one(rule("r", "ka.verb = create and ka.user.name != admin"), keys("source: k8s_audit")), warned, "UNKNOWN_SOURCE", `"k8s_audit"`, "(ka.verb = create and ka.user.name != admin)"},
		{"an audit rule with a field of system calls", one(rule("r", "ka.verb = create and proc.name = a"), keys("source: k8s_audit")), invalid, "ERR_COMPILE_CONDITION UNKNOWN_SOURCE", "proc.name", ""},
		{"an audit field in a rule on system calls", one(rule("r", "evt.type = open and ka.verb = create")), invalid, "ERR_COMPILE_CONDITION", "ka.verb", ""},
		{"an audit field in the output of a rule on system calls", one(output("'%ka.verb'")), invalid, "ERR_COMPILE_OUTPUT", "ka.verb", ""},
		{"an audit field compared with <NA>", one(rule("r", "ka.verb = create and ka.user.name != <NA>"), keys("source: k8s_audit")), warned, "UNSAFE_NA_CHECK UNKNOWN_SOURCE", "ka.user.name exists", "(ka.verb = create and ka.user.name != <NA>)"},
		{"an audit field among <NA>", one(rule("r", "ka.verb in (create, <NA>)"), keys("source: k8s_audit")), warned, "UNSAFE_NA_CHECK UNKNOWN_SOURCE", "ka.verb", "ka.verb in (create, <NA>)"},
		{"an audit field that begins with <NA>", one(rule("r", "ka.verb startswith <NA>"), keys("source: k8s_audit")), warned, "UNKNOWN_SOURCE", "", "ka.verb startswith <NA>"},
		{"another field compared with <NA>", one(rule("r", "evt.type = open and proc.name = <NA>")), valid, "", "", "(evt.type = open and proc.name = <NA>)"},
		{"no event type", one(rule("r", "proc.name = a")), warned, "NO_EVTTYPE", "evt.type in", "proc.name = a"},
		{"no event type, accepted", one(rule("r", "proc.name = a"), keys("warn_evttypes: false")), valid, "", "", "proc.name = a"},
		{"an event type that is negated", one(rule("r", "evt.type != open")), warned, "NO_EVTTYPE", "", "evt.type != open"},
		{"a condition that is never true", one(rule("r", "evt.num = 0")), valid, "", "", "evt.num = 0"},
		{"a value that reads as a field", one(rule("r", "evt.type = open and proc.name = proc.pname")), warned, "COMPILE_CONDITION", "proc.pname", "(evt.type = open and proc.name = proc.pname)"},
		{"a field compared with a field", one(rule("r", "evt.type = open and proc.name = val(proc.pname)")), valid, "", "", "(evt.type = open and proc.name = val(proc.pname))"},
		{"an unknown field, skipped", one(rule("r", "evt.type = open and no.such = a"), keys("skip-if-unknown-filter: true")), warned, "UNKNOWN_FILTER", "no.such", ""},
		{"a wrong operator is not skipped", one(rule("r", "evt.type = open and proc.pid contains 1"), keys("skip-if-unknown-filter: true")), invalid, "ERR_COMPILE_CONDITION", "contains", ""},
		{"a deprecated field", one(rule("r", "evt.type = open and evt.dir = <")), warned, "DEPRECATED_ITEM", "evt.dir", "(evt.type = open and evt.dir = <)"},
		{"enabled alone", one(r, change("enabled: false")), warned, "DEPRECATED_ITEM", "enabled: replace", "evt.type = open"},
		{"container.info", one(output("a %container.info")), warned, "DEPRECATED_ITEM", "%container.info", "evt.type = open"},
		{"an output with arguments", one(output("'%proc.aname[2] %evt.arg.flags %10proc.name %toupper(proc.name)'")), valid, "", "", "evt.type = open"},
		{"an output with a percent sign at its end", one(output("100%")), invalid, "ERR_COMPILE_OUTPUT", "ends in", ""},
		{"an output with an unknown field", one(output("'%proc.nmae'")), invalid, "ERR_COMPILE_OUTPUT", "did you mean proc.name?", ""},
		{"a missing parenthesis", one(rule("r", "(evt.type = open")), invalid, "ERR_COMPILE_CONDITION", "not valid", ""},
		{"an unknown event type", one(rule("r", "evt.type = opne")), invalid, "ERR_COMPILE_CONDITION", "opne", ""},
		{"a number that is none", one(rule("r", "evt.type = open and proc.pid > many")), invalid, "ERR_COMPILE_CONDITION", "", ""},
		{"no name", one("- rule:\n  desc: d\n"), invalid, "ERR_YAML_VALIDATE", `"rule" is empty`, ""},
	})
}

func TestOverrideFiles(t *testing.T) {
	const r = "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: notice\n"
	runFileTests(t, []fileTest{
		{"append a condition", one(r, change("condition: and proc.name = a", "override: {condition: append}")), valid, "", "", "(evt.type = open and proc.name = a)"},
		{"append to an or", one(rule("r", "evt.type = open or evt.type = creat"), change("condition: and proc.name = a", "override: {condition: append}")), valid, "", "", "(evt.type = open or (evt.type = creat and proc.name = a))"},
		{"append twice", []string{r, change("condition: and proc.name = a", "override: {condition: append}"), change("condition: and proc.tty = 0", "override: {condition: append}")}, valid, "", "", "(evt.type = open and proc.name = a and proc.tty = 0)"},
		{"replace a condition", one(r, change("condition: evt.type = creat", "override: {condition: replace}")), valid, "", "", "evt.type = creat"},
		{"append and replace", one(r, change("condition: and proc.name = a", "priority: error", "output: p", "override: {condition: append, priority: replace, output: replace}")), valid, "", "", "(evt.type = open and proc.name = a)"},
		{"replace all that can be", one(r, change("condition: evt.type = creat", "output: p", "desc: e", "priority: error", "capture: true", "capture_duration: 5", "enabled: false", "warn_evttypes: false", "skip-if-unknown-filter: true", "tags: [a]", "exceptions: []",
			"override: {condition: replace, output: replace, desc: replace, priority: replace, capture: replace, capture_duration: replace, enabled: replace, warn_evttypes: replace, skip-if-unknown-filter: replace, tags: replace, exceptions: replace}")), valid, "", "", "evt.type = creat"},
		{"append: true", one(r, change("condition: and proc.name = a", "append: true")), warned, "DEPRECATED_ITEM", "condition: append", "(evt.type = open and proc.name = a)"},
		{"append: true and override", one(r, change("condition: and proc.name = a", "append: true", "override: {condition: append}")), invalid, "ERR_YAML_VALIDATE DEPRECATED_ITEM", "cannot be used together", ""},
		{"append: true to nothing", one(change("condition: and proc.name = a", "append: true")), invalid, "ERR_VALIDATE DEPRECATED_ITEM", "not defined before", ""},
		{"append to nothing", one(change("condition: and proc.name = a", "override: {condition: append}")), invalid, "ERR_VALIDATE", "not defined before", ""},
		{"enable nothing", one(change("enabled: true", "override: {enabled: replace}")), invalid, "ERR_VALIDATE", "not defined before", ""},
		{"append a priority", one(r, change("priority: error", "override: {priority: append}")), invalid, "ERR_YAML_VALIDATE", `use "replace" instead`, ""},
		{"append enabled", one(r, change("enabled: false", "override: {enabled: append}")), invalid, "ERR_YAML_VALIDATE", `use "replace" instead`, ""},
		{"a key without an entry", one(r, change("condition: and proc.name = a", "desc: e", "override: {condition: append}")), invalid, "ERR_YAML_VALIDATE", `unexpected key "desc": no corresponding entry under "override"`, ""},
		{"an entry without a key", one(r, change("override: {condition: append}")), invalid, "ERR_YAML_VALIDATE", "does not have", ""},
		{"neither append nor replace", one(r, change("desc: e", "override: {desc: remove}")), invalid, "ERR_YAML_VALIDATE", `not "remove"`, ""},
		{"the source", one(r, change("source: k8s_audit", "override: {source: replace}")), invalid, "ERR_YAML_VALIDATE", "cannot be overridden", ""},
		{"what is appended is wrong", []string{r, change("condition: and proc.nmae = a", "override: {condition: append}")}, invalid, "ERR_COMPILE_CONDITION", "proc.nmae", ""},
	})
}
