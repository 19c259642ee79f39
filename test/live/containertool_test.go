package live

import (
	"testing"

	"github.com/gyrsec/gyr/test/runc"
)

// capable is a script in a container of its own with capabilities that Docker
// does not grant.
func capable(script string, with ...companion) step {
	do := func(t *testing.T, s *stage, mark string) (string, int) {
		t.Helper()
		o := s.options(s.marks.next()) // its start is not what is tried
		o.Capabilities = []string{"CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"}
		return s.runInside(t, runc.Start(t, o), script, mark)
	}
	return step{what: script + " (in a container with capabilities)", do: do, with: with}
}

// containerToolBehaviours are tools that do not belong into a container, and
// containers that have rights they should not have.
func containerToolBehaviours() []behaviour {
	tools := []runc.Bind{{Source: toolDir, Target: "/opt/tools"}}
	return []behaviour{
		{
			rule: "Look Around By Hand In Container",
			raises: []step{
				newContainer("start env on a terminal", runc.Options{Args: []string{"/opt/tools/env", "/bin/head", "-n1"}, Binds: tools}),
			},
			misses: []step{
				newContainer("start head on a terminal", runc.Options{Args: []string{"/bin/head", "-n1"}}),
				inside("/opt/tools/env /bin/true"), onTerminal(toolDir + "/env true"),
			},
		},
		{
			rule:   "File Copy Tool In Container",
			raises: []step{inside("/opt/tools/rsync -a /etc host:/")},
			misses: []step{inside("/bin/cp /etc/hostname /root/hostname"), host(toolDir + "/rsync -a /etc host:/")},
		},
		{
			rule:   "Files Copied By The Runtime",
			raises: []step{execed("exec /opt/tools/tar cf - /etc/hostname"), execed("exec /opt/tools/tar xmf - -C /root </dev/null").ending(1)},
			misses: []step{
				inside("/opt/tools/tar cf - /etc/hostname >/dev/null"), execed("exec /opt/tools/tar tf /dev/null").ending(1), execed("exec /opt/tools/true"),
			},
		},
		{
			rule:   "Disk Tool In Container",
			raises: []step{inside("/opt/tools/debugfs /dev/sdz")},
			misses: []step{inside("/opt/tools/wc /opt/tools/debugfs"), host(toolDir + "/debugfs /dev/sdz")},
		},
		{
			rule: "Container Started With Dangerous Capabilities",
			raises: []step{
				newContainer("start a container that may administer the machine", runc.Options{NoTerminal: true, Capabilities: []string{"CAP_SYS_ADMIN"}}),
				newContainer("start a container that may read any file", runc.Options{NoTerminal: true, Capabilities: []string{"CAP_DAC_READ_SEARCH"}}),
			},
			misses: []step{
				newContainer("start a container", runc.Options{NoTerminal: true}),
				newContainer("start a container that may administer its network", runc.Options{NoTerminal: true, Capabilities: []string{"CAP_NET_ADMIN"}}),
				capable("/bin/true"),
			},
		},
	}
}
