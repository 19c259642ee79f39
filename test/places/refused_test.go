package places

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// Capabilities by number: setpriv of older systems does not know the names of
// the newer ones.
const (
	sysPtrace = "cap_19"
	sysAdmin  = "cap_21"
	perfmon   = "cap_38"
	bpf       = "cap_39"
)

// without is the command that takes capabilities away from root for good.
func without(capabilities ...string) []string {
	list := "-" + strings.Join(capabilities, ",-")
	return []string{"setpriv", "--inh-caps=" + list, "--bounding-set=" + list}
}

func TestLiveMissingPrivilege(t *testing.T) {
	requireRoot(t)
	requireProgram(t, "setpriv")
	tests := map[string]struct {
		wrap   []string
		says   []string
		silent []string
	}{
		"no root": {
			wrap: []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"},
			says: []string{"CAP_BPF", "CAP_PERFMON", "CAP_SYS_PTRACE", "run as root"},
		},
		"no BPF": {
			wrap: without(bpf, sysAdmin), says: []string{"missing CAP_BPF (to load eBPF programs)"},
			silent: []string{"CAP_PERFMON", "CAP_SYS_PTRACE"},
		},
		"no PERFMON": {
			wrap: without(perfmon, sysAdmin), says: []string{"missing CAP_PERFMON (to attach"},
			silent: []string{"CAP_BPF", "CAP_SYS_PTRACE"},
		},
		"no SYS_PTRACE": {
			wrap: without(sysPtrace), says: []string{"missing CAP_SYS_PTRACE (to read"},
			silent: []string{"CAP_BPF", "CAP_PERFMON"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			message := begin(t, options{wrap: test.wrap, rule: openRule("/nowhere")}).refused(t)
			contains(t, message, "not enough privilege")
			contains(t, message, test.says...)
			for _, part := range test.silent {
				if strings.Contains(message, part) {
					t.Errorf("the message names %s, which is not missing:\n%s", part, message)
				}
			}
		})
	}
}

// What gyr says it needs is enough: no CAP_SYS_ADMIN, and not root.
func TestLiveLeastPrivilege(t *testing.T) {
	requireRoot(t)
	requireProgram(t, "setpriv")
	dir := t.TempDir()
	needed := fmt.Sprintf("-all,+%s,+%s,+%s", bpf, perfmon, sysPtrace)
	g := start(t, options{
		wrap: []string{
			"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
			"--inh-caps=" + needed, "--ambient-caps=" + needed, "--bounding-set=" + needed,
		},
		rule: openRule(dir), args: []string{"-U"},
	})
	touch(filepath.Join(dir, "marker"))
	g.stdout.await(t, "marker "+dir+"/marker")
	g.stop(t)
}

// inNamespace is the command that runs script, a shell's, in a mount namespace
// of its own and then gyr.
func inNamespace(script string) []string {
	return []string{"unshare", "--mount", "--propagation", "private", "sh", "-ec", script + `; exec "$@"`, "sh"}
}

func TestLiveNoBTF(t *testing.T) {
	requireRoot(t)
	requireProgram(t, "unshare", "mount")
	message := begin(t, options{
		wrap: inNamespace("mount -t tmpfs none /sys/kernel/btf"), rule: openRule("/nowhere"),
	}).refused(t)
	contains(t, message, "no BTF", "/sys/kernel/btf/vmlinux", "CONFIG_DEBUG_INFO_BTF=y", "mount the host's /sys")
}

func TestLiveNoProc(t *testing.T) {
	requireRoot(t)
	requireProgram(t, "unshare", "mount")
	message := begin(t, options{
		wrap: inNamespace("mount -t tmpfs none /proc"), rule: openRule("/nowhere"),
	}).refused(t)
	contains(t, message, "is /proc mounted?")
}

// A wrong rule is told before a missing privilege.
func TestLiveWrongRule(t *testing.T) {
	requireRoot(t)
	g := begin(t, options{rule: "- rule: a\n  desc: d\n  condition: evt.type=open and fd.nam=x\n  output: x\n  priority: INFO\n"})
	if code := g.wait(t, limit); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	contains(t, g.stderr.String(), "rules.yaml:3:32: unknown field fd.nam")
}
