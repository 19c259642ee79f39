package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// packages are what the root is made of: a shell with the ordinary commands and
// what they need to run. The builder checks that no library is missing.
var packages = []string{
	"base-files", "base-passwd", "netbase", "tzdata", "ca-certificates", // directories, users, ports, zones, certificates
	"bash", "dash", "coreutils", "grep", "sed", // the shell of `kubectl exec`, and what one uses in it
	"libc6", "libtinfo6", "libacl1", "libattr1", "libgmp10", "libselinux1", "libpcre2-8-0",
}

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// deb is a package as downloaded.
type deb struct {
	name, version, path string
}

// fetch downloads the packages with an apt of its own: own sources, own lists, no
// packages installed. So the machine's apt stays as it is, no root is needed, and
// the machine may be of another release or architecture.
func fetch(ctx context.Context, o options) ([]deb, error) {
	for _, tool := range []string{"apt-get", "dpkg-deb"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("%w: install apt and dpkg, or use deploy/image/Dockerfile with a container builder", err)
		}
	}
	if _, err := os.Stat(keyring); err != nil {
		return nil, fmt.Errorf("look for the keys Debian signs with: %w: install debian-archive-keyring", err)
	}
	a, err := newApt(o)
	if err != nil {
		return nil, err
	}
	if err := a.run(ctx, "update"); err != nil {
		return nil, fmt.Errorf("fetch the package lists of Debian %s from %s: %w", o.suite, o.mirror, err)
	}
	if err := a.run(ctx, append([]string{"download"}, packages...)...); err != nil {
		return nil, fmt.Errorf("download packages: %w", err)
	}
	return a.downloaded(ctx)
}

type apt struct {
	dir  string
	args []string
}

func newApt(o options) (*apt, error) {
	// A mirror named otherwise has lists of its own.
	mirror := strings.NewReplacer("/", "_", ":", "_").Replace(o.mirror)
	dir, err := filepath.Abs(filepath.Join(o.cache, mirror, o.suite+"-"+o.arch))
	if err != nil {
		return nil, err
	}
	for _, sub := range []string{"lists/partial", "archives/partial", "debs", "etc"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	sources := fmt.Sprintf(`deb [signed-by=%[1]s] %[2]s %[3]s main
deb [signed-by=%[1]s] %[2]s %[3]s-updates main
deb [signed-by=%[1]s] %[2]s-security %[3]s-security main
`, keyring, strings.TrimSuffix(o.mirror, "/"), o.suite)
	for name, text := range map[string]string{"sources.list": sources, "status": ""} {
		if err := os.WriteFile(filepath.Join(dir, "etc", name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	a := &apt{dir: filepath.Join(dir, "debs")}
	for _, setting := range []string{
		"APT::Architecture=" + o.arch,
		"APT::Architectures=" + o.arch,
		"Dir::Etc::SourceList=" + dir + "/etc/sources.list",
		"Dir::Etc::SourceParts=/dev/null",
		"Dir::Etc::Preferences=/dev/null",
		"Dir::Etc::PreferencesParts=/dev/null",
		"Dir::State::status=" + dir + "/etc/status",
		"Dir::State::Lists=" + dir + "/lists",
		"Dir::Cache=" + dir,
		"Dir::Cache::Archives=" + dir + "/archives",
		"Acquire::Languages=none",
		"Acquire::Retries=3",
		"APT::Sandbox::User=", // or, as root, it could not write into a cache of root's own
	} {
		a.args = append(a.args, "-o", setting)
	}
	return a, nil
}

// run runs apt-get in the directory of the packages, where `download` puts them.
func (a *apt) run(ctx context.Context, args ...string) error {
	c := exec.CommandContext(ctx, "apt-get", append(slices.Concat(a.args, []string{"-qq"}), args...)...)
	c.Dir = a.dir
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, strings.TrimSpace(string(out)))
	}
	return nil
}

// downloaded are the newest versions of the packages in the directory, sorted by
// name. Older ones are removed: the next update brings others.
func (a *apt) downloaded(ctx context.Context) ([]deb, error) {
	files, err := filepath.Glob(filepath.Join(a.dir, "*.deb"))
	if err != nil {
		return nil, err
	}
	newest := map[string]deb{}
	for _, file := range files {
		out, err := exec.CommandContext(ctx, "dpkg-deb", "--show", "--showformat", "${Package} ${Version}", file).Output()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, withStderr(err))
		}
		name, version, _ := strings.Cut(string(out), " ")
		d := deb{name: name, version: version, path: file}
		if old, twice := newest[name]; twice {
			if exec.CommandContext(ctx, "dpkg", "--compare-versions", old.version, "gt", version).Run() == nil {
				old, d = d, old
			}
			if err := os.Remove(old.path); err != nil {
				return nil, err
			}
		}
		newest[name] = d
	}
	debs := make([]deb, 0, len(packages))
	for _, name := range packages {
		d, ok := newest[name]
		if !ok {
			return nil, fmt.Errorf("apt-get download left no package %s in %s", name, a.dir)
		}
		debs = append(debs, d)
	}
	slices.SortFunc(debs, func(a, b deb) int { return cmp.Compare(a.name, b.name) })
	return debs, nil
}

// withStderr adds what a program said to its exit code.
func withStderr(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	return err
}
