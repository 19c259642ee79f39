// Image builds Gyr's container image without a registry and without a container
// runtime: a minimal Debian root made of Debian's own packages, Gyr and its
// configuration, in one archive that `docker load`, `podman load` and
// `ctr images import` take alike.
//
//	go run ./deploy/image -gyr bin/gyr -version v1.2.3 -o bin/gyr-image.tar
//
// It needs apt-get and dpkg-deb (apt, dpkg and debian-archive-keyring, which every
// Debian and Ubuntu can install), no root, and Debian's mirror. The packages are
// checked by apt against Debian's signatures. The same packages and the same
// files give the same bytes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

func main() {
	o := options{}
	flag.StringVar(&o.gyr, "gyr", "bin/gyr", "the `program`, built for -arch")
	flag.StringVar(&o.version, "version", "dev", "its `version`, the tag of the image")
	flag.StringVar(&o.config, "config", "config", "the `directory` of falco.yaml and the rules")
	flag.StringVar(&o.name, "name", "localhost/gyr", "the image's `name`, without a tag")
	flag.StringVar(&o.arch, "arch", runtime.GOARCH, "amd64 or arm64")
	flag.StringVar(&o.suite, "suite", "bookworm", "Debian's `release`")
	flag.StringVar(&o.mirror, "mirror", "http://deb.debian.org/debian", "Debian's mirror; its security updates come from <mirror>-security")
	flag.StringVar(&o.cache, "cache", defaultCache(), "`directory` to keep packages in")
	flag.StringVar(&o.out, "o", "bin/gyr-image.tar", "the archive to write")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "image: unexpected argument %q; image -h lists the flags\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := build(ctx, o); err != nil {
		fmt.Fprintf(os.Stderr, "image: %v\n", err)
		os.Exit(1)
	}
}

// options say what goes into the image.
type options struct {
	gyr, version, config, name string
	arch, suite, mirror        string
	cache, out                 string
}

func defaultCache() string {
	if dir := os.Getenv("GYR_CACHE"); dir != "" {
		return filepath.Join(dir, "debian")
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return filepath.Join(os.TempDir(), "gyr", "debian")
	}
	return filepath.Join(dir, "gyr", "debian")
}

func build(ctx context.Context, o options) error {
	if err := checkProgram(o.gyr, o.arch); err != nil {
		return err
	}
	debs, err := fetch(ctx, o)
	if err != nil {
		return err
	}
	r := newRoot()
	for _, d := range debs {
		if err := r.addPackage(ctx, d); err != nil {
			return err
		}
	}
	if err := r.addGyr(o); err != nil {
		return err
	}
	if err := r.checkLibraries(); err != nil {
		return err
	}
	layer, err := r.layer()
	if err != nil {
		return err
	}
	names := []string{o.name + ":" + tag(o.version), o.name + ":latest"}
	size, err := writeArchive(o.out, image{
		Names: names, Arch: o.arch, Version: o.version, Suite: o.suite, Packages: debs, Layer: layer,
	})
	if err != nil {
		return err
	}
	fmt.Printf("%s: %s (%s), %d files, %.1f MB, unpacked %.1f MB\n",
		o.out, strings.Join(names, ", "), o.arch, len(r.entries), mega(size), mega(layer.size))
	return nil
}

func mega(bytes int64) float64 { return float64(bytes) / 1e6 }

// tag makes a tag of a version: letters, digits, '.', '_' and '-', at most 128.
func tag(version string) string {
	clean := strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
			return c
		}
		return '-'
	}, version)
	clean = strings.TrimLeft(clean, ".-")
	return clean[:min(len(clean), 128)]
}
