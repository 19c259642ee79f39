package lines

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlaces(t *testing.T) {
	text := Of([]byte("ab\nçd\r\n\rx"))
	tests := []struct {
		offset, line, column int
	}{
		{0, 1, 1}, {1, 1, 2}, {2, 1, 3}, // the end of the line belongs to it
		{3, 2, 1}, {5, 2, 2}, {6, 2, 3},
		{8, 3, 1}, {9, 4, 1}, {10, 4, 2},
	}
	for _, tt := range tests {
		line, column := text.Position(tt.offset)
		if line != tt.line || column != tt.column {
			t.Errorf("Position(%d) = %d:%d, want %d:%d", tt.offset, line, column, tt.line, tt.column)
		}
		if got := text.Offset(tt.line, tt.column); got != tt.offset {
			t.Errorf("Offset(%d, %d) = %d, want %d", tt.line, tt.column, got, tt.offset)
		}
	}
	for n, want := range map[int]string{0: "", 1: "ab", 2: "çd", 3: "", 4: "x", 5: ""} {
		if got := string(text.Line(n)); got != want {
			t.Errorf("Line(%d) = %q, want %q", n, got, want)
		}
	}
}

// Places outside the text are brought inside.
func TestOutside(t *testing.T) {
	text := Of([]byte("ab\ncd"))
	for _, tt := range []struct{ line, column, want int }{{0, 1, 0}, {-3, 9, 0}, {1, 99, 2}, {3, 1, 5}, {99, 99, 5}} {
		if got := text.Offset(tt.line, tt.column); got != tt.want {
			t.Errorf("Offset(%d, %d) = %d, want %d", tt.line, tt.column, got, tt.want)
		}
	}
	if line, column := text.Position(99); line != 2 || column != 3 {
		t.Errorf("Position(99) = %d:%d, want 2:3", line, column)
	}
	if line, column := Of(nil).Position(-1); line != 1 || column != 1 {
		t.Errorf("Position(-1) of nothing = %d:%d, want 1:1", line, column)
	}
}

func TestSnippet(t *testing.T) {
	long := strings.Repeat("x", 300)
	tests := []struct {
		name, text   string
		line, column int
		want         string
	}{
		{"plain", "one\ntwo three", 2, 5, "two three\n    ^"},
		{"behind the end", "one", 1, 9, "one\n   ^"},
		{"no such line", "one", 7, 1, "\n^"},
		{"control characters", "a\tb\x1b[1m", 1, 3, "a b\ufffd[1m\n  ^"},
		{"wide characters", "çé b", 1, 4, "çé b\n   ^"},
		{"long", long, 1, 200, strings.Repeat("x", 160) + "\n" + strings.Repeat(" ", 80) + "^"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Of([]byte(tt.text)).Snippet(tt.line, tt.column)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
