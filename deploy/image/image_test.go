package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTag(t *testing.T) {
	for version, want := range map[string]string{
		"v1.2.3":                 "v1.2.3",
		"v1.2.3-4-gabcdef-dirty": "v1.2.3-4-gabcdef-dirty",
		"1.0.0+build 7/x":        "1.0.0-build-7-x",
		"-.weird":                "weird",
		strings.Repeat("a", 200): strings.Repeat("a", 128),
	} {
		if got := tag(version); got != want {
			t.Errorf("tag(%q) = %q, want %q", version, got, want)
		}
	}
}

// archiveOf makes a package's archive; a name that ends in / is a directory, one
// with -> a symlink, one with => a hard link.
func archiveOf(t *testing.T, names ...string) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range names {
		h := tar.Header{Typeflag: tar.TypeReg, Name: "./" + name, Mode: 0o644, Size: int64(len(name)), Gid: 8}
		if to, target, ok := strings.Cut(name, " -> "); ok {
			h = tar.Header{Typeflag: tar.TypeSymlink, Name: "./" + to, Linkname: target}
		} else if to, target, ok := strings.Cut(name, " => "); ok {
			h = tar.Header{Typeflag: tar.TypeLink, Name: "./" + to, Linkname: "./" + target}
		} else if strings.HasSuffix(name, "/") {
			h = tar.Header{Typeflag: tar.TypeDir, Name: "./" + name, Mode: 0o755}
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := w.Write([]byte(name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

// Packages of Debian 12 put files into /bin and /lib, which are links: a file
// written there by its path would replace the link.
func TestUnpack(t *testing.T) {
	r := newRoot()
	err := r.unpack(archiveOf(t,
		"./", "bin/", "bin/bash", "bin/rbash -> bash", "lib/x86_64-linux-gnu/libc.so.6", "lib64/ld.so -> ../lib/x", "usr/bin/env",
		"usr/bin/twin => bin/bash", "usr/share/doc/bash/copyright", "usr/share/doc/bash/README", "usr/share/man/man1/bash.1.gz",
		"usr/share/locale/de/x.mo", "usr/lib/x86_64-linux-gnu/gconv/A.so", "usr/share/zoneinfo/right/UTC", "usr/share/zoneinfo/UTC", "../escape"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"bin": "usr/bin", "lib": "usr/lib", "lib64": "usr/lib64",
		"usr/bin/bash": []byte("bin/bash"), "usr/bin/twin": []byte("bin/bash"), "usr/bin/rbash": "bash", "usr/bin/env": []byte("usr/bin/env"),
		"usr/lib/x86_64-linux-gnu/libc.so.6": []byte("lib/x86_64-linux-gnu/libc.so.6"), "usr/lib64/ld.so": "../lib/x",
		"usr/share/doc/bash/copyright": []byte("usr/share/doc/bash/copyright"), "usr/share/zoneinfo/UTC": []byte("usr/share/zoneinfo/UTC"),
	} {
		e := r.entries[name]
		if e == nil {
			t.Errorf("%s is not there", name)
			continue
		}
		var got any = e.content
		if e.header.Typeflag == tar.TypeSymlink {
			got = e.header.Linkname
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, name := range []string{
		"bin/bash", "usr/share/doc/bash/README", "usr/share/man/man1/bash.1.gz", "usr/share/locale/de/x.mo",
		"usr/lib/x86_64-linux-gnu/gconv/A.so", "usr/share/zoneinfo/right/UTC", "escape", "../escape",
	} {
		if r.entries[name] != nil {
			t.Errorf("%s is there", name)
		}
	}
	if gid := r.entries["usr/bin/env"].header.Gid; gid != 8 {
		t.Errorf("the group of a file is %d, want 8", gid)
	}
}

func TestUnpackRefuses(t *testing.T) {
	if err := newRoot().unpack(archiveOf(t, "bin/a => bin/missing")); err == nil || !strings.Contains(err.Error(), "bin/missing") {
		t.Errorf("a hard link to nowhere: %v", err)
	}
	if err := newRoot().unpack(strings.NewReader(strings.Repeat("garbage", 100))); err == nil {
		t.Error("garbage is unpacked")
	}
}

// What packages' scripts would have done is done, or it is said that it cannot be.
func TestConfigure(t *testing.T) {
	r := newRoot()
	if err := r.configure("base-passwd"); err == nil {
		t.Error("a base-passwd without its files is taken")
	}
	if err := r.configure("ca-certificates"); err == nil {
		t.Error("no certificates are taken for some")
	}
	if err := r.unpack(archiveOf(t, "usr/share/ca-certificates/m/B.crt", "usr/share/ca-certificates/m/A.crt", "usr/sbin/update-ca-certificates")); err != nil {
		t.Fatal(err)
	}
	if err := r.configure("ca-certificates"); err != nil {
		t.Fatal(err)
	}
	want := "usr/share/ca-certificates/m/A.crtusr/share/ca-certificates/m/B.crt"
	if got := string(r.content("etc/ssl/certs/ca-certificates.crt")); got != want {
		t.Errorf("the bundle is %q, want %q", got, want)
	}
	if r.entries["usr/share/ca-certificates/m/A.crt"] != nil {
		t.Error("single certificates are left")
	}
}

func sample(t *testing.T) (image, *root) {
	t.Helper()
	r := newRoot()
	r.file("usr/bin/gyr", 0o755, []byte("program"))
	l, err := r.layer()
	if err != nil {
		t.Fatal(err)
	}
	return image{
		Names: []string{"localhost/gyr:v1", "localhost/gyr:latest"}, Arch: "arm64", Version: "v1", Suite: "bookworm",
		Packages: []deb{{name: "bash", version: "5"}}, Layer: l,
	}, r
}

func unpackArchive(t *testing.T, file string) map[string][]byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(b)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func parse[T any](t *testing.T, text []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// The same image by both its descriptions: Docker's, and that of OCI.
func TestArchive(t *testing.T) {
	img, _ := sample(t)
	out := filepath.Join(t.TempDir(), "sub", "image.tar")
	if _, err := writeArchive(out, img); err != nil {
		t.Fatal(err)
	}
	files := unpackArchive(t, out)
	for name, content := range files {
		if hash, ok := strings.CutPrefix(name, "blobs/sha256/"); ok && hash != "" && digest(content) != "sha256:"+hash {
			t.Errorf("%s holds what has the digest %s", name, digest(content))
		}
	}
	docker := parse[[]dockerManifest](t, files["manifest.json"])
	list := parse[index](t, files["index.json"])
	if len(docker) != 1 || len(list.Manifests) != 2 {
		t.Fatalf("%d images for Docker, %d names for OCI", len(docker), len(list.Manifests))
	}
	if diff := cmp.Diff(img.Names, docker[0].RepoTags); diff != "" {
		t.Errorf("names for Docker (-want +got):\n%s", diff)
	}
	for i, d := range list.Manifests {
		if diff := cmp.Diff(img.Names[i], d.Annotations["io.containerd.image.name"]); diff != "" {
			t.Errorf("name for containerd (-want +got):\n%s", diff)
		}
		m := parse[manifest](t, files[blobPath(d)])
		if diff := cmp.Diff(dockerManifest{Config: blobPath(m.Config), RepoTags: img.Names, Layers: []string{blobPath(m.Layers[0])}}, docker[0]); diff != "" {
			t.Errorf("(-OCI +Docker):\n%s", diff)
		}
	}
	checkConfig(t, files, docker[0])
}

func checkConfig(t *testing.T, files map[string][]byte, d dockerManifest) {
	t.Helper()
	config := parse[imageConfig](t, files[d.Config])
	z, err := gzip.NewReader(bytes.NewReader(files[d.Layers[0]]))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{digest(plain)}, config.RootFS.DiffIDs); diff != "" {
		t.Errorf("what is packed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/usr/bin/gyr"}, config.Config.Cmd); diff != "" {
		t.Errorf("command (-want +got):\n%s", diff)
	}
	if config.Architecture != "arm64" || config.OS != "linux" {
		t.Errorf("for %s/%s", config.OS, config.Architecture)
	}
}

// The bytes depend on the content alone.
func TestReproducible(t *testing.T) {
	dir := t.TempDir()
	var before []byte
	for _, name := range []string{"a.tar", "b.tar"} {
		img, _ := sample(t)
		if _, err := writeArchive(filepath.Join(dir, name), img); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if before != nil && !bytes.Equal(before, b) {
			t.Error("two runs make different archives")
		}
		before = b
	}
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	if _, err := newRoot().layer(); err == nil || !strings.Contains(err.Error(), "SOURCE_DATE_EPOCH") {
		t.Errorf("a SOURCE_DATE_EPOCH that is no number: %v", err)
	}
}

func TestCheckProgram(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	static := filepath.Join(dir, "static")
	build := exec.Command("go", "build", "-o", static, "./testdata/static")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	tests := map[string]struct{ file, arch, want string }{
		"good":                 {static, "arm64", ""},
		"other architecture":   {static, "amd64", "GOARCH=amd64 make build"},
		"unknown architecture": {static, "s390x", "amd64 or arm64"},
		"not a program":        {text, runtime.GOARCH, "make build"},
		"not there":            {filepath.Join(dir, "none"), "amd64", "make build"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := checkProgram(test.file, test.arch)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("says %v, want %q", err, test.want)
			}
		})
	}
}

// A program in the root whose library is not there is told, by both names.
func TestCheckLibraries(t *testing.T) {
	shell, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Skip(err)
	}
	r := newRoot()
	r.file("usr/bin/sh", 0o755, shell)
	err = r.checkLibraries()
	if !strings.Contains(string(shell), "libc.so.6") {
		t.Skip("the shell of this machine needs no libc.so.6")
	}
	if err == nil || !strings.Contains(err.Error(), "libc.so.6 (for /usr/bin/sh)") {
		t.Errorf("a missing libc: %v", err)
	}
	r.file("usr/lib/somewhere/libc.so.6", 0o644, nil)
	if err := r.checkLibraries(); err != nil {
		t.Errorf("with libc: %v", err)
	}
}
