package condition

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseAccepts(t *testing.T) {
	for _, tt := range accepted {
		want := tt[1]
		if want == "" {
			want = tt[0]
		}
		x, err := Parse(tt[0])
		if err != nil {
			t.Errorf("Parse(%q): %v", tt[0], err)
			continue
		}
		if got := Print(x); got != want {
			t.Errorf("Parse(%q) prints %q, want %q", tt[0], got, want)
		}
		again, err := Parse(want)
		if err != nil {
			t.Errorf("printed form %q does not parse: %v", want, err)
			continue
		}
		if got := Print(again); got != want {
			t.Errorf("printed form %q prints as %q", want, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range refused {
		x, err := Parse(tt.text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("Parse(%q) = %v, %v; want an error with %q", tt.text, x, err, tt.want)
			continue
		}
		if !strings.Contains(syntax.Msg, tt.want) || syntax.Offset != tt.offset {
			t.Errorf("Parse(%q): at %d %q, want at %d %q", tt.text, syntax.Offset, syntax.Msg, tt.offset, tt.want)
		}
	}
}

func TestSyntaxErrorPosition(t *testing.T) {
	_, err := Parse("a and\n  (b or\n  proc.name ist c)")
	want := &SyntaxError{Offset: 26, Line: 3, Column: 13, Msg: "unknown operator 'ist': did you mean 'in'?"}
	if diff := cmp.Diff(want, err); diff != "" {
		t.Error(diff)
	}
}

func TestParseDepth(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("(", n) + "a" + strings.Repeat(")", n) }
	if _, err := Parse(nested(1000)); err != nil {
		t.Errorf("1000 levels: %v", err)
	}
	if _, err := Parse(nested(1001)); err == nil || !strings.Contains(err.Error(), "exceeded max depth limit of 1000") {
		t.Errorf("1001 levels: %v", err)
	}
	deep := strings.Repeat("tolower(", 100_000) + "proc.name"
	if _, err := Parse(deep); err == nil || !strings.Contains(err.Error(), "exceeded max depth limit of 1000") {
		t.Errorf("transformers: %v", err)
	}
	lists := "join(x, " + strings.Repeat("(", 100_000)
	if _, err := Parse(lists); err == nil || !strings.Contains(err.Error(), "exceeded max depth") {
		t.Errorf("lists: %v", err)
	}
	if _, err := Parse(strings.Repeat("not ", 100_000) + "a"); err != nil {
		t.Errorf("negations are no nesting: %v", err)
	}
}

func TestOffsets(t *testing.T) {
	x, err := Parse("m1 and proc.name in (a, 'b') or fd.num >= 0x5")
	if err != nil {
		t.Fatal(err)
	}
	want := &Or{Of: []Expr{
		&And{Of: []Expr{
			&Macro{Name: "m1"},
			&Compare{
				Left: &FieldRef{Name: "proc.name", Offset: 7}, Op: In, List: true, Offset: 7,
				Values: []Value{{Text: "a", Offset: 21}, {Text: "b", Quoted: true, Offset: 24}},
			},
		}},
		&Compare{Left: &FieldRef{Name: "fd.num", Offset: 32}, Op: Ge, Values: []Value{{Text: "0x5", Offset: 42}}, Offset: 32},
	}}
	if diff := cmp.Diff(want, x); diff != "" {
		t.Error(diff)
	}
}
