package condition

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestPartsAreAnyContains(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	held := 0
	for range 30_000 {
		var parts []string
		for range 1 + r.IntN(8) {
			parts = append(parts, word(r, "aAbBc", 5))
		}
		s := word(r, "aAbBcd", 12)
		lower := strings.ToLower(s)
		want := slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
		wantFold := slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(lower, strings.ToLower(p)) })
		if got := newParts(slices.Clone(parts), false)(s); got != want {
			t.Fatalf("%q contains one of %q: %v, want %v", s, parts, got, want)
		}
		if got := newParts(slices.Clone(parts), true)(s); got != wantFold {
			t.Fatalf("%q icontains one of %q: %v, want %v", s, parts, got, wantFold)
		}
		if want {
			held++
		}
	}
	if held < 5000 || held > 29_000 {
		t.Errorf("%d of 30000 held", held)
	}
}

// Any byte may be sought, and more strings than one automaton takes.
func TestPartsOfAnyBytes(t *testing.T) {
	var all []string
	for c := range 256 {
		all = append(all, string([]byte{byte(c), byte(255 - c), byte(c)}))
	}
	m := newParts(all, false)
	for _, part := range all {
		if !m("x" + part + "y") {
			t.Errorf("%q is not found", part)
		}
		if near := part[:2] + part[1:2]; m(near) {
			t.Errorf("something is found in %q", near)
		}
	}
	var many []string
	for i := range 3000 {
		many = append(many, strings.Repeat(string(rune('a'+i%26)), i%9)+"-"+strings.Repeat("z", i%7)+string(rune('a'+i%25))+".")
	}
	many = append(many, strings.Repeat("long", automatonSize))
	m = newParts(slices.Clone(many), false)
	for _, part := range many {
		if !m("0" + part + "1") {
			t.Fatalf("%q is not found", part)
		}
	}
	if m(strings.Repeat("-z-a-", 100)) {
		t.Error("something is found where nothing is")
	}
}

func TestSuffixSetIsAnySuffix(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 20_000 {
		var suffixes []string
		for range r.IntN(8) {
			suffixes = append(suffixes, word(r, "ab.", 4))
		}
		s := word(r, "ab.", 6)
		want := slices.ContainsFunc(suffixes, func(p string) bool { return strings.HasSuffix(s, p) })
		if got := suffixSet(suffixes)(s); got != want {
			t.Fatalf("%q ends with one of %q: %v, want %v", s, suffixes, got, want)
		}
	}
}

// A pattern that is known only with the event means what a constant one does.
func TestMatchGlobIsTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	matched := 0
	for range 200_000 {
		pattern, s := word(r, `aAb*?[]!^-\`, 8), word(r, `aAbB]-\`, 5)
		for _, fold := range []bool{false, true} {
			want := newGlob(pattern, fold).match(s)
			if got := matchGlob(pattern, s, fold); got != want {
				t.Fatalf("%q glob %q (any case %v): %v, want %v", s, pattern, fold, got, want)
			}
			if want {
				matched++
			}
		}
	}
	if matched < 1000 {
		t.Errorf("only %d patterns matched", matched)
	}
}

func BenchmarkContains(b *testing.B) {
	parts := strings.Fields("nmap ncat socat telnet stratum xmrig minerd base64 /dev/tcp mkfifo LD_PRELOAD insmod chattr shred crontab authorized_keys")
	text := "java -Xmx2g -Djava.security.egd=file:/dev/./urandom -jar /opt/app/server.jar --spring.profiles.active=production"
	for name, m := range map[string]func(string) bool{
		"automaton": newParts(slices.Clone(parts), false),
		"folded":    newParts(slices.Clone(parts), true),
		"loop": func(s string) bool {
			return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
		},
		"folded_loop": func(s string) bool {
			return slices.ContainsFunc(parts, func(p string) bool { return containsFold(s, strings.ToLower(p)) })
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m(text)
			}
		})
	}
}
