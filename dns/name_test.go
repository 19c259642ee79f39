package dns

import (
	"strings"
	"testing"
)

func TestResolvable(t *testing.T) {
	for name, want := range map[string]bool{
		"example.com": true, "localhost": true, "kubernetes.default.svc.cluster.local": true, "a_b-c.d": true, "3com.com": true, "xn--mnchen-3ya.de": true,
		"": false, ".": false, "a..b": false, ".a": false, "1.2.3.4": false, "::1": false, "10": false, "*.example.com": false, "a/b": false,
		"a b": false, "münchen.de": false, strings.Repeat("x", 64) + ".com": false, strings.Repeat("abc.", 63) + "de": false,
		"Example.com": false, // not in normal form
	} {
		if got := resolvable(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}
