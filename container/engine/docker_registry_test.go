package engine

import (
	"archive/tar"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"testing"
	"time"
)

// registry serves one image, under any repository with the tag 1.2.
type registry struct {
	manifest registryManifest
	digest   string            // of the manifest
	blobs    map[string][]byte // by digest
}

type registryManifest struct {
	SchemaVersion int            `json:"schemaVersion"`
	MediaType     string         `json:"mediaType"`
	Config        registryBlob   `json:"config"`
	Layers        []registryBlob `json:"layers"`
}

type registryBlob struct {
	MediaType string `json:"mediaType"`
	Size      int    `json:"size"`
	Digest    string `json:"digest"`
}

// startRegistry serves the image of an archive of writeImage.
func startRegistry(t *testing.T, listener net.Listener, archive string) *registry {
	t.Helper()
	const media = "application/vnd.docker."
	r := &registry{blobs: make(map[string][]byte), manifest: registryManifest{SchemaVersion: 2, MediaType: media + "distribution.manifest.v2+json"}}
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for files := tar.NewReader(file); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(files)
		switch {
		case err != nil:
			t.Fatal(err)
		case path.Base(header.Name) == "layer.tar":
			r.manifest.Layers = append(r.manifest.Layers, r.add(content, media+"image.rootfs.diff.tar"))
		case header.Name != "manifest.json":
			r.manifest.Config = r.add(content, media+"container.image.v1+json")
		}
	}
	text, err := json.Marshal(r.manifest)
	if err != nil {
		t.Fatal(err)
	}
	r.digest = r.add(text, r.manifest.MediaType).Digest
	server := &http.Server{Handler: r}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return r
}

func (r *registry) add(content []byte, mediaType string) registryBlob {
	digest := "sha256:" + hex.EncodeToString(sha256sum(content))
	r.blobs[digest] = content
	return registryBlob{mediaType, len(content), digest}
}

func (r *registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	name := path.Base(req.URL.Path)
	if name == "1.2" {
		name = r.digest
	}
	content, ok := r.blobs[name]
	switch {
	case req.URL.Path == "/v2/":
		return
	case !ok:
		http.NotFound(w, req)
		return
	case name == r.digest:
		w.Header().Set("Content-Type", r.manifest.MediaType)
	}
	w.Header().Set("Docker-Content-Digest", name)
	http.ServeContent(w, req, "", time.Time{}, bytes.NewReader(content))
}
