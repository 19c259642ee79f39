package live

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/event"
)

// unfilled is a reason why an output field has no value.
type unfilled struct {
	field string // a pattern of path.Match
	why   string
	// in tells for which alerts the reason holds; nil: for all.
	in func(a alert, field string) bool
}

// unfilledFields are all reasons.
var unfilledFields = [...]unfilled{
	{field: "container.image.*", why: "comes from the container's runtime"},
	{field: "container.name", why: "comes from the container's runtime", in: insideContainer},
	{field: "container.start_ts", why: "comes from the container's runtime"},
	{field: "container.mounts", why: "comes from the container's runtime"},
	{field: "k8s.*", why: "comes from the container's runtime"},
	{field: "user.loginname", why: "nobody logged in", in: func(a alert, _ string) bool { return number(a, "user.loginuid") == -1 }},
	{field: "evt.arg.*", why: "the call has no such parameter", in: withoutParameter},
	{field: "fd.*", why: "an exec is about no descriptor", in: ofType("execve", "execveat")},
	{field: "fd.*", why: "names, not descriptors", in: ofType("rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir")},
	{field: "fd.*", why: "a socket of the link layer has no address, and Falco no type for it", in: ofType("socket")},
	{field: "fd.rport", why: "a listening socket has no peer", in: ofType("listen")},
}

func insideContainer(a alert, _ string) bool { return a.text("container.id") != "host" }

// withoutParameter reports whether the alert's event type has no parameter of
// the name that follows evt.arg.
func withoutParameter(a alert, field string) bool {
	typ, ok := event.ByName(a.text("evt.type"))
	return ok && !slices.ContainsFunc(event.Describe(typ).Params, func(p event.Param) bool { return "evt.arg."+p.Name == field })
}

func ofType(types ...string) func(alert, string) bool {
	return func(a alert, _ string) bool { return slices.Contains(types, a.text("evt.type")) }
}

// number is the value of an output field, 0 where it has none.
func number(a alert, field string) int64 {
	n, _ := a.Fields[field].(json.Number)
	i, _ := n.Int64()
	return i
}

// checkFilled looks whether the alerts a step raised have all their values.
func checkFilled(t *testing.T, g *instance, d done) {
	t.Helper()
	for _, a := range g.find(func(a alert) bool { return a.text(markField) == d.mark }) {
		if len(a.Fields) < 5 {
			t.Errorf("%s\nhas hardly any output fields: %s", d.what, a.raw)
		}
		for field, value := range a.Fields {
			if value == nil && !excused(a, field) {
				t.Errorf("%s\nraised %q without %s:\n%s", d.what, a.Rule, field, a.raw)
			}
		}
		checkPlausible(t, a)
	}
}

func excused(a alert, field string) bool {
	return slices.ContainsFunc(unfilledFields[:], func(u unfilled) bool {
		match, err := path.Match(u.field, field)
		return err == nil && match && (u.in == nil || u.in(a, field))
	})
}

// checkPlausible compares values with each other.
func checkPlausible(t *testing.T, a alert) {
	t.Helper()
	if line, name := a.text("proc.cmdline"), a.text("proc.name"); !strings.HasPrefix(line, name) && name != "" {
		t.Errorf("proc.cmdline %q does not begin with proc.name %q", line, name)
	}
	if file, ok := a.Fields["proc.exepath"]; ok && !strings.HasPrefix(fmt.Sprint(file), "/") && file != "memfd:tool" {
		t.Errorf("proc.exepath is %q", file)
	}
	if _, ok := a.Fields["user.uid"]; ok && (number(a, "user.uid") == 0) != (a.text("user.name") == "root") && a.Fields["user.name"] != nil {
		t.Errorf("user.uid is %v, user.name %v", a.Fields["user.uid"], a.Fields["user.name"])
	}
	if strings.Contains(a.Output, "<NA>") != slices.Contains(slices.Collect(maps.Values(a.Fields)), nil) {
		t.Errorf("the output and its fields do not agree about what is missing: %s", a.raw)
	}
}
