package engine

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// A tree finds exactly the rules whose text fits.
func TestTreeFindsWhatFits(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	word := func(longest int) string {
		b := make([]byte, r.IntN(longest+1))
		for i := range b {
			b[i] = "ab/"[r.IntN(3)]
		}
		return string(b)
	}
	for range 5000 {
		forward, backward := &tree{}, &tree{}
		var texts [12]string
		for i := range texts {
			texts[i] = word(6)
			n := forward.insert(texts[i])
			n.begins = append(n.begins, uint16(3*i))
			n.equals = append(n.equals, uint16(3*i+1))
			n = backward.insert(reversed(texts[i]))
			n.begins = append(n.begins, uint16(3*i+2))
		}
		backward.reverse()
		for range 20 {
			s := word(8)
			var got, want ruleSet
			forward.find(s, &got)
			backward.findBack(s, &got)
			for i, text := range texts {
				for k, fits := range []bool{strings.HasPrefix(s, text), s == text, strings.HasSuffix(s, text)} {
					if fits {
						want.add([]uint16{uint16(3*i + k)})
					}
				}
			}
			if got != want {
				t.Fatalf("%q among %q: %b, want %b", s, texts, got, want)
			}
		}
	}
}
