package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/rules"
)

func TestHostNames(t *testing.T) {
	const connect = "evt.type = connect and "
	tests := []struct {
		name   string
		rules  []string
		names  []string
		wanted bool
	}{
		{"none", []string{"a|notice|" + connect + "fd.sip = 1.2.3.4"}, nil, false},
		{"one", []string{"a|notice|" + connect + "fd.sip.name = a.example"}, []string{"a.example"}, true},
		{"negated", []string{"a|notice|" + connect + "not fd.cip.name in (a.example, b.example) and fd.sip.name != c.example"}, []string{"a.example", "b.example", "c.example"}, true},
		{"of several rules", []string{"a|notice|" + connect + "fd.sip.name pmatch (a.example)", "b|notice|" + connect + "(fd.rip.name = b.example or fd.lip.name intersects (a.example, d))"},
			[]string{"a.example", "b.example", "d"}, true},
		{"parts of names", []string{"a|notice|" + connect + "fd.sip.name endswith .example"}, nil, true},
		{"of a rule that is switched off", []string{"off|notice|" + connect + "fd.sip.name = a.example"}, nil, false},
		{"of a rule that is not severe enough", []string{"a|debug|" + connect + "fd.sip.name = a.example"}, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			names, wanted := New(load(t, tt.rules...), Options{MinPriority: rules.Notice}).HostNames()
			if diff := cmp.Diff(tt.names, names); diff != "" || wanted != tt.wanted {
				t.Errorf("wanted %v, names (-want +got):\n%s", wanted, diff)
			}
		})
	}
	set, err := rules.Load([]rules.Source{{Name: "f", Data: []byte("- rule: a\n  desc: d\n  condition: evt.type = connect\n  output: to %fd.sip.name\n  priority: notice\n")}}, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if names, wanted := New(set, Options{MinPriority: rules.Notice}).HostNames(); names != nil || !wanted {
		t.Errorf("of an output: %q, %v", names, wanted)
	}
}
