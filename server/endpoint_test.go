package server

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/config"
)

// FuzzEndpoint: whatever path the configuration accepts for health is served at
// that path, and hides no other.
func FuzzEndpoint(f *testing.F) {
	for _, path := range []string{"/healthz", "//x", "/a/../b", "/{x}", "/a b", "/versions", "/versions/", "/%2f", "/;a=b", "/\x00", "healthz", "/é", "/\"<>\\^`|"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		text := fmt.Sprintf("webserver: {k8s_healthz_endpoint: %s}\n", strconv.QuoteToASCII(path))
		c, _, err := config.Parse("f", []byte(text), nil, func(string) string { return "" })
		if err != nil {
			return
		}
		o := options(&standin{})
		o.Webserver = c.Webserver
		h, err := newHandler(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{c.Webserver.HealthzEndpoint, config.VersionsEndpoint} {
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")))
			if err != nil {
				t.Fatalf("%q cannot be asked for: %v", path, err)
			}
			if h.route(r.URL.Path) == nil {
				t.Errorf("%q is not served", path)
			}
		}
	})
}
