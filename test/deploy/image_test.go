package deploy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// imageLayer unpacks the one layer of an archive that deploy/image made: files by
// their path, links by what they lead to.
func imageLayer(t *testing.T, file string) map[string]string {
	t.Helper()
	archive, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	files := untar(t, bytes.NewReader(archive))
	var about []struct{ Layers []string }
	if err := json.Unmarshal([]byte(files["manifest.json"]), &about); err != nil || len(about) != 1 || len(about[0].Layers) != 1 {
		t.Fatalf("manifest.json is %q: %v", files["manifest.json"], err)
	}
	z, err := gzip.NewReader(strings.NewReader(files[about[0].Layers[0]]))
	if err != nil {
		t.Fatal(err)
	}
	return untar(t, z)
}

func untar(t *testing.T, archive io.Reader) map[string]string {
	t.Helper()
	files := map[string]string{}
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeSymlink {
			content = []byte("-> " + h.Linkname)
		}
		files[strings.TrimSuffix(h.Name, "/")] = string(content)
	}
}

// TestE2EImage looks into the image that make image built: what the recipe and the
// manifests count on is there.
func TestE2EImage(t *testing.T) {
	file := os.Getenv("GYR_E2E_IMAGE")
	if file == "" {
		t.Skip("GYR_E2E_IMAGE names no image; make e2e-kubernetes does")
	}
	files := imageLayer(t, file)
	for _, name := range []string{"falco.yaml", "falco_rules.yaml", "falco_rules.local.yaml"} {
		if files["etc/falco/"+name] != read(t, "config/"+name) {
			t.Errorf("/etc/falco/%s is not config/%s; make image builds it anew", name, name)
		}
	}
	for name, want := range map[string]string{
		"usr/bin/falco": "-> gyr", "bin": "-> usr/bin", "usr/bin/sh": "-> dash", "host/var/run": "-> ../run",
	} {
		if files[name] != want {
			t.Errorf("/%s is %q, want %q", name, files[name], want)
		}
	}
	for _, name := range []string{"usr/bin/gyr", "usr/bin/bash", "usr/bin/cat", "usr/bin/ls", "etc/ssl/certs/ca-certificates.crt"} {
		if len(files[name]) == 0 {
			t.Errorf("/%s is empty or missing", name)
		}
	}
	if !strings.HasPrefix(files["etc/passwd"], "root:") {
		t.Errorf("/etc/passwd begins with %.20q", files["etc/passwd"])
	}
	// Mounts of a read-only root need a directory to be mounted on.
	for _, name := range []string{"host/run", "etc/falco/rules.d", "proc", "sys", "dev", "tmp"} {
		if _, ok := files[name]; !ok {
			t.Errorf("/%s is missing", name)
		}
	}
}
