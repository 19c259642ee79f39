package live

import (
	"fmt"
	"testing"

	"github.com/gyrsec/gyr/test/runc"
)

// newContainer is a step that starts a container of its own, types a line at
// its program and waits for its end.
func newContainer(what string, o runc.Options, with ...companion) step {
	do := func(t *testing.T, _ *stage, mark string) (string, int) {
		t.Helper()
		o := o
		o.Env = []string{markVariable + "=" + mark}
		c := runc.Start(t, o)
		c.Type(t, "exit\n")
		status := c.Wait(t)
		return c.Output(), status
	}
	return step{what: what, do: do, with: with}
}

func containerBehaviours(t *testing.T) []behaviour {
	allowed := runc.NewID()
	return []behaviour{
		{
			rule: "Launch Disallowed Container",
			// These containers have no image: the allowed one is known by its id.
			local: documented(t, "- list: allowed_container_images", "- macro: allowed_containers") + fmt.Sprintf(`
- macro: allowed_containers
  condition: or container.id = %s
  override: {condition: append}
`, allowed[:12]),
			raises: []step{newContainer("start a container", runc.Options{NoTerminal: true})},
			misses: []step{
				newContainer("start an allowed container", runc.Options{NoTerminal: true, ID: allowed}),
				inside("/bin/true"),
				host("/bin/true"),
			},
		},
		{
			rule:   "Program Not From The Image Run In Container",
			raises: []step{inside("/bin/cp /opt/image/true /opt/image/uname; /opt/image/uname")},
			misses: []step{inside("/opt/image/true"), host(imageDir + "/merged/uname")},
		},
		{
			rule: terminalShell,
			raises: []step{
				newContainer("start a container on a terminal", runc.Options{}),
				newContainer("start ash on a terminal", runc.Options{Args: []string{"/bin/busybox", "ash"}}),
			},
			misses: []step{
				newContainer("start a container without a terminal", runc.Options{NoTerminal: true}),
				newContainer("start another program on a terminal", runc.Options{Args: []string{"head", "-n1"}}),
				onTerminal("sh -c tty"),
			},
		},
		{
			rule:   "Launch Suspicious Network Tool in Container",
			raises: []step{inside("/bin/nc 127.0.0.1 9").ending(1)},
			misses: []step{inside("/opt/tools/standin connect tcp 127.0.0.1:9"), host(toolDir + "/nc 127.0.0.1 9").ending(1)},
		},
		{
			rule:   "Package Manager In Container",
			raises: []step{inside("/opt/tools/apt-get install -y curl"), inside("/opt/tools/apt-get update")},
			misses: []step{
				inside("/opt/tools/apt-cache policy curl"), inside("/opt/tools/apt-get --version"),
				host(toolDir + "/apt-get install -y curl"),
			},
		},
		{
			rule:   "Namespace Tool In Container",
			raises: []step{inside("/opt/tools/unshare -m /bin/true").ending(1)},
			misses: []step{inside("/opt/tools/true"), host("unshare -m true")},
		},
		{
			rule:   "Container Client In Container",
			raises: []step{inside("/opt/tools/kubectl get secrets")},
			misses: []step{inside("/opt/tools/wc /opt/tools/kubectl"), host(toolDir + "/kubectl get secrets")},
		},
		{
			rule:   "Compiler In Container",
			raises: []step{inside("/opt/tools/gcc -o exploit exploit.c")},
			misses: []step{inside("/opt/tools/make exploit"), host(toolDir + "/gcc -o exploit exploit.c")},
		},
		{
			rule:   "Debugger In Container",
			raises: []step{inside("/opt/tools/strace -p 1")},
			misses: []step{inside("/opt/tools/wc /opt/tools/strace"), host(toolDir + "/strace -p 1")},
		},
	}
}
