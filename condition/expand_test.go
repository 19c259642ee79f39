package condition

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// library makes macros of their texts.
func library(t *testing.T, texts map[string]string) func(string) (Expr, bool) {
	t.Helper()
	parsed := map[string]Expr{}
	for name, text := range texts {
		x, err := Parse(text)
		if err != nil {
			t.Fatalf("macro %s: %v", name, err)
		}
		parsed[name] = x
	}
	return func(name string) (Expr, bool) { x, ok := parsed[name]; return x, ok }
}

func TestExpand(t *testing.T) {
	macros := library(t, map[string]string{
		"shell":  "proc.name in (bash, sh)",
		"open":   "evt.type = open",
		"both":   "shell and open",
		"either": "shell or open",
		"bad":    "open and nosuch",
		"loop":   "open or loop2",
		"loop2":  "shell and loop",
	})
	tests := []struct{ text, want, err string }{
		{"shell", "proc.name in (bash, sh)", ""},
		{"not shell", "not proc.name in (bash, sh)", ""},
		{"shell and fd.num > 0", "(proc.name in (bash, sh) and fd.num > 0)", ""},
		{"both or fd.num > 0", "((proc.name in (bash, sh) and evt.type = open) or fd.num > 0)", ""},
		{"not (either and both)", "not ((proc.name in (bash, sh) or evt.type = open) and (proc.name in (bash, sh) and evt.type = open))", ""},
		{"fd.num > 0", "fd.num > 0", ""},
		{"shell and proc.pname exists", "(proc.name in (bash, sh) and proc.pname exists)", ""},
		{"fd.num > 0 and nosuch", "", "undefined macro 'nosuch'"},
		{"bad", "", "undefined macro 'nosuch'"},
		{"loop", "", "macro 'loop' contains itself"},
	}
	for _, tt := range tests {
		x, err := Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Expand(x, macros)
		if tt.err != "" {
			var macroErr *MacroError
			if !errors.As(err, &macroErr) || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("Expand(%q): %v, want %q", tt.text, err, tt.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("Expand(%q): %v", tt.text, err)
			continue
		}
		if printed := Print(got); printed != tt.want {
			t.Errorf("Expand(%q) = %q, want %q", tt.text, printed, tt.want)
		}
	}
}

// Positions in an expanded condition are positions in the condition's own text.
func TestExpandedErrorsPointAtTheReference(t *testing.T) {
	macros := library(t, map[string]string{
		"outer":    "proc.name = a and proc.name = b and inner",
		"inner":    "proc.pid > 0 and proc.pid = x",
		"proclike": "proc.name = proc.pname",
		"gone":     "outer and nosuch",
	})
	compileText := func(text string) (*Predicate, error) {
		x, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if x, err = Expand(x, macros); err != nil {
			return nil, err
		}
		return Compile(x)
	}
	_, err := compileText("fd.num > 0 and outer")
	want := &TypeError{Offset: 15, Msg: "'x' is not a whole number: proc.pid has type INT64 (in macro 'inner')"}
	if diff := cmp.Diff(want, err); diff != "" {
		t.Error(diff)
	}
	p, err := compileText("fd.num > 0 and proclike")
	if err != nil || len(p.Warnings()) != 1 || p.Warnings()[0].Offset != 15 {
		t.Errorf("warnings %+v, %v; want one at 15", p.Warnings(), err)
	}
	_, err = compileText("fd.num > 0 or gone")
	if diff := cmp.Diff(&MacroError{Name: "nosuch", Offset: 14}, err); diff != "" {
		t.Error(diff)
	}
}

// Macros that double each time must not eat the memory.
func TestExpandIsBounded(t *testing.T) {
	texts := map[string]string{"m0": "proc.name = a"}
	for i := 1; i <= 40; i++ {
		prev := "m" + strings.Repeat("x", i-1)
		if i == 1 {
			prev = "m0"
		}
		texts["m"+strings.Repeat("x", i)] = prev + " and " + prev
	}
	x, err := Parse("m" + strings.Repeat("x", 40))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Expand(x, library(t, texts))
	var macroErr *MacroError
	if !errors.As(err, &macroErr) || !macroErr.Large {
		t.Errorf("Expand: %v, want an error about the size", err)
	}
}
