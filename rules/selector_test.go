package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/rules"
)

func TestSelect(t *testing.T) {
	const rule = "- rule: %s\n  desc: d\n  condition: evt.type = execve\n  output: o\n  priority: INFO\n  enabled: %v\n  tags: [%s]\n"
	text := fmt.Sprintf(rule, "Read /etc/shadow", true, "file, host") + fmt.Sprintf(rule, "Read mail", false, "file") +
		fmt.Sprintf(rule, "Connect", true, "network") +
		"- rule: Connect\n  enabled: true\n  override: {enabled: replace}\n"
	tests := []struct {
		name    string
		selects []rules.Selector
		on      string
		idle    []string
	}{
		{"nothing", nil, "Read /etc/shadow, Connect", nil},
		{"a name", []rules.Selector{{Rule: "Connect"}}, "Read /etc/shadow", nil},
		{"a pattern crosses slashes", []rules.Selector{{Rule: "Read*shadow"}}, "Connect", nil},
		{"a part of a name is none", []rules.Selector{{Rule: "Conn"}}, "Read /etc/shadow, Connect", []string{`disable: {rule: "Conn"}`}},
		{"a tag", []rules.Selector{{Enable: true, Tag: "file"}}, "Read /etc/shadow, Read mail, Connect", nil},
		{"the last counts", []rules.Selector{{Rule: "*"}, {Enable: true, Tag: "file"}, {Tag: "host"}}, "Read mail", nil},
		{"no such tag", []rules.Selector{{Enable: true, Tag: "fil"}}, "Read /etc/shadow, Connect", []string{`enable: {tag: "fil"}`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set, err := rules.Load([]rules.Source{{Name: "f", Data: []byte(text)}}, rules.Options{Select: tt.selects})
			if err != nil {
				t.Fatal(err)
			}
			var on, idle []string
			for _, r := range set.Rules {
				if r.Enabled {
					on = append(on, r.Name)
				}
			}
			for _, s := range set.IdleSelectors {
				idle = append(idle, s.String())
			}
			if diff := cmp.Diff(tt.on, strings.Join(on, ", ")); diff != "" {
				t.Errorf("enabled (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.idle, idle); diff != "" {
				t.Errorf("idle (-want +got):\n%s", diff)
			}
		})
	}
}
