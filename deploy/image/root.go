package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// entry is a file of the image's root.
type entry struct {
	header  tar.Header // Name has no leading slash and no trailing one
	content []byte
}

// root is the image's file system, by path.
type root struct {
	entries map[string]*entry
}

// merged are the directories that are links into /usr, as on every Debian since 12.
var merged = []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"}

func newRoot() *root {
	r := &root{entries: map[string]*entry{}}
	for _, dir := range []string{"dev", "etc", "proc", "root", "run", "sys", "tmp", "usr/bin", "usr/lib", "usr/lib64", "usr/sbin", "var/lib"} {
		r.directory(dir, 0o755)
	}
	r.directory("root", 0o700)
	r.directory("tmp", 0o1777)
	for _, dir := range []string{"bin", "sbin", "lib", "lib64"} {
		r.link(dir, "usr/"+dir)
	}
	return r
}

// directory makes a directory, and those above it.
func (r *root) directory(name string, mode int64) {
	if up := path.Dir(name); up != "." && r.entries[up] == nil {
		r.directory(up, 0o755)
	}
	r.entries[name] = &entry{header: tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: mode}}
}

func (r *root) link(name, target string) {
	r.entries[name] = &entry{header: tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}}
}

func (r *root) file(name string, mode int64, content []byte) {
	if up := path.Dir(name); r.entries[up] == nil {
		r.directory(up, 0o755)
	}
	r.entries[name] = &entry{
		header:  tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))},
		content: content,
	}
}

// addPackage adds a package's files, and what its scripts would have made of
// them: no script is run, so none of another architecture stands in the way.
func (r *root) addPackage(ctx context.Context, d deb) error {
	control, err := exec.CommandContext(ctx, "dpkg-deb", "--field", d.path).Output()
	if err != nil {
		return fmt.Errorf("read %s: %w", d.path, withStderr(err))
	}
	// Scanners for known vulnerabilities look here for what an image is made of.
	r.file("var/lib/dpkg/status.d/"+d.name, 0o644, control)
	files, err := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", d.path).Output()
	if err != nil {
		return fmt.Errorf("unpack %s: %w", d.path, withStderr(err))
	}
	if err := r.unpack(bytes.NewReader(files)); err != nil {
		return fmt.Errorf("unpack %s: %w", d.path, err)
	}
	return r.configure(d.name)
}

// unpack adds the files of a package's archive, but for those that the image has no use for.
func (r *root) unpack(archive io.Reader) error {
	for t := tar.NewReader(archive); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := inUsr(path.Clean(strings.TrimPrefix(h.Name, "/")))
		if name == "." || strings.HasPrefix(name, "../") || unwanted(name) {
			continue
		}
		switch h.Typeflag {
		case tar.TypeDir:
			if old := r.entries[name]; old == nil || old.header.Typeflag != tar.TypeDir {
				r.directory(name, h.Mode)
			}
			continue
		case tar.TypeReg:
			content, err := io.ReadAll(t)
			if err != nil {
				return err
			}
			r.file(name, h.Mode, content)
		case tar.TypeSymlink:
			r.link(name, h.Linkname)
		case tar.TypeLink:
			first := r.entries[inUsr(path.Clean(h.Linkname))]
			if first == nil {
				return fmt.Errorf("%s is a hard link to %s, which is not there", h.Name, h.Linkname)
			}
			r.file(name, first.header.Mode, first.content)
		default:
			return fmt.Errorf("%s: a file of type %q is not expected in a package", h.Name, h.Typeflag)
		}
		r.entries[name].header.Uid, r.entries[name].header.Gid = h.Uid, h.Gid
	}
}

// inUsr is where a file of a package lies where /bin and its like lead into /usr.
func inUsr(name string) string {
	first, _, _ := strings.Cut(name, "/")
	if slices.Contains(merged, first) {
		return "usr/" + name
	}
	return name
}

// unwanted tells what is left out: documentation but for licences, translations,
// character sets and leap seconds.
func unwanted(name string) bool {
	if strings.HasPrefix(name, "usr/share/doc/") {
		return path.Base(name) != "copyright"
	}
	for _, dir := range []string{
		"usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian", "usr/share/bug", "usr/share/menu",
		"usr/share/bash-completion", "usr/share/debianutils", "usr/share/zoneinfo/right", "usr/share/zoneinfo/posix",
	} {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	gconv, _ := path.Match("usr/lib/*/gconv*", name)
	return gconv || strings.Contains(name, "/gconv/")
}

// configure does what the package's installation script would.
func (r *root) configure(name string) error {
	switch name {
	case "base-files":
		r.link("var/run", "/run")
		r.link("var/lock", "/run/lock")
		r.file("etc/profile", 0o644, r.content("usr/share/base-files/profile"))
		r.file("etc/nsswitch.conf", 0o644, []byte("passwd: files\ngroup: files\nhosts: files dns\n"))
	case "base-passwd":
		for _, file := range []string{"passwd", "group"} {
			content := r.content("usr/share/base-passwd/" + file + ".master")
			if content == nil {
				return fmt.Errorf("base-passwd has no %s.master to make /etc/%s of", file, file)
			}
			r.file("etc/"+file, 0o644, content)
		}
		delete(r.entries, "usr/sbin/update-passwd") // has no more to do, and needs a library of its own
	case "dash":
		r.link("usr/bin/sh", "dash")
	case "ca-certificates":
		return r.bundleCertificates()
	}
	return nil
}

func (r *root) content(name string) []byte {
	if e := r.entries[name]; e != nil {
		return e.content
	}
	return nil
}

// bundleCertificates puts the certificates into the one file that Go looks for,
// and drops the single ones.
func (r *root) bundleCertificates() error {
	const dir = "usr/share/ca-certificates"
	var bundle []byte
	for _, name := range slices.Sorted(maps.Keys(r.entries)) {
		if name != dir && !strings.HasPrefix(name, dir+"/") {
			continue
		}
		if strings.HasSuffix(name, ".crt") {
			bundle = append(bundle, r.content(name)...)
		}
		delete(r.entries, name)
	}
	delete(r.entries, "usr/sbin/update-ca-certificates")
	if len(bundle) == 0 {
		return fmt.Errorf("ca-certificates has no *.crt in %s", dir)
	}
	r.file("etc/ssl/certs/ca-certificates.crt", 0o644, bundle)
	return nil
}

// addGyr adds the program, by both its names, its configuration, and where the
// host is mounted.
func (r *root) addGyr(o options) error {
	program, err := os.ReadFile(o.gyr)
	if err != nil {
		return err
	}
	r.file("usr/bin/gyr", 0o755, program)
	r.link("usr/bin/falco", "gyr")
	for _, name := range []string{"falco.yaml", "falco_rules.yaml", "falco_rules.local.yaml"} {
		content, err := os.ReadFile(filepath.Join(o.config, name))
		if err != nil {
			return err
		}
		r.file("etc/falco/"+name, 0o644, content)
	}
	r.directory("etc/falco/rules.d", 0o755)
	r.directory("etc/falco/config.d", 0o755)
	// Where only the host's /run is mounted, its /var/run is found as well.
	r.directory("host/run", 0o755)
	r.directory("host/var", 0o755)
	r.link("host/var/run", "../run")
	return nil
}
