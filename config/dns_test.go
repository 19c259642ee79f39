package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/config"
)

func TestDNS(t *testing.T) {
	for _, tt := range []struct {
		text      string
		overrides []string
		want      config.DNS
	}{
		{"", nil, config.DNS{ObserveAnswers: true, ResolveRuleNames: true}},
		{"gyr:\n", nil, config.DNS{ObserveAnswers: true, ResolveRuleNames: true}},
		{"gyr: {dns: {resolve_rule_names: false}}\n", nil, config.DNS{ObserveAnswers: true}},
		{"gyr: {dns: {observe_answers: off}}\n", nil, config.DNS{ResolveRuleNames: true}},
		{"gyr: {dns: {observe_answers: no, resolve_rule_names: true}}\n", []string{"gyr.dns.resolve_rule_names=false"}, config.DNS{}},
	} {
		c, warnings := parse(t, tt.text, tt.overrides...)
		if diff := cmp.Diff(tt.want, c.Gyr.DNS); diff != "" || len(warnings) > 0 {
			t.Errorf("%q with %q: warnings %v (-want +got):\n%s", tt.text, tt.overrides, warnings, diff)
		}
	}
	_, warnings := parse(t, "gyr: {dns: {resolve_names: false}}\n")
	const want = "falco.yaml:1:13: unknown key gyr.dns.resolve_names: it has no effect; did you mean gyr.dns.resolve_rule_names?"
	if len(warnings) != 1 || warnings[0].String() != want {
		t.Errorf("warnings %v, want %s", warnings, want)
	}
}
