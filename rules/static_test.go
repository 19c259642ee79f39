package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/rules"
)

func TestStaticFields(t *testing.T) {
	const rule = "- rule: r\n  desc: d\n  condition: evt.type = execve%s\n  output: o%s\n  priority: INFO\n  skip-if-unknown-filter: %v\n"
	tests := []struct {
		condition, output string
		skip              bool
		static            []string
		count             int
		fails, warns      string
	}{
		{" and static.site = x", " %static.site", false, []string{"site"}, 1, "", ""},
		{" and static.site = x", " %static[site]", false, nil, 1, "", ""},
		{" and static.other = x", "", false, []string{"site"}, 0, "f:3:14: unknown field static.other: set other under static_fields in the configuration", ""},
		{"", " %static.other", false, []string{}, 0, "f:4:11: unknown field static.other: set other under static_fields in the configuration", ""},
		{" and static.other = x", "", true, []string{"site"}, 0, "", `f:3:14: the rule "r" is skipped: unknown field static.other`},
	}
	for _, tt := range tests {
		text := fmt.Sprintf(rule, tt.condition, tt.output, tt.skip)
		set, err := rules.Load([]rules.Source{{Name: "f", Data: []byte(text)}}, rules.Options{Static: tt.static})
		if got := fmt.Sprint(err); tt.fails != "" && !strings.Contains(got, tt.fails) || tt.fails == "" && err != nil {
			t.Errorf("%s%s: error %v, want %q", tt.condition, tt.output, err, tt.fails)
			continue
		}
		if err == nil && len(set.Rules) != tt.count {
			t.Errorf("%s%s: %d rules", tt.condition, tt.output, len(set.Rules))
		}
		var warnings string
		for _, w := range set.Warnings {
			warnings += w.String() + "\n"
		}
		if tt.warns != "" && !strings.Contains(warnings, tt.warns) {
			t.Errorf("%s%s: warnings %q, want %q", tt.condition, tt.output, warnings, tt.warns)
		}
	}
}
