package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// layer is the image's one layer.
type layer struct {
	packed []byte // gzip
	diffID string // digest of what is packed
	size   int64  // of what is packed
}

// buildTime is the time of every file and of the image: the same for the same
// content, unless SOURCE_DATE_EPOCH (seconds) says otherwise.
func buildTime() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return time.Unix(0, 0).UTC(), nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH must be seconds since 1970, not %q", text)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// layer packs the root, sorted by path.
func (r *root) layer() (layer, error) {
	when, err := buildTime()
	if err != nil {
		return layer{}, err
	}
	var plain bytes.Buffer
	t := tar.NewWriter(&plain)
	for _, name := range slices.Sorted(maps.Keys(r.entries)) {
		e := r.entries[name]
		h := e.header
		h.ModTime = when
		if h.Typeflag == tar.TypeDir {
			h.Name += "/"
		}
		if err := t.WriteHeader(&h); err != nil {
			return layer{}, fmt.Errorf("pack %s: %w", name, err)
		}
		if _, err := t.Write(e.content); err != nil {
			return layer{}, fmt.Errorf("pack %s: %w", name, err)
		}
	}
	if err := t.Close(); err != nil {
		return layer{}, err
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return layer{}, err
	}
	if _, err := z.Write(plain.Bytes()); err != nil {
		return layer{}, err
	}
	if err := z.Close(); err != nil {
		return layer{}, err
	}
	return layer{packed: packed.Bytes(), diffID: digest(plain.Bytes()), size: int64(plain.Len())}, nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// image is what the archive says of it.
type image struct {
	Names                []string // with tags
	Arch, Version, Suite string
	Packages             []deb
	Layer                layer
}

// The parts of an image's description that are used here, as the OCI image
// specification has them.
type (
	imageConfig struct {
		Created      time.Time `json:"created"`
		Architecture string    `json:"architecture"`
		OS           string    `json:"os"`
		Config       runConfig `json:"config"`
		RootFS       rootFS    `json:"rootfs"`
		History      []history `json:"history"`
	}
	runConfig struct {
		Env          []string            `json:"Env"`
		Cmd          []string            `json:"Cmd"`
		ExposedPorts map[string]struct{} `json:"ExposedPorts"`
		Labels       map[string]string   `json:"Labels"`
		WorkingDir   string              `json:"WorkingDir"`
	}
	rootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	}
	history struct {
		Created   time.Time `json:"created"`
		CreatedBy string    `json:"created_by"`
	}
	descriptor struct {
		MediaType   string            `json:"mediaType"`
		Digest      string            `json:"digest"`
		Size        int               `json:"size"`
		Platform    *platform         `json:"platform,omitempty"`
		Annotations map[string]string `json:"annotations,omitempty"`
	}
	platform struct {
		Architecture string `json:"architecture"`
		OS           string `json:"os"`
	}
	manifest struct {
		SchemaVersion int          `json:"schemaVersion"`
		MediaType     string       `json:"mediaType"`
		Config        descriptor   `json:"config"`
		Layers        []descriptor `json:"layers"`
	}
	index struct {
		SchemaVersion int          `json:"schemaVersion"`
		MediaType     string       `json:"mediaType"`
		Manifests     []descriptor `json:"manifests"`
	}
	// dockerManifest is the form of `docker save`.
	dockerManifest struct {
		Config   string   `json:"Config"`
		RepoTags []string `json:"RepoTags"`
		Layers   []string `json:"Layers"`
	}
)

const mediaType = "application/vnd.oci.image."

// config describes how the image is run. It has a command and no entry point, so
// that both `... bash` and a Falco manifest's `args: [/usr/bin/falco, ...]` do
// what they say. HOST_ROOT is for whoever mounts the host to set: set here, Gyr
// would look for it where nothing is mounted.
func (i image) config() (imageConfig, error) {
	when, err := buildTime()
	if err != nil {
		return imageConfig{}, err
	}
	parts := make([]string, len(i.Packages))
	for n, d := range i.Packages {
		parts[n] = d.name + "=" + d.version
	}
	return imageConfig{
		Created: when, Architecture: i.Arch, OS: "linux",
		Config: runConfig{
			Env:          []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
			Cmd:          []string{"/usr/bin/gyr"},
			ExposedPorts: map[string]struct{}{"8765/tcp": {}},
			WorkingDir:   "/",
			Labels: map[string]string{
				"org.opencontainers.image.title":       "gyr",
				"org.opencontainers.image.description": "Detects threats on Linux machines, in containers and in Kubernetes at run time",
				"org.opencontainers.image.version":     i.Version,
				"org.opencontainers.image.licenses":    "Apache-2.0",
				"org.opencontainers.image.base.name":   "debian:" + i.Suite,
			},
		},
		RootFS:  rootFS{Type: "layers", DiffIDs: []string{i.Layer.diffID}},
		History: []history{{Created: when, CreatedBy: "deploy/image: " + strings.Join(parts, " ")}},
	}, nil
}

// writeArchive writes the image as an OCI layout and in the form of `docker save`
// at once, which share their blobs: Docker, Podman and containerd each read the
// one they know. It returns the archive's size.
func writeArchive(out string, i image) (int64, error) {
	config, err := i.config()
	if err != nil {
		return 0, err
	}
	files := map[string][]byte{"oci-layout": []byte(`{"imageLayoutVersion":"1.0.0"}`)}
	blob := func(kind string, content []byte) descriptor {
		d := descriptor{MediaType: mediaType + kind, Digest: digest(content), Size: len(content)}
		files[blobPath(d)] = content
		return d
	}
	layer := blob("layer.v1.tar+gzip", i.Layer.packed)
	about := blob("config.v1+json", encode(config))
	whole := blob("manifest.v1+json", encode(manifest{
		SchemaVersion: 2, MediaType: mediaType + "manifest.v1+json", Config: about, Layers: []descriptor{layer},
	}))
	whole.Platform = &platform{Architecture: i.Arch, OS: "linux"}
	list := index{SchemaVersion: 2, MediaType: mediaType + "index.v1+json"}
	for _, name := range i.Names {
		d := whole
		d.Annotations = map[string]string{
			"io.containerd.image.name":          name,
			"org.opencontainers.image.ref.name": name[strings.LastIndexByte(name, ':')+1:],
		}
		list.Manifests = append(list.Manifests, d)
	}
	files["index.json"] = encode(list)
	files["manifest.json"] = encode([]dockerManifest{{Config: blobPath(about), RepoTags: i.Names, Layers: []string{blobPath(layer)}}})
	return pack(out, files)
}

func blobPath(d descriptor) string { return "blobs/" + strings.Replace(d.Digest, ":", "/", 1) }

// encode cannot fail: the types are this package's own.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// pack writes the files into one archive, which is there whole or not at all.
func pack(out string, files map[string][]byte) (int64, error) {
	when, err := buildTime()
	if err != nil {
		return 0, err
	}
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	for _, dir := range []string{"blobs/", "blobs/sha256/"} {
		if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755, ModTime: when}); err != nil {
			return 0, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		h := tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(files[name])), ModTime: when}
		if err := t.WriteHeader(&h); err != nil {
			return 0, err
		}
		if _, err := t.Write(files[name]); err != nil {
			return 0, err
		}
	}
	if err := t.Close(); err != nil {
		return 0, err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return 0, err
	}
	if err := os.WriteFile(out+".new", b.Bytes(), 0o644); err != nil {
		return 0, err
	}
	return int64(b.Len()), os.Rename(out+".new", out)
}
