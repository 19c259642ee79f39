package kernel

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Why the kernel half cannot be loaded. Each is wrapped by an error that says
// what to do.
var (
	ErrPrivilege = errors.New("not enough privilege")
	ErrNoBTF     = errors.New("the kernel has no BTF")
	ErrKernelOld = errors.New("the kernel is too old")
)

// btfPath is where the kernel describes its own types.
const btfPath = "/sys/kernel/btf/vmlinux"

// minKernel is the first kernel with ring buffers.
var minKernel = [2]int{5, 8}

// preflight checks what the kernel half needs before anything is loaded, so
// that what is missing is named instead of failing somewhere with EPERM.
func preflight() error {
	if err := checkCapabilities(); err != nil {
		return err
	}
	if err := checkRelease(); err != nil {
		return err
	}
	if _, err := os.Stat(btfPath); err != nil {
		return fmt.Errorf("%w: %s cannot be read (%v): use a kernel built with CONFIG_DEBUG_INFO_BTF=y (all current distributions' are), and in a container mount the host's /sys", ErrNoBTF, btfPath, err)
	}
	return nil
}

// A capability that is needed, and those that include it. CAP_SYS_ADMIN does not
// include CAP_SYS_PTRACE.
var needed = []struct {
	name string
	bits []uint
	why  string
}{
	{"CAP_BPF", []uint{unix.CAP_BPF, unix.CAP_SYS_ADMIN}, "to load eBPF programs"},
	{"CAP_PERFMON", []uint{unix.CAP_PERFMON, unix.CAP_SYS_ADMIN}, "to attach them to trace points"},
	{"CAP_SYS_PTRACE", []uint{unix.CAP_SYS_PTRACE}, "to read what processes of other users run"},
}

func checkCapabilities() error {
	effective, err := effectiveCapabilities()
	if err != nil {
		return err
	}
	var missing []string
	for _, c := range needed {
		has := false
		for _, b := range c.bits {
			has = has || effective&(1<<b) != 0
		}
		if !has {
			missing = append(missing, c.name+" ("+c.why+")")
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%w: missing %s: run as root, or give the program these capabilities", ErrPrivilege, strings.Join(missing, ", "))
}

func effectiveCapabilities() (uint64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("read the own capabilities: %w: is /proc mounted?", err)
	}
	for line := range strings.Lines(string(status)) {
		if hex, ok := strings.CutPrefix(line, "CapEff:"); ok {
			return strconv.ParseUint(strings.TrimSpace(hex), 16, 64)
		}
	}
	return 0, errors.New("read the own capabilities: no CapEff in /proc/self/status")
}

func checkRelease() error {
	release, err := kernelRelease()
	if err != nil {
		return err
	}
	if major, minor, ok := parseRelease(release); ok && older(major, minor, minKernel) {
		return fmt.Errorf("%w: this is Linux %s, %d.%d or later is needed", ErrKernelOld, release, minKernel[0], minKernel[1])
	}
	return nil
}

func kernelRelease() (string, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", fmt.Errorf("ask for the kernel's release: %w", err)
	}
	return unix.ByteSliceToString(u.Release[:]), nil
}

// older reports whether a release is one from before the given.
func older(major, minor int, than [2]int) bool {
	return major < than[0] || major == than[0] && minor < than[1]
}

// parseRelease reads the first two numbers of a release such as
// "5.10.0-32-cloud-amd64".
func parseRelease(s string) (major, minor int, ok bool) {
	n, _ := fmt.Sscanf(s, "%d.%d", &major, &minor)
	return major, minor, n == 2
}
