package condition

import (
	"errors"
	"testing"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

func FuzzParse(f *testing.F) {
	for _, tt := range accepted {
		f.Add(tt[0])
	}
	for _, tt := range typed {
		f.Add(tt[0])
	}
	for _, s := range evaluated {
		f.Add(s)
	}
	for _, s := range []string{"(", "\"", "a.b[", "tolower(", "a.b in (", "\\", "a.b = \"\\", "a.b = '\x00\xff'", "not(not(a)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := Parse(text)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) {
				t.Fatalf("error %#v", err)
			}
			return
		}
		printed := Print(x)
		again, err := Parse(printed)
		if err != nil {
			t.Fatalf("%q prints as %q, which does not parse: %v", text, printed, err)
		}
		if second := Print(again); second != printed {
			t.Fatalf("%q prints as %q, then as %q", text, printed, second)
		}
		// Whatever parses is compiled or refused, never a crash.
		expanded, err := Expand(x, func(string) (Expr, bool) { return &Exists{Left: &FieldRef{Name: "proc.name"}}, true })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := CompileFor(expanded, field.K8sAudit); err != nil {
			var typeErr *TypeError
			if !errors.As(err, &typeErr) {
				t.Fatalf("error %#v", err)
			}
		}
		p, err := Compile(expanded)
		if err != nil {
			return
		}
		reread, err := Parse(Print(expanded))
		if err != nil {
			t.Fatalf("%q expands to what does not parse: %v", text, err)
		}
		q, err := Compile(reread)
		if err != nil {
			t.Fatalf("%q compiles, but not what it prints as: %v", text, err)
		}
		for _, e := range []*event.Event{fileEvent(), socketEvent(), orphanEvent()} {
			if p.Match(e) != q.Match(e) {
				t.Fatalf("%q and what it prints as differ for %s", text, e.Type)
			}
			if types := p.Types(); p.Match(e) && !types.Has(e.Type) {
				t.Fatalf("%q holds for %s, which it does not list", text, e.Type)
			}
		}
	})
}
