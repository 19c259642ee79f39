package cluster

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// pauseImage is what pods are based on, under its usual name.
const pauseImage = "registry.k8s.io/pause:3.10"

// Image is a container image of one layer.
type Image struct {
	// Reference is the name, with a tag: "registry.example.com/shop/web:1.4".
	Reference string
	// Cmd is what a container runs where it is told nothing else.
	Cmd []string

	layer bytes.Buffer
	tar   *tar.Writer
	err   error // the first of adding files
}

// NewImage begins an image without files.
func NewImage(reference string, cmd ...string) *Image {
	i := &Image{Reference: reference, Cmd: cmd}
	i.tar = tar.NewWriter(&i.layer)
	return i
}

// Add puts a file or, if the name ends in a slash, a directory into the image.
// An error comes from Write.
func (i *Image) Add(name string, mode int64, content []byte) {
	i.add(tar.Header{Name: name, Mode: mode, Size: int64(len(content))}, content)
}

// AddFile is Add with the content of a file of the machine.
func (i *Image) AddFile(name, source string) {
	content, err := os.ReadFile(source)
	if err != nil && i.err == nil {
		i.err = err
	}
	i.Add(name, 0o755, content)
}

// AddBusybox makes the image a small system: a static busybox under all its
// names, and the few files a shell asks for.
func (i *Image) AddBusybox() {
	busybox, err := exec.LookPath("busybox")
	if err != nil && i.err == nil {
		i.err = fmt.Errorf("%w: apt-get install busybox-static, or test/packages.sh e2e", err)
	}
	names, err := exec.Command(busybox, "--list").Output()
	if err != nil && i.err == nil {
		i.err = err
	}
	for _, dir := range []string{"bin/", "etc/", "root/", "proc/", "sys/", "dev/", "var/", "var/log/"} {
		i.Add(dir, 0o755, nil)
	}
	i.Add("tmp/", 0o1777, nil)
	i.AddFile("bin/busybox", busybox)
	for name := range strings.FieldsSeq(string(names)) {
		if name != "busybox" {
			i.add(tar.Header{Typeflag: tar.TypeSymlink, Name: "bin/" + name, Linkname: "busybox", Mode: 0o777}, nil)
		}
	}
	i.Add("etc/passwd", 0o644, []byte("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"))
	i.Add("etc/group", 0o644, []byte("root:x:0:\nnogroup:x:65534:\n"))
	i.Add("etc/shadow", 0o640, []byte("root:*:19000:0:99999:7:::\n"))
}

func (i *Image) add(h tar.Header, content []byte) {
	if i.err == nil {
		i.err = i.tar.WriteHeader(&h)
	}
	if i.err == nil {
		_, i.err = i.tar.Write(content)
	}
}

// Write makes the archive, in the form of `docker save`: a layer, a
// configuration, and a manifest that names them.
func (i *Image) Write(file string) error {
	if i.err == nil {
		i.err = i.tar.Close()
	}
	if i.err != nil {
		return fmt.Errorf("making the image %s: %w", i.Reference, i.err)
	}
	const created = "2026-01-01T00:00:00Z"
	layer := i.layer.Bytes()
	sum := fmt.Sprintf("%x", sha256.Sum256(layer))
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "created": created,
		"config": map[string]any{"Env": []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, "Cmd": i.Cmd, "WorkingDir": "/"},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + sum}},
	})
	if err != nil {
		return err
	}
	configName, layerName := fmt.Sprintf("%x.json", sha256.Sum256(config)), sum+"/layer.tar"
	manifest, err := json.Marshal([]any{map[string]any{"Config": configName, "RepoTags": []string{i.Reference}, "Layers": []string{layerName}}})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range []struct {
		name    string
		content []byte
	}{{layerName, layer}, {configName, config}, {"manifest.json", manifest}} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.content))}); err != nil {
			return err
		}
		if _, err := w.Write(f.content); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// writePauseImage writes the image of each pod's first process.
func (c *Cluster) writePauseImage(file string) error {
	program := file + ".program"
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, "github.com/gyrsec/gyr/test/cluster/pause")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if _, err := Run(build); err != nil {
		return err
	}
	i := NewImage(pauseImage, "/pause")
	i.AddFile("pause", program)
	return i.Write(file)
}
