package alert

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// obeyed reports whether something happens at a character instead of its being
// shown: control characters, ends of lines, directions of writing, and what has
// no width.
func obeyed(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }

// valid is a string with each byte that is no UTF-8 replaced, as Go reads it.
func valid(s string) string { return string([]rune(s)) }

// Every character there is, by itself: what is escaped has to come out of the
// JSON again, and nothing else may be.
func TestEscapeEveryCharacter(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		s := string(r)
		inside := string(appendEscaped(nil, s, true))
		var back string
		if err := json.Unmarshal([]byte(`"`+inside+`"`), &back); err != nil || back != s {
			t.Fatalf("%U is written as %s and read as %q, %v", r, inside, back, err)
		}
		if strings.ContainsFunc(inside, obeyed) {
			t.Errorf("%U is not escaped", r)
		}
		if unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S, unicode.Zs) && inside != s && r != '"' && r != '\\' &&
			!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) {
			t.Errorf("%U is written as %s although it can be seen", r, inside)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "plain", "a\nb", "\xff\xfe", "\xed\xa0\x80", "\u202e\U000E0041\u0085", `\"`, "\\u000a", "\xe2\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		inside := string(appendEscaped([]byte("kept"), s, true))
		inside, ok := strings.CutPrefix(inside, "kept")
		if !ok {
			t.Fatalf("what was there before is lost: %q", inside)
		}
		if !utf8.ValidString(inside) || strings.ContainsFunc(inside, obeyed) {
			t.Errorf("%q is written as %q", s, inside)
		}
		var back string
		if err := json.Unmarshal([]byte(`"`+inside+`"`), &back); err != nil || back != valid(s) {
			t.Errorf("%q is written as %q and read as %q, %v", s, inside, back, err)
		}
		// Without quotes only quotes and backslashes differ.
		plain := string(appendEscaped(nil, s, false))
		if !strings.ContainsAny(s, "\"\\") && plain != inside {
			t.Errorf("%q is written as %q without quotes and as %q with them", s, plain, inside)
		}
	})
}
