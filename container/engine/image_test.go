package engine

import (
	"strings"
	"testing"
)

func TestSplitImage(t *testing.T) {
	const (
		digest = "sha256:8f1b1f7f1d3a5e0b9b2f1c8b7b1a4a9a3b3a5d4c6e7f8091a2b3c4d5e6f70819"
		id     = "8f1b1f7f1d3a5e0b9b2f1c8b7b1a4a9a3b3a5d4c6e7f8091a2b3c4d5e6f70819"
	)
	for ref, want := range map[string][3]string{
		"":                              {},
		"debian":                        {"debian", "", ""},
		"debian:12":                     {"debian", "12", ""},
		"docker.io/library/debian:12":   {"docker.io/library/debian", "12", ""},
		"localhost/bb:2":                {"localhost/bb", "2", ""},
		"quay.io/a/b/c:v1.2-rc.3_x":     {"quay.io/a/b/c", "v1.2-rc.3_x", ""},
		"localhost:5000/team/app":       {"localhost:5000/team/app", "", ""},
		"localhost:5000/team/app:1.2":   {"localhost:5000/team/app", "1.2", ""},
		"[fd00::1]:5000/app":            {"[fd00::1]:5000/app", "", ""},
		"[fd00::1]:5000/app:1":          {"[fd00::1]:5000/app", "1", ""},
		"debian@" + digest:              {"debian", "", digest},
		"debian:12@" + digest:           {"debian", "12", digest},
		"reg:5000/debian@" + digest:     {"reg:5000/debian", "", digest},
		"reg:5000/debian:12@" + digest:  {"reg:5000/debian", "12", digest},
		"<none>:<none>":                 {"<none>", "<none>", ""},
		digest:                          {}, // an id, not a repository called sha256
		id:                              {},
		"sha256:12":                     {"sha256", "12", ""}, // too short for an id
		"registry.example/" + id + ":x": {"registry.example/" + id, "x", ""},
	} {
		repository, tag, digest := splitImage(ref)
		if got := [3]string{repository, tag, digest}; got != want {
			t.Errorf("splitImage(%q) = %q, want %q", ref, got, want)
		}
	}
}

func FuzzSplitImage(f *testing.F) {
	for _, ref := range []string{"debian", "reg:5000/a:1@sha256:00", "sha256:00", "@", ":", "/:@", "a@b@c", "a:b:c/d"} {
		f.Add(ref)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		repository, tag, digest := splitImage(ref)
		if _, bare := imageID(ref); bare {
			if repository+tag+digest != "" {
				t.Errorf("id %q: %q, %q, %q", ref, repository, tag, digest)
			}
			return
		}
		if strings.Contains(repository, "@") || strings.ContainsAny(tag, "/@:") {
			t.Errorf("%q: repository %q, tag %q", ref, repository, tag)
		}
		again := repository
		if strings.HasPrefix(ref[len(repository):], ":") {
			again += ":" + tag
		}
		if strings.Contains(ref, "@") {
			again += "@" + digest
		}
		if again != ref {
			t.Errorf("%q is put together again as %q", ref, again)
		}
	})
}

func TestSameRepository(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"debian", "debian", true},
		{"debian", "docker.io/library/debian", true},
		{"docker.io/debian", "library/debian", true},
		{"index.docker.io/library/debian", "debian", true},
		{"grafana/loki", "docker.io/grafana/loki", true},
		{"localhost/debian", "debian", false},
		{"localhost/debian", "docker.io/localhost/debian", false},
		{"quay.io/debian", "debian", false},
		{"reg:5000/debian", "debian", false},
		{"grafana/loki", "grafana/tempo", false},
		{"docker.io/grafana/loki", "docker.io/library/loki", false},
	} {
		if got := sameRepository(c.a, c.b); got != c.want {
			t.Errorf("sameRepository(%q, %q) = %v", c.a, c.b, got)
		}
		if sameRepository(c.a, c.b) != sameRepository(c.b, c.a) {
			t.Errorf("sameRepository(%q, %q) depends on the order", c.a, c.b)
		}
	}
}
