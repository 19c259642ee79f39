package runtimes

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Image is a container image with busybox in it.
type Image struct {
	// Reference is the name, with a tag: "registry.example:5000/shop/cart:1.4".
	// Every runtime knows the image by it; no registry is asked.
	Reference string
	// Cmd is what a container runs where it is told nothing else; a shell when
	// empty.
	Cmd    []string
	Labels map[string]string
}

// Archive makes the image and returns the name of a file that `docker load`,
// `podman load` and `ctr images import` take.
func (p *Place) Archive(t testing.TB, i Image) string {
	t.Helper()
	if file, ok := p.images[i.Reference]; ok {
		return file
	}
	if len(i.Cmd) == 0 {
		i.Cmd = []string{"/bin/sh"}
	}
	layer, err := busyboxLayer(require(t, "busybox", "busybox-static"))
	if err != nil {
		t.Fatalf("making the image %s: %v", i.Reference, err)
	}
	archive, err := i.archive(layer)
	if err != nil {
		t.Fatalf("making the image %s: %v", i.Reference, err)
	}
	file := filepath.Join(p.dir(t, "images"), fmt.Sprintf("%d.tar", len(p.images)))
	if err := os.WriteFile(file, archive, 0o644); err != nil {
		t.Fatal(err)
	}
	p.images[i.Reference] = file
	return file
}

// archive is the image in the form of `docker save`: layers, a configuration,
// and a manifest that names them.
func (i Image) archive(layer []byte) ([]byte, error) {
	const created = "2026-01-01T00:00:00Z"
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "created": created,
		"config": map[string]any{
			"Env": []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
			"Cmd": i.Cmd, "Labels": i.Labels, "WorkingDir": "/",
		},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + digest(layer)}},
		"history": []any{map[string]any{"created": created, "created_by": "test"}},
	})
	if err != nil {
		return nil, err
	}
	configName, layerName := digest(config)+".json", digest(layer)+"/layer.tar"
	manifest, err := json.Marshal([]any{map[string]any{
		"Config": configName, "RepoTags": []string{i.Reference}, "Layers": []string{layerName},
	}})
	if err != nil {
		return nil, err
	}
	return tarball([]tar.Header{
		{Name: layerName, Mode: 0o644}, {Name: configName, Mode: 0o644}, {Name: "manifest.json", Mode: 0o644},
	}, [][]byte{layer, config, manifest})
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// busyboxLayer is a small system: busybox under all its names, and the few files
// a shell asks for.
func busyboxLayer(busybox string) ([]byte, error) {
	program, err := os.ReadFile(busybox)
	if err != nil {
		return nil, err
	}
	list, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("%s --list: %w", busybox, err)
	}
	var headers []tar.Header
	var contents [][]byte
	add := func(h tar.Header, content string) {
		headers, contents = append(headers, h), append(contents, []byte(content))
	}
	for _, d := range []string{"bin", "etc", "root", "proc", "sys", "dev", "var", "var/log"} {
		add(tar.Header{Typeflag: tar.TypeDir, Name: d + "/", Mode: 0o755}, "")
	}
	add(tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}, "")
	add(tar.Header{Name: "bin/busybox", Mode: 0o755}, string(program))
	for _, name := range strings.Fields(string(list)) {
		if name != "busybox" {
			add(tar.Header{Typeflag: tar.TypeSymlink, Name: "bin/" + name, Linkname: "busybox", Mode: 0o777}, "")
		}
	}
	add(tar.Header{Name: "etc/passwd", Mode: 0o644}, "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
	add(tar.Header{Name: "etc/group", Mode: 0o644}, "root:x:0:\nnogroup:x:65534:\n")
	add(tar.Header{Name: "etc/shadow", Mode: 0o640}, "root:*:19000:0:99999:7:::\n")
	return tarball(headers, contents)
}

func tarball(headers []tar.Header, contents [][]byte) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i, h := range headers {
		h.Size = int64(len(contents[i]))
		if err := w.WriteHeader(&h); err != nil {
			return nil, err
		}
		if _, err := w.Write(contents[i]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
