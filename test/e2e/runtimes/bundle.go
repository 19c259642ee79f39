package runtimes

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// Bundle runs containers by runc alone, without a daemon: many, and quickly. They
// share one root file system.
type Bundle struct {
	place  *Place
	runc   string
	rootfs string
	number atomic.Int64
}

// Bundle makes a root file system for containers.
func (p *Place) Bundle(t testing.TB) *Bundle {
	t.Helper()
	b := &Bundle{place: p, runc: require(t, "runc", "runc"), rootfs: p.dir(t, "runc", "rootfs")}
	layer, err := busyboxLayer(require(t, "busybox", "busybox-static"))
	if err != nil {
		t.Fatal(err)
	}
	if err := unpack(layer, b.rootfs); err != nil {
		t.Fatalf("making a root file system: %v", err)
	}
	return b
}

// Run runs a program in a new container, whose control group is its id below
// parent ("/docker/"), and returns when both are gone.
func (b *Bundle) Run(ctx context.Context, parent string, args []string) error {
	var random [32]byte
	rand.Read(random[:])
	id := hex.EncodeToString(random[:])
	dir := filepath.Join(b.place.Dir, "runc", fmt.Sprint(b.number.Add(1)))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	config, err := json.Marshal(map[string]any{
		"ociVersion": "1.0.2",
		"process":    map[string]any{"args": args, "cwd": "/", "env": []string{"PATH=/bin"}, "user": map[string]int{"uid": 0, "gid": 0}},
		"root":       map[string]any{"path": b.rootfs, "readonly": true},
		"mounts": []any{
			map[string]string{"destination": "/proc", "type": "proc", "source": "proc"},
			map[string]string{"destination": "/dev", "type": "tmpfs", "source": "tmpfs"},
		},
		"linux": map[string]any{
			"cgroupsPath": parent + id,
			"namespaces":  []any{map[string]string{"type": "pid"}, map[string]string{"type": "mount"}},
		},
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), config, 0o644); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, b.runc, "--root", filepath.Join(b.place.Dir, "runc", "state"), "run", "--bundle", dir, id)
	cmd.Env = b.place.environ()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running %q in a container: %w\n%s", args, err, out)
	}
	return nil
}

// unpack writes the files of a layer below dir.
func unpack(layer []byte, dir string) error {
	for r := tar.NewReader(bytes.NewReader(layer)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := filepath.Join(dir, h.Name)
		switch h.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(name, os.FileMode(h.Mode))
		case tar.TypeSymlink:
			err = os.Symlink(h.Linkname, name)
		default:
			var content []byte
			if content, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(name, content, os.FileMode(h.Mode))
			}
		}
		if err != nil {
			return err
		}
	}
}
