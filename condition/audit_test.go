package condition

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// Fields belong to sources: those about calls are unknown to audit rules, and
// the other way round.
func TestCompileForSource(t *testing.T) {
	tests := []struct{ text, sources string }{
		{"ka.verb = create and ka.target.resource in (pods, services)", "k8s_audit"},
		{"ka.user.groups intersects (system:masters)", "k8s_audit"},
		{"ka.req.pod.containers.image[0] in (x)", "k8s_audit"},
		{"ka.uri.param[command] contains sh", "k8s_audit"},
		{"jevt.value[/stage] in (ResponseComplete)", "k8s_audit"},
		{"json.value[/user/name] startswith system:", "k8s_audit"},
		{"ka.verb = val(ka.stage)", "k8s_audit"},
		{"tolower(ka.user.name) = x", "k8s_audit"},
		{"evt.type = open", "syscall"},
		{"proc.name = cat", "syscall"},
		{"container.id = host", "syscall"},
		{"k8s.ns.name = default", "syscall"},
		{"fd.types in (file)", "syscall"},
		{"evt.deltatime > 5", "syscall"},
		{"evt.num > 0 and evt.time exists", "syscall k8s_audit aws_cloudtrail"},
		{"evt.rawtime >= 0 or evt.source = x or evt.hostname = y", "syscall k8s_audit aws_cloudtrail"},
		{"ka.verb = create and proc.name = cat", ""},
	}
	for _, tt := range tests {
		for _, source := range []string{"syscall", "k8s_audit", "aws_cloudtrail"} {
			x, err := Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			p, err := CompileFor(x, source)
			if all := event.AllTypes(); err == nil && source != field.Syscall && p.Types() != all {
				t.Errorf("%s for %s: the types of calls are told apart", tt.text, source)
			}
			if slices.Contains(strings.Fields(tt.sources), source) {
				if err != nil {
					t.Errorf("%s for %s: %v", tt.text, source, err)
				}
				continue
			}
			var typeErr *TypeError
			if !errors.As(err, &typeErr) || !typeErr.Unknown || !strings.Contains(err.Error(), "events of source "+source+" do not have it") {
				t.Errorf("%s for %s: %v, want an unknown field", tt.text, source, err)
			}
		}
	}
}

func TestUnsafeNA(t *testing.T) {
	tests := []struct {
		text    string
		offsets []int
	}{
		{"ka.target.name = <NA>", []int{17}},
		{"ka.target.name == '<NA>'", []int{18}},
		{"ka.target.name != <NA>", []int{18}},
		{"ka.target.name in (a, <NA>, b, <NA>)", []int{22}},
		{"ka.user.groups intersects (<NA>)", []int{27}},
		{"ka.uri pmatch (<NA>)", []int{15}},
		{"jevt.value[/a] = <NA> or ka.verb = <NA>", []int{17, 35}},
		{"ka.req.pod.containers.image[0] in (<NA>)", []int{35}},
		{"not ka.target.name = anyof (<NA>)", []int{28}},
		{"ka.target.name contains <NA>", nil},
		{"ka.target.name startswith <NA>", nil},
		{"ka.target.name = NA", nil},
		{"json.obj = <NA>", nil},
		{"evt.hostname = <NA>", nil},
	}
	for _, tt := range tests {
		x, err := Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := CompileFor(x, field.K8sAudit)
		if err != nil {
			t.Fatal(err)
		}
		var offsets []int
		for _, w := range p.Warnings() {
			offsets = append(offsets, w.Offset)
			if w.Kind != UnsafeNA || !strings.Contains(w.Msg, "<NA> is unsafe") {
				t.Errorf("%s: %+v", tt.text, w)
			}
		}
		if !slices.Equal(offsets, tt.offsets) {
			t.Errorf("%s warns at %v, want %v", tt.text, offsets, tt.offsets)
		}
	}
	if w := compile(t, "proc.name = <NA>").Warnings(); len(w) > 0 {
		t.Errorf("a field of calls: %+v", w)
	}
}

// Only fields that events of the source have can be meant by a value.
func TestAmbiguousForSource(t *testing.T) {
	for _, tt := range []struct {
		text, source string
		want         int
	}{
		{"evt.hostname = ka.verb", field.K8sAudit, 1}, {"evt.hostname = ka.verb", field.Syscall, 0},
		{"evt.hostname = proc.name", field.K8sAudit, 0}, {"evt.hostname = proc.name", field.Syscall, 1},
		{"evt.hostname in (evt.source, x)", field.K8sAudit, 1}, {"evt.hostname in (evt.source, x)", field.Syscall, 1},
		{"evt.hostname = ka.uri.param[x]", field.K8sAudit, 1}, {"evt.hostname = jevt.value", field.K8sAudit, 1},
	} {
		x, err := Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := CompileFor(x, tt.source)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(p.Warnings()); got != tt.want || got > 0 && p.Warnings()[0].Kind != AmbiguousValue {
			t.Errorf("%s for %s: %+v, want %d warnings", tt.text, tt.source, p.Warnings(), tt.want)
		}
	}
}

// The rules about the API server compile for their source, and only for it.
func TestUpstreamAuditRulesCompile(t *testing.T) {
	items := upstreamItems(t)["k8s_audit_rules.yaml"]
	macros := map[string]Expr{}
	count := 0
	for _, item := range items {
		if item.Condition == "" {
			continue
		}
		x, err := Parse(item.Condition)
		if err == nil {
			x, err = Expand(x, func(name string) (Expr, bool) { m, ok := macros[name]; return m, ok })
		}
		if err != nil {
			t.Errorf("%s%s: %v", item.Rule, item.Macro, err)
			continue
		}
		if item.Macro != "" {
			macros[item.Macro] = x
			continue
		}
		count++
		p, err := CompileFor(x, item.Source)
		if err != nil {
			t.Errorf("%s: %v", item.Rule, err)
			continue
		}
		if w := p.Warnings(); len(w) > 0 {
			t.Errorf("%s: %+v", item.Rule, w)
		}
		if _, err := Compile(x); err == nil && len(p.Fields()) > 0 && strings.HasPrefix(p.Fields()[0].Name, "ka.") {
			t.Errorf("%s compiles as a rule about calls", item.Rule)
		}
	}
	if count < 20 {
		t.Errorf("only %d rules", count)
	}
}
