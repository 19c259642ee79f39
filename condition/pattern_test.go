package condition

import (
	"fmt"
	"math/rand/v2"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func word(r *rand.Rand, letters string, longest int) string {
	b := make([]byte, r.IntN(longest+1))
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

func TestPrefixSetIsAnyPrefix(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var prefixes []string
		for range r.IntN(8) {
			prefixes = append(prefixes, word(r, "ab/", 4))
		}
		s := word(r, "ab/", 6)
		want := slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
		if got := newPrefixSet(slices.Clone(prefixes)).match(s); got != want {
			t.Fatalf("%q starts with one of %q: %v, want %v", s, prefixes, got, want)
		}
	}
}

// Where no slash is involved, the standard library's patterns mean the same.
func TestGlobIsTheStandardPattern(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	matched := 0
	for range 50_000 {
		pattern, s := word(r, "aab*?", 6), word(r, "ab", 6)
		want, err := path.Match(pattern, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := newGlob(pattern, false).match(s); got != want {
			t.Fatalf("%q glob %q: %v, want %v", s, pattern, got, want)
		}
		if got := newGlob(pattern, true).match(strings.ToUpper(s)); got != want {
			t.Fatalf("%q iglob %q: %v, want %v", strings.ToUpper(s), pattern, got, want)
		}
		if want {
			matched++
		}
	}
	if matched < 1000 {
		t.Errorf("only %d patterns matched", matched)
	}
}

func TestGlobIsNotExponential(t *testing.T) {
	g := newGlob(strings.Repeat("*a", 1000)+"b", false)
	start := time.Now()
	if g.match(strings.Repeat("a", 10_000)) {
		t.Error("matches without b")
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestPathSetIsComponentwise(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	naive := func(pattern, s string) bool {
		split := func(p string) (parts []string) {
			if strings.HasPrefix(p, "/") {
				parts = append(parts, "/")
			}
			return append(parts, strings.FieldsFunc(p, func(c rune) bool { return c == '/' })...)
		}
		want, have := split(pattern), split(s)
		if len(want) == 0 || len(want) > len(have) {
			return false
		}
		for i := range want {
			if ok, err := filepath.Match(want[i], have[i]); want[i] != have[i] && (err != nil || !ok) {
				return false
			}
		}
		return true
	}
	matched := 0
	for range 50_000 {
		var patterns []string
		for range r.IntN(4) {
			patterns = append(patterns, word(r, "/aab*?", 6))
		}
		s := word(r, "/aab", 7)
		want := slices.ContainsFunc(patterns, func(p string) bool { return naive(p, s) })
		if got := newPathSet(patterns).match(s); got != want {
			t.Fatalf("%q pmatch %q: %v, want %v", s, patterns, got, want)
		}
		if want {
			matched++
		}
	}
	if matched < 1000 {
		t.Errorf("only %d paths matched", matched)
	}
}

// Time must not grow faster than the text, whatever it is.
func TestLargeInputs(t *testing.T) {
	const n = 200_000
	inputs := map[string]string{
		"dots":       "proc" + strings.Repeat(".a", n) + " = b",
		"dotted rhs": "proc.name = a" + strings.Repeat(".a", n),
		"operator":   "proc.name " + strings.Repeat("x", n) + " a",
		"type":       "evt.type = " + strings.Repeat("x", n),
		"list":       "proc.name in (a" + strings.Repeat(", a.b", n) + ")",
		"chain":      "proc.name = a" + strings.Repeat(" or proc.name = b", n/10),
		"ands":       "proc.name = a" + strings.Repeat(" and proc.pid = 1", n/10),
		"nots":       strings.Repeat("not ", n) + "proc.name = a",
		"open":       strings.Repeat("(", n),
		"quote":      `proc.name = "` + strings.Repeat(`\`, n),
		"transform":  strings.Repeat("len(", n),
	}
	for name, text := range inputs {
		start := time.Now()
		x, err := Parse(text)
		if err == nil {
			_, err = Compile(x)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s: %v (%.60v)", name, d, fmt.Sprint(err))
		}
	}
}
