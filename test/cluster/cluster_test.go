package cluster

import (
	"archive/tar"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFootprintDifference(t *testing.T) {
	before := footprint{"file /run/a", "file /run/b", "setting x 1"}
	after := footprint{"file /run/b", "mount /run/c", "setting x 2"}
	if d := before.difference(before); d != "" {
		t.Errorf("of the same: %q", d)
	}
	want := "- file /run/a\n- setting x 1\n+ mount /run/c\n+ setting x 2\n"
	if d := before.difference(after); d != want {
		t.Errorf("got %q, want %q", d, want)
	}
}

func TestBelowPrivate(t *testing.T) {
	for path, want := range map[string]bool{
		"/run": true, "/run/netns/x": true, "/var/lib/kubelet": true, "/runs": false, "/var": false, "/var/library": false, "/": false,
	} {
		if got := belowPrivate(path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

// Servers and clients of one cluster accept each other, and nobody else.
func TestAuthority(t *testing.T) {
	ca, err := newAuthority(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ca.sign("server", pkix.Name{CommonName: "server"}, "kubernetes.default", "10.96.0.1"); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(ca.file("server.crt"), ca.file("server.key"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	for name, ok := range map[string]bool{"kubernetes.default": true, "10.96.0.1": true, "kubernetes": false, "10.96.0.2": false} {
		_, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name})
		if (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	other, err := newAuthority(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(other.cert)
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots}); err == nil {
		t.Error("another authority's certificate is accepted")
	}
}

func TestImage(t *testing.T) {
	image := NewImage("registry.example.com/a/b:1", "sleep", "1")
	image.Add("etc/", 0o755, nil)
	image.Add("etc/name", 0o600, []byte("content"))
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := image.Write(file); err != nil {
		t.Fatal(err)
	}
	archive, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	files := untar(t, archive)
	var manifest []struct {
		Config           string
		RepoTags, Layers []string
	}
	if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil || len(manifest) != 1 {
		t.Fatalf("%v: %s", err, files["manifest.json"])
	}
	if d := cmp.Diff([]string{"registry.example.com/a/b:1"}, manifest[0].RepoTags); d != "" {
		t.Error(d)
	}
	if !strings.Contains(string(files[manifest[0].Config]), `"Cmd":["sleep","1"]`) {
		t.Errorf("the configuration: %s", files[manifest[0].Config])
	}
	if d := cmp.Diff(map[string][]byte{"etc/": {}, "etc/name": []byte("content")}, untar(t, files[manifest[0].Layers[0]])); d != "" {
		t.Error(d)
	}

	image = NewImage("x:1")
	image.AddFile("a", filepath.Join(t.TempDir(), "missing"))
	if err := image.Write(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of a file that is missing: %v", err)
	}
}

func untar(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
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
		files[h.Name] = content
	}
}

// A daemon that ends or is not ready is an error with what it said.
func TestDaemon(t *testing.T) {
	env := []string{"PATH=" + os.Getenv("PATH")}
	never := func() error { return errors.New("not yet") }
	ends, err := startDaemon(t.TempDir(), env, "sh", "-c", "echo why; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	if err := ends.await(time.Minute, never); err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "why\n") {
		t.Errorf("of one that ended: %v", err)
	}
	runs, err := startDaemon(t.TempDir(), env, "sleep", "1000")
	if err != nil {
		t.Fatal(err)
	}
	if err := runs.await(time.Millisecond, never); err == nil || !strings.Contains(err.Error(), "not yet") {
		t.Errorf("of one that is not ready: %v", err)
	}
	if err := runs.await(time.Minute, func() error { return nil }); err != nil {
		t.Errorf("of one that is ready: %v", err)
	}
	runs.kill()
	if _, err := startDaemon(t.TempDir(), env, "no-such-program"); err == nil || !strings.Contains(err.Error(), "packages.sh") {
		t.Errorf("of a program that is not installed: %v", err)
	}
}

func TestRun(t *testing.T) {
	out, err := Run(exec.Command("sh", "-c", "echo out; echo why >&2"))
	if out != "out\n" || err != nil {
		t.Errorf("%q and %v", out, err)
	}
	if _, err := Run(exec.Command("sh", "-c", "echo out; echo why >&2; exit 1")); err == nil || !strings.HasSuffix(err.Error(), "out\nwhy\n") {
		t.Errorf("of one that fails: %v", err)
	}
}

// Outside of a confined test binary nothing is started.
func TestStartUnconfined(t *testing.T) {
	t.Setenv(confinedVariable, "")
	if _, err := Start(t.TempDir()); err == nil || !strings.Contains(err.Error(), "Confine") {
		t.Errorf("%v", err)
	}
}
