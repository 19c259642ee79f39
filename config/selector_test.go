package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/config"
)

func TestSelectors(t *testing.T) {
	c, warnings := parse(t, `
rules:
  - disable: {rule: "*"}
  - enable: {tag: network}
  - enable:
      rule: Terminal shell in container
`, "rules[]={enable: {rule: 'Mine*'}}")
	want := []config.Selector{
		{Rule: "*"}, {Enable: true, Tag: "network"}, {Enable: true, Rule: "Terminal shell in container"}, {Enable: true, Rule: "Mine*"},
	}
	if diff := cmp.Diff(want, c.Rules); diff != "" || len(warnings) > 0 {
		t.Errorf("warnings %v (-want +got):\n%s", warnings, diff)
	}
}

func TestSelectorErrors(t *testing.T) {
	const form = `write "enable:" or "disable:", and below it "rule: NAME" or "tag: NAME"`
	for text, want := range map[string]string{
		"rules: {disable: {rule: x}}\n":                     `falco.yaml:1:8: rules must be a list, not a mapping; write "- disable: {rule: NAME}" below it, and name files of rules under rules_files`,
		"rules:\n  - disable: {}\n":                         "falco.yaml:2:14: rules[0].disable must have one of rule and tag; for several, write an entry for each",
		"rules:\n  - disable: {rule: a, tag: b}\n":          "falco.yaml:2:14: rules[0].disable must have one of rule and tag; for several, write an entry for each",
		"rules: [{}]\n":                                     "falco.yaml:1:9: rules[0] must either enable or disable rules; " + form,
		"rules: [{enable: {rule: a}, disable: {tag: b}}]\n": "falco.yaml:1:38: rules[0].disable must have one of rule and tag; for several, write an entry for each",
		"rules: [{enable: a}]\n":                            `falco.yaml:1:18: rules[0].enable must be a mapping, not "a"; write its keys below it, indented: rule, tag`,
		"rules: [x]\n":                                      `falco.yaml:1:9: rules[0] must be a mapping, not "x"; write its keys below it, indented: disable, enable`,
		"rules: [{enable: {rule: [a]}}]\n":                  "falco.yaml:1:25: rules[0].enable.rule must be a word, not a list",
	} {
		_, _, err := config.Parse("falco.yaml", []byte(text), nil, noEnv)
		if err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}
