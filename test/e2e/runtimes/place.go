package runtimes

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// limit bounds every wait for a runtime. They are ready within a second; the rest
// is for a machine that is busy.
const limit = 60 * time.Second

// markVariable tells the processes of a Place: all that runtimes start inherit it.
const markVariable = "GYR_TEST_RUNTIMES"

// Place is the directory below which runtimes keep what they have.
type Place struct {
	// Dir is the directory. Its name is short: paths of sockets must be.
	Dir string
	// Etc holds the files by which the runtimes say, in the /etc of a machine that
	// is theirs, where they keep things.
	Etc string

	images  map[string]string // archives, by the image's reference
	built   map[string]string // programs of the module, by package
	cgroups cgroups
}

// New makes a place. It goes with the test, which fails if it has runtimes leave
// something behind.
func New(t testing.TB) *Place {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("needs root: starts container runtimes")
	}
	dir, err := os.MkdirTemp("", "gyr-")
	if err != nil {
		t.Fatal(err)
	}
	p := &Place{Dir: dir, Etc: filepath.Join(dir, "etc"), images: map[string]string{}, built: map[string]string{}}
	before := look(t, p)
	t.Cleanup(func() {
		before.compare(t, p)
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("removing what runtimes left: %v", err)
		}
	})
	return p
}

// require finds a program, or fails the test.
func require(t testing.TB, program, debian string) string {
	t.Helper()
	// Debian's first: another Docker in /usr/local may come without a daemon.
	for _, dir := range []string{"/usr/bin", "/usr/sbin"} {
		if file, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return file
		}
	}
	file, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("needs %s: apt-get install %s", program, debian)
	}
	return file
}

// Build returns a program of this module as a static file, built once.
func (p *Place) Build(t testing.TB, pkg string) string {
	t.Helper()
	if file, ok := p.built[pkg]; ok {
		return file
	}
	file := filepath.Join(p.dir(t, "bin"), filepath.Base(pkg))
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", file, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pkg, err, out)
	}
	p.built[pkg] = file
	return file
}

// wrapper returns the program that stands before an OCI runtime ("runc") and
// takes out what this machine cannot grant.
func (p *Place) wrapper(t testing.TB, runtime string) string {
	t.Helper()
	require(t, runtime, runtime)
	nores := p.Build(t, "github.com/gyrsec/gyr/test/e2e/runtimes/nores")
	link := filepath.Join(filepath.Dir(nores), runtime+"-nores")
	if err := os.Symlink(nores, link); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	return link
}

// dir makes a directory of the place.
func (p *Place) dir(t testing.TB, elements ...string) string {
	t.Helper()
	dir := filepath.Join(append([]string{p.Dir}, elements...)...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// unmounts unmounts a directory at the end of the test: some runtimes mount their
// data on themselves, and leave it so when they are stopped.
func (p *Place) unmounts(t testing.TB, dir string) {
	t.Helper()
	t.Cleanup(func() {
		err := syscall.Unmount(dir, 0)
		if err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOENT) { // it is no mount
			t.Errorf("unmounting %s: %v", dir, err)
		}
	})
}

// write writes a file of the place and returns its name.
func (p *Place) write(t testing.TB, name, format string, args ...any) string {
	t.Helper()
	file := filepath.Join(p.Dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, fmt.Appendf(nil, format, args...), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// environ is what the programs of runtimes get as environment.
func (p *Place) environ(more ...string) []string {
	return append([]string{
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + p.Dir, "TMPDIR=" + os.TempDir(), markVariable + "=" + p.Dir,
	}, more...)
}
